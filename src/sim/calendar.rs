//! The simulated day: instants of it, and the hours the approvals are written for.

use super::cast::Shift;
use crate::model::{
    time::{Span, TimeError, Timestamp},
    window::WeeklyWindow,
};

/// One calendar day in China.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day(Timestamp);

impl Day {
    /// From `YYYY-MM-DD`.
    ///
    /// # Errors
    /// The text is not a date.
    pub fn parse(date: &str) -> Result<Self, TimeError> {
        Timestamp::parse(&format!("{date}T00:00:00+08:00")).map(Self)
    }

    /// Its first instant.
    #[must_use]
    pub const fn start(self) -> Timestamp {
        self.0
    }

    /// The first instant of the next day.
    #[must_use]
    pub fn end(self) -> Timestamp {
        self.0 + Span::from_secs(86_400)
    }

    /// A clock time of this day.
    #[must_use]
    pub fn at(self, hour: i64, minute: i64) -> Timestamp {
        self.0 + Span::from_secs((hour * 60 + minute) * 60)
    }
}

impl Shift {
    /// The weekly window that approvals of this shift carry.
    #[must_use]
    pub const fn window(self) -> WeeklyWindow {
        let (from_minute, to_minute) = match self {
            Self::Night => (22 * 60, 5 * 60),
            Self::Day => (9 * 60, 17 * 60),
        };
        WeeklyWindow { days: 0x7f, from_minute, to_minute }
    }

    /// When the window opens on `day`.
    #[must_use]
    pub fn opens(self, day: Day) -> Timestamp {
        match self {
            Self::Night => day.at(22, 0),
            Self::Day => day.at(9, 0),
        }
    }

    /// When the window closes on `day`; a night's window opened the evening before.
    #[must_use]
    pub fn closes(self, day: Day) -> Timestamp {
        match self {
            Self::Night => day.at(5, 0),
            Self::Day => day.at(17, 0),
        }
    }
}
