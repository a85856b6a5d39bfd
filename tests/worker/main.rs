//! The worker over a real record and a real store: what a crash, a redelivering bus or other rules must not change.

mod crew;
mod migrate;
mod outage;
mod shards;
mod swap;
mod ticker;

use muckwatch::{
    bus::frames::{BusError, Frames, LocalFrames},
    engine::{canonical::Canonical, judge::judge},
    model::{
        cursor::Cursor,
        ids::{Revision, Seq},
        input::{Event, Input, LedgerRevision},
        shard::Shard,
        time::Span,
    },
    record::{NewInput, config::RecordConfig, journal::Journal},
    sim::{calendar, district::Demo, offline::arrivals, script::play},
    store::{
        self,
        episodes::{Basis, Commit, EpisodeStore},
        ledger::LedgerStore,
    },
    worker::{Worker, WorkerConfig, WorkerParts},
};
use std::{sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::runtime::Handle;

/// A folder with a recorded morning in it.
struct Morning {
    folder: TempDir,
    journal: Journal,
    store: Arc<store::SqlStore>,
    expected: Vec<Canonical>,
}

impl Morning {
    /// Records the ledger and six hours of the simulated day, a tick a minute, and a tick long after.
    async fn record() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let journal = Journal::open(&folder.path().join("record"), RecordConfig::default()).expect("a new record");
        let store = Arc::new(store::open(&folder.path().join("muckwatch.sqlite")).await.expect("a new store"));
        let demo = Demo::invent(1, calendar::Day::parse("2026-11-23").expect("a date"));
        let (ledger, start) = (demo.ledger(), demo.day.start());
        let entry = store.import(&ledger, "test", start).await.expect("imported").entry;
        let revision = LedgerRevision { revision: Revision(1), author: entry.author, ledger };
        let mut events = vec![(start, Event::LedgerRevised(Arc::new(revision)))];
        let end = start + Span::from_secs(6 * 3600);
        let frames = arrivals(&play(&demo)).into_iter().map(|arrival| (arrival.received, arrival.event));
        events.extend(frames.filter(|(received, _)| *received < end));
        events.extend((1..=360).map(|minute| (start + Span::from_secs(60 * minute), Event::Tick)));
        events.extend((1..=3).map(|hour| (end + Span::from_secs(3600 * hour), Event::Tick)));
        events.sort_by_key(|(received, _)| *received);
        let inputs: Vec<NewInput> = events.into_iter().map(|(received, event)| NewInput { received, event }).collect();
        for batch in inputs.chunks(2000) {
            let receipt = journal.append(batch.to_vec()).await.expect("recorded");
            assert!(receipt.last() >= receipt.first());
        }
        store.confirm(Revision(1), Seq(1)).await.expect("confirmed");
        let all: Vec<Input> = journal.read_from(Seq(1)).map(|input| input.expect("readable")).collect();
        let expected = judge(&all).expect("a usable ledger");
        assert!(expected.len() > 5, "the morning has findings");
        Self { folder, journal, store, expected }
    }

    async fn worker(&self) -> Worker {
        let store: Arc<dyn EpisodeStore> = self.store.clone();
        // Small commits, so that crashes fall between many of them.
        let config = WorkerConfig { commit_inputs_max: 700, commit_ms_max: 60_000, batch_inputs_max: 500 };
        Worker::restore(WorkerParts {
            shard: Shard::ALONE,
            fence: None,
            counters: None,
            store,
            record: Arc::new(self.journal.clone()),
            live: None,
            config,
        })
        .await
        .expect("restored")
    }

    async fn drain(&self, mut worker: Worker, mut frames: Box<dyn Frames>) {
        tokio::task::spawn_blocking(move || worker.drain(&mut *frames, &Handle::current()))
            .await
            .expect("the worker's thread")
            .expect("judged");
    }

    fn frames(&self, cursor: &Cursor) -> Box<dyn Frames> {
        Box::new(LocalFrames::new(&self.journal, cursor, Handle::current()))
    }

    async fn found(&self) -> Vec<Canonical> {
        self.store.canonical().await.expect("readable")
    }
}

/// Brings every batch twice, and now and then one from long ago.
struct Redelivering {
    inner: LocalFrames,
    last: Vec<Input>,
    old: Vec<Input>,
    turn: u32,
}

impl Frames for Redelivering {
    fn next(&mut self, most: usize, patience: Duration) -> Result<Vec<Input>, BusError> {
        self.turn += 1;
        if self.turn.is_multiple_of(2) && !self.last.is_empty() {
            return Ok(if self.turn.is_multiple_of(8) { self.old.clone() } else { self.last.clone() });
        }
        self.last = self.inner.next(most, patience)?;
        if self.turn == 1 {
            self.old = self.last.clone();
        }
        Ok(self.last.clone())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn crashes_and_redelivery_change_nothing() {
    // Proves: a worker that dies between commits, again and again, and a bus that redelivers end in what `judge` says.
    let morning = Morning::record().await;
    for crash in 1..6 {
        let mut worker = morning.worker().await;
        let from = Seq(worker.cursor().last().0 + 1);
        let part: Vec<Input> =
            morning.journal.read_from(from).take(900 * crash).map(|input| input.expect("readable")).collect();
        worker.take(&part).await.expect("judged");
        // Dropped without a commit: what was not committed is gone.
    }
    let worker = morning.worker().await;
    let inner = LocalFrames::new(&morning.journal, worker.cursor(), Handle::current());
    morning.drain(worker, Box::new(Redelivering { inner, last: Vec::new(), old: Vec::new(), turn: 0 })).await;
    assert_eq!(morning.found().await, morning.expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_worker_that_wakes_up_cannot_write() {
    // Proves: the newer claim fences the older one off.
    let morning = Morning::record().await;
    let mut sleeper = morning.worker().await;
    let worker = morning.worker().await;
    let part: Vec<Input> = morning.journal.read_from(Seq(1)).take(10).map(|input| input.expect("readable")).collect();
    sleeper.take(&part).await.expect("judged in memory");
    assert!(sleeper.commit().await.is_err(), "the sleeper must not write");
    let frames = morning.frames(worker.cursor());
    morning.drain(worker, frames).await;
    assert_eq!(morning.found().await, morning.expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn states_of_other_rules_are_rebuilt_from_the_record() {
    // Proves: after an upgrade the whole record is judged again; equal rules withdraw nothing and open nothing.
    let morning = Morning::record().await;
    let worker = morning.worker().await;
    let frames = morning.frames(worker.cursor());
    morning.drain(worker, frames).await;
    let before = morning.found().await;
    let mut head = morning.store.load_snapshot(Shard::ALONE).await.expect("readable").expect("a snapshot").head;
    head.lineage = "layout:0 rules of long ago".to_owned();
    let claim = morning.store.claim(Shard::ALONE, None).await.expect("claimed");
    let aged = Commit {
        shard: Shard::ALONE,
        fence: claim.fence.clone(),
        number: claim.last_commit + 1,
        basis: Basis::Stored,
        head,
        episodes: Vec::new(),
        savepoints: Vec::new(),
        states: Vec::new(),
        gone: Vec::new(),
        registrations: Vec::new(),
    };
    morning.store.commit(&aged).await.expect("aged");
    let worker = morning.worker().await;
    assert_eq!(worker.cursor().last(), *morning.journal.durable().borrow());
    drop(worker);
    assert_eq!(morning.found().await, before);
    assert_eq!(before, morning.expected);
    let restored = morning.store.load_snapshot(Shard::ALONE).await.expect("readable").expect("a snapshot");
    assert_ne!(restored.head.lineage, "layout:0 rules of long ago");
}
