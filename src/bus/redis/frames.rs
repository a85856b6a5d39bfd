//! A shard's stream as the inputs of the worker that holds its lease.
//!
//! When it connects it takes over what was delivered to anybody and not acknowledged, and only then reads on: what a dead worker had
//! begun comes first. An entry is acknowledged when everything unpacked up to it is committed, and the stream is cut behind that,
//! never by its length. A worker that was replaced and does not know it may still be handed entries; they are missed here, which the
//! chain finds out, and taken over from it a minute later.

use super::{
    nodes::{Keys, Link, Nodes, unavailable},
    stream::{self, Consumer, Delivered, Id},
};
use crate::{
    bus::{
        config::BusConfig,
        entry::Entry,
        frames::{BusError, Frames},
        house::HouseOnBus,
        unpack::{Rest, Sources, Standing, UnpackCounters, Unpacker},
    },
    model::{cursor::Cursor, ids::Seq, input::Input, shard::Shard},
    telemetry::Outage,
};
use redis::{RedisError, RedisResult};
use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::runtime::Handle;

/// What a consumer is built of.
pub struct RedisFramesParts {
    /// Whose stream.
    pub house: HouseOnBus,
    /// Which shard.
    pub shard: Shard,
    /// Name of this process.
    pub member: String,
    /// Where the engine stands.
    pub standing: Standing,
    /// Where holes and revisions are read.
    pub sources: Sources,
    /// Limits.
    pub config: BusConfig,
    /// Where calls run.
    pub runtime: Handle,
    /// Figures.
    pub counters: Arc<UnpackCounters>,
}

/// Between two looks for entries that another consumer was handed and never acknowledged.
const CLAIM_EVERY: Duration = Duration::from_secs(30);
/// How long such an entry must have been idle: a worker commits twice a second.
const CLAIM_IDLE: Duration = Duration::from_mins(1);
/// How long no unreadable entry must have come before they count as over.
const UNREADABLE_QUIET: Duration = Duration::from_mins(1);
/// Entries acknowledged with one command.
const ACKNOWLEDGE_MAX: usize = 1_000;

/// The consumer of one shard.
pub struct RedisFrames {
    consumer: Consumer,
    nodes: Nodes,
    config: BusConfig,
    runtime: Handle,
    link: Option<Link>,
    claim: Claim,
    /// Delivered and not unpacked; `None` is unreadable and keeps its place, so that what stands before it is not cut.
    waiting: VecDeque<(Id, Option<Entry>)>,
    /// Unpacked and not handed out.
    ready: VecDeque<Input>,
    /// Unpacked, and the input whose commit lets them go.
    open: VecDeque<(Id, Option<Seq>)>,
    /// The last entry delivered.
    last: Id,
    cut_at: Instant,
    /// Said once while such entries come, however many.
    unreadable: Outage,
    /// When the last of them came.
    unreadable_at: Option<Instant>,
    unpacker: Unpacker,
}

/// Taking over what others were handed.
#[derive(Clone, Copy, Debug)]
enum Claim {
    /// At the start, from this id on.
    All(Id),
    /// Done; the next look is due then.
    Again(Instant),
}

impl RedisFrames {
    /// Connects when it is first asked.
    ///
    /// # Errors
    /// `Corrupt`: `bus.redis` names no node or one that cannot be read.
    pub fn new(parts: RedisFramesParts) -> Result<Self, BusError> {
        let nodes = Nodes::new(&parts.config)?;
        let key = Keys::new(&parts.house).frames(parts.shard);
        Ok(Self {
            consumer: Consumer { key, member: parts.member },
            nodes,
            config: parts.config,
            runtime: parts.runtime,
            link: None,
            claim: Claim::All(Id::FIRST),
            waiting: VecDeque::new(),
            ready: VecDeque::new(),
            open: VecDeque::new(),
            last: Id::FIRST,
            cut_at: Instant::now(),
            unreadable: Outage::of_trouble("entries of the bus cannot be read, what they held is read from the record"),
            unreadable_at: None,
            unpacker: Unpacker::new(parts.shard, parts.standing, parts.sources, parts.counters),
        })
    }

    async fn advance(&mut self, most: usize, patience: Duration) -> Result<Vec<Input>, BusError> {
        if self.ready.is_empty() && self.waiting.is_empty() {
            let delivered = self.fetch(patience).await?;
            self.receive(delivered);
        }
        match self.unpack(most).await {
            Err(error) if self.ready.is_empty() => return Err(error),
            Err(error) => tracing::warn!(%error, "the rest of what was delivered waits"),
            Ok(()) => {}
        }
        let count = most.min(self.ready.len());
        Ok(self.ready.drain(..count).collect())
    }

    /// Unpacks until there is enough to hand out, or no more.
    async fn unpack(&mut self, most: usize) -> Result<(), BusError> {
        while self.ready.len() < most
            && let Some((id, entry)) = self.waiting.pop_front()
        {
            let unpacked = match entry {
                Some(entry) => self.unpacker.unpack(entry, &mut self.ready).await,
                None => Ok(()),
            };
            match unpacked {
                Ok(()) => self.open.push_back((id, self.unpacker.last())),
                Err((entry, rest)) => {
                    self.waiting.push_front((id, Some(entry)));
                    match rest {
                        Rest::More => return Ok(()),
                        Rest::Failed(error) => return Err(error),
                    }
                }
            }
        }
        Ok(())
    }

    fn receive(&mut self, delivered: Vec<Delivered>) {
        let counters = &self.unpacker.counters;
        counters.bus_entries.add(delivered.len());
        for Delivered { id, bytes } in delivered {
            self.last = self.last.max(id);
            let entry = Entry::decode(bytes).inspect_err(|error| {
                counters.bus_unreadable.add(1);
                self.unreadable.failed(&format!("{} at {id}: {error}", self.consumer.key));
                self.unreadable_at = Some(Instant::now());
            });
            self.waiting.push_back((id, entry.ok()));
        }
        // Entries of two versions come mixed: one that can be read is no end.
        if self.unreadable_at.is_some_and(|at| at.elapsed() >= UNREADABLE_QUIET) {
            self.unreadable.over();
            self.unreadable_at = None;
        }
    }

    async fn fetch(&mut self, patience: Duration) -> Result<Vec<Delivered>, BusError> {
        let mut link = match self.link.take() {
            Some(link) => link,
            None => self.connect().await?,
        };
        match self.deliver(&mut link, patience).await {
            Ok(delivered) => {
                self.link = Some(link);
                Ok(delivered)
            }
            Err(error) if stream::is_gone(&error) => {
                self.unpacker.counters.bus_lost_streams.add(1);
                tracing::warn!(
                    key = self.consumer.key,
                    "the stream is gone and made anew; what it held is read from the record"
                );
                stream::found(&mut link, &self.consumer.key)
                    .await
                    .map_err(|error| self.failed("XGROUP CREATE", &error))?;
                self.link = Some(link);
                Ok(Vec::new())
            }
            Err(error) => Err(self.failed("reading", &error)),
        }
    }

    /// What others were handed first, then what is new.
    async fn deliver(&mut self, link: &mut Link, patience: Duration) -> RedisResult<Vec<Delivered>> {
        let (from, idle) = match self.claim {
            Claim::All(from) => (from, Duration::ZERO),
            Claim::Again(at) if at <= Instant::now() => (Id::FIRST, CLAIM_IDLE),
            Claim::Again(_) => return self.consumer.read(link, self.config.read_entries_max, patience).await,
        };
        let (next, claimed) = self.consumer.claim(link, from, idle, self.config.read_entries_max).await?;
        let is_all = matches!(self.claim, Claim::All(_)) && next != Id::FIRST;
        self.claim = if is_all { Claim::All(next) } else { Claim::Again(Instant::now() + CLAIM_EVERY) };
        self.unpacker.counters.bus_claimed.add(claimed.len());
        Ok(claimed)
    }

    /// What was delivered and not acknowledged comes again over a new connection, so it is forgotten here.
    async fn connect(&mut self) -> Result<Link, BusError> {
        self.unpacker.counters.bus_connects.add(1);
        let at = self.nodes.master_of(&self.consumer.key).await?;
        let connected = self.nodes.connect(&at).await;
        let mut link = connected.inspect_err(|_| self.nodes.forget())?;
        stream::found(&mut link, &self.consumer.key).await.map_err(|error| self.failed("XGROUP CREATE", &error))?;
        self.waiting.clear();
        self.open.clear();
        self.claim = Claim::All(Id::FIRST);
        // Nothing is cut before it came again: what is open is not known until then.
        self.last = Id::FIRST;
        Ok(link)
    }

    fn failed(&mut self, doing: &str, error: &RedisError) -> BusError {
        self.link = None;
        self.nodes.forget();
        unavailable(doing, None, error)
    }

    /// Lets go of what the cursor covers, and cuts the stream from time to time.
    async fn settle(&mut self, cursor: &Cursor) -> Result<(), BusError> {
        let Some(mut link) = self.link.clone() else { return Ok(()) };
        let is_done = |need: &Option<Seq>| need.is_none_or(|seq| cursor.covers(seq));
        let count = self.open.iter().take_while(|(_, need)| is_done(need)).count();
        let ids: Vec<Id> = self.open.iter().take(count).map(|(id, _)| *id).collect();
        for part in ids.chunks(ACKNOWLEDGE_MAX) {
            let acknowledged = self.consumer.acknowledge(&mut link, part).await;
            acknowledged.map_err(|error| self.failed("XACK", &error))?;
        }
        self.open.drain(..count);
        if self.cut_at.elapsed() < Duration::from_secs(self.config.trim_s) {
            return Ok(());
        }
        self.cut_at = Instant::now();
        let keep = self.open.front().map(|(id, _)| *id).or(self.waiting.front().map(|(id, _)| *id));
        let left = self.consumer.cut(&mut link, keep.unwrap_or(self.last.next())).await;
        let left = left.map_err(|error| self.failed("XTRIM", &error))?;
        self.unpacker.counters.stream_entries.set(left);
        Ok(())
    }
}

impl Frames for RedisFrames {
    fn next(&mut self, most: usize, patience: Duration) -> Result<Vec<Input>, BusError> {
        let runtime = self.runtime.clone();
        runtime.block_on(self.advance(most, patience))
    }

    fn committed(&mut self, cursor: &Cursor) -> Result<(), BusError> {
        let runtime = self.runtime.clone();
        runtime.block_on(self.settle(cursor))
    }
}
