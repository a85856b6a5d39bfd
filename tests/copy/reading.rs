//! What is read from the copy is what was recorded.

use super::support::{DAY, Gateway, client, copier, copy_of, inputs, record, servers, shared, terminal, writer};
use muckwatch::{
    model::{
        ids::{GatewayNumber, Seq},
        input::Event,
        shard::{Shard, Shards},
        time::Timestamp,
    },
    record::{RecordError, config::RecordConfig, journal::Journal, recorded::Recorded},
    store::frames::{
        compact::Compactor, config::CopyConfig, copier::Copier, copy::CopyBatch, error::CopyError, read::PgRecord,
    },
};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(DAY + second * 1000)
}

fn compactor(urls: &[String], shards: Shards) -> Compactor {
    let small = CopyConfig { compact_bytes: 1, compact_bytes_max: 4 << 10, ..CopyConfig::default() };
    Compactor::new(&servers(urls, &small), small, shards)
}

/// Asks both the same and compares.
async fn compare(copy: &dyn Recorded, journal: &dyn Recorded) {
    for number in 0..8 {
        for (from, until, most) in [(0, 10_000, 10_000), (100, 400, 10_000), (100, 400, 7), (350, 100, 9), (-900, 5, 3)]
        {
            let asked = async |record: &dyn Recorded| {
                record.frames_of(terminal(number), at(from), at(until), most).await.expect("readable")
            };
            assert_eq!(asked(copy).await, asked(journal).await, "terminal {number}, {from}..{until}, {most} at most");
        }
    }
    for seq in [0, 1, 13, 255, 256, 600, 601, u64::MAX] {
        let asked = async |record: &dyn Recorded| record.frame(Seq(seq)).await.expect("readable");
        assert_eq!(asked(copy).await, asked(journal).await, "input {seq}");
    }
    assert_eq!(copy.heads().await.expect("readable"), journal.heads().await.expect("readable"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_copy_says_what_the_journal_says() {
    // Proves: frames of a terminal in a span, single inputs and heads are the same from the copy as from the journal, as rows, as
    // blocks, and while there are both.
    let Some(engines) = shared() else { return };
    let urls = copy_of(engines).await;
    let gateway = Gateway::start(&urls, GatewayNumber::ALONE);
    let copy = record(&urls, Shards::ONE);
    for from in (0..300).step_by(50) {
        gateway.record(inputs(from, 50)).await;
    }
    compare(&copy, &gateway.journal).await;
    assert!(compactor(&urls, Shards::ONE).pass().await.expect("compacted") > 0);
    for from in (300..600).step_by(20) {
        gateway.record(inputs(from, 20)).await;
    }
    compare(&copy, &gateway.journal).await;
    while compactor(&urls, Shards::ONE).pass().await.expect("compacted") > 0 {}
    compare(&copy, &gateway.journal).await;
    assert!(gateway.counted().copy_batches >= 20 && gateway.counted().copy_inputs == 600);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shard_is_read_by_number() {
    // Proves: of each shard and gateway every frame in a range comes once and in order, page by page, from rows and blocks, and
    // never another's; a range that the copy does not reach is not answered as if it ended there.
    let Some(engines) = shared() else { return };
    let urls = copy_of(engines).await;
    let shards = Shards::new(4).expect("a count");
    let gateways = [GatewayNumber(3), GatewayNumber(9)];
    let copy = record(&urls, shards);
    for number in gateways {
        let gateway = Gateway::start(&urls, number);
        for from in (0..400).step_by(40) {
            gateway.record(inputs(from, 40)).await;
            if from == 120 {
                assert!(compactor(&urls, shards).pass().await.expect("compacted") > 0);
            }
        }
        gateway.stop().await;
    }
    for number in gateways {
        let mut frames = 0;
        for shard in shards.all() {
            frames += paged(&copy, shard, number).await;
        }
        let expected = inputs(0, 400).into_iter().filter(|input| matches!(input.event, Event::Frame(_))).count();
        assert_eq!(frames, expected);
    }
    assert_eq!(copy.heads().await.expect("readable"), gateways.map(|number| (number, 400)));
    let beyond = copy.inputs_of(Shard(0), GatewayNumber(3), 390, 401, 100).await;
    assert!(matches!(beyond, Err(RecordError::Unavailable { .. })), "401 is not there yet: {beyond:?}");
}

/// Reads a shard in pages of odd sizes and checks each; says how many there were.
async fn paged(copy: &PgRecord, shard: Shard, gateway: GatewayNumber) -> usize {
    let (mut after, mut found) = (0, Vec::new());
    let whole = copy.inputs_of(shard, gateway, 0, 400, 10_000).await.expect("readable");
    loop {
        let page = copy.inputs_of(shard, gateway, after, 400, 23).await.expect("readable");
        let full = page.len() == 23;
        after = page.last().map_or(after, |last| last.seq.number());
        found.extend(page);
        if !full {
            break;
        }
    }
    assert_eq!(found, whole);
    assert!(found.is_sorted_by_key(|input| input.seq) && found.iter().all(|input| input.seq.gateway() == gateway));
    let part = copy.inputs_of(shard, gateway, 100, 290, 10_000).await.expect("readable");
    assert!(part.iter().eq(whole.iter().filter(|input| (101..=290).contains(&input.seq.number()))));
    found.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_writers_of_one_number_do_not_mix() {
    // Proves: a batch is taken once, a writer whose head was moved by another is told so, and a copy that is ahead of its journal
    // stops the copier.
    let Some(engines) = shared() else { return };
    let urls = copy_of(engines).await;
    let open = async || copier(&urls, writer(GatewayNumber(7), 1)).await.expect("open");
    let (mut one, mut other) = (open().await, open().await);
    let batch = CopyBatch { first: 1, last: 10, body: vec![1] };
    one.insert(&batch).await.expect("copied");
    let refused = other.insert(&batch).await;
    assert!(matches!(refused, Err(CopyError::Apart { gateway: 7, .. })), "{refused:?}");
    assert_eq!((one.head(), open().await.head()), (10, 10));
    let end = Gateway::start(&urls, GatewayNumber(7)).end().await;
    assert!(matches!(end, Err(CopyError::Apart { copied: 10, durable: 0, .. })), "{end:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_clone_copied_is_no_receipt() {
    // Proves: rows that another process copied under this number say nothing of what this journal holds: no receipt, and it ends.
    let Some(engines) = shared() else { return };
    let urls = copy_of(engines).await;
    let folder = tempfile::tempdir().expect("a folder");
    let (journal, gate) = Journal::gated(folder.path(), RecordConfig::default()).expect("a new record");
    let held = journal.submit(inputs(0, 12)).await.expect("in its place");
    journal.durable().wait_for(|durable| durable.0 == 12).await.expect("durable here");
    let mut clone = copier(&urls, writer(GatewayNumber(9), 1)).await.expect("open");
    clone.insert(&CopyBatch { first: 1, last: 10, body: vec![1] }).await.expect("copied");
    let (config, counters) = (CopyConfig::default(), Arc::default());
    let (servers, writer) = (servers(&urls, &config), writer(GatewayNumber(9), 2));
    let copier = Copier { journal: journal.clone(), gate, servers, writer, config, counters };
    let end = copier.run(CancellationToken::new()).await;
    assert!(matches!(end, Err(CopyError::Apart { copied: 10, .. })), "{end:?}");
    assert_eq!(held.await, Err(RecordError::Closed));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_longer_row_takes_the_place_of_a_shorter_one() {
    // Proves: a row that begins where one begins that the reader keeps, and is longer (a new primary got it again), is read.
    let Some(engines) = shared() else { return };
    let urls = copy_of(engines).await;
    let copy = record(&urls, Shards::ONE);
    for (count, frames) in [(10, 2), (40, 6)] {
        let forget = "TRUNCATE frame_gateways, frame_batches";
        client(&urls[0]).await.batch_execute(forget).await.expect("as if never copied");
        let gateway = Gateway::start(&urls, GatewayNumber::ALONE);
        gateway.record(inputs(0, count)).await;
        gateway.stop().await;
        let found = copy.frames_of(terminal(1), at(-900), at(900), 100).await.expect("readable");
        assert_eq!(found.len(), frames, "of {count} inputs");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_fails_does_not_hold_up_the_others() {
    // Proves: a damaged row of one gateway is told, and the rows of the next become blocks all the same; a server that does not
    // answer ends the pass instead of holding it.
    let Some(engines) = shared() else { return };
    let urls = copy_of(engines).await;
    let mut damaged = copier(&urls, writer(GatewayNumber(1), 1)).await.expect("open");
    damaged.insert(&CopyBatch { first: 1, last: 10, body: vec![1] }).await.expect("copied");
    let gateway = Gateway::start(&urls, GatewayNumber(5));
    gateway.record(inputs(0, 40)).await;
    gateway.stop().await;
    let config = CopyConfig { compact_bytes: 1, answer_ms: 2_000, ..CopyConfig::default() };
    let compactor = Compactor::new(&servers(&urls, &config), config, Shards::ONE);
    let told = compactor.pass().await;
    assert!(matches!(told, Err(CopyError::Record(_))), "{told:?}");
    let mut control = client(&urls[0]).await;
    let runs = control.query("SELECT gateway FROM frame_runs", &[]).await.expect("asked");
    assert_eq!(runs.iter().map(|row| row.get::<_, i16>(0)).collect::<Vec<_>>(), [5]);
    let lock = control.transaction().await.expect("begun");
    lock.batch_execute("LOCK TABLE frame_batches").await.expect("locked");
    let held = compactor.pass().await;
    assert!(matches!(held, Err(CopyError::Unavailable { .. })), "{held:?}");
    lock.rollback().await.expect("unlocked");
    assert!(matches!(compactor.pass().await, Err(CopyError::Record(_))), "it goes on");
}
