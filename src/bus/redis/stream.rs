//! The commands of a stream and its consumer group.

use super::nodes::Link;
use bytes::Bytes;
use redis::{
    Pipeline, RedisError, RedisResult, Value,
    streams::{StreamAutoClaimReply, StreamId, StreamReadReply},
};
use std::{fmt, time::Duration};

/// The one group: the worker that holds the shard's lease reads through it.
const GROUP: &str = "workers";
/// The one field of an entry.
const FIELD: &str = "e";

/// Place of an entry in its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id {
    millis: u64,
    ordinal: u64,
}

impl Id {
    pub(super) const FIRST: Self = Self { millis: 0, ordinal: 0 };

    fn parse(text: &str) -> Option<Self> {
        let (millis, ordinal) = text.split_once('-')?;
        Some(Self { millis: millis.parse().ok()?, ordinal: ordinal.parse().ok()? })
    }

    /// The least id after this one.
    pub(super) const fn next(self) -> Self {
        Self { millis: self.millis, ordinal: self.ordinal.saturating_add(1) }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}-{}", self.millis, self.ordinal)
    }
}

/// An entry as it was delivered; `bytes` are empty when it has no field of ours.
#[derive(Clone, Debug)]
pub(super) struct Delivered {
    pub(super) id: Id,
    pub(super) bytes: Bytes,
}

/// Who reads which stream.
#[derive(Clone, Debug)]
pub(super) struct Consumer {
    pub(super) key: String,
    pub(super) member: String,
}

/// Puts an entry on a stream; the answer is nil when the stream is not there.
pub(super) fn add(commands: &mut Pipeline, key: &str, bytes: &[u8]) {
    commands.cmd("XADD").arg(key).arg("NOMKSTREAM").arg("*").arg(FIELD).arg(bytes);
}

/// Makes stream and group if they are not there. The group begins with the stream's first entry.
pub(super) async fn found(link: &mut Link, key: &str) -> RedisResult<()> {
    let mut command = redis::cmd("XGROUP");
    command.arg("CREATE").arg(key).arg(GROUP).arg("0").arg("MKSTREAM");
    match link.ask::<Value>(&command, Duration::ZERO).await {
        Err(error) if error.code() == Some("BUSYGROUP") => Ok(()),
        outcome => outcome.map(|_| ()),
    }
}

/// Whether the group, or the stream with it, is not there.
pub(super) fn is_gone(error: &RedisError) -> bool {
    error.code() == Some("NOGROUP")
}

impl Consumer {
    /// Takes entries that were delivered to anybody at least `idle` ago and not acknowledged, from an id on; and where to go on,
    /// `Id::FIRST` at the end.
    pub(super) async fn claim(
        &self,
        link: &mut Link,
        from: Id,
        idle: Duration,
        most: usize,
    ) -> RedisResult<(Id, Vec<Delivered>)> {
        let mut command = redis::cmd("XAUTOCLAIM");
        let idle = u64::try_from(idle.as_millis()).unwrap_or(u64::MAX);
        command.arg(&self.key).arg(GROUP).arg(&self.member).arg(idle).arg(from.to_string()).arg("COUNT").arg(most);
        let reply: StreamAutoClaimReply = link.ask(&command, Duration::ZERO).await?;
        let next = Id::parse(&reply.next_stream_id).unwrap_or(Id::FIRST);
        Ok((next, delivered(reply.claimed)))
    }

    /// Entries that were delivered to nobody, waiting for the first.
    pub(super) async fn read(&self, link: &mut Link, most: usize, patience: Duration) -> RedisResult<Vec<Delivered>> {
        let mut command = redis::cmd("XREADGROUP");
        command.arg("GROUP").arg(GROUP).arg(&self.member).arg("COUNT").arg(most);
        // BLOCK 0 would wait for ever.
        if let Some(millis) = u64::try_from(patience.as_millis()).ok().filter(|millis| *millis > 0) {
            command.arg("BLOCK").arg(millis);
        }
        command.arg("STREAMS").arg(&self.key).arg(">");
        let reply: Option<StreamReadReply> = link.ask(&command, patience).await?;
        Ok(reply.into_iter().flat_map(|reply| reply.keys).flat_map(|key| delivered(key.ids)).collect())
    }

    /// These need not come again.
    pub(super) async fn acknowledge(&self, link: &mut Link, ids: &[Id]) -> RedisResult<()> {
        let mut command = redis::cmd("XACK");
        command.arg(&self.key).arg(GROUP);
        for id in ids {
            command.arg(id.to_string());
        }
        link.ask::<Value>(&command, Duration::ZERO).await.map(|_| ())
    }

    /// Takes everything before `keep` off the stream; says how many entries are left.
    pub(super) async fn cut(&self, link: &mut Link, keep: Id) -> RedisResult<u64> {
        let mut command = redis::cmd("XTRIM");
        command.arg(&self.key).arg("MINID").arg(keep.to_string());
        link.ask::<Value>(&command, Duration::ZERO).await?;
        link.ask(redis::cmd("XLEN").arg(&self.key), Duration::ZERO).await
    }
}

/// In the order of the stream.
fn delivered(entries: Vec<StreamId>) -> Vec<Delivered> {
    let mut entries: Vec<_> = entries.into_iter().filter_map(one).collect();
    entries.sort_by_key(|entry| entry.id);
    entries
}

fn one(mut entry: StreamId) -> Option<Delivered> {
    let id = Id::parse(&entry.id)?;
    let bytes = match entry.map.remove(FIELD) {
        Some(Value::BulkString(bytes)) => Bytes::from(bytes),
        _ => Bytes::new(),
    };
    Some(Delivered { id, bytes })
}
