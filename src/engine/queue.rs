//! What waits to be judged again: a terminal's entries are joined, and taken at the first tick without a new one.

use super::snapshot::{Queued, Rejudge};
use crate::{cases::change::Cause, model::ids::TerminalId};
use std::collections::{BTreeMap, btree_map::Entry};

/// Ticks after which an entry is taken even though new ones still join: 60 s of wall time.
const PATIENCE: u32 = 60;

/// The re-judge queue.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue(BTreeMap<TerminalId, Queued>);

impl Queue {
    pub(super) fn restore(queue: Vec<Queued>) -> Self {
        Self(queue.into_iter().map(|queued| (queued.order.terminal, queued)).collect())
    }

    pub(super) fn list(&self) -> Vec<Queued> {
        self.0.values().copied().collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add(&mut self, order: Rejudge) {
        match self.0.entry(order.terminal) {
            Entry::Vacant(place) => {
                place.insert(Queued { order, waited: 0, fresh: true });
            }
            Entry::Occupied(mut place) => {
                let queued = place.get_mut();
                queued.order = join(queued.order, order);
                queued.fresh = true;
            }
        }
    }

    /// A tick: entries that nothing joined since the last one become due.
    pub(super) fn tick(&mut self) {
        for queued in self.0.values_mut() {
            queued.waited = if queued.fresh { queued.waited.saturating_add(1) } else { PATIENCE.max(queued.waited) };
            queued.fresh = false;
        }
    }

    /// Orders that are due. Those of ledger revisions go together: a fitting that moved makes of one truck's finding another
    /// terminal's, and the two must not stand side by side.
    pub(super) fn due(&self) -> Vec<Rejudge> {
        let ready = |queued: &&Queued| queued.waited >= PATIENCE && !queued.fresh;
        let by_ledger = |queued: &&Queued| matches!(queued.order.cause, Cause::Ledger(_));
        let together = self.0.values().filter(by_ledger).all(|queued| ready(&queued));
        self.0
            .values()
            .filter(|queued| ready(queued) && (together || !by_ledger(queued)))
            .map(|queued| queued.order)
            .collect()
    }

    pub(super) fn done(&mut self, terminal: TerminalId) {
        self.0.remove(&terminal);
    }
}

/// One order that covers both; a ledger's word is kept over any other's.
fn join(one: Rejudge, other: Rejudge) -> Rejudge {
    let cause = match (one.cause, other.cause) {
        (ledger @ Cause::Ledger(_), Cause::LateFix | Cause::Rules) => ledger,
        (_, later) => later,
    };
    Rejudge {
        terminal: one.terminal,
        from: one.from.min(other.from),
        until: one.until.max(other.until),
        cause,
        recorded: one.recorded.max(other.recorded),
    }
}
