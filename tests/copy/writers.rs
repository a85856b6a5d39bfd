//! Of two live writers of one number the one with the newer lease writes, and the other gets no receipt.

use super::support::{Gateway, LIMIT, client, copier, copy_of, inputs, record, shared, until, writer};
use engines::proxy::{Link, Proxy};
use muckwatch::{
    model::{
        ids::{GatewayNumber, Seq},
        shard::Shards,
    },
    record::{RecordError, recorded::Recorded},
    store::{
        episodes::Fence,
        frames::{
            config::CopyConfig,
            copy::{CopyBatch, Writer},
            error::CopyError,
        },
    },
};
use tokio::time::timeout;

const GATEWAY: GatewayNumber = GatewayNumber(7);

fn is_replaced<T>(outcome: &Result<T, CopyError>, token: u64, by: u64) -> bool {
    matches!(outcome, Err(CopyError::Replaced { gateway: 7, token: ours, by: theirs, .. }) if (*ours, *theirs) == (token, by))
}

fn batch(first: u64) -> CopyBatch {
    CopyBatch { first, last: first + 9, body: vec![1] }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newer_lease_writes() {
    // Proves: a head of before is taken by any lease; a writer whose successor opened the copy moves nothing and cannot open it again;
    // an equal token of another holder is refused; the same lease goes on, also over a second connection; the next one goes on at once.
    let Some(engines) = shared() else { return };
    let urls = copy_of(engines).await;
    let control = client(&urls[0]).await;
    control.batch_execute("INSERT INTO frame_gateways (gateway, head) VALUES (7, 0)").await.expect("of before");
    let open = async |writer: Writer| copier(&urls, writer).await;
    let mut old = open(writer(GATEWAY, 4)).await.expect("nobody wrote");
    old.insert(&batch(1)).await.expect("copied");
    let mut again = open(writer(GATEWAY, 4)).await.expect("a lease that ran out and was kept");
    again.insert(&batch(11)).await.expect("copied");

    let mut new = open(writer(GATEWAY, 5)).await.expect("a newer lease");
    assert_eq!(new.head(), 20);
    let refused = again.insert(&batch(21)).await;
    assert!(is_replaced(&refused, 4, 5), "{refused:?}");
    let refused = open(writer(GATEWAY, 4)).await;
    assert!(is_replaced(&refused, 4, 5), "{refused:?}");
    let twin =
        Writer { gateway: GATEWAY, fence: Fence { token: 5, holder: "a fail-over took the lease back".to_owned() } };
    let refused = open(twin).await;
    assert!(is_replaced(&refused, 5, 5), "{refused:?}");
    assert!(!refused.expect_err("refused").may_pass());
    new.insert(&batch(21)).await.expect("nobody refused moved anything");

    let mut restarted = open(writer(GATEWAY, 6)).await.expect("at once");
    restarted.insert(&batch(31)).await.expect("copied");
    let rows = control.query_one("SELECT count(*), max(last) FROM frame_batches WHERE gateway = 7", &[]).await;
    let rows = rows.expect("asked");
    assert_eq!((rows.get::<_, i64>(0), rows.get::<_, i64>(1)), (4, 40));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_that_wakes_gets_no_receipt_for_what_its_successor_copied() {
    // Proves: a gateway is cut off while a batch is under way; another one with a clone of its folder and the next lease copies as many
    // inputs under the same numbers; when the first can be heard again it has no receipt, and its copier ends as replaced. Started again after the other has gone, it is refused: what it holds under
    // those numbers is not what was copied.
    let Some(engines) = shared() else { return };
    let urls = copy_of(engines).await;
    let (proxy, through) = over_a_link(&urls[0]).await;
    let config = CopyConfig { retry_ms_max: 100, ..CopyConfig::default() };
    let folder = tempfile::tempdir().expect("a folder");
    let old = Gateway::start_in(folder, &[through], (writer(GATEWAY, 1), config.clone()));
    assert_eq!(old.record(inputs(0, 10)).await, Seq(10));
    let clone = old.cloned();
    let mut control = client(&urls[0]).await;
    let lock = control.transaction().await.expect("begun");
    lock.batch_execute("LOCK TABLE frame_batches IN SHARE MODE").await.expect("locked");
    let pending = old.journal.submit(inputs(10, 10)).await.expect("in its place");
    let under_way = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
                     AND application_name = 'muckwatch record' AND wait_event_type = 'Lock'";
    until("a batch that is under way", async || {
        let waits = under_way.replace("pg_terminate_backend(pid)", "1");
        !lock.query(&waits, &[]).await.expect("asked").is_empty()
    })
    .await;
    proxy.set(Link::Cut);
    assert_eq!(lock.query(under_way, &[]).await.expect("asked").len(), 1);
    until("no batch under way", async || lock.query(under_way, &[]).await.expect("asked").is_empty()).await;
    lock.rollback().await.expect("unlocked");

    let new = Gateway::start_in(clone, &urls, (writer(GATEWAY, 2), config));
    assert_eq!(new.record(inputs(500, 10)).await, Seq(20));
    proxy.heal();
    let receipt = timeout(LIMIT, pending).await.expect("in time");
    assert_eq!(receipt, Err(RecordError::Closed), "what it holds is not what was copied");
    assert_eq!(old.counted().copy_replaced, 1);
    let kept = old.cloned();
    let end = old.end().await;
    assert!(is_replaced(&end, 1, 2), "{end:?}");
    let copy = record(&urls, Shards::ONE);
    let mine = copy.frame(Seq::of(GATEWAY, 12)).await.expect("readable").expect("there");
    assert_eq!(mine.received, inputs(501, 1)[0].received);
    new.stop().await;
    let again = Gateway::start_in(kept, &urls, (writer(GATEWAY, 3), CopyConfig::default()));
    let end = again.end().await;
    assert_eq!(end, Err(CopyError::Differs { gateway: 7, number: 20 }));
}

/// A link in front of the server of `url`, and the address to go over it.
async fn over_a_link(url: &str) -> (Proxy, String) {
    let (server, name) = url.rsplit_once('/').expect("an address");
    let (user, target) = server.rsplit_once('@').expect("an address");
    let proxy = Proxy::start(target.parse().expect("an address")).await.expect("a port");
    let through = format!("{user}@{}/{name}", proxy.address);
    (proxy, through)
}
