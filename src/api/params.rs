//! Reading parameters: pages, spans, reasons. Parsed once here; handlers get values that cannot be wrong.

use super::{
    names::Reason,
    problem::{Problem, ProblemCode},
};
use crate::model::time::Timestamp;
use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, Path, Query},
};

/// Query parameters whose rejection is a problem.
#[derive(Clone, Copy, Debug, FromRequestParts)]
#[from_request(via(Query), rejection(Problem))]
pub struct Params<T>(pub T);

/// Path parameters whose rejection is a problem.
#[derive(Clone, Copy, Debug, FromRequestParts)]
#[from_request(via(Path), rejection(Problem))]
pub struct At<T>(pub T);

/// A JSON body whose rejection is a problem.
#[derive(Clone, Copy, Debug, FromRequest)]
#[from_request(via(Json), rejection(Problem))]
pub struct Body<T>(pub T);

/// Items of a list answer; `limit` unless told otherwise.
pub const LIMIT_DEFAULT: u32 = 50;
/// Most items of a list answer.
pub const LIMIT_MAX: u32 = 500;
/// Most fixes of one track answer.
pub const TRACK_LIMIT_MAX: u32 = 5_000;

/// The wanted number of items, within `1..=most`.
///
/// # Errors
/// `bad_parameter` outside the range.
pub fn limit(wanted: Option<u32>, most: u32) -> Result<usize, Problem> {
    let wanted = wanted.unwrap_or(LIMIT_DEFAULT.min(most));
    if !(1..=most).contains(&wanted) {
        return Err(Problem::parameter("limit", format_args!("{wanted} is not within 1 to {most}")));
    }
    usize::try_from(wanted).map_err(|_| Problem::parameter("limit", wanted))
}

/// The append number a list goes on below.
///
/// # Errors
/// `bad_parameter` when it is not a cursor of ours.
pub fn append_cursor(cursor: Option<&str>) -> Result<Option<u64>, Problem> {
    let read = |text: &str| {
        let number = text.parse().ok().filter(|number| i64::try_from(*number).is_ok());
        number.ok_or_else(|| Problem::parameter("cursor", format_args!("`{text}` is not ours")))
    };
    cursor.map(read).transpose()
}

/// The reason, which this question takes.
///
/// # Errors
/// `reason_required` without one.
pub fn reason(given: Option<Reason>) -> Result<Reason, Problem> {
    let why = "add reason=road_check, report, accident, case or duty";
    given.ok_or_else(|| Problem::new(ProblemCode::ReasonRequired, why))
}

/// An instant: RFC 3339 with offset (a blank stands for the `+` it was in the URL), or milliseconds UTC.
///
/// # Errors
/// `bad_parameter` for anything else.
pub fn instant(name: &str, text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    if let Ok(millis) = text.parse::<i64>() {
        return Ok(Some(Timestamp::from_millis(millis)));
    }
    Timestamp::parse(&text.replace(' ', "+")).map(Some).map_err(|error| Problem::parameter(name, error))
}

/// A span of event time with both ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Between {
    /// First instant.
    pub from: Timestamp,
    /// First instant after it.
    pub to: Timestamp,
}

/// Both ends of a span; each may be absent and is then as given in `default`.
///
/// # Errors
/// `bad_parameter` when an end is not an instant, or they are the wrong way round.
pub fn between(from: Option<&str>, to: Option<&str>, default: Between) -> Result<Between, Problem> {
    let from = instant("from", from)?.unwrap_or(default.from);
    let to = instant("to", to)?.unwrap_or(default.to);
    if from >= to {
        return Err(Problem::parameter("from", "must be before `to`"));
    }
    Ok(Between { from, to })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_survives_a_url_that_ate_its_plus() {
        // Proves: `+08:00` unescaped in a query (read as a blank), milliseconds and RFC 3339 are the same instant.
        let plain = instant("from", Some("2026-11-24T14:03:22+08:00")).expect("RFC 3339");
        assert_eq!(instant("from", Some("2026-11-24T14:03:22 08:00")).expect("eaten plus"), plain);
        let millis = plain.expect("given").as_millis().to_string();
        assert_eq!(instant("from", Some(&millis)).expect("milliseconds"), plain);
        assert!(instant("from", Some("yesterday")).is_err());
    }

    #[test]
    fn limits_are_refused_not_bent() {
        // Proves: 0 and more than the most are told to the caller.
        assert!(limit(Some(0), LIMIT_MAX).is_err() && limit(Some(501), LIMIT_MAX).is_err());
        assert_eq!(limit(None, LIMIT_MAX).expect("default"), 50);
        assert_eq!(limit(Some(500), LIMIT_MAX).expect("the most"), 500);
    }
}
