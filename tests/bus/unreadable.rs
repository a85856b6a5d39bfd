//! Entries that are none of ours: another version's, or damaged.

use crate::{
    control::said,
    engines::{Bus, Commits, Which, Worker, blocking, cut},
    lines::logged,
    links::over_a_link,
};
use muckwatch::{
    bus::entry::{Batch, Entry},
    model::{
        cursor::Cursor,
        ids::{GatewayNumber, Seq},
        shard::Shard,
    },
};

/// What the gateway puts there of its numbers `from..=upto`.
pub(crate) fn batch(bus: &Bus, from: u64, upto: u64) -> (Shard, Entry) {
    let inputs = bus.journal.read_from(Seq(from)).map(Result::unwrap).take_while(|input| input.seq.0 <= upto);
    (Shard::ALONE, Entry::Batch(Batch { gateway: GatewayNumber::ALONE, after: from - 1, inputs: inputs.collect() }))
}

/// Puts bytes there that no version of ours can read.
async fn foreign(bus: &Bus) {
    let mut add = redis::cmd("XADD");
    add.arg(bus.key()).arg("*").arg("e").arg(&b"\x63nonsense"[..]);
    add.query_async::<String>(&mut bus.raw().await).await.unwrap();
}

async fn length(bus: &Bus) -> u64 {
    redis::cmd("XLEN").arg(bus.key()).query_async(&mut bus.raw().await).await.unwrap()
}

fn worker(bus: &Bus) -> Worker {
    Worker::new(bus.consumer("one", Cursor::default(), Vec::new()), Cursor::default())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_entry_is_made_good_by_the_next() {
    // Proves: bytes of another version in the place of an entry cost no input, stop no shard, and leave with what was committed; so
    // do they as the last entry, through the empty one that follows.
    let Some(bus) = Bus::open(Which::Single).await else { return };
    bus.feed(1..=12).await;
    said(&bus, &[batch(&bus, 1, 3)]).await;
    foreign(&bus).await;
    said(&bus, &[batch(&bus, 7, 9)]).await;
    foreign(&bus).await;
    let empty = Batch { gateway: GatewayNumber::ALONE, after: 12, inputs: Vec::new() };
    said(&bus, &[(Shard::ALONE, Entry::Batch(empty))]).await;
    let mut worker = worker(&bus);
    let worker = blocking(move || {
        worker.read_until(Commits::Yes, |worker| worker.applied.len() >= 12);
        worker.commit();
        worker
    })
    .await;
    assert_eq!(worker.numbers(), (1..=12).collect::<Vec<_>>());
    assert_eq!((bus.figure("bus_unreadable"), bus.figure("bus_hole_inputs"), length(&bus).await), (2, 6, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_cut_on_account_of_an_unreadable_entry() {
    // Proves: delivered again over a new connection, an unreadable entry keeps its place among those that are not committed: none
    // before it leaves the stream until it is.
    let Some((bus, proxy)) = over_a_link().await else { return };
    bus.feed(1..=6).await;
    said(&bus, &[batch(&bus, 1, 3)]).await;
    foreign(&bus).await;
    said(&bus, &[batch(&bus, 4, 6)]).await;
    let mut worker = worker(&bus);
    let mut worker = blocking(move || {
        worker.read_until(Commits::No, |worker| worker.applied.len() >= 6);
        worker
    })
    .await;
    worker = cut(worker, &proxy).await;
    let judged = std::mem::take(&mut worker.cursor);
    let (counters, seen) = (bus.counters.clone(), bus.figure("bus_unreadable"));
    let mut worker = blocking(move || {
        let now = || counters.named().iter().find(|(name, _)| *name == "bus_unreadable").map(|(_, count)| *count);
        worker.read_until(Commits::No, |_| now() > Some(seen));
        worker.cursor = Cursor::default();
        worker.commit();
        worker
    })
    .await;
    assert_eq!(length(&bus).await, 3, "nothing is committed");
    worker.cursor = judged;
    blocking(move || worker.commit()).await;
    assert_eq!(length(&bus).await, 0, "all of it is committed");
}

#[tokio::test(flavor = "multi_thread")]
async fn unreadable_entries_are_said_once() {
    // Proves: thirty unreadable entries among readable ones, as of two versions at once, are one line of the log; each is counted.
    let Some(bus) = Bus::open(Which::Single).await else { return };
    bus.feed(1..=30).await;
    for number in 1..=30 {
        said(&bus, &[batch(&bus, number, number)]).await;
        foreign(&bus).await;
    }
    let mut worker = worker(&bus);
    let (lines, ()) =
        blocking(move || logged(|| worker.read_until(Commits::Yes, |worker| worker.applied.len() >= 30))).await;
    assert!(bus.figure("bus_unreadable") >= 29);
    assert!(lines.iter().filter(|line| line.contains("cannot be read")).count() <= 1, "{lines:#?}");
}
