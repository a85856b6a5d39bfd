//! The strict reader: every read names its field, and a read past the end says where and by how much.

use bytes::Bytes;

use crate::error::{ErrorKind, WireError};

/// A cursor over one body. Offsets in errors count from the first header byte of the message.
#[derive(Debug, Clone)]
pub struct Reader {
    left: Bytes,
    offset: usize,
}

impl Reader {
    /// Reads `body`, whose first byte stands at `offset` of the unescaped message.
    #[must_use]
    pub const fn new(body: Bytes, offset: usize) -> Self {
        Self { left: body, offset }
    }

    /// Where the next byte stands.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// How many bytes are left.
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.left.len()
    }

    /// The next `count` bytes, sharing memory with the frame.
    ///
    /// # Errors
    /// [`ErrorKind::TooShort`] when fewer are left.
    pub fn bytes(&mut self, field: &'static str, count: usize) -> Result<Bytes, WireError> {
        if self.left.len() < count {
            return Err(WireError::new(ErrorKind::TooShort, field, self.offset, count, self.left.len()));
        }
        self.offset += count;
        Ok(self.left.split_to(count))
    }

    /// The next `N` bytes by value.
    ///
    /// # Errors
    /// [`ErrorKind::TooShort`] when fewer are left.
    pub fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], WireError> {
        let Some(array) = self.left.first_chunk::<N>().copied() else {
            return Err(WireError::new(ErrorKind::TooShort, field, self.offset, N, self.left.len()));
        };
        self.offset += N;
        self.left.advance_by(N);
        Ok(array)
    }

    /// A BYTE.
    ///
    /// # Errors
    /// [`ErrorKind::TooShort`] at the end.
    pub fn u8(&mut self, field: &'static str) -> Result<u8, WireError> {
        self.array(field).map(u8::from_be_bytes)
    }

    /// A WORD.
    ///
    /// # Errors
    /// [`ErrorKind::TooShort`] when fewer than two bytes are left.
    pub fn u16(&mut self, field: &'static str) -> Result<u16, WireError> {
        self.array(field).map(u16::from_be_bytes)
    }

    /// A DWORD.
    ///
    /// # Errors
    /// [`ErrorKind::TooShort`] when fewer than four bytes are left.
    pub fn u32(&mut self, field: &'static str) -> Result<u32, WireError> {
        self.array(field).map(u32::from_be_bytes)
    }

    /// Everything that is left.
    #[must_use]
    pub fn rest(&mut self) -> Bytes {
        self.offset += self.left.len();
        self.left.split_off(0)
    }

    /// Says that the body ends here.
    ///
    /// # Errors
    /// [`ErrorKind::TrailingBytes`] when it does not.
    pub fn finish(self, field: &'static str) -> Result<(), WireError> {
        if self.left.is_empty() {
            return Ok(());
        }
        Err(WireError::new(ErrorKind::TrailingBytes, field, self.offset, 0, self.left.len()))
    }
}

/// `Buf::advance` without its panic: more than there is empties the buffer.
trait AdvanceBy {
    fn advance_by(&mut self, count: usize);
}

impl AdvanceBy for Bytes {
    fn advance_by(&mut self, count: usize) {
        bytes::Buf::advance(self, count.min(self.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves that a short read names field, offset, expected and got, and takes nothing.
    #[test]
    fn a_short_read_says_where() {
        let mut reader = Reader::new(Bytes::from_static(&[1, 2, 3]), 12);
        assert_eq!(reader.u16("serial"), Ok(0x0102));
        let error = reader.u32("mask").unwrap_err();
        assert_eq!(error, WireError::new(ErrorKind::TooShort, "mask", 14, 4, 1));
        assert_eq!(error.to_string(), "mask at offset 14: expected 4 bytes, got 1");
        assert_eq!(reader.remaining(), 1);
        assert_eq!(reader.clone().finish("end").unwrap_err().kind, ErrorKind::TrailingBytes);
        assert_eq!(reader.rest(), Bytes::from_static(&[3]));
        assert_eq!(reader.finish("end"), Ok(()));
    }
}
