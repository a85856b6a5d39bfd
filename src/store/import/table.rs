//! A file as rows of named cells: CSV with a heading, or the properties of GeoJSON features. Names are those of
//! docs/LEDGER.md, or one of their Chinese aliases.

use super::{
    problem::{Place, Problem, Problems},
    reason::Reason,
};
use std::collections::BTreeMap;

/// A file of the ledger.
#[derive(Debug)]
pub(super) struct FileSpec {
    /// Its name in the folder.
    pub(super) file: &'static str,
    /// Its columns, in the order the writer uses.
    pub(super) columns: &'static [Column],
}

/// A column or property.
#[derive(Debug)]
pub(super) struct Column {
    /// Its name.
    pub(super) name: &'static str,
    /// What it is called in Chinese; every one is accepted.
    pub(super) zh: &'static [&'static str],
    /// Whether it may be left out.
    pub(super) need: Need,
}

/// Whether a column may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Must be in the heading.
    Mandatory,
    /// Absent reads as empty.
    Optional,
}

/// One row; cells are trimmed, absent ones empty.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Which file.
    pub(super) file: &'static str,
    /// Where in it.
    pub(super) place: Place,
    cells: BTreeMap<&'static str, String>,
}

impl Row {
    /// A row of what was found under known names.
    pub(super) fn new(file: &'static str, place: Place, cells: BTreeMap<&'static str, String>) -> Self {
        Self { file, place, cells }
    }

    /// The text of a cell.
    pub(super) fn cell(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }

    /// A finding about one of its cells.
    pub(super) fn problem(&self, column: &str, reason: Reason) -> Problem {
        let value = self.cell(column).to_owned();
        Problem { file: self.file, place: self.place, column: column.to_owned(), value, reason }
    }
}

impl FileSpec {
    /// The column a heading means.
    pub(super) fn column(&self, heading: &str) -> Option<&'static Column> {
        let plain = heading.trim().to_lowercase();
        self.columns.iter().find(|column| column.name == plain || column.zh.contains(&plain.as_str()))
    }
}

/// Reads a CSV file; what is wrong goes to `problems`, the rest is returned.
pub(super) fn read_csv(spec: &'static FileSpec, text: &str, problems: &mut Problems) -> Vec<Row> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let broken = |error: &csv::Error, problems: &mut Problems| {
        let line = error.position().map_or(1, csv::Position::line);
        let reason = Reason::BadCsv { cause: csv_cause(error) };
        let (column, value) = (String::new(), String::new());
        problems.error(Problem { file: spec.file, place: Place::Line(line), column, value, reason });
    };
    let heading = match reader.headers() {
        Ok(heading) => heading.clone(),
        Err(error) => {
            broken(&error, problems);
            return Vec::new();
        }
    };
    // Without its column every row would be wrong: the heading's error is enough.
    let Some(columns) = read_heading(spec, &heading, problems) else { return Vec::new() };
    let mut rows = Vec::new();
    for record in reader.records() {
        match record {
            Ok(record) if record.iter().all(str::is_empty) => {}
            Ok(record) => rows.push(csv_row(spec, &columns, &record)),
            Err(error) => broken(&error, problems),
        }
    }
    rows
}

/// Which column each place of the heading is; `None` if one is missing.
fn read_heading(
    spec: &'static FileSpec,
    heading: &csv::StringRecord,
    problems: &mut Problems,
) -> Option<Vec<Option<&'static Column>>> {
    let at = |column: &str, reason| Problem {
        file: spec.file,
        place: Place::Line(1),
        column: column.to_owned(),
        value: String::new(),
        reason,
    };
    let mut found: Vec<Option<&'static Column>> = Vec::new();
    for name in heading {
        let column = spec.column(name);
        match column {
            None if name.is_empty() => {}
            None => problems.warn(at(name, Reason::ColumnIgnored)),
            Some(column) if found.iter().flatten().any(|known| known.name == column.name) => {
                problems.error(at(name, Reason::ColumnTwice));
            }
            Some(_) => {}
        }
        found.push(column);
    }
    let known = |name| found.iter().flatten().any(|column| column.name == name);
    let missing = spec.columns.iter().filter(|column| column.need == Need::Mandatory && !known(column.name));
    let mut complete = true;
    for column in missing {
        problems.error(at(column.name, Reason::ColumnMissing));
        complete = false;
    }
    complete.then_some(found)
}

fn csv_row(spec: &FileSpec, columns: &[Option<&'static Column>], record: &csv::StringRecord) -> Row {
    let line = record.position().map_or(0, csv::Position::line);
    let named = columns.iter().zip(record).filter_map(|(column, cell)| Some(((*column)?.name, cell.to_owned())));
    Row::new(spec.file, Place::Line(line), named.collect())
}

fn csv_cause(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} 列，表头 {expected_len} 列 / {len} cells under {expected_len} headings")
        }
        _ => error.to_string(),
    }
}
