//! The house's ticker: one among all workers, by a lease of its own. Once a second of wall time it says on every shard's stream
//! what time it is, which ledger revision is the newest, and up to where gateways that are gone were copied.
//!
//! What it says is level-triggered: an entry that is lost is made good by the next. Its lease's token is in every entry, so that
//! a ticker that was paused and replaced is not listened to.

use crate::{
    bus::{
        entry::{Control, Entry},
        publish::Publish,
    },
    clock::Clock,
    model::{
        ids::{GatewayNumber, Revision},
        shard::{Shard, Shards},
    },
    record::recorded::Recorded,
    store::{error::StoreError, leases::LeaseStore, ledger::LedgerStore},
};
use std::{sync::Arc, time::Duration};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_secs(1);
/// The lease of the one ticker.
pub const LEASE: &str = "ticker";

/// What a ticker is built of.
pub struct TickerParts {
    /// Who is the ticker, and which gateways live.
    pub leases: Arc<dyn LeaseStore>,
    /// Which revision is the newest.
    pub ledgers: Arc<dyn LedgerStore>,
    /// Up to where gateways were copied.
    pub record: Arc<dyn Recorded>,
    /// The streams.
    pub publish: Box<dyn Publish + Sync>,
    /// The house's clock.
    pub clock: Clock,
    /// All shards.
    pub shards: Shards,
    /// Name of this process in leases.
    pub member: String,
    /// How long the lease lasts without being renewed.
    pub lease: Duration,
}

/// Ticks while it holds the lease, and tries to get it while it does not. Gives it back at the end.
pub async fn run(mut parts: TickerParts, stop: CancellationToken) {
    let mut beat = interval(EVERY);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(beat.tick()).await.is_some() {
        match parts.beat().await {
            Ok(None) => {}
            Ok(Some(control)) => parts.say(&control).await,
            Err(error) => tracing::warn!(%error, "no tick: the store does not answer"),
        }
    }
    parts.give_back().await;
}

impl TickerParts {
    /// What there is to say now; `None` when another is the ticker.
    async fn beat(&self) -> Result<Option<Control>, StoreError> {
        let Some(lease) = self.leases.acquire(LEASE, &self.member, self.lease).await? else { return Ok(None) };
        let newest = self.ledgers.revisions(None, 1).await?;
        let revision = newest.first().map_or(Revision(0), |entry| entry.revision);
        let heads = self.lost_gateways().await?;
        Ok(Some(Control { token: lease.token, at: self.clock.now(), revision, heads }))
    }

    /// Gateways that were copied from and whose lease is gone.
    async fn lost_gateways(&self) -> Result<Vec<(GatewayNumber, u64)>, StoreError> {
        let alive = self.leases.live("gateway/").await?;
        let lives = |gateway: GatewayNumber| alive.iter().any(|lease| lease.name == format!("gateway/{gateway}"));
        match self.record.heads().await {
            Ok(heads) => Ok(heads.into_iter().filter(|(gateway, _)| !lives(*gateway)).collect()),
            Err(error) => Err(StoreError::Unavailable { cause: error.to_string() }),
        }
    }

    async fn say(&mut self, control: &Control) {
        let entries: Vec<(Shard, Entry)> =
            self.shards.all().map(|shard| (shard, Entry::Control(control.clone()))).collect();
        if let Err(error) = self.publish.publish(&entries).await {
            tracing::warn!(%error, "a tick was not put on the bus; the next one says more");
        }
    }

    async fn give_back(&self) {
        let given = match self.leases.last(LEASE).await {
            Ok(Some(lease)) if lease.holder == self.member => self.leases.release(&lease).await,
            Ok(_) => return,
            Err(error) => Err(error),
        };
        if let Err(error) = given {
            tracing::warn!(%error, "the ticker's lease was not given back and runs out by itself");
        }
    }
}
