//! What the reader found wrong: where, what, why and what to do. All of it is reported at once.

use super::{files, reason::Reason};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// Errors kept at most; more are only counted.
pub const ERRORS_MAX: usize = 1_000;

/// Warnings of one kind told at most; more are only counted.
const WARNINGS_OF_A_KIND_MAX: usize = 20;

/// One finding of the reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which file of the folder.
    pub file: &'static str,
    /// Where in it.
    pub place: Place,
    /// Which column or property, empty when the whole row is meant.
    pub column: String,
    /// The value found there, empty when there is none.
    pub value: String,
    /// What is wrong and what to do.
    pub reason: Reason,
}

/// Where in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The file as a whole.
    File,
    /// A line of a CSV file, the heading being line 1.
    Line(u64),
    /// A feature of a GeoJSON file, from 1.
    Feature(u64),
}

/// A finding that does not stop the import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning(pub Problem);

/// Why a folder was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportErrors {
    /// What is wrong, in the order of the files, at most `ERRORS_MAX`.
    pub errors: Vec<Problem>,
    /// Errors beyond that, counted only.
    pub more: usize,
    /// What else was noticed.
    pub warnings: Vec<Warning>,
}

/// Collects what the reader finds.
#[derive(Debug, Default)]
pub(super) struct Problems {
    errors: Vec<Problem>,
    more: usize,
    warnings: Vec<Warning>,
}

impl Problems {
    /// Adds an error, or counts it when there are too many.
    pub(super) fn error(&mut self, problem: Problem) {
        if self.errors.len() < ERRORS_MAX {
            self.errors.push(problem);
        } else {
            self.more += 1;
        }
    }

    /// Adds a warning.
    pub(super) fn warn(&mut self, problem: Problem) {
        self.warnings.push(Warning(problem));
    }

    /// Files with an error so far.
    pub(super) fn files_with_errors(&self) -> BTreeSet<&'static str> {
        self.errors.iter().map(|problem| problem.file).collect()
    }

    /// Whether something is wrong with a file.
    pub(super) fn has_error_in(&self, file: &str) -> bool {
        self.errors.iter().any(|problem| problem.file == file)
    }

    /// The warnings, if there was no error; both in the order of the files.
    pub(super) fn into_warnings(mut self) -> Result<Vec<Warning>, ImportErrors> {
        self.errors.sort_by_key(Problem::order);
        self.warnings.sort_by_key(|warning| warning.0.order());
        if self.errors.is_empty() {
            return Ok(self.warnings);
        }
        Err(ImportErrors { errors: self.errors, more: self.more, warnings: self.warnings })
    }
}

impl Problem {
    /// A finding about a file as a whole.
    pub(super) fn of_file(file: &'static str, reason: Reason) -> Self {
        Self { file, place: Place::File, column: String::new(), value: String::new(), reason }
    }

    fn order(&self) -> (usize, Place) {
        (files::ALL.iter().position(|spec| spec.file == self.file).unwrap_or(files::ALL.len()), self.place)
    }

    /// The column with its Chinese name, where it has one.
    fn column_label(&self) -> String {
        let spec = files::ALL.iter().find(|spec| spec.file == self.file);
        let column = spec.and_then(|spec| spec.columns.iter().find(|column| column.name == self.column));
        match column.and_then(|column| column.zh.first()) {
            Some(zh) => format!("{}（{zh}）", self.column),
            None => self.column.clone(),
        }
    }
}

/// Two lines: Chinese, then English.
impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.file)?;
        match self.place {
            Place::File => {}
            Place::Line(line) => write!(out, " 第 {line} 行 (line {line})")?,
            Place::Feature(number) => write!(out, " 第 {number} 个要素 (feature {number})")?,
        }
        if !self.column.is_empty() {
            write!(out, " {}", self.column_label())?;
        }
        if !self.value.is_empty() {
            write!(out, " = `{}`", self.value)?;
        }
        write!(out, "\n    {}\n    {}", self.reason.zh(), self.reason.en())
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// The warnings for people, a line break after each; of one kind so many, the rest counted.
#[must_use]
pub fn warnings_text(warnings: &[Warning]) -> String {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut lines = Vec::new();
    for warning in warnings {
        let told = kinds.entry(warning.0.reason.en()).or_default();
        *told += 1;
        if *told <= WARNINGS_OF_A_KIND_MAX {
            lines.push(format!("提醒 (warning) {warning}\n"));
        }
    }
    for (reason, told) in kinds.into_iter().filter(|(_, told)| *told > WARNINGS_OF_A_KIND_MAX) {
        let more = told - WARNINGS_OF_A_KIND_MAX;
        lines.push(format!("另有 {more} 处同类提醒 ({more} more of: {reason})\n"));
    }
    lines.concat()
}

impl fmt::Display for ImportErrors {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.errors {
            writeln!(out, "{problem}")?;
        }
        if self.more > 0 {
            writeln!(out, "另有 {0} 处错误未列出 ({0} more errors are not listed)", self.more)?;
        }
        let total = self.errors.len() + self.more;
        write!(out, "共 {total} 处错误，未导入 ({total} errors, nothing was imported)")
    }
}

impl std::error::Error for ImportErrors {}
