//! Puts a gateway's journal on the bus: what is copied, and nothing before.
//!
//! ```text
//!  Journal ─▶ Packer: frames by shard, packed seqs, chain ─▶ room? ─▶ Publish ─▶ progress, its file, a watch for the spool
//! ```
//! A step reads what is copied and not published yet (some milliseconds' worth, or a group's), packs it, puts it on the bus and only
//! then counts it as published. What fails is put there again, in the same order, for as long as it takes: duplicates are harmless,
//! a step over something is not. When every stream is at its limit the publisher waits; the journal then fills and the gateway stops
//! acknowledging. When one is, and others have room, it waits some seconds and then leaves that stream's entries out: the next entry
//! there names the number before it, and its worker reads what is missing from the record, which has everything. When a stream is
//! gone, or the cursor's file is, or the journal let go of what comes next, it goes back to what workers committed.
//!
//! | file | subject |
//! |---|---|
//! | `packer` | from inputs to entries, and how far the journal is on the bus |
//! | `kept` | the cursor's file |
//! | `beats` | when a stream gets an empty entry |
//! | `room` | what may be put on each stream |
//! | `full` | how long a full stream is waited for |
//! | `counters` | figures |

mod beats;
pub mod counters;
mod full;
mod kept;
mod packer;
mod room;

use super::{
    config::BusConfig,
    entry::{Batch, Entry},
    frames::BusError,
    pause::Pause,
    publish::{Committed, Publish},
};
use crate::{
    model::{
        ids::{GatewayNumber, Seq},
        input::Input,
        shard::{Shard, Shards},
    },
    record::{RecordError, journal::Journal, reader::Reader},
};
use beats::Beats;
use counters::PublishCounters;
use full::Full;
use kept::Kept;
use packer::{Group, Packer, Progress};
use room::Room;
use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::watch,
    time::{sleep, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;

/// What a publisher is built of.
pub struct PublisherParts {
    /// The gateway's journal.
    pub journal: Journal,
    /// The last bare number of it that may be published.
    pub copied: watch::Receiver<Seq>,
    /// Whose it is.
    pub gateway: GatewayNumber,
    /// Shards of the house.
    pub shards: Shards,
    /// Where entries go.
    pub bus: Box<dyn Publish>,
    /// What workers committed.
    pub committed: Arc<dyn Committed>,
    /// Folder of the cursor's file: that of the record.
    pub folder: PathBuf,
    /// Limits.
    pub config: BusConfig,
    /// Figures.
    pub counters: Arc<PublishCounters>,
    /// Told the last number of which everything up to it is on the bus: what lies before it may leave the spool.
    pub published: watch::Sender<Seq>,
}

/// Between two replacements of the cursor's file: what is republished after a crash.
const SAVE_EVERY: Duration = Duration::from_secs(1);
/// Longest time for what is left when the gateway stops; the next start publishes the rest.
const FINISH_LIMIT: Duration = Duration::from_secs(5);
/// Pause before a stream at its limit is asked again.
const STALL: Duration = Duration::from_millis(50);

/// Publishes until told to stop, then what is left, within a limit.
///
/// # Errors
/// The journal or what workers committed is damaged: nothing more may be published.
pub async fn run(parts: PublisherParts, stop: CancellationToken) -> Result<(), BusError> {
    let mut publisher = Publisher::begin(parts, stop);
    let end = publisher.follow().await;
    publisher.save();
    end
}

struct Publisher {
    parts: PublisherParts,
    kept: Kept,
    progress: Progress,
    packer: Packer,
    reader: Option<Reader>,
    beats: Beats,
    room: Room,
    full: Full,
    saved_at: Instant,
    /// Whether it is not known how far the journal is on the bus.
    lost: bool,
    stop: CancellationToken,
}

/// What becomes of the front of a group.
enum Fit {
    /// So many entries have room.
    Room(usize),
    /// The first one's stream is full and not waited for.
    Full(Shard),
}

/// Why a step did not end.
enum Interrupt {
    /// Told to stop.
    Stopped,
    /// It is not known what is on the bus.
    Lost,
    /// Nothing more may be published.
    Broken(BusError),
}

impl Publisher {
    fn begin(parts: PublisherParts, stop: CancellationToken) -> Self {
        let kept = Kept::new(&parts.folder, parts.gateway, parts.shards);
        let durable = parts.journal.durable().borrow().0;
        let found = kept.load(first_of(&parts.journal), durable);
        let lost = found.is_none();
        let packer = Packer::new(parts.gateway, parts.shards, &parts.config, Progress::default());
        let (room, saved_at) = (Room::default(), Instant::now());
        let (beats, full, reader, progress) = (Beats::default(), Full::default(), None, Progress::default());
        let mut publisher = Self { parts, kept, progress, packer, reader, beats, room, full, saved_at, lost, stop };
        publisher.go_on_from(found.unwrap_or_default());
        publisher
    }

    async fn follow(&mut self) -> Result<(), BusError> {
        match self.publish().await {
            Interrupt::Broken(error) => return Err(error),
            Interrupt::Stopped | Interrupt::Lost => {}
        }
        // A step that was cut short may have read and packed what it did not publish.
        self.go_on_from(self.progress.clone());
        self.stop = CancellationToken::new();
        let rest = async {
            while self.is_behind() || self.lost {
                match self.step().await {
                    Ok(()) => {}
                    Err(Interrupt::Lost) => self.lost = true,
                    Err(Interrupt::Stopped) => return Ok(()),
                    Err(Interrupt::Broken(error)) => return Err(error),
                }
            }
            Ok(())
        };
        let limit = timeout(FINISH_LIMIT, rest).await;
        limit.unwrap_or_else(|_| {
            tracing::warn!(upto = self.progress.upto, "not all is on the bus; the next start publishes the rest");
            Ok(())
        })
    }

    /// Publishes until something other than a loss ends it.
    async fn publish(&mut self) -> Interrupt {
        loop {
            match self.step().await {
                Ok(()) => {}
                Err(Interrupt::Lost) => self.lost = true,
                Err(end) => return end,
            }
        }
    }

    async fn step(&mut self) -> Result<(), Interrupt> {
        if self.lost {
            self.rewind().await?;
            self.lost = false;
        }
        self.wait().await?;
        if self.is_behind() {
            self.linger().await?;
            let mut group = self.gather().await?;
            self.put(&mut group).await?;
            self.confirm(&group);
        }
        self.beat().await
    }

    fn copied(&self) -> u64 {
        self.parts.copied.borrow().0
    }

    fn is_behind(&self) -> bool {
        self.copied() > self.progress.upto
    }

    /// Until there is something to publish or an empty entry is due.
    async fn wait(&mut self) -> Result<(), Interrupt> {
        let upto = self.progress.upto;
        let beat = self.beats.next();
        let beat =
            async { if let Some(at) = beat { sleep_until(at.into()).await } else { std::future::pending().await } };
        tokio::select! {
            () = self.stop.cancelled() => Err(Interrupt::Stopped),
            arrived = self.parts.copied.wait_for(|copied| copied.0 > upto) => {
                arrived.map_or(Err(Interrupt::Stopped), |_| Ok(()))
            }
            () = beat => Ok(()),
        }
    }

    /// A moment for others to share the entries.
    async fn linger(&mut self) -> Result<(), Interrupt> {
        let patience = Duration::from_millis(self.parts.config.entry_ms);
        let enough = self.progress.upto.saturating_add(self.parts.config.entry_frames_max as u64);
        let full = timeout(patience, self.parts.copied.wait_for(|copied| copied.0 >= enough));
        match self.stop.run_until_cancelled(full).await {
            Some(_) => Ok(()),
            None => Err(Interrupt::Stopped),
        }
    }

    /// Reads and packs what follows, away from the runtime's threads.
    async fn gather(&mut self) -> Result<Group, Interrupt> {
        let mut pause = Pause::new(&self.parts.config);
        loop {
            match self.read().await {
                Ok(inputs) => return Ok(self.packer.pack(inputs)),
                Err(BusError::Corrupt(what)) => return Err(Interrupt::Broken(BusError::Corrupt(what))),
                Err(BusError::Lost(what)) => {
                    tracing::warn!(what, "the journal let go of what comes next; workers read it from the record");
                    return Err(Interrupt::Lost);
                }
                Err(error) => self.failed("reading the journal", &error, &mut pause).await?,
            }
        }
    }

    async fn read(&mut self) -> Result<Vec<Input>, BusError> {
        let next = Seq(self.progress.upto + 1);
        let mut reader = self.reader.take().unwrap_or_else(|| self.parts.journal.read_from(next));
        let waiting = usize::try_from(self.copied() - self.progress.upto).unwrap_or(usize::MAX);
        let most = waiting.min(self.parts.config.group_frames_max);
        let read = tokio::task::spawn_blocking(move || {
            let inputs: Result<Vec<Input>, RecordError> = reader.by_ref().take(most).collect();
            inputs.map(|inputs| (reader, inputs))
        });
        let read = read.await.map_err(|error| BusError::Corrupt(format!("reading the journal ended: {error}")))?;
        let (reader, inputs) = read.map_err(|error| match error {
            RecordError::Forgotten { .. } => BusError::Lost(error.to_string()),
            other => other.into(),
        })?;
        self.reader = Some(reader);
        Ok(inputs)
    }

    /// Puts a group's entries on the bus in their order, as fast as there is room; what is left out leaves the group.
    async fn put(&mut self, group: &mut Group) -> Result<(), Interrupt> {
        let (mut done, mut pause) = (0, Pause::new(&self.parts.config));
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
                    self.room.used(now);
                    (done, pause) = (done + fits, Pause::new(&self.parts.config));
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
        let (mut pause, mut since) = (Pause::new(&self.parts.config), None);
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

    fn confirm(&mut self, group: &Group) {
        let now = Instant::now();
        self.progress.pass(group);
        for shard in group.last.keys() {
            self.beats.published(*shard, now);
        }
        let counters = &self.parts.counters;
        counters.published_entries.add(group.entries.len());
        counters.published_frames.add(group.frames);
        let lag = self.copied().saturating_sub(self.progress.upto);
        counters.publish_lag_inputs.set(lag);
        self.parts.published.send_replace(Seq(self.progress.upto));
        if now.duration_since(self.saved_at) >= SAVE_EVERY {
            self.save();
        }
    }

    fn save(&mut self) {
        self.saved_at = Instant::now();
        if self.lost {
            return;
        }
        if let Err(error) = self.kept.save(&self.progress) {
            tracing::warn!(%error, "the publish cursor was not kept; after a crash more is published again");
        }
    }

    /// Empty entries where they are due and have room. One that fails is left out: the next says more.
    async fn beat(&mut self) -> Result<(), Interrupt> {
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

    /// Goes back to what workers committed.
    async fn rewind(&mut self) -> Result<(), Interrupt> {
        self.parts.counters.publish_rewinds.add(1);
        let mut pause = Pause::new(&self.parts.config);
        let committed = loop {
            match self.parts.committed.committed(self.parts.gateway).await {
                Ok(committed) => break committed,
                Err(BusError::Corrupt(what)) => return Err(Interrupt::Broken(BusError::Corrupt(what))),
                Err(error) => self.failed("asking what workers committed", &error, &mut pause).await?,
            }
        };
        self.go_on_from(Progress::of_committed(committed, first_of(&self.parts.journal)));
        tracing::info!(after = self.progress.upto, "publishing from what workers committed");
        Ok(())
    }

    fn go_on_from(&mut self, progress: Progress) {
        let parts = &self.parts;
        self.packer = Packer::new(parts.gateway, parts.shards, &parts.config, progress.clone());
        self.beats = Beats::starting(progress.last.keys().copied(), Instant::now());
        (self.reader, self.room) = (None, Room::default());
        parts.published.send_replace(Seq(progress.upto));
        self.progress = progress;
    }

    async fn failed(&mut self, doing: &str, error: &BusError, pause: &mut Pause) -> Result<(), Interrupt> {
        self.parts.counters.publish_retries.add(1);
        tracing::warn!(doing, %error, "it failed; trying again");
        let wait = pause.take();
        self.sleep(wait).await
    }

    async fn sleep(&mut self, wait: Duration) -> Result<(), Interrupt> {
        self.stop.run_until_cancelled(sleep(wait)).await.ok_or(Interrupt::Stopped)
    }
}

/// The first number that the journal still holds.
fn first_of(journal: &Journal) -> u64 {
    journal.stats().first.0.max(1)
}

#[cfg(test)]
#[path = "publisher_tests.rs"]
mod tests;
