//! The shards of a house of many machines: takes those that are this worker's, each on a thread of its own, and lets go of those
//! that are not.
//!
//! ```text
//!  every second: renew membership ─▶ who is alive ─▶ assignment ─▶ let go of what is another's ─▶ acquire what is mine
//!  a shard: lease ─▶ Worker::restore(shard, fence = its token and holder) ─▶ Frames of the shard ─▶ Worker::hold until let go
//! ```
//! A worker that was paused and wakes up after its lease went cannot write: its fence is old, its next commit is a `Conflict`, and
//! its shard ends. It also stops by itself when its own clock says that the lease must have run out.
//!
//! A worker whose shards all hear nothing of the bus stands aside: it leaves the house and its shards to those whose bus answers, and
//! comes back when its own does. Where only one node of the bus cannot be reached from here, the shards on it wait.

use super::{
    Worker, WorkerError, WorkerParts, assignment::wanted, patience::Told, run::LET_GO_LIMIT, silence::Silence,
};
use crate::{
    bus::{
        frames::{BusError, Frames},
        publish::{Publish, answers},
    },
    model::shard::{Shard, Shards},
    store::{
        error::StoreError,
        leases::{Lease, LeaseStore, MEMBER},
    },
    telemetry::Outage,
};
use futures_util::future::join_all;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::{
    runtime::Handle,
    task::JoinHandle,
    time::{MissedTickBehavior, interval, timeout, timeout_at},
};
use tokio_util::sync::CancellationToken;

/// How often leases are renewed and shards looked over.
const EVERY: Duration = Duration::from_secs(1);
/// How long the leases of workers that ended are kept: who asks in the morning what happened in the night finds them.
const MEMBER_KEPT: Duration = Duration::from_hours(24);
/// How long shards have for their last commit when the worker ends: a store that does not answer would keep it for minutes.
const LEAVE_LIMIT: Duration = Duration::from_secs(8);
/// How long the leases have to be given back then; one that is not runs out by itself.
const GIVE_BACK_LIMIT: Duration = Duration::from_secs(3);
/// How long a shard that ended badly is left alone before this worker tries again; `/ready` and metrics name it meanwhile.
const SHUN: Duration = Duration::from_secs(10);

/// Opens the inputs of a shard for a worker that was restored; called on the shard's thread.
pub type OpenFrames = dyn Fn(Shard, &Worker) -> Result<Box<dyn Frames>, BusError> + Send + Sync;

/// What the worker of a shard is built of, given the shard's lease.
pub type WorkerOf = dyn Fn(Shard, &Lease) -> WorkerParts + Send + Sync;

/// What a crew is built of.
pub struct CrewParts {
    /// Who holds what.
    pub leases: Arc<dyn LeaseStore>,
    /// The inputs of a shard.
    pub frames: Arc<OpenFrames>,
    /// What a shard's worker is built of.
    pub worker: Arc<WorkerOf>,
    /// All shards of the house.
    pub shards: Shards,
    /// The name of this worker, unique over restarts.
    pub member: String,
    /// How long a lease lasts without being renewed.
    pub lease: Duration,
    /// How long the bus may be silent for all shards before the worker stands aside.
    pub silence: Duration,
}

/// [`CrewParts::silence`] of a house: longer than a Redis replica takes to be master, measured 6 s at most.
pub const SILENCE: Duration = Duration::from_secs(10);

/// What the crew does, for health and metrics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CrewStatus {
    /// Shards held.
    pub held: BTreeMap<Shard, Holding>,
    /// Leases taken since the start.
    pub taken: u64,
    /// Leases lost or shards that ended badly since the start.
    pub lost: u64,
    /// Workers alive when last looked, this one included.
    pub members: usize,
    /// Shards that ended badly here a short while ago: a person must look.
    pub shunned: Vec<Shard>,
    /// When its leases were last looked after.
    pub seen: Option<Instant>,
    /// Since when it stands aside, because the bus does not answer it.
    pub aside: Option<Instant>,
}

/// How a shard is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The token of its lease.
    pub token: u64,
    /// When it was taken.
    pub since: Instant,
}

/// The shards of one worker process.
pub struct Crew {
    parts: Arc<CrewParts>,
    holder: String,
    held: BTreeMap<Shard, Held>,
    ending: Vec<Held>,
    /// Leases of shards that ended, to be given back.
    to_release: Vec<Lease>,
    shunned: BTreeMap<Shard, Instant>,
    status: Arc<Mutex<CrewStatus>>,
    /// Asked whether the bus answers.
    bus: Box<dyn Publish + Sync>,
}

/// A shard this worker has.
struct Held {
    lease: Lease,
    since: Instant,
    renewed: Instant,
    silence: Silence,
    stop: CancellationToken,
    task: JoinHandle<Result<(), WorkerError>>,
}

impl Crew {
    /// A crew that holds nothing yet. `bus` is asked whether it answers, nothing is put on it.
    #[must_use]
    pub fn new(parts: CrewParts, bus: Box<dyn Publish + Sync>) -> Self {
        let holder = parts.member.clone();
        Self {
            parts: Arc::new(parts),
            holder,
            held: BTreeMap::new(),
            ending: Vec::new(),
            to_release: Vec::new(),
            shunned: BTreeMap::new(),
            status: Arc::default(),
            bus,
        }
    }

    /// What it does, to be looked at while it runs.
    #[must_use]
    pub fn status(&self) -> Arc<Mutex<CrewStatus>> {
        Arc::clone(&self.status)
    }

    /// Takes and holds shards until told to stop, then commits and lets go of all. A store that does not answer is waited for.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut beat = interval(EVERY);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut outage = Outage::new("the store: leases are not looked after");
        while stop.run_until_cancelled(beat.tick()).await.is_some() {
            // A store that does not answer would hold up the end for as long as each lease is asked for.
            match stop.run_until_cancelled(self.round()).await {
                None => break,
                Some(Ok(())) => outage.over(),
                Some(Err(error)) => {
                    outage.failed(&error);
                    self.drop_overdue();
                }
            }
            self.publish();
        }
        self.leave().await;
    }

    async fn round(&mut self) -> Result<(), StoreError> {
        if self.is_aside().await? {
            return Ok(());
        }
        let membership = format!("{MEMBER}{}", self.holder);
        if self.acquire(&membership).await?.is_none() {
            return Err(StoreError::Conflict { cause: format!("another worker is called {}", self.holder) });
        }
        let is_first = self.lock().seen.is_none();
        if is_first {
            self.parts.leases.forget_members(MEMBER_KEPT).await?;
        }
        self.reap().await?;
        self.renew().await?;
        let members = self.members().await?;
        let mine = wanted(self.parts.shards, &self.holder, &members);
        self.let_go(&mine);
        self.take(&mine).await?;
        let mut status = self.lock();
        status.members = members.len();
        status.seen = Some(Instant::now());
        Ok(())
    }

    /// Whether this worker leaves the shards to others, because none of its own hears anything of the bus.
    async fn is_aside(&mut self) -> Result<bool, StoreError> {
        let limit = self.parts.silence;
        if self.lock().aside.is_some() {
            self.reap().await?;
            if !answers(self.bus.as_mut(), self.parts.shards).await {
                return Ok(true);
            }
            tracing::info!("the bus answers again: shards are taken again");
            self.lock().aside = None;
        } else if !self.held.is_empty() && self.held.values().all(|held| held.silence.is_longer_than(limit)) {
            tracing::warn!(?limit, "the bus is silent for all shards: they are left to other workers until it answers");
            let held: Vec<Shard> = self.held.keys().copied().collect();
            for shard in held {
                self.abandon(shard);
            }
            self.parts.leases.leave(&format!("{MEMBER}{}", self.holder), &self.holder).await;
            self.lock().aside = Some(Instant::now());
            return Ok(true);
        }
        Ok(false)
    }

    async fn acquire(&self, name: &str) -> Result<Option<Lease>, StoreError> {
        self.parts.leases.acquire(name, &self.holder, self.parts.lease).await
    }

    async fn members(&self) -> Result<Vec<String>, StoreError> {
        let alive = self.parts.leases.live(MEMBER).await?;
        Ok(alive.into_iter().filter_map(|lease| Some(lease.name.strip_prefix(MEMBER)?.to_owned())).collect())
    }

    /// Looks at shards whose thread ended: let go as told, or ended badly.
    async fn reap(&mut self) -> Result<(), StoreError> {
        let ended: Vec<Shard> =
            self.held.iter().filter(|(_, held)| held.task.is_finished()).map(|(shard, _)| *shard).collect();
        for shard in ended {
            if let Some(held) = self.held.remove(&shard) {
                self.shunned.insert(shard, Instant::now());
                self.lock().lost += 1;
                self.ending.push(held);
            }
        }
        let (done, going): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.ending).into_iter().partition(|held| held.task.is_finished());
        self.ending = going;
        for held in done {
            let lease = held.lease;
            match held.task.await {
                Ok(Ok(())) => tracing::info!(lease = lease.name, "let go"),
                Ok(Err(overdue @ WorkerError::Overdue { .. })) => tracing::warn!(lease = lease.name, "{overdue}"),
                Ok(Err(error)) => tracing::error!(lease = lease.name, %error, "a shard's worker stopped"),
                Err(error) => tracing::error!(lease = lease.name, %error, "a shard's worker ended badly"),
            }
            self.to_release.push(lease);
        }
        // One that cannot be given back now is tried again, or runs out by itself.
        while let Some(lease) = self.to_release.last() {
            self.parts.leases.release(lease).await?;
            self.to_release.pop();
        }
        Ok(())
    }

    async fn renew(&mut self) -> Result<(), StoreError> {
        let names: Vec<(Shard, Lease)> = self.held.iter().map(|(shard, held)| (*shard, held.lease.clone())).collect();
        for (shard, lease) in names {
            let begun = Instant::now();
            let renewed = self.acquire(&lease.name).await?;
            let still_mine = renewed.is_some_and(|now| now.token == lease.token);
            if let Some(held) = self.held.get_mut(&shard).filter(|_| still_mine) {
                held.renewed = begun;
            } else {
                tracing::warn!(%shard, token = lease.token, "the lease of a shard went to another worker");
                self.abandon(shard);
            }
        }
        Ok(())
    }

    /// What cannot have been renewed in time is another's by now.
    fn drop_overdue(&mut self) {
        let lease = self.parts.lease;
        let overdue: Vec<Shard> =
            self.held.iter().filter(|(_, held)| held.renewed.elapsed() > lease).map(|(shard, _)| *shard).collect();
        for shard in overdue {
            tracing::warn!(%shard, "the lease of a shard could not be renewed in time");
            self.abandon(shard);
        }
    }

    fn abandon(&mut self, shard: Shard) {
        if let Some(held) = self.held.remove(&shard) {
            held.stop.cancel();
            self.lock().lost += 1;
            self.ending.push(held);
        }
    }

    fn let_go(&mut self, mine: &[Shard]) {
        let others: Vec<Shard> = self.held.keys().filter(|shard| !mine.contains(shard)).copied().collect();
        for shard in others {
            if let Some(held) = self.held.remove(&shard) {
                held.stop.cancel();
                self.ending.push(held);
            }
        }
    }

    async fn take(&mut self, mine: &[Shard]) -> Result<(), StoreError> {
        self.shunned.retain(|_, since| since.elapsed() < SHUN);
        for &shard in mine {
            let name = format!("shard/{shard}");
            let ending = self.ending.iter().any(|held| held.lease.name == name);
            if ending || self.held.contains_key(&shard) || self.shunned.contains_key(&shard) {
                continue;
            }
            let begun = Instant::now();
            if let Some(lease) = self.acquire(&name).await? {
                tracing::info!(%shard, token = lease.token, "took a shard");
                self.lock().taken += 1;
                self.held.insert(shard, self.start(shard, lease, begun));
            }
        }
        Ok(())
    }

    fn start(&self, shard: Shard, lease: Lease, renewed: Instant) -> Held {
        let (stop, silence) = (CancellationToken::new(), Silence::default());
        let (parts, under, ended, bus) = (Arc::clone(&self.parts), lease.clone(), stop.clone(), silence.clone());
        let task = tokio::task::spawn_blocking(move || judge(&parts, shard, &under, (&ended, &bus)));
        Held { lease, since: renewed, renewed, silence, stop, task }
    }

    /// Commits and lets go of everything.
    async fn leave(&mut self) {
        let held = std::mem::take(&mut self.held);
        for held in held.values() {
            held.stop.cancel();
        }
        self.ending.extend(held.into_values());
        let overdue = tokio::time::Instant::now() + LEAVE_LIMIT;
        let mut names = vec![format!("{MEMBER}{}", self.holder)];
        names.extend(self.to_release.drain(..).map(|lease| lease.name));
        for held in std::mem::take(&mut self.ending) {
            let lease = held.lease.name;
            match timeout_at(overdue, held.task).await {
                Ok(Ok(Ok(()))) => {}
                Ok(Ok(Err(late @ WorkerError::Overdue { .. }))) => tracing::warn!(lease, "{late}"),
                Ok(outcome) => tracing::error!(?outcome, lease, "a shard did not end well"),
                Err(_) => {
                    tracing::warn!(lease, "not ended in time; the next holder judges again what was not committed");
                    continue;
                }
            }
            names.push(lease);
        }
        let back = join_all(names.iter().map(|name| self.parts.leases.leave(name, &self.holder)));
        if timeout(GIVE_BACK_LIMIT, back).await.is_err() {
            tracing::warn!("not all leases were given back in time; they run out by themselves");
        }
        self.publish();
    }

    fn publish(&self) {
        let mut status = self.lock();
        let holding = |held: &Held| Holding { token: held.lease.token, since: held.since };
        status.held = self.held.iter().map(|(shard, held)| (*shard, holding(held))).collect();
        status.shunned = self.shunned.keys().copied().collect();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, CrewStatus> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One shard's life on its thread.
fn judge(
    parts: &CrewParts,
    shard: Shard,
    lease: &Lease,
    (stop, silence): (&CancellationToken, &Silence),
) -> Result<(), WorkerError> {
    let runtime = Handle::current();
    let told = Told { stop, limit: LET_GO_LIMIT };
    let worker = runtime.block_on(told.bound(Worker::restore((parts.worker)(shard, lease))))?;
    let mut outage = Outage::new("the bus: judging waits");
    let mut frames = loop {
        match (parts.frames)(shard, &worker) {
            Ok(frames) => break frames,
            Err(BusError::Unavailable(cause)) if !stop.is_cancelled() => {
                outage.failed(&cause);
                silence.goes_on();
                std::thread::sleep(EVERY);
            }
            // Nothing was judged, so there is nothing to commit.
            Err(BusError::Unavailable(_)) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    };
    worker.hold(frames.as_mut(), &runtime, (stop, silence))
}
