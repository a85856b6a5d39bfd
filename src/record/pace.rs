//! How long a writer rests before its next batch, so that a few inputs share one. What comes alone is written at once.

use std::time::{Duration, Instant};

/// How much waits to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backlog {
    /// So little that more may come to share the batch.
    Few,
    /// Enough for a batch of its own, or the writer is to end.
    Enough,
}

/// Two batches of few inputs lie so far apart at least.
#[derive(Debug)]
pub(crate) struct Pace {
    least: Duration,
    last: Option<Instant>,
}

impl Pace {
    /// Nothing was written yet.
    pub(crate) fn new(least_ms: u64) -> Self {
        Self { least: Duration::from_millis(least_ms), last: None }
    }

    /// A batch is durable.
    pub(crate) fn written(&mut self, at: Instant) {
        self.last = Some(at);
    }

    /// How long to rest before the next one; nothing when the last is long enough ago.
    pub(crate) fn rest(&self, backlog: Backlog, now: Instant) -> Duration {
        match (backlog, self.last) {
            (Backlog::Few, Some(last)) => self.least.saturating_sub(now.saturating_duration_since(last)),
            (Backlog::Few, None) | (Backlog::Enough, _) => Duration::ZERO,
        }
    }
}

#[test]
fn what_comes_alone_does_not_rest() {
    // Proves: the first batch and one that comes a pace or more after the last are written at once; one that comes sooner rests
    // for what is left of the pace, and not if it is enough for itself.
    let (mut pace, begin) = (Pace::new(100), Instant::now());
    let after = |ms| begin + Duration::from_millis(ms);
    assert_eq!(pace.rest(Backlog::Few, after(0)), Duration::ZERO);
    pace.written(after(50));
    assert_eq!(pace.rest(Backlog::Few, after(50)), Duration::from_millis(100));
    assert_eq!(pace.rest(Backlog::Few, after(120)), Duration::from_millis(30));
    assert_eq!(pace.rest(Backlog::Enough, after(120)), Duration::ZERO);
    assert_eq!(pace.rest(Backlog::Few, after(150)), Duration::ZERO);
    assert_eq!(pace.rest(Backlog::Few, after(9_000)), Duration::ZERO);
}
