//! Runs the engine over the bus: inputs in, a commit every half second out (`commit_ms_max`), re-judgements when they are due.
//!
//! ```text
//!  bus::Frames ─▶ Worker::take ─▶ Engine::apply ─▶ Outputs ─▶ commit (one store transaction) ─▶ bus::Live
//!                                      │ tick: due ─▶ past (savepoint, rows, frames) ─▶ Engine::rejudge
//! ```
//! What was not committed before a crash is done again from the journal, nothing else. It runs on a thread of its own: judging is
//! computation and reading the record blocks.

mod assignment;
mod commit;
pub mod counters;
pub mod crew;
mod past;
mod patience;
mod rebuild;
mod rejudging;
pub mod run;
pub mod silence;
pub mod ticker;

use crate::{
    bus::live::{Alarm, Announce, WorkerStatus},
    cases::change::EpisodeChange,
    engine::{Engine, EngineError, output::Outputs, snapshot::Head},
    limits::{MINUTE_MS, Refusals, Refused},
    model::{
        cursor::Cursor,
        input::{Event, Input},
        shard::Shard,
        time::Timestamp,
    },
    record::{RecordError, recorded::Recorded},
    store::{
        episodes::{AppendNumber, Basis, EpisodeStore, Fence},
        error::StoreError,
    },
};
use commit::Committer;
use counters::WorkerCounters;
use patience::persevere;
use serde::{Deserialize, Serialize};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// `[worker]` of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WorkerConfig {
    /// Most inputs between two commits. Default 20,000: about 20 MB of states at worst, 50 ms of the disk.
    pub commit_inputs_max: usize,
    /// Most milliseconds of wall time between two commits while inputs come. Default 500: what a frame opens or ends is stored
    /// half a second and the commit's own time after it was judged, and shown within 1.3 s of that (docs/SCALE.md).
    pub commit_ms_max: u64,
    /// Most inputs taken from the bus at once. Default 4,096.
    pub batch_inputs_max: usize,
}

impl Default for WorkerConfig {
    fn default() -> Self {
        Self { commit_inputs_max: 20_000, commit_ms_max: 500, batch_inputs_max: 4_096 }
    }
}

/// Most inputs that are held in memory: some GB.
const INPUTS_MAX: u64 = 10_000_000;

impl WorkerConfig {
    /// What is wrong with each value by itself.
    #[must_use]
    pub fn check(&self) -> Vec<Refused> {
        let mut wrong = Refusals::default();
        wrong.bound("worker.commit_inputs_max", self.commit_inputs_max, 1..=INPUTS_MAX);
        wrong.bound("worker.commit_ms_max", self.commit_ms_max, 1..=MINUTE_MS);
        wrong.bound("worker.batch_inputs_max", self.batch_inputs_max, 1..=INPUTS_MAX);
        wrong.told()
    }
}

/// Why a worker stopped.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The core met something it must not judge on.
    #[error("the engine stopped: {0}")]
    Engine(#[from] EngineError),
    /// Rows could not be written or read.
    #[error("the worker stopped: {0}")]
    Store(#[from] StoreError),
    /// Frames of the past could not be read.
    #[error("the worker stopped: {0}")]
    Record(#[from] RecordError),
    /// Inputs could not be read.
    #[error("the worker stopped: {0}")]
    Bus(#[from] crate::bus::frames::BusError),
    /// It was told to end, and what it had in hand took too long.
    #[error("told to end, and not committed within {limit_s} s: the next holder judges again what was not")]
    Overdue {
        /// How long it had.
        limit_s: u64,
    },
}

/// What a worker is built of.
#[derive(Clone)]
pub struct WorkerParts {
    /// Which shard it judges; [`Shard::ALONE`] on a single machine.
    pub shard: Shard,
    /// The lease it holds the shard by; `None` on a single machine, where who comes last writes.
    pub fence: Option<Fence>,
    /// Rows, states, cursor.
    pub store: Arc<dyn EpisodeStore>,
    /// What was recorded: frames of the past for re-judgements, all of it for a rebuild.
    pub record: Arc<dyn Recorded>,
    /// Where positions and alarms are shown; `None` for tools.
    pub live: Option<Arc<dyn Announce>>,
    /// Where it counts; `None` for tools.
    pub counters: Option<Arc<WorkerCounters>>,
    /// Limits.
    pub config: WorkerConfig,
}

/// The engine with its cursor, and what it has not committed yet.
pub struct Worker {
    parts: WorkerParts,
    engine: Engine,
    committer: Committer,
    out: Outputs,
    uncommitted: usize,
    /// Receive times of the frames not committed yet; kept only while somebody counts.
    received: Vec<Timestamp>,
    committed_at: Instant,
    last_tick: Option<Timestamp>,
    unreadable: u64,
    /// Where the last commit stood, until the bus is told.
    fresh: Option<Cursor>,
}

impl Worker {
    /// Claims the store and goes on where the last worker stopped.
    ///
    /// # Errors
    /// The store does not answer, or what it holds cannot be gone on from.
    pub async fn restore(parts: WorkerParts) -> Result<Self, WorkerError> {
        let claim = persevere("the claim", || parts.store.claim(parts.shard, parts.fence.as_ref())).await?;
        let (shard, begun) = (parts.shard, begin(&parts).await?);
        let last_tick = begun.engine.last_tick();
        let mut worker = Self {
            parts,
            engine: begun.engine,
            committer: Committer::new(shard, claim, begun.basis),
            out: begun.out,
            uncommitted: 0,
            received: Vec::new(),
            committed_at: Instant::now(),
            last_tick,
            unreadable: 0,
            fresh: None,
        };
        if begun.basis == Basis::Rebuilt {
            worker.uncommitted = 1;
            worker.commit().await?;
        }
        worker.publish_policies();
        worker.publish_status();
        Ok(worker)
    }

    /// The inputs judged; the bus is asked for what follows.
    #[must_use]
    pub fn cursor(&self) -> &Cursor {
        self.engine.cursor()
    }

    /// Where the engine stands, as it would be committed now.
    #[must_use]
    pub fn head(&self) -> Head {
        self.engine.head()
    }

    /// Frames whose body could not be read, since this worker began.
    #[must_use]
    pub const fn unreadable(&self) -> u64 {
        self.unreadable
    }

    /// Judges inputs, re-judges what is due, commits when it is time.
    ///
    /// # Errors
    /// The engine, the store or the record stopped; nothing after the last commit counts.
    pub async fn take(&mut self, inputs: &[Input]) -> Result<(), WorkerError> {
        for input in inputs {
            self.engine.apply(input, &mut self.out)?;
            self.uncommitted += 1;
            if self.parts.counters.is_some() && matches!(input.event, Event::Frame(_)) {
                self.received.push(input.received);
            }
            if matches!(input.event, Event::PolicyChanged(_)) {
                self.publish_policies();
            }
            if input.event == Event::Tick {
                self.last_tick = self.last_tick.max(Some(input.received));
                self.rejudge_due().await?;
            }
            if self.commit_is_due() {
                self.commit().await?;
            }
        }
        self.publish_positions();
        Ok(())
    }

    /// Writes what was judged since the last commit and shows it.
    ///
    /// # Errors
    /// The store refused.
    pub async fn commit(&mut self) -> Result<(), WorkerError> {
        self.committed_at = Instant::now();
        if self.uncommitted == 0 && self.out.is_empty() {
            return Ok(());
        }
        let mut out = std::mem::take(&mut self.out);
        self.unreadable += u64::try_from(out.unreadable.len()).unwrap_or(u64::MAX);
        let begun = Instant::now();
        let appends = self.committer.write(&self.parts.store, &self.engine, &out).await?;
        self.uncommitted = 0;
        if let Some(counters) = &self.parts.counters {
            counters.committed(&self.received, appends.iter().flatten().count(), begun.elapsed());
            self.received.clear();
            if let Some(tick) = self.last_tick {
                counters.ticked(self.parts.shard, tick);
            }
        }
        self.fresh = Some(self.engine.cursor().clone());
        if let Some(live) = &self.parts.live {
            live.publish_positions(std::mem::take(&mut out.live));
            live.publish_quality(
                std::mem::take(&mut out.quality),
                u64::try_from(out.unreadable.len()).unwrap_or(u64::MAX),
            );
            live.publish_alarms(alarms(out.episodes, appends).collect());
        }
        self.publish_status();
        Ok(())
    }

    fn commit_is_due(&self) -> bool {
        let config = &self.parts.config;
        let is_time = self.committed_at.elapsed() >= Duration::from_millis(config.commit_ms_max);
        self.uncommitted >= config.commit_inputs_max || (self.uncommitted > 0 && is_time)
    }

    fn publish_positions(&mut self) {
        let positions = std::mem::take(&mut self.out.live);
        if let Some(live) = &self.parts.live {
            live.publish_positions(positions);
        }
    }

    fn publish_policies(&self) {
        if let Some(live) = &self.parts.live {
            live.publish_policies(self.engine.policies().clone());
        }
    }

    fn publish_status(&self) {
        if let Some(live) = &self.parts.live {
            live.publish_worker(WorkerStatus::at(self.engine.cursor().last(), self.last_tick));
        }
    }
}

/// What a worker begins with.
struct Begun {
    engine: Engine,
    basis: Basis,
    out: Outputs,
}

/// Goes on from the stored states, or rebuilds them when other rules wrote them.
async fn begin(parts: &WorkerParts) -> Result<Begun, WorkerError> {
    let Some(snapshot) = persevere("the snapshot", || parts.store.load_snapshot(parts.shard)).await? else {
        return Ok(Begun { engine: Engine::new(), basis: Basis::Stored, out: Outputs::default() });
    };
    let (head, ledger) = (snapshot.head.clone(), snapshot.ledger.clone());
    match Engine::restore(snapshot) {
        Ok(engine) => Ok(Begun { engine, basis: Basis::Stored, out: Outputs::default() }),
        Err(EngineError::Lineage { found, ours }) => {
            tracing::warn!(%found, %ours, "other rules judged this folder: judging the whole record again");
            let (engine, out) = rebuild::rebuild(parts, &head, ledger).await?;
            Ok(Begun { engine, basis: Basis::Rebuilt, out })
        }
        Err(error) => Err(error.into()),
    }
}

/// Changes that got an append number, as the board shows them.
fn alarms(changes: Vec<EpisodeChange>, appends: Vec<Option<AppendNumber>>) -> impl Iterator<Item = Alarm> {
    let numbered = changes.into_iter().zip(appends);
    numbered.filter_map(|(change, append)| append.map(|append| Alarm { append: append.0, change }))
}
