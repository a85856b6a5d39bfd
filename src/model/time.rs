//! Instants and spans. Inside the house time is i64 milliseconds UTC; China Standard Time exists only at the edges.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// A signed length of time in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(i64);

/// A wall-clock reading in Asia/Shanghai (UTC+8, no summer time since 1991).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChinaTime {
    /// Days since 1970-01-01 in China.
    pub day: i64,
    /// 0 = Monday … 6 = Sunday.
    pub weekday: u8,
    /// Seconds since midnight, `0..=86_399`.
    pub second: u32,
}

/// When a row holds: from `from` (inclusive) to `to` (exclusive; `None` = until further notice).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Validity {
    /// First instant at which the row holds.
    pub from: Timestamp,
    /// First instant at which it no longer holds.
    pub to: Option<Timestamp>,
}

const CHINA_OFFSET_MS: i64 = 8 * 3_600_000;
const DAY_MS: i64 = 86_400_000;

impl Timestamp {
    /// The earliest instant the house speaks of: "known from the beginning of time".
    pub const BEGINNING: Self = Self(i64::MIN / 4);

    /// Later than any instant the house speaks of.
    pub const FOREVER: Self = Self(i64::MAX / 4);

    /// From milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The span from `earlier` to this instant; negative when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// This instant read off a clock in China.
    #[must_use]
    pub const fn china(self) -> ChinaTime {
        let local = self.0.saturating_add(CHINA_OFFSET_MS);
        let (day, millis) = (local.div_euclid(DAY_MS), local.rem_euclid(DAY_MS));
        // 1970-01-01 was a Thursday (3, counted from Monday); both results are non-negative and small.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rem_euclid bounds both values")]
        let (weekday, second) = ((day + 3).rem_euclid(7) as u8, (millis / 1000) as u32);
        ChinaTime { day, weekday, second }
    }

    /// Reads RFC 3339 with any offset (`2026-11-24T14:03:22+08:00`).
    ///
    /// # Errors
    /// The text is not such an instant.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let instant: jiff::Timestamp = text.parse().map_err(|_| TimeError { text: text.to_owned() })?;
        Ok(Self(instant.as_millisecond()))
    }
}

impl std::ops::Add<Span> for Timestamp {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl std::ops::Sub<Span> for Timestamp {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

/// RFC 3339 in China Standard Time, milliseconds only when there are any.
impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(instant) = jiff::Timestamp::from_millisecond(self.0) else { return write!(out, "{} ms", self.0) };
        let local = jiff::tz::offset(8).to_datetime(instant);
        write!(out, "{}", local.strftime("%Y-%m-%dT%H:%M:%S%.f+08:00"))
    }
}

impl Span {
    /// From milliseconds.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// From seconds.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs * 1000)
    }

    /// Milliseconds, negative when the span runs backwards.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }
}

impl Validity {
    /// Holds from the beginning of time until further notice.
    pub const ALWAYS: Self = Self { from: Timestamp::BEGINNING, to: None };

    /// Whether the row holds at `at`.
    #[must_use]
    pub fn holds_at(&self, at: Timestamp) -> bool {
        self.from <= at && self.to.is_none_or(|to| at < to)
    }
}

/// A text that is not an instant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a time such as 2026-11-24T14:03:22+08:00")]
pub struct TimeError {
    /// What was given.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn china_time_turns_at_local_midnight() {
        // Proves: weekday and second are those of Shanghai, not of UTC.
        let at = Timestamp::parse("2026-11-23T16:00:00Z").expect("a valid instant");
        assert_eq!(at.china(), ChinaTime { day: 20_781, weekday: 1, second: 0 });
        assert_eq!(at.to_string(), "2026-11-24T00:00:00+08:00");
    }

    #[test]
    fn validity_is_half_open() {
        // Proves: the last instant of a row belongs to its successor.
        let row = Validity { from: Timestamp(10), to: Some(Timestamp(20)) };
        assert!(row.holds_at(Timestamp(10)) && row.holds_at(Timestamp(19)));
        assert!(!row.holds_at(Timestamp(20)) && !row.holds_at(Timestamp(9)));
    }
}
