//! One segment file: its name, its header block, and a cursor over its records.
//!
//! ```text
//!  0     "MUCKREC1"   8 u64 segment id   16 u64 seq of its first record   24 u32 CRC-32 of 0..24   zeros to 4096
//!  4096  records, one after the other; zeros behind the last
//! ```
//! The header is synced before the first record is written, so a segment with a broken header holds nothing
//! acknowledged. Seqs of a segment that its successor's header claims are not part of it: a batch whose fdatasync
//! failed here was written again there.

use super::{
    disk::DiskFile,
    entry::{self, Entry, Flaw, HEADER_BYTES, Spot},
};
use bytes::{Buf, Bytes};
use std::{io, sync::Arc};

/// Where the records begin: a block of its own for the header.
pub(super) const DATA_START: u64 = 4096;
const MAGIC: &[u8; 8] = b"MUCKREC1";
const HEADER_LEN: usize = 28;

/// What stands in a header block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeaderBlock {
    /// All zeros: a spare.
    Blank,
    /// A segment whose first record has this seq.
    Good { first: u64 },
    /// Neither.
    Broken,
}

/// File name of a segment.
pub(super) fn name(segment: u64) -> String {
    format!("{segment:010}.seg")
}

/// The segment of a file name, if it is one.
pub(super) fn id_of(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".seg")?;
    if digits.len() == 10 { digits.parse().ok() } else { None }
}

/// The header block's bytes.
pub(super) fn header(segment: u64, first: u64) -> [u8; HEADER_LEN] {
    let mut block = [0; HEADER_LEN];
    block[..8].copy_from_slice(MAGIC);
    block[8..16].copy_from_slice(&segment.to_le_bytes());
    block[16..24].copy_from_slice(&first.to_le_bytes());
    let crc = crc32fast::hash(&block[..24]);
    block[24..].copy_from_slice(&crc.to_le_bytes());
    block
}

/// Reads the header block of `segment`.
pub(super) fn read_header(file: &dyn DiskFile, segment: u64) -> io::Result<HeaderBlock> {
    let mut block = [0; HEADER_LEN];
    file.read_at(0, &mut block)?;
    if block == [0; HEADER_LEN] {
        return Ok(HeaderBlock::Blank);
    }
    let [_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, first @ .., _, _, _, _] = block;
    let first = u64::from_le_bytes(first);
    let good = block == header(segment, first) && first > 0;
    Ok(if good { HeaderBlock::Good { first } } else { HeaderBlock::Broken })
}

/// Walks the records of one segment forwards.
#[derive(Debug)]
pub(super) struct Cursor {
    file: Arc<dyn DiskFile>,
    spot: Spot,
    /// Bytes of the file from `spot` on that are already here.
    ahead: Bytes,
    read_bytes: usize,
    /// Nothing is read from here on.
    limit: u64,
}

/// A record as the cursor found it.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) spot: Spot,
    pub(super) entry: Entry,
    pub(super) payload: Bytes,
}

/// Bytes read at once by a walk. 256 KiB: the page cache's read-ahead is no larger.
pub(super) const WALK_BYTES: usize = 256 << 10;
/// Bytes read at once for a single frame: nearly all are shorter.
pub(super) const SINGLE_BYTES: usize = 512;

impl Cursor {
    /// A cursor at `spot` that reads `read_bytes` at once.
    pub(super) fn new(file: Arc<dyn DiskFile>, spot: Spot, read_bytes: usize) -> Self {
        Self { file, spot, ahead: Bytes::new(), read_bytes, limit: u64::MAX }
    }

    /// Where the next record would stand.
    pub(super) const fn spot(&self) -> Spot {
        self.spot
    }

    /// Reads up to `end` from now on. Whoever follows the writer reads what is durable only: behind it bytes still change.
    pub(super) const fn limit(&mut self, end: u64) {
        self.limit = end;
    }

    /// Moves to another record of the segment.
    pub(super) fn go(&mut self, position: u64) {
        let step = position.checked_sub(self.spot.position).and_then(|step| usize::try_from(step).ok());
        match step.filter(|step| *step <= self.ahead.len()) {
            Some(step) => self.ahead.advance(step),
            None => self.ahead.clear(),
        }
        self.spot.position = position;
    }

    /// Moves past a record that was peeked at.
    pub(super) fn skip(&mut self, entry: &Entry) {
        self.take(*entry);
    }

    /// The next record, or why there is none here.
    pub(super) fn next(&mut self) -> io::Result<Result<Found, Flaw>> {
        let parsed = self.peek()?;
        Ok(parsed.map(|entry| self.take(entry)))
    }

    /// The next record's header; the cursor stays where it is.
    pub(super) fn peek(&mut self) -> io::Result<Result<Entry, Flaw>> {
        let mut parsed = entry::parse(&self.ahead, self.spot);
        while let Err(Flaw::Short { wanted }) = parsed {
            if !self.fetch(wanted)? {
                break;
            }
            parsed = entry::parse(&self.ahead, self.spot);
        }
        Ok(parsed)
    }

    fn take(&mut self, entry: Entry) -> Found {
        let record = self.ahead.split_to(entry.bytes());
        let found = Found { spot: self.spot, entry, payload: record.slice(HEADER_BYTES..) };
        self.spot.position += u64::try_from(entry.bytes()).expect("a usize fits");
        found
    }

    /// Reads again from the spot on; false when there are no `wanted` bytes.
    fn fetch(&mut self, wanted: usize) -> io::Result<bool> {
        let room = usize::try_from(self.limit.saturating_sub(self.spot.position)).unwrap_or(usize::MAX);
        let mut fresh = vec![0; wanted.max(self.read_bytes).min(room)];
        let read = self.file.read_at(self.spot.position, &mut fresh)?;
        fresh.truncate(read);
        self.ahead = Bytes::from(fresh);
        Ok(read >= wanted)
    }
}
