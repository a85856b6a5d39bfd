//! The contract as the journal keeps it.

use super::{
    config::RecordConfig,
    crash_tests::{frame, input, terminal},
    journal::Journal,
    recorded::Recorded,
};
use crate::model::{
    ids::{GatewayNumber, Seq},
    shard::Shard,
    time::Timestamp,
};

/// 2026-11-24T00:00:00+08:00.
const DAY: i64 = 1_795_449_600_000;

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(DAY + second * 1000)
}

/// Twenty frames of two terminals, a second apart; the last claims to be from an hour later than it came.
async fn journal(folder: &std::path::Path) -> Journal {
    let journal = Journal::open(folder, RecordConfig::default()).expect("opens");
    let sent = (0..20_i64).map(|second| {
        let claimed = if second == 19 { 3_619 } else { second };
        input(frame(second.unsigned_abs() % 2, claimed, 0), DAY + second * 1000)
    });
    assert_eq!(journal.append(sent.collect()).await.expect("durable").last(), Seq(20));
    journal
}

#[tokio::test]
async fn frames_of_a_terminal_are_found_by_both_ends_of_a_span() {
    // Proves: `from` and `until` both count, `most` tells that there are more, and a frame that claims to be from the future is
    // found where it came.
    let folder = tempfile::tempdir().expect("a folder");
    let record: &dyn Recorded = &journal(folder.path()).await;
    let seqs = async |from, until, most| {
        let frames = record.frames_of(terminal(1), at(from), at(until), most).await.expect("readable");
        frames.into_iter().map(|input| input.seq.0).collect::<Vec<_>>()
    };
    assert_eq!(seqs(3, 7, 10).await, [4, 6, 8]);
    assert_eq!(seqs(3, 7, 2).await, [4, 6]);
    assert_eq!(seqs(17, 19, 10).await, [18, 20]);
    assert_eq!(seqs(20, 30, 10).await, [20]);
    assert!(seqs(-9, -5, 10).await.is_empty());
}

#[tokio::test]
async fn numbers_are_read_in_pages() {
    // Proves: a range of numbers excludes its lower and includes its upper end, a full page tells that there are more, and there
    // is nothing of another gateway.
    let folder = tempfile::tempdir().expect("a folder");
    let record: &dyn Recorded = &journal(folder.path()).await;
    let numbers = async |after, upto, most| {
        let inputs = record.inputs_of(Shard::ALONE, GatewayNumber::ALONE, after, upto, most).await.expect("readable");
        inputs.into_iter().map(|input| input.seq.number()).collect::<Vec<_>>()
    };
    assert_eq!(numbers(0, 3, 10).await, [1, 2, 3]);
    assert_eq!(numbers(3, 20, 2).await, [4, 5]);
    assert_eq!(numbers(18, u64::MAX, 10).await, [19, 20]);
    let strange = record.inputs_of(Shard::ALONE, GatewayNumber(1), 0, 20, 10).await.expect("readable");
    assert!(strange.is_empty());
    assert_eq!(record.heads().await.expect("readable"), [(GatewayNumber::ALONE, 20)]);
    assert_eq!(record.frame(Seq(7)).await.expect("readable").map(|input| input.received), Some(at(6)));
    assert_eq!(record.frame(Seq(21)).await.expect("readable"), None);
}
