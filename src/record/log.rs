//! The write side, without threads or waiting: a batch in, a receipt out. The central loop of the record.

use super::{
    Receipt, RecordError,
    beginning::Beginning,
    catalogue::{Catalogue, Written},
    config::RecordConfig,
    disk::{Disk, DiskFile},
    draft::Draft,
    entry::{self, Ordinal, Spot},
    recovery, segment, sidecar,
    spare::{NoSpare, Progress, Spares},
    stats::{Condition, RecordStats},
};
use crate::model::ids::Seq;
use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The log of one folder.
#[derive(Debug)]
pub(super) struct Log {
    catalogue: Arc<Catalogue>,
    stats: Arc<Mutex<RecordStats>>,
    spares: Spares,
    beginning: Beginning,
    writing: Option<Writing>,
    /// The batch as it goes to disk; kept for its capacity.
    bytes: Vec<u8>,
    written: Vec<Written>,
    retry: Duration,
    /// Why the last attempt to get a segment failed, and when.
    refused: Option<(Instant, RecordError)>,
}

/// The segment that is written on.
#[derive(Clone, Debug)]
pub(super) struct Writing {
    pub(super) segment: u64,
    pub(super) file: Arc<dyn DiskFile>,
    /// Where the next record goes.
    pub(super) end: u64,
    pub(super) capacity: u64,
}

/// What could not be had for want of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    /// A place for a batch: it is not acknowledged.
    Batch,
    /// The next segment, in advance.
    Spare,
}

/// How often a batch is written: where it is, and once more in a new segment.
const ATTEMPTS: usize = 2;

impl Log {
    /// Opens the log of a folder, recovering what a crash left.
    pub(super) fn open(disk: &Arc<dyn Disk>, config: &RecordConfig) -> Result<Self, RecordError> {
        config.usable()?;
        let recovered = recovery::recover(disk, config)?;
        let catalogue = Arc::new(Catalogue::new(Arc::clone(disk), recovered.filed));
        let stats = RecordStats { bytes_max: config.max_bytes, ..RecordStats::default() };
        let mut log = Self {
            catalogue,
            stats: Arc::new(Mutex::new(stats)),
            spares: recovered.spares,
            beginning: recovered.beginning,
            writing: recovered.writing,
            bytes: Vec::new(),
            written: Vec::new(),
            retry: Duration::from_millis(config.retry_ms),
            refused: None,
        };
        log.account(|_| {});
        if log.writing.is_none() {
            // A fresh folder: the first append must not wait for its segment.
            while log.tend() {}
        }
        Ok(log)
    }

    pub(super) const fn catalogue(&self) -> &Arc<Catalogue> {
        &self.catalogue
    }

    pub(super) const fn stats(&self) -> &Arc<Mutex<RecordStats>> {
        &self.stats
    }

    /// Makes a batch durable, in order, with one fdatasync. An error means: not acknowledged, and no seq is used.
    pub(super) fn commit(&mut self, batch: &[Draft]) -> Result<Receipt, RecordError> {
        assert!(!batch.is_empty(), "a batch holds something");
        let bytes = batch.iter().map(entry_bytes).sum::<usize>();
        let mut refusal = RecordError::Closed;
        for _ in 0..ATTEMPTS {
            let writing = self.segment_for(bytes)?;
            match self.write(&writing, batch) {
                Ok(receipt) => return Ok(receipt),
                Err(error) => refusal = self.abandon(&error),
            }
        }
        Err(refusal)
    }

    /// Works on the spare as fast as the open segment fills, twice over: it is ready when half of that is used, and a
    /// batch seldom waits for it.
    pub(super) fn keep_pace(&mut self) {
        let used = self.writing.as_ref().map_or(0, |writing| writing.end);
        while self.spares.filled() < self.spares.wanted().min(2 * used) && self.tend() {}
    }

    /// One slice of work on the spare segment; true when more is left.
    pub(super) fn tend(&mut self) -> bool {
        if self.resting() {
            return false;
        }
        match self.spares.tend() {
            Ok(progress) => {
                self.refused = None;
                self.account(|stats| (stats.condition, stats.cause) = (Condition::Good, None));
                progress == Progress::Growing
            }
            Err(error) => {
                self.refuse(error, Refused::Spare);
                false
            }
        }
    }

    /// Drops the segments whose inputs all lie at or below `upto`, but never the last. Their bytes are free for new ones.
    pub(super) fn forget(&mut self, upto: u64) {
        let doomed = self.catalogue.segments_upto(upto);
        let Some(last) = doomed.last() else { return };
        let disk = Arc::clone(&self.catalogue.disk);
        if let Err(error) = self.beginning.advance(disk.as_ref(), last.last + 1) {
            tracing::warn!(upto, %error, "where the record begins could not be written; nothing is dropped");
            self.account(|stats| stats.disk_errors += 1);
            return;
        }
        self.catalogue.forget_before(last.last + 1);
        for span in doomed {
            self.remove(span.segment);
        }
        self.refused = None;
        self.account(|_| {});
    }

    /// Removes a forgotten segment's files; what cannot be removed now goes at the next start.
    fn remove(&mut self, segment: u64) {
        let disk = Arc::clone(&self.catalogue.disk);
        match disk.open(&segment::name(segment)).and_then(|file| file.size()) {
            Ok(bytes) => self.spares.forget(segment, bytes),
            Err(error) => tracing::warn!(segment, %error, "a forgotten segment could not be looked at"),
        }
        sidecar::remove(disk.as_ref(), segment);
    }

    /// The segment that takes a batch of `bytes`.
    fn segment_for(&mut self, bytes: usize) -> Result<Writing, RecordError> {
        let bytes = u64::try_from(bytes).expect("a usize fits");
        if let Some(writing) = &self.writing
            && writing.end + bytes <= writing.capacity
        {
            return Ok(writing.clone());
        }
        if self.resting()
            && let Some((_, refusal)) = &self.refused
        {
            return Err(refusal.clone());
        }
        self.roll()
    }

    /// Seals the segment and goes on in the spare.
    fn roll(&mut self) -> Result<Writing, RecordError> {
        let spare = match self.spares.take() {
            Ok(spare) => spare,
            Err(error) => return Err(self.refuse(error, Refused::Batch)),
        };
        if self.writing.take().is_some() {
            self.catalogue.seal();
        }
        let first = self.catalogue.durable() + 1;
        let begun = spare.file.write_at(0, &segment::header(spare.segment, first)).and_then(|()| spare.file.sync());
        if let Err(error) = begun {
            let name = segment::name(spare.segment);
            self.spares.forget(spare.segment, spare.filled);
            let missing = NoSpare::Disk { what: format!("beginning {name}"), error };
            return Err(self.refuse(missing, Refused::Batch));
        }
        self.refused = None;
        self.catalogue.begin(spare.segment, first);
        let writing =
            Writing { segment: spare.segment, file: spare.file, end: segment::DATA_START, capacity: spare.filled };
        self.writing = Some(writing.clone());
        Ok(writing)
    }

    /// Writes and syncs the batch at the segment's end, then publishes it.
    fn write(&mut self, writing: &Writing, batch: &[Draft]) -> io::Result<Receipt> {
        let first = self.catalogue.durable() + 1;
        self.encode(writing, first, batch);
        writing.file.write_at(writing.end, &self.bytes)?;
        let begun = Instant::now();
        writing.file.sync()?;
        let took = begun.elapsed();
        self.catalogue.publish(&self.written);
        let end = self.written.last().map_or(writing.end, |last| last.end);
        self.writing = Some(Writing { end, ..writing.clone() });
        let last = self.catalogue.durable();
        let relieved = if self.refused.is_some() { Condition::NearlyFull } else { Condition::Good };
        self.account(|stats| {
            stats.sync_ms_last = took.as_secs_f64() * 1000.0;
            stats.batches += 1;
            stats.inputs += last + 1 - first;
            if matches!(stats.condition, Condition::Full | Condition::Failed) {
                stats.condition = relieved;
            }
        });
        Ok(Receipt::new(Seq(first), Seq(last)))
    }

    fn encode(&mut self, writing: &Writing, first: u64, batch: &[Draft]) {
        self.bytes.clear();
        self.written.clear();
        for (draft, in_batch) in batch.iter().zip(0_u32..) {
            let position = writing.end + u64::try_from(self.bytes.len()).expect("a usize fits");
            let spot = Spot { segment: writing.segment, position };
            let seq = first + u64::from(in_batch);
            entry::put(&mut self.bytes, spot, Ordinal { seq, in_batch }, draft);
            let end = writing.end + u64::try_from(self.bytes.len()).expect("a usize fits");
            self.written.push(Written { seq, spot, end, head: draft.head });
        }
    }

    /// Leaves a segment whose write or sync failed: what it holds is durable up to the last receipt, no more is added.
    fn abandon(&mut self, error: &io::Error) -> RecordError {
        let segment = self.writing.take().map_or(0, |writing| writing.segment);
        self.catalogue.seal();
        let refusal = refusal(&format!("writing {}", segment::name(segment)), error);
        tracing::error!(segment, %error, "a write to the record failed; the batch goes to a new segment");
        self.account(|stats| {
            stats.disk_errors += 1;
            (stats.condition, stats.cause) = (condition(&refusal), Some(refusal.to_string()));
        });
        refusal
    }

    /// Notes that there is no further segment. It is an alarm at once, and no acknowledgement when the last one is full.
    fn refuse(&mut self, missing: NoSpare, refused: Refused) -> RecordError {
        let (refusal, disk_errors) = match missing {
            NoSpare::Limit { allocated, max_bytes } => {
                (RecordError::Full { what: format!("{allocated} of record.max_bytes = {max_bytes} bytes used") }, 0)
            }
            NoSpare::Disk { what, error } => (refusal(&what, &error), 1),
        };
        let (before, now) = self.account(|stats| {
            stats.disk_errors += disk_errors;
            let before = stats.condition;
            stats.condition = match (refused, before) {
                (Refused::Batch, _) => condition(&refusal),
                (Refused::Spare, Condition::Good) => Condition::NearlyFull,
                (Refused::Spare, before) => before,
            };
            stats.cause = Some(refusal.to_string());
            (before, stats.condition)
        });
        if before != now {
            tracing::error!(condition = ?now, %refusal, "no further segment for the record");
        }
        self.refused = Some((Instant::now(), refusal.clone()));
        refusal
    }

    /// Whether the last refusal is too fresh to ask the disk again.
    fn resting(&self) -> bool {
        self.refused.as_ref().is_some_and(|(at, _)| at.elapsed() < self.retry)
    }

    fn account<T>(&self, change: impl FnOnce(&mut RecordStats) -> T) -> T {
        let mut stats = self.stats.lock().unwrap_or_else(PoisonError::into_inner);
        stats.durable = Seq(self.catalogue.durable());
        stats.first = Seq(self.catalogue.first());
        stats.bytes = self.spares.allocated();
        stats.segments = u64::try_from(self.catalogue.segments()).unwrap_or(u64::MAX);
        change(&mut stats)
    }
}

/// Bytes of a draft's record.
pub(super) fn entry_bytes(draft: &Draft) -> usize {
    entry::HEADER_BYTES + draft.payload_len()
}

fn refusal(what: &str, error: &io::Error) -> RecordError {
    let what = format!("{what}: {error}");
    let full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    if full { RecordError::Full { what } } else { RecordError::Failed { what } }
}

const fn condition(refusal: &RecordError) -> Condition {
    if matches!(refusal, RecordError::Full { .. }) { Condition::Full } else { Condition::Failed }
}
