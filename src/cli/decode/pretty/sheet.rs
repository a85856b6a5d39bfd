//! Rows of offset, bytes, field and value.

use std::fmt::Display;
use std::io::{self, Write};

use jt808::header::Edition;

/// Bytes shown in one row; more go on below.
const BYTES_A_ROW: usize = 8;

/// A cursor over the unescaped message that prints what it passes.
pub(super) struct Sheet<'a, W> {
    out: &'a mut W,
    message: &'a [u8],
    at: usize,
    edition: Edition,
}

impl<'a, W: Write> Sheet<'a, W> {
    pub(super) fn new(out: &'a mut W, message: &'a [u8], edition: Edition) -> Self {
        Self { out, message, at: 0, edition }
    }

    /// The edition whose names are shown.
    pub(super) const fn edition(&self) -> Edition {
        self.edition
    }

    /// The next `width` bytes (fewer at the end) with their meaning.
    pub(super) fn row(&mut self, width: usize, field: &str, value: impl Display) -> io::Result<()> {
        let end = self.message.len().min(self.at + width);
        let bytes = self.message.get(self.at..end).unwrap_or_default();
        let mut rows = bytes.chunks(BYTES_A_ROW);
        writeln!(self.out, "{:>5}  {:<23}  {field}: {value}", self.at, spaced(rows.next().unwrap_or_default()))?;
        for (number, more) in (1..).zip(rows) {
            writeln!(self.out, "{:>5}  {}", self.at + number * BYTES_A_ROW, spaced(more))?;
        }
        self.at = end;
        Ok(())
    }

    /// What is left before `end`, if anything.
    pub(super) fn row_up_to(&mut self, end: usize, field: &str, value: impl Display) -> io::Result<()> {
        match end.checked_sub(self.at) {
            None | Some(0) => Ok(()),
            Some(width) => self.row(width, field, value),
        }
    }

    /// A remark that stands for no byte.
    pub(super) fn note(&mut self, field: &str, value: impl Display) -> io::Result<()> {
        writeln!(self.out, "{:>5}  {:<23}  {field}: {value}", "", "")
    }
}

fn spaced(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}
