use super::journal::Journal;
use crate::{
    model::{
        fix::SessionTrust,
        ids::{ConnectionId, Seq},
        input::{Event, RawFrame, SessionClosed, SessionOpened},
        time::Timestamp,
    },
    record::{NewInput, RecordError, config::RecordConfig},
};
use bytes::Bytes;

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
    assert_eq!(journal.frame(Seq(601)).expect("readable").map(|input| input.seq), Some(Seq(601)));
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
