//! What the gateway must know of the ledger: which terminals are in it, and their codes.

use crate::{
    gateway::registry::{Enrolled, Registry},
    model::{
        ids::TerminalId,
        ledger::Ledger,
        time::{Timestamp, Validity},
    },
};
use std::collections::BTreeMap;

/// The terminals of one ledger revision.
#[derive(Debug, Default)]
pub struct Known(BTreeMap<TerminalId, Vec<Row>>);

#[derive(Debug)]
struct Row {
    validity: Validity,
    auth_code: String,
}

impl Known {
    /// Of a ledger's fittings.
    #[must_use]
    pub fn new(ledger: &Ledger) -> Self {
        let mut rows: BTreeMap<TerminalId, Vec<Row>> = BTreeMap::new();
        for fitting in &ledger.fittings {
            let row = Row { validity: fitting.validity, auth_code: fitting.auth_code.clone() };
            rows.entry(fitting.terminal).or_default().push(row);
        }
        Self(rows)
    }
}

impl Registry for Known {
    fn enrolled(&self, terminal: TerminalId, now: Timestamp) -> Option<Enrolled> {
        let row = self.0.get(&terminal)?.iter().find(|row| row.validity.holds_at(now))?;
        Some(Enrolled { auth_code: row.auth_code.clone() })
    }
}
