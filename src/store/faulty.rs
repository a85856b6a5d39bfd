//! A store that fails on purpose, before or after it persisted, to test what callers make of it.

use super::{
    commands::{Answer, Command, CommandEvent, CommandNumber, CommandStore, Delivery, Enqueued, NewCommand},
    episodes::{
        AppendNumber, Claim, Commit, Committed, EpisodeFilter, EpisodeStore, Fence, Savepoints, StoredCorrection,
        StoredEpisode,
    },
    error::StoreError,
    leases::{Lease, LeaseStore},
    ledger::{ImportOutcome, LedgerStore, RecordedLedger, RevisionEntry, VehicleHistory, WhichRevision},
    policies::{Enacted, NewPolicy, PolicyStore, StoredPolicy},
    queries::{LoggedQuery, NewQuery, QueryLog, QueryNumber},
    settings::SettingsStore,
};
use crate::{
    cases::{id::EpisodeId, row::EpisodeRow},
    engine::{canonical::Canonical, output::Registered, snapshot::Snapshot},
    model::{
        cursor::Cursor,
        ids::{PolicyRevision, Revision, Seq, TerminalId, VehicleId},
        ledger::Ledger,
        shard::Shard,
        time::Timestamp,
    },
};
use async_trait::async_trait;
use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Wraps an engine; each call takes the next fault of the plan, and none once the plan is used up.
#[derive(Debug)]
pub struct Faulty<S> {
    inner: S,
    plan: Mutex<VecDeque<Fault>>,
}

/// What happens to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It works.
    None,
    /// It fails and nothing was stored.
    BeforePersisting,
    /// It was stored and fails all the same: the answer was lost.
    AfterPersisting,
}

impl<S> Faulty<S> {
    /// Wraps `inner`; the first call meets the first fault.
    pub fn new(inner: S, plan: impl IntoIterator<Item = Fault>) -> Self {
        Self { inner, plan: Mutex::new(plan.into_iter().collect()) }
    }

    /// The engine itself, without faults.
    pub const fn inner(&self) -> &S {
        &self.inner
    }

    fn next(&self) -> Fault {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner).pop_front().unwrap_or(Fault::None)
    }

    async fn call<T>(&self, call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        let fault = self.next();
        if fault == Fault::BeforePersisting {
            return Err(StoreError::unavailable("failed on purpose before persisting"));
        }
        let done = call.await;
        if fault == Fault::AfterPersisting {
            return Err(StoreError::unavailable("failed on purpose after persisting"));
        }
        done
    }
}

#[async_trait]
impl<S: LedgerStore> LedgerStore for Faulty<S> {
    async fn import(&self, ledger: &Ledger, author: &str, at: Timestamp) -> Result<ImportOutcome, StoreError> {
        self.call(self.inner.import(ledger, author, at)).await
    }

    async fn load(&self, which: WhichRevision) -> Result<Option<RecordedLedger>, StoreError> {
        self.call(self.inner.load(which)).await
    }

    async fn settled(&self, revision: Revision) -> Result<Option<RecordedLedger>, StoreError> {
        self.call(self.inner.settled(revision)).await
    }

    async fn confirm(&self, revision: Revision, seq: Seq) -> Result<(), StoreError> {
        self.call(self.inner.confirm(revision, seq)).await
    }

    async fn pending(&self) -> Result<Vec<RevisionEntry>, StoreError> {
        self.call(self.inner.pending()).await
    }

    async fn revisions(&self, before: Option<Revision>, limit: u32) -> Result<Vec<RevisionEntry>, StoreError> {
        self.call(self.inner.revisions(before, limit)).await
    }

    async fn history(&self, vehicle: &VehicleId) -> Result<VehicleHistory, StoreError> {
        self.call(self.inner.history(vehicle)).await
    }
}

#[async_trait]
impl<S: EpisodeStore> EpisodeStore for Faulty<S> {
    async fn claim(&self, shard: Shard, fence: Option<&Fence>) -> Result<Claim, StoreError> {
        self.call(self.inner.claim(shard, fence)).await
    }

    async fn commit(&self, commit: &Commit) -> Result<Committed, StoreError> {
        self.call(self.inner.commit(commit)).await
    }

    async fn load_snapshot(&self, shard: Shard) -> Result<Option<Snapshot>, StoreError> {
        self.call(self.inner.load_snapshot(shard)).await
    }

    async fn cursors(&self) -> Result<Vec<(Shard, Cursor)>, StoreError> {
        self.call(self.inner.cursors()).await
    }

    async fn past_rows(&self, terminal: TerminalId, from: Option<Timestamp>) -> Result<Vec<EpisodeRow>, StoreError> {
        self.call(self.inner.past_rows(terminal, from)).await
    }

    async fn savepoints(&self, terminal: TerminalId, from: Timestamp) -> Result<Savepoints, StoreError> {
        self.call(self.inner.savepoints(terminal, from)).await
    }

    async fn list(
        &self,
        filter: &EpisodeFilter,
        before: Option<AppendNumber>,
        limit: u32,
    ) -> Result<Vec<StoredEpisode>, StoreError> {
        self.call(self.inner.list(filter, before, limit)).await
    }

    async fn get(&self, id: EpisodeId) -> Result<Option<StoredEpisode>, StoreError> {
        self.call(self.inner.get(id)).await
    }

    async fn corrections(&self, id: EpisodeId) -> Result<Vec<StoredCorrection>, StoreError> {
        self.call(self.inner.corrections(id)).await
    }

    async fn changed_after(&self, after: AppendNumber, limit: u32) -> Result<Vec<StoredCorrection>, StoreError> {
        self.call(self.inner.changed_after(after, limit)).await
    }

    async fn canonical(&self) -> Result<Vec<Canonical>, StoreError> {
        self.call(self.inner.canonical()).await
    }

    async fn registration(&self, terminal: TerminalId) -> Result<Option<Registered>, StoreError> {
        self.call(self.inner.registration(terminal)).await
    }
}

#[async_trait]
impl<S: QueryLog> QueryLog for Faulty<S> {
    async fn append(&self, query: &NewQuery) -> Result<QueryNumber, StoreError> {
        self.call(self.inner.append(query)).await
    }

    async fn list(&self, before: Option<QueryNumber>, limit: u32) -> Result<Vec<LoggedQuery>, StoreError> {
        self.call(self.inner.list(before, limit)).await
    }
}

#[async_trait]
impl<S: LeaseStore> LeaseStore for Faulty<S> {
    async fn acquire(&self, name: &str, holder: &str, ttl: Duration) -> Result<Option<Lease>, StoreError> {
        self.call(self.inner.acquire(name, holder, ttl)).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        self.call(self.inner.release(lease)).await
    }

    async fn live(&self, prefix: &str) -> Result<Vec<Lease>, StoreError> {
        self.call(self.inner.live(prefix)).await
    }

    async fn forget_members(&self, kept: Duration) -> Result<(), StoreError> {
        self.call(self.inner.forget_members(kept)).await
    }

    async fn last(&self, name: &str) -> Result<Option<Lease>, StoreError> {
        self.call(self.inner.last(name)).await
    }
}

#[async_trait]
impl<S: PolicyStore> PolicyStore for Faulty<S> {
    async fn enact(&self, order: &NewPolicy) -> Result<Enacted, StoreError> {
        self.call(self.inner.enact(order)).await
    }

    async fn policy(&self, revision: PolicyRevision) -> Result<Option<StoredPolicy>, StoreError> {
        self.call(self.inner.policy(revision)).await
    }

    async fn settled_policy(&self, revision: PolicyRevision) -> Result<Option<StoredPolicy>, StoreError> {
        self.call(self.inner.settled_policy(revision)).await
    }

    async fn policies(&self, before: Option<PolicyRevision>, limit: u32) -> Result<Vec<StoredPolicy>, StoreError> {
        self.call(self.inner.policies(before, limit)).await
    }

    async fn policy_recorded(&self, revision: PolicyRevision, seq: Seq) -> Result<(), StoreError> {
        self.call(self.inner.policy_recorded(revision, seq)).await
    }

    async fn policies_unrecorded(&self) -> Result<Vec<StoredPolicy>, StoreError> {
        self.call(self.inner.policies_unrecorded()).await
    }
}

#[async_trait]
impl<S: SettingsStore> SettingsStore for Faulty<S> {
    async fn found(&self, key: &str, value: &str) -> Result<String, StoreError> {
        self.call(self.inner.found(key, value)).await
    }

    async fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.call(self.inner.setting(key)).await
    }
}

#[async_trait]
impl<S: CommandStore> CommandStore for Faulty<S> {
    async fn enqueue(&self, command: &NewCommand) -> Result<Enqueued, StoreError> {
        self.call(self.inner.enqueue(command)).await
    }

    async fn open(&self, after: CommandNumber, limit: u32) -> Result<Vec<Command>, StoreError> {
        self.call(self.inner.open(after, limit)).await
    }

    async fn take(&self, delivery: Delivery, at: Timestamp, answer_by: Timestamp) -> Result<bool, StoreError> {
        self.call(self.inner.take(delivery, at, answer_by)).await
    }

    async fn sent(&self, delivery: Delivery, serial: u16, at: Timestamp) -> Result<bool, StoreError> {
        self.call(self.inner.sent(delivery, serial, at)).await
    }

    async fn settle(&self, delivery: Delivery, answer: Answer) -> Result<bool, StoreError> {
        self.call(self.inner.settle(delivery, answer)).await
    }

    async fn give_back(&self, delivery: Delivery, at: Timestamp) -> Result<bool, StoreError> {
        self.call(self.inner.give_back(delivery, at)).await
    }

    async fn expire(&self, now: Timestamp) -> Result<usize, StoreError> {
        self.call(self.inner.expire(now)).await
    }

    async fn list(
        &self,
        terminal: Option<TerminalId>,
        before: Option<CommandNumber>,
        limit: u32,
    ) -> Result<Vec<Command>, StoreError> {
        self.call(self.inner.list(terminal, before, limit)).await
    }

    async fn get(&self, number: CommandNumber) -> Result<Option<Command>, StoreError> {
        self.call(self.inner.get(number)).await
    }

    async fn events(&self, number: CommandNumber) -> Result<Vec<CommandEvent>, StoreError> {
        self.call(self.inner.events(number)).await
    }
}
