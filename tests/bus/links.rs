//! Links that break, and consumers that were replaced.

use crate::{
    engines::{Bus, Commits, Which, Worker, blocking, cut},
    sample::{LIMIT, until},
    unreadable::batch,
};
use engines::proxy::{Link, Proxy};
use muckwatch::{
    bus::{
        frames::{BusError, Frames},
        publish::Publish,
        redis::publish::RedisPublish,
        unpack::Standing,
    },
    model::{cursor::Cursor, shard::Shard},
};
use std::time::{Duration, Instant};
use tokio::time::timeout;

const FRAMES: u64 = 600;

/// A bus whose only way to its node leads over a link.
pub(crate) async fn over_a_link() -> Option<(Bus, Proxy)> {
    let mut bus = Bus::open(Which::Single).await?;
    let target = bus.config.redis[0].trim_start_matches("redis://").parse().unwrap();
    let proxy = Proxy::start(target).await.unwrap();
    bus.config.redis = vec![format!("redis://{}", proxy.address)];
    bus.config.answer_ms = 300;
    bus.config.entry_frames_max = 16;
    Some((bus, proxy))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_link_costs_nothing() {
    // Proves: a link that is reset, and one that goes silent without a word, are left and made anew by publisher and consumer;
    // every input comes, once, in order.
    let Some((mut bus, proxy)) = over_a_link().await else { return };
    bus.publish(Vec::new());
    let mut worker = Worker::new(bus.consumer("one", Cursor::default(), Vec::new()), Cursor::default());
    let reading = blocking(move || {
        worker.read_until(Commits::Yes, |worker| worker.applied.len() as u64 >= FRAMES);
        worker
    });
    let breaking = async {
        for (third, link) in [Link::Cut, Link::Silent, Link::Open].into_iter().enumerate() {
            let before = third as u64 * (FRAMES / 3);
            let figures = || (bus.figure("publish_retries"), bus.figure("bus_connects"));
            bus.feed(before + 1..=before + FRAMES / 3).await;
            until("publishing", || bus.figure("published_frames") >= before + FRAMES / 3).await;
            let (_, connects) = figures();
            proxy.set(link);
            if link != Link::Open {
                until("the consumer to notice", || bus.figure("bus_connects") > connects).await;
                proxy.heal();
            }
        }
    };
    let (worker, ()) = tokio::join!(reading, breaking);
    assert_eq!(worker.numbers(), (1..=FRAMES).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_replaced_worker_is_handed_is_not_missed() {
    // Proves: entries that went to a worker which no longer counts are found missing and read from the record.
    let Some(mut bus) = Bus::open(Which::Single).await else { return };
    bus.publish(Vec::new());
    bus.feed(1..=10).await;
    let mut worker = Worker::new(bus.consumer("one", Cursor::default(), Vec::new()), Cursor::default());
    let mut worker = blocking(move || {
        worker.read_until(Commits::Yes, |worker| worker.applied.len() >= 10);
        worker
    })
    .await;
    let mut replaced = bus.redis_consumer("paused", Standing::default());
    let mut replaced = blocking(move || {
        replaced.next(1, Duration::ZERO).unwrap();
        replaced
    })
    .await;
    bus.feed(11..=20).await;
    blocking(move || while replaced.next(1, Duration::from_millis(20)).is_ok_and(|inputs| inputs.is_empty()) {}).await;
    bus.feed(21..=30).await;
    let worker = blocking(move || {
        worker.read_until(Commits::Yes, |worker| worker.applied.len() >= 30);
        worker
    })
    .await;
    assert_eq!(worker.numbers(), (1..=30).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_uncommitted_is_cut_after_a_new_connection() {
    // Proves: a consumer that lost its connection does not know what is open, and cuts nothing of it.
    let Some((mut bus, proxy)) = over_a_link().await else { return };
    bus.publish(Vec::new());
    bus.feed(1..=FRAMES).await;
    let mut worker = Worker::new(bus.consumer("one", Cursor::default(), Vec::new()), Cursor::default());
    let mut worker = blocking(move || {
        worker.read_until(Commits::No, |worker| worker.applied.len() as u64 >= FRAMES);
        worker
    })
    .await;
    bus.stop_publishing().await;
    let length = async || -> u64 { redis::cmd("XLEN").arg(bus.key()).query_async(&mut bus.raw().await).await.unwrap() };
    let before = length().await;
    worker = cut(worker, &proxy).await;
    let (counters, connects) = (bus.counters.clone(), bus.figure("bus_connects"));
    blocking(move || {
        let now = || counters.named().iter().find(|(name, _)| *name == "bus_connects").map(|(_, count)| *count);
        worker.read_until(Commits::No, |_| now() > Some(connects));
        worker.cursor = Cursor::default();
        worker.commit();
    })
    .await;
    assert_eq!(length().await, before);
}

/// Longest that four calls to a node that says nothing may take: each has a second to connect, and publishing tries for two.
const GIVE_UP: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_vanished_is_given_up_in_time() {
    // Proves: behind a link that swallows everything, as that of a machine that is gone without a word, every call ends as
    // unavailable, over a connection of before and over those that are tried then; when the link is back both go on.
    let Some((bus, proxy)) = over_a_link().await else { return };
    bus.feed(1..=4).await;
    let mut publish = RedisPublish::new(&bus.house, bus.config.clone()).unwrap();
    while publish.publish(&[batch(&bus, 1, 2)]).await.is_err() {}
    let mut worker = Worker::new(bus.consumer("one", Cursor::default(), Vec::new()), Cursor::default());
    let mut worker = blocking(move || {
        worker.read_until(Commits::Yes, |worker| worker.applied.len() >= 2);
        worker
    })
    .await;
    proxy.set(Link::Silent);
    let begun = Instant::now();
    for _ in 0..2 {
        let put = timeout(LIMIT, publish.publish(&[batch(&bus, 3, 4)])).await.expect("publishing ends");
        let room = timeout(LIMIT, publish.room(Shard::ALONE)).await.expect("asking for room ends");
        assert!(
            matches!((&put, &room), (Err(BusError::Unavailable(_)), Err(BusError::Unavailable(_)))),
            "{put:?} {room:?}"
        );
        let reading = blocking(move || {
            let read = worker.frames.next(1, Duration::from_millis(100));
            (worker, read)
        });
        let read;
        (worker, read) = timeout(LIMIT, reading).await.expect("reading ends");
        assert!(matches!(read, Err(BusError::Unavailable(_))), "{read:?}");
    }
    assert!(begun.elapsed() < GIVE_UP, "{:?}", begun.elapsed());
    proxy.heal();
    while publish.publish(&[batch(&bus, 3, 4)]).await.is_err() {}
    let worker = blocking(move || {
        worker.read_until(Commits::Yes, |worker| worker.applied.len() >= 4);
        worker
    })
    .await;
    assert_eq!(worker.numbers(), [1, 2, 3, 4]);
}
