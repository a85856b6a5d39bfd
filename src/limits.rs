//! Bounds of settings: how a room says which of its values cannot be used. A room checks all of its values at once, so that a person
//! mends them at once.

use std::ops::RangeInclusive;

/// Milliseconds of a minute: more is no time-out any more.
pub const MINUTE_MS: u64 = 60_000;
/// Milliseconds of an hour.
pub const HOUR_MS: u64 = 60 * MINUTE_MS;
/// Seconds of an hour.
pub const HOUR_S: u64 = 3_600;
/// Seconds of a day.
pub const DAY_S: u64 = 24 * HOUR_S;
/// Seconds of a year of 365 days.
pub const YEAR_S: u64 = 365 * DAY_S;

/// A value of the settings that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` {reason}")]
pub struct Refused {
    /// Which key, with its path.
    pub key: &'static str,
    /// What is wrong and what is right.
    pub reason: String,
}

/// What is wrong with the values seen so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusals(Vec<Refused>);

impl Refusals {
    /// Refuses a value, unless it was already: one that lies outside its range need not be told that it contradicts another.
    pub fn add(&mut self, key: &'static str, reason: impl Into<String>) {
        if self.0.iter().all(|refused| refused.key != key) {
            self.0.push(Refused { key, reason: reason.into() });
        }
    }

    /// Refuses a value that lies outside its range.
    pub fn bound(&mut self, key: &'static str, value: impl TryInto<u64>, range: RangeInclusive<u64>) {
        let value = value.try_into().unwrap_or(u64::MAX);
        if !range.contains(&value) {
            let zero = if value == 0 { "; leave it out for its default" } else { "" };
            self.add(key, format!("is {value}, must lie in {}..={}{zero}", range.start(), range.end()));
        }
    }

    /// Everything that was refused; empty = all can be used.
    #[must_use]
    pub fn told(self) -> Vec<Refused> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_out_of_range_is_told() {
        // Proves: both ends belong to a range, values beyond 64 bits are out of any, one refusal does not hide the next, and each
        // key is told once.
        let mut refusals = Refusals::default();
        for good in [1, 5] {
            refusals.bound("a.good", good, 1..=5);
        }
        refusals.bound("a.zero", 0_u32, 1..=5);
        refusals.bound("a.huge", u128::MAX, 1..=5);
        refusals.add("a.huge", "contradicts another");
        let told: Vec<String> = refusals.told().iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "`a.zero` is 0, must lie in 1..=5; leave it out for its default",
                "`a.huge` is 18446744073709551615, must lie in 1..=5"
            ]
        );
    }
}
