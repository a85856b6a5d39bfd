//! What is happening now: the newest position of every terminal, and the alarms as they change.
//!
//! The worker publishes, every api session reads; nobody waits for anybody. Positions are latest-wins by *slot* (a small number
//! given to a terminal for the life of the process): a reader remembers the version it has seen and asks what changed since, so a
//! slow reader skips and never queues. Alarms are kept in a ring of bounded length under their append numbers: a reader asks for
//! what came after the last it has, and is told when the ring no longer reaches back that far (the store does).
//!
//! Order: alarms in append order. Idempotence: a position older than the slot's own is dropped, an alarm whose append number was
//! seen is dropped, so a redelivering worker changes nothing. Nothing here is durable; after a restart the worker publishes again.

use crate::model::{
    fix::LoadSignal,
    ids::{Revision, Seq, TerminalId, VehicleId},
    place::Wgs84,
    plate::Plate,
    time::Timestamp,
    units::{Heading, Speed},
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::watch;

/// Bounds of what is held in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveLimits {
    /// Terminals with a slot; a further terminal is not shown live (it is in the record and in the store). 64 Ki slots are 8 MB.
    pub slots_max: usize,
    /// Alarms kept for readers that come back.
    pub alarms_max: usize,
}

impl Default for LiveLimits {
    fn default() -> Self {
        Self { slots_max: 65_536, alarms_max: 4_096 }
    }
}

/// Where a terminal is now, as the worker judged it.
#[derive(Clone, Debug, PartialEq)]
pub struct Position {
    /// Who.
    pub terminal: TerminalId,
    /// The vehicle it sits in by the ledger; `None` = quarantined.
    pub vehicle: Option<VehicleId>,
    /// That vehicle's plate.
    pub plate: Option<Plate>,
    /// The frame it came in: newer frames win.
    pub seq: Seq,
    /// Event time.
    pub at: Timestamp,
    /// Receive time by the server's clock; ages are counted from here.
    pub received: Timestamp,
    /// Where.
    pub place: Wgs84,
    /// How fast.
    pub speed: Speed,
    /// Which way.
    pub heading: Heading,
    /// Load by the sensor, if the ledger knows one.
    pub load: LoadSignal,
    /// Whether the quality gate let it through; a rejected place is not drawn, the last good one stays.
    pub quality: PositionQuality,
    /// Whether an episode of this terminal is open.
    pub alarm: AlarmMark,
}

/// Whether a position passed the quality gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PositionQuality {
    /// Used by the rules.
    Good,
    /// Kept, shown as such, not used.
    Rejected,
}

/// Whether something is open against a terminal or its vehicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmMark {
    /// Nothing open.
    Quiet,
    /// At least one episode open.
    Open,
}

/// A change of an episode under its append number.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm<E> {
    /// Append number of the change in the store; ascending.
    pub append: u64,
    /// The change and the episode as it stands after it.
    pub event: E,
}

/// Alarms a reader has not seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Unseen<E> {
    /// In append order.
    pub alarms: Vec<Arc<Alarm<E>>>,
    /// Append number of the newest alarm that left the ring, if any: who asked for less than this has missed some.
    pub forgotten: Option<u64>,
}

/// How far the worker is, for `/health`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorkerStatus {
    /// Last input judged and committed.
    pub cursor: Seq,
    /// Receive time of the last tick judged.
    pub last_tick: Option<Timestamp>,
    /// Revision of the ledger the engine judges by.
    pub ledger: Option<Revision>,
}

/// A slot that changed after the version a reader had.
#[derive(Clone, Debug, PartialEq)]
pub struct SlotChange {
    /// Its number.
    pub slot: u32,
    /// What it holds now.
    pub position: Arc<Position>,
}

/// The board. Cheap to share behind an `Arc`; the lock is never held over an `await`.
#[derive(Debug)]
pub struct Live<E> {
    limits: LiveLimits,
    board: Mutex<Board<E>>,
    changed: watch::Sender<u64>,
}

#[derive(Debug)]
struct Board<E> {
    version: u64,
    slots: Vec<(u64, Arc<Position>)>,
    by_terminal: BTreeMap<TerminalId, u32>,
    alarms: VecDeque<Arc<Alarm<E>>>,
    forgotten: Option<u64>,
    worker: WorkerStatus,
    connections: u32,
}

impl<E> Live<E> {
    /// An empty board.
    #[must_use]
    pub fn new(limits: LiveLimits) -> Self {
        let board = Board {
            version: 0,
            slots: Vec::new(),
            by_terminal: BTreeMap::new(),
            alarms: VecDeque::new(),
            forgotten: None,
            worker: WorkerStatus::default(),
            connections: 0,
        };
        Self { limits, board: Mutex::new(board), changed: watch::Sender::new(0) }
    }

    /// Takes new positions; older ones than those held are dropped.
    pub fn publish_positions(&self, positions: impl IntoIterator<Item = Position>) {
        let mut board = self.board();
        for position in positions {
            board.put(position, self.limits.slots_max);
        }
        self.notify(board);
    }

    /// Takes changes of episodes in append order; append numbers already seen are dropped.
    pub fn publish_alarms(&self, alarms: impl IntoIterator<Item = Alarm<E>>) {
        let mut board = self.board();
        for alarm in alarms {
            board.push_alarm(alarm, self.limits.alarms_max);
        }
        self.notify(board);
    }

    /// Says how far the worker is.
    pub fn publish_worker(&self, status: WorkerStatus) {
        self.board().worker = status;
    }

    /// Says how many terminals are connected.
    pub fn publish_connections(&self, connections: u32) {
        self.board().connections = connections;
    }

    /// How far the worker said it is.
    #[must_use]
    pub fn worker(&self) -> WorkerStatus {
        self.board().worker
    }

    /// How many terminals the gateway said are connected.
    #[must_use]
    pub fn connections(&self) -> u32 {
        self.board().connections
    }

    /// Slots that changed after `version`, in slot order, and the version that brings them in.
    #[must_use]
    pub fn changed_since(&self, version: u64) -> (u64, Vec<SlotChange>) {
        let board = self.board();
        let changed = (0_u32..).zip(&board.slots).filter(|(_, (at, _))| *at > version);
        let changed =
            changed.map(|(slot, (_, position))| SlotChange { slot, position: Arc::clone(position) }).collect();
        (board.version, changed)
    }

    /// The newest position of a terminal.
    #[must_use]
    pub fn position(&self, terminal: TerminalId) -> Option<Arc<Position>> {
        let board = self.board();
        let slot = usize::try_from(*board.by_terminal.get(&terminal)?).ok()?;
        board.slots.get(slot).map(|(_, position)| Arc::clone(position))
    }

    /// Alarms with an append number above `after`, at most `limit`.
    #[must_use]
    pub fn alarms_after(&self, after: u64, limit: usize) -> Unseen<E> {
        let board = self.board();
        let start = board.alarms.partition_point(|alarm| alarm.append <= after);
        let alarms = board.alarms.iter().skip(start).take(limit).cloned().collect();
        Unseen { alarms, forgotten: board.forgotten.filter(|last| *last > after) }
    }

    /// Append number of the newest alarm published; 0 before the first.
    #[must_use]
    pub fn newest_append(&self) -> u64 {
        let board = self.board();
        board.alarms.back().map(|alarm| alarm.append).or(board.forgotten).unwrap_or(0)
    }

    /// Wakes a reader when something was published; what was missed meanwhile is one wake-up.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// The board's data stay whole if a holder of the lock panicked: every change is one assignment.
    fn board(&self) -> MutexGuard<'_, Board<E>> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn notify(&self, board: MutexGuard<'_, Board<E>>) {
        let version = board.version;
        drop(board);
        self.changed.send_replace(version);
    }
}

impl<E> Board<E> {
    fn put(&mut self, position: Position, slots_max: usize) {
        let version = self.version + 1;
        if let Some(slot) = self.by_terminal.get(&position.terminal) {
            let held = usize::try_from(*slot).ok().and_then(|slot| self.slots.get_mut(slot));
            let Some(held) = held else { return };
            if held.1.seq <= position.seq {
                *held = (version, Arc::new(position));
                self.version = version;
            }
            return;
        }
        if self.slots.len() >= slots_max {
            return;
        }
        let Ok(slot) = u32::try_from(self.slots.len()) else { return };
        self.by_terminal.insert(position.terminal, slot);
        self.slots.push((version, Arc::new(position)));
        self.version = version;
    }

    fn push_alarm(&mut self, alarm: Alarm<E>, alarms_max: usize) {
        let newest = self.alarms.back().map(|held| held.append).or(self.forgotten).unwrap_or(0);
        if alarm.append <= newest {
            return;
        }
        if self.alarms.len() >= alarms_max
            && let Some(gone) = self.alarms.pop_front()
        {
            self.forgotten = Some(gone.append);
        }
        self.alarms.push_back(Arc::new(alarm));
        self.version += 1;
    }
}

#[cfg(test)]
#[path = "live_tests.rs"]
mod tests;
