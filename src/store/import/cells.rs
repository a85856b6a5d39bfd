//! Cells into values. Each reader notes what is wrong and goes on, so that one row can tell all its errors.

use super::{
    codes::Coded,
    problem::Problems,
    reason::Reason,
    table::Row,
    times::{self, Edge},
    windows,
};
use crate::model::{
    plate::{Plate, PlateColour},
    time::{Timestamp, Validity},
    window::WeeklyWindow,
};

/// One row being read.
pub(super) struct Cells<'a> {
    row: &'a Row,
    problems: &'a mut Problems,
}

impl<'a> Cells<'a> {
    /// Begins to read a row.
    pub(super) fn new(row: &'a Row, problems: &'a mut Problems) -> Self {
        Self { row, problems }
    }

    /// Notes an error about a cell.
    pub(super) fn error(&mut self, column: &str, reason: Reason) {
        self.problems.error(self.row.problem(column, reason));
    }

    /// Any text, empty too.
    pub(super) fn text(&self, column: &str) -> String {
        self.row.cell(column).to_owned()
    }

    /// A text if there is one.
    pub(super) fn optional(&self, column: &str) -> Option<&str> {
        Some(self.row.cell(column)).filter(|text| !text.is_empty())
    }

    /// A text that must be there.
    pub(super) fn required(&mut self, column: &str) -> Option<String> {
        let text = self.text(column);
        if text.is_empty() {
            self.error(column, Reason::Empty);
            return None;
        }
        Some(text)
    }

    /// A kind that must be there.
    pub(super) fn code<T: Coded>(&mut self, column: &str) -> Option<T> {
        let text = self.required(column)?;
        let kind = T::read(&text);
        if kind.is_none() {
            self.error(column, Reason::UnknownCode { choices: T::choices() });
        }
        kind
    }

    /// A kind that has a default.
    pub(super) fn code_or<T: Coded>(&mut self, column: &str, default: T) -> Option<T> {
        if self.optional(column).is_none() { Some(default) } else { self.code(column) }
    }

    /// A text of a type that knows how to read itself.
    pub(super) fn parsed<T: std::str::FromStr>(&mut self, column: &str, reason: Reason) -> Option<T> {
        let text = self.required(column)?;
        let value = text.parse().ok();
        if value.is_none() {
            self.error(column, reason);
        }
        value
    }

    /// Number and colour.
    pub(super) fn plate(&mut self, number: &str, colour: &str) -> Option<Plate> {
        let colour = self.code::<PlateColour>(colour);
        let plate = Plate::new(&self.required(number)?, colour.unwrap_or(PlateColour::Other));
        let length = plate.number().chars().count();
        if !(5..=12).contains(&length) || !plate.number().chars().all(char::is_alphanumeric) {
            self.error(number, Reason::BadPlate);
            return None;
        }
        colour.map(|_| plate)
    }

    /// An instant that must be there.
    pub(super) fn time(&mut self, column: &str) -> Option<Timestamp> {
        self.required(column)?;
        self.instant(column, Edge::Begin).ok()?
    }

    /// `valid_from` and `valid_to`; empty = from the beginning, until further notice.
    pub(super) fn validity(&mut self) -> Option<Validity> {
        let (from, to) = (self.instant("valid_from", Edge::Begin), self.instant("valid_to", Edge::End));
        let (from, to) = (from.ok()?.unwrap_or(Timestamp::BEGINNING), to.ok()?);
        if to.is_some_and(|to| to <= from) {
            self.error("valid_to", Reason::PeriodReversed);
            return None;
        }
        Some(Validity { from, to })
    }

    /// Weekly hours; empty = none.
    pub(super) fn windows(&mut self, column: &str) -> Option<Vec<WeeklyWindow>> {
        match windows::parse(self.row.cell(column)) {
            Ok(list) => Some(list),
            Err(part) => {
                self.error(column, Reason::BadWindows { part });
                None
            }
        }
    }

    fn instant(&mut self, column: &str, edge: Edge) -> Result<Option<Timestamp>, Told> {
        let Some(text) = self.optional(column) else { return Ok(None) };
        let time = times::parse(text, edge);
        if time.is_none() {
            self.error(column, Reason::BadTime);
            return Err(Told);
        }
        Ok(time)
    }
}

/// An error that was already noted.
struct Told;
