//! Days and instants as people and spreadsheets write them, in Beijing time.

use crate::model::time::Timestamp;

/// Which end of a period a text stands for: a bare day begins at its midnight and ends at the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    /// `valid_from`
    Begin,
    /// `valid_to`: a bare day is meant to its end.
    End,
}

/// A word for the beginning of time, where a cell must not be empty.
pub(super) const BEGINNING: &str = "always";

const DAY_MS: i64 = 86_400_000;

/// Reads `always`, RFC 3339, `2026-11-24 14:03`, `2026/11/24`, `2026年11月24日`.
pub(super) fn parse(text: &str, edge: Edge) -> Option<Timestamp> {
    if matches!(text, BEGINNING | "一直" | "始终") {
        return Some(Timestamp::BEGINNING);
    }
    if let Ok(instant) = Timestamp::parse(text) {
        return Some(instant);
    }
    let (day, clock) = match text.split_once([' ', 'T']) {
        Some((day, clock)) => (day, Some(clock.trim())),
        None => (text, None),
    };
    let midnight = midnight(day)?;
    let after = match (clock, edge) {
        (Some(clock), _) => clock_ms(clock)?,
        (None, Edge::Begin) => 0,
        (None, Edge::End) => DAY_MS,
    };
    Some(Timestamp::from_millis(midnight.checked_add(after)?))
}

/// Writes what `parse` reads as the same instant; the beginning of time is an empty cell.
pub(super) fn format(time: Timestamp) -> String {
    if time == Timestamp::BEGINNING { String::new() } else { time.to_string() }
}

fn midnight(day: &str) -> Option<i64> {
    let plain = day.trim().trim_end_matches('日').replace(['/', '.', '年', '月'], "-");
    let mut parts = plain.split('-').map(|part| part.trim().parse::<i16>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || !(1900..=9000).contains(&year) {
        return None;
    }
    let date = jiff::civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let instant = jiff::tz::offset(8).to_timestamp(date.to_datetime(jiff::civil::Time::midnight())).ok()?;
    Some(instant.as_millisecond())
}

fn clock_ms(clock: &str) -> Option<i64> {
    let mut parts = clock.split([':', '：']).map(|part| part.trim().parse::<i64>().ok());
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    let whole_day = (hour, minute, second) == (24, 0, 0);
    let possible = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..60).contains(&second);
    (parts.next().is_none() && (possible || whole_day)).then_some(((hour * 60 + minute) * 60 + second) * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_meant_whole_and_in_beijing() {
        // Proves: all writings of a day agree, its end is the next midnight, hours are Beijing hours.
        let midnight = Timestamp::parse("2026-11-24T00:00:00+08:00").ok();
        for text in ["2026-11-24", "2026/11/24", "2026年11月24日", "2026.11.24", "2026-11-24 00:00"] {
            assert_eq!(parse(text, Edge::Begin), midnight, "{text}");
        }
        assert_eq!(parse("2026-11-24", Edge::End), Timestamp::parse("2026-11-25T00:00:00+08:00").ok());
        assert_eq!(parse("2026/1/2 8:05", Edge::End), Timestamp::parse("2026-01-02T08:05:00+08:00").ok());
        assert_eq!(parse("2026-01-02T00:05:00Z", Edge::End), Timestamp::parse("2026-01-02T08:05:00+08:00").ok());
    }

    #[test]
    fn what_is_no_day_is_none() {
        // Proves: impossible days and hours are refused, not bent.
        for bad in ["", "2026-02-30", "2026-13-01", "26-01-01", "2026-01", "2026-01-01 25:00", "明天", "2026-01-01 8"]
        {
            assert_eq!(parse(bad, Edge::Begin), None, "{bad}");
        }
    }
}
