//! Weekly time windows in Asia/Shanghai, for approvals and zones.

use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Open on the days of `days` from `from_minute` for a while; it may run past midnight into the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WeeklyWindow {
    /// Bit 0 = Monday … bit 6 = Sunday: the day on which the window opens.
    pub days: u8,
    /// Minute of the day at which it opens, 0..=1439.
    pub from_minute: u16,
    /// Minute of the day at which it closes, 1..=1440; not after `from_minute` = on the next day.
    pub to_minute: u16,
}

impl WeeklyWindow {
    /// Every day, around the clock.
    pub const ALWAYS: Self = Self { days: 0x7f, from_minute: 0, to_minute: 1440 };

    /// Whether the window is open at `at`.
    #[must_use]
    pub fn open_at(&self, at: Timestamp) -> bool {
        let now = at.china();
        let (from, to) = (u32::from(self.from_minute) * 60, u32::from(self.to_minute) * 60);
        if from < to {
            return self.opens_on(now.weekday) && (from..to).contains(&now.second);
        }
        let yesterday = (now.weekday + 6) % 7;
        (self.opens_on(now.weekday) && now.second >= from) || (self.opens_on(yesterday) && now.second < to)
    }

    fn opens_on(&self, weekday: u8) -> bool {
        self.days & (1 << weekday) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a valid instant")
    }

    #[test]
    fn a_window_past_midnight_belongs_to_the_day_it_opens() {
        // Proves: Monday 22:00-05:00 is open on Tuesday at 04:59 and shut on Tuesday at 22:00.
        let night = WeeklyWindow { days: 0b1, from_minute: 22 * 60, to_minute: 5 * 60 };
        assert!(night.open_at(at("2026-11-23T22:00:00+08:00")));
        assert!(night.open_at(at("2026-11-24T04:59:59+08:00")));
        assert!(!night.open_at(at("2026-11-24T05:00:00+08:00")));
        assert!(!night.open_at(at("2026-11-24T22:00:00+08:00")));
        assert!(!night.open_at(at("2026-11-23T04:00:00+08:00")));
    }

    #[test]
    fn around_the_clock_is_always_open() {
        // Proves: 1440 as the end is midnight, not a wrapped zero.
        assert!(WeeklyWindow::ALWAYS.open_at(at("2026-11-24T23:59:59+08:00")));
        assert!(WeeklyWindow::ALWAYS.open_at(at("2026-11-24T00:00:00+08:00")));
    }
}
