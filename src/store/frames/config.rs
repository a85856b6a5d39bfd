//! Settings of the copy.

use crate::{
    limits::{DAY_S, HOUR_MS, MINUTE_MS, Refusals, Refused},
    record::config::PACE_MS_MAX,
};
use serde::{Deserialize, Serialize};

/// `[copy]` of the configuration. `serve` needs none of it: its record is its journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CopyConfig {
    /// Most frame bytes of one commit. Default 1 MiB: at full load a commit every 10 ms; larger ones add waiting, not rate.
    pub batch_bytes_max: usize,
    /// Milliseconds between two commits while few inputs wait, 0 to 100. Default 2: at 20,000 single frames a second a commit carries sixty
    /// instead of six; a frame that comes alone goes at once.
    pub pace_ms: u64,
    /// Milliseconds until a connection must stand, of each server. Default 2,000.
    pub connect_ms: u64,
    /// Milliseconds without a sign of life until a server counts as dead, though its connection stands. Default 5,000.
    pub dead_ms: u64,
    /// Milliseconds until a commit must be answered. Default 30,000: a commit waits for its standby as long as it takes, and
    /// dropping the connection does not cancel it; this is for a server that is stopped.
    pub answer_ms: u64,
    /// Milliseconds of the longest pause between two attempts. Default 1,000: acknowledgements are back a second after the server.
    pub retry_ms_max: u64,
    /// Bytes of batches of one gateway at which they are made into blocks. Default 4 MiB: readers hold that much per gateway.
    pub compact_bytes: u64,
    /// Seconds after which they are made into blocks, however few. Default 30.
    pub compact_s: u64,
    /// Most bytes of batches that are made into blocks at once. Default 16 MiB.
    pub compact_bytes_max: u64,
    /// What it means that the primary waits for no standby (its `synchronous_standby_names` is empty). Default `wanted`.
    pub standby: Standby,
}

/// Whether positions may be acknowledged that one PostgreSQL machine alone has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standby {
    /// They are, and nobody is told: a house of one PostgreSQL machine, on purpose.
    Alone,
    /// They are, and the log, `/health`, the page and a metric say so: what a fail-over by hand needs for some minutes.
    #[default]
    Wanted,
    /// They are not: nothing is copied and nothing acknowledged until the primary waits for a standby again.
    Required,
}

impl CopyConfig {
    /// What is wrong with each value by itself.
    #[must_use]
    pub fn check(&self) -> Vec<Refused> {
        let mut wrong = Refusals::default();
        wrong.bound("copy.batch_bytes_max", self.batch_bytes_max, 1..=BATCH_BYTES_MAX);
        if self.pace_ms > PACE_MS_MAX {
            wrong.add("copy.pace_ms", format!("must be at most {PACE_MS_MAX}: every acknowledgement waits that long"));
        }
        wrong.bound("copy.connect_ms", self.connect_ms, 1..=MINUTE_MS);
        wrong.bound("copy.dead_ms", self.dead_ms, 1..=HOUR_MS);
        wrong.bound("copy.answer_ms", self.answer_ms, 1..=HOUR_MS);
        if self.answer_ms < self.dead_ms {
            wrong.add("copy.answer_ms", "must not be less than copy.dead_ms: commits that wait would be given up");
        }
        wrong.bound("copy.retry_ms_max", self.retry_ms_max, 1..=MINUTE_MS);
        wrong.bound("copy.compact_bytes", self.compact_bytes, 1..=BLOCK_BYTES_MAX);
        wrong.bound("copy.compact_s", self.compact_s, 1..=DAY_S);
        wrong.bound("copy.compact_bytes_max", self.compact_bytes_max, 1..=BLOCK_BYTES_MAX);
        if self.compact_bytes_max < self.compact_bytes {
            wrong.add("copy.compact_bytes_max", "must not be less than copy.compact_bytes");
        }
        wrong.told()
    }
}

/// Most bytes of a batch: a field of PostgreSQL holds 1 GiB, and readers hold several.
const BATCH_BYTES_MAX: u64 = 64 << 20;
/// Most bytes that are made into blocks at once: they are in memory then.
const BLOCK_BYTES_MAX: u64 = 256 << 20;

impl Default for CopyConfig {
    fn default() -> Self {
        Self {
            batch_bytes_max: 1 << 20,
            pace_ms: 2,
            connect_ms: 2_000,
            dead_ms: 5_000,
            answer_ms: 30_000,
            retry_ms_max: 1_000,
            compact_bytes: 4 << 20,
            compact_s: 30,
            compact_bytes_max: 16 << 20,
            standby: Standby::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_hold_and_each_bound_is_named() {
        // Proves: the defaults pass, and a value that would copy nothing is refused under its key.
        assert_eq!(CopyConfig::default().check(), []);
        let refused = |config: CopyConfig| config.check().remove(0).key;
        let base = CopyConfig::default;
        assert_eq!(refused(CopyConfig { answer_ms: 0, ..base() }), "copy.answer_ms");
        assert_eq!(refused(CopyConfig { dead_ms: u64::MAX, ..base() }), "copy.dead_ms");
        assert_eq!(refused(CopyConfig { answer_ms: 100, ..base() }), "copy.answer_ms");
        assert_eq!(refused(CopyConfig { batch_bytes_max: 1 << 30, ..base() }), "copy.batch_bytes_max");
        assert_eq!(refused(CopyConfig { compact_bytes_max: 1, ..base() }), "copy.compact_bytes_max");
    }
}
