//! What may be put on each stream before it is asked again how long it is.

use crate::{
    bus::{entry::Entry, frames::BusError, publish::Publish},
    model::shard::{Shard, Shards},
};
use std::collections::BTreeMap;

/// Most entries put on a stream before it is asked again: gateways together overshoot its limit by no more than this each.
const ALLOWANCE_MAX: u64 = 256;

/// Of each shard the entries that may still be put on its stream unasked.
#[derive(Clone, Debug, Default)]
pub(super) struct Room(BTreeMap<Shard, u64>);

impl Room {
    /// How many of these, from the front, have room. Asks once for each shard that has none left.
    pub(super) async fn fitting(
        &mut self,
        bus: &mut dyn Publish,
        entries: &[(Shard, Entry)],
    ) -> Result<usize, BusError> {
        let mut needed: BTreeMap<Shard, u64> = BTreeMap::new();
        for (count, (shard, _)) in entries.iter().enumerate() {
            let needed = needed.entry(*shard).or_default();
            *needed += 1;
            if self.left(*shard) < *needed {
                self.ask(bus, *shard).await?;
            }
            if self.left(*shard) < *needed {
                return Ok(count);
            }
        }
        Ok(entries.len())
    }

    /// What may be put on a shard's stream; asks when it is nothing.
    pub(super) async fn of(&mut self, bus: &mut dyn Publish, shard: Shard) -> Result<u64, BusError> {
        match self.left(shard) {
            0 => self.ask(bus, shard).await,
            left => Ok(left),
        }
    }

    /// Whether any stream has room. One that does not answer has none.
    pub(super) async fn is_any(&mut self, bus: &mut dyn Publish, shards: Shards) -> bool {
        for shard in shards.all() {
            if matches!(self.of(bus, shard).await, Ok(1..)) {
                return true;
            }
        }
        false
    }

    async fn ask(&mut self, bus: &mut dyn Publish, shard: Shard) -> Result<u64, BusError> {
        let room = bus.room(shard).await?.min(ALLOWANCE_MAX);
        self.0.insert(shard, room);
        Ok(room)
    }

    /// These were put there.
    pub(super) fn used(&mut self, entries: &[(Shard, Entry)]) {
        for (shard, _) in entries {
            let left = self.left(*shard).saturating_sub(1);
            self.0.insert(*shard, left);
        }
    }

    /// It is not known what was put there.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }

    fn left(&self, shard: Shard) -> u64 {
        self.0.get(&shard).copied().unwrap_or(0)
    }
}
