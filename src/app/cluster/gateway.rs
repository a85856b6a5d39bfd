//! A gateway of the house: its record is a spool that is copied to PostgreSQL before anything is acknowledged, and published to
//! the workers after that.
//!
//! ```text
//!  terminals ─▶ Gateway ─▶ Journal (fsync, receipts held) ─▶ copier ─▶ PostgreSQL ─▶ Gate releases receipts ─▶ 0x8001
//!                                   └────────────────────▶ publisher (only what is copied) ─▶ shards' streams
//! ```

use super::{
    super::{AppError, bind, registry::Known, watch, watch_spool},
    Ground, Porch, Tasks, identity, reporter,
    spool::{self, Spool},
};
use crate::{
    clock::off::OffClock,
    config::Config,
    gateway::{self, Gateway, codes::Codes, registry::RegistryHandle},
    model::ids::{GatewayNumber, Revision},
    record::journal::Journal,
    store::{
        episodes::Fence,
        frames::copy::Writer,
        leases::{Lease, LeaseStore},
        ledger::{LedgerStore, WhichRevision},
        settings::SettingsStore,
    },
    telemetry::Outage,
};
use std::{
    fmt::Display,
    fs,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::time::interval;
use tokio_util::sync::CancellationToken;

/// How often the gateway's own lease is renewed and the newest ledger revision is asked for.
const EVERY: Duration = Duration::from_secs(1);
/// How many leases' time a gateway that starts waits for its number to become free.
const NUMBER_PATIENCE: u32 = 3;

/// A running gateway.
#[derive(Debug)]
pub struct GatewayRole {
    /// Where terminals connect.
    pub gateway: SocketAddr,
    accept: CancellationToken,
    stop: CancellationToken,
    listening: Tasks,
    tasks: Tasks,
    journal: Journal,
}

impl GatewayRole {
    /// Opens the spool, takes the number, and starts every part.
    ///
    /// # Errors
    /// The number is missing, in use or another record's; the folder or the address cannot be had.
    pub async fn start(config: &Config, ground: &Ground, porch: &Porch) -> Result<Self, AppError> {
        let missing = || {
            AppError::House("cluster.gateway is not set: give this gateway a number of its own, 1 to 510".to_owned())
        };
        let number = config.cluster.gateway().ok_or_else(missing)?;
        fs::create_dir_all(&config.data).map_err(|source| AppError::Folder { folder: config.data.clone(), source })?;
        let (journal, gate) = Journal::gated(&config.data.join("record"), config.record.clone())?;
        identity::check(&*ground.store, &*ground.record, (number, &config.data, &journal)).await?;
        porch.told.ready.starting(format!("waiting until nobody else is gateway {number}"));
        let lease = take_number(ground, number, config.cluster.lease()).await?;
        let writer = Writer { gateway: number, fence: Fence::from(&lease) };
        let (terminals, address) = bind(config.gateway.listen, "terminals").await?;
        let (registry, newest) = registry(&*ground.store).await?;
        let gateway = Gateway::new(gateway::Parts {
            config: config.gateway.clone(),
            journal: journal.clone(),
            clock: ground.clock.clone(),
            registry: registry.clone(),
            codes: codes(&*ground.store).await?,
            number,
        });
        let (accept, stop) = (CancellationToken::new(), CancellationToken::new());
        let (mut listening, mut tasks) = (Tasks::default(), Tasks::default());
        let told = Arc::clone(&porch.told);
        told.clear();
        watch::watch_gateway(&told, number, gateway.counters());
        watch::watch_house(&told, ground.shards);
        watch::watch_journal(&told, number, &journal);
        spool::start(config, ground, Spool { writer, journal: journal.clone(), gate }, &told, &mut tasks, &stop)?;
        let renewed = Arc::new(Mutex::new(Instant::now()));
        watch_spool::require_number(&told, Arc::clone(&renewed));
        watch::require_store(&told, ground.store.clone());
        let (accepting, delivering, serving) = (accept.clone(), stop.clone(), gateway.clone());
        listening.start("the gateway", async move { serving.serve(terminals, accepting).await });
        let store = ground.store.clone();
        tasks.start("texts to terminals", async move { gateway.deliver(&*store, delivering).await });
        let keeping = keep_number(ground.store.clone(), lease, (config.cluster.lease(), renewed), stop.clone());
        tasks.try_start("the lease", keeping);
        tasks.start("the ledger watch", watch_ledger(ground.clone(), registry, newest, stop.clone()));
        let off = Arc::new(OffClock::default());
        watch::watch_clock(&told, Arc::clone(&off));
        let store = (ground.store.clone(), off);
        let telling = reporter::tell(Arc::clone(&told), number.to_string(), store, stop.clone());
        tasks.start("the reports", telling);
        told.ready.started();
        Ok(Self { gateway: address, accept, stop, listening, tasks, journal })
    }

    /// Waits until a part ends that must not, and says which.
    pub async fn failed(&mut self) -> AppError {
        tokio::select! {
            error = self.listening.failed() => error,
            error = self.tasks.failed() => error,
        }
    }

    /// Refuses new connections, answers what is durable, copies and publishes what is recorded, lets go of the number.
    pub async fn stop(mut self) {
        self.listening.finish(&self.accept).await;
        self.tasks.finish(&self.stop).await;
        let journal = self.journal;
        if tokio::task::spawn_blocking(move || journal.close()).await.is_err() {
            tracing::error!("the record did not close well");
        }
    }
}

/// Waits until nobody else holds the number: a process that was killed holds it for one lease.
async fn take_number(ground: &Ground, number: GatewayNumber, lease: Duration) -> Result<Lease, AppError> {
    let begun = Instant::now();
    loop {
        if let Some(taken) = ground.store.acquire(&format!("gateway/{number}"), &ground.member, lease).await? {
            return Ok(taken);
        }
        if begun.elapsed() > lease * NUMBER_PATIENCE {
            return Err(AppError::House(format!(
                "another process is gateway {number}: stop it, or give this one another number"
            )));
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Renews the lease: while it lives, workers wait for this gateway to publish what it copied. Ends when another has the number, or had
/// it since (a greater token): a gateway that cannot copy must not keep terminals.
async fn keep_number(
    leases: Arc<dyn LeaseStore>,
    taken: Lease,
    (lease, renewed): (Duration, Arc<Mutex<Instant>>),
    stop: CancellationToken,
) -> Result<(), AppError> {
    let (mut beat, mut outage) = (interval(EVERY), Outage::new("the store: the gateway's lease is not renewed"));
    while stop.run_until_cancelled(beat.tick()).await.is_some() {
        match leases.acquire(&taken.name, &taken.holder, lease).await {
            Ok(Some(kept)) if kept.token <= taken.token => {
                outage.over();
                *renewed.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
            }
            Ok(other) => {
                if let Some(again) = other {
                    leases.leave(&again.name, &again.holder).await;
                }
                return Err(AppError::NumberTaken { lease: taken.name });
            }
            Err(error) => outage.failed(&error),
        }
    }
    leases.leave(&taken.name, &taken.holder).await;
    Ok(())
}

async fn registry(ledgers: &dyn LedgerStore) -> Result<(RegistryHandle, Revision), AppError> {
    let newest = ledgers.load(WhichRevision::Latest).await?;
    let revision = newest.as_ref().map_or(Revision(0), |found| found.entry.revision);
    let known = newest.map_or_else(Known::default, |found| Known::new(&found.ledger));
    Ok((RegistryHandle::new(Arc::new(known)), revision))
}

/// Puts each new ledger revision's terminals in: frames read from then on are marked by it.
async fn watch_ledger(ground: Ground, registry: RegistryHandle, mut known: Revision, stop: CancellationToken) {
    let mut beat = interval(EVERY);
    let mut outage = Outage::new("the store: terminals are marked by the ledger of before");
    while stop.run_until_cancelled(beat.tick()).await.is_some() {
        match newer(&*ground.store, known).await {
            Ok(found) => {
                outage.over();
                if let Some((revision, terminals)) = found {
                    registry.replace(Arc::new(terminals));
                    known = revision;
                }
            }
            Err(error) => outage.failed(&error),
        }
    }
}

async fn newer(ledgers: &dyn LedgerStore, known: Revision) -> Result<Option<(Revision, Known)>, AppError> {
    let newest = ledgers.revisions(None, 1).await?.first().map_or(known, |entry| entry.revision);
    if newest <= known {
        return Ok(None);
    }
    let found = ledgers.load(WhichRevision::Number(newest)).await?;
    Ok(found.map(|found| (newest, Known::new(&found.ledger))))
}

/// The codes of the house: a secret drawn once, by whichever gateway came first.
async fn codes(settings: &dyn SettingsStore) -> Result<Codes, AppError> {
    let broken = |what: &dyn Display| AppError::House(format!("the secret behind the terminals' codes: {what}"));
    let drawn = Codes::fresh_secret().map_err(|error| broken(&error))?;
    let text = serde_json::to_string(&drawn).map_err(|error| broken(&error))?;
    let found: Vec<u8> =
        serde_json::from_str(&settings.found("codes", &text).await?).map_err(|error| broken(&error))?;
    Codes::from_secret(&found).map_err(|error| broken(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store;

    const SHORT: Duration = Duration::from_millis(1);
    const TTL: Duration = Duration::from_mins(1);

    /// The lease of a number, over already.
    async fn over(leases: &dyn LeaseStore, holder: &str) -> Lease {
        loop {
            if let Some(taken) = leases.acquire("gateway/7", holder, SHORT).await.expect("asked") {
                return taken;
            }
        }
    }

    #[tokio::test]
    async fn a_number_that_another_had_is_not_kept() {
        // Proves: a gateway whose lease ran out keeps its number if nobody came, and ends if another has it, or had it and let it go; it
        // does not keep the lease it got back then.
        let folder = tempfile::tempdir().expect("a folder");
        let store = Arc::new(store::open(&folder.path().join("house.sqlite")).await.expect("a store"));
        let keep = |taken: &Lease, stop: &CancellationToken| {
            let renewed = Arc::new(Mutex::new(Instant::now()));
            tokio::time::timeout(EVERY * 2, keep_number(store.clone(), taken.clone(), (TTL, renewed), stop.clone()))
        };
        let (taken, stop) = (over(&*store, "one").await, CancellationToken::new());
        let kept = keep(&taken, &stop).await;
        assert!(kept.is_err(), "it keeps it: {kept:?}");
        stop.cancel();
        keep(&taken, &stop).await.expect("in time").expect("told to stop");

        let (taken, stop) = (over(&*store, "two").await, CancellationToken::new());
        let other = over(&*store, "three").await;
        store.release(&other).await.expect("released");
        let ended = keep(&taken, &stop).await;
        assert!(matches!(&ended, Ok(Err(AppError::NumberTaken { lease })) if lease == "gateway/7"), "{ended:?}");
        let held = store.acquire("gateway/7", "four", TTL).await.expect("asked").expect("free");
        let ended = keep(&other, &stop).await;
        assert!(matches!(ended, Ok(Err(AppError::NumberTaken { .. }))), "{held:?}: {ended:?}");
    }
}
