//! Settings of the bus between processes.

use crate::{
    clock::pause::Pause,
    limits::{HOUR_S, MINUTE_MS, Refusals, Refused},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// `[bus]` of the configuration. `serve` needs none of it: its bus is its record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BusConfig {
    /// Redis nodes, `redis://[user:password@]host:port`; of a cluster any that are reachable at start, the others are asked for.
    /// User and password of the first hold for all. No default.
    pub redis: Vec<String>,
    /// Whether these are nodes of a Redis Cluster. Default true; false for one node.
    pub cluster: bool,
    /// Replicas that must have an entry before it counts as published. Default 1. A node that has fewer replicas, as after a
    /// fail-over, is not waited for: what a lost node had is read again from the record.
    pub wait_replicas: u32,
    /// Milliseconds to wait for them at once; asked ten times before the entries are put there again. Default 500: ten times what a
    /// busy replica takes.
    pub wait_ms: u64,
    /// Entries on a shard's stream at which gateways put no more there until its worker has caught up. Default 20,000: at most 5 million
    /// frames and 350 MB, several minutes of a shard at full load.
    pub stream_entries_max: u64,
    /// Most frames of an entry. Default 256: 20 KB.
    pub entry_frames_max: usize,
    /// Most frame bytes of an entry. Default 256 KiB.
    pub entry_bytes_max: usize,
    /// Milliseconds a frame may wait for others to share its entry. Default 20.
    pub entry_ms: u64,
    /// Most frames that are put on the bus with one round trip. Default 8,192: 0.7 MB.
    pub group_frames_max: usize,
    /// Most entries a worker reads at once. Default 32: 8,192 frames.
    pub read_entries_max: usize,
    /// Seconds between two cuts of a shard's stream behind what its worker committed. Default 2.
    pub trim_s: u64,
    /// Entries the stream of live positions keeps, about; older ones are lost to readers, which does no harm. Default 2,000.
    pub live_entries_max: u64,
    /// Terminals whose newest position waits to be announced; of more it is left out. Default 65,536.
    pub live_waiting_max: usize,
    /// Milliseconds until a connection must stand. Default 1,000.
    pub connect_ms: u64,
    /// Milliseconds until an answer must be there, beyond what the call itself may wait. Default 3,000.
    pub answer_ms: u64,
    /// Milliseconds of the longest pause between two attempts. Default 1,000: service is back a second after Redis is.
    pub retry_ms_max: u64,
}

impl Default for BusConfig {
    fn default() -> Self {
        Self {
            redis: Vec::new(),
            cluster: true,
            wait_replicas: 1,
            wait_ms: 500,
            stream_entries_max: 20_000,
            entry_frames_max: 256,
            entry_bytes_max: 256 << 10,
            entry_ms: 20,
            group_frames_max: 8_192,
            read_entries_max: 32,
            trim_s: 2,
            live_entries_max: 2_000,
            live_waiting_max: 65_536,
            connect_ms: 1_000,
            answer_ms: 3_000,
            retry_ms_max: 1_000,
        }
    }
}

/// Most replicas of a node.
const REPLICAS_MAX: u64 = 16;
/// Most of what is counted in entries or frames.
const COUNT_MAX: u64 = 10_000_000;
/// Most frames of an entry.
const ENTRY_FRAMES_MAX: u64 = 65_536;
/// Most bytes of an entry: Redis takes 512 MiB, readers hold several.
const ENTRY_BYTES_MAX: u64 = 16 << 20;
/// Longest wait of a frame for others.
const ENTRY_MS_MAX: u64 = 10_000;
/// Longest wait for an answer.
const ANSWER_MS_MAX: u64 = 10 * MINUTE_MS;

impl BusConfig {
    /// What is wrong with each value by itself. Whether there are nodes at all is the role's business.
    #[must_use]
    pub fn check(&self) -> Vec<Refused> {
        let mut wrong = Refusals::default();
        for (url, why) in self.redis.iter().filter_map(|url| Some((url, wrong_node(url)?))) {
            let bad = without_password(url);
            wrong.add("bus.redis", format!("holds `{bad}`, {why}; a node is written redis://host:6379"));
        }
        if !self.cluster && self.redis.len() > 1 {
            wrong
                .add("bus.redis", "names several nodes, but bus.cluster is false: name one, or set bus.cluster = true");
        }
        wrong.bound("bus.wait_replicas", self.wait_replicas, 0..=REPLICAS_MAX);
        wrong.bound("bus.wait_ms", self.wait_ms, 1..=MINUTE_MS);
        wrong.bound("bus.stream_entries_max", self.stream_entries_max, 1..=COUNT_MAX);
        wrong.bound("bus.entry_frames_max", self.entry_frames_max, 1..=ENTRY_FRAMES_MAX);
        wrong.bound("bus.entry_bytes_max", self.entry_bytes_max, 1..=ENTRY_BYTES_MAX);
        wrong.bound("bus.entry_ms", self.entry_ms, 0..=ENTRY_MS_MAX);
        wrong.bound("bus.group_frames_max", self.group_frames_max, 1..=COUNT_MAX);
        wrong.bound("bus.read_entries_max", self.read_entries_max, 1..=ENTRY_FRAMES_MAX);
        wrong.bound("bus.trim_s", self.trim_s, 0..=HOUR_S);
        wrong.bound("bus.live_entries_max", self.live_entries_max, 1..=COUNT_MAX);
        wrong.bound("bus.live_waiting_max", self.live_waiting_max, 1..=COUNT_MAX);
        wrong.bound("bus.connect_ms", self.connect_ms, 1..=MINUTE_MS);
        wrong.bound("bus.answer_ms", self.answer_ms, 1..=ANSWER_MS_MAX);
        wrong.bound("bus.retry_ms_max", self.retry_ms_max, 1..=MINUTE_MS);
        wrong.told()
    }
}

/// First pause after a failure; each further one is twice as long, up to `bus.retry_ms_max`.
const PAUSE_FIRST: Duration = Duration::from_millis(20);

impl BusConfig {
    /// The pauses between attempts.
    pub(super) fn pause(&self) -> Pause {
        Pause::new(PAUSE_FIRST, Duration::from_millis(self.retry_ms_max))
    }
}

/// What is wrong with a node's address.
fn wrong_node(url: &str) -> Option<&'static str> {
    let Some(rest) = url.strip_prefix("redis://") else { return Some("which does not begin with redis://") };
    let place = rest.split(['/', '?']).next().unwrap_or_default();
    let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (place, None),
    };
    if host.is_empty() {
        return Some("which names no host");
    }
    if port.is_some_and(|port| !port.parse::<u16>().is_ok_and(|port| port > 0)) {
        return Some("whose port is none (1 to 65535)");
    }
    None
}

/// A node's address without what must not be shown.
#[must_use]
pub fn without_password(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_hold_and_each_bound_is_named() {
        // Proves: the defaults pass, a wrong value is refused under its key, and no message shows a password.
        assert_eq!(BusConfig::default().check(), []);
        let refused = |config: BusConfig| config.check().remove(0);
        let base = BusConfig::default;
        assert_eq!(refused(BusConfig { wait_ms: 0, ..base() }).key, "bus.wait_ms");
        assert_eq!(refused(BusConfig { answer_ms: u64::MAX, ..base() }).key, "bus.answer_ms");
        assert_eq!(refused(BusConfig { entry_frames_max: 0, ..base() }).key, "bus.entry_frames_max");
        let two = vec!["redis://a:1".to_owned(), "redis://b:1".to_owned()];
        assert_eq!(refused(BusConfig { redis: two, cluster: false, ..base() }).key, "bus.redis");
        let foreign = refused(BusConfig { redis: vec!["http://u:secret@a:1".to_owned()], ..base() }).to_string();
        assert!(foreign.contains("http://…@a:1") && !foreign.contains("secret"), "{foreign}");
        for bad in ["redis://", "redis://:6379", "redis://a:0", "redis://a:65536", "redis://a:x", "redis://u:p@:1"] {
            assert_eq!(refused(BusConfig { redis: vec![bad.to_owned()], ..base() }).key, "bus.redis", "{bad}");
        }
        for good in ["redis://a", "redis://a:6379", "redis://u:p@a:6379/0", "redis://[::1]:6379", "redis://[::1]"] {
            assert_eq!(BusConfig { redis: vec![good.to_owned()], ..base() }.check(), [], "{good}");
        }
    }
}
