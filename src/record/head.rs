//! What the index needs of a frame: whose it is and which event times it holds.

use super::{draft::CONNECTION_BYTES, segment::Found};
use crate::model::{ids::TerminalId, time::Timestamp};
use bytes::Bytes;

/// Under which terminal and event times a frame is found again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameHead {
    pub(super) terminal: TerminalId,
    pub(super) least: Timestamp,
    pub(super) greatest: Timestamp,
}

/// Reads a frame's head; `None` for bytes that are no frame.
pub(super) fn read(raw: &Bytes, received: Timestamp) -> Option<FrameHead> {
    let message = unescape(raw)?;
    let properties = u16::from_be_bytes([*message.get(2)?, *message.get(3)?]);
    let phone = if properties & 0x4000 == 0 { message.get(4..10)? } else { message.get(5..15)? };
    let mut nibbles = [0; 10];
    nibbles.get_mut(10 - phone.len()..)?.copy_from_slice(phone);
    Some(FrameHead { terminal: TerminalId::from_nibbles(nibbles), least: received, greatest: received })
}

/// Reads the head of a record's frame; `None` for records that are no frames.
pub(super) fn of_record(found: &Found) -> Option<FrameHead> {
    let raw = found.entry.kind.is_frame().then(|| found.payload.get(CONNECTION_BYTES..)).flatten()?;
    read(&found.payload.slice_ref(raw), found.entry.received)
}

fn unescape(raw: &[u8]) -> Option<Vec<u8>> {
    let mut inner = raw.strip_prefix(&[0x7E])?.strip_suffix(&[0x7E])?.iter();
    let mut out = Vec::with_capacity(raw.len());
    while let Some(byte) = inner.next() {
        out.push(if *byte == 0x7D { inner.next()?.checked_add(0x7C)? } else { *byte });
    }
    Some(out)
}
