//! Putting reports in event order: what may be put there at all, and which of equal ones counts.

use crate::{
    intake::report::{Framing, Report},
    model::fix::FixKey,
    rules::policy::Policies,
    track::{gate, quality::Quality},
};
use std::collections::{BTreeMap, btree_map::Entry};

/// Reports in event order, each once.
pub(super) type Ordered = BTreeMap<FixKey, Report>;

/// Where a report sorts, or why it cannot be judged.
pub(super) fn key_of(report: &Report, policies: &Policies) -> Result<FixKey, Quality> {
    if report.framing() == Framing::LengthDisagrees {
        return Err(Quality::LengthDisagrees);
    }
    let key = report.key().ok_or(Quality::ImpossibleDate)?;
    let gate = &policies.at(key.at).policy.track.gate;
    gate::unorderable(report.as_sent(), gate).map_or(Ok(key), Err)
}

/// Puts a report in its place. Of equal ones the authenticated, then the first recorded, counts.
pub(super) fn insert(ordered: &mut Ordered, key: FixKey, report: Report) {
    match ordered.entry(key) {
        Entry::Vacant(place) => {
            place.insert(report);
        }
        Entry::Occupied(mut place) => {
            if rank(&report) < rank(place.get()) {
                place.insert(report);
            }
        }
    }
}

/// Smaller counts first.
pub(super) fn rank(report: &Report) -> (std::cmp::Reverse<crate::model::fix::SessionTrust>, u64, u16) {
    let fix = report.as_sent();
    (std::cmp::Reverse(fix.session), fix.seq.0, fix.part)
}
