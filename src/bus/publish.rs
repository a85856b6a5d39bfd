//! Putting entries on the bus: the contract.

use super::{entry::Entry, frames::BusError};
use crate::model::{
    ids::GatewayNumber,
    shard::{Shard, Shards},
};
use async_trait::async_trait;
use std::collections::BTreeMap;

/// Where a gateway and the ticker put their entries.
///
/// At-least-once: on an error nothing is known, some entries may be on the bus and some not, and the caller puts all of them there
/// again. Of one caller the entries of a shard are delivered in the order in which they were put; between shards and between
/// callers there is no order. An entry is never taken away to make room: a caller looks at `room` and waits.
#[async_trait]
pub trait Publish: Send {
    /// Puts entries on their shards' streams, in order. When it returns they are there, on as many machines as the engine is told to
    /// wait for.
    ///
    /// # Errors
    /// `Unavailable`: put all of them there again. `Lost`: the same, and what was put there before is gone too; told once.
    async fn publish(&mut self, entries: &[(Shard, Entry)]) -> Result<(), BusError>;

    /// Entries that may be put on a shard's stream before it is at its limit. A look at one moment: others put entries there too, so
    /// the limit is a mark to stop at and not a wall.
    ///
    /// # Errors
    /// `Unavailable`: ask again.
    async fn room(&mut self, shard: Shard) -> Result<u64, BusError>;
}

/// Whether the bus answers: every shard's stream is asked for its room. Nothing is put there.
pub async fn answers(bus: &mut dyn Publish, shards: Shards) -> bool {
    for shard in shards.all() {
        if bus.room(shard).await.is_err() {
            return false;
        }
    }
    true
}

/// What workers have judged and committed of a gateway, whatever became of the bus: from there a publisher goes on when it does not
/// know what it published.
#[async_trait]
pub trait Committed: Send + Sync {
    /// The last number of `gateway` in the committed cursor of every shard of the house, 0 for a shard that committed none of it.
    ///
    /// # Errors
    /// `Unavailable`: ask again. `Corrupt`: a stored cursor cannot be read.
    async fn committed(&self, gateway: GatewayNumber) -> Result<BTreeMap<Shard, u64>, BusError>;
}
