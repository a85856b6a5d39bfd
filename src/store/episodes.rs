//! Episodes with their corrections, and the engine's state that belongs to them: the contract.

use super::{error::StoreError, leases::Lease};
use crate::{
    cases::{
        change::{Cause, Correction, EpisodeChange},
        id::EpisodeId,
        row::{EpisodeRow, EpisodeState},
    },
    engine::{
        canonical::Canonical,
        output::{Registered, SavepointChange},
        snapshot::{Head, Savepoint, Snapshot, TerminalState},
    },
    model::{
        cursor::Cursor,
        ids::{Seq, TerminalId, VehicleId},
        shard::Shard,
        time::Timestamp,
    },
    rules::RuleId,
    track::grade::Grade,
};
use async_trait::async_trait;

/// Rows, corrections and the engine's state, which are one truth and therefore one transaction.
///
/// One worker writes a shard; everybody reads. A reader sees whole commits only. Rows are replaced, corrections are only
/// ever added (the engine refuses to change them), and of one (rule, subject, object) no two live rows of a shard overlap.
/// Across shards they overlap only while one of the two has yet to follow a ledger that moved a terminal.
#[async_trait]
pub trait EpisodeStore: Send + Sync {
    /// Takes the right to write a shard away from whoever had it. Once at the start of a worker, before `load_snapshot`.
    /// `fence` is the lease under which the worker has the shard; `None` = one more than the stored token and no holder, for
    /// a machine that is alone.
    ///
    /// # Errors
    /// `Conflict` when a greater token than that of `fence` was here, or an equal one of another holder: the lease is
    /// another's by now. `Unavailable` when the store does not answer.
    async fn claim(&self, shard: Shard, fence: Option<&Fence>) -> Result<Claim, StoreError>;

    /// Writes everything of one commit or nothing. Durable when it returns. Commits of a shard are numbered without
    /// holes; the number that is already stored is taken as done, so a retry after `Unavailable` is harmless.
    ///
    /// # Errors
    /// `Conflict` for a stale claim or a number out of turn: this worker must stop. `Corrupt` when the commit would break
    /// an invariant: nothing of it is stored. `Unavailable` also when a live row overlaps one of another shard though both
    /// shards follow the same ledger.
    async fn commit(&self, commit: &Commit) -> Result<Committed, StoreError>;

    /// What a shard's engine goes on from; `None` before its first commit. The ledger in it is that of the newest revision
    /// that the head names.
    ///
    /// # Errors
    /// `Corrupt` when a stored state cannot be read.
    async fn load_snapshot(&self, shard: Shard) -> Result<Option<Snapshot>, StoreError>;

    /// Of each shard the inputs that were committed; a shard without a commit is left out. What a gateway need not publish again.
    ///
    /// # Errors
    /// `Corrupt` when a stored head cannot be read.
    async fn cursors(&self) -> Result<Vec<(Shard, Cursor)>, StoreError>;

    /// Rows of a terminal, withdrawn ones too, that a re-judgement from `from` may touch: not settled, or settled at or
    /// after it. `None` = all. By append number.
    ///
    /// # Errors
    /// `Corrupt` when a stored row cannot be read.
    async fn past_rows(&self, terminal: TerminalId, from: Option<Timestamp>) -> Result<Vec<EpisodeRow>, StoreError>;

    /// The latest savepoint of a terminal at or before `from` and all after it.
    ///
    /// # Errors
    /// `Unavailable` when the store does not answer.
    async fn savepoints(&self, terminal: TerminalId, from: Timestamp) -> Result<Savepoints, StoreError>;

    /// Rows by descending append number, below `before` (`None` = from the newest), at most `limit`.
    ///
    /// # Errors
    /// `Corrupt` when a stored row cannot be read.
    async fn list(
        &self,
        filter: &EpisodeFilter,
        before: Option<AppendNumber>,
        limit: u32,
    ) -> Result<Vec<StoredEpisode>, StoreError>;

    /// One row.
    ///
    /// # Errors
    /// `Corrupt` when the stored row cannot be read.
    async fn get(&self, id: EpisodeId) -> Result<Option<StoredEpisode>, StoreError>;

    /// What was done to a row, oldest first.
    ///
    /// # Errors
    /// `Corrupt` when a stored row cannot be read.
    async fn corrections(&self, id: EpisodeId) -> Result<Vec<StoredCorrection>, StoreError>;

    /// Corrections of all rows after `after`, ascending, at most `limit`: what a screen missed while it was away.
    ///
    /// # Errors
    /// `Corrupt` when a stored row cannot be read.
    async fn changed_after(&self, after: AppendNumber, limit: u32) -> Result<Vec<StoredCorrection>, StoreError>;

    /// The canonical list: what two runs must agree on.
    ///
    /// # Errors
    /// `Corrupt` when a stored row cannot be read.
    async fn canonical(&self) -> Result<Vec<Canonical>, StoreError>;

    /// The last registration (0x0100) of a terminal, whether the ledger knows it or not.
    ///
    /// # Errors
    /// `Corrupt` when the stored row cannot be read.
    async fn registration(&self, terminal: TerminalId) -> Result<Option<Registered>, StoreError>;
}

/// Under which lease a shard is written; both halves are compared in every write. The token alone would not do: a fail-over may
/// take the row of a lease back, and the next holder then gets the token that another still thinks it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    /// Of the lease. Never shrinks in the store.
    pub token: u64,
    /// Who holds it, unique over restarts; empty = a machine that is alone.
    pub holder: String,
}

impl From<&Lease> for Fence {
    fn from(lease: &Lease) -> Self {
        Self { token: lease.token, holder: lease.holder.clone() }
    }
}

/// The right to write, and where the last writer stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// A commit with an older or another's is refused.
    pub fence: Fence,
    /// Number of the shard's last commit, 0 before the first; the next has one more.
    pub last_commit: u64,
}

/// Everything a worker writes at once.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Whose commit it is.
    pub shard: Shard,
    /// The claim it is written under.
    pub fence: Fence,
    /// One more than the commit before it.
    pub number: u64,
    /// Whether states and savepoints go on from what is stored.
    pub basis: Basis,
    /// Cursor, queue, policies.
    pub head: Head,
    /// Rows opened, corrected, ended, in order.
    pub episodes: Vec<EpisodeChange>,
    /// Savepoints to keep or forget, in order.
    pub savepoints: Vec<SavepointChange>,
    /// States of the terminals that changed.
    pub states: Vec<TerminalState>,
    /// Terminals that left the engine.
    pub gone: Vec<TerminalId>,
    /// Registrations seen.
    pub registrations: Vec<Registered>,
}

/// What a commit got.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// For each of `Commit::episodes` the number of its correction; `None` for one that is no correction (`Grew`).
    pub appends: Vec<Option<AppendNumber>>,
}

/// What the states of a commit build on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// What is stored.
    Stored,
    /// Nothing: the engine was rebuilt from the record, so all states and savepoints of the shard stored before are dropped.
    Rebuilt,
}

/// Number of a correction, from 1 in the order of commits, of all shards together. A number becomes visible only after
/// all smaller ones. A row carries that of its first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct AppendNumber(pub u64);

/// Savepoints around a re-judgement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Savepoints {
    /// The latest at or before it.
    pub at_or_before: Option<Savepoint>,
    /// Those after it, ascending.
    pub later: Vec<Savepoint>,
}

/// Which rows to list; what is absent does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EpisodeFilter {
    /// Of this rule.
    pub rule: Option<RuleId>,
    /// In this state.
    pub state: Option<EpisodeState>,
    /// Of this grade.
    pub grade: Option<Grade>,
    /// About this vehicle.
    pub vehicle: Option<VehicleId>,
    /// Told by this terminal.
    pub terminal: Option<TerminalId>,
    /// Not over before this instant.
    pub from: Option<Timestamp>,
    /// Begun before this instant.
    pub to: Option<Timestamp>,
    /// Only open ones or only ended ones; withdrawn ones count as ended.
    pub progress: Option<Progress>,
}

/// Whether an episode goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It goes on.
    Open,
    /// It ended or was withdrawn.
    Over,
}

/// A row and where it stands in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredEpisode {
    /// Number of its first correction: its place in lists, for good.
    pub append: AppendNumber,
    /// Number of its newest correction.
    pub last_append: AppendNumber,
    /// The row.
    pub row: EpisodeRow,
}

/// One line of the history of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredCorrection {
    /// Its number.
    pub append: AppendNumber,
    /// What was done.
    pub correction: Correction,
    /// Why.
    pub cause: Cause,
    /// The input at which it was done.
    pub seq: Seq,
    /// Server time of that input.
    pub at: Timestamp,
    /// The row as it was after it.
    pub row: EpisodeRow,
}
