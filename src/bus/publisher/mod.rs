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
//! | `gather` | reading what is to be published |
//! | `packer` | from inputs to entries, and how far the journal is on the bus |
//! | `put` | putting it on the streams, empty entries too |
//! | `kept` | the cursor's file |
//! | `beats` | when a stream gets an empty entry |
//! | `room` | what may be put on each stream |
//! | `full` | how long a full stream is waited for |
//! | `counters` | figures |

mod beats;
pub mod counters;
mod full;
mod gather;
mod kept;
mod packer;
mod put;
mod room;

use super::{
    config::BusConfig,
    frames::BusError,
    publish::{Committed, Publish},
};
use crate::{
    clock::pause::Pause,
    model::{
        ids::{GatewayNumber, Seq},
        shard::Shards,
    },
    record::{journal::Journal, reader::Reader},
    telemetry::Outage,
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
    outage: Outage,
    stop: CancellationToken,
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
        let outage = Outage::new("the bus: nothing is published");
        let mut publisher =
            Self { parts, kept, progress, packer, reader, beats, room, full, saved_at, lost, outage, stop };
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

    /// Goes back to what workers committed.
    async fn rewind(&mut self) -> Result<(), Interrupt> {
        self.parts.counters.publish_rewinds.add(1);
        let mut pause = self.parts.config.pause();
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
        self.outage.failed(&format!("{doing}: {error}"));
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
