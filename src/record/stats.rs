//! How the record is, for health, metrics and the alarm on the screens.

use crate::model::ids::Seq;
use serde::Serialize;

/// How the record is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Appends are durable and there is room.
    #[default]
    Good,
    /// Appends are durable, but there is no further segment (limit, full disk or failing calls): the last is being filled.
    NearlyFull,
    /// `max_bytes` or the disk is full: nothing is acknowledged.
    Full,
    /// The disk refuses: nothing is acknowledged.
    Failed,
}

/// Figures at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RecordStats {
    /// The last durable input.
    pub durable: Seq,
    /// The first input that is still here: 1 unless older ones were forgotten.
    pub first: Seq,
    /// The last input whose copy is durable; `None` when the record needs none.
    pub copied: Option<Seq>,
    /// Bytes of all segment files, the spare included.
    pub bytes: u64,
    /// The limit of `bytes`.
    pub bytes_max: u64,
    /// Segment files with inputs.
    pub segments: u64,
    /// How the record is.
    pub condition: Condition,
    /// Why it is not good, for the log and the operator.
    pub cause: Option<String>,
    /// Milliseconds the last fdatasync took.
    pub sync_ms_last: f64,
    /// Batches made durable since the start.
    pub batches: u64,
    /// Inputs made durable since the start.
    pub inputs: u64,
    /// Failed calls to the disk since the start.
    pub disk_errors: u64,
    /// Bytes of appends that wait for the writer or, durable here, for the copy.
    pub queue_bytes: usize,
}

/// A text for people, in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Alarm {
    /// Chinese.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

impl RecordStats {
    /// What the screens must say; `None` when all is good.
    #[must_use]
    pub const fn alarm(&self) -> Option<Alarm> {
        match self.condition {
            Condition::Good => None,
            Condition::NearlyFull => Some(Alarm {
                zh: "记录无法再扩展，空间即将用尽：请检查并清理磁盘，或调高 record.max_bytes",
                en: "The record cannot grow and is nearly full: check and free the disk or raise record.max_bytes",
            }),
            Condition::Full => Some(Alarm {
                zh: "记录已满，终端上报不再应答：请立即清理磁盘或调高 record.max_bytes",
                en: "The record is full and terminals are no longer acknowledged: free the disk or raise record.max_bytes now",
            }),
            Condition::Failed => Some(Alarm {
                zh: "记录磁盘故障，终端上报不再应答：请检查磁盘",
                en: "The record's disk fails and terminals are no longer acknowledged: check the disk",
            }),
        }
    }
}
