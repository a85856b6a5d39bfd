//! What is happening now: the newest position of every terminal, and the alarms as they change.
//!
//! The worker publishes, every api session reads; nobody waits for anybody. Positions are latest-wins by *slot* (a small number
//! given to a terminal for the life of the process): a reader remembers the version it has seen and asks what changed since, so a
//! slow reader skips and never queues. Alarms are kept in a ring of bounded length under their append numbers: a reader asks for
//! what came after the last it has, and is told when the ring no longer reaches back that far (the store does).
//!
//! Order: alarms in append order, published after the commit that numbered them. Idempotence: a position older than the slot's own
//! moves nothing, an alarm whose append number was seen is dropped, so a redelivering worker changes nothing. Nothing here is
//! durable; after a restart the board fills again as terminals report.

use crate::{
    cases::change::EpisodeChange,
    engine::output::LivePosition,
    model::{
        ids::{Seq, TerminalId},
        time::Timestamp,
    },
    rules::policy::Policies,
    track::quality::Quality,
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::watch;

/// Bounds of what is held in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveLimits {
    /// Terminals with a slot; a further terminal is not shown live (it is in the record and in the store). 64 Ki slots are 12 MB.
    pub slots_max: usize,
    /// Alarms kept for readers that come back.
    pub alarms_max: usize,
}

impl Default for LiveLimits {
    fn default() -> Self {
        Self { slots_max: 65_536, alarms_max: 4_096 }
    }
}

/// A change of an episode under its append number.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    /// Append number of the change in the store; ascending.
    pub append: u64,
    /// The change and the episode as it stands after it.
    pub change: EpisodeChange,
}

/// Alarms a reader has not seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Unseen {
    /// In append order.
    pub alarms: Vec<Arc<Alarm>>,
    /// Append number of the newest alarm that left the ring, if the reader has not seen that one.
    pub forgotten: Option<u64>,
}

/// How far the worker is, for `/health`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorkerStatus {
    /// Last input judged and committed.
    pub cursor: Seq,
    /// Receive time of the last tick judged; of several shards the slowest's.
    pub last_tick: Option<Timestamp>,
    /// The same of the fastest shard: that it goes on says that there are workers at all.
    pub newest_tick: Option<Timestamp>,
    /// Why the worker stopped judging; `None` while it runs.
    pub halted: Option<&'static str>,
}

impl WorkerStatus {
    /// Of one shard that judges.
    #[must_use]
    pub const fn at(cursor: Seq, last_tick: Option<Timestamp>) -> Self {
        Self { cursor, last_tick, newest_tick: last_tick, halted: None }
    }
}

/// What was counted since the start, for `/health`; the names are those of the metrics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// The gateway's counters.
    pub gateway: BTreeMap<&'static str, u64>,
    /// Fixes by what the quality gate said of them.
    pub quality: BTreeMap<&'static str, u64>,
    /// Frames recorded although their body could not be read.
    pub unreadable: u64,
}

/// What a slot holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// Its number.
    pub slot: u32,
    /// Whose.
    pub terminal: TerminalId,
    /// The position with the newest event time among those the gate did not refuse; of a terminal that had none yet, the first.
    pub position: Arc<LivePosition>,
    /// Receive time of the first position on the board.
    pub first_received: Timestamp,
    /// Receive time of the newest position, used or not: silence is counted from here.
    pub received: Timestamp,
    /// Whether the newest position was refused by the quality gate.
    pub rejected: bool,
}

/// The board. Cheap to share behind an `Arc`; the lock is never held over an `await`.
#[derive(Debug)]
pub struct Live {
    limits: LiveLimits,
    board: Mutex<Board>,
    changed: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Board {
    version: u64,
    slots: Vec<(u64, Slot)>,
    by_terminal: BTreeMap<TerminalId, u32>,
    alarms: VecDeque<Arc<Alarm>>,
    forgotten: Option<u64>,
    worker: WorkerStatus,
    figures: Figures,
    policies: Arc<Policies>,
}

/// Where a worker says what is happening: the board itself in one process, else the way to the boards of every api. Nobody waits and
/// nothing fails: what cannot be passed on is left out, for the store and the record have it all.
pub trait Announce: Send + Sync {
    /// New positions; of one terminal the newest event time wins, whatever the order of arrival.
    fn publish_positions(&self, positions: Vec<LivePosition>);

    /// Changes of episodes in append order, after the commit that numbered them.
    fn publish_alarms(&self, alarms: Vec<Alarm>);

    /// How far the worker is.
    fn publish_worker(&self, status: WorkerStatus);

    /// What the worker met since it said so last: fixes by what the quality gate said of them, and frames whose body could not be read.
    fn publish_quality(&self, quality: BTreeMap<Quality, u64>, unreadable: u64);

    /// Which parameters hold from when on.
    fn publish_policies(&self, policies: Policies);
}

impl Announce for Live {
    fn publish_positions(&self, positions: Vec<LivePosition>) {
        self.publish_positions(positions);
    }

    fn publish_alarms(&self, alarms: Vec<Alarm>) {
        self.publish_alarms(alarms);
    }

    fn publish_worker(&self, status: WorkerStatus) {
        self.publish_worker(status);
    }

    fn publish_quality(&self, quality: BTreeMap<Quality, u64>, unreadable: u64) {
        self.publish_quality(quality, unreadable);
    }

    fn publish_policies(&self, policies: Policies) {
        self.publish_policies(policies);
    }
}

impl Live {
    /// An empty board.
    #[must_use]
    pub fn new(limits: LiveLimits) -> Self {
        Self { limits, board: Mutex::default(), changed: watch::Sender::new(0) }
    }

    /// Takes new positions; of one terminal the newest event time wins, whatever the order of arrival.
    pub fn publish_positions(&self, positions: impl IntoIterator<Item = LivePosition>) {
        let mut board = self.board();
        for position in positions {
            board.put(position, self.limits.slots_max);
        }
        self.notify(board);
    }

    /// Takes changes of episodes in append order; append numbers already seen are dropped.
    pub fn publish_alarms(&self, alarms: impl IntoIterator<Item = Alarm>) {
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

    /// Says what the gateway counted since its start.
    pub fn publish_gateway(&self, figures: impl IntoIterator<Item = (&'static str, u64)>) {
        self.board().figures.gateway = figures.into_iter().collect();
    }

    /// Adds what the worker met: fixes by what the quality gate said, and frames whose body could not be read.
    pub fn publish_quality(&self, quality: impl IntoIterator<Item = (Quality, u64)>, unreadable: u64) {
        let mut board = self.board();
        for (reason, count) in quality {
            *board.figures.quality.entry(reason.code()).or_default() += count;
        }
        board.figures.unreadable += unreadable;
    }

    /// Says what all workers of a house together met since it was founded; what was said before is replaced.
    pub fn publish_totals(&self, quality: BTreeMap<Quality, u64>, unreadable: u64) {
        let mut board = self.board();
        board.figures.quality = quality.into_iter().map(|(reason, count)| (reason.code(), count)).collect();
        board.figures.unreadable = unreadable;
    }

    /// Alarms up to this append number are in the store only: a board that begins here says so to readers who have not seen them.
    pub fn begin_alarms_after(&self, append: u64) {
        let mut board = self.board();
        if append > board.newest_append() {
            board.forgotten = Some(append);
        }
    }

    /// Everything counted since the start.
    #[must_use]
    pub fn figures(&self) -> Figures {
        self.board().figures.clone()
    }

    /// Says which parameters hold from when on.
    pub fn publish_policies(&self, policies: Policies) {
        self.board().policies = Arc::new(policies);
    }

    /// How far the worker said it is.
    #[must_use]
    pub fn worker(&self) -> WorkerStatus {
        self.board().worker
    }

    /// Which parameters hold from when on; the defaults until told otherwise.
    #[must_use]
    pub fn policies(&self) -> Arc<Policies> {
        Arc::clone(&self.board().policies)
    }

    /// Slots that changed after `version` (0 = all), in slot order, and the version that brings them in.
    #[must_use]
    pub fn changed_since(&self, version: u64) -> (u64, Vec<Slot>) {
        let board = self.board();
        let changed = board.slots.iter().filter(|(at, _)| *at > version).map(|(_, slot)| slot.clone()).collect();
        (board.version, changed)
    }

    /// Shows every slot with its version, in slot order, and returns the board's version. `see` runs under the lock: be brief.
    pub fn scan(&self, mut see: impl FnMut(u64, &Slot)) -> u64 {
        let board = self.board();
        board.slots.iter().for_each(|(version, slot)| see(*version, slot));
        board.version
    }

    /// What the board holds of a terminal.
    #[must_use]
    pub fn slot(&self, terminal: TerminalId) -> Option<Slot> {
        let board = self.board();
        let place = usize::try_from(*board.by_terminal.get(&terminal)?).ok()?;
        board.slots.get(place).map(|(_, slot)| slot.clone())
    }

    /// Alarms with an append number above `after`, at most `limit`.
    #[must_use]
    pub fn alarms_after(&self, after: u64, limit: usize) -> Unseen {
        let board = self.board();
        let start = board.alarms.partition_point(|alarm| alarm.append <= after);
        let alarms = board.alarms.iter().skip(start).take(limit).cloned().collect();
        Unseen { alarms, forgotten: board.forgotten.filter(|last| *last > after) }
    }

    /// Append number of the newest alarm published; 0 before the first.
    #[must_use]
    pub fn newest_append(&self) -> u64 {
        self.board().newest_append()
    }

    /// Wakes a reader when something was published; what was missed meanwhile is one wake-up.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// The board's data stay whole if a holder of the lock panicked: every change is one assignment.
    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn notify(&self, board: MutexGuard<'_, Board>) {
        let version = board.version;
        drop(board);
        self.changed.send_replace(version);
    }
}

impl Board {
    fn put(&mut self, position: LivePosition, slots_max: usize) {
        let place = self.by_terminal.get(&position.terminal).and_then(|slot| usize::try_from(*slot).ok());
        let changed = match place.and_then(|place| self.slots.get_mut(place)) {
            Some(held) => {
                let changed = held.1.take(position);
                if changed {
                    held.0 = self.version + 1;
                }
                changed
            }
            None => self.open(position, slots_max),
        };
        self.version += u64::from(changed);
    }

    fn open(&mut self, position: LivePosition, slots_max: usize) -> bool {
        let Some(slot) = u32::try_from(self.slots.len()).ok().filter(|_| self.slots.len() < slots_max) else {
            return false;
        };
        let (terminal, received, rejected) = (position.terminal, position.received, position.status.rejected);
        self.by_terminal.insert(terminal, slot);
        let position = Arc::new(position);
        self.slots
            .push((self.version + 1, Slot { slot, terminal, position, first_received: received, received, rejected }));
        true
    }

    fn push_alarm(&mut self, alarm: Alarm, alarms_max: usize) {
        if alarm.append <= self.newest_append() {
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

    fn newest_append(&self) -> u64 {
        self.alarms.back().map(|alarm| alarm.append).or(self.forgotten).unwrap_or(0)
    }
}

impl Slot {
    /// Takes a position in; says whether anything changed.
    fn take(&mut self, position: LivePosition) -> bool {
        if position.received < self.received {
            return false;
        }
        let rejected = position.status.rejected;
        let newer = !rejected && (position.at >= self.position.at || self.position.status.rejected);
        let changed = newer || position.received != self.received || rejected != self.rejected;
        self.received = position.received;
        self.rejected = rejected;
        if newer {
            self.position = Arc::new(position);
        }
        changed
    }
}

#[cfg(test)]
#[path = "live_tests.rs"]
mod tests;
