//! What every engine promises.

use crate::{
    engines::{Bus, Commits, Worker, blocking},
    sample::until,
};
use muckwatch::{bus::faulty::Fault, model::cursor::Cursor};

const FRAMES: u64 = 3_000;

fn all() -> Vec<u64> {
    (1..=FRAMES).collect()
}

fn is_whole(worker: &Worker) -> bool {
    worker.applied.len() as u64 >= FRAMES
}

async fn whole(bus: &Bus, member: &'static str, cursor: Cursor, commits: Commits) -> Worker {
    let mut worker = Worker::new(bus.consumer(member, cursor.clone(), Vec::new()), cursor);
    blocking(move || {
        worker.read_until(commits, is_whole);
        worker
    })
    .await
}

pub(crate) async fn everything_is_delivered_in_order(mut bus: Bus) {
    // Proves: what is recorded before and after a consumer came is delivered, whole, in order and unchanged.
    bus.feed(1..=FRAMES / 2).await;
    bus.publish(Vec::new());
    let reading = whole(&bus, "one", Cursor::default(), Commits::Yes);
    let feeding = bus.feed(FRAMES / 2 + 1..=FRAMES);
    let (worker, ()) = tokio::join!(reading, feeding);
    assert_eq!(worker.numbers(), all());
    let expected = bus.journal.read_from(muckwatch::model::ids::Seq(1)).map(Result::unwrap);
    assert!(worker.applied.into_iter().eq(expected));
}

pub(crate) async fn what_a_dead_consumer_had_comes_again(mut bus: Bus) {
    // Proves: what a consumer was handed and did not commit goes to the next one, before what follows.
    bus.publish(Vec::new());
    bus.feed(1..=FRAMES / 2).await;
    let mut dead = Worker::new(bus.consumer("one", Cursor::default(), Vec::new()), Cursor::default());
    let dead = blocking(move || {
        dead.read_until(Commits::No, |worker| worker.applied.len() as u64 >= FRAMES / 2);
        dead
    })
    .await;
    drop(dead);
    bus.feed(FRAMES / 2 + 1..=FRAMES).await;
    assert_eq!(whole(&bus, "two", Cursor::default(), Commits::Yes).await.numbers(), all());
}

pub(crate) async fn what_is_committed_need_not_come_again(mut bus: Bus) {
    // Proves: a consumer that goes on from a committed cursor gets what follows it and no input before it.
    bus.publish(Vec::new());
    bus.feed(1..=FRAMES / 2).await;
    let mut first = Worker::new(bus.consumer("one", Cursor::default(), Vec::new()), Cursor::default());
    let first = blocking(move || {
        first.read_until(Commits::Yes, |worker| worker.applied.len() as u64 >= FRAMES / 2);
        first.commit();
        first
    })
    .await;
    let cursor = first.cursor.clone();
    drop(first);
    bus.feed(FRAMES / 2 + 1..=FRAMES).await;
    let mut second = Worker::new(bus.consumer("two", cursor.clone(), Vec::new()), cursor);
    let second = blocking(move || {
        second.read_until(Commits::Yes, |worker| worker.applied.len() as u64 >= FRAMES / 2);
        second
    })
    .await;
    let rest: Vec<u64> = (FRAMES / 2 + 1..=FRAMES).collect();
    assert_eq!((second.numbers(), second.delivered as u64), (rest, FRAMES / 2));
}

pub(crate) async fn faults_lose_nothing(mut bus: Bus) {
    // Proves: calls that fail before, half way or after they did their work, and deliveries that come twice, at both ends, neither
    // lose an input nor swap two.
    let faults = [Fault::None, Fault::Before, Fault::Half, Fault::After, Fault::Twice];
    let plan = |step: usize| (0..60).map(|call| faults[(call * step + call / 7) % faults.len()]).collect::<Vec<_>>();
    bus.config.entry_frames_max = 16;
    bus.config.group_frames_max = 64;
    bus.config.read_entries_max = 4;
    bus.publish(plan(1));
    let mut worker = Worker::new(bus.consumer("one", Cursor::default(), plan(2)), Cursor::default());
    let reading = blocking(move || {
        worker.read_until(Commits::Yes, is_whole);
        worker
    });
    let feeding = async {
        for hundred in 0..FRAMES / 100 {
            bus.feed(hundred * 100 + 1..=hundred * 100 + 100).await;
        }
    };
    let (worker, ()) = tokio::join!(reading, feeding);
    assert_eq!(worker.numbers(), all());
    assert!(worker.delivered > worker.applied.len(), "some came twice");
    if bus.which != crate::Which::Local {
        until("the lag to end", || bus.figure("publish_lag_inputs") == 0).await;
        assert!(bus.figure("publish_retries") > 5, "{:?}", bus.published.named());
    }
}
