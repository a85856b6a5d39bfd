//! What a new ledger revision touches: which terminals, from which event time on, until when.

use super::world::World;
use crate::model::{
    ids::{TerminalId, VehicleId},
    ledger::Ledger,
    time::{Timestamp, Validity},
};
use std::collections::{BTreeMap, BTreeSet};

/// A span of event time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Touched {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
}

/// What changed between two ledgers.
#[derive(Clone, Debug, Default)]
pub(super) struct Difference {
    everyone: Option<Touched>,
    terminals: BTreeMap<TerminalId, Touched>,
}

impl Difference {
    /// Everything, for everyone: the first ledger.
    pub(super) fn everything() -> Self {
        let all = Touched { from: Timestamp::BEGINNING, until: Timestamp::FOREVER };
        Self { everyone: Some(all), terminals: BTreeMap::new() }
    }

    /// Between two worlds.
    pub(super) fn between(old: &World, new: &World) -> Self {
        let (before, after) = (old.ledger(), new.ledger());
        let mut found = Self::default();
        found.geography(before, after);
        for fitting in changed(&before.fittings, &after.fittings) {
            touch(&mut found.terminals, fitting.terminal, Touched::of(fitting.validity));
        }
        let vehicles = vehicles(before, after);
        for fitting in before.fittings.iter().chain(&after.fittings) {
            if let Some(touched) = vehicles.get(&fitting.vehicle) {
                touch(&mut found.terminals, fitting.terminal, *touched);
            }
        }
        found
    }

    /// Terminals that are touched by name.
    pub(super) fn named(&self) -> impl Iterator<Item = TerminalId> {
        self.terminals.keys().copied()
    }

    /// What of a terminal's past is touched.
    pub(super) fn of(&self, terminal: TerminalId) -> Option<Touched> {
        match (self.everyone, self.terminals.get(&terminal).copied()) {
            (Some(one), Some(other)) => Some(one.and(other)),
            (one, other) => one.or(other),
        }
    }

    /// Rows that concern everyone.
    fn geography(&mut self, before: &Ledger, after: &Ledger) {
        let district = |ledger: &Ledger| (ledger.district.outline.clone(), ledger.district.recognises.clone());
        let mut all: Vec<Touched> = Vec::new();
        if before.district.id != after.district.id || district(before) != district(after) {
            all.push(Touched::of(Validity::ALWAYS));
        }
        if !changed(&before.places, &after.places).is_empty() {
            all.push(Touched::of(Validity::ALWAYS));
        }
        all.extend(changed(&before.sites, &after.sites).iter().map(|site| Touched::of(site.validity)));
        all.extend(changed(&before.zones, &after.zones).iter().map(|zone| Touched::of(zone.validity)));
        self.everyone = all.into_iter().reduce(Touched::and);
    }
}

impl Touched {
    fn of(validity: Validity) -> Self {
        Self { from: validity.from, until: validity.to.unwrap_or(Timestamp::FOREVER) }
    }

    fn and(self, other: Self) -> Self {
        Self { from: self.from.min(other.from), until: self.until.max(other.until) }
    }
}

/// Vehicles whose rows, labels, approvals or company's papers changed. A paper is touched at all times: before its validity it
/// is "not yet", after it "expired".
fn vehicles<'a>(before: &'a Ledger, after: &'a Ledger) -> BTreeMap<&'a VehicleId, Touched> {
    let mut touched = BTreeMap::new();
    for row in changed(&before.vehicles, &after.vehicles) {
        touch(&mut touched, &row.id, Touched::of(row.validity));
    }
    for label in changed(&before.labels, &after.labels) {
        touch(&mut touched, &label.vehicle, Touched { from: label.from, until: Timestamp::FOREVER });
    }
    for approval in changed(&before.approvals, &after.approvals) {
        touch(&mut touched, &approval.vehicle, Touched::of(Validity::ALWAYS));
    }
    for paper in changed(&before.transport_approvals, &after.transport_approvals) {
        for row in before.vehicles.iter().chain(&after.vehicles) {
            if row.company.as_ref() == Some(&paper.company) {
                touch(&mut touched, &row.id, Touched::of(Validity::ALWAYS));
            }
        }
    }
    touched
}

fn touch<K: Ord>(touched: &mut BTreeMap<K, Touched>, key: K, span: Touched) {
    touched.entry(key).and_modify(|kept| *kept = kept.and(span)).or_insert(span);
}

/// Rows that are in one list and not in the other. Rows are found by their text, for they have no order of their own.
fn changed<'a, T: PartialEq + std::fmt::Debug>(before: &'a [T], after: &'a [T]) -> Vec<&'a T> {
    if before == after {
        return Vec::new();
    }
    let text = |row: &T| format!("{row:?}");
    let (old, new): (BTreeSet<String>, BTreeSet<String>) =
        (before.iter().map(text).collect(), after.iter().map(text).collect());
    let gone = before.iter().filter(|row| !new.contains(&text(row)));
    gone.chain(after.iter().filter(|row| !old.contains(&text(row)))).collect()
}
