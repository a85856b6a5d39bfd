//! Receipts behind the gate.

use super::{
    Receipt, RecordError,
    config::RecordConfig,
    crash_tests::{frame, input},
    journal::Journal,
};
use crate::model::ids::Seq;
use std::time::Duration;
use tokio::time::timeout;

/// Longest wait for something that must come.
const LIMIT: Duration = Duration::from_secs(20);

fn config() -> RecordConfig {
    RecordConfig { segment_bytes: 16 << 10, max_bytes: 1 << 20, queue_bytes_max: 16 << 10, ..RecordConfig::default() }
}

fn some(count: i64) -> Vec<super::NewInput> {
    (0..count).map(|number| input(frame(1, number, 0), number)).collect()
}

async fn durable(journal: &Journal, seq: u64) {
    let mut durable = journal.durable();
    timeout(LIMIT, durable.wait_for(|last| last.0 >= seq)).await.expect("in time").expect("open");
}

#[tokio::test]
async fn a_receipt_comes_with_the_copy_and_not_before() {
    // Proves: what is durable here only is not answered; the copy answers whole appends, in order, and those that become durable
    // after it at once.
    let folder = tempfile::tempdir().expect("a folder");
    let (journal, gate) = Journal::gated(folder.path(), config()).expect("opens");
    let mut first = journal.submit(some(3)).await.expect("queued");
    let mut second = journal.submit(some(2)).await.expect("queued");
    durable(&journal, 5).await;
    assert!(first.ready().is_none() && second.ready().is_none());
    assert_eq!((journal.copied().borrow().0, journal.stats().copied), (0, Some(Seq(0))));
    gate.release(Seq(4));
    let receipt: Receipt = first.await.expect("copied");
    assert_eq!((receipt.first(), receipt.last()), (Seq(1), Seq(3)));
    assert!(second.ready().is_none(), "the second append is copied in part only");
    gate.release(Seq(2));
    assert_eq!(journal.copied().borrow().0, 4, "a copy does not go back");
    gate.release(Seq(5));
    assert_eq!(second.await.expect("copied").last(), Seq(5));
    assert_eq!(journal.stats().queue_bytes, 0);
}

#[tokio::test]
async fn a_copy_that_is_away_stops_the_appends() {
    // Proves: held answers keep their room, so that callers wait instead of a list growing; the copy lets them go on.
    let folder = tempfile::tempdir().expect("a folder");
    let (journal, gate) = Journal::gated(folder.path(), config()).expect("opens");
    let (mut held, mut submitted) = (Vec::new(), 0);
    let blocked = loop {
        let mut append = Box::pin(journal.submit(some(10)));
        let now = std::future::poll_fn(|context| std::task::Poll::Ready(append.as_mut().poll(context))).await;
        match now {
            std::task::Poll::Ready(pending) => held.push(pending.expect("queued")),
            std::task::Poll::Pending => break append,
        }
        submitted += 10;
    };
    durable(&journal, submitted).await;
    let queued = journal.stats().queue_bytes;
    assert!(queued <= config().queue_bytes_max && queued > config().queue_bytes_max / 2, "{queued} bytes are held");
    gate.release(Seq(submitted));
    let last = timeout(LIMIT, blocked).await.expect("in time").expect("queued");
    for pending in held {
        let _: Receipt = timeout(LIMIT, pending).await.expect("in time").expect("copied");
    }
    durable(&journal, submitted + 10).await;
    gate.release(Seq(submitted + 10));
    assert_eq!(timeout(LIMIT, last).await.expect("in time").expect("copied").last(), Seq(submitted + 10));
}

#[tokio::test]
async fn closing_is_no_receipt() {
    // Proves: what is held when the record closes, or when the gate is gone, ends as Closed.
    let folder = tempfile::tempdir().expect("a folder");
    let (journal, gate) = Journal::gated(folder.path(), config()).expect("opens");
    let held = journal.submit(some(1)).await.expect("queued");
    durable(&journal, 1).await;
    journal.close();
    assert_eq!(held.await, Err(RecordError::Closed));
    drop((journal, gate));
    let (journal, gate) = Journal::gated(folder.path(), config()).expect("opens again");
    let held = journal.submit(some(1)).await.expect("queued");
    drop(gate);
    assert_eq!(held.await, Err(RecordError::Closed));
    assert_eq!(journal.append(some(1)).await, Err(RecordError::Closed));
}

#[tokio::test]
async fn only_what_is_copied_is_forgotten() {
    // Proves: a spool drops whole segments up to what is copied, whatever it is told, and says so to whoever reads them.
    let folder = tempfile::tempdir().expect("a folder");
    let (journal, gate) = Journal::gated(folder.path(), config()).expect("opens");
    let mut held = Vec::new();
    for upto in [60, 120, 180, 240, 300] {
        held.push(journal.submit(some(60)).await.expect("queued"));
        durable(&journal, upto).await;
        if upto <= 180 {
            gate.release(Seq(upto));
            let _: Receipt = held.remove(0).await.expect("copied");
        }
    }
    journal.forget(Seq(300));
    let begins = async {
        while journal.stats().first == Seq(1) {
            tokio::task::yield_now().await;
        }
        journal.stats().first
    };
    let begins = timeout(LIMIT, begins).await.expect("in time");
    assert!(begins.0 > 1 && begins.0 <= 181, "begins with {begins:?}");
    assert!(matches!(journal.input(Seq(1)), Err(RecordError::Forgotten { first, .. }) if first == begins));
    assert_eq!(journal.read_from(begins).flatten().count(), 301 - usize::try_from(begins.0).expect("small"));
    drop(held);
}
