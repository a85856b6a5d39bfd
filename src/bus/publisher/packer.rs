//! From inputs of a journal to entries of shards. No I/O.

use crate::{
    bus::{
        config::BusConfig,
        entry::{Batch, Entry},
    },
    intake,
    model::{
        ids::{GatewayNumber, Seq},
        input::{Event, Input},
        shard::{Shard, Shards},
    },
};
use std::collections::BTreeMap;

/// How far a gateway's journal is on the bus.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// Every number up to this one is published, or is nothing for any shard.
    pub(super) upto: u64,
    /// Of each shard the last number published.
    pub(super) last: BTreeMap<Shard, u64>,
}

/// Entries to be published together, and how far the journal is on the bus then.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) entries: Vec<(Shard, Entry)>,
    pub(super) frames: usize,
    pub(super) upto: u64,
    pub(super) last: BTreeMap<Shard, u64>,
}

/// Packs what follows a progress.
#[derive(Clone, Debug)]
pub(super) struct Packer {
    gateway: GatewayNumber,
    shards: Shards,
    limits: Limits,
    progress: Progress,
}

#[derive(Clone, Copy, Debug)]
struct Limits {
    frames: usize,
    bytes: usize,
}

/// An entry that is being filled.
#[derive(Debug, Default)]
struct Open {
    inputs: Vec<Input>,
    bytes: usize,
}

impl Progress {
    /// Goes on from what workers committed, whatever was published. A journal that begins later has let go of what is between:
    /// naming its last lost number as the one before lets workers look for the rest in the record.
    pub(super) fn of_committed(committed: BTreeMap<Shard, u64>, first: u64) -> Self {
        let let_go = first.saturating_sub(1);
        let least = committed.values().copied().min().unwrap_or(0);
        let last = committed.into_iter().map(|(shard, number)| (shard, number.max(let_go))).collect();
        Self { upto: least.max(let_go), last }
    }

    /// Counts a group as published.
    pub(super) fn pass(&mut self, group: &Group) {
        assert!(group.upto >= self.upto, "a group follows what is published");
        self.upto = group.upto;
        self.last.extend(&group.last);
    }
}

impl Group {
    /// Takes the entries of a shard out, those from the one at `from` on; returns how many. They still count as published.
    pub(super) fn leave_out(&mut self, shard: Shard, from: usize) -> usize {
        let rest = self.entries.split_off(from);
        let (left_out, rest): (Vec<_>, Vec<_>) = rest.into_iter().partition(|(other, _)| *other == shard);
        self.entries.extend(rest);
        self.frames -= left_out.iter().map(|(_, entry)| inputs_of(entry)).sum::<usize>();
        left_out.len()
    }
}

const fn inputs_of(entry: &Entry) -> usize {
    match entry {
        Entry::Batch(batch) => batch.inputs.len(),
        Entry::Control(_) => 0,
    }
}

impl Packer {
    pub(super) fn new(gateway: GatewayNumber, shards: Shards, config: &BusConfig, progress: Progress) -> Self {
        let limits = Limits { frames: config.entry_frames_max, bytes: config.entry_bytes_max };
        Self { gateway, shards, limits, progress }
    }

    /// Packs the next inputs of the journal, bare numbers, ascending.
    pub(super) fn pack(&mut self, inputs: Vec<Input>) -> Group {
        let mut group = Group { entries: Vec::new(), frames: 0, upto: self.progress.upto, last: BTreeMap::new() };
        let mut open: BTreeMap<Shard, Open> = BTreeMap::new();
        for input in inputs {
            assert!(input.seq.0 > group.upto, "a journal is read in order");
            group.upto = input.seq.0;
            let Some((shard, bytes)) = self.place(&input) else { continue };
            let entry = open.entry(shard).or_default();
            if entry.inputs.len() >= self.limits.frames || (entry.bytes + bytes > self.limits.bytes && entry.bytes > 0)
            {
                self.close(shard, std::mem::take(entry), &mut group);
            }
            entry.bytes += bytes;
            entry.inputs.push(Input { seq: Seq::of(self.gateway, input.seq.0), ..input });
        }
        for (shard, entry) in open {
            self.close(shard, entry, &mut group);
        }
        self.progress.upto = group.upto;
        group
    }

    /// Whose an input is and its bytes; `None` for what no shard judges, and for what was published before a step back.
    fn place(&self, input: &Input) -> Option<(Shard, usize)> {
        let Event::Frame(frame) = &input.event else { return None };
        let shard = self.shards.of(intake::sender(&frame.raw)?);
        let published = self.progress.last.get(&shard).copied().unwrap_or(0);
        (input.seq.0 > published).then_some((shard, frame.raw.len()))
    }

    fn close(&mut self, shard: Shard, entry: Open, group: &mut Group) {
        let Some(last) = entry.inputs.last().map(|input| input.seq.number()) else { return };
        let after = self.progress.last.insert(shard, last).unwrap_or(0);
        group.frames += entry.inputs.len();
        group.last.insert(shard, last);
        group.entries.push((shard, Entry::Batch(Batch { gateway: self.gateway, after, inputs: entry.inputs })));
    }
}

#[cfg(test)]
#[path = "packer_tests.rs"]
mod tests;
