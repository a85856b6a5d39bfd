//! A gateway's record on its way into the house: copied to PostgreSQL, published to the workers, made into blocks, forgotten here.

use super::{
    super::{
        AppError,
        watch_spool::{watch_copier, watch_publisher},
    },
    Ground, Tasks, ending,
};
use crate::{
    bus::{
        frames::BusError,
        publish::Committed,
        publisher::{self, PublisherParts, counters::PublishCounters},
        redis::publish::RedisPublish,
    },
    config::Config,
    model::{
        ids::{GatewayNumber, Seq},
        shard::{Shard, Shards},
    },
    ops::Ops,
    record::{gate::Gate, journal::Journal},
    store::{
        SqlStore,
        episodes::EpisodeStore as _,
        error::StoreError,
        frames::{compact::Compactor, config::Standby, copier::Copier, copy::Writer, counters::CopyCounters},
        standby::StandbyStore,
    },
};
use async_trait::async_trait;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::{sync::watch, time::interval};
use tokio_util::sync::CancellationToken;

/// How often segments that nobody needs here any more are dropped.
const FORGET_EVERY: Duration = Duration::from_secs(10);

/// Bytes of an input in the record, about (docs/OPERATING.md, 2).
const INPUT_BYTES: u64 = 100;

/// A gated record and its gateway's number.
pub(super) struct Spool {
    /// Whose, and under which lease.
    pub(super) writer: Writer,
    /// The record.
    pub(super) journal: Journal,
    /// What holds its receipts back.
    pub(super) gate: Gate,
}

/// Starts copier, publisher, compactor and forgetter.
pub(super) fn start(
    config: &Config,
    ground: &Ground,
    spool: Spool,
    told: &Ops,
    tasks: &mut Tasks,
    stop: &CancellationToken,
) -> Result<(), AppError> {
    let Spool { writer, journal, gate } = spool;
    let number = writer.gateway;
    let (copies, publishes) = (Arc::new(CopyCounters::default()), Arc::new(PublishCounters::default()));
    let (published, progress) = watch::channel(Seq(0));
    let publisher = PublisherParts {
        journal: journal.clone(),
        copied: journal.copied(),
        gateway: number,
        shards: ground.shards,
        bus: Box::new(RedisPublish::new(&ground.house, config.bus.clone())?),
        committed: Arc::new(Heads { store: ground.store.clone(), shards: ground.shards }),
        folder: config.data.join("record"),
        config: config.bus.clone(),
        counters: Arc::clone(&publishes),
        published,
    };
    let copier = Copier {
        journal: journal.clone(),
        gate,
        servers: ground.servers.clone(),
        writer,
        config: config.copy.clone(),
        counters: Arc::clone(&copies),
    };
    let compactor = Compactor::new(&ground.servers, config.copy.clone(), ground.shards);
    let standby = (config.copy.standby != Standby::Alone).then(|| Arc::clone(&ground.store) as Arc<dyn StandbyStore>);
    watch_copier(told, number, copies, (&journal, standby));
    // Half of what the spool can hold: the other half is for terminals that are connected already.
    let (there, here) = (progress.clone(), journal.copied());
    let lag = move || here.borrow().0.saturating_sub(there.borrow().0);
    watch_publisher(told, number, publishes, (lag, config.record.max_bytes / 2 / INPUT_BYTES));
    tasks.try_start("the copier", copier.run(stop.clone()));
    tasks.start("the publisher", ending("the publisher", publisher::run(publisher, stop.clone())));
    tasks.start("the compactor", compactor.run(stop.clone()));
    tasks.start("the forgetter", forget(journal, progress, stop.clone()));
    Ok(())
}

/// Drops segments that are copied and published.
async fn forget(journal: Journal, published: watch::Receiver<Seq>, stop: CancellationToken) {
    let mut beat = interval(FORGET_EVERY);
    while stop.run_until_cancelled(beat.tick()).await.is_some() {
        let upto = (*published.borrow()).min(*journal.copied().borrow());
        journal.forget(upto);
    }
}

/// What workers committed, as a publisher asks for it.
struct Heads {
    store: Arc<SqlStore>,
    shards: Shards,
}

#[async_trait]
impl Committed for Heads {
    async fn committed(&self, gateway: GatewayNumber) -> Result<BTreeMap<Shard, u64>, BusError> {
        let cursors = self.store.cursors().await.map_err(|error| match error {
            StoreError::Corrupt { cause } => BusError::Corrupt(cause),
            other => BusError::Unavailable(other.to_string()),
        })?;
        let mut all: BTreeMap<Shard, u64> = self.shards.all().map(|shard| (shard, 0)).collect();
        all.extend(cursors.into_iter().map(|(shard, cursor)| (shard, cursor.number(gateway))));
        Ok(all)
    }
}
