//! What is kept of the engine between restarts, and what a re-judgement needs.

use crate::{
    cases::{change::Cause, row::EpisodeRow},
    model::{
        cursor::Cursor,
        ids::{PolicyRevision, Revision, TerminalId},
        input::{Input, LedgerRevision, PolicyChange},
        time::Timestamp,
    },
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Everything needed to go on: load it, restore, read the inputs after `head.cursor`.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The small part.
    pub head: Head,
    /// The ledger of `head.ledger`.
    pub ledger: Option<Arc<LedgerRevision>>,
    /// One state a terminal, as `Engine::state` gave it.
    pub terminals: Vec<TerminalState>,
}

/// Cursor, queue, policies: one small row of the store, written with every commit. `serde`-able; postcard or JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// Revisions of rules and state layout it was made with; others must rebuild.
    pub lineage: String,
    /// Inputs applied.
    pub cursor: Cursor,
    /// The ledger revision in force; 0 = none yet.
    #[serde(default)]
    pub ledger: Revision,
    /// Receive time of the last tick.
    pub last_tick: Option<Timestamp>,
    /// Policy changes so far, whole: with 20 of them a commit writes 7.2 kB of WAL instead of 0.3 kB (43 kB of JSON, compressed; 7.7 ms
    /// instead of 4.7 ms, dev profile, busy machine), and a state that is read back needs no other table.
    pub policies: Vec<PolicyChange>,
    /// What waits to be judged again.
    pub queue: Vec<Queued>,
    /// Whether a terminal ever left the full quarantine: a new one may then be an old one.
    #[serde(default)]
    pub overflowed: bool,
}

/// State of one terminal, opaque.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerminalState {
    /// Whose.
    pub terminal: TerminalId,
    /// The bytes.
    pub state: Vec<u8>,
}

/// The fold's state just before the first fix at or after `at`, a full hour of event time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Savepoint {
    /// Whose.
    pub terminal: TerminalId,
    /// Full hour.
    pub at: Timestamp,
    /// The bytes: equal states have equal bytes. A truck at rest costs a few dozen.
    pub state: Vec<u8>,
}

/// A terminal to be judged again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejudge {
    /// Whose fixes.
    pub terminal: TerminalId,
    /// Earliest event time touched. The worker loads the latest savepoint with `at <= from`.
    pub from: Timestamp,
    /// Latest event time touched: only after it may a state equal to a kept savepoint end the work.
    pub until: Timestamp,
    /// Why.
    pub cause: Cause,
    /// Server time of the input that asked for it; of several the last.
    pub recorded: Timestamp,
}

/// A re-judgement and how long it has been waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queued {
    /// What is to be done.
    pub order: Rejudge,
    /// Ticks since the first entry.
    pub waited: u32,
    /// Whether an entry joined since the last tick.
    pub fresh: bool,
}

/// What a re-judgement needs of the past.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// The latest savepoint with `at <= order.from`; `None` = none, the fold begins empty.
    pub savepoint: Option<Savepoint>,
    /// Kept savepoints after it, ascending.
    pub later_savepoints: Vec<Savepoint>,
    /// Rows of the terminal, withdrawn ones too: at least those with `found.settled` absent or at or after the savepoint's
    /// hour. More does no harm.
    pub rows: Vec<EpisodeRow>,
    /// The terminal's recorded frames that the engine's cursor covers, whose greatest event time is at or after the
    /// savepoint's hour (all of them without one), ascending by seq. More does no harm.
    pub frames: Vec<Input>,
}

impl Head {
    /// The newest change of the policy that was applied; 0 = none.
    #[must_use]
    pub fn policy(&self) -> PolicyRevision {
        self.policies.iter().map(|change| change.revision).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_of_an_older_version_can_be_read() {
        // Proves: an upgrade reaches the lineage check, which rebuilds from the record, instead of refusing the folder.
        let old = r#"{"lineage":"layout:1","cursor":7,"last_tick":null,"policies":[],"queue":[]}"#;
        let head: Head = serde_json::from_str(old).expect("readable");
        assert!(head.cursor == Cursor::alone(crate::model::ids::Seq(7)) && !head.overflowed);
    }
}
