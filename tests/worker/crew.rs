//! Workers that share a house: who holds which shard, and what one that was replaced may still do.

use muckwatch::{
    bus::frames::{BusError, Frames},
    model::{
        cursor::Cursor,
        ids::{GatewayNumber, Seq},
        input::{Event, Input},
        shard::{Shard, Shards},
        time::Timestamp,
    },
    record::{config::RecordConfig, journal::Journal},
    store::{
        self,
        episodes::{EpisodeStore, Fence},
        error::StoreError,
        leases::LeaseStore,
    },
    worker::{
        WorkerConfig, WorkerParts,
        crew::{Crew, CrewParts, CrewStatus, OpenFrames, WorkerOf},
    },
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const SHARDS: u16 = 8;
const LIMIT: Duration = Duration::from_mins(1);

/// A stream on which only time passes.
struct Ticking {
    next: u64,
    acknowledged: Arc<Mutex<BTreeMap<Shard, u64>>>,
    shard: Shard,
}

impl Frames for Ticking {
    fn next(&mut self, _: usize, _: Duration) -> Result<Vec<Input>, BusError> {
        std::thread::sleep(Duration::from_millis(50));
        self.next += 1;
        let seq = Seq::of(GatewayNumber::CONTROL, self.next);
        let received = Timestamp::from_millis(i64::try_from(self.next * 1_000).expect("a small number"));
        Ok(vec![Input { seq, received, event: Event::Tick }])
    }

    fn committed(&mut self, cursor: &Cursor) -> Result<(), BusError> {
        let mut acknowledged = self.acknowledged.lock().expect("not poisoned");
        acknowledged.insert(self.shard, cursor.number(GatewayNumber::CONTROL));
        Ok(())
    }
}

/// A house without terminals.
struct House {
    _folder: TempDir,
    store: Arc<store::SqlStore>,
    journal: Journal,
    acknowledged: Arc<Mutex<BTreeMap<Shard, u64>>>,
}

/// A worker process in this test.
struct Process {
    status: Arc<Mutex<CrewStatus>>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl House {
    async fn found() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = Arc::new(store::open(&folder.path().join("muckwatch.sqlite")).await.expect("a new store"));
        let journal = Journal::open(&folder.path().join("record"), RecordConfig::default()).expect("a new record");
        Self { _folder: folder, store, journal, acknowledged: Arc::default() }
    }

    fn worker(&self, name: &str) -> Process {
        let acknowledged = Arc::clone(&self.acknowledged);
        let frames: Arc<OpenFrames> = Arc::new(move |shard, worker| {
            let next = worker.cursor().number(GatewayNumber::CONTROL);
            Ok(Box::new(Ticking { next, acknowledged: Arc::clone(&acknowledged), shard }))
        });
        let config = WorkerConfig { commit_ms_max: 100, ..WorkerConfig::default() };
        let (store, journal) = (Arc::clone(&self.store), self.journal.clone());
        let worker: Arc<WorkerOf> = Arc::new(move |shard, lease| WorkerParts {
            shard,
            fence: Some(lease.into()),
            counters: None,
            store: store.clone(),
            record: Arc::new(journal.clone()),
            live: None,
            config: config.clone(),
        });
        let crew = Crew::new(CrewParts {
            leases: self.store.clone(),
            frames,
            worker,
            shards: Shards::new(SHARDS).expect("a count"),
            member: name.to_owned(),
            lease: Duration::from_secs(3),
        });
        let (status, stop) = (crew.status(), CancellationToken::new());
        let task = tokio::spawn(crew.run(stop.clone()));
        Process { status, stop, task }
    }

    /// Numbers that each shard has committed.
    async fn cursors(&self) -> BTreeMap<Shard, u64> {
        let cursors = self.store.cursors().await.expect("readable");
        cursors.into_iter().map(|(shard, cursor)| (shard, cursor.number(GatewayNumber::CONTROL))).collect()
    }
}

impl Process {
    fn held(&self) -> BTreeMap<Shard, u64> {
        let status = self.status.lock().expect("not poisoned");
        status.held.iter().map(|(shard, held)| (*shard, held.token)).collect()
    }
}

pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < LIMIT, "{what} did not happen within {LIMIT:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn shards_go_where_the_living_are() {
    // Proves: one worker takes all; a second takes some from it and nothing else moves; when it is killed the first has all again,
    // each shard under a greater token; and every shard goes on from what was committed, never from before.
    let house = House::found().await;
    let one = house.worker("one");
    until("one holds all", async || one.held().len() == usize::from(SHARDS)).await;
    let before = one.held();
    until("all have committed", async || house.cursors().await.len() == usize::from(SHARDS)).await;
    let two = house.worker("two");
    until("they share", async || !two.held().is_empty() && one.held().len() + two.held().len() == usize::from(SHARDS))
        .await;
    let (mine, theirs) = (one.held(), two.held());
    assert!(mine.iter().all(|(shard, token)| before.get(shard) == Some(token)), "what stayed never moved");
    assert!(theirs.iter().all(|(shard, token)| before.get(shard) < Some(token)), "what moved has a greater token");
    let moved = house.cursors().await;
    two.task.abort();
    until("one holds all again", async || one.held().len() == usize::from(SHARDS)).await;
    until("all go on", async || {
        let now = house.cursors().await;
        moved.iter().all(|(shard, number)| now.get(shard) > Some(number))
    })
    .await;
    one.stop.cancel();
    one.task.await.expect("it lets go");
    let told = house.acknowledged.lock().expect("not poisoned").clone();
    let stored = house.cursors().await;
    assert!(
        told.iter().all(|(shard, number)| stored.get(shard) >= Some(number)),
        "only what is committed is acknowledged"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_was_lost_and_got_back_is_another_one() {
    // Proves: a worker whose lease ended and is its own again, under a greater token, lets go of what it judged by the old one and
    // begins anew from what is committed, for another may have written meanwhile; its other shards stay.
    let house = House::found().await;
    let one = house.worker("one");
    until("one holds all", async || one.held().len() == usize::from(SHARDS)).await;
    let (shard, before) = (Shard(3), one.held());
    let lease = house.store.last("shard/3").await.expect("answered").expect("held");
    house.store.release(&lease).await.expect("ended behind its back");
    until("it begins anew", async || one.held().get(&shard).is_some_and(|token| *token > lease.token)).await;
    let after = one.held();
    let others = |held: &BTreeMap<Shard, u64>| held.iter().filter(|(it, _)| **it != shard).count();
    assert_eq!((others(&after), one.status.lock().expect("not poisoned").lost), (others(&before), 1));
    assert!(after.iter().all(|(it, token)| *it == shard || before.get(it) == Some(token)), "{before:?} {after:?}");
    let late = house.store.claim(shard, Some(&Fence::from(&lease))).await;
    assert!(matches!(late, Err(StoreError::Conflict { .. })), "the old token writes nothing more: {late:?}");
    let committed = house.cursors().await.get(&shard).copied();
    until("it goes on", async || house.cursors().await.get(&shard).copied() > committed).await;
    one.stop.cancel();
    one.task.await.expect("it lets go");
}
