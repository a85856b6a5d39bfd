//! A bus that goes away while inputs are in hand.

use super::Morning;
use muckwatch::{
    bus::frames::{BusError, Frames},
    model::{
        cursor::Cursor,
        ids::Seq,
        input::{Event, Input},
        shard::Shard,
    },
    store::episodes::EpisodeStore as _,
    worker::{Worker, WorkerConfig, WorkerParts, silence::Silence},
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

/// Far longer than `commit_ms_max`.
const LIMIT: Duration = Duration::from_secs(30);

/// Gives what it has, then is away.
struct Away(Option<Vec<Input>>);

impl Frames for Away {
    fn next(&mut self, _: usize, _: Duration) -> Result<Vec<Input>, BusError> {
        self.0.take().ok_or_else(|| BusError::Unavailable("gone".to_owned()))
    }

    fn committed(&mut self, _: &Cursor) -> Result<(), BusError> {
        Err(BusError::Unavailable("gone".to_owned()))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_judged_is_committed_though_the_bus_is_away() {
    // Proves: inputs that were in hand when the bus went away are in the store within the time of a commit, not when it comes back.
    let morning = Morning::record().await;
    // Frames alone: a tick would be committed at once by what it makes due.
    let inputs = morning.journal.read_from(Seq(1)).map(|input| input.expect("readable"));
    let part: Vec<Input> = inputs.take_while(|input| input.event != Event::Tick).take(50).collect();
    let last = part.last().expect("some").seq;
    let worker = Worker::restore(WorkerParts {
        shard: Shard::ALONE,
        fence: None,
        counters: None,
        store: morning.store.clone(),
        record: Arc::new(morning.journal.clone()),
        live: None,
        config: WorkerConfig { commit_ms_max: 300, ..WorkerConfig::default() },
    })
    .await
    .expect("restored");
    let stop = CancellationToken::new();
    let (runtime, told) = (Handle::current(), stop.clone());
    let judging =
        std::thread::spawn(move || worker.hold(&mut Away(Some(part)), &runtime, (&told, &Silence::default())));
    let begun = Instant::now();
    loop {
        let snapshot = morning.store.load_snapshot(Shard::ALONE).await.expect("readable");
        if snapshot.is_some_and(|snapshot| snapshot.head.cursor.covers(last)) {
            break;
        }
        assert!(begun.elapsed() < LIMIT, "nothing was committed");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stop.cancel();
    tokio::task::spawn_blocking(move || judging.join()).await.expect("joined").expect("no panic").expect("judged");
}
