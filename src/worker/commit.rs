//! One commit: what the engine said, its states and its cursor, in one transaction of the store.

use super::WorkerError;
use crate::{
    engine::{Engine, output::Outputs, snapshot::TerminalState},
    store::{
        episodes::{AppendNumber, Basis, Claim, Commit, EpisodeStore},
        error::StoreError,
    },
};
use std::{sync::Arc, time::Duration};

/// Attempts before a store that does not answer stops the worker: with the waits below, half a minute.
const ATTEMPTS_MAX: u32 = 10;
/// First wait between attempts; doubled each time up to `WAIT_MAX`.
const WAIT_FIRST: Duration = Duration::from_millis(50);
const WAIT_MAX: Duration = Duration::from_secs(5);

/// Numbers the commits of one claim.
pub(super) struct Committer {
    fence: u64,
    number: u64,
    basis: Basis,
}

impl Committer {
    pub(super) fn new(claim: Claim, basis: Basis) -> Self {
        Self { fence: claim.fence, number: claim.last_commit, basis }
    }

    /// Writes one commit; retried while the store is unavailable, which its number makes harmless.
    pub(super) async fn write(
        &mut self,
        store: &Arc<dyn EpisodeStore>,
        engine: &Engine,
        out: &Outputs,
    ) -> Result<Vec<Option<AppendNumber>>, WorkerError> {
        let commit = self.next(engine, out);
        let committed = persevere(store, &commit).await?;
        self.number = commit.number;
        self.basis = Basis::Stored;
        Ok(committed)
    }

    fn next(&self, engine: &Engine, out: &Outputs) -> Commit {
        Commit {
            fence: self.fence,
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

async fn persevere(store: &Arc<dyn EpisodeStore>, commit: &Commit) -> Result<Vec<Option<AppendNumber>>, StoreError> {
    let mut wait = WAIT_FIRST;
    for attempt in 1.. {
        match store.commit(commit).await {
            Err(StoreError::Unavailable { cause }) if attempt < ATTEMPTS_MAX => {
                tracing::warn!(number = commit.number, attempt, %cause, "the store did not take a commit; trying again");
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(WAIT_MAX);
            }
            outcome => return outcome.map(|committed| committed.appends),
        }
    }
    unreachable!("the loop above only ends by returning")
}
