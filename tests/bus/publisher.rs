//! What a publisher does when streams are full or gone, and when it begins again.

use crate::{
    engines::{Bus, Commits, Which, Worker, blocking},
    sample::until,
};
use async_trait::async_trait;
use muckwatch::{
    bus::{entry::Entry, frames::BusError, publish::Publish, redis::publish::RedisPublish},
    model::{cursor::Cursor, shard::Shard},
};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

const FRAMES: u64 = 400;

async fn read(bus: &Bus, commits: Commits, count: u64) -> Worker {
    let mut worker = Worker::new(bus.consumer("one", Cursor::default(), Vec::new()), Cursor::default());
    blocking(move || {
        worker.read_until(commits, |worker| worker.applied.len() as u64 >= count);
        worker
    })
    .await
}

async fn length(bus: &Bus) -> u64 {
    redis::cmd("XLEN").arg(bus.key()).query_async(&mut bus.raw().await).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_stream_stops_the_publisher_and_loses_nothing() {
    // Proves: at its limit a stream takes no more until a worker has committed; then all of it comes, and the stream gets empty.
    let Some(mut bus) = Bus::open(Which::Single).await else { return };
    bus.config.stream_entries_max = 7;
    bus.config.entry_frames_max = 10;
    bus.publish(Vec::new());
    bus.feed(1..=FRAMES).await;
    until("a stall", || bus.figure("publish_stalls") > 0).await;
    assert!((5..=8).contains(&length(&bus).await), "{}", length(&bus).await);
    let worker = read(&bus, Commits::Yes, FRAMES).await;
    assert_eq!(worker.numbers(), (1..=FRAMES).collect::<Vec<_>>());
    assert_eq!(bus.figure("bus_holes"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_cut_behind_commits_only() {
    // Proves: what was handed out stays until it is committed, and leaves when it is.
    let Some(mut bus) = Bus::open(Which::Single).await else { return };
    bus.config.entry_frames_max = 10;
    bus.publish(Vec::new());
    bus.feed(1..=FRAMES).await;
    let mut worker = read(&bus, Commits::No, FRAMES).await;
    let before = length(&bus).await;
    assert!(before >= FRAMES / 10, "{before}");
    blocking(move || {
        worker.commit();
        worker.commit();
        worker
    })
    .await;
    let after = length(&bus).await;
    assert!(after <= 1, "{after} entries are left");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_goes_on_where_it_stopped() {
    // Proves: after an ordered stop nothing is published twice; without its cursor it goes back to what workers committed.
    let Some(mut bus) = Bus::open(Which::Single).await else { return };
    bus.publish(Vec::new());
    bus.feed(1..=FRAMES).await;
    until("all of it", || bus.figure("published_frames") == FRAMES).await;
    bus.stop_publishing().await;
    bus.publish(Vec::new());
    bus.feed(FRAMES + 1..=2 * FRAMES).await;
    until("the rest", || bus.figure("published_frames") >= 2 * FRAMES).await;
    bus.stop_publishing().await;
    assert_eq!(bus.figure("published_frames"), 2 * FRAMES);
    let rewinds = bus.figure("publish_rewinds");
    std::fs::remove_file(bus.folder.path().join("published.json")).unwrap();
    bus.say_committed(FRAMES);
    bus.publish(Vec::new());
    until("what was not committed", || bus.figure("published_frames") == 3 * FRAMES).await;
    assert_eq!(bus.figure("publish_rewinds"), rewinds + 1);
    let worker = read(&bus, Commits::Yes, 2 * FRAMES).await;
    assert_eq!(worker.numbers(), (1..=2 * FRAMES).collect::<Vec<_>>());
}

/// A bus that answers nothing while it is away.
struct Outage {
    inner: RedisPublish,
    away: Arc<AtomicBool>,
}

#[async_trait]
impl Publish for Outage {
    async fn publish(&mut self, entries: &[(Shard, Entry)]) -> Result<(), BusError> {
        if self.away.load(Ordering::SeqCst) {
            return Err(BusError::Unavailable("away on purpose".to_owned()));
        }
        self.inner.publish(entries).await
    }

    async fn room(&mut self, shard: Shard) -> Result<u64, BusError> {
        self.inner.room(shard).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_during_an_outage_passes_over_nothing() {
    // Proves: what was read and packed when the stop came, and was not published, is published before the end or after the next
    // start, and is not counted as published before.
    let Some(mut bus) = Bus::open(Which::Single).await else { return };
    let away = Arc::new(AtomicBool::new(true));
    let inner = RedisPublish::new(&bus.house, bus.config.clone()).unwrap();
    bus.publish_through(Box::new(Outage { inner, away: Arc::clone(&away) }));
    bus.feed(1..=10).await;
    until("an outage", || bus.figure("publish_retries") > 2).await;
    bus.tell_publishers_to_stop();
    away.store(false, Ordering::SeqCst);
    bus.stop_publishing().await;
    bus.publish(Vec::new());
    bus.feed(11..=20).await;
    let worker = read(&bus, Commits::Yes, 20).await;
    assert_eq!(worker.numbers(), (1..=20).collect::<Vec<_>>());
    assert_eq!(bus.figure("bus_holes"), 0);
}
