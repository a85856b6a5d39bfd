//! The fold over everything: inputs in journal order go in, episodes come out. [`judge::judge`] over a set of inputs is the
//! definition; [`Engine::apply`] and [`Engine::rejudge`] are its increment, and a property test says they agree.
//!
//! Per position: one decode and one digest, one look-up of its terminal, a place in a short list, one fold step. Allocations:
//! the decoded report, and rows only when something happens.

mod apply;
mod book;
pub mod canonical;
mod diff;
pub mod fold;
pub mod judge;
mod lane;
mod observe;
mod order;
pub mod output;
mod quarantine;
mod queue;
mod rejudge;
pub mod snapshot;
pub mod world;

use crate::{
    cases::reconcile::Pen,
    model::{
        cursor::Cursor,
        ids::TerminalId,
        input::{Event, Input, LedgerRevision, PolicyChange},
        time::{Span, Timestamp},
    },
    rules::{
        Policy, SPECS,
        policy::{Policies, PolicyError},
    },
};
use fold::Law;
use lane::Lane;
use output::Outputs;
use quarantine::Quarantine;
use queue::Queue;
use snapshot::{Head, Past, Rejudge, Snapshot, TerminalState};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use world::{World, WorldError};

/// Unknown terminals judged at once; of more the one idle longest leaves the engine, never the record.
pub const QUARANTINE_LIMIT: usize = 10_000;
/// Raised when the layout of the states changes.
const LAYOUT: u32 = 4;

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
    cursor: Cursor,
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
    quarantine: Quarantine,
    /// Whether one ever left it because it was full.
    overflowed: bool,
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
            cursor: Cursor::default(),
            last_tick: None,
            changes: Vec::new(),
            policies: Policies::default(),
            world: Arc::new(World::nowhere()),
            lanes: BTreeMap::new(),
            queue: Queue::default(),
            due: BTreeSet::new(),
            waiting: BTreeSet::new(),
            quarantine: Quarantine::default(),
            overflowed: false,
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
        let mut engine = Self::afresh(&snapshot.head, snapshot.ledger)?;
        engine.reach(&snapshot.head);
        engine.overflowed = snapshot.head.overflowed;
        engine.queue = Queue::restore(snapshot.head.queue);
        for TerminalState { terminal, state } in snapshot.terminals {
            let lane: Lane = postcard::from_bytes(&state).map_err(|_| EngineError::State { terminal })?;
            engine.adopt(terminal, lane);
        }
        Ok(engine)
    }

    /// An engine that has the ledger and the parameters of a head, and no terminals yet: what was recorded is folded anew.
    ///
    /// # Errors
    /// Ledger or parameters cannot be used.
    pub fn afresh(head: &Head, ledger: Option<Arc<LedgerRevision>>) -> Result<Self, EngineError> {
        let mut engine = Self { policies: Policies::of(&head.policies)?, ..Self::new() };
        if let Some(ledger) = ledger {
            engine.world = Arc::new(World::new(ledger)?);
        }
        engine.changes.clone_from(&head.policies);
        Ok(engine)
    }

    /// Says that everything up to a head was folded.
    pub fn reach(&mut self, head: &Head) {
        self.cursor = head.cursor.clone();
        self.last_tick = head.last_tick;
    }

    /// The small part of a snapshot, for every commit.
    #[must_use]
    pub fn head(&self) -> Head {
        Head {
            lineage: lineage(),
            cursor: self.cursor.clone(),
            ledger: self.world.revision(),
            last_tick: self.last_tick,
            policies: self.changes.clone(),
            queue: self.queue.list(),
            overflowed: self.overflowed,
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

    /// Inputs applied.
    #[must_use]
    pub const fn cursor(&self) -> &Cursor {
        &self.cursor
    }

    /// Receive time of the last tick applied.
    #[must_use]
    pub const fn last_tick(&self) -> Option<Timestamp> {
        self.last_tick
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

    /// Applies one input; one that the cursor covers is ignored (redelivery).
    ///
    /// # Errors
    /// A ledger or policy that cannot be used; the engine is as before and the cursor has not moved.
    pub fn apply(&mut self, input: &Input, out: &mut Outputs) -> Result<(), EngineError> {
        if self.cursor.covers(input.seq) {
            return Ok(());
        }
        match &input.event {
            Event::Frame(frame) => self.frame(input, frame, out),
            Event::LedgerRevised(revision) => self.revise(input, revision)?,
            Event::PolicyChanged(change) => self.tune(input, change)?,
            Event::Tick => self.tick(input, out),
            Event::SessionOpened(_) | Event::SessionClosed(_) => {}
        }
        self.cursor.advance(input.seq);
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
    pub fn rejudge(&mut self, order: &Rejudge, mut past: Past, out: &mut Outputs) -> Result<(), EngineError> {
        past.frames.retain(|input| self.cursor.covers(input.seq));
        let at = self.last_tick.unwrap_or(order.recorded);
        let pen = Pen {
            terminal: order.terminal,
            cause: order.cause,
            seq: self.cursor.last(),
            at,
            revision: self.world.revision(),
            recorded: order.recorded,
        };
        let law = Law { world: &self.world, policies: &self.policies };
        if let Some(lane) = self.lanes.get_mut(&order.terminal) {
            rejudge::rejudge(lane, order, past, law, &pen, out)?;
            if lane.is_empty() {
                self.lanes.remove(&order.terminal);
            } else {
                out.dirty.insert(order.terminal);
            }
            self.queue.done(order.terminal);
            self.expect(order.terminal, at);
        } else {
            self.queue.done(order.terminal);
        }
        Ok(())
    }

    fn adopt(&mut self, terminal: TerminalId, lane: Lane) {
        if !self.world.knows(terminal) {
            self.quarantine.hear(terminal, lane.last_receipt.unwrap_or(Timestamp::BEGINNING));
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
}

/// Revisions of all rules, their default numbers, and the states' layout.
fn lineage() -> String {
    let rules: Vec<String> = SPECS.iter().map(|(rule, spec)| format!("{}:{}", rule.code(), spec.revision)).collect();
    let numbers = Policy::default().digest();
    format!("layout:{LAYOUT} {} policy:{}", rules.join(" "), numbers.get(..16).unwrap_or_default())
}
