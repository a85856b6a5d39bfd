//! No receipt for what may be on one machine only.

use super::support::{Gateway, LIMIT, client, copy_of, inputs, record, until};
use engines::{Engines, Postgres, Redis};
use muckwatch::{
    model::{
        ids::{GatewayNumber, Seq},
        shard::{Shard, Shards},
    },
    record::{journal::Pending, recorded::Recorded},
    store::frames::config::{CopyConfig, Standby},
};
use tokio::time::timeout;
use tokio_postgres::Client;

const GATEWAY: GatewayNumber = GatewayNumber(2);

fn pair() -> Option<Engines> {
    tokio::task::block_in_place(|| Engines::start(Redis::Absent, Postgres::Standby))
}

/// Waits until a commit of the copier waits for the standby, and does `call` to its backend.
async fn to_waiting_commit(client: &Client, call: &str) {
    let sent = async || {
        let order = format!(
            "SELECT {call}(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name = 'muckwatch record'"
        );
        !client.query(&order, &[]).await.expect("asked").is_empty()
    };
    until("a commit that waits for its standby", sent).await;
}

fn not_copied(gateway: &Gateway, pending: &mut Pending, upto: u64) {
    assert!(pending.ready().is_none(), "a receipt without a standby");
    assert_eq!((gateway.journal.durable().borrow().0, gateway.journal.copied().borrow().0), (upto + 40, upto));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_or_broken_commit_is_no_copy() {
    // Proves: while the standby is stopped nothing is acknowledged, also when the waiting commit is cancelled (answered as done, with a
    // warning of class 01) or its backend is ended; the head asked by the next connection is not believed either. When the standby
    // goes on, all is copied once.
    let Some(engines) = pair() else { return };
    let urls = copy_of(&engines).await;
    let (gateway, control) = (Gateway::start(&urls, GATEWAY), client(&urls[0]).await);
    assert_eq!(gateway.record(inputs(0, 40)).await, Seq(40));
    engines.signal("pg2", "STOP");
    let mut pending = gateway.journal.submit(inputs(40, 40)).await.expect("queued");
    for warned in 1..=3 {
        to_waiting_commit(&control, "pg_cancel_backend").await;
        until("a warning", async || {
            not_copied(&gateway, &mut pending, 40);
            gateway.counted().copy_warned >= warned
        })
        .await;
        not_copied(&gateway, &mut pending, 40);
    }
    to_waiting_commit(&control, "pg_terminate_backend").await;
    until("another attempt", async || gateway.counted().copy_retries > gateway.counted().copy_warned).await;
    not_copied(&gateway, &mut pending, 40);
    engines.signal("pg2", "CONT");
    let receipt = timeout(LIMIT, pending).await.expect("in time").expect("copied");
    assert_eq!((receipt.last(), gateway.record(inputs(80, 1)).await), (Seq(80), Seq(81)));
    let rows = control.query_one("SELECT sum(last + 1 - first)::bigint, count(*) FROM frame_batches", &[]).await;
    let rows = rows.expect("asked");
    assert_eq!((rows.get::<_, i64>(0), rows.get::<_, i64>(1)), (81, 3), "each input once");
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promoted_standby_gets_what_it_lacks() {
    // Proves: what only the old primary had, committed and never acknowledged, is copied again to the standby that takes its place,
    // from the gateway's own journal; the reader follows, and what was acknowledged before is there.
    let Some(engines) = pair() else { return };
    let urls = copy_of(&engines).await;
    let (gateway, control) = (Gateway::start(&urls, GATEWAY), client(&urls[0]).await);
    let copy = record(&urls, Shards::ONE);
    assert_eq!(gateway.record(inputs(0, 40)).await, Seq(40));
    assert_eq!(copy.heads().await.expect("readable"), [(GATEWAY, 40)]);
    engines.signal("pg2", "STOP");
    let mut pending = gateway.journal.submit(inputs(40, 40)).await.expect("queued");
    to_waiting_commit(&control, "pg_cancel_backend").await;
    until("a warning", async || gateway.counted().copy_warned >= 1).await;
    assert_eq!(copy.heads().await.expect("readable"), [(GATEWAY, 80)], "the old primary has it, alone");
    not_copied(&gateway, &mut pending, 40);
    tokio::task::block_in_place(|| {
        engines.kill_primary();
        engines.signal("pg2", "CONT");
        engines.promote();
        engines.repoint();
    });
    let receipt = timeout(LIMIT, pending).await.expect("in time").expect("copied");
    assert_eq!(receipt.last(), Seq(80));
    until("the reader", async || copy.heads().await.is_ok()).await;
    assert_eq!(copy.heads().await.expect("readable"), [(GATEWAY, 80)]);
    let found = copy.inputs_of(Shard::ALONE, GATEWAY, 0, 80, 1000).await.expect("readable");
    assert_eq!(found.len(), 80 - 7, "all but the seven sessions");
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_primary_that_can_be_reached_is_left() {
    // Proves: after a promotion with the old primary still up and taking writes, the copier and a reader that stood on it go over to
    // the new one, though it is second in the list; what is recorded then is acknowledged and read from there.
    let Some(engines) = pair() else { return };
    let urls = copy_of(&engines).await;
    let gateway = Gateway::start(&urls, GATEWAY);
    let copy = record(&urls, Shards::ONE);
    assert_eq!(gateway.record(inputs(0, 40)).await, Seq(40));
    assert_eq!(copy.heads().await.expect("readable"), [(GATEWAY, 40)]);
    let new = client(&urls[1]).await;
    new.query("SELECT pg_promote()", &[]).await.expect("promoted");
    new.batch_execute("ALTER SYSTEM SET synchronous_standby_names = ''").await.expect("alone");
    new.query("SELECT pg_reload_conf()", &[]).await.expect("alone");
    assert_eq!(gateway.record(inputs(40, 40)).await, Seq(80));
    until("the reader", async || copy.heads().await.is_ok_and(|heads| heads == [(GATEWAY, 80)])).await;
    let there = new.query_one("SELECT sum(last + 1 - first)::bigint FROM frame_batches", &[]).await.expect("asked");
    assert_eq!(there.get::<_, i64>(0), 80, "on the new primary");
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demanded_standby_is_waited_for_whatever_the_database_says() {
    // Proves: a role and a database that say synchronous_commit = off or local change nothing for a copier; a list of standbys that is
    // emptied while a commit waits lets no receipt out where one is required, and is told where one is wanted; named again,
    // no commit counts that passes before the server makes commits wait; with the standby back all goes on.
    let Some(engines) = pair() else { return };
    let (urls, control) = (copy_of(&engines).await, client(&engines_url(&engines)).await);
    let weaken = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = local', current_database()); \
                  EXECUTE format('ALTER ROLE %I SET synchronous_commit = off', current_user); END $$";
    client(&urls[0]).await.batch_execute(weaken).await.expect("a weaker house");
    let weak = client(&urls[0]).await.query_one("SHOW synchronous_commit", &[]).await.expect("shown");
    assert_eq!(weak.get::<_, String>(0), "off", "a session that says nothing itself is weak");
    let demanding = CopyConfig { standby: Standby::Required, retry_ms_max: 100, ..CopyConfig::default() };
    let (strict, lenient) = (Gateway::start_with(&urls, GATEWAY, demanding), Gateway::start(&urls, GatewayNumber(3)));
    assert_eq!(strict.record(inputs(0, 40)).await, Seq(40));

    engines.signal("pg2", "STOP");
    let mut pending = strict.journal.submit(inputs(40, 40)).await.expect("queued");
    to_waiting_commit(&control, "abs").await;
    let named: String = control.query_one("SHOW synchronous_standby_names", &[]).await.expect("shown").get(0);
    name_standbys(&control, "").await;
    until("a refusal", async || strict.counted().copy_alone == 1 && strict.counted().copy_retries > 2).await;
    not_copied(&strict, &mut pending, 40);
    let mut second = 0;
    let told = async || {
        second += 1;
        lenient.record(inputs(second, 1)).await;
        lenient.counted().copy_alone == 1
    };
    until("it is told", told).await;

    lenient.stop().await;
    let checkpointer = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'";
    let checkpointer: i32 = control.query_one(checkpointer, &[]).await.expect("asked").get(0);
    signal(checkpointer, "STOP");
    name_standbys(&control, &named).await;
    until("a copier that saw the list", async || {
        not_copied(&strict, &mut pending, 40);
        let idle = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'muckwatch record' AND state = 'idle' \
                    AND clock_timestamp() - state_change > interval '300 ms'";
        !control.query(idle, &[]).await.expect("asked").is_empty()
    })
    .await;
    signal(checkpointer, "CONT");
    to_waiting_commit(&control, "abs").await;
    not_copied(&strict, &mut pending, 40);
    engines.signal("pg2", "CONT");
    let receipt = timeout(LIMIT, pending).await.expect("in time").expect("copied");
    assert_eq!((receipt.last(), strict.counted().copy_alone), (Seq(80), 0));
    strict.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_that_is_away_gathers_no_backends() {
    // Proves: however often a copier tries while the standby is stopped, the server has the backend that waits for the standby and the
    // try that is under way; then all is copied.
    let Some(engines) = pair() else { return };
    let (urls, control) = (copy_of(&engines).await, client(&engines_url(&engines)).await);
    let hasty = CopyConfig { answer_ms: 1_000, dead_ms: 1_000, retry_ms_max: 100, ..CopyConfig::default() };
    let gateway = Gateway::start_with(&urls, GATEWAY, hasty);
    assert_eq!(gateway.record(inputs(0, 40)).await, Seq(40));
    engines.signal("pg2", "STOP");
    let pending = gateway.journal.submit(inputs(40, 40)).await.expect("queued");
    until("eight tries", async || gateway.counted().copy_retries >= 8).await;
    until("no more than two backends", async || {
        let ours = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'muckwatch record'";
        control.query(ours, &[]).await.expect("asked").len() <= 2
    })
    .await;
    assert!(gateway.counted().copy_retries < 20, "seen while it tried");
    engines.signal("pg2", "CONT");
    assert_eq!(timeout(LIMIT, pending).await.expect("in time").expect("copied").last(), Seq(80));
    gateway.stop().await;
}

fn signal(pid: i32, name: &str) {
    let sent = std::process::Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status();
    assert!(sent.expect("kill runs").success());
}

/// A session of the operator, opened before anything is weakened.
fn engines_url(engines: &Engines) -> String {
    tokio::task::block_in_place(|| engines.database()).remove(0)
}

async fn name_standbys(control: &Client, names: &str) {
    control.batch_execute(&format!("ALTER SYSTEM SET synchronous_standby_names = '{names}'")).await.expect("set");
    control.batch_execute("SELECT pg_reload_conf()").await.expect("reloaded");
}
