//! The house's policy with its history: the contract.

use super::error::StoreError;
use crate::model::{
    ids::{PolicyRevision, Seq},
    input::PolicyChange,
    time::Timestamp,
};
use async_trait::async_trait;

/// Numbered changes of the rules' parameters. A change is never altered: which policy judged a day stays readable.
///
/// As with the ledger, a change also belongs into the input log: on a single machine the caller appends it and notes its seq, and
/// what is not noted is looked for at start. In a house of many processes the ticker names the newest number, and each worker
/// loads what it lacks when it is settled.
#[async_trait]
pub trait PolicyStore: Send + Sync {
    /// Makes a policy the newest, in one transaction. One with the digest of the newest, to hold from
    /// then on or later, changes nothing, so a retry is harmless.
    /// Durable when it returns.
    ///
    /// # Errors
    /// `Unavailable` when the store does not answer.
    async fn enact(&self, order: &NewPolicy) -> Result<Enacted, StoreError>;

    /// A change by its number; `None` when there is no such change.
    ///
    /// # Errors
    /// `Corrupt` when the stored row cannot be read.
    async fn policy(&self, revision: PolicyRevision) -> Result<Option<StoredPolicy>, StoreError>;

    /// A change by its number that no fail-over takes back; `None` when there is no such change. A number whose change only a lost
    /// primary had is given again with another.
    ///
    /// # Errors
    /// `Unavailable` as long as the standby may lack it. `Corrupt` when the stored row cannot be read.
    async fn settled_policy(&self, revision: PolicyRevision) -> Result<Option<StoredPolicy>, StoreError>;

    /// The newest changes below `before` (`None` = the newest of all), descending, at most `limit`.
    ///
    /// # Errors
    /// `Corrupt` when a stored row cannot be read.
    async fn policies(&self, before: Option<PolicyRevision>, limit: u32) -> Result<Vec<StoredPolicy>, StoreError>;

    /// Notes that the input log has a change, at `seq`. Idempotent.
    ///
    /// # Errors
    /// `Conflict` when there is no such change.
    async fn policy_recorded(&self, revision: PolicyRevision, seq: Seq) -> Result<(), StoreError>;

    /// Changes whose place in the input log is not noted, ascending.
    ///
    /// # Errors
    /// `Corrupt` when a stored row cannot be read.
    async fn policies_unrecorded(&self) -> Result<Vec<StoredPolicy>, StoreError>;
}

/// A policy that is to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPolicy {
    /// `rules::Policy` as canonical JSON.
    pub policy: String,
    /// SHA-256 of it, hex.
    pub hash: String,
    /// First event time for which it holds.
    pub from: Timestamp,
    /// Who changes it.
    pub author: String,
    /// When, by the server's clock.
    pub at: Timestamp,
}

/// A change as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPolicy {
    /// Ordinal, from 1.
    pub revision: PolicyRevision,
    /// What was ordered.
    pub order: NewPolicy,
    /// Where the input log has it; `None` until noted, and in a house of many processes.
    pub seq: Option<Seq>,
}

impl StoredPolicy {
    /// As an input.
    #[must_use]
    pub fn change(&self) -> PolicyChange {
        let NewPolicy { policy, hash, from, author, .. } = self.order.clone();
        PolicyChange { revision: self.revision, hash, from, author, policy }
    }
}

/// What an order did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Enacted {
    /// It is a new change.
    Changed(StoredPolicy),
    /// The newest policy has the same numbers, holds from then on or from before, and stays the newest.
    Unchanged(StoredPolicy),
}

/// Changes read at once.
const PAGE: u32 = 100;

/// All changes, oldest first.
///
/// # Errors
/// As [`PolicyStore::policies`].
pub async fn all(store: &dyn PolicyStore) -> Result<Vec<StoredPolicy>, StoreError> {
    let (mut changes, mut before) = (Vec::new(), None);
    loop {
        let page = store.policies(before, PAGE).await?;
        let Some(last) = page.last() else { break };
        before = Some(last.revision);
        changes.extend(page);
    }
    changes.reverse();
    Ok(changes)
}
