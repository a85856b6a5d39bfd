//! When a shard's stream gets an empty entry: often after something was published there, so that a lost end is seen within seconds,
//! seldom afterwards, so that one lost later is seen too. No clock of its own.

use crate::model::shard::Shard;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// Between two empty entries while a shard is busy.
const BUSY_EVERY: Duration = Duration::from_secs(1);
/// How long a shard counts as busy after it was published into.
const BUSY_FOR: Duration = Duration::from_secs(10);
/// Between two empty entries afterwards: 16 shards and 10 gateways make 5 a second.
const IDLE_EVERY: Duration = Duration::from_secs(30);

/// Of each shard when it was last published into, and when it last got any entry.
#[derive(Clone, Debug, Default)]
pub(super) struct Beats(BTreeMap<Shard, Beat>);

#[derive(Clone, Copy, Debug)]
struct Beat {
    published: Instant,
    told: Instant,
}

impl Beats {
    /// All of these begin as busy: what was published before the start may be lost.
    pub(super) fn starting(shards: impl Iterator<Item = Shard>, now: Instant) -> Self {
        Self(shards.map(|shard| (shard, Beat { published: now, told: now })).collect())
    }

    pub(super) fn published(&mut self, shard: Shard, now: Instant) {
        self.0.insert(shard, Beat { published: now, told: now });
    }

    pub(super) fn told(&mut self, shard: Shard, now: Instant) {
        if let Some(beat) = self.0.get_mut(&shard) {
            beat.told = now;
        }
    }

    /// Shards that are due.
    pub(super) fn due(&self, now: Instant) -> Vec<Shard> {
        self.0.iter().filter(|(_, beat)| beat.next() <= now).map(|(shard, _)| *shard).collect()
    }

    /// When the next one is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.0.values().map(Beat::next).min()
    }
}

impl Beat {
    fn next(&self) -> Instant {
        let busy = self.told.duration_since(self.published) < BUSY_FOR;
        self.told + if busy { BUSY_EVERY } else { IDLE_EVERY }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beats_are_frequent_after_a_publish_and_seldom_later() {
        // Proves: a shard gets its first empty entry a second after the last full one, and goes on seldom for ever.
        let start = Instant::now();
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        let mut beats = Beats::default();
        assert_eq!(beats.next(), None);
        beats.published(Shard(2), start);
        assert_eq!((beats.due(start), beats.due(at(1)), beats.next()), (vec![], vec![Shard(2)], Some(at(1))));
        for second in 1..=10 {
            assert_eq!(beats.due(at(second)), [Shard(2)]);
            beats.told(Shard(2), at(second));
        }
        assert_eq!((beats.due(at(39)), beats.due(at(40))), (vec![], vec![Shard(2)]));
        beats.published(Shard(2), at(40));
        assert_eq!(beats.next(), Some(at(41)));
    }
}
