//! What workers announced, on the board of an api process: first the newest position of every terminal, then what changes.

use super::{
    announce::{FIELD, StatusText, UNREADABLE, Way},
    nodes::{Keys, Link, Nodes, unavailable},
};
use crate::{
    bus::{
        around::Around,
        config::BusConfig,
        frames::BusError,
        house::HouseOnBus,
        live::{Live, WorkerStatus},
    },
    clock::pause::Pause,
    engine::output::LivePosition,
    model::{
        shard::{Shard, Shards},
        time::Timestamp,
    },
    telemetry::Outage,
    track::quality::Quality,
};
use redis::{
    Pipeline, RedisResult, Value, from_redis_value,
    streams::{StreamId, StreamRangeReply, StreamReadReply},
};
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// What a watch is built of.
pub struct WatchParts {
    /// Whose boards.
    pub house: HouseOnBus,
    /// Its shards.
    pub shards: Shards,
    /// Limits.
    pub config: BusConfig,
    /// The board.
    pub live: Arc<Live>,
    /// Told whether Redis answers.
    pub around: Arc<Around>,
}

/// Fields of a hash read at once.
const PAGE: u32 = 1_000;
/// Entries of the live stream read at once.
const ENTRIES: u32 = 64;
/// Longest wait for the first of them, and between two looks at how far workers are.
const PATIENCE: Duration = Duration::from_secs(1);

/// Keeps the board until told to stop; begins anew whenever Redis was away.
///
/// # Errors
/// `Corrupt`: `bus.redis` names no node or one that cannot be read.
pub async fn run(parts: WatchParts, stop: CancellationToken) -> Result<(), BusError> {
    let keys = Keys::new(&parts.house);
    let mut watch = Watch { way: Way { nodes: Nodes::new(&parts.config)?, links: BTreeMap::new() }, keys, parts };
    let (mut pause, mut outage) = (watch.parts.config.pause(), Outage::new("Redis: the live board stands still"));
    while let Some(Err(error)) = stop.run_until_cancelled(watch.follow(&mut pause, &mut outage)).await {
        watch.way.nodes.forget();
        watch.way.links.clear();
        watch.parts.around.bus_answers(false);
        outage.failed(&error);
        stop.run_until_cancelled(sleep(pause.take())).await;
    }
    Ok(())
}

struct Watch {
    parts: WatchParts,
    keys: Keys,
    way: Way,
}

impl Watch {
    /// Until something fails.
    async fn follow(&mut self, pause: &mut Pause, outage: &mut Outage) -> Result<(), BusError> {
        let key = self.keys.house("live");
        let at = self.way.nodes.master_of(&key).await?;
        let mut link = self.way.nodes.connect(&at).await?;
        let mut last = newest(&mut link, &key).await.map_err(|error| unavailable("XREVRANGE", Some(&at), &error))?;
        for shard in self.parts.shards.all() {
            self.load(shard).await?;
        }
        pause.reset();
        outage.over();
        let mut looked_at = None;
        loop {
            if looked_at.is_none_or(|at: Instant| at.elapsed() >= PATIENCE) {
                self.look().await?;
                looked_at = Some(Instant::now());
            }
            let entries =
                after(&mut link, &key, &last).await.map_err(|error| unavailable("XREAD", Some(&at), &error))?;
            for entry in entries {
                self.show(&entry);
                last = entry.id;
            }
        }
    }

    fn show(&self, entry: &StreamId) {
        let Some(Value::BulkString(bytes)) = entry.map.get(FIELD) else { return };
        match postcard::from_bytes::<Vec<LivePosition>>(bytes) {
            Ok(positions) => self.parts.live.publish_positions(positions),
            Err(error) => tracing::debug!(id = entry.id, %error, "positions of another version are not shown"),
        }
    }

    /// The newest position of each terminal of a shard.
    async fn load(&mut self, shard: Shard) -> Result<(), BusError> {
        let (key, mut cursor) = (self.keys.newest(shard), "0".to_owned());
        loop {
            let mut commands = Pipeline::new();
            commands.cmd("HSCAN").arg(&key).arg(&cursor).arg("COUNT").arg(PAGE);
            let answer = self.way.ask(&key, &mut commands).await?.pop().unwrap_or_default();
            let page: Result<(String, Vec<(Value, Vec<u8>)>), _> = from_redis_value(answer);
            let Ok((next, fields)) = page else { return Ok(()) };
            let positions = fields.iter().filter_map(|(_, bytes)| postcard::from_bytes(bytes).ok());
            self.parts.live.publish_positions(positions.collect::<Vec<LivePosition>>());
            if next == "0" {
                return Ok(());
            }
            cursor = next;
        }
    }

    /// How far workers are, what they met.
    async fn look(&mut self) -> Result<(), BusError> {
        let mut commands = Pipeline::new();
        commands.cmd("HGETALL").arg(self.keys.house("workers"));
        commands.cmd("HGETALL").arg(self.keys.house("figures"));
        let answers = self.way.ask(&self.keys.house("live"), &mut commands).await?;
        self.parts.around.bus_answers(true);
        let mut answers = answers.into_iter();
        let live = &self.parts.live;
        if let Some(status) = answers.next().and_then(|answer| status(answer, self.parts.shards)) {
            live.publish_worker(status);
        }
        let figures: Option<BTreeMap<String, u64>> = answers.next().and_then(|answer| from_redis_value(answer).ok());
        if let Some(figures) = figures {
            let count = |name: &str| figures.get(name).copied().filter(|count| *count > 0);
            let quality = Quality::ALL.iter().filter_map(|reason| Some((*reason, count(reason.code())?))).collect();
            live.publish_totals(quality, count(UNREADABLE).unwrap_or(0));
        }
        Ok(())
    }
}

/// The last entry of the live stream now.
async fn newest(link: &mut Link, key: &str) -> RedisResult<String> {
    let mut command = redis::cmd("XREVRANGE");
    command.arg(key).arg("+").arg("-").arg("COUNT").arg(1);
    let reply: StreamRangeReply = link.ask(&command, Duration::ZERO).await?;
    Ok(reply.ids.into_iter().next().map_or_else(|| "0-0".to_owned(), |entry| entry.id))
}

async fn after(link: &mut Link, key: &str, last: &str) -> RedisResult<Vec<StreamId>> {
    let mut command = redis::cmd("XREAD");
    let patience = u64::try_from(PATIENCE.as_millis()).unwrap_or(1);
    command.arg("COUNT").arg(ENTRIES).arg("BLOCK").arg(patience).arg("STREAMS").arg(key).arg(last);
    let reply: Option<StreamReadReply> = link.ask(&command, PATIENCE).await?;
    Ok(reply.into_iter().flat_map(|reply| reply.keys).flat_map(|stream| stream.ids).collect())
}

/// The workers of all shards as one: the slowest tick, of which a shard that was never judged has none. Which shard stopped its
/// process says itself (`store::reports`).
fn status(answer: Value, shards: Shards) -> Option<WorkerStatus> {
    let texts: BTreeMap<String, String> = from_redis_value(answer).ok()?;
    let each: Vec<StatusText> = texts.values().filter_map(|text| serde_json::from_str(text).ok()).collect();
    let cursor = each.iter().map(|status| status.cursor).max()?;
    let is_whole = each.len() >= usize::from(shards.count());
    let last_tick: Option<Timestamp> = each.iter().map(|status| status.last_tick).min().flatten().filter(|_| is_whole);
    let newest_tick: Option<Timestamp> = each.iter().filter_map(|status| status.last_tick).max();
    Some(WorkerStatus { cursor, last_tick, newest_tick, halted: None })
}
