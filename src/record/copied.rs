//! Inputs as bytes of a copy elsewhere: denser than in a segment, with a checksum of their own.
//!
//! ```text
//!  u8 version = 1   u32 CRC-32 of the rest (little-endian)   then each input (`packed`)
//! ```
//! A position of 57 B takes 63 B when connections are within 8,192 of each other (1 + 1 + 1 + 2 + 1 on top), against 97 B in a segment.

use super::{
    RecordError,
    draft::CONNECTION_BYTES,
    head,
    packed::Packing,
    wire::{Sink, Source},
};
use crate::model::{
    ids::{GatewayNumber, TerminalId},
    input::{Event, Input},
    time::Timestamp,
};
use bytes::{Buf as _, Bytes, BytesMut};

const VERSION: u8 = 1;
const CRC_BYTES: usize = 4;

/// Under what a frame is filed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filing {
    /// Whose it is.
    pub terminal: TerminalId,
    /// Least event time it may hold, never after its receipt.
    pub least: Timestamp,
    /// Greatest event time it may hold.
    pub greatest: Timestamp,
}

impl Filing {
    /// Of a frame; `None` for inputs that are no frame of a terminal.
    #[must_use]
    pub fn of(input: &Input) -> Option<Self> {
        let Event::Frame(frame) = &input.event else { return None };
        let head = head::read(&frame.raw, input.received)?;
        Some(Self { terminal: head.terminal, least: head.least, greatest: head.greatest })
    }
}

/// Bytes of inputs, ascending by number.
#[must_use]
pub fn encode<'a>(inputs: impl IntoIterator<Item = &'a Input>) -> Vec<u8> {
    let (mut out, mut packing) = (Sink::default(), Packing::after(0));
    out.byte(VERSION);
    for _ in 0..CRC_BYTES {
        out.byte(0);
    }
    for input in inputs {
        packing.put(input, &mut out);
    }
    let mut bytes = out.into_bytes();
    let crc = crc32fast::hash(&bytes[1 + CRC_BYTES..]);
    bytes[1..=CRC_BYTES].copy_from_slice(&crc.to_le_bytes());
    bytes
}

/// The inputs of a gateway's copied bytes, with packed seqs. Frames share the memory of `bytes`.
///
/// # Errors
/// [`RecordError::Corrupt`] when they are not what was written.
pub fn decode(gateway: GatewayNumber, mut bytes: Bytes) -> Result<Vec<Input>, RecordError> {
    let corrupt = |what: &str| RecordError::Corrupt { what: format!("a copied batch of gateway {gateway}: {what}") };
    if bytes.len() < 1 + CRC_BYTES || bytes.get_u8() != VERSION {
        return Err(corrupt("unknown version"));
    }
    if bytes.get_u32_le() != crc32fast::hash(&bytes) {
        return Err(corrupt("wrong checksum"));
    }
    let (mut inputs, mut packing, mut from) = (Vec::new(), Packing::after(0), Source::new(bytes));
    while !from.is_empty() {
        let input = packing.take(gateway, &mut from);
        inputs.push(input.map_err(|broken| corrupt(&broken.to_string()))?);
    }
    Ok(inputs)
}

/// An input with memory of its own, so that it does not keep its whole batch.
#[must_use]
pub fn detached(input: &Input) -> Input {
    let mut input = input.clone();
    if let Event::Frame(frame) = &mut input.event {
        frame.raw = BytesMut::from(frame.raw.as_ref()).freeze();
    }
    input
}

/// Bytes an input takes at most in a copy, about.
#[must_use]
pub fn bytes_of(input: &Input) -> usize {
    match &input.event {
        Event::Frame(frame) => frame.raw.len() + CONNECTION_BYTES,
        _ => RARE_BYTES,
    }
}

/// What the rare inputs, which are JSON, count as.
const RARE_BYTES: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        fix::SessionTrust,
        ids::{ConnectionId, Seq},
        input::{RawFrame, SessionClosed},
    };
    use proptest::{collection::vec, prelude::*};

    prop_compose! {
        fn any_input()(step in 1..3_000_u64, received in any::<i64>(), connection in any::<u64>(), what in 0..4_u8,
            raw in vec(any::<u8>(), 0..90)) -> (u64, i64, Event) {
            let connection = ConnectionId(connection);
            let frame = |session| Event::Frame(RawFrame { connection, session, raw: Bytes::from(raw) });
            let event = match what {
                0 => frame(SessionTrust::Authenticated),
                1 => frame(SessionTrust::Unauthenticated),
                2 => Event::Tick,
                _ => Event::SessionClosed(SessionClosed { connection, reason: "gone".to_owned() }),
            };
            (step, received, event)
        }
    }

    fn numbered(steps: Vec<(u64, i64, Event)>) -> Vec<Input> {
        let mut number = 0;
        let seq = |step| {
            number += step;
            Seq::of(GatewayNumber(5), number)
        };
        let mut seq = seq;
        let input =
            |(step, received, event)| Input { seq: seq(step), received: Timestamp::from_millis(received), event };
        steps.into_iter().map(input).collect()
    }

    proptest! {
        #[test]
        fn what_is_copied_is_read_back(steps in vec(any_input(), 0..40), flip in any::<proptest::sample::Index>()) {
            // Proves: decode after encode is identity, and a flipped bit is Corrupt, never other inputs or a panic.
            let inputs = numbered(steps);
            let mut bytes = encode(&inputs);
            let read = decode(GatewayNumber(5), Bytes::from(bytes.clone()));
            prop_assert_eq!(read.as_ref(), Ok(&inputs));
            let at = flip.index(bytes.len());
            bytes[at] ^= 0x10;
            let is_refused = matches!(decode(GatewayNumber(5), Bytes::from(bytes)), Err(RecordError::Corrupt { .. }));
            prop_assert!(is_refused);
        }

        #[test]
        fn any_bytes_are_refused_or_read(bytes in vec(any::<u8>(), 0..200)) {
            // Proves: bytes under a right checksum that are no inputs do not panic.
            let mut whole = vec![VERSION];
            whole.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
            whole.extend_from_slice(&bytes);
            drop(decode(GatewayNumber(5), Bytes::from(whole)));
        }
    }
}
