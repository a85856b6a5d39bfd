//! The fold over everything: inputs in journal order go in, episodes come out. [`judge::judge`] over a set of inputs is the
//! definition; [`Engine::apply`] and [`Engine::rejudge`] are its increment, and a property test says they agree.
//!
//! Per position: one decode and one digest, one look-up of its terminal, a place in a short list, one fold step. Allocations:
//! the decoded report, and rows only when something happens.

mod book;
pub mod canonical;
mod diff;
pub mod fold;
pub mod judge;
mod lane;
mod observe;
mod order;
pub mod output;
mod queue;
mod rejudge;
pub mod snapshot;
pub mod world;

use crate::{
    cases::{change::Cause, reconcile::Pen},
    intake::{self, Reading},
    model::{
        fix::Fix,
        ids::{Seq, TerminalId},
        input::{Event, Input, LedgerRevision, PolicyChange, RawFrame},
        time::{Span, Timestamp},
    },
    rules::{
        SPECS,
        policy::{Policies, PolicyError},
    },
};
use diff::Difference;
use fold::Law;
use lane::{Lane, Received};
use output::{LivePosition, LiveStatus, Outputs, Registered, Unreadable};
use queue::Queue;
use snapshot::{Head, Past, Rejudge, Snapshot, TerminalState};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use world::{Held, World, WorldError};

/// Unknown terminals judged at once; of more the one idle longest leaves the engine, never the record.
pub const QUARANTINE_LIMIT: usize = 10_000;
/// Raised when the layout of the states changes.
const LAYOUT: u32 = 1;

/// Inputs that cannot be applied, or a past that does not fit.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A ledger with a shape that cannot be judged against.
    #[error("ledger: {0}")]
    Ledger(#[from] WorldError),
    /// Parameters that cannot be read.
    #[error("policy: {0}")]
    Policy(#[from] PolicyError),
    /// States of other rules or another layout: rebuild from the record.
    #[error("the states were made by {found}, this is {ours}: rebuild them from the record")]
    Lineage {
        /// Of the snapshot.
        found: String,
        /// Of this engine.
        ours: String,
    },
    /// A terminal's state cannot be read.
    #[error("the state of terminal {terminal} cannot be read")]
    State {
        /// Whose.
        terminal: TerminalId,
    },
    /// A savepoint cannot be read.
    #[error("a savepoint of terminal {terminal} cannot be read")]
    Savepoint {
        /// Whose.
        terminal: TerminalId,
    },
}

/// The engine: all terminals, one ledger, all policies, one cursor.
#[derive(Debug)]
pub struct Engine {
    cursor: Seq,
    last_tick: Option<Timestamp>,
    changes: Vec<PolicyChange>,
    policies: Policies,
    world: Arc<World>,
    lanes: BTreeMap<TerminalId, Lane>,
    queue: Queue,
    /// When the next tick matters to a terminal; at most one entry each, which may be too early.
    due: BTreeSet<(Timestamp, TerminalId)>,
    waiting: BTreeSet<TerminalId>,
    /// Unknown terminals by last receipt.
    quarantine: BTreeMap<TerminalId, Timestamp>,
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}

impl Engine {
    /// An engine before the first input.
    #[must_use]
    pub fn new() -> Self {
        Self {
            cursor: Seq(0),
            last_tick: None,
            changes: Vec::new(),
            policies: Policies::default(),
            world: Arc::new(World::nowhere()),
            lanes: BTreeMap::new(),
            queue: Queue::default(),
            due: BTreeSet::new(),
            waiting: BTreeSet::new(),
            quarantine: BTreeMap::new(),
        }
    }

    /// Goes on from a snapshot.
    ///
    /// # Errors
    /// The snapshot was made by other rules, or cannot be read.
    pub fn restore(snapshot: Snapshot) -> Result<Self, EngineError> {
        let ours = lineage();
        if snapshot.head.lineage != ours {
            return Err(EngineError::Lineage { found: snapshot.head.lineage, ours });
        }
        let mut engine = Self::new();
        for change in &snapshot.head.policies {
            engine.policies.change(change)?;
        }
        if let Some(ledger) = snapshot.ledger {
            engine.world = Arc::new(World::new(ledger)?);
        }
        engine.changes = snapshot.head.policies;
        engine.cursor = snapshot.head.cursor;
        engine.last_tick = snapshot.head.last_tick;
        engine.queue = Queue::restore(snapshot.head.queue);
        for TerminalState { terminal, state } in snapshot.terminals {
            let lane: Lane = postcard::from_bytes(&state).map_err(|_| EngineError::State { terminal })?;
            engine.adopt(terminal, lane);
        }
        Ok(engine)
    }

    /// The small part of a snapshot, for every commit.
    #[must_use]
    pub fn head(&self) -> Head {
        Head {
            lineage: lineage(),
            cursor: self.cursor,
            last_tick: self.last_tick,
            policies: self.changes.clone(),
            queue: self.queue.list(),
        }
    }

    /// The state of one terminal, for `Outputs::dirty`; `None` when it is not in the engine.
    ///
    /// # Panics
    /// Never: a state holds nothing that cannot be written.
    #[must_use]
    pub fn state(&self, terminal: TerminalId) -> Option<Vec<u8>> {
        let lane = self.lanes.get(&terminal)?;
        Some(postcard::to_allocvec(lane).expect("a lane holds nothing postcard cannot write"))
    }

    /// Last input applied.
    #[must_use]
    pub const fn cursor(&self) -> Seq {
        self.cursor
    }

    /// The ledger in force.
    #[must_use]
    pub const fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// The parameters in force.
    #[must_use]
    pub const fn policies(&self) -> &Policies {
        &self.policies
    }

    /// Terminals in the engine.
    pub fn terminals(&self) -> impl Iterator<Item = TerminalId> {
        self.lanes.keys().copied()
    }

    /// Whether nothing waits to be judged again.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.queue.is_empty()
    }

    /// Applies one input; one at or before the cursor is ignored (redelivery).
    ///
    /// # Errors
    /// A ledger or policy that cannot be used; the engine is as before and the cursor has not moved.
    pub fn apply(&mut self, input: &Input, out: &mut Outputs) -> Result<(), EngineError> {
        if input.seq <= self.cursor {
            return Ok(());
        }
        match &input.event {
            Event::Frame(frame) => self.frame(input, frame, out),
            Event::LedgerRevised(revision) => self.revise(input, revision)?,
            Event::PolicyChanged(change) => {
                self.policies.change(change)?;
                self.changes.push(PolicyChange::clone(change));
            }
            Event::Tick => self.tick(input, out),
            Event::SessionOpened(_) | Event::SessionClosed(_) => {}
        }
        self.cursor = input.seq;
        Ok(())
    }

    /// What is to be judged again now; ask after each tick. An order stays queued until [`Engine::rejudge`] has done it.
    #[must_use]
    pub fn due(&self) -> Vec<Rejudge> {
        self.queue.due()
    }

    /// Judges a terminal's past again.
    ///
    /// # Errors
    /// The savepoint cannot be read.
    pub fn rejudge(&mut self, order: &Rejudge, past: Past, out: &mut Outputs) -> Result<(), EngineError> {
        let at = self.last_tick.unwrap_or(order.recorded);
        let pen = Pen {
            terminal: order.terminal,
            cause: order.cause,
            seq: self.cursor,
            at,
            revision: self.world.revision(),
            recorded: order.recorded,
        };
        let law = Law { world: &self.world, policies: &self.policies };
        if let Some(lane) = self.lanes.get_mut(&order.terminal) {
            rejudge::rejudge(lane, order, past, law, &pen, out)?;
            out.dirty.insert(order.terminal);
            self.queue.done(order.terminal);
            self.expect(order.terminal, at);
        } else {
            self.queue.done(order.terminal);
        }
        Ok(())
    }

    fn adopt(&mut self, terminal: TerminalId, lane: Lane) {
        if let Some(receipt) = lane.last_receipt.filter(|_| !self.world.knows(terminal)) {
            self.quarantine.insert(terminal, receipt);
        }
        self.lanes.insert(terminal, lane);
        self.expect(terminal, Timestamp::BEGINNING);
    }

    /// Enters a terminal into the due-time queue unless it is there.
    fn expect(&mut self, terminal: TerminalId, now: Timestamp) {
        if self.waiting.contains(&terminal) {
            return;
        }
        let law = Law { world: &self.world, policies: &self.policies };
        if let Some(due) = self.lanes.get(&terminal).and_then(|lane| lane.due(law)) {
            self.due.insert((due.max(now + Span::from_millis(1)), terminal));
            self.waiting.insert(terminal);
        }
    }

    fn frame(&mut self, input: &Input, frame: &RawFrame, out: &mut Outputs) {
        match intake::read(input, frame) {
            Ok((terminal, Reading::Positions(positions))) => {
                for fault in &positions.faults {
                    out.unreadable.push(Unreadable {
                        terminal: Some(terminal),
                        seq: input.seq,
                        reason: fault.to_string(),
                    });
                }
                self.receive(terminal, positions.reports, input, out);
            }
            Ok((terminal, Reading::Registration(claim))) => self.register(terminal, claim, input, out),
            Ok((_, Reading::Other)) => {}
            Err(error) => {
                out.unreadable.push(Unreadable { terminal: None, seq: input.seq, reason: error.to_string() });
            }
        }
    }

    fn register(&self, terminal: TerminalId, claim: intake::Claim, input: &Input, out: &mut Outputs) {
        let Some(plate) = claim.plate else { return };
        let known = matches!(self.world.held(terminal, input.received), Held::Main(..) | Held::Apart);
        out.registrations.push(Registered {
            terminal,
            vehicle: self.world.plate(&plate, input.received).map(|row| row.id.clone()),
            plate,
            maker: claim.maker,
            model: claim.model,
            received: input.received,
            seq: input.seq,
            quarantined: !known,
        });
    }

    fn receive(
        &mut self,
        terminal: TerminalId,
        reports: Vec<intake::report::Report>,
        input: &Input,
        out: &mut Outputs,
    ) {
        if !self.lanes.contains_key(&terminal) {
            self.make_room(terminal, out);
        }
        let (world, policies) = (Arc::clone(&self.world), &self.policies);
        let law = Law { world: &world, policies };
        let lane = self.lanes.entry(terminal).or_default();
        let mut overtaken: Option<(Timestamp, Timestamp)> = None;
        for report in reports {
            match order::key_of(&report, policies) {
                Ok(key) => {
                    out.live.push(position(&report.profiled(&*world), lane, &world));
                    if let Received::Late(at) = lane.receive(key, report) {
                        overtaken = Some(overtaken.map_or((at, at), |(from, until)| (from.min(at), until.max(at))));
                    }
                }
                Err(reason) => *out.quality.entry(reason).or_default() += 1,
            }
        }
        let pen = Pen {
            terminal,
            cause: Cause::Live,
            seq: input.seq,
            at: input.received,
            revision: world.revision(),
            recorded: input.received,
        };
        lane.step_ready(law, &pen, out);
        out.dirty.insert(terminal);
        if !world.knows(terminal) {
            self.quarantine.insert(terminal, input.received);
        }
        if let Some((from, until)) = overtaken {
            self.queue.add(Rejudge { terminal, from, until, cause: Cause::LateFix, recorded: input.received });
        }
        self.expect(terminal, Timestamp::BEGINNING);
    }

    /// Makes room for one more unknown terminal.
    fn make_room(&mut self, terminal: TerminalId, out: &mut Outputs) {
        if self.world.knows(terminal) || self.quarantine.len() < QUARANTINE_LIMIT {
            return;
        }
        let idle = self.quarantine.iter().min_by_key(|(terminal, receipt)| (**receipt, **terminal));
        let Some(idle) = idle.map(|(terminal, _)| *terminal) else { return };
        self.quarantine.remove(&idle);
        self.lanes.remove(&idle);
        self.queue.done(idle);
        out.dirty.remove(&idle);
        out.gone.insert(idle);
    }

    fn tick(&mut self, input: &Input, out: &mut Outputs) {
        let now = input.received;
        self.last_tick = self.last_tick.max(Some(now));
        self.queue.tick();
        let world = Arc::clone(&self.world);
        let mut ready = Vec::new();
        while let Some(&(due, terminal)) = self.due.first()
            && due <= now
        {
            self.due.pop_first();
            self.waiting.remove(&terminal);
            ready.push(terminal);
        }
        for terminal in ready {
            let law = Law { world: &world, policies: &self.policies };
            let pen = Pen {
                terminal,
                cause: Cause::Silence,
                seq: input.seq,
                at: now,
                revision: world.revision(),
                recorded: now,
            };
            if let Some(lane) = self.lanes.get_mut(&terminal) {
                lane.tick(law, &pen, out);
                out.dirty.insert(terminal);
            }
            self.expect(terminal, now);
        }
    }

    fn revise(&mut self, input: &Input, revision: &Arc<LedgerRevision>) -> Result<(), EngineError> {
        let world = World::new(Arc::clone(revision))?;
        let first = self.world.revision().0 == 0;
        let difference = if first { Difference::everything() } else { Difference::between(&self.world, &world) };
        let cause = Cause::Ledger(world.revision());
        for &terminal in self.lanes.keys() {
            if let Some(touched) = difference.of(terminal) {
                let (from, until) = (touched.from, touched.until);
                self.queue.add(Rejudge { terminal, from, until, cause, recorded: input.received });
            }
        }
        self.quarantine.retain(|terminal, _| !world.knows(*terminal));
        self.world = Arc::new(world);
        Ok(())
    }
}

/// Where a terminal is, for the live map.
fn position(fix: &Fix, lane: &Lane, world: &World) -> LivePosition {
    let at = fix.at.unwrap_or(fix.received);
    let held = world.held(fix.terminal, at);
    let row = if let Held::Main(_, row) = held { Some(row) } else { None };
    LivePosition {
        terminal: fix.terminal,
        vehicle: row.map(|row| row.id.clone()),
        plate: row.map(|row| row.plate.clone()),
        at,
        received: fix.received,
        place: fix.place,
        speed: fix.speed,
        heading: fix.heading,
        status: LiveStatus {
            moving: fix.speed.kmh() >= 5.0,
            loaded: lane.fold.tracker.haul().is_some(),
            alarmed: lane.is_alarmed(),
            quarantined: matches!(held, Held::Unknown),
            rejected: !fix.positioned() || fix.place.lat_e6 == 0 || fix.place.lon_e6 == 0,
        },
    }
}

/// Revisions of all rules and of the states' layout.
fn lineage() -> String {
    let rules: Vec<String> = SPECS.iter().map(|(rule, spec)| format!("{}:{}", rule.code(), spec.revision)).collect();
    format!("layout:{LAYOUT} {}", rules.join(" "))
}
