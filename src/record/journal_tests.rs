use super::journal::Journal;
use crate::{
    engine::world::World,
    model::{
        company::Company,
        fix::SessionTrust,
        ids::{CompanyId, ConnectionId, Revision, Seq},
        input::{Event, LedgerRevision, RawFrame, SessionClosed, SessionOpened},
        time::Timestamp,
    },
    record::{NewInput, Receipt, RecordError, config::RecordConfig},
};
use bytes::Bytes;
use std::sync::Arc;

fn config() -> RecordConfig {
    RecordConfig { segment_bytes: 16 << 10, max_bytes: 1 << 20, queue_bytes_max: 64 << 10, ..RecordConfig::default() }
}

fn frame(number: u8) -> NewInput {
    let raw = Bytes::from(vec![0x7E, number, number, 0x7E]);
    let frame = RawFrame { connection: ConnectionId(u64::from(number)), session: SessionTrust::Authenticated, raw };
    NewInput { received: Timestamp::from_millis(i64::from(number) * 1000), event: Event::Frame(frame) }
}

fn every_kind() -> Vec<NewInput> {
    let connection = ConnectionId(7);
    let at = |event| NewInput { received: Timestamp::from_millis(5), event };
    vec![
        at(Event::SessionOpened(SessionOpened { connection, peer: "10.0.0.1:4000".to_owned() })),
        frame(1),
        at(Event::Tick),
        at(Event::SessionClosed(SessionClosed { connection, reason: "closed by the terminal".to_owned() })),
    ]
}

#[tokio::test]
async fn what_was_acknowledged_is_read_back_after_reopening() {
    // Proves: every kind of input comes back equal, in order, through many segments and a restart.
    let folder = tempfile::tempdir().expect("a folder");
    let journal = Journal::open(folder.path(), config()).expect("opens");
    let mut written = Vec::new();
    for round in 0..300_u64 {
        let receipt = journal.append(every_kind()).await.expect("durable");
        assert_eq!((receipt.first(), receipt.last()), (Seq(round * 4 + 1), Seq(round * 4 + 4)));
        written.extend(every_kind());
    }
    assert!(journal.stats().segments > 2, "the test rolls segments");
    assert_eq!(journal.read_from(Seq(1)).count(), written.len());
    drop(journal);
    let journal = Journal::open(folder.path(), config()).expect("opens again");
    let read = journal.read_from(Seq(1)).map(|input| input.expect("readable"));
    let read: Vec<_> = read.map(|input| NewInput { received: input.received, event: input.event }).collect();
    assert_eq!(read, written);
    assert_eq!(journal.input(Seq(601)).expect("readable").map(|input| input.seq), Some(Seq(601)));
    assert_eq!(journal.read_from(Seq(1199)).count(), 2);
}

#[test]
fn a_folder_has_one_owner() {
    // Proves: a second opener is refused with the folder's name, and may come when the first is gone.
    let folder = tempfile::tempdir().expect("a folder");
    let first = Journal::open(folder.path(), config()).expect("opens");
    let second = Journal::open(folder.path(), config());
    assert!(
        matches!(second, Err(RecordError::InUse { folder: named }) if named.contains(folder.path().to_str().expect("utf-8")))
    );
    drop(first);
    assert!(Journal::open(folder.path(), config()).is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_callers_share_batches_and_keep_their_order() {
    // Proves: appends of many tasks are made durable together, each gets its own range of seqs, and what one caller
    // submitted first stands first.
    let folder = tempfile::tempdir().expect("a folder");
    let config = RecordConfig { segment_bytes: 1 << 20, max_bytes: 16 << 20, ..RecordConfig::default() };
    let journal = Journal::open(folder.path(), config).expect("opens");
    let callers = (0..20_u8).map(|caller| {
        let journal = journal.clone();
        tokio::spawn(async move {
            let mut pending = Vec::new();
            for _ in 0..50 {
                pending.push(journal.submit(vec![frame(caller), frame(caller)]).await.expect("queued"));
            }
            let mut last = Seq(0);
            for pending in pending {
                let receipt = pending.await.expect("durable");
                assert!(last < receipt.first() && receipt.last().0 == receipt.first().0 + 1);
                last = receipt.last();
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.expect("no panic");
    }
    let stats = journal.stats();
    assert_eq!((stats.inputs, stats.durable, stats.queue_bytes), (2000, Seq(2000), 0));
    assert!(stats.batches < 1000, "{} batches for 1,000 appends", stats.batches);
    assert_eq!(*journal.durable().borrow(), Seq(2000));
}

#[tokio::test]
async fn a_reader_goes_on_when_more_is_durable() {
    // Proves: the end of a reader is the end of what is durable, not the end of the reader.
    let folder = tempfile::tempdir().expect("a folder");
    let journal = Journal::open(folder.path(), config()).expect("opens");
    let mut reader = journal.read_from(Seq(0));
    assert!(reader.next().is_none());
    for number in 1..=200 {
        let _: Receipt = journal.append(vec![frame(number)]).await.expect("durable");
        let input = reader.next().expect("one more").expect("readable");
        assert_eq!((input.seq, reader.position()), (Seq(u64::from(number)), Seq(u64::from(number) + 1)));
        assert!(reader.next().is_none());
    }
    journal.close();
    assert!(matches!(journal.append(vec![frame(1)]).await, Err(RecordError::Closed)));
    assert!(matches!(journal.append(vec![frame(1); 1000]).await, Err(RecordError::TooLarge { .. })));
}

#[tokio::test]
async fn the_ledger_of_a_large_fleet_fits() {
    // Proves: a revision whose text is larger than any append goes in, comes back equal, and what cannot go in is said before.
    let companies = |count: usize| {
        let mut ledger = World::nowhere().ledger().clone();
        ledger.companies = (0..count).map(company).collect();
        let revised = LedgerRevision { revision: Revision(3), author: "office".to_owned(), ledger };
        NewInput { received: Timestamp::from_millis(5), event: Event::LedgerRevised(Arc::new(revised)) }
    };
    let folder = tempfile::tempdir().expect("a folder");
    let config = RecordConfig { segment_bytes: 1 << 20, max_bytes: 8 << 20, ..RecordConfig::default() };
    let journal = Journal::open(folder.path(), config).expect("opens");
    let (small, large) = (companies(3), companies(20_000));
    for input in [&small, &large] {
        journal.takes(input.clone()).expect("fits");
        let receipt = journal.append(vec![input.clone()]).await.expect("durable");
        let read = journal.input(receipt.first()).expect("readable").expect("there");
        assert_eq!(read.event, input.event);
    }
    let Event::LedgerRevised(revised) = &large.event else { unreachable!("a ledger") };
    assert!(serde_json::to_vec(revised.as_ref()).expect("JSON").len() > 1 << 20, "larger than an append");
    assert!(matches!(journal.takes(companies(300_000)), Err(RecordError::TooLarge { .. })));
}

fn company(number: usize) -> Company {
    Company { id: CompanyId::new(&format!("company-{number}")), name: format!("第{number}渣土运输有限公司") }
}
