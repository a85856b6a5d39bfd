//! The ledger with its history: the contract.

use super::error::StoreError;
use crate::model::{
    approval::Approval,
    ids::{Revision, Seq, VehicleId},
    ledger::Ledger,
    terminal::Fitting,
    time::Timestamp,
    vehicle::{LabelChange, Vehicle},
};
use async_trait::async_trait;

/// Numbered revisions of the ledger. Rows are never changed in place: each carries the revision that recorded it and the
/// one that superseded it, so that what was known when stays readable (rules.md 0.7).
///
/// A revision also belongs into the input log. The caller appends it after `import` and then calls `confirm` with the
/// seq. A crash between the two is mended at start: for each of `pending()`, in order, the caller looks whether the log
/// has that revision, appends it if not, and confirms. The engine ignores a revision it already knows, so an append
/// that was made twice does no harm.
#[async_trait]
pub trait LedgerStore: Send + Sync {
    /// Makes `ledger` the newest revision, in one transaction. An equal ledger makes no new revision, so a retry after a
    /// failure is harmless. Durable when it returns.
    ///
    /// # Errors
    /// `Conflict` when two rows of the ledger have one identity.
    async fn import(&self, ledger: &Ledger, author: &str, at: Timestamp) -> Result<ImportOutcome, StoreError>;

    /// The ledger as of a revision, lists in their canonical order; `None` when there is no such revision.
    ///
    /// # Errors
    /// `Corrupt` when a stored row cannot be read.
    async fn load(&self, which: WhichRevision) -> Result<Option<RecordedLedger>, StoreError>;

    /// A revision that no fail-over takes back, as [`Self::load`]; `None` when there is no such revision. A number whose contents only
    /// a lost primary had is given again with others, and who judged by the first would take the second for known.
    ///
    /// # Errors
    /// `Unavailable` as long as the standby may lack it. `Corrupt` when a stored row cannot be read.
    async fn settled(&self, revision: Revision) -> Result<Option<RecordedLedger>, StoreError>;

    /// Notes that the input log has the revision, at `seq`. Idempotent.
    ///
    /// # Errors
    /// `Conflict` when there is no such revision.
    async fn confirm(&self, revision: Revision, seq: Seq) -> Result<(), StoreError>;

    /// Revisions not yet confirmed, ascending.
    ///
    /// # Errors
    /// `Unavailable` when the store does not answer.
    async fn pending(&self) -> Result<Vec<RevisionEntry>, StoreError>;

    /// The newest revisions below `before` (`None` = the newest of all), descending, at most `limit`.
    ///
    /// # Errors
    /// `Unavailable` when the store does not answer.
    async fn revisions(&self, before: Option<Revision>, limit: u32) -> Result<Vec<RevisionEntry>, StoreError>;

    /// Everything that was ever recorded of one vehicle, oldest record first.
    ///
    /// # Errors
    /// `Corrupt` when a stored row cannot be read.
    async fn history(&self, vehicle: &VehicleId) -> Result<VehicleHistory, StoreError>;
}

/// Which revision to load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhichRevision {
    /// The newest.
    Latest,
    /// This one.
    Number(Revision),
}

/// A ledger and the revision it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedLedger {
    /// Ordinal, time and author.
    pub entry: RevisionEntry,
    /// The whole ledger.
    pub ledger: Ledger,
}

/// One revision in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionEntry {
    /// Ordinal, from 1.
    pub revision: Revision,
    /// Who imported it.
    pub author: String,
    /// When, by the server's clock.
    pub at: Timestamp,
    /// Where the input log has it; `None` until confirmed.
    pub seq: Option<Seq>,
    /// What it changed, tables without a change left out.
    pub changes: Vec<TableChange>,
}

/// What an import did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportOutcome {
    /// The newest revision after the import.
    pub entry: RevisionEntry,
    /// Whether the import made it.
    pub effect: ImportEffect,
}

/// Whether an import changed anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportEffect {
    /// A new revision was recorded.
    Revised,
    /// The ledger was equal to the newest revision, which stays the newest.
    Unchanged,
}

/// Rows of one table that a revision touched.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TableChange {
    /// Which table.
    pub table: LedgerTable,
    /// Rows of a new identity.
    pub added: u32,
    /// Rows of a known identity with other content.
    pub changed: u32,
    /// Rows that are no longer there.
    pub removed: u32,
}

/// The tables of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LedgerTable {
    /// 区县 (one row)
    District,
    /// 车辆
    Vehicles,
    /// 环保标志
    Labels,
    /// 终端
    Terminals,
    /// 运输企业
    Companies,
    /// 运输核准
    TransportApprovals,
    /// 工地、消纳场
    Sites,
    /// 已知地点
    Places,
    /// 核准
    Approvals,
    /// 限行区
    Zones,
}

/// Everything that was ever recorded of one vehicle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VehicleHistory {
    /// Its own rows.
    pub vehicles: Vec<Recorded<Vehicle>>,
    /// Its label changes.
    pub labels: Vec<Recorded<LabelChange>>,
    /// The devices that sat in it.
    pub fittings: Vec<Recorded<Fitting>>,
    /// Its approvals.
    pub approvals: Vec<Recorded<Approval>>,
}

/// A row and how long it was what the office knew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded<T> {
    /// The row.
    pub row: T,
    /// The revision that recorded it.
    pub recorded: Revision,
    /// The revision that replaced or removed it; `None` while it is what the office knows.
    pub superseded: Option<Revision>,
}
