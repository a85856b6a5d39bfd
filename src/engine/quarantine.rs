//! Unknown terminals in the engine, by their last receipt: who leaves first when there are too many.

use crate::model::{ids::TerminalId, time::Timestamp};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, Default)]
pub(super) struct Quarantine {
    receipts: BTreeMap<TerminalId, Timestamp>,
    by_receipt: BTreeSet<(Timestamp, TerminalId)>,
}

impl Quarantine {
    pub(super) fn len(&self) -> usize {
        self.receipts.len()
    }

    /// Heard of again.
    pub(super) fn hear(&mut self, terminal: TerminalId, receipt: Timestamp) {
        if let Some(before) = self.receipts.insert(terminal, receipt) {
            self.by_receipt.remove(&(before, terminal));
        }
        self.by_receipt.insert((receipt, terminal));
    }

    /// Lets the one go that has been idle longest.
    pub(super) fn evict(&mut self) -> Option<TerminalId> {
        let (_, idle) = self.by_receipt.pop_first()?;
        self.receipts.remove(&idle);
        Some(idle)
    }

    /// Lets those go that the ledger knows now.
    pub(super) fn release(&mut self, knows: impl Fn(TerminalId) -> bool) {
        self.receipts.retain(|terminal, _| !knows(*terminal));
        self.by_receipt.retain(|(_, terminal)| !knows(*terminal));
    }
}
