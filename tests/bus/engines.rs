//! The engines under test. All have a gateway's journal at the one end and a consumer at the other; on Redis a publisher is between.

use crate::sample::{LIMIT, frame};
use async_trait::async_trait;
use engines::{
    Engines, Postgres, Redis,
    proxy::{Link, Proxy},
};
use muckwatch::{
    bus::{
        config::BusConfig,
        faulty::{Fault, Faulty},
        frames::{BusError, Frames, LocalFrames},
        house::HouseOnBus,
        publish::{Committed, Publish},
        publisher::{self, PublisherParts, counters::PublishCounters},
        redis::{
            frames::{RedisFrames, RedisFramesParts},
            publish::RedisPublish,
        },
        unpack::{Sources, Standing, UnpackCounters},
    },
    model::{
        cursor::Cursor,
        ids::{GatewayNumber, Seq},
        input::Input,
        shard::{Shard, Shards},
    },
    record::{config::RecordConfig, journal::Journal},
    store::SqlStore,
};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::{runtime::Handle, sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    Local,
    Single,
    Cluster,
}

/// What workers committed, as far as tests say.
#[derive(Debug, Default)]
pub(crate) struct Said(AtomicU64);

#[async_trait]
impl Committed for Said {
    async fn committed(&self, _: GatewayNumber) -> Result<BTreeMap<Shard, u64>, BusError> {
        Ok([(Shard::ALONE, self.0.load(Ordering::SeqCst))].into())
    }
}

/// A bus with a journal before it.
pub(crate) struct Bus {
    pub(crate) which: Which,
    pub(crate) house: HouseOnBus,
    pub(crate) config: BusConfig,
    pub(crate) journal: Journal,
    pub(crate) store: Arc<SqlStore>,
    pub(crate) committed: Arc<Said>,
    pub(crate) counters: Arc<UnpackCounters>,
    pub(crate) published: Arc<PublishCounters>,
    pub(crate) folder: TempDir,
    publishers: Vec<(JoinHandle<Result<(), BusError>>, CancellationToken)>,
}

impl Drop for Bus {
    fn drop(&mut self) {
        for (_, stop) in &self.publishers {
            stop.cancel();
        }
    }
}

/// The shared engines of this binary; those that are killed are started apart.
pub(crate) fn shared(which: Which) -> Option<Vec<String>> {
    static SINGLE: OnceLock<Option<Engines>> = OnceLock::new();
    static CLUSTER: OnceLock<Option<Engines>> = OnceLock::new();
    let engines = match which {
        Which::Local => return Some(Vec::new()),
        Which::Single => SINGLE.get_or_init(|| Engines::start(Redis::Single, Postgres::Absent)),
        Which::Cluster => CLUSTER.get_or_init(|| Engines::start(Redis::Cluster, Postgres::Absent)),
    };
    engines.as_ref().map(Engines::redis)
}

/// A house of its own on shared nodes.
pub(crate) fn new_house() -> HouseOnBus {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    HouseOnBus::new("test", &format!("{:016x}", NEXT.fetch_add(1, Ordering::SeqCst)))
}

pub(crate) fn config(which: Which, redis: Vec<String>) -> BusConfig {
    let cluster = which == Which::Cluster;
    BusConfig { redis, cluster, wait_replicas: u32::from(cluster), trim_s: 0, ..BusConfig::default() }
}

impl Bus {
    /// An empty house; `None` where the engine is not installed. Nothing is published yet.
    pub(crate) async fn open(which: Which) -> Option<Self> {
        let redis = tokio::task::spawn_blocking(move || shared(which)).await.unwrap()?;
        Some(Self::on(which, config(which, redis)).await)
    }

    pub(crate) async fn on(which: Which, config: BusConfig) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(&folder.path().join("record"), RecordConfig::default()).unwrap();
        let store = muckwatch::store::open(&folder.path().join("store.db")).await.unwrap();
        Self {
            which,
            house: new_house(),
            config,
            journal,
            store: Arc::new(store),
            committed: Arc::default(),
            counters: Arc::default(),
            published: Arc::default(),
            folder,
            publishers: Vec::new(),
        }
    }

    /// Frames into the journal.
    pub(crate) async fn feed(&self, numbers: std::ops::RangeInclusive<u64>) {
        let inputs: Vec<_> = numbers.map(frame).collect();
        let last = self.journal.append(inputs).await.unwrap().last();
        assert!(last.0 > 0);
    }

    /// From the journal on to the bus, with faults on the way.
    pub(crate) fn publish(&mut self, plan: Vec<Fault>) {
        if self.which != Which::Local {
            let bus = Faulty::new(RedisPublish::new(&self.house, self.config.clone()).unwrap(), plan);
            self.publish_through(Box::new(bus));
        }
    }

    pub(crate) fn publish_through(&mut self, bus: Box<dyn Publish>) {
        let parts = PublisherParts {
            journal: self.journal.clone(),
            copied: self.journal.durable(),
            gateway: GatewayNumber::ALONE,
            shards: Shards::ONE,
            bus,
            committed: Arc::<Said>::clone(&self.committed),
            folder: self.folder.path().to_owned(),
            config: self.config.clone(),
            counters: Arc::clone(&self.published),
            published: watch::Sender::new(Seq(0)),
        };
        let stop = CancellationToken::new();
        self.publishers.push((tokio::spawn(publisher::run(parts, stop.clone())), stop));
    }

    /// The order without its end.
    pub(crate) fn tell_publishers_to_stop(&self) {
        for (_, stop) in &self.publishers {
            stop.cancel();
        }
    }

    /// Ends the publisher in order.
    pub(crate) async fn stop_publishing(&mut self) {
        for (task, stop) in self.publishers.drain(..) {
            stop.cancel();
            task.await.unwrap().unwrap();
        }
    }

    /// What workers committed, for publishers that go back.
    pub(crate) fn say_committed(&self, number: u64) {
        self.committed.0.store(number, Ordering::SeqCst);
    }

    pub(crate) fn figure(&self, name: &str) -> u64 {
        let all = [self.published.named(), self.counters.named()].concat();
        all.iter().find(|(other, _)| *other == name).unwrap_or_else(|| panic!("{name}")).1
    }

    /// A consumer that goes on from a cursor.
    pub(crate) fn consumer(&self, member: &str, cursor: Cursor, plan: Vec<Fault>) -> Box<dyn Frames> {
        if self.which == Which::Local {
            return Box::new(Faulty::new(LocalFrames::new(&self.journal, &cursor, Handle::current()), plan));
        }
        let standing = Standing { cursor, ..Standing::default() };
        Box::new(Faulty::new(self.redis_consumer(member, standing), plan))
    }

    pub(crate) fn redis_consumer(&self, member: &str, standing: Standing) -> RedisFrames {
        let store = || Arc::<SqlStore>::clone(&self.store);
        let sources = Sources { record: Arc::new(self.journal.clone()), ledgers: store(), policies: store() };
        let parts = RedisFramesParts {
            house: self.house.clone(),
            shard: Shard::ALONE,
            member: member.to_owned(),
            standing,
            sources,
            config: self.config.clone(),
            runtime: Handle::current(),
            counters: Arc::clone(&self.counters),
        };
        RedisFrames::new(parts).unwrap()
    }

    /// A plain connection to the node that has the house's stream.
    pub(crate) async fn raw(&self) -> redis::aio::MultiplexedConnection {
        let mut found = None;
        for url in &self.config.redis {
            let client = redis::Client::open(url.as_str()).unwrap();
            let Ok(mut connection) = client.get_multiplexed_async_connection().await else { continue };
            let length: redis::RedisResult<u64> = redis::cmd("XLEN").arg(self.key()).query_async(&mut connection).await;
            if length.is_ok() {
                found = Some(connection);
            }
        }
        found.expect("a node with the stream")
    }

    pub(crate) fn key(&self) -> String {
        format!("mw:{}:{{0}}:frames", self.house)
    }
}

/// A consumer as a worker is one: it applies what its cursor does not cover, and checks that the numbers of a gateway grow.
pub(crate) struct Worker {
    pub(crate) frames: Box<dyn Frames>,
    pub(crate) cursor: Cursor,
    pub(crate) applied: Vec<Input>,
    pub(crate) delivered: usize,
}

impl Worker {
    pub(crate) fn new(frames: Box<dyn Frames>, cursor: Cursor) -> Self {
        Self { frames, cursor, applied: Vec::new(), delivered: 0 }
    }

    /// Reads until `done`, committing as it goes if told so. Blocks; errors that pass are asked again.
    pub(crate) fn read_until(&mut self, commits: Commits, done: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !done(self) {
            assert!(
                begun.elapsed() < LIMIT,
                "{} applied, {} delivered: {:?}",
                self.applied.len(),
                self.delivered,
                self.cursor
            );
            match self.frames.next(1_000, Duration::from_millis(50)) {
                Ok(inputs) => self.apply(inputs),
                Err(BusError::Unavailable(_)) => std::thread::sleep(Duration::from_millis(5)),
                Err(error) => panic!("{error}"),
            }
            if commits == Commits::Yes {
                self.commit();
            }
        }
    }

    pub(crate) fn commit(&mut self) {
        if let Err(error) = self.frames.committed(&self.cursor) {
            assert!(matches!(error, BusError::Unavailable(_)), "{error}");
        }
    }

    fn apply(&mut self, inputs: Vec<Input>) {
        self.delivered += inputs.len();
        for input in inputs {
            if !self.cursor.covers(input.seq) {
                self.cursor.advance(input.seq);
                self.applied.push(input);
            }
        }
    }

    pub(crate) fn numbers(&self) -> Vec<u64> {
        self.applied.iter().map(|input| input.seq.number()).collect()
    }
}

/// Cuts the worker's link until it has noticed.
pub(crate) async fn cut(mut worker: Worker, proxy: &Proxy) -> Worker {
    proxy.set(Link::Cut);
    let worker = blocking(move || {
        while worker.frames.next(1, Duration::ZERO).is_ok() {}
        worker
    })
    .await;
    proxy.heal();
    worker
}

/// Whether a worker commits what it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Commits {
    Yes,
    No,
}

/// Runs what blocks where it may.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}
