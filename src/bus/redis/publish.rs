//! Entries onto the shards' streams.
//!
//! One round trip a node: its XADDs and one WAIT behind them, over one connection, because WAIT counts the writes of its own connection
//! only. Nodes are asked side by side. What a node did not confirm is put there again through a fail-over, what others confirmed is
//! not.

use super::{
    nodes::{Address, Keys, Link, Nodes, unavailable},
    stream,
};
use crate::{
    bus::{config::BusConfig, entry::Entry, frames::BusError, house::HouseOnBus, publish::Publish},
    model::shard::Shard,
};
use async_trait::async_trait;
use futures_util::future::join_all;
use redis::{Pipeline, RedisResult, Value};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// How long one call puts again what some nodes did not take, before it tells its caller: what other nodes took is put there once in
/// that time, and a ticker is not kept from renewing its lease.
const PERSEVERE: Duration = Duration::from_secs(2);
/// How often the replicas are asked before their node counts as failed.
const WAITS: u32 = 10;

/// Puts entries on streams.
pub struct RedisPublish {
    keys: Keys,
    nodes: Nodes,
    links: BTreeMap<Address, Link>,
    config: BusConfig,
    short: Short,
}

/// Entries of one node and where they stand among those asked for.
type Share = Vec<usize>;

/// Nodes of which it was said that they have fewer replicas than asked for.
#[derive(Debug, Default)]
struct Short(BTreeSet<Address>);

impl Short {
    /// What is to be said of a node now; `None` = that was said already.
    fn note(&mut self, at: &Address, is_short: bool) -> Option<bool> {
        let is_new = if is_short { self.0.insert(at.clone()) } else { self.0.remove(at) };
        is_new.then_some(is_short)
    }
}

/// What became of a node's share.
enum Put {
    /// It is there, on as many replicas as the node has and are asked for.
    Done {
        /// Whether the node has fewer replicas than asked for.
        short: bool,
    },
    /// A stream is gone: the key.
    Gone(String),
}

impl RedisPublish {
    /// Connects when it is first used.
    ///
    /// # Errors
    /// `Corrupt`: `bus.redis` names no node or one that cannot be read.
    pub fn new(house: &HouseOnBus, config: BusConfig) -> Result<Self, BusError> {
        let nodes = Nodes::new(&config)?;
        Ok(Self { keys: Keys::new(house), nodes, links: BTreeMap::new(), config, short: Short::default() })
    }

    /// One attempt at everything in `open`; what was confirmed leaves it.
    async fn attempt(&mut self, keyed: &[(String, Vec<u8>)], open: &mut Share) -> Result<(), BusError> {
        let shares = self.shares(keyed, open).await?;
        let mut asked = Vec::with_capacity(shares.len());
        for (at, share) in shares {
            let link = self.link(&at).await;
            asked.push((at, share, link));
        }
        let config = &self.config;
        let tries = asked.into_iter().map(async |(at, share, link)| {
            let outcome = match link {
                Ok(mut link) => {
                    put(&mut link, keyed, &share, config).await.map_err(|error| unavailable("XADD", Some(&at), &error))
                }
                Err(error) => Err(error),
            };
            (at, share, outcome)
        });
        let outcomes = join_all(tries).await;
        let mut end = Ok(());
        for (at, share, outcome) in outcomes {
            if let Err(error) = self.settle(&at, outcome).await {
                end = Err(error);
            } else {
                open.retain(|place| !share.contains(place));
            }
        }
        end
    }

    /// Draws the consequences of a node's outcome.
    async fn settle(&mut self, at: &Address, outcome: Result<Put, BusError>) -> Result<(), BusError> {
        match outcome {
            Ok(Put::Done { short }) => {
                let node = format!("{}:{}", at.host, at.port);
                match self.short.note(at, short) {
                    Some(true) => {
                        tracing::warn!(node, "fewer replicas than bus.wait_replicas; not waiting for those it has not")
                    }
                    Some(false) => tracing::info!(node, "as many replicas as bus.wait_replicas again"),
                    None => {}
                }
                Ok(())
            }
            Ok(Put::Gone(key)) => {
                if let Ok(mut link) = self.link(at).await {
                    stream::found(&mut link, &key)
                        .await
                        .map_err(|error| unavailable("XGROUP CREATE", Some(at), &error))?;
                }
                Err(BusError::Lost(key))
            }
            Err(error) => {
                self.links.remove(at);
                self.nodes.forget();
                Err(error)
            }
        }
    }

    async fn shares(
        &mut self,
        keyed: &[(String, Vec<u8>)],
        open: &Share,
    ) -> Result<BTreeMap<Address, Share>, BusError> {
        let mut shares: BTreeMap<Address, Share> = BTreeMap::new();
        for place in open {
            if let Some((key, _)) = keyed.get(*place) {
                shares.entry(self.nodes.master_of(key).await?).or_default().push(*place);
            }
        }
        Ok(shares)
    }

    async fn link(&mut self, at: &Address) -> Result<Link, BusError> {
        if let Some(link) = self.links.get(at) {
            return Ok(link.clone());
        }
        let link = self.nodes.connect(at).await;
        match &link {
            Ok(link) => drop(self.links.insert(at.clone(), link.clone())),
            Err(_) => self.nodes.forget(),
        }
        link
    }

    async fn length(&mut self, key: &str) -> Result<u64, BusError> {
        let at = self.nodes.master_of(key).await?;
        let mut link = self.link(&at).await?;
        let length = link.ask(redis::cmd("XLEN").arg(key), Duration::ZERO).await;
        length.map_err(|error| {
            self.links.remove(&at);
            self.nodes.forget();
            unavailable("XLEN", Some(&at), &error)
        })
    }
}

#[async_trait]
impl Publish for RedisPublish {
    async fn publish(&mut self, entries: &[(Shard, Entry)]) -> Result<(), BusError> {
        let keyed: Vec<_> = entries.iter().map(|(shard, entry)| (self.keys.frames(*shard), entry.encode())).collect();
        let mut open: Share = (0..keyed.len()).collect();
        let (begun, mut pause) = (Instant::now(), self.config.pause());
        while !open.is_empty() {
            match self.attempt(&keyed, &mut open).await {
                Ok(()) => {}
                Err(BusError::Unavailable(cause)) if begun.elapsed() < PERSEVERE => {
                    tracing::debug!(cause, entries = open.len(), "putting them there again");
                    sleep(pause.take()).await;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn room(&mut self, shard: Shard) -> Result<u64, BusError> {
        let key = self.keys.frames(shard);
        Ok(self.config.stream_entries_max.saturating_sub(self.length(&key).await?))
    }
}

/// One node's entries and the wait for its replicas.
async fn put(link: &mut Link, keyed: &[(String, Vec<u8>)], share: &Share, config: &BusConfig) -> RedisResult<Put> {
    let mut commands = Pipeline::with_capacity(share.len() + 1);
    for (key, bytes) in share.iter().filter_map(|place| keyed.get(*place)) {
        stream::add(&mut commands, key, bytes);
    }
    let patience = Duration::from_millis(config.wait_ms);
    if config.wait_replicas > 0 {
        commands.cmd("WAIT").arg(config.wait_replicas).arg(config.wait_ms);
    }
    let mut answers = link.ask_all(&mut commands, patience).await?.into_iter();
    for (key, _) in share.iter().filter_map(|place| keyed.get(*place)) {
        match answers.next().transpose()? {
            Some(Value::Nil) => return Ok(Put::Gone(key.clone())),
            Some(_) => {}
            None => return Err(missing()),
        }
    }
    if config.wait_replicas == 0 {
        return Ok(Put::Done { short: false });
    }
    let reached = answers.next().transpose()?.ok_or_else(missing)?;
    replicated(link, redis::from_redis_value(reached)?, config).await
}

/// Asks on until the replicas have it, as many as are asked for and the node has.
async fn replicated(link: &mut Link, mut reached: u32, config: &BusConfig) -> RedisResult<Put> {
    let patience = Duration::from_millis(config.wait_ms);
    for _ in 0..WAITS {
        if reached >= config.wait_replicas {
            return Ok(Put::Done { short: false });
        }
        if reached >= replicas(link).await? {
            return Ok(Put::Done { short: true });
        }
        reached = link.ask(redis::cmd("WAIT").arg(config.wait_replicas).arg(config.wait_ms), patience).await?;
    }
    let short = format!("{reached} of {} replicas have it", config.wait_replicas);
    Err((redis::ErrorKind::Io, "WAIT", short).into())
}

/// Replicas the node is connected with; it fails on a node that is a replica itself.
async fn replicas(link: &mut Link) -> RedisResult<u32> {
    let role: Value = link.ask(&redis::cmd("ROLE"), Duration::ZERO).await?;
    let Value::Array(role) = role else { return Err(missing()) };
    let [Value::BulkString(name), _, Value::Array(replicas), ..] = role.as_slice() else { return Err(missing()) };
    if name.as_slice() == b"master" { Ok(u32::try_from(replicas.len()).unwrap_or(u32::MAX)) } else { Err(missing()) }
}

fn missing() -> redis::RedisError {
    (redis::ErrorKind::UnexpectedReturnType, "not the answer of a master that was expected").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_node_says_once_that_it_lacks_replicas() {
        // Proves: of two nodes that answer in turn the one with too few replicas is named once, and once more when it has them again;
        // the other is never named.
        let at = |port| Address { host: "10.0.0.1".to_owned(), port };
        let mut short = Short::default();
        let said: Vec<_> = (0..10).flat_map(|_| [short.note(&at(1), true), short.note(&at(2), false)]).collect();
        assert_eq!(said.iter().flatten().collect::<Vec<_>>(), [&true]);
        assert_eq!((short.note(&at(1), false), short.note(&at(1), false)), (Some(false), None));
    }
}
