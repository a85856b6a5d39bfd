//! The strict writer: fields in wire order, lengths checked before they are written.

use bytes::{BufMut, BytesMut};

use crate::error::{ErrorKind, WireError};

/// Appends the fields of one body to a buffer.
#[derive(Debug)]
pub struct Writer<'a> {
    out: &'a mut BytesMut,
    start: usize,
}

impl<'a> Writer<'a> {
    /// Writes at the end of `out`.
    #[must_use]
    pub fn new(out: &'a mut BytesMut) -> Self {
        let start = out.len();
        Self { out, start }
    }

    /// How many bytes were written so far.
    #[must_use]
    pub fn written(&self) -> usize {
        self.out.len() - self.start
    }

    /// A BYTE.
    pub fn u8(&mut self, value: u8) {
        self.out.put_u8(value);
    }

    /// A WORD.
    pub fn u16(&mut self, value: u16) {
        self.out.put_u16(value);
    }

    /// A DWORD.
    pub fn u32(&mut self, value: u32) {
        self.out.put_u32(value);
    }

    /// Bytes as they are.
    pub fn bytes(&mut self, value: &[u8]) {
        self.out.put_slice(value);
    }

    /// A BYTE\[n\] field, filled up to `width` with `fill` at its end.
    ///
    /// # Errors
    /// [`ErrorKind::TooLong`] when `value` is wider than the field.
    pub fn padded(&mut self, field: &'static str, value: &[u8], width: usize, fill: u8) -> Result<(), WireError> {
        let Some(missing) = width.checked_sub(value.len()) else {
            return Err(WireError::new(ErrorKind::TooLong, field, self.written(), width, value.len()));
        };
        self.out.put_slice(value);
        self.out.put_bytes(fill, missing);
        Ok(())
    }

    /// A length BYTE and that many bytes.
    ///
    /// # Errors
    /// [`ErrorKind::TooLong`] beyond 255 bytes.
    pub fn counted_u8(&mut self, field: &'static str, value: &[u8]) -> Result<(), WireError> {
        let count = u8::try_from(value.len())
            .map_err(|_| WireError::new(ErrorKind::TooLong, field, self.written(), 0xFF, value.len()))?;
        self.out.put_u8(count);
        self.out.put_slice(value);
        Ok(())
    }

    /// A length WORD and that many bytes.
    ///
    /// # Errors
    /// [`ErrorKind::TooLong`] beyond 65 535 bytes.
    pub fn counted_u16(&mut self, field: &'static str, value: &[u8]) -> Result<(), WireError> {
        let count = u16::try_from(value.len())
            .map_err(|_| WireError::new(ErrorKind::TooLong, field, self.written(), 0xFFFF, value.len()))?;
        self.out.put_u16(count);
        self.out.put_slice(value);
        Ok(())
    }
}
