//! Putting entries on the streams, as far as these have room.

use super::{Interrupt, Publisher, packer::Group};
use crate::{
    bus::{
        entry::{Batch, Entry},
        frames::BusError,
    },
    model::shard::Shard,
};
use std::time::{Duration, Instant};

/// Pause before a stream at its limit is asked again.
const STALL: Duration = Duration::from_millis(50);

/// What becomes of the front of a group.
enum Fit {
    /// So many entries have room.
    Room(usize),
    /// The first one's stream is full and not waited for.
    Full(Shard),
}

impl Publisher {
    /// Puts a group's entries on the bus in their order, as fast as there is room; what is left out leaves the group.
    pub(super) async fn put(&mut self, group: &mut Group) -> Result<(), Interrupt> {
        let (mut done, mut pause) = (0, self.parts.config.pause());
        while done < group.entries.len() {
            let fits = match self.fitting(group.entries.split_at(done).1).await? {
                Fit::Room(fits) => fits,
                Fit::Full(shard) => {
                    let entries = group.leave_out(shard, done);
                    self.parts.counters.publish_left_out.add(entries);
                    continue;
                }
            };
            let now = group.entries.split_at(done + fits).0.split_at(done).1;
            match self.parts.bus.publish(now).await {
                Ok(()) => {
                    self.outage.over();
                    self.room.used(now);
                    pause.reset();
                    done += fits;
                }
                Err(BusError::Lost(what)) => {
                    tracing::warn!(what, "a stream is gone; publishing again from what workers committed");
                    return Err(Interrupt::Lost);
                }
                Err(error) => {
                    self.room.forget();
                    self.failed("publishing", &error, &mut pause).await?;
                }
            }
        }
        Ok(())
    }

    /// How many of these, from the front, have room; waits until it is one at least, or not to be waited for.
    async fn fitting(&mut self, entries: &[(Shard, Entry)]) -> Result<Fit, Interrupt> {
        let (mut pause, mut since) = (self.parts.config.pause(), None);
        loop {
            match self.room.fitting(self.parts.bus.as_mut(), entries).await {
                Ok(0) => {
                    let Some((shard, _)) = entries.first() else { return Ok(Fit::Room(0)) };
                    if self.stall(*shard, &mut since).await? {
                        return Ok(Fit::Full(*shard));
                    }
                }
                Ok(fits) => return Ok(Fit::Room(fits)),
                Err(error) => self.failed("asking for room", &error, &mut pause).await?,
            }
        }
    }

    /// Waits a moment for a full stream; true when its entries are to be left out, because it had its time and others have room.
    async fn stall(&mut self, shard: Shard, since: &mut Option<Instant>) -> Result<bool, Interrupt> {
        let now = Instant::now();
        let (is_first, begun) = (since.is_none(), *since.get_or_insert(now));
        let is_over = now.duration_since(begun) >= self.full.patience(shard, now);
        if is_over && self.room.is_any(self.parts.bus.as_mut(), self.parts.shards).await {
            self.full.left_out(shard, now);
            tracing::warn!(shard = shard.0, "the shard's stream is full; its worker will read from the record");
            return Ok(true);
        }
        if is_first {
            self.parts.counters.publish_stalls.add(1);
            tracing::warn!(shard = shard.0, "the shard's stream is at bus.stream_entries_max; waiting for its worker");
        }
        self.sleep(STALL).await?;
        Ok(false)
    }

    /// Empty entries where they are due and have room. One that fails is left out: the next says more.
    pub(super) async fn beat(&mut self) -> Result<(), Interrupt> {
        let now = Instant::now();
        let (gateway, last) = (self.parts.gateway, &self.progress.last);
        let empty = |shard: Shard| {
            let after = last.get(&shard).copied().unwrap_or(0);
            (shard, Entry::Batch(Batch { gateway, after, inputs: Vec::new() }))
        };
        let mut entries = Vec::new();
        for shard in self.beats.due(now) {
            self.beats.told(shard, now);
            if matches!(self.room.of(self.parts.bus.as_mut(), shard).await, Ok(1..)) {
                entries.push(empty(shard));
            }
        }
        if entries.is_empty() {
            return Ok(());
        }
        self.room.used(&entries);
        match self.parts.bus.publish(&entries).await {
            Ok(()) => self.parts.counters.publish_beats.add(entries.len()),
            Err(BusError::Lost(what)) => {
                tracing::warn!(what, "a stream is gone; publishing again from what workers committed");
                return Err(Interrupt::Lost);
            }
            Err(error) => tracing::debug!(%error, "an empty entry was not published"),
        }
        Ok(())
    }
}
