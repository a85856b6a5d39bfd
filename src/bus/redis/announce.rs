//! What workers say is happening, on its way to every api process. Nobody waits: of a terminal only the newest position waits to be
//! sent, and what Redis does not take is left out, for the next position says more.

use super::nodes::{Address, Keys, Link, Nodes, unavailable};
use crate::{
    bus::{
        config::BusConfig,
        frames::BusError,
        house::HouseOnBus,
        live::{Alarm, Announce, WorkerStatus},
    },
    clock,
    engine::output::LivePosition,
    model::{
        ids::{Seq, TerminalId},
        shard::{Shard, Shards},
        time::Timestamp,
    },
    rules::policy::Policies,
    telemetry::Outage,
    track::quality::Quality,
};
use redis::{Pipeline, RedisError, RedisResult, Value};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// Between two sendings: what a position is later on the screen.
const EVERY: Duration = Duration::from_millis(250);
/// Most positions of one entry of the live stream: some 60 KB.
const ENTRY_POSITIONS: usize = 512;
/// Terminals of a shard at which its hash begins anew: it fills again as they report, and names that came once leave it.
const TERMINALS_MAX: u64 = 262_144;
/// Field of the figures' hash for frames whose body could not be read.
pub(super) const UNREADABLE: &str = "unreadable";
/// The one field of an entry of the live stream.
pub(super) const FIELD: &str = "p";

/// How far the worker of a shard is, as it is written.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct StatusText {
    pub(super) cursor: Seq,
    pub(super) last_tick: Option<Timestamp>,
    /// Wall time at which it said so.
    pub(super) at: Timestamp,
}

/// What the workers of one process say.
#[derive(Debug)]
pub struct RedisAnnounce {
    keys: Keys,
    shards: Shards,
    config: BusConfig,
    waiting: Mutex<Waiting>,
}

/// What waits to be sent.
#[derive(Debug, Default)]
struct Waiting {
    positions: BTreeMap<TerminalId, LivePosition>,
    status: BTreeMap<Shard, WorkerStatus>,
    quality: BTreeMap<Quality, u64>,
    unreadable: u64,
}

/// The worker of one shard speaking.
#[derive(Debug)]
struct OfShard {
    to: Arc<RedisAnnounce>,
    shard: Shard,
}

impl RedisAnnounce {
    /// Nothing is sent before [`RedisAnnounce::run`].
    #[must_use]
    pub fn new(house: &HouseOnBus, shards: Shards, config: BusConfig) -> Arc<Self> {
        Arc::new(Self { keys: Keys::new(house), shards, config, waiting: Mutex::default() })
    }

    /// For the worker of a shard.
    #[must_use]
    pub fn of_shard(self: &Arc<Self>, shard: Shard) -> Arc<dyn Announce> {
        Arc::new(OfShard { to: Arc::clone(self), shard })
    }

    /// Sends what there is, several times a second, until told to stop.
    ///
    /// # Errors
    /// `Corrupt`: `bus.redis` names no node or one that cannot be read.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) -> Result<(), BusError> {
        let mut way = Way { nodes: Nodes::new(&self.config)?, links: BTreeMap::new() };
        let mut outage = Outage::new("Redis: positions are not shown live");
        while stop.run_until_cancelled(sleep(EVERY)).await.is_some() {
            let waiting = std::mem::take(&mut *self.waiting());
            match self.send(&mut way, &waiting).await {
                Ok(()) => outage.over(),
                Err(error) => {
                    self.put_back(waiting);
                    outage.failed(&error);
                }
            }
        }
        Ok(())
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Positions that were not sent are forgotten; counts and states are not.
    fn put_back(&self, unsent: Waiting) {
        let mut waiting = self.waiting();
        for (quality, count) in unsent.quality {
            *waiting.quality.entry(quality).or_default() += count;
        }
        waiting.unreadable += unsent.unreadable;
        for (shard, status) in unsent.status {
            waiting.status.entry(shard).or_insert(status);
        }
    }

    async fn send(&self, way: &mut Way, waiting: &Waiting) -> Result<(), BusError> {
        let mut by_shard: BTreeMap<Shard, Vec<&LivePosition>> = BTreeMap::new();
        for position in waiting.positions.values() {
            by_shard.entry(self.shards.of(position.terminal)).or_default().push(position);
        }
        for (shard, positions) in by_shard {
            self.keep(way, shard, &positions).await?;
        }
        let mut commands = Pipeline::new();
        self.house_commands(waiting, &mut commands);
        if commands.is_empty() {
            return Ok(());
        }
        way.ask(&self.keys.house("live"), &mut commands).await.map(|_| ())
    }

    /// The newest position of each terminal, for api processes that come later. On purpose neither fenced nor compared with what is
    /// there: nothing is judged by it, and a comparison would cost a script a write. A worker that was replaced and does not know it
    /// yet may put an older position back. A board that has a newer one keeps that; one that begins then shows the older one until the
    /// terminal reports again.
    async fn keep(&self, way: &mut Way, shard: Shard, positions: &[&LivePosition]) -> Result<(), BusError> {
        let key = self.keys.newest(shard);
        let mut commands = Pipeline::new();
        let fields = commands.cmd("HSET").arg(&key);
        for position in positions {
            fields.arg(position.terminal.to_string()).arg(bytes(position));
        }
        commands.cmd("HLEN").arg(&key);
        let answers = way.ask(&key, &mut commands).await?;
        if let Some(Value::Int(terminals)) = answers.get(1)
            && u64::try_from(*terminals).is_ok_and(|terminals| terminals > TERMINALS_MAX)
        {
            way.ask(&key, Pipeline::new().cmd("DEL").arg(&key)).await?;
        }
        Ok(())
    }

    fn house_commands(&self, waiting: &Waiting, commands: &mut Pipeline) {
        let positions: Vec<&LivePosition> = waiting.positions.values().collect();
        for part in positions.chunks(ENTRY_POSITIONS) {
            let stream = commands.cmd("XADD").arg(self.keys.house("live")).arg("MAXLEN").arg("~");
            stream.arg(self.config.live_entries_max).arg("*").arg(FIELD).arg(bytes(&part));
        }
        for (shard, status) in &waiting.status {
            let text = StatusText { cursor: status.cursor, last_tick: status.last_tick, at: clock::wall_now() };
            commands.cmd("HSET").arg(self.keys.house("workers")).arg(shard.0).arg(text_of(&text));
        }
        let unreadable = (waiting.unreadable > 0).then_some((UNREADABLE, waiting.unreadable));
        let counts = waiting.quality.iter().map(|(quality, count)| (quality.code(), *count)).chain(unreadable);
        for (field, count) in counts {
            commands.cmd("HINCRBY").arg(self.keys.house("figures")).arg(field).arg(count);
        }
    }
}

impl Announce for OfShard {
    fn publish_positions(&self, positions: Vec<LivePosition>) {
        let (mut waiting, most) = (self.to.waiting(), self.to.config.live_waiting_max);
        for position in positions {
            let is_full = waiting.positions.len() >= most;
            match waiting.positions.get_mut(&position.terminal) {
                Some(held) if position.received >= held.received => *held = position,
                None if !is_full => drop(waiting.positions.insert(position.terminal, position)),
                Some(_) | None => {}
            }
        }
    }

    /// Each api process asks the store for them.
    fn publish_alarms(&self, _: Vec<Alarm>) {}

    fn publish_worker(&self, status: WorkerStatus) {
        self.to.waiting().status.insert(self.shard, status);
    }

    fn publish_quality(&self, quality: BTreeMap<Quality, u64>, unreadable: u64) {
        let mut waiting = self.to.waiting();
        for (reason, count) in quality {
            *waiting.quality.entry(reason).or_default() += count;
        }
        waiting.unreadable += unreadable;
    }

    /// Each api process asks the store for them.
    fn publish_policies(&self, _: Policies) {}
}

/// Connections to those nodes that were needed.
pub(super) struct Way {
    pub(super) nodes: Nodes,
    pub(super) links: BTreeMap<Address, Link>,
}

impl Way {
    /// Commands on one key's node; the first that failed is the error.
    pub(super) async fn ask(&mut self, key: &str, commands: &mut Pipeline) -> Result<Vec<Value>, BusError> {
        let at = self.nodes.master_of(key).await?;
        let mut link = match self.links.get(&at) {
            Some(link) => link.clone(),
            None => self.nodes.connect(&at).await.inspect_err(|_| self.nodes.forget())?,
        };
        let answers = link.ask_all(commands, Duration::ZERO).await;
        match answers.and_then(|answers| answers.into_iter().collect::<RedisResult<Vec<Value>>>()) {
            Ok(answers) => {
                self.links.insert(at, link);
                Ok(answers)
            }
            Err(error) => Err(self.failed(&at, &error)),
        }
    }

    fn failed(&mut self, at: &Address, error: &RedisError) -> BusError {
        self.links.remove(at);
        self.nodes.forget();
        unavailable("announcing", Some(at), error)
    }
}

fn bytes<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_allocvec(value).expect("positions are plain data")
}

fn text_of<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("plain tables with string keys")
}
