//! What the ticker says, as a worker gets it.

use crate::{
    engines::{Bus, Commits, Which, Worker, blocking},
    lines::logged,
    sample::{at, frame},
};
use muckwatch::{
    bus::{
        entry::{Batch, Control, Entry},
        frames::{BusError, Frames},
        publish::Publish,
        redis::publish::RedisPublish,
        unpack::Standing,
    },
    engine::world::World,
    model::{
        cursor::Cursor,
        ids::{GatewayNumber, PolicyRevision, Revision, Seq},
        input::{Event, Input},
        shard::Shard,
        time::Timestamp,
    },
    record::NewInput,
    store::{
        ledger::LedgerStore,
        policies::{NewPolicy, PolicyStore},
    },
};
use std::time::Duration;

pub(crate) fn control(token: u64, second: u64, revision: u32, heads: Vec<(GatewayNumber, u64)>) -> (Shard, Entry) {
    (
        Shard::ALONE,
        Entry::Control(Control {
            token,
            at: at(second),
            revision: Revision(revision),
            policy: PolicyRevision(0),
            heads,
        }),
    )
}

pub(crate) async fn said(bus: &Bus, entries: &[(Shard, Entry)]) {
    let mut publish = RedisPublish::new(&bus.house, bus.config.clone()).unwrap();
    while publish.publish(entries).await.is_err() {}
}

/// What a consumer applied when it saw as many inputs.
async fn applied(bus: &Bus, standing: Standing, count: usize) -> Vec<Input> {
    let cursor = standing.cursor.clone();
    let mut worker = Worker::new(Box::new(bus.redis_consumer("one", standing)), cursor);
    blocking(move || {
        worker.read_until(Commits::Yes, |worker| worker.applied.len() >= count);
        worker.applied
    })
    .await
}

fn ticks(inputs: &[Input]) -> Vec<(u64, Timestamp)> {
    inputs.iter().filter(|input| input.event == Event::Tick).map(|input| (input.seq.number(), input.received)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticker_that_was_replaced_is_not_listened_to() {
    // Proves: ticks are numbered on from the cursor; a smaller token, and a time that is not above the last tick, are dropped.
    let Some(bus) = Bus::open(Which::Single).await else { return };
    let mut cursor = Cursor::default();
    cursor.advance(Seq::of(GatewayNumber::CONTROL, 7));
    let standing = Standing { cursor, last_tick: Some(at(10)), ..Standing::default() };
    let none = Vec::new;
    said(
        &bus,
        &[
            control(3, 9, 0, none()),
            control(3, 11, 0, none()),
            control(5, 13, 0, none()),
            control(3, 14, 0, none()),
            control(5, 13, 0, none()),
            control(5, 15, 0, none()),
        ],
    )
    .await;
    let inputs = applied(&bus, standing, 3).await;
    assert_eq!(ticks(&inputs), [(8, at(11)), (9, at(13)), (10, at(15))]);
    assert!(inputs.iter().all(|input| input.seq.gateway() == GatewayNumber::CONTROL));
    assert_eq!(bus.figure("bus_stale_controls"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn ledger_revisions_come_from_the_store_before_the_tick() {
    // Proves: every revision the engine lacks is loaded, in order, with the entry's time, and none that it has.
    let Some(bus) = Bus::open(Which::Single).await else { return };
    let mut ledger = World::nowhere().ledger().clone();
    for number in 1..=3 {
        ledger.district.name_en = format!("District {number}");
        bus.store.import(&ledger, "office", at(number)).await.unwrap();
    }
    said(&bus, &[control(1, 50, 3, Vec::new())]).await;
    let inputs = applied(&bus, Standing { revision: Revision(1), ..Standing::default() }, 3).await;
    let revisions: Vec<_> = inputs
        .iter()
        .filter_map(|input| match &input.event {
            Event::LedgerRevised(revised) => Some((revised.revision.0, revised.ledger.district.name_en.clone())),
            _ => None,
        })
        .collect();
    assert_eq!(revisions, [(2, "District 2".to_owned()), (3, "District 3".to_owned())]);
    assert_eq!(ticks(&inputs), [(3, at(50))]);
    assert!(inputs.iter().all(|input| input.received == at(50)));
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_come_from_the_store_before_all_else() {
    // Proves: every change of the policy the engine lacks is loaded, in order, before what a lost gateway left and before the tick,
    // and none that it has.
    let Some(bus) = Bus::open(Which::Single).await else { return };
    bus.feed(1..=5).await;
    for number in 1..=3 {
        let (hash, policy) = (number.to_string(), "{}".to_owned());
        let order = NewPolicy { policy, hash, from: at(900), author: "office".to_owned(), at: at(number) };
        bus.store.enact(&order).await.unwrap();
    }
    let (_, Entry::Control(said_now)) = control(1, 50, 0, vec![(GatewayNumber::ALONE, 5)]) else { panic!("control") };
    let named = Control { policy: PolicyRevision(3), ..said_now };
    said(&bus, &[(Shard::ALONE, Entry::Control(named))]).await;
    let inputs = applied(&bus, Standing { policy: PolicyRevision(1), ..Standing::default() }, 8).await;
    let changes = inputs.iter().take(2).map(|input| match &input.event {
        Event::PolicyChanged(change) => (change.revision.0, change.hash.as_str(), input.received),
        other => panic!("{other:?}"),
    });
    assert_eq!(changes.collect::<Vec<_>>(), [(2, "2", at(50)), (3, "3", at(50))]);
    assert_eq!((inputs.len(), inputs.last().map(|input| &input.event)), (8, Some(&Event::Tick)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_gateway_is_read_to_its_end_from_the_record() {
    // Proves: what a gateway copied and never published is judged once its lease is known to be lost, and before the tick.
    let Some(bus) = Bus::open(Which::Single).await else { return };
    bus.feed(1..=40).await;
    let inputs: Vec<_> = bus.journal.read_from(Seq(1)).take(10).map(Result::unwrap).collect();
    let some = Entry::Batch(Batch { gateway: GatewayNumber::ALONE, after: 0, inputs });
    said(&bus, &[(Shard::ALONE, some), control(1, 1, 0, vec![(GatewayNumber::ALONE, 40)])]).await;
    said(&bus, &[control(1, 2, 0, vec![(GatewayNumber::ALONE, 40)])]).await;
    let inputs = applied(&bus, Standing::default(), 42).await;
    let numbers: Vec<_> = inputs.iter().take(40).map(|input| input.seq.number()).collect();
    assert_eq!(numbers, (1..=40).collect::<Vec<u64>>());
    assert_eq!((ticks(&inputs).len(), bus.figure("bus_holes"), bus.figure("bus_hole_inputs")), (2, 1, 30));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_went_back_holds_up_ticks_alone() {
    // Proves: a control entry whose time is not above the last tick still brings ledger revisions and the end of a lost gateway;
    // the revision is given the time of the last tick, and no tick comes.
    let Some(bus) = Bus::open(Which::Single).await else { return };
    bus.feed(1..=5).await;
    bus.store.import(World::nowhere().ledger(), "office", at(1)).await.unwrap();
    said(&bus, &[control(1, 10, 1, vec![(GatewayNumber::ALONE, 5)])]).await;
    let standing = Standing { last_tick: Some(at(100)), ..Standing::default() };
    let inputs = applied(&bus, standing, 6).await;
    assert_eq!(inputs.iter().take(5).map(|input| input.seq.number()).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert!(matches!(inputs[5].event, Event::LedgerRevised(_)), "{:?}", inputs[5]);
    assert_eq!((inputs[5].received, inputs.len(), bus.figure("bus_stale_controls")), (at(100), 6, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_beyond_the_record_is_no_obstacle() {
    // Proves: a head that an old primary showed and the new one lacks is read as far as the record goes, and the shard goes on.
    let Some(bus) = Bus::open(Which::Single).await else { return };
    bus.feed(1..=5).await;
    said(&bus, &[control(1, 1, 0, vec![(GatewayNumber::ALONE, 9)])]).await;
    said(&bus, &[control(1, 2, 0, vec![(GatewayNumber::ALONE, 9)])]).await;
    let inputs = applied(&bus, Standing::default(), 7).await;
    assert_eq!(inputs.iter().take(5).map(|input| input.seq.number()).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!((ticks(&inputs).len(), bus.figure("bus_holes")), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hole_is_not_passed_before_the_record_has_it() {
    // Proves: an entry behind numbers that the record does not have yet is held back, however often it is asked for; when the record
    // has them, all come, in order.
    let Some(bus) = Bus::open(Which::Single).await else { return };
    bus.feed(1..=5).await;
    let NewInput { received, event } = frame(10);
    let tenth = Input { seq: Seq::of(GatewayNumber::ALONE, 10), received, event };
    let ahead = Entry::Batch(Batch { gateway: GatewayNumber::ALONE, after: 9, inputs: vec![tenth] });
    said(&bus, &[(Shard::ALONE, ahead)]).await;
    let mut frames = bus.redis_consumer("one", Standing::default());
    let (frames, came) = blocking(move || {
        let came: Vec<_> = (0..5).map(|_| frames.next(100, Duration::from_millis(50))).collect();
        (frames, came)
    })
    .await;
    let is_nothing = |came: &Result<Vec<Input>, BusError>| match came {
        Ok(inputs) => inputs.is_empty(),
        Err(error) => matches!(error, BusError::Unavailable(_)),
    };
    assert!(came.iter().all(is_nothing) && came.iter().any(Result::is_err), "{came:?}");
    bus.feed(6..=10).await;
    let mut worker = Worker::new(Box::new(frames), Cursor::default());
    let worker = blocking(move || {
        worker.read_until(Commits::Yes, |worker| worker.applied.len() >= 10);
        worker
    })
    .await;
    assert_eq!(worker.numbers(), (1..=10).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_the_store_lacks_holds_up_nothing() {
    // Proves: ticks go on when a ledger revision was named that is not in the store, as after a fail-over, which is said once and not
    // at each tick; it comes with the next tick once it is there.
    let Some(bus) = Bus::open(Which::Single).await else { return };
    let named: Vec<_> = (1..=10).map(|tick| control(1, 1 + tick, 1, Vec::new())).collect();
    said(&bus, &named).await;
    let cursor = Cursor::default();
    let mut worker = Worker::new(Box::new(bus.redis_consumer("one", Standing::default())), cursor);
    let (lines, mut worker) = blocking(move || {
        logged(|| {
            worker.read_until(Commits::Yes, |worker| worker.applied.len() >= 10);
            worker
        })
    })
    .await;
    assert!(worker.applied.iter().all(|input| input.event == Event::Tick), "{:?}", worker.applied);
    assert!(lines.iter().filter(|line| line.contains("not in the store")).count() <= 1, "{lines:#?}");
    bus.store.import(World::nowhere().ledger(), "office", at(11)).await.unwrap();
    said(&bus, &[control(1, 12, 1, Vec::new())]).await;
    let worker = blocking(move || {
        worker.read_until(Commits::Yes, |worker| worker.applied.len() >= 12);
        worker
    })
    .await;
    assert!(matches!(worker.applied[10].event, Event::LedgerRevised(_)), "{:?}", worker.applied[10]);
    assert_eq!(worker.applied[11].received, at(12));
}
