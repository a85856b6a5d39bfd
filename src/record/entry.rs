//! The bytes of one record.
//!
//! ```text
//!  0  u32  payload bytes          16  i64  received, ms since 1970 UTC
//!  4  u32  CRC-32                 24  u32  place in its batch, from 0
//!  8  u64  seq                    28  u8   kind      29  three zeros
//!                                 32  payload; frames: u64 connection, then the escaped bytes
//! ```
//! Little-endian. The CRC covers segment id and position too, which are not written: bytes that were valid in another
//! segment or at another place are not valid here. The place in the batch tells a torn batch (never acknowledged) from
//! a hole (damage): whatever follows a *later* batch's record had to be durable before that batch was begun.

use super::draft::{Draft, Kind};
use crate::model::time::Timestamp;

/// Bytes before the payload.
pub(super) const HEADER_BYTES: usize = 32;
/// Most bytes of a payload, to refuse nonsense before it is read: half of the largest segment.
pub(super) const PAYLOAD_BYTES_MAX: usize = 512 << 20;

/// Where a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) segment: u64,
    pub(super) position: u64,
}

/// A record's place in the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ordinal {
    pub(super) seq: u64,
    pub(super) in_batch: u32,
}

/// The header of a record whose CRC held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) ordinal: Ordinal,
    pub(super) received: Timestamp,
    pub(super) kind: Kind,
    pub(super) payload_bytes: usize,
}

/// Why there is no record at a spot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// More bytes are needed: this many from the record's start.
    Short { wanted: usize },
    /// Nothing was ever written here.
    Blank,
    /// Bytes that are no record of this spot.
    Broken(&'static str),
}

impl Entry {
    /// Bytes of the whole record.
    pub(super) const fn bytes(&self) -> usize {
        HEADER_BYTES + self.payload_bytes
    }
}

/// Appends the record of `draft` at `spot` to `out`.
pub(super) fn put(out: &mut Vec<u8>, spot: Spot, ordinal: Ordinal, draft: &Draft) {
    let payload_bytes = u32::try_from(draft.payload_len()).expect("appends are under half a segment");
    let mut header = [0_u8; HEADER_BYTES];
    header[..4].copy_from_slice(&payload_bytes.to_le_bytes());
    header[8..16].copy_from_slice(&ordinal.seq.to_le_bytes());
    header[16..24].copy_from_slice(&draft.received.as_millis().to_le_bytes());
    header[24..28].copy_from_slice(&ordinal.in_batch.to_le_bytes());
    header[28] = draft.kind.byte();
    let start = out.len();
    out.extend_from_slice(&header);
    if let Some(connection) = draft.connection {
        out.extend_from_slice(&connection.0.to_le_bytes());
    }
    out.extend_from_slice(&draft.body);
    let crc = checksum(spot, payload_bytes, &out[start + 8..]);
    out[start + 4..start + 8].copy_from_slice(&crc.to_le_bytes());
}

/// Reads the record that `bytes` begin with, if it belongs to `spot`.
pub(super) fn parse(bytes: &[u8], spot: Spot) -> Result<Entry, Flaw> {
    let Some((header, _)) = bytes.split_first_chunk::<HEADER_BYTES>() else {
        return Err(Flaw::Short { wanted: HEADER_BYTES });
    };
    let [l0, l1, l2, l3, c0, c1, c2, c3, ordered @ ..] = *header;
    let length = u32::from_le_bytes([l0, l1, l2, l3]);
    let [s0, s1, s2, s3, s4, s5, s6, s7, r0, r1, r2, r3, r4, r5, r6, r7, b0, b1, b2, b3, kind, zeros @ ..] = ordered;
    if header.iter().all(|byte| *byte == 0) {
        return Err(Flaw::Blank);
    }
    let kind = Kind::from_byte(kind).filter(|_| zeros == [0; 3]).ok_or(Flaw::Broken("unknown kind"))?;
    let payload_bytes = usize::try_from(length).unwrap_or(usize::MAX);
    if payload_bytes > PAYLOAD_BYTES_MAX {
        return Err(Flaw::Broken("impossible length"));
    }
    let whole = HEADER_BYTES + payload_bytes;
    let covered = bytes.get(8..whole).ok_or(Flaw::Short { wanted: whole })?;
    if checksum(spot, length, covered) != u32::from_le_bytes([c0, c1, c2, c3]) {
        return Err(Flaw::Broken("wrong checksum"));
    }
    let seq = u64::from_le_bytes([s0, s1, s2, s3, s4, s5, s6, s7]);
    let in_batch = u32::from_le_bytes([b0, b1, b2, b3]);
    let received = Timestamp::from_millis(i64::from_le_bytes([r0, r1, r2, r3, r4, r5, r6, r7]));
    Ok(Entry { ordinal: Ordinal { seq, in_batch }, received, kind, payload_bytes })
}

fn checksum(spot: Spot, length: u32, covered: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&spot.segment.to_le_bytes());
    hasher.update(&spot.position.to_le_bytes());
    hasher.update(&length.to_le_bytes());
    hasher.update(covered);
    hasher.finalize()
}
