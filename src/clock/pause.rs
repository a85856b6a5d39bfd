//! Growing pauses between attempts, on the wall clock.

use std::time::Duration;

/// The pauses of one attempt after another: each twice as long as the one before, up to a longest.
#[derive(Clone, Copy, Debug)]
pub struct Pause {
    first: Duration,
    next: Duration,
    longest: Duration,
}

impl Pause {
    /// Begins with the first.
    #[must_use]
    pub fn new(first: Duration, longest: Duration) -> Self {
        let first = first.min(longest);
        Self { first, next: first, longest }
    }

    /// How long to wait now.
    pub fn take(&mut self) -> Duration {
        let now = self.next;
        self.next = (now * 2).min(self.longest);
        now
    }

    /// An attempt succeeded: the next pause is the first again.
    pub const fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        // Proves: each pause is twice the one before and none above the longest; after a success it begins anew.
        let mut pause = Pause::new(Duration::from_millis(20), Duration::from_millis(50));
        let taken: Vec<_> = (0..3).map(|_| pause.take().as_millis()).collect();
        assert_eq!(taken, [20, 40, 50]);
        pause.reset();
        assert_eq!(pause.take(), Duration::from_millis(20));
        assert_eq!(Pause::new(Duration::from_secs(9), Duration::from_secs(1)).take(), Duration::from_secs(1));
    }
}
