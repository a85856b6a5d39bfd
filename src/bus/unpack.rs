//! From the entries of a shard's stream, delivered at least once and in any order, to inputs without a hole.
//!
//! Holes are filled from the record, which has everything that was ever on the bus; ledger revisions and policies come from the store,
//! when they are settled: the ticker names what it sees, and of a number that a lost primary alone had the contents are given anew. A record
//! that does not reach as far as what was published is asked again: it is being copied to, or a new primary lacks its end. What a
//! control entry says is level-triggered: a head beyond the record is read as far as it goes, and a clock that was set back holds up
//! ticks alone.

use super::{
    chain::{Chain, Hole, Link},
    entry::{Batch, Control, Entry},
    figures::figures,
    frames::BusError,
};
use crate::{
    model::{
        cursor::Cursor,
        ids::{GatewayNumber, PolicyRevision, Revision, Seq},
        input::{Event, Input, LedgerRevision, PolicyChange},
        shard::Shard,
        time::Timestamp,
    },
    record::recorded::Recorded,
    store::{error::StoreError, ledger::LedgerStore, policies::PolicyStore},
    telemetry::Outage,
};
use std::{collections::VecDeque, sync::Arc};

/// Where an engine stands before it hears of the bus.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// What it applied.
    pub cursor: Cursor,
    /// The ledger revision it judges by; 0 = none yet.
    pub revision: Revision,
    /// The newest change of the policy it knows; 0 = the defaults.
    pub policy: PolicyRevision,
    /// The last tick it applied.
    pub last_tick: Option<Timestamp>,
}

/// What an unpacker looks things up in.
#[derive(Clone)]
pub struct Sources {
    /// The durable copy of all gateways' records.
    pub record: Arc<dyn Recorded>,
    /// Ledger revisions.
    pub ledgers: Arc<dyn LedgerStore>,
    /// Changes of the policy.
    pub policies: Arc<dyn PolicyStore>,
}

figures! {
    /// What a consumer of a shard's stream met; all only grow, except `stream_entries`.
    UnpackCounters:
    /// Entries taken from pending ones of this or another consumer.
    bus_claimed,
    /// Times a consumer connected.
    bus_connects,
    /// Entries that brought nothing new.
    bus_duplicates,
    /// Entries delivered.
    bus_entries,
    /// Holes filled from the record.
    bus_holes,
    /// Inputs read from the record to fill holes.
    bus_hole_inputs,
    /// Times a stream was gone and was made anew.
    bus_lost_streams,
    /// Control entries of a ticker that was replaced, or not newer than the last.
    bus_stale_controls,
    /// Entries on the stream when it was last cut.
    stream_entries,
    /// Entries that are none of ours.
    bus_unreadable,
}

/// Numbers that were named and that the store does not have: said once for all shards, not at each tick.
struct Lacks {
    revision: Outage,
    policy: Outage,
}

impl Default for Lacks {
    fn default() -> Self {
        Self {
            revision: Outage::of_trouble("a ledger revision that the ticker named is not in the store"),
            policy: Outage::of_trouble("a policy that the ticker named is not in the store"),
        }
    }
}

/// Inputs read from the record at once.
const HOLE_PAGE: usize = 8_192;

/// Turns entries into inputs.
pub(super) struct Unpacker {
    shard: Shard,
    sources: Sources,
    chain: Chain,
    token: u64,
    revision: Revision,
    policy: PolicyRevision,
    last_tick: Option<Timestamp>,
    lacks: Lacks,
    /// The last input given out since the start.
    last: Option<Seq>,
    pub(super) counters: Arc<UnpackCounters>,
}

/// Why an entry is not done.
#[derive(Debug)]
pub(super) enum Rest {
    /// A page of inputs came out and there is more in it: go on when those are taken.
    More,
    /// Go on later.
    Failed(BusError),
}

impl From<BusError> for Rest {
    fn from(error: BusError) -> Self {
        Self::Failed(error)
    }
}

impl Unpacker {
    pub(super) fn new(shard: Shard, standing: Standing, sources: Sources, counters: Arc<UnpackCounters>) -> Self {
        let Standing { cursor, revision, policy, last_tick } = standing;
        let (chain, lacks) = (Chain::new(cursor), Lacks::default());
        Self { shard, sources, chain, token: 0, revision, policy, last_tick, lacks, last: None, counters }
    }

    /// The last input given out. Once it is committed, so is everything unpacked so far, for inputs are judged in their order.
    pub(super) const fn last(&self) -> Option<Seq> {
        self.last
    }

    /// Puts an entry's inputs behind `out`. One that is not done comes back to be unpacked again; nothing is given out twice.
    pub(super) async fn unpack(&mut self, entry: Entry, out: &mut VecDeque<Input>) -> Result<(), (Entry, Rest)> {
        match entry {
            Entry::Batch(batch) => self.batch(batch, out).await.map_err(|(batch, rest)| (Entry::Batch(batch), rest)),
            Entry::Control(control) => match self.control(&control, out).await {
                Ok(()) => Ok(()),
                Err(rest) => Err((Entry::Control(control), rest)),
            },
        }
    }

    async fn batch(&mut self, batch: Batch, out: &mut VecDeque<Input>) -> Result<(), (Batch, Rest)> {
        match self.chain.offer(batch) {
            Link::Duplicate => self.counters.bus_duplicates.add(1),
            Link::Apply(inputs) => self.give(inputs, out),
            Link::Hole(hole, batch) => match self.fill(hole, out).await {
                Ok(()) => return Box::pin(self.batch(batch, out)).await,
                Err(rest) => return Err((batch, rest)),
            },
        }
        Ok(())
    }

    async fn control(&mut self, control: &Control, out: &mut VecDeque<Input>) -> Result<(), Rest> {
        if control.token < self.token {
            self.counters.bus_stale_controls.add(1);
            return Ok(());
        }
        self.token = control.token;
        let at = self.last_tick.map_or(control.at, |last| last.max(control.at));
        // Before what a lost gateway left, which may be judged by it already.
        while self.policy < control.policy {
            let next = PolicyRevision(self.policy.0 + 1);
            let Some(change) = self.policy_change(next).await? else { break };
            self.give_control(at, Event::PolicyChanged(Arc::new(change)), out);
            self.policy = next;
        }
        if self.policy >= control.policy {
            self.lacks.policy.over();
        }
        for (gateway, head) in &control.heads {
            self.reach(*gateway, *head, out).await?;
        }
        while self.revision < control.revision {
            let next = Revision(self.revision.0 + 1);
            let Some(revised) = self.ledger(next).await? else { break };
            self.give_control(at, Event::LedgerRevised(Arc::new(revised)), out);
            self.revision = next;
        }
        if self.revision >= control.revision {
            self.lacks.revision.over();
        }
        if self.last_tick.is_some_and(|last| control.at <= last) {
            self.counters.bus_stale_controls.add(1);
            return Ok(());
        }
        self.give_control(control.at, Event::Tick, out);
        self.last_tick = Some(control.at);
        Ok(())
    }

    /// Reads a lost gateway to its head, as far as the record has it: a primary that failed may have shown what the new one lacks,
    /// and the gateway copies that again when it returns.
    async fn reach(&mut self, gateway: GatewayNumber, head: u64, out: &mut VecDeque<Input>) -> Result<(), Rest> {
        if self.chain.hole(gateway, head).is_none() {
            return Ok(());
        }
        let recorded = self.recorded(gateway).await?;
        match self.chain.hole(gateway, head.min(recorded)) {
            Some(hole) => self.read(hole, out).await,
            None => Ok(()),
        }
    }

    /// The last number of a gateway that the record has.
    async fn recorded(&self, gateway: GatewayNumber) -> Result<u64, BusError> {
        let heads = self.sources.record.heads().await.map_err(BusError::from)?;
        Ok(heads.iter().find(|(other, _)| *other == gateway).map_or(0, |(_, head)| *head))
    }

    /// Reads a hole before something published, a page at most; the record has all of it, or will.
    async fn fill(&mut self, hole: Hole, out: &mut VecDeque<Input>) -> Result<(), Rest> {
        let head = self.recorded(hole.gateway).await?;
        if head < hole.upto {
            let what = format!("gateway {} published {}, the record has {head}", hole.gateway, hole.upto);
            return Err(BusError::Unavailable(what).into());
        }
        self.read(hole, out).await
    }

    /// Reads what the record has, a page at most.
    async fn read(&mut self, hole: Hole, out: &mut VecDeque<Input>) -> Result<(), Rest> {
        let record = &self.sources.record;
        let page = record.inputs_of(self.shard, hole.gateway, hole.after, hole.upto, HOLE_PAGE).await;
        let page = page.map_err(BusError::from)?;
        self.counters.bus_hole_inputs.add(page.len());
        let more = page.last().filter(|_| page.len() >= HOLE_PAGE).map(|last| last.seq.number());
        let inputs = self.chain.fill(Hole { upto: more.unwrap_or(hole.upto), ..hole }, page);
        self.give(inputs, out);
        if more.is_some_and(|upto| upto < hole.upto) {
            return Err(Rest::More);
        }
        self.counters.bus_holes.add(1);
        tracing::info!(
            shard = self.shard.0,
            gateway = hole.gateway.0,
            after = hole.after,
            upto = hole.upto,
            "a hole was filled"
        );
        Ok(())
    }

    /// `None` as long as the store lacks it: a primary that failed may have shown the ticker what the new one does not have. What
    /// stands behind it does not wait; the next tick asks again.
    async fn ledger(&mut self, revision: Revision) -> Result<Option<LedgerRevision>, BusError> {
        let stored = self.sources.ledgers.settled(revision).await.map_err(of_store)?;
        if stored.is_none() {
            self.lacks.revision.failed(&format!("shard {}, ledger revision {}", self.shard.0, revision.0));
        }
        Ok(stored.map(|stored| LedgerRevision { revision, author: stored.entry.author, ledger: stored.ledger }))
    }

    /// As [`Unpacker::ledger`].
    async fn policy_change(&mut self, revision: PolicyRevision) -> Result<Option<PolicyChange>, BusError> {
        let stored = self.sources.policies.settled_policy(revision).await.map_err(of_store)?;
        if stored.is_none() {
            self.lacks.policy.failed(&format!("shard {}, policy {}", self.shard.0, revision.0));
        }
        Ok(stored.map(|stored| stored.change()))
    }

    fn give_control(&mut self, at: Timestamp, event: Event, out: &mut VecDeque<Input>) {
        let seq = self.chain.next_control();
        self.give(vec![Input { seq, received: at, event }], out);
    }

    fn give(&mut self, inputs: Vec<Input>, out: &mut VecDeque<Input>) {
        if let Some(input) = inputs.last() {
            self.last = Some(input.seq);
        }
        out.extend(inputs);
    }
}

fn of_store(error: StoreError) -> BusError {
    match error {
        StoreError::Unavailable { cause } => BusError::Unavailable(cause),
        other => BusError::Corrupt(other.to_string()),
    }
}
