//! How far a machine's wall clock is off the store's, which rules the house's leases.
//!
//! The store's clock is read between a question and its answer, so only what lies outside of these two counts: a slow answer makes a
//! clock look better than it is, never worse. Wall time is compared, also where the house's clock runs faster: that one hangs on
//! it, and the store has no other.

use crate::model::time::Timestamp;
use std::sync::{Mutex, PoisonError};

/// Most that a clock may be off, milliseconds: clocks that NTP keeps are within some tens.
pub const OFF_MAX_MS: i64 = 1_000;
/// At most so much it must be off to count as right again: a clock at the bound would be both each second.
const RIGHT_MAX_MS: i64 = OFF_MAX_MS / 2;

/// What the wall clock showed around one look at the store's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// When the store was asked.
    pub asked: Timestamp,
    /// The store's clock.
    pub store: Timestamp,
    /// When it had answered.
    pub answered: Timestamp,
}

impl Sighting {
    /// Milliseconds that the wall clock is ahead of the store's, at least; negative = behind; 0 = as far as is seen it is right.
    #[must_use]
    pub fn ahead_ms(self) -> i64 {
        let ahead = self.asked.since(self.store).as_millis().max(0);
        let behind = self.store.since(self.answered).as_millis().max(0);
        ahead - behind
    }
}

/// How far this machine's clock is off, as it was last seen; right until it is seen.
#[derive(Debug, Default)]
pub struct OffClock(Mutex<Seen>);

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    ahead_ms: i64,
    is_off: bool,
}

impl OffClock {
    /// Takes a sighting in.
    pub fn see(&self, sighting: Sighting) {
        let ahead_ms = sighting.ahead_ms();
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let most = if seen.is_off { RIGHT_MAX_MS } else { OFF_MAX_MS };
        *seen = Seen { ahead_ms, is_off: ahead_ms.abs() > most };
    }

    /// Milliseconds ahead (negative = behind), at least.
    #[must_use]
    pub fn ahead_ms(&self) -> i64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).ahead_ms
    }

    /// What is wrong, for the operator, when it is off by more than the bound.
    #[must_use]
    pub fn complaint(&self) -> Option<Complaint> {
        let seen = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (zh, en) = if seen.ahead_ms < 0 { ("慢", "behind") } else { ("快", "ahead of") };
        let (whole, rest) = (seen.ahead_ms.abs() / 1_000, seen.ahead_ms.abs() % 1_000 / 100);
        seen.is_off.then(|| Complaint {
            zh: format!("本机时钟比数据库{zh} {whole}.{rest} 秒：请校时（NTP）"),
            en: format!("this machine's clock is {whole}.{rest} s {en} the database's: set it (NTP)"),
        })
    }
}

/// That a clock is off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sighting(asked: i64, store: i64, answered: i64) -> Sighting {
        let at = Timestamp::from_millis;
        Sighting { asked: at(asked), store: at(store), answered: at(answered) }
    }

    #[test]
    fn a_slow_answer_is_no_wrong_clock() {
        // Proves: what lies between question and answer is right, however long that was; what lies outside counts from the nearer.
        assert_eq!(sighting(10_000, 10_000, 10_000).ahead_ms(), 0);
        assert_eq!(sighting(10_000, 25_000, 40_000).ahead_ms(), 0);
        assert_eq!(sighting(10_000, 8_500, 40_000).ahead_ms(), 1_500);
        assert_eq!(sighting(10_000, 42_500, 40_000).ahead_ms(), -2_500);
    }

    #[test]
    fn a_clock_at_the_bound_is_not_off_and_right_in_turn() {
        // Proves: at the bound it is right and beyond it off, ahead and behind; it is right again well within.
        for sign in [1, -1] {
            let clock = OffClock::default();
            let mut is_off = |off: i64| {
                clock.see(sighting(100_000 + sign * off, 100_000, 100_000 + sign * off));
                assert_eq!(clock.ahead_ms(), sign * off);
                clock.complaint().is_some()
            };
            assert_eq!([1_000, 1_001, 999, 600, 500, 1_000].map(&mut is_off), [false, true, true, true, false, false]);
        }
        let clock = OffClock::default();
        clock.see(sighting(3_250, 0, 3_300));
        assert!(
            clock
                .complaint()
                .is_some_and(|said| said.en.contains("3.2 s ahead of the database's") && said.zh.contains("快 3.2 秒"))
        );
    }
}
