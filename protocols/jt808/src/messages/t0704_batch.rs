//! 0x0704 定位数据批量上传, batch of positions (section 5, 2013 and later).
//!
//! ```text
//! 0 count WORD | 2 kind BYTE | 3 records { length WORD, 0x0200 body }…
//! ```
//! The records are read where they lie. A count that lies, a record of no bytes or one that overruns the body never
//! fails the frame: the whole records before it count.

use bytes::{Bytes, BytesMut};

use crate::error::{ErrorKind, WireError};
use crate::location::LocationReport;
use crate::reader::Reader;
use crate::writer::Writer;

/// Why the positions come together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BatchKind {
    /// 0 normal batch.
    Normal,
    /// 1 blind-area backfill 盲区补报.
    Backfill,
    /// Any other byte.
    Unknown(u8),
}

impl BatchKind {
    /// The byte on the wire.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Normal => 0,
            Self::Backfill => 1,
            Self::Unknown(code) => code,
        }
    }

    /// From the byte on the wire.
    #[must_use]
    pub const fn from_code(code: u8) -> Self {
        match code {
            0 => Self::Normal,
            1 => Self::Backfill,
            code => Self::Unknown(code),
        }
    }
}

/// A batch of positions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocationBatch {
    /// How many records the message says it has.
    pub declared: u16,
    /// Why they come together.
    pub kind: BatchKind,
    records: Bytes,
}

impl LocationBatch {
    /// A batch of our own.
    ///
    /// # Errors
    /// [`ErrorKind::TooLong`] when a report or their number does not fit a WORD.
    pub fn new(kind: BatchKind, reports: &[LocationReport]) -> Result<Self, WireError> {
        let too_many = |_| WireError::new(ErrorKind::TooLong, "records", 0, 0xFFFF, reports.len());
        let declared = u16::try_from(reports.len()).map_err(too_many)?;
        let mut records = BytesMut::new();
        for report in reports {
            Writer::new(&mut records).counted_u16("record", &report.to_body())?;
        }
        Ok(Self { declared, kind, records: records.freeze() })
    }

    /// The bodies of the whole records, in wire order; each is a [`LocationReport`] body, or should be.
    #[must_use]
    pub fn records(&self) -> Records {
        Records { left: self.records.clone(), declared: self.declared }
    }

    /// The reports in wire order; a record that is not a position is its error.
    pub fn reports(&self) -> impl Iterator<Item = Result<LocationReport, WireError>> {
        self.records().map(LocationReport::from_body)
    }

    /// What is left behind the last whole record that the count covers; empty in a conforming batch.
    #[must_use]
    pub fn trailing(&self) -> Bytes {
        let mut records = self.records();
        records.by_ref().for_each(drop);
        records.left
    }

    pub(super) fn decode(reader: &mut Reader) -> Result<Self, WireError> {
        let declared = reader.u16("count")?;
        let kind = BatchKind::from_code(reader.u8("kind")?);
        Ok(Self { declared, kind, records: reader.rest() })
    }

    pub(super) fn encode(&self, writer: &mut Writer<'_>) {
        writer.u16(self.declared);
        writer.u8(self.kind.code());
        writer.bytes(&self.records);
    }
}

/// Iterator over the record bodies of a [`LocationBatch`].
#[derive(Debug, Clone)]
pub struct Records {
    left: Bytes,
    declared: u16,
}

impl Iterator for Records {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        self.declared = self.declared.checked_sub(1)?;
        let length = usize::from(u16::from_be_bytes(*self.left.first_chunk::<2>()?));
        if self.left.len() < 2 + length {
            return None;
        }
        Some(self.left.split_to(2 + length).slice(2..))
    }
}
