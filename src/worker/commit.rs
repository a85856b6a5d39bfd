//! One commit: what the engine said, its states and its cursor, in one transaction of the store.

use super::{WorkerError, patience::persevere};
use crate::{
    engine::{Engine, output::Outputs, snapshot::TerminalState},
    model::shard::Shard,
    store::episodes::{AppendNumber, Basis, Claim, Commit, EpisodeStore, Fence},
};
use std::sync::Arc;

/// Numbers the commits of one claim.
pub(super) struct Committer {
    shard: Shard,
    fence: Fence,
    number: u64,
    basis: Basis,
}

impl Committer {
    pub(super) fn new(shard: Shard, claim: Claim, basis: Basis) -> Self {
        Self { shard, fence: claim.fence, number: claim.last_commit, basis }
    }

    /// Writes one commit; retried while the store is unavailable, which its number makes harmless.
    pub(super) async fn write(
        &mut self,
        store: &Arc<dyn EpisodeStore>,
        engine: &Engine,
        out: &Outputs,
    ) -> Result<Vec<Option<AppendNumber>>, WorkerError> {
        let commit = self.next(engine, out);
        let committed = persevere("a commit", || store.commit(&commit)).await?;
        self.number = commit.number;
        self.basis = Basis::Stored;
        Ok(committed.appends)
    }

    fn next(&self, engine: &Engine, out: &Outputs) -> Commit {
        Commit {
            shard: self.shard,
            fence: self.fence.clone(),
            number: self.number + 1,
            basis: self.basis,
            head: engine.head(),
            episodes: out.episodes.clone(),
            savepoints: out.savepoints.clone(),
            states: out
                .dirty
                .iter()
                .filter_map(|terminal| {
                    engine.state(*terminal).map(|state| TerminalState { terminal: *terminal, state })
                })
                .collect(),
            gone: out.gone.iter().copied().collect(),
            registrations: out.registrations.clone(),
        }
    }
}
