//! Bytes of entries, written and read: variable-length integers (LEB128, signed ones zigzag) and byte strings. Reading is strict:
//! what does not fit is refused with its place.

use super::entry::EntryError;
use bytes::Bytes;

/// Where an entry is written.
#[derive(Debug, Default)]
pub(super) struct Sink(Vec<u8>);

impl Sink {
    pub(super) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    #[expect(clippy::cast_possible_truncation, reason = "seven bits are left")]
    pub(super) fn unsigned(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push((value as u8 & 0x7f) | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    pub(super) fn signed(&mut self, value: i64) {
        self.unsigned(((value << 1) ^ (value >> 63)).cast_unsigned());
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.unsigned(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Where an entry is read from.
#[derive(Debug)]
pub(super) struct Source {
    bytes: Bytes,
    at: usize,
}

impl Source {
    pub(super) const fn new(bytes: Bytes) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn byte(&mut self, what: &'static str) -> Result<u8, EntryError> {
        let byte = self.bytes.get(self.at).copied().ok_or_else(|| self.refused(what))?;
        self.at += 1;
        Ok(byte)
    }

    /// At most ten bytes, the tenth at most 1; a longer form of a small number is refused too, so that bytes and value are one.
    pub(super) fn unsigned(&mut self, what: &'static str) -> Result<u64, EntryError> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte(what)?;
            let bits = u64::from(byte & 0x7f);
            if (shift == 63 && bits > 1) || (byte == 0 && shift > 0) {
                return Err(self.refused(what));
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(self.refused(what))
    }

    pub(super) fn signed(&mut self, what: &'static str) -> Result<i64, EntryError> {
        let value = self.unsigned(what)?;
        Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    /// A number of things of at least `least` bytes each, which must be able to follow.
    pub(super) fn count(&mut self, what: &'static str, least: usize) -> Result<usize, EntryError> {
        let count = usize::try_from(self.unsigned(what)?).map_err(|_| self.refused(what))?;
        let fits = count.checked_mul(least).is_some_and(|bytes| bytes <= self.bytes.len() - self.at);
        if fits { Ok(count) } else { Err(self.refused(what)) }
    }

    pub(super) fn bytes(&mut self, what: &'static str) -> Result<Bytes, EntryError> {
        let length = self.count(what, 1)?;
        let from = self.at;
        self.at += length;
        Ok(self.bytes.slice(from..self.at))
    }

    /// Nothing may follow.
    pub(super) fn end(&self) -> Result<(), EntryError> {
        if self.at == self.bytes.len() { Ok(()) } else { Err(self.refused("the end")) }
    }

    pub(super) const fn refused(&self, what: &'static str) -> EntryError {
        EntryError::Field { what, offset: self.at }
    }
}
