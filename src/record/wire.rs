//! Dense bytes, written and read: variable-length integers (LEB128, signed ones zigzag) and byte strings. Reading is strict: what
//! does not fit is refused with its place.

use bytes::Bytes;

/// Bytes that are not what was written: they end too early, or a field is out of its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} cannot be read at byte {offset}")]
pub struct Broken {
    /// Which field.
    pub what: &'static str,
    /// Where it ends or breaks off.
    pub offset: usize,
}

/// Where they are written.
#[derive(Debug, Default)]
pub(crate) struct Sink(Vec<u8>);

impl Sink {
    pub(crate) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    #[expect(clippy::cast_possible_truncation, reason = "seven bits are left")]
    pub(crate) fn unsigned(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push((value as u8 & 0x7f) | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    pub(crate) fn signed(&mut self, value: i64) {
        self.unsigned(((value << 1) ^ (value >> 63)).cast_unsigned());
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.unsigned(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Where they are read from.
#[derive(Debug)]
pub(crate) struct Source {
    bytes: Bytes,
    at: usize,
}

impl Source {
    pub(crate) const fn new(bytes: Bytes) -> Self {
        Self { bytes, at: 0 }
    }

    pub(crate) fn byte(&mut self, what: &'static str) -> Result<u8, Broken> {
        let byte = self.bytes.get(self.at).copied().ok_or_else(|| self.refused(what))?;
        self.at += 1;
        Ok(byte)
    }

    /// At most ten bytes, the tenth at most 1; a longer form of a small number is refused too, so that bytes and value are one.
    pub(crate) fn unsigned(&mut self, what: &'static str) -> Result<u64, Broken> {
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

    pub(crate) fn signed(&mut self, what: &'static str) -> Result<i64, Broken> {
        let value = self.unsigned(what)?;
        Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    /// A number of things of at least `least` bytes each, which must be able to follow.
    pub(crate) fn count(&mut self, what: &'static str, least: usize) -> Result<usize, Broken> {
        let count = usize::try_from(self.unsigned(what)?).map_err(|_| self.refused(what))?;
        let fits = count.checked_mul(least).is_some_and(|bytes| bytes <= self.bytes.len() - self.at);
        if fits { Ok(count) } else { Err(self.refused(what)) }
    }

    pub(crate) fn bytes(&mut self, what: &'static str) -> Result<Bytes, Broken> {
        let length = self.count(what, 1)?;
        let from = self.at;
        self.at += length;
        Ok(self.bytes.slice(from..self.at))
    }

    /// Whether nothing follows.
    pub(crate) fn is_empty(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// Nothing may follow.
    pub(crate) fn end(&self) -> Result<(), Broken> {
        if self.is_empty() { Ok(()) } else { Err(self.refused("the end")) }
    }

    pub(crate) const fn refused(&self, what: &'static str) -> Broken {
        Broken { what, offset: self.at }
    }
}
