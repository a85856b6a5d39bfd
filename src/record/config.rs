//! Settings of the record.

use super::RecordError;
use serde::{Deserialize, Serialize};

/// `[record]` of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RecordConfig {
    /// Bytes of one segment file, preallocated. Default 64 MiB: half a million frames; sealing one takes some 30 ms.
    pub segment_bytes: u64,
    /// Most bytes of all segment files, the spare included. Reached = alarm and no acknowledgement. Default 64 GiB:
    /// two months of a district of 1,000 trucks at a fix per 10 s.
    pub max_bytes: u64,
    /// Most bytes of one batch, written and synced at once. Default 4 MiB: larger ones raise the time of one
    /// fdatasync, not the rate.
    pub batch_bytes_max: usize,
    /// Most bytes of appends that wait for the writer; further callers wait their turn. Default 32 MiB: a tenth of a
    /// second of the disk.
    pub queue_bytes_max: usize,
    /// Milliseconds between two syncs while few inputs wait, 0 to 100; an append that comes alone is synced at once. Default 1: at
    /// 20,000 single frames a second a sync carries twenty instead of three, which spares processor and disk.
    pub pace_ms: u64,
    /// Milliseconds between two attempts to get room after the disk was full or failed. Default 1,000: an operator sees
    /// the recovery at once, the log does not fill with attempts.
    pub retry_ms: u64,
}

impl Default for RecordConfig {
    fn default() -> Self {
        Self {
            segment_bytes: 64 << 20,
            max_bytes: 64 << 30,
            batch_bytes_max: 4 << 20,
            queue_bytes_max: 32 << 20,
            pace_ms: 1,
            retry_ms: 1000,
        }
    }
}

/// Smallest segment: one header block and a few records, for tests.
const SEGMENT_BYTES_MIN: u64 = 8 << 10;
/// Longest pace of syncs and of commits of the copy: a terminal must not take it for silence.
pub(crate) const PACE_MS_MAX: u64 = 100;
/// Largest segment: offsets in the index are 32 bits.
const SEGMENT_BYTES_MAX: u64 = 1 << 30;

impl RecordConfig {
    /// Checks that the values fit each other.
    ///
    /// # Errors
    /// [`RecordError::Config`] names the key.
    pub fn check(&self) -> Result<(), RecordError> {
        let refuse = |key, reason: String| Err(RecordError::Config { key, reason });
        if !(SEGMENT_BYTES_MIN..=SEGMENT_BYTES_MAX).contains(&self.segment_bytes) {
            return refuse("segment_bytes", format!("must lie in {SEGMENT_BYTES_MIN}..={SEGMENT_BYTES_MAX}"));
        }
        if self.max_bytes < 2 * self.segment_bytes {
            return refuse("max_bytes", "must hold two segments at least: one to write, one to spare".to_owned());
        }
        if self.pace_ms > PACE_MS_MAX {
            return refuse("pace_ms", format!("must be at most {PACE_MS_MAX}: every acknowledgement waits that long"));
        }
        if self.batch_bytes_max == 0 {
            return refuse("batch_bytes_max", "must not be 0".to_owned());
        }
        if u32::try_from(self.queue_bytes_max).is_err() || self.queue_bytes_max < self.append_bytes_max() {
            return refuse("queue_bytes_max", format!("must lie in {}..4 GiB", self.append_bytes_max()));
        }
        Ok(())
    }

    /// Most bytes of one append: half a segment, so that it always fits into a fresh one.
    #[must_use]
    pub fn append_bytes_max(&self) -> usize {
        usize::try_from(self.segment_bytes / 2).unwrap_or(usize::MAX)
    }
}
