//! What two runs must agree on.

use crate::{
    cases::row::{EpisodeRow, Found},
    model::{ids::ApprovalId, time::Timestamp},
    rules::{
        RuleId,
        observation::{Object, Subject},
    },
    track::grade::Grade,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One episode without seq, receive time, lineage or id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Canonical {
    /// Which rule.
    pub rule: RuleId,
    /// Who.
    pub subject: Subject,
    /// About what.
    pub object: Object,
    /// First fix at which it held.
    pub start: Timestamp,
    /// End; `None` = open.
    pub end: Option<Timestamp>,
    /// Greatest measure, in the rule's unit.
    pub peak: f64,
    /// Metres driven meanwhile.
    pub length_m: f64,
    /// What it rests on.
    pub grade: Grade,
    /// Digest of the parameters.
    pub parameter_hash: Arc<str>,
    /// Approvals it was judged by, sorted.
    pub approvals: Vec<ApprovalId>,
}

impl Canonical {
    /// The canonical form of one finding.
    #[must_use]
    pub fn of(found: &Found) -> Self {
        Self {
            rule: found.rule,
            subject: found.subject.clone(),
            object: found.object.clone(),
            start: found.start(),
            end: found.end.map(|end| end.at),
            peak: found.stretch.peak.value,
            length_m: found.stretch.driven_m,
            grade: found.stretch.grade,
            parameter_hash: found.parameter_hash.clone(),
            approvals: found.stretch.note.approvals.to_vec(),
        }
    }
}

/// The canonical list of some rows: those not withdrawn, sorted by (rule, subject, object, start).
#[must_use]
pub fn canonical<'a>(rows: impl IntoIterator<Item = &'a EpisodeRow>) -> Vec<Canonical> {
    sorted(rows.into_iter().filter(|row| row.is_live()).map(|row| Canonical::of(&row.found)).collect())
}

/// Sorts as two runs are compared.
#[must_use]
pub fn sorted(mut list: Vec<Canonical>) -> Vec<Canonical> {
    list.sort_by(|a, b| (a.rule, &a.subject, &a.object, a.start).cmp(&(b.rule, &b.subject, &b.object, b.start)));
    list
}
