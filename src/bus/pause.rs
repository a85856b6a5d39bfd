//! Growing pauses between attempts.

use super::config::BusConfig;
use std::time::Duration;

/// First pause after a failure; each further one is twice as long, up to `bus.retry_ms_max`.
const FIRST: Duration = Duration::from_millis(20);

/// The pauses of one attempt after another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pause {
    next: Duration,
    longest: Duration,
}

impl Pause {
    pub(super) fn new(config: &BusConfig) -> Self {
        let longest = Duration::from_millis(config.retry_ms_max);
        Self { next: FIRST.min(longest), longest }
    }

    /// How long to wait now.
    pub(super) fn take(&mut self) -> Duration {
        let now = self.next;
        self.next = (now * 2).min(self.longest);
        now
    }
}
