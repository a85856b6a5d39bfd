//! What all workers of a process did since its start, and how far judging is behind, for health and metrics.

use crate::{
    clock::Clock,
    model::{shard::Shard, time::Timestamp},
};
use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// Upper bounds of the lag's classes, milliseconds of wall time; a last class takes what is above.
pub const LAG_MS: [i64; 9] = [50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 60_000];

/// Live figures; all only grow.
#[derive(Debug)]
pub struct WorkerCounters {
    clock: Clock,
    commits: AtomicU64,
    commit_us: AtomicU64,
    inputs: AtomicU64,
    rejudged: AtomicU64,
    corrections: AtomicU64,
    lag: [AtomicU64; LAG_MS.len() + 1],
    /// Of each shard judged here the last tick committed.
    ticks: Mutex<BTreeMap<Shard, Timestamp>>,
}

impl WorkerCounters {
    /// Nothing counted yet; lag is measured by `clock`, which stamped the inputs.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        let zero = || AtomicU64::new(0);
        let (commits, commit_us, inputs, rejudged, corrections) = (zero(), zero(), zero(), zero(), zero());
        Self {
            clock,
            commits,
            commit_us,
            inputs,
            rejudged,
            corrections,
            lag: Default::default(),
            ticks: Mutex::default(),
        }
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
            #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "classes are coarse")]
            let lag_ms = (now.since(*received).as_millis() as f64 / factor) as i64;
            let class = LAG_MS.iter().position(|most| lag_ms <= *most).unwrap_or(LAG_MS.len());
            if let Some(count) = self.lag.get(class) {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Seconds of wall time since the last tick that a shard committed; a shard that is judged elsewhere now is left out by the
    /// caller.
    #[must_use]
    pub fn behind_s(&self) -> BTreeMap<Shard, f64> {
        let (now, factor) = (self.clock.now(), self.clock.kind().factor());
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of some hours")]
        let behind = |tick: &Timestamp| (now.since(*tick).as_millis().max(0) as f64) / factor / 1_000.0;
        let ticks = self.ticks.lock().unwrap_or_else(PoisonError::into_inner);
        ticks.iter().map(|(shard, tick)| (*shard, behind(tick))).collect()
    }

    pub(super) fn ticked(&self, shard: Shard, tick: Timestamp) {
        self.ticks.lock().unwrap_or_else(PoisonError::into_inner).insert(shard, tick);
    }

    pub(super) fn rejudged(&self) {
        self.rejudged.fetch_add(1, Ordering::Relaxed);
    }

    /// Frames whose receipt was this long before their commit: of each class its upper bound (`None` = above all), and how many.
    #[must_use]
    pub fn lag(&self) -> Vec<(Option<i64>, u64)> {
        let bounds = LAG_MS.iter().copied().map(Some).chain([None]);
        bounds.zip(self.lag.iter().map(|count| count.load(Ordering::Relaxed))).collect()
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
