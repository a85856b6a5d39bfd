//! How long a silence must be to count as one: by the terminal's own habit (rules.md 0.3).

use super::params::GapParams;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// How many intervals are remembered.
const WINDOW: usize = 9;

/// The terminal's last intervals in whole seconds, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gaps(SmallVec<[u16; WINDOW]>);

impl Gaps {
    /// The longest silence across which something may be assumed to have held, milliseconds.
    #[must_use]
    pub fn limit_ms(&self, params: &GapParams) -> i64 {
        let floor = i64::from(params.floor_s) * 1000;
        if self.0.len() < usize::from(params.intervals_min) {
            return floor;
        }
        #[expect(clippy::cast_possible_truncation, reason = "at most 65,535 s times a factor; `as` saturates")]
        let habit = (self.median_s() * params.factor * 1000.0) as i64;
        floor.max(habit)
    }

    /// Remembers one interval; long ones and two reports of one second are not habits.
    pub fn note(&mut self, interval_ms: i64, params: &GapParams) {
        let Ok(seconds) = u16::try_from(interval_ms / 1000) else { return };
        if seconds == 0 || seconds > params.interval_max_s {
            return;
        }
        if self.0.len() == WINDOW {
            self.0.remove(0);
        }
        self.0.push(seconds);
    }

    fn median_s(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let middle = sorted.len() / 2;
        let at = |place: usize| sorted.get(place).copied().map_or(0.0, f64::from);
        if sorted.len() % 2 == 1 { at(middle) } else { f64::midpoint(at(middle.saturating_sub(1)), at(middle)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bus_that_reports_every_three_minutes_is_not_silent_between() {
        // Proves: 2.5 × the median rules once five intervals are known, the floor before, long pauses never.
        let params = GapParams::default();
        let mut gaps = Gaps::default();
        for seen in 0..5 {
            assert_eq!(gaps.limit_ms(&params), 120_000, "after {seen} intervals");
            gaps.note(180_000, &params);
            gaps.note(3_600_000, &params);
        }
        assert_eq!(gaps.limit_ms(&params), 450_000);
    }

    #[test]
    fn the_habit_is_that_of_the_last_nine() {
        // Proves: nine short intervals make the floor count again.
        let params = GapParams::default();
        let mut gaps = Gaps::default();
        (0..9).for_each(|_| gaps.note(300_000, &params));
        assert_eq!(gaps.limit_ms(&params), 750_000);
        (0..5).for_each(|_| gaps.note(10_000, &params));
        assert_eq!(gaps.limit_ms(&params), 120_000);
    }
}
