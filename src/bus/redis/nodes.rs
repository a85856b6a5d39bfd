//! Which node has a slot, and connections to it.

use crate::bus::{
    config::{BusConfig, without_password},
    frames::BusError,
    house::HouseOnBus,
};
use crate::model::shard::Shard;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ConnectionInfo, ErrorKind, FromRedisValue, IntoConnectionInfo,
    Pipeline, RedisError, RedisResult, Value, aio::MultiplexedConnection,
};
use std::time::Duration;
use tokio::time::timeout;

/// Names of a house's keys.
#[derive(Clone, Debug)]
pub(super) struct Keys(HouseOnBus);

impl Keys {
    pub(super) fn new(house: &HouseOnBus) -> Self {
        Self(house.clone())
    }

    pub(super) fn frames(&self, shard: Shard) -> String {
        format!("mw:{}:{{{shard}}}:frames", self.0)
    }

    /// The newest positions of a shard's terminals.
    pub(super) fn newest(&self, shard: Shard) -> String {
        format!("mw:{}:{{{shard}}}:live", self.0)
    }

    /// What belongs to no shard; all of it in one slot.
    pub(super) fn house(&self, what: &str) -> String {
        format!("mw:{{{}}}:{what}", self.0)
    }
}

/// Slots of a cluster; fixed by Redis.
const SLOTS: u16 = 16_384;

/// The slot of a key (Redis Cluster specification, key distribution): CRC-16/XMODEM of its hash tag, or of all of it.
fn slot_of(key: &str) -> u16 {
    let tag = key
        .split_once('{')
        .and_then(|(_, rest)| rest.split_once('}'))
        .map(|(tag, _)| tag)
        .filter(|tag| !tag.is_empty());
    tag.unwrap_or(key).bytes().fold(0_u16, crc16) % SLOTS
}

fn crc16(sum: u16, byte: u8) -> u16 {
    (0..8).fold(sum ^ (u16::from(byte) << 8), |sum, _| if sum & 0x8000 == 0 { sum << 1 } else { (sum << 1) ^ 0x1021 })
}

/// Where a node listens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Address {
    pub(super) host: String,
    pub(super) port: u16,
}

/// Slots `from..=to` and the node that takes writes to them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Range {
    from: u16,
    to: u16,
    master: Address,
}

/// What is known of the nodes. Cheap to make; each user has its own.
#[derive(Debug)]
pub(super) struct Nodes {
    seeds: Vec<ConnectionInfo>,
    names: Vec<String>,
    cluster: bool,
    connect: Duration,
    answer: Duration,
    ranges: Vec<Range>,
    /// Whom to ask next: another one each time, for one may be cut off and not know it.
    turn: usize,
}

impl Nodes {
    pub(super) fn new(config: &BusConfig) -> Result<Self, BusError> {
        let parse = |url: &String| {
            let refused =
                |error: RedisError| BusError::Corrupt(format!("bus.redis `{}`: {error}", without_password(url)));
            url.as_str().into_connection_info().map_err(refused)
        };
        let seeds: Vec<_> = config.redis.iter().map(parse).collect::<Result<_, _>>()?;
        if seeds.is_empty() {
            return Err(BusError::Corrupt("bus.redis names no node".to_owned()));
        }
        Ok(Self {
            seeds,
            names: config.redis.iter().map(|url| without_password(url)).collect(),
            cluster: config.cluster,
            connect: Duration::from_millis(config.connect_ms),
            answer: Duration::from_millis(config.answer_ms),
            ranges: Vec::new(),
            turn: 0,
        })
    }

    /// The node that takes writes to a key.
    pub(super) async fn master_of(&mut self, key: &str) -> Result<Address, BusError> {
        if !self.cluster {
            return address(self.seeds.first().map(ConnectionInfo::addr))
                .ok_or_else(|| self.nobody("is no TCP address"));
        }
        if self.ranges.is_empty() {
            self.ask().await?;
        }
        let slot = slot_of(key);
        let range = self.ranges.iter().find(|range| (range.from..=range.to).contains(&slot));
        range.map(|range| range.master.clone()).ok_or_else(|| self.nobody("knows a node for a slot"))
    }

    /// What is known is wrong: asked anew at the next question.
    pub(super) fn forget(&mut self) {
        self.ranges.clear();
    }

    /// A connection of one's own.
    pub(super) async fn connect(&self, to: &Address) -> Result<Link, BusError> {
        let base = self.seeds.first().ok_or_else(|| self.nobody("is there"))?;
        let info = base.clone().set_addr(ConnectionAddr::Tcp(to.host.clone(), to.port));
        self.open(info).await
    }

    async fn open(&self, info: ConnectionInfo) -> Result<Link, BusError> {
        let at = address(Some(info.addr()));
        let failed = |error: RedisError| unavailable("connecting", at.as_ref(), &error);
        let client = Client::open(info).map_err(failed)?;
        let settings = AsyncConnectionConfig::new();
        let settings = settings.set_connection_timeout(Some(self.connect)).set_response_timeout(None);
        let connection = client.get_multiplexed_async_connection_with_config(&settings).await.map_err(failed)?;
        Ok(Link { connection, answer: self.answer })
    }

    /// Asks the nodes in turn who has which slots.
    async fn ask(&mut self) -> Result<(), BusError> {
        let mut last = self.nobody("answers");
        for _ in 0..self.seeds.len() {
            let Some(info) = self.seeds.get(self.turn % self.seeds.len()).cloned() else { break };
            self.turn = self.turn.wrapping_add(1);
            match self.slots(info).await {
                Ok(ranges) if ranges.is_empty() => last = self.nobody("has a slot yet"),
                Ok(ranges) => {
                    self.learn(&ranges);
                    self.ranges = ranges;
                    return Ok(());
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    async fn slots(&self, info: ConnectionInfo) -> Result<Vec<Range>, BusError> {
        let at = address(Some(info.addr()));
        let mut link = self.open(info).await?;
        let reply: Value = link
            .ask(redis::cmd("CLUSTER").arg("SLOTS"), Duration::ZERO)
            .await
            .map_err(|error| unavailable("CLUSTER SLOTS", at.as_ref(), &error))?;
        let host = at.map(|at| at.host).unwrap_or_default();
        Ok(ranges(&reply, &host))
    }

    /// Nodes that were not named are asked too when those named are gone.
    fn learn(&mut self, ranges: &[Range]) {
        let Some(base) = self.seeds.first().cloned() else { return };
        for range in ranges {
            let known = |seed: &ConnectionInfo| address(Some(seed.addr())).as_ref() == Some(&range.master);
            if self.seeds.len() < NODES_MAX && !self.seeds.iter().any(known) {
                self.seeds
                    .push(base.clone().set_addr(ConnectionAddr::Tcp(range.master.host.clone(), range.master.port)));
            }
        }
    }

    fn nobody(&self, what: &str) -> BusError {
        BusError::Unavailable(format!("no Redis node of {} {what}", self.names.join(", ")))
    }
}

/// Most nodes remembered for asking.
const NODES_MAX: usize = 64;

/// A connection used by one.
#[derive(Clone)]
pub(super) struct Link {
    connection: MultiplexedConnection,
    answer: Duration,
}

impl Link {
    /// One command that itself may wait for `wait`.
    pub(super) async fn ask<T: FromRedisValue>(&mut self, command: &Cmd, wait: Duration) -> RedisResult<T> {
        let limit = self.answer + wait;
        timeout(limit, command.query_async(&mut self.connection)).await.unwrap_or_else(|_| Err(late(limit)))
    }

    /// Commands in one go; what each said.
    pub(super) async fn ask_all(
        &mut self,
        commands: &mut Pipeline,
        wait: Duration,
    ) -> RedisResult<Vec<RedisResult<Value>>> {
        let limit = self.answer + wait;
        let asked = commands.ignore_errors().query_async(&mut self.connection);
        timeout(limit, asked).await.unwrap_or_else(|_| Err(late(limit)))
    }
}

fn late(limit: Duration) -> RedisError {
    (ErrorKind::Io, "no answer in time", format!("within {} ms", limit.as_millis())).into()
}

/// A driver's error as the bus tells it.
pub(super) fn unavailable(doing: &str, at: Option<&Address>, error: &RedisError) -> BusError {
    let place = at.map(|at| format!(" at {}:{}", at.host, at.port)).unwrap_or_default();
    BusError::Unavailable(format!("Redis{place}, {doing}: {error}"))
}

fn address(addr: Option<&ConnectionAddr>) -> Option<Address> {
    match addr? {
        ConnectionAddr::Tcp(host, port) => Some(Address { host: host.clone(), port: *port }),
        _ => None,
    }
}

/// The answer of CLUSTER SLOTS: `[[from, to, [host, port, ...], replicas...], ...]`; an empty host is the one that was asked.
fn ranges(reply: &Value, asked: &str) -> Vec<Range> {
    let Value::Array(rows) = reply else { return Vec::new() };
    rows.iter().filter_map(|row| range(row, asked)).collect()
}

fn range(row: &Value, asked: &str) -> Option<Range> {
    let Value::Array(row) = row else { return None };
    let (from, to) = (number(row.first()?)?, number(row.get(1)?)?);
    let Value::Array(node) = row.get(2)? else { return None };
    let host = match node.first()? {
        Value::BulkString(host) if !host.is_empty() && host != b"?" => String::from_utf8(host.clone()).ok()?,
        _ => asked.to_owned(),
    };
    Some(Range { from, to, master: Address { host, port: number(node.get(1)?)? } })
}

fn number(value: &Value) -> Option<u16> {
    let Value::Int(number) = value else { return None };
    u16::try_from(*number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_a_shard_lie_where_redis_says() {
        // Proves: slots are those of the specification (its own example, and values of CLUSTER KEYSLOT of Redis 7.0), and keys of one
        // shard share theirs.
        assert_eq!("123456789".bytes().fold(0, crc16), 0x31c3);
        assert_eq!(slot_of("foo"), 12_182);
        assert_eq!(slot_of("mw:huiji:0a1b:{7}:frames"), slot_of("7"));
        let keys = Keys::new(&HouseOnBus::new("huiji", "0a1b"));
        assert_eq!(keys.frames(Shard(7)), "mw:huiji:0a1b:{7}:frames");
        assert_eq!(keys.newest(Shard(7)), "mw:huiji:0a1b:{7}:live");
        assert_eq!(keys.house("live"), "mw:{huiji:0a1b}:live");
        assert_eq!(slot_of(&keys.house("live")), slot_of(&keys.house("workers")));
        assert_eq!(slot_of("a{}b"), "a{}b".bytes().fold(0, crc16) % SLOTS);
    }

    #[test]
    fn the_map_of_slots_is_read() {
        // Proves: ranges and masters are taken, an empty host is the one asked, and nonsense is left out.
        let text = |text: &str| Value::BulkString(text.as_bytes().to_vec());
        let node = |host: &str, port| Value::Array(vec![text(host), Value::Int(port), text("id")]);
        let row = |from, to, node| Value::Array(vec![Value::Int(from), Value::Int(to), node]);
        let reply = Value::Array(vec![
            row(0, 5, node("10.0.0.2", 7001)),
            row(6, 9, node("", 7002)),
            row(1, -1, node("a", 1)),
            Value::Nil,
        ]);
        let at = |host: &str, port| Address { host: host.to_owned(), port };
        let expected = [
            Range { from: 0, to: 5, master: at("10.0.0.2", 7001) },
            Range { from: 6, to: 9, master: at("10.0.0.1", 7002) },
        ];
        assert_eq!(ranges(&reply, "10.0.0.1"), expected);
    }
}
