//! Rows of offset, width, field and value, gathered while a message is passed.

use std::fmt::Display;

use jt808::header::Edition;

/// A field of a message, or a remark that stands for no byte (`width` 0).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// First byte in the unescaped message.
    pub offset: usize,
    /// Bytes.
    pub width: usize,
    /// Name, Chinese.
    pub zh: String,
    /// Name, English.
    pub en: String,
    /// Its value in words.
    pub value: String,
}

/// A cursor over the unescaped message that notes what it passes.
#[derive(Debug)]
pub(super) struct Sheet {
    rows: Vec<Row>,
    len: usize,
    at: usize,
    edition: Edition,
}

impl Sheet {
    /// A sheet for a message of `len` bytes.
    pub(super) const fn new(len: usize, edition: Edition) -> Self {
        Self { rows: Vec::new(), len, at: 0, edition }
    }

    /// The edition whose names are shown.
    pub(super) const fn edition(&self) -> Edition {
        self.edition
    }

    /// The next `width` bytes (fewer at the end) with their meaning; `field` is its Chinese name, a blank, its English name.
    pub(super) fn row(&mut self, width: usize, field: &str, value: impl Display) {
        let (zh, en) = field.split_once(' ').unwrap_or((field, field));
        self.named(width, zh, en, value);
    }

    /// The next `width` bytes under two names.
    pub(super) fn named(&mut self, width: usize, zh: &str, en: &str, value: impl Display) {
        let end = self.len.min(self.at + width);
        let (zh, en, value) = (zh.to_owned(), en.to_owned(), value.to_string());
        self.rows.push(Row { offset: self.at, width: end - self.at, zh, en, value });
        self.at = end;
    }

    /// What is left before `end`, if anything.
    pub(super) fn row_up_to(&mut self, end: usize, field: &str, value: impl Display) {
        if let Some(width) = end.checked_sub(self.at).filter(|width| *width > 0) {
            self.row(width, field, value);
        }
    }

    /// A remark that stands for no byte.
    pub(super) fn note(&mut self, field: &str, value: impl Display) {
        self.row(0, field, value);
    }

    /// The rows.
    pub(super) fn into_rows(self) -> Vec<Row> {
        self.rows
    }
}
