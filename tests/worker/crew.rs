//! Workers that share a house: who holds which shard, and what one that was replaced may still do.

use async_trait::async_trait;
use muckwatch::{
    bus::{
        entry::Entry,
        frames::{BusError, Frames},
        publish::Publish,
    },
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
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const SHARDS: u16 = 8;
const LIMIT: Duration = Duration::from_mins(1);

/// The link of one worker to the bus: whether it is cut.
#[derive(Clone, Default)]
struct BusLink(Arc<AtomicBool>);

impl BusLink {
    fn set_cut(&self, is_cut: bool) {
        self.0.store(is_cut, Ordering::SeqCst);
    }

    fn answers(&self) -> Result<(), BusError> {
        if self.0.load(Ordering::SeqCst) { Err(BusError::Unavailable("the link is cut".to_owned())) } else { Ok(()) }
    }
}

#[async_trait]
impl Publish for BusLink {
    async fn publish(&mut self, _: &[(Shard, Entry)]) -> Result<(), BusError> {
        self.answers()
    }

    async fn room(&mut self, _: Shard) -> Result<u64, BusError> {
        self.answers().map(|()| 100)
    }
}

/// A stream on which only time passes.
struct Ticking {
    link: BusLink,
    next: u64,
    acknowledged: Arc<Mutex<BTreeMap<Shard, u64>>>,
    shard: Shard,
}

impl Frames for Ticking {
    fn next(&mut self, _: usize, _: Duration) -> Result<Vec<Input>, BusError> {
        std::thread::sleep(Duration::from_millis(50));
        self.link.answers()?;
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
    link: BusLink,
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
        let (acknowledged, link) = (Arc::clone(&self.acknowledged), BusLink::default());
        let under = link.clone();
        let frames: Arc<OpenFrames> = Arc::new(move |shard, worker| {
            let next = worker.cursor().number(GatewayNumber::CONTROL);
            Ok(Box::new(Ticking { link: under.clone(), next, acknowledged: Arc::clone(&acknowledged), shard }))
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
        let parts = CrewParts {
            leases: self.store.clone(),
            frames,
            worker,
            shards: Shards::new(SHARDS).expect("a count"),
            member: name.to_owned(),
            lease: Duration::from_secs(3),
            silence: Duration::from_millis(500),
        };
        let crew = Crew::new(parts, Box::new(link.clone()));
        let (status, stop) = (crew.status(), CancellationToken::new());
        let task = tokio::spawn(crew.run(stop.clone()));
        Process { status, link, stop, task }
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
async fn one_who_hears_nothing_of_the_bus_leaves_the_shards_to_others() {
    // Proves: a worker whose bus is silent while its leases could be renewed for ever lets go of all shards, which another goes on
    // with from what is committed; it looks on, says so, and takes its part again when the bus answers. Where all are cut off nobody
    // holds any, and all come back.
    let house = House::found().await;
    let (one, two) = (house.worker("one"), house.worker("two"));
    let all = usize::from(SHARDS);
    let share = async || !one.held().is_empty() && !two.held().is_empty() && one.held().len() + two.held().len() == all;
    until("they share", share).await;
    until("all have committed", async || house.cursors().await.len() == all).await;
    let is_aside = |process: &Process| process.status.lock().expect("not poisoned").aside.is_some();
    one.link.set_cut(true);
    until("the other holds all", async || two.held().len() == all && one.held().is_empty()).await;
    assert!(is_aside(&one) && !is_aside(&two));
    let before = house.cursors().await;
    until("all go on", async || {
        let now = house.cursors().await;
        before.iter().all(|(shard, number)| now.get(shard) > Some(number))
    })
    .await;
    one.link.set_cut(false);
    until("they share again", share).await;
    assert!(!is_aside(&one));
    for process in [&one, &two] {
        process.link.set_cut(true);
    }
    until("nobody holds any", async || one.held().is_empty() && two.held().is_empty()).await;
    for process in [&one, &two] {
        process.link.set_cut(false);
    }
    until("they are back", share).await;
    for process in [one, two] {
        process.stop.cancel();
        process.task.await.expect("it lets go");
    }
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
