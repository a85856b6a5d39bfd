//! Settings of the record.

use super::RecordError;
use crate::limits::{MINUTE_MS, Refusals, Refused};
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
/// Largest record: a petabyte is no one disk's.
const BYTES_MAX: u64 = 1 << 50;
/// Most bytes that wait for the writer.
const QUEUE_BYTES_MAX: u64 = u32::MAX as u64;

impl RecordConfig {
    /// What is wrong with the values, all of it.
    #[must_use]
    pub fn check(&self) -> Vec<Refused> {
        let mut wrong = Refusals::default();
        wrong.bound("record.segment_bytes", self.segment_bytes, SEGMENT_BYTES_MIN..=SEGMENT_BYTES_MAX);
        wrong.bound("record.max_bytes", self.max_bytes, 0..=BYTES_MAX);
        if self.max_bytes < self.segment_bytes.saturating_mul(2) {
            wrong.add("record.max_bytes", "must hold two segments at least: one to write, one to spare");
        }
        wrong.bound("record.batch_bytes_max", self.batch_bytes_max, 1..=SEGMENT_BYTES_MAX);
        wrong.bound("record.queue_bytes_max", self.queue_bytes_max, 0..=QUEUE_BYTES_MAX);
        if self.queue_bytes_max < self.append_bytes_max() {
            let least = self.append_bytes_max();
            wrong
                .add("record.queue_bytes_max", format!("must hold one append at least: {least} bytes, half a segment"));
        }
        if self.pace_ms > PACE_MS_MAX {
            wrong
                .add("record.pace_ms", format!("must be at most {PACE_MS_MAX}: every acknowledgement waits that long"));
        }
        wrong.bound("record.retry_ms", self.retry_ms, 0..=MINUTE_MS);
        wrong.told()
    }

    /// Refuses to open a record with values that cannot be used.
    ///
    /// # Errors
    /// [`RecordError::Config`] with the first.
    pub(super) fn usable(&self) -> Result<(), RecordError> {
        self.check().into_iter().next().map_or(Ok(()), |refused| Err(RecordError::Config(refused)))
    }

    /// Most bytes of one append: half a segment, so that it always fits into a fresh one.
    #[must_use]
    pub fn append_bytes_max(&self) -> usize {
        usize::try_from(self.segment_bytes / 2).unwrap_or(usize::MAX)
    }
}
