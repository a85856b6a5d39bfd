//! One episode as the office sees it: one row from its opening to the end of its file.

use super::id::EpisodeId;
use crate::{
    model::{
        ids::{Revision, Seq, TerminalId},
        time::{Span, Timestamp},
    },
    rules::{
        RuleId,
        finding::{Measure, Stretch},
        observation::{Object, Subject},
        spec::Severity,
    },
    track::{grade::Grade, interval::EndReason},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// An episode without its lineage: what one run of the fold found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Which rule.
    pub rule: RuleId,
    /// Who.
    pub subject: Subject,
    /// About what.
    pub object: Object,
    /// Start, last fix at which it held, peak, length, grade, notes.
    pub stretch: Stretch,
    /// When and why it ended; `None` while it is open.
    pub end: Option<End>,
    /// Event time of the fix from which on nothing can belong to it; `None` while something may.
    pub settled: Option<Timestamp>,
    /// How bad.
    pub severity: Severity,
    /// Measured values beside their limits, most telling first.
    pub why: Vec<Measure>,
    /// Digest of the policy it was judged by.
    pub parameter_hash: Arc<str>,
}

/// The end of an episode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: EndReason,
}

/// One row of `/violations`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpisodeRow {
    /// Identity, fixed at first opening.
    pub id: EpisodeId,
    /// The terminal whose fixes told.
    pub terminal: TerminalId,
    /// What was found.
    pub found: Found,
    /// How far the machine went with it; further is for people.
    pub state: EpisodeState,
    /// The ledger it was last judged by.
    pub ledger_revision: Revision,
    /// Input at which it first opened.
    pub opened: Seq,
    /// Server time of that input.
    pub opened_at: Timestamp,
    /// Opened by data that came late: recorded, listed as 补报产生, never pushed as a live alarm.
    pub late: bool,
    /// A row recorded in the ledger after the episode's end changed its verdict.
    pub permit_backdated: Option<Revision>,
    /// Which episode took its place when it was withdrawn.
    pub superseded_by: Option<EpisodeId>,
}

/// How far the machine went (rules.md 0.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EpisodeState {
    /// 线索: grade C.
    Lead,
    /// 疑似
    Suspected,
    /// Later data or a later ledger says it was nothing.
    Withdrawn,
}

impl Found {
    /// Start.
    #[must_use]
    pub const fn start(&self) -> Timestamp {
        self.stretch.start
    }

    /// End, or the last fix at which it held while it is open.
    #[must_use]
    pub fn end_or_last(&self) -> Timestamp {
        self.end.map_or(self.stretch.last, |end| end.at)
    }

    /// How long it lasted so far.
    #[must_use]
    pub fn lasted(&self) -> Span {
        self.end_or_last().since(self.start())
    }

    /// Whether two findings are about the same thing.
    #[must_use]
    pub fn same_matter(&self, other: &Self) -> bool {
        self.rule == other.rule && self.subject == other.subject && self.object == other.object
    }

    /// Whether the two spans share an instant.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.start() <= other.end_or_last() && other.start() <= self.end_or_last()
    }
}

impl EpisodeRow {
    /// Whether it is open: not ended, not withdrawn.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.found.end.is_none() && self.is_live()
    }

    /// Whether it stands.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.state != EpisodeState::Withdrawn
    }
}

/// The state a finding gives a row.
#[must_use]
pub fn state_of(grade: Grade) -> EpisodeState {
    if grade == Grade::C { EpisodeState::Lead } else { EpisodeState::Suspected }
}
