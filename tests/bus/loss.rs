//! What Redis loses.

use crate::{
    engines::{Bus, Commits, Which, Worker, blocking, config},
    sample::until,
};
use engines::{Engines, Postgres, Redis};
use muckwatch::{
    bus::{frames::Frames, unpack::Standing},
    model::cursor::Cursor,
};
use std::time::{Duration, Instant};

const FRAMES: u64 = 2_000;

fn worker(bus: &Bus) -> Worker {
    Worker::new(bus.consumer("one", Cursor::default(), Vec::new()), Cursor::default())
}

async fn read(mut worker: Worker, commits: Commits, count: u64) -> Worker {
    blocking(move || {
        worker.read_until(commits, |worker| worker.applied.len() as u64 >= count);
        worker
    })
    .await
}

async fn forget_stream(bus: &Bus) {
    let removed: u64 = redis::cmd("DEL").arg(bus.key()).query_async(&mut bus.raw().await).await.unwrap();
    assert_eq!(removed, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_stream_is_made_good_from_the_record() {
    // Proves: what was on a stream that is gone is read from the record, group and stream are made anew, and the rest follows; the
    // same when it goes while nothing is published, through the empty entries.
    let Some(mut bus) = Bus::open(Which::Single).await else { return };
    bus.publish(Vec::new());
    bus.feed(1..=FRAMES / 4).await;
    let reader = read(worker(&bus), Commits::Yes, FRAMES / 4).await;
    bus.say_committed(FRAMES / 4);
    bus.feed(FRAMES / 4 + 1..=FRAMES / 2).await;
    until("publishing", || bus.figure("published_frames") >= FRAMES / 2).await;
    forget_stream(&bus).await;
    bus.feed(FRAMES / 2 + 1..=FRAMES * 3 / 4).await;
    let reader = read(reader, Commits::Yes, FRAMES * 3 / 4).await;
    bus.feed(FRAMES * 3 / 4 + 1..=FRAMES).await;
    until("publishing", || bus.figure("publish_lag_inputs") == 0).await;
    forget_stream(&bus).await;
    let reader = read(reader, Commits::Yes, FRAMES).await;
    assert_eq!(reader.numbers(), (1..=FRAMES).collect::<Vec<_>>());
    assert!(bus.figure("bus_lost_streams") + bus.figure("publish_rewinds") >= 2, "{:?}", bus.counters.named());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_that_finds_its_stream_gone_goes_back() {
    // Proves: without a consumer that notices first, the publisher sees the loss and puts everything uncommitted there again.
    let Some(mut bus) = Bus::open(Which::Single).await else { return };
    bus.publish(Vec::new());
    bus.feed(1..=FRAMES / 2).await;
    until("publishing", || bus.figure("published_frames") >= FRAMES / 2).await;
    let rewinds = bus.figure("publish_rewinds");
    forget_stream(&bus).await;
    bus.feed(FRAMES / 2 + 1..=FRAMES).await;
    until("publishing again", || bus.figure("published_frames") >= FRAMES * 3 / 2).await;
    assert!(bus.figure("publish_rewinds") > rewinds);
    let reader = read(worker(&bus), Commits::Yes, FRAMES).await;
    assert_eq!(reader.numbers(), (1..=FRAMES).collect::<Vec<_>>());
    assert_eq!(bus.figure("bus_holes"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_master_costs_nothing() {
    // Proves: while a master is killed under load its replica takes over, publisher and consumer find it, and every input comes,
    // once, in order.
    let started = tokio::task::spawn_blocking(|| Engines::start(Redis::Cluster, Postgres::Absent)).await.unwrap();
    let Some(engines) = started else { return };
    let mut bus = Bus::on(Which::Cluster, config(Which::Cluster, engines.redis())).await;
    bus.config.entry_frames_max = 16;
    bus.publish(Vec::new());
    let reading = tokio::spawn(read(worker(&bus), Commits::Yes, FRAMES));
    for hundred in 0..FRAMES / 100 {
        bus.feed(hundred * 100 + 1..=hundred * 100 + 100).await;
        if hundred == FRAMES / 200 {
            until("half of it", || bus.figure("published_frames") >= FRAMES / 4).await;
            engines.kill_redis_master(&bus.key());
        }
    }
    let killed = Instant::now();
    let reader = reading.await.unwrap();
    println!("all of it {} ms after the kill", killed.elapsed().as_millis());
    assert_eq!(reader.numbers(), (1..=FRAMES).collect::<Vec<_>>());
    drop(engines);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_read_is_not_cut_short() {
    // Proves: the driver's own time-out of 500 ms breaks a blocking read; ours waits as long as it was told, and works afterwards.
    let Some(mut bus) = Bus::open(Which::Single).await else { return };
    let patience = Duration::from_millis(1_500);
    let mut frames = bus.redis_consumer("one", Standing::default());
    let mut frames = blocking(move || {
        frames.next(1, Duration::ZERO).unwrap();
        frames
    })
    .await;
    let mut theirs = redis::cmd("XREADGROUP");
    theirs.arg("GROUP").arg("workers").arg("other").arg("BLOCK").arg(1_500).arg("STREAMS").arg(bus.key()).arg(">");
    let trap = theirs.query_async::<redis::Value>(&mut bus.raw().await).await;
    assert!(trap.expect_err("the trap").is_timeout(), "the driver no longer cuts it short");
    let (waited, frames) = blocking(move || {
        let begun = Instant::now();
        assert_eq!(frames.next(1, patience), Ok(Vec::new()));
        (begun.elapsed(), frames)
    })
    .await;
    assert!(waited >= patience, "{waited:?}");
    bus.publish(Vec::new());
    bus.feed(1..=10).await;
    let reader = read(Worker::new(Box::new(frames), Cursor::default()), Commits::Yes, 10).await;
    assert_eq!(reader.numbers(), (1..=10).collect::<Vec<_>>());
    assert_eq!(bus.figure("bus_connects"), 1);
}
