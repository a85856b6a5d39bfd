//! A worker of the house: its shards, and its turn at being the ticker.

use super::{
    super::{AppError, watch},
    Ground, Porch, Tasks, ending, reporter,
};
use crate::{
    bus::{
        frames::{BusError, Frames},
        redis::{
            announce::RedisAnnounce,
            frames::{RedisFrames, RedisFramesParts},
            publish::RedisPublish,
        },
        unpack::{Sources, Standing, UnpackCounters},
    },
    clock::{off::OffClock, wall_now},
    config::Config,
    worker::{
        Worker, WorkerParts,
        counters::WorkerCounters,
        crew::{Crew, CrewParts, OpenFrames, SILENCE, WorkerOf},
        ticker::{self, TickerParts},
    },
};
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

/// A running worker.
#[derive(Debug)]
pub struct WorkerRole {
    tasks: Tasks,
    stop: CancellationToken,
}

impl WorkerRole {
    /// Starts the crew and the ticker.
    ///
    /// # Errors
    /// The bus is not named.
    pub fn start(config: &Config, ground: &Ground, porch: &Porch) -> Result<Self, AppError> {
        let (stop, told) = (CancellationToken::new(), Arc::clone(&porch.told));
        told.clear();
        let announce = RedisAnnounce::new(&ground.house, ground.shards, config.bus.clone());
        let worker = Arc::new(WorkerCounters::new(ground.clock.clone()));
        let unpack = Arc::new(UnpackCounters::default());
        let parts = CrewParts {
            leases: ground.store.clone(),
            frames: frames(config, ground, Arc::clone(&unpack)),
            worker: workers(config, ground, &announce, &worker),
            shards: ground.shards,
            member: ground.member.clone(),
            lease: config.cluster.lease(),
            silence: SILENCE,
        };
        let crew = Crew::new(parts, Box::new(RedisPublish::new(&ground.house, config.bus.clone())?));
        watch::watch_house(&told, ground.shards);
        watch::watch_crew(&told, crew.status());
        let off = Arc::new(OffClock::default());
        watch::watch_clock(&told, Arc::clone(&off));
        watch::watch_shards(&told, crew.status(), (Arc::clone(&worker), Arc::clone(&off)));
        watch::watch_workers(&told, worker, unpack);
        let mut tasks = Tasks::default();
        watch::require_store(&told, ground.store.clone());
        tasks.start("the ticker", ticker::run(ticker(config, ground, Arc::clone(&off))?, stop.clone()));
        tasks.start("the announcer", ending("the announcer", announce.run(stop.clone())));
        tasks.start("the crew", crew.run(stop.clone()));
        let name = config.cluster.member();
        tasks.start("the reports", reporter::tell(Arc::clone(&told), name, (ground.store.clone(), off), stop.clone()));
        told.ready.started();
        Ok(Self { tasks, stop })
    }

    /// Waits until a part ends that must not, and says which.
    pub async fn failed(&mut self) -> AppError {
        self.tasks.failed().await
    }

    /// Commits what was judged and lets go of all shards.
    pub async fn stop(mut self) {
        self.tasks.finish(&self.stop).await;
    }
}

/// What the worker of each shard is built of.
fn workers(
    config: &Config,
    ground: &Ground,
    announce: &Arc<RedisAnnounce>,
    counters: &Arc<WorkerCounters>,
) -> Arc<WorkerOf> {
    let (ground, announce, counters) = (ground.clone(), Arc::clone(announce), Arc::clone(counters));
    let config = config.worker.clone();
    Arc::new(move |shard, lease| WorkerParts {
        shard,
        fence: Some(lease.into()),
        store: ground.store.clone(),
        record: ground.record.clone(),
        live: Some(announce.of_shard(shard)),
        counters: Some(Arc::clone(&counters)),
        config: config.clone(),
    })
}

/// How a shard's inputs are opened: its stream, with holes filled from the copied record.
fn frames(config: &Config, ground: &Ground, counters: Arc<UnpackCounters>) -> Arc<OpenFrames> {
    let (house, member, bus) = (ground.house.clone(), ground.member.clone(), config.bus.clone());
    let store = &ground.store;
    let sources = Sources { record: ground.record.clone(), ledgers: store.clone(), policies: store.clone() };
    Arc::new(move |shard, worker: &Worker| -> Result<Box<dyn Frames>, BusError> {
        let head = worker.head();
        let frames = RedisFrames::new(RedisFramesParts {
            house: house.clone(),
            shard,
            member: member.clone(),
            standing: Standing {
                revision: head.ledger,
                policy: head.policy(),
                last_tick: head.last_tick,
                cursor: head.cursor,
            },
            sources: sources.clone(),
            config: bus.clone(),
            runtime: Handle::current(),
            counters: Arc::clone(&counters),
        })?;
        Ok(Box::new(frames))
    })
}

fn ticker(config: &Config, ground: &Ground, off: Arc<OffClock>) -> Result<TickerParts, AppError> {
    Ok(TickerParts {
        leases: ground.store.clone(),
        ledgers: ground.store.clone(),
        policies: ground.store.clone(),
        record: ground.record.clone(),
        reports: ground.store.clone(),
        publish: Box::new(RedisPublish::new(&ground.house, config.bus.clone())?),
        clock: ground.clock.clone(),
        wall: wall_now,
        off,
        shards: ground.shards,
        member: ground.member.clone(),
        lease: config.cluster.lease(),
    })
}
