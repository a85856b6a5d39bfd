//! What the index needs of a frame: whose it is and which event times it holds.

use super::{draft::CONNECTION_BYTES, segment::Found};
use crate::model::{
    ids::TerminalId,
    time::{Span, Timestamp},
};
use bytes::Bytes;
use jt808::{
    frame::Frame,
    ids::MessageId,
    messages::{LocationBatch, Message},
    time::BcdTime,
};

/// Under which terminal and event times a frame is found again. `least` is never after the receipt: a fix that claims to be from
/// the future is listed by when it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameHead {
    pub(super) terminal: TerminalId,
    pub(super) least: Timestamp,
    pub(super) greatest: Timestamp,
}

/// A packet of a split message is found for this much longer than its receive time says, so that a message whose last
/// packet came after `from` is found whole. An hour: many times any assembly limit.
const SPLIT_SLACK: Span = Span::from_secs(3600);
/// Where the BCD time stands in a 0x0200 body.
const TIME_OFFSET: usize = 22;

/// Reads a frame's head; `None` for bytes that are no frame. Without an event time of its own a frame counts by
/// receive time.
pub(super) fn read(raw: &Bytes, received: Timestamp) -> Option<FrameHead> {
    let frame = Frame::from_wire(raw.clone()).ok()?;
    let terminal = TerminalId::from_nibbles(frame.header.phone.packed());
    if frame.header.split.is_some() {
        return Some(FrameHead { terminal, least: Timestamp::BEGINNING, greatest: received + SPLIT_SLACK });
    }
    let (least, greatest) = times(&frame).unwrap_or((received, received));
    Some(FrameHead { terminal, least: least.min(received), greatest })
}

/// Reads the head of a record's frame; `None` for records that are no frames.
pub(super) fn of_record(found: &Found) -> Option<FrameHead> {
    let raw = found.entry.kind.is_frame().then(|| found.payload.get(CONNECTION_BYTES..)).flatten()?;
    read(&found.payload.slice_ref(raw), found.entry.received)
}

/// Least and greatest possible event time of the positions in a frame.
fn times(frame: &Frame) -> Option<(Timestamp, Timestamp)> {
    match frame.header.id {
        MessageId::LOCATION => time(&frame.body).map(|at| (at, at)),
        MessageId::LOCATION_BATCH => batch_times(&batch(frame)?),
        _ => None,
    }
}

fn batch(frame: &Frame) -> Option<LocationBatch> {
    let Message::Batch(batch) = frame.decode().ok()?.message else { return None };
    Some(batch)
}

fn batch_times(batch: &LocationBatch) -> Option<(Timestamp, Timestamp)> {
    let times = batch.records().filter_map(|body| time(&body));
    times.fold(None, |span, at| {
        let (least, greatest) = span.unwrap_or((at, at));
        Some((at.min(least), at.max(greatest)))
    })
}

fn time(body: &[u8]) -> Option<Timestamp> {
    let bcd = body.get(TIME_OFFSET..)?.first_chunk::<6>()?;
    BcdTime(*bcd).unix_ms().map(Timestamp::from_millis)
}
