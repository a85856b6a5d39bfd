//! The index of one segment in memory: terminal → its frames, and every so often where a seq stands.

use super::{entry::Spot, head::FrameHead};
use crate::model::{ids::TerminalId, time::Timestamp};
use std::collections::BTreeMap;

/// One frame of a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Located {
    pub(super) seq: u64,
    pub(super) position: u64,
    pub(super) least: Timestamp,
    pub(super) greatest: Timestamp,
}

/// Where a seq stands: a walk to any seq begins at the step before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) seq: u64,
    pub(super) position: u64,
}

/// The index of one segment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SegmentIndex {
    pub(super) terminals: BTreeMap<TerminalId, Vec<Located>>,
    pub(super) steps: Vec<Step>,
}

/// Bytes of a segment between two steps: a walk of half of it costs some 20 µs.
const STEP_BYTES: u64 = 64 << 10;

impl SegmentIndex {
    /// Notes a record; records come in ascending order.
    pub(super) fn note(&mut self, seq: u64, spot: Spot, head: Option<FrameHead>) {
        let due = self.steps.last().is_none_or(|step| spot.position >= step.position + STEP_BYTES);
        if due {
            self.steps.push(Step { seq, position: spot.position });
        }
        if let Some(FrameHead { terminal, least, greatest }) = head {
            let located = Located { seq, position: spot.position, least, greatest };
            self.terminals.entry(terminal).or_default().push(located);
        }
    }

    /// The last step not after `seq`.
    pub(super) fn step_before(&self, seq: u64) -> Option<Step> {
        let after = self.steps.partition_point(|step| step.seq <= seq);
        after.checked_sub(1).and_then(|place| self.steps.get(place)).copied()
    }
}
