//! What all workers of a process did since its start, and how far judging is behind, for health and metrics.

use crate::{
    clock::Clock,
    model::{shard::Shard, time::Timestamp},
    ops::figures::Figure,
};
use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// Upper bounds of the lag's classes, seconds of wall time; a last class takes what is above. Close around the goal of one second.
pub const LAG_S: [f64; 14] = [0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 60.0, 600.0];

/// Live figures; all only grow.
#[derive(Debug)]
pub struct WorkerCounters {
    clock: Clock,
    commits: AtomicU64,
    commit_us: AtomicU64,
    inputs: AtomicU64,
    rejudged: AtomicU64,
    corrections: AtomicU64,
    lag: [AtomicU64; LAG_S.len() + 1],
    lag_ms_sum: AtomicU64,
    /// Of each shard judged here the last tick committed.
    ticks: Mutex<BTreeMap<Shard, Timestamp>>,
}

impl WorkerCounters {
    /// Nothing counted yet; lag is measured by `clock`, which stamped the inputs.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        let zero = || AtomicU64::new(0);
        let (commits, commit_us, inputs, rejudged, corrections) = (zero(), zero(), zero(), zero(), zero());
        let (lag, lag_ms_sum, ticks) = (Default::default(), zero(), Mutex::default());
        Self { clock, commits, commit_us, inputs, rejudged, corrections, lag, lag_ms_sum, ticks }
    }

    /// A commit of inputs received then, which took the store so long.
    pub(super) fn committed(&self, received: &[Timestamp], corrections: usize, took: Duration) {
        let now = self.clock.now();
        let factor = self.clock.kind().factor();
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.commit_us.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.inputs.fetch_add(many(received.len()), Ordering::Relaxed);
        self.corrections.fetch_add(many(corrections), Ordering::Relaxed);
        for received in received {
            #[expect(clippy::cast_precision_loss, reason = "milliseconds of some hours")]
            let lag_ms = (now.since(*received).as_millis() as f64 / factor).max(0.0);
            let class = LAG_S.iter().position(|most| lag_ms <= most * 1_000.0).unwrap_or(LAG_S.len());
            if let Some(count) = self.lag.get(class) {
                count.fetch_add(1, Ordering::Relaxed);
            }
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "not negative, and no fraction counts"
            )]
            self.lag_ms_sum.fetch_add(lag_ms as u64, Ordering::Relaxed);
        }
    }

    /// Seconds of wall time since the last tick that a shard committed, negative = that tick lies in the future; a shard that is
    /// judged elsewhere now is left out by the caller.
    #[must_use]
    pub fn behind_s(&self) -> BTreeMap<Shard, f64> {
        let ticks = self.ticks.lock().unwrap_or_else(PoisonError::into_inner);
        ticks.iter().map(|(shard, tick)| (*shard, self.clock.wall_ms_since(*tick) / 1_000.0)).collect()
    }

    /// Notes the last tick that a shard committed.
    pub(crate) fn ticked(&self, shard: Shard, tick: Timestamp) {
        self.ticks.lock().unwrap_or_else(PoisonError::into_inner).insert(shard, tick);
    }

    pub(super) fn rejudged(&self) {
        self.rejudged.fetch_add(1, Ordering::Relaxed);
    }

    /// Seconds of wall time from the receipt of frames to their commit, by [`LAG_S`].
    #[must_use]
    pub fn lag(&self) -> Figure {
        let bounds = LAG_S.iter().copied().chain([f64::INFINITY]);
        let counts = self.lag.iter().map(|count| count.load(Ordering::Relaxed));
        #[expect(clippy::cast_precision_loss, reason = "a sum of some years")]
        let sum = self.lag_ms_sum.load(Ordering::Relaxed) as f64 / 1_000.0;
        Figure::histogram("lag_seconds", sum, bounds.zip(counts).collect())
    }

    /// Each figure under its name, which is also that of the metric.
    #[must_use]
    pub fn named(&self) -> Vec<(&'static str, u64)> {
        let value = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        vec![
            ("commits", value(&self.commits)),
            ("commit_us", value(&self.commit_us)),
            ("inputs", value(&self.inputs)),
            ("rejudged", value(&self.rejudged)),
            ("corrections", value(&self.corrections)),
        ]
    }
}

fn many(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
