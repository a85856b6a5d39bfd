//! The publisher on streams in memory, which are full, away or short of room when a test says so.

use super::*;
use crate::{
    bus::entry::{Batch, Entry},
    intake,
    model::{
        fix::SessionTrust,
        ids::ConnectionId,
        input::{Event, RawFrame},
        shard::Shard,
        time::Timestamp,
    },
    record::{NewInput, config::RecordConfig},
};
use async_trait::async_trait;
use bytes::Bytes;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};
use tempfile::TempDir;

/// Longest wait for anything.
const LIMIT: Duration = Duration::from_secs(30);

#[derive(Default)]
struct State {
    batches: BTreeMap<Shard, Vec<Batch>>,
    full: BTreeSet<Shard>,
    is_away: bool,
    asked: usize,
}

#[derive(Clone, Default)]
struct Streams(Arc<Mutex<State>>);

impl Streams {
    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.0.lock().expect("nobody panicked"))
    }

    fn numbers(&self, shard: Shard) -> Vec<u64> {
        let of = |batch: &Batch| batch.inputs.iter().map(|input| input.seq.number()).collect::<Vec<_>>();
        self.with(|state| state.batches.get(&shard).into_iter().flatten().flat_map(of).collect())
    }

    fn empties(&self) -> usize {
        self.with(|state| state.batches.values().flatten().filter(|batch| batch.inputs.is_empty()).count())
    }
}

#[async_trait]
impl Publish for Streams {
    async fn publish(&mut self, entries: &[(Shard, Entry)]) -> Result<(), BusError> {
        self.with(|state| {
            if state.is_away {
                return Err(BusError::Unavailable("away on purpose".to_owned()));
            }
            for (shard, entry) in entries {
                let Entry::Batch(batch) = entry else { panic!("a batch") };
                state.batches.entry(*shard).or_default().push(batch.clone());
            }
            Ok(())
        })
    }

    /// One at a time, so that every entry asks.
    async fn room(&mut self, shard: Shard) -> Result<u64, BusError> {
        self.with(|state| {
            state.asked += 1;
            Ok(u64::from(!state.full.contains(&shard)))
        })
    }
}

/// No worker committed anything.
struct Nothing;

#[async_trait]
impl Committed for Nothing {
    async fn committed(&self, _: GatewayNumber) -> Result<BTreeMap<Shard, u64>, BusError> {
        Ok(shards().all().map(|shard| (shard, 0)).collect())
    }
}

/// A publisher at work.
struct Running {
    streams: Streams,
    counters: Arc<PublishCounters>,
    published: watch::Receiver<Seq>,
    stop: CancellationToken,
    _folder: TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn running(journal: &Journal) -> Running {
    let folder = tempfile::tempdir().expect("a folder");
    let (streams, counters) = (Streams::default(), Arc::<PublishCounters>::default());
    let (sender, published) = watch::channel(Seq(0));
    let parts = PublisherParts {
        journal: journal.clone(),
        copied: journal.copied(),
        gateway: GatewayNumber(9),
        shards: shards(),
        bus: Box::new(streams.clone()),
        committed: Arc::new(Nothing),
        folder: folder.path().to_owned(),
        config: BusConfig { group_frames_max: 10, ..BusConfig::default() },
        counters: Arc::clone(&counters),
        published: sender,
    };
    let stop = CancellationToken::new();
    tokio::spawn(run(parts, stop.clone()));
    Running { streams, counters, published, stop, _folder: folder }
}

impl Running {
    fn figure(&self, name: &str) -> u64 {
        self.counters.named().into_iter().find(|(other, _)| *other == name).expect("a figure").1
    }
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < LIMIT, "waited too long for: {what}");
        sleep(Duration::from_millis(5)).await;
    }
}

fn shards() -> Shards {
    Shards::new(4).expect("a count")
}

/// A frame by hand: header of the 2013 edition, no body, checksum; the phones here need no escapes.
fn raw(phone: u8) -> Bytes {
    let message = [0x0f, 0x01, 0, 0, 0x01, 0x39, 0, 0, 0, phone, 0, 1];
    let checksum = message.iter().fold(0, |sum, byte| sum ^ byte);
    Bytes::from([&[0x7e], message.as_slice(), &[checksum, 0x7e]].concat())
}

fn frame(phone: u8) -> NewInput {
    let frame = RawFrame { connection: ConnectionId(1), session: SessionTrust::Authenticated, raw: raw(phone) };
    NewInput { received: Timestamp::from_millis(0), event: Event::Frame(frame) }
}

fn shard_of(phone: u8) -> Shard {
    shards().of(intake::sender(&raw(phone)).expect("a frame of ours"))
}

#[tokio::test]
async fn one_full_stream_holds_up_no_other() {
    // Proves: a stream that stays full keeps the others waiting for a while only; what it did not get counts as published, and its
    // next entry names the last of it, so that the worker reads it from the record.
    let folder = tempfile::tempdir().expect("a folder");
    let journal = Journal::open(folder.path(), RecordConfig::default()).expect("a journal");
    let other = (2..10).find(|phone| shard_of(*phone) != shard_of(1)).expect("not all in one shard");
    let running = running(&journal);
    running.streams.with(|state| state.full.insert(shard_of(1)));
    for _ in 0..20 {
        let _ = journal.append(vec![frame(1), frame(other)]).await.expect("durable");
    }
    until("all to be done", || running.published.borrow().0 == 40).await;
    let even: Vec<u64> = (1..=20).map(|number| number * 2).collect();
    assert_eq!((running.streams.numbers(shard_of(other)), running.streams.numbers(shard_of(1))), (even, vec![]));
    assert!(running.figure("publish_left_out") > 0);
    assert_eq!(running.figure("published_frames"), 20);
    running.streams.with(|state| state.full.clear());
    let _ = journal.append(vec![frame(1)]).await.expect("durable");
    until("the next entry", || running.streams.numbers(shard_of(1)) == [41]).await;
    let after = running.streams.with(|state| state.batches[&shard_of(1)].iter().map(|batch| batch.after).max());
    assert_eq!(after, Some(39));
}

#[tokio::test]
async fn no_empty_entry_for_a_full_stream() {
    // Proves: a stream at its limit is asked for room when an empty entry is due, gets none without, and one with room.
    let folder = tempfile::tempdir().expect("a folder");
    let journal = Journal::open(folder.path(), RecordConfig::default()).expect("a journal");
    let running = running(&journal);
    let _ = journal.append(vec![frame(1)]).await.expect("durable");
    until("an entry", || running.streams.numbers(shard_of(1)) == [1]).await;
    running.streams.with(|state| (state.full, state.asked) = (shards().all().collect(), 0));
    until("two empty entries to be due", || running.streams.with(|state| state.asked >= 2)).await;
    assert_eq!(running.streams.empties(), 0);
    running.streams.with(|state| state.full.clear());
    until("an empty entry", || running.streams.empties() > 0).await;
}

#[tokio::test]
async fn what_the_journal_let_go_of_is_passed() {
    // Proves: a publisher that is behind what the spool still holds goes on with what is there, and names what it passed, so that
    // workers read it from the record.
    let folder = tempfile::tempdir().expect("a folder");
    let config = RecordConfig {
        segment_bytes: 16 << 10,
        max_bytes: 1 << 20,
        queue_bytes_max: 16 << 10,
        ..RecordConfig::default()
    };
    let (journal, gate) = Journal::gated(folder.path(), config).expect("a journal");
    let running = running(&journal);
    running.streams.with(|state| state.is_away = true);
    let mut last = 0;
    while last < 2_000 {
        let receipt = journal.submit((0..50).map(|_| frame(1)).collect()).await.expect("queued");
        last += 50;
        until("the disk", || journal.durable().borrow().0 == last).await;
        gate.release(Seq(last));
        let _ = receipt.await.expect("copied");
    }
    until("an outage", || running.figure("publish_retries") > 0).await;
    journal.forget(Seq(last));
    until("a shorter journal", || journal.stats().first.0 > 1_000).await;
    let rewinds = running.figure("publish_rewinds");
    running.streams.with(|state| state.is_away = false);
    until("all to be done", || running.published.borrow().0 == last).await;
    assert_eq!(running.figure("publish_rewinds"), rewinds + 1);
    let first = journal.stats().first.0;
    let names = |batch: &Batch| batch.after == first - 1;
    assert!(running.streams.with(|state| state.batches[&shard_of(1)].iter().any(names)));
}
