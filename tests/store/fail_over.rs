//! What an open store does when its PostgreSQL goes away: nothing acknowledged is lost, nothing is done twice, no call hangs.

use super::{
    commands,
    episodes::{change, commit, row},
    queries, sample, server,
};
use engines::{
    Engines, Postgres, Redis,
    proxy::{Link, Proxy},
};
use muckwatch::{
    cases::change::Correction,
    model::shard::Shard,
    store::{
        SqlStore,
        commands::{CommandStore, Enqueued},
        config::StoreConfig,
        episodes::{AppendNumber, Claim, Commit, EpisodeStore, Fence},
        error::{OpenError, StoreError},
        leases::LeaseStore,
        ledger::{ImportEffect, LedgerStore},
        open_postgres,
        reports::{Report, ReportStore},
        settings::SettingsStore,
        standby::StandbyStore,
    },
};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

/// Longest wait for a store that comes back.
const LIMIT: Duration = Duration::from_mins(1);
/// Longest wait for one call: the call's limit of 2 s, the release of its connection, and a busy machine.
const CALL_LIMIT: Duration = Duration::from_secs(20);
const TTL: Duration = Duration::from_mins(1);

fn impatient(postgres: &[String]) -> StoreConfig {
    StoreConfig { call_s: 2, probe_limit_ms: 1_000, ..server::config(postgres) }
}

/// The commit of that number, with an episode of its own.
fn numbered(claim: &Claim, number: i64) -> Commit {
    let opened = change(row(number * 10, Some(number * 10 + 5)), Correction::Opened);
    Commit { episodes: vec![opened], ..commit(claim, number.unsigned_abs()) }
}

/// As the worker does it: the same commit again until the store answers.
async fn persevere(store: &SqlStore, write: &Commit) {
    let begun = Instant::now();
    while let Err(error) = store.commit(write).await {
        assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
        assert!(begun.elapsed() < LIMIT, "{error}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn is_unavailable_in_time(store: &SqlStore, write: &Commit) {
    let begun = Instant::now();
    let failed = store.commit(write).await;
    assert!(matches!(failed, Err(StoreError::Unavailable { .. })), "{failed:?}");
    assert!(begun.elapsed() < CALL_LIMIT, "{:?}", begun.elapsed());
}

async fn holds(store: &SqlStore, commits: u64) {
    let all = store.changed_after(AppendNumber(0), 1_000).await.unwrap();
    let numbers: Vec<_> = all.iter().map(|line| line.append.0).collect();
    assert_eq!(numbers, (1..=commits).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_store_follows_the_primary() {
    // Proves: a standby is not written to; a commit that waits for a dead standby ends as unavailable and is done once; after a
    // promotion the open store writes on the new primary, with every commit and lease the old one confirmed.
    let Some(engines) = Engines::start(Redis::Absent, Postgres::Standby) else { return };
    let database = engines.database();
    let store = open_postgres(&impatient(&database)).await.unwrap();
    let nobody = open_postgres(&StoreConfig { open_s: 1, ..impatient(&database[1..]) }).await.unwrap_err();
    assert!(
        matches!(&nobody, OpenError::NoPrimary { machines: 1, limit_s: 1, causes } if causes.contains("recovery")),
        "{nobody}"
    );
    let lease = store.acquire("shard/0", "one", TTL).await.unwrap().unwrap();
    let claim = store.claim(Shard::ALONE, Some(&Fence::from(&lease))).await.unwrap();
    store.commit(&numbered(&claim, 1)).await.unwrap();

    engines.kill("pg2");
    is_unavailable_in_time(&store, &numbered(&claim, 2)).await;
    engines.reseed();
    persevere(&store, &numbered(&claim, 2)).await;
    holds(&store, 2).await;
    assert_eq!(store.primary().as_ref(), Some(&database[0]));

    engines.kill_primary();
    is_unavailable_in_time(&store, &numbered(&claim, 3)).await;
    engines.promote();
    engines.repoint();
    for number in 3..=5 {
        persevere(&store, &numbered(&claim, number)).await;
    }
    holds(&store, 5).await;
    assert_eq!(store.primary().as_ref(), Some(&database[1]));
    assert_eq!(store.acquire("shard/0", "two", TTL).await.unwrap(), None, "the lease is held on the new primary too");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_link_ends_calls_and_heals() {
    // Proves: a call over a silent or broken link ends as unavailable within its limit, and the same call is done, once, when
    // the link is back; reads end too.
    let Some(database) = server::database() else { return };
    let (server, name) = database[0].split_once('@').and_then(|(_, rest)| rest.split_once('/')).unwrap();
    let proxy = Proxy::start(server.parse::<SocketAddr>().unwrap()).await.unwrap();
    let through = format!("postgres://muckwatch@{}/{name}", proxy.address);
    let store = open_postgres(&impatient(&[through])).await.unwrap();
    let claim = store.claim(Shard::ALONE, None).await.unwrap();
    for (number, link) in [(1, Link::Silent), (2, Link::Cut)] {
        proxy.set(link);
        is_unavailable_in_time(&store, &numbered(&claim, number)).await;
        let read = EpisodeStore::get(&store, row(0, None).id).await;
        assert!(matches!(read, Err(StoreError::Unavailable { .. })), "{read:?}");
        proxy.heal();
        persevere(&store, &numbered(&claim, number)).await;
    }
    holds(&store, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_stays_ends_calls() {
    // Proves: a program that keeps the lock of the append numbers costs the others an unavailable call, not a hanging one:
    // the server itself ends the wait.
    use sea_orm::{ConnectionTrait as _, TransactionTrait as _};
    let Some(database) = server::database() else { return };
    let store = open_postgres(&impatient(&database)).await.unwrap();
    let claim = store.claim(Shard::ALONE, None).await.unwrap();
    let beside = sea_orm::Database::connect(&database[0]).await.unwrap();
    let keeper = beside.begin().await.unwrap();
    keeper.execute_unprepared("SELECT pg_advisory_xact_lock(1836409707, 3)").await.unwrap();
    let begun = Instant::now();
    let failed = store.commit(&numbered(&claim, 1)).await;
    assert!(matches!(&failed, Err(StoreError::Unavailable { cause }) if cause.contains("lock timeout")), "{failed:?}");
    assert!(begun.elapsed() < CALL_LIMIT, "{:?}", begun.elapsed());
    store.commit(&commit(&claim, 1)).await.expect("a commit without corrections needs no number");
    keeper.rollback().await.unwrap();
    persevere(&store, &numbered(&claim, 2)).await;
    holds(&store, 1).await;
}

/// Cancels every wait for the standby as soon as it is seen, as an operator might who finds the house standing still.
async fn cancel_waits(database: String, whose: &str, stop: CancellationToken) {
    use sea_orm::ConnectionTrait as _;
    let beside = sea_orm::Database::connect(&database).await.unwrap();
    let cancel = format!(
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name LIKE '{whose}'"
    );
    while stop.run_until_cancelled(tokio::time::sleep(Duration::from_millis(5))).await.is_some() {
        beside.execute_unprepared(&cancel).await.unwrap();
    }
}

fn not_confirmed<T: std::fmt::Debug>(done: &Result<T, StoreError>) {
    assert!(matches!(done, Err(StoreError::Unavailable { .. })), "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_standby_may_lack_is_confirmed_to_nobody() {
    // Proves: while the standby is stopped, a commit whose wait was cancelled (which PostgreSQL answers as done, with a warning) is
    // confirmed to no worker, officer or importer, nor is the retry that finds it written; when the standby goes on, each is done
    // once. A wait that nobody cancels ends as unavailable too.
    let Some(engines) = Engines::start(Redis::Absent, Postgres::Standby) else { return };
    let database = engines.database();
    let store = open_postgres(&impatient(&database)).await.unwrap();
    let claim = store.claim(Shard::ALONE, None).await.unwrap();
    store.commit(&numbered(&claim, 1)).await.unwrap();

    engines.signal("pg2", "STOP");
    is_unavailable_in_time(&store, &numbered(&claim, 2)).await;
    let stop = CancellationToken::new();
    let canceller = tokio::spawn(cancel_waits(database[0].clone(), "%", stop.clone()));
    let (order, at) = (commands::order("k1"), sample::at("2026-11-24T08:00:00+08:00"));
    not_confirmed(&store.found("house", "one").await);
    for _ in 0..2 {
        not_confirmed(&store.commit(&numbered(&claim, 2)).await);
        not_confirmed(&store.enqueue(&order).await);
        not_confirmed(&store.import(&sample::ledger(), "导入员", at).await);
        not_confirmed(&queries::try_fill(&store).await);
    }
    stop.cancel();
    canceller.await.unwrap();
    assert_eq!(store.changed_after(AppendNumber(0), 9).await.unwrap().len(), 2, "the primary has it, alone");

    engines.signal("pg2", "CONT");
    persevere(&store, &numbered(&claim, 2)).await;
    holds(&store, 2).await;
    assert!(matches!(store.enqueue(&order).await.unwrap(), Enqueued::Known(_)));
    assert_eq!(store.import(&sample::ledger(), "导入员", at).await.unwrap().effect, ImportEffect::Unchanged);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_that_is_away_gathers_no_witnesses() {
    // Proves: however many calls need a witness while the standby is stopped, the server has no more than two sessions of it; each call
    // ends as unavailable in time, and when the standby goes on they are done, once.
    use sea_orm::ConnectionTrait as _;
    let Some(engines) = Engines::start(Redis::Absent, Postgres::Standby) else { return };
    let database = engines.database();
    let store = open_postgres(&impatient(&database)).await.unwrap();
    let claim = store.claim(Shard::ALONE, None).await.unwrap();
    let beside = sea_orm::Database::connect(&database[0]).await.unwrap();
    engines.signal("pg2", "STOP");
    let stop = CancellationToken::new();
    let canceller = tokio::spawn(cancel_waits(database[0].clone(), "muckwatch", stop.clone()));
    for _ in 0..5 {
        is_unavailable_in_time(&store, &numbered(&claim, 1)).await;
    }
    stop.cancel();
    canceller.await.unwrap();
    let waiting = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'muckwatch witness'";
    let ask = sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, waiting);
    let sessions = beside.query_all_raw(ask).await.unwrap().len();
    assert!((1..=2).contains(&sessions), "{sessions} sessions of the witness");
    engines.signal("pg2", "CONT");
    persevere(&store, &numbered(&claim, 1)).await;
    holds(&store, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_starts_while_the_standby_is_away() {
    // Proves: with the standby stopped a store with its schema opens, what the house was founded with is found, and a report is said
    // and withdrawn; a founding that would have to write waits and is unavailable.
    let Some(engines) = Engines::start(Redis::Absent, Postgres::Standby) else { return };
    let database = engines.database();
    let first = open_postgres(&impatient(&database)).await.unwrap();
    first.found("house", "one").await.unwrap();

    engines.signal("pg2", "STOP");
    let store = open_postgres(&impatient(&database)).await.unwrap();
    assert_eq!(store.found("house", "two").await.unwrap(), "one");
    let report = Report { role: "api".to_owned(), name: "a".to_owned(), ..Report::default() };
    store.report(&report).await.unwrap();
    assert_eq!(store.reports(LIMIT).await.unwrap().len(), 1);
    store.withdraw("api", "a").await.unwrap();
    let mut look = store.standby().await.unwrap();
    while look.answers() != Some(false) {
        // Something waits: that is what tells a standby that is frozen from one that has nothing to do.
        assert!(look.is_named, "{look:?}");
        let _waits = store.found("shards", "16").await;
        look = store.standby().await.unwrap();
    }
    assert_eq!(store.reports(LIMIT).await.unwrap(), []);
    not_confirmed(&store.found("shards", "16").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_commits_miss_of_each_other_is_found_at_the_next() {
    // Proves: a row that grows and another shard's row that opens over it, both waiting for the standby at once, are both stored,
    // for the one takes no lock; the next commit of the growing row is refused.
    use sea_orm::ConnectionTrait as _;
    let Some(engines) = Engines::start(Redis::Absent, Postgres::Standby) else { return };
    let database = engines.database();
    let store = open_postgres(&server::config(&database)).await.unwrap();
    let (one, two) = (Shard(1), Shard(2));
    let claims = [store.claim(one, None).await.unwrap(), store.claim(two, None).await.unwrap()];
    let opened = vec![change(row(0, None), Correction::Opened)];
    store.commit(&Commit { shard: one, episodes: opened, ..commit(&claims[0], 1) }).await.unwrap();
    let grows = |to: i64, number: u64| {
        let mut grown = row(0, None);
        grown.found.stretch.last = row(to, None).found.stretch.start;
        Commit { shard: one, episodes: vec![change(grown, Correction::Grew)], ..commit(&claims[0], number) }
    };
    let over = vec![change(row(10, Some(15)), Correction::Opened)];
    let opens = Commit { shard: two, episodes: over, ..commit(&claims[1], 1) };

    engines.signal("pg2", "STOP");
    let grown = grows(20, 2);
    let both = futures_util::future::join(store.commit(&grown), store.commit(&opens));
    let go_on = async {
        let beside = sea_orm::Database::connect(&database[0]).await.unwrap();
        let waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name = 'muckwatch'";
        let ask = || sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, waiting);
        let begun = Instant::now();
        while beside.query_all_raw(ask()).await.unwrap().len() < 2 {
            assert!(begun.elapsed() < LIMIT, "both wait for the standby");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        engines.signal("pg2", "CONT");
    };
    let ((grew, open), ()) = futures_util::future::join(both, go_on).await;
    grew.unwrap();
    open.unwrap();
    let found = store.commit(&grows(21, 3)).await;
    assert!(matches!(&found, Err(StoreError::Unavailable { cause }) if cause.contains("overlap")), "{found:?}");
}
