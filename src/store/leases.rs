//! Who may do what only one process of a house may do at a time: the contract of leases.

use super::error::StoreError;
use crate::model::time::Timestamp;
use async_trait::async_trait;
use std::time::Duration;

/// Named rights that end by themselves. Time is the store's clock only: the clocks of the processes do not matter, and a
/// holder that is paused, cut off or dead loses its lease without being asked.
///
/// A lease alone stops nobody: its holder may find out late that it is over. What must not be done twice carries the
/// lease, and whoever takes the result refuses a token smaller than one it has seen, and an equal one of another holder
/// ([`EpisodeStore::claim`](super::episodes::EpisodeStore::claim)).
#[async_trait]
pub trait LeaseStore: Send + Sync {
    /// Takes a lease that nobody holds or whose time is over, or renews the caller's own; it then lasts `ttl` from now
    /// (whole milliseconds). `None` when somebody else holds it. Of two that ask at once one gets it. Durable when it
    /// returns, and a retry after a failure is harmless.
    ///
    /// The token is 1 for the first holder and grows by one each time the lease goes to another holder or is taken after
    /// a release; renewing keeps it, also when the time was over and nobody else came.
    ///
    /// # Errors
    /// `Unavailable` when the store does not answer: the caller must then count with its lease as it was.
    async fn acquire(&self, name: &str, holder: &str, ttl: Duration) -> Result<Option<Lease>, StoreError>;

    /// Ends a lease now, if it is still the one given (same holder and token). The token stays, so the next holder gets a
    /// greater one. Idempotent.
    ///
    /// # Errors
    /// `Unavailable` when the store does not answer: the lease then ends by itself.
    async fn release(&self, lease: &Lease) -> Result<(), StoreError>;

    /// The leases whose name begins with `prefix` and whose time is not over, by name.
    ///
    /// # Errors
    /// `Unavailable` when the store does not answer.
    async fn live(&self, prefix: &str) -> Result<Vec<Lease>, StoreError>;

    /// A lease as it was last held, also when its time is over; `None` when nobody ever held it.
    ///
    /// # Errors
    /// `Unavailable` when the store does not answer.
    async fn last(&self, name: &str) -> Result<Option<Lease>, StoreError>;

    /// Forgets the leases of workers ([`MEMBER`]) that have been over for longer than `kept`: each start of a worker has a name of its
    /// own, which never comes again. No other lease is forgotten: its token must go on growing.
    ///
    /// # Errors
    /// `Unavailable` when the store does not answer: the next call forgets them.
    async fn forget_members(&self, kept: Duration) -> Result<(), StoreError>;

    /// Gives back the lease of that name if `holder` has it: for a process that ends. One that is not taken back now runs out by
    /// itself, which is logged.
    async fn leave(&self, name: &str, holder: &str) {
        let left = match self.last(name).await {
            Ok(Some(lease)) if lease.holder == holder => self.release(&lease).await,
            Ok(_) => return,
            Err(error) => Err(error),
        };
        if let Err(error) = left {
            tracing::warn!(%error, lease = name, "a lease was not given back and runs out by itself");
        }
    }
}

/// Begins the names of leases that say which workers live.
pub const MEMBER: &str = "worker/";

/// A lease as the store had it when it answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// What it is the right to: `shard/7`, `ticker`, `worker/…`.
    pub name: String,
    /// Who holds it; for a lease that is over, who held it last.
    pub holder: String,
    /// From 1; grows with every change of holder, never shrinks.
    pub token: u64,
    /// Milliseconds left by the store's clock; 0 or below = it is over, since that long.
    pub left_ms: i64,
    /// What the store's clock showed when it looked: after it was asked and before it answered.
    pub now: Timestamp,
}
