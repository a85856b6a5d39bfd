//! The findings of one run of a fold, kept up to date edge by edge.

use super::fold::{Fold, Matter};
use crate::{
    cases::row::{End, Found},
    model::time::Timestamp,
    rules::{
        finding::{Notes, Stretch},
        policy::Policies,
    },
    track::interval::{Edge, EndReason},
};

/// Findings of one terminal, by matter and start.
#[derive(Clone, Debug, Default)]
pub(super) struct Book {
    /// Those that may still change.
    pub(super) open: Vec<Found>,
    /// Those that are over for good.
    pub(super) settled: Vec<Found>,
}

impl Book {
    /// The findings that stand in a state.
    pub(super) fn of(fold: &Fold, policies: &Policies) -> Self {
        let open = fold.standing().map(|(matter, stretch, end)| {
            let mut found = found(matter, stretch.clone(), policies);
            found.end = end.map(|reason| End { at: found.stretch.last, reason });
            found
        });
        Self { open: open.collect(), settled: Vec::new() }
    }

    /// Takes in an edge.
    pub(super) fn take(&mut self, matter: &Matter, edge: Edge<Notes>, at: Timestamp, policies: &Policies) {
        match edge {
            Edge::Opened(stretch) => self.open.push(found(matter, stretch, policies)),
            Edge::Grew(stretch) => self.write(matter, stretch, None, policies),
            Edge::Closed(stretch, reason) => self.write(matter, stretch, Some(reason), policies),
            Edge::Settled(start) => {
                let Some(place) = self.place(matter, start) else { return };
                let mut found = self.open.remove(place);
                found.settled = Some(at);
                self.settled.push(found);
            }
        }
    }

    fn write(&mut self, matter: &Matter, stretch: Stretch, end: Option<EndReason>, policies: &Policies) {
        let Some(place) = self.place(matter, stretch.start) else { return };
        if let Some(kept) = self.open.get_mut(place) {
            rewrite(kept, stretch, end, policies);
        }
    }

    fn place(&self, matter: &Matter, start: Timestamp) -> Option<usize> {
        self.open.iter().position(|found| is_of(found, matter) && found.start() == start)
    }
}

/// Whether a finding is about a matter.
pub(super) fn is_of(found: &Found, matter: &Matter) -> bool {
    found.rule == matter.rule && found.subject == matter.subject && found.object == matter.object
}

/// A finding as it begins.
pub(super) fn found(matter: &Matter, stretch: Stretch, policies: &Policies) -> Found {
    let law = policies.at(stretch.start);
    Found {
        rule: matter.rule,
        subject: matter.subject.clone(),
        object: matter.object.clone(),
        end: None,
        settled: None,
        severity: law.policy.severity(matter.rule, &stretch),
        why: law.policy.why(matter.rule, &stretch),
        parameter_hash: law.digest.clone(),
        stretch,
    }
}

/// The same finding with a longer or final stretch.
pub(super) fn rewrite(kept: &mut Found, stretch: Stretch, end: Option<EndReason>, policies: &Policies) {
    let law = policies.at(stretch.start);
    kept.severity = law.policy.severity(kept.rule, &stretch);
    kept.why = law.policy.why(kept.rule, &stretch);
    kept.end = end.map(|reason| End { at: stretch.last, reason });
    kept.stretch = stretch;
}
