//! What `LeaseStore` promises.

use muckwatch::store::leases::{Lease, LeaseStore};
use std::time::{Duration, Instant};

const TTL: Duration = Duration::from_mins(1);
const SHORT: Duration = Duration::from_millis(30);
/// How long a test waits for a lease to end.
const LIMIT: Duration = Duration::from_secs(10);

async fn take(store: &dyn LeaseStore, name: &str, holder: &str) -> Lease {
    store.acquire(name, holder, TTL).await.unwrap().unwrap()
}

async fn wait_until_over(store: &dyn LeaseStore, name: &str) {
    let begun = Instant::now();
    while store.last(name).await.unwrap().unwrap().left_ms > 0 {
        assert!(begun.elapsed() < LIMIT, "{name} does not end");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub(crate) async fn a_lease_has_one_holder(store: &dyn LeaseStore) {
    // Proves: what is held is refused to others and renewed to its holder with the same token; other names are free.
    let mine = take(store, "shard/0", "one").await;
    assert_eq!((mine.holder.as_str(), mine.token), ("one", 1));
    assert!(mine.left_ms > 0 && mine.left_ms <= 60_000, "{mine:?}");
    assert_eq!(store.acquire("shard/0", "two", TTL).await.unwrap(), None);
    assert_eq!(take(store, "shard/0", "one").await.token, 1);
    assert_eq!(take(store, "shard/1", "two").await.token, 1);
}

pub(crate) async fn a_lease_ends_by_the_stores_clock(store: &dyn LeaseStore) {
    // Proves: nobody has to end it; the next holder's token is greater, the late holder's renewal is refused, and one that
    // nobody took meanwhile goes on with its token.
    store.acquire("ticker", "one", SHORT).await.unwrap().unwrap();
    store.acquire("worker/a", "a", SHORT).await.unwrap().unwrap();
    wait_until_over(store, "ticker").await;
    wait_until_over(store, "worker/a").await;
    assert_eq!(take(store, "ticker", "two").await.token, 2);
    assert_eq!(store.acquire("ticker", "one", TTL).await.unwrap(), None);
    assert_eq!(take(store, "worker/a", "a").await.token, 1);
}

pub(crate) async fn a_released_lease_is_free_and_its_token_stays(store: &dyn LeaseStore) {
    // Proves: after a release anybody gets it at once with a greater token, the same holder too; a stale release does
    // nothing to the next holder.
    let first = take(store, "shard/0", "one").await;
    for _ in 0..2 {
        store.release(&first).await.unwrap();
    }
    assert!(store.last("shard/0").await.unwrap().unwrap().left_ms <= 0);
    let again = take(store, "shard/0", "one").await;
    assert_eq!(again.token, 2);
    store.release(&first).await.unwrap();
    assert_eq!(store.acquire("shard/0", "two", TTL).await.unwrap(), None, "the stale release ended nothing");
    store.release(&again).await.unwrap();
    assert_eq!(take(store, "shard/0", "two").await.token, 3);
}

pub(crate) async fn live_leases_are_listed_by_name(store: &dyn LeaseStore) {
    // Proves: the list has what begins with the prefix, byte by byte, and is not over; what is over is still found by name.
    for name in ["worker/b", "worker/a", "worker/B", "worker_a", "shard/1"] {
        take(store, name, name).await;
    }
    store.acquire("worker/c", "c", SHORT).await.unwrap().unwrap();
    wait_until_over(store, "worker/c").await;
    let live = store.live("worker/").await.unwrap();
    let names: Vec<_> = live.iter().map(|lease| lease.name.as_str()).collect();
    assert_eq!(names, ["worker/B", "worker/a", "worker/b"]);
    let over = store.last("worker/c").await.unwrap().unwrap();
    assert_eq!((over.holder.as_str(), over.token), ("c", 1));
    assert_eq!(store.last("worker/d").await.unwrap(), None);
}

pub(crate) async fn of_two_that_ask_at_once_one_gets_it(store: &dyn LeaseStore) {
    // Proves: sixteen acquirers of one free lease make one holder, again and again.
    for round in 0..20 {
        let name = format!("shard/{round}");
        let holders: Vec<String> = (0..16).map(|it| it.to_string()).collect();
        let asked = holders.iter().map(|holder| store.acquire(&name, holder, TTL));
        let answers = futures_util::future::join_all(asked).await;
        let got: Vec<Lease> = answers.into_iter().filter_map(|answer| answer.unwrap()).collect();
        assert_eq!(got.len(), 1, "{got:?}");
        assert_eq!(store.last(&name).await.unwrap().unwrap().holder, got[0].holder);
    }
}

pub(crate) async fn leases_of_workers_that_ended_are_forgotten(store: &dyn LeaseStore) {
    // Proves: of the leases that are over for longer than asked only workers' go; live ones stay, and all others keep their tokens.
    for name in ["worker/a@1", "shard/3", "ticker", "gateway/1", "worker"] {
        let lease = take(store, name, "one").await;
        store.release(&lease).await.unwrap();
        wait_until_over(store, name).await;
    }
    take(store, "worker/b@2", "two").await;
    store.forget_members(Duration::from_hours(24)).await.unwrap();
    assert!(store.last("worker/a@1").await.unwrap().is_some(), "not yet");
    let begun = Instant::now();
    while store.last("worker/a@1").await.unwrap().is_some() {
        assert!(begun.elapsed() < LIMIT, "it is not forgotten");
        store.forget_members(Duration::ZERO).await.unwrap();
    }
    assert!(store.last("worker/b@2").await.unwrap().is_some(), "it lives");
    for name in ["shard/3", "ticker", "gateway/1", "worker"] {
        assert_eq!(take(store, name, "three").await.token, 2, "{name}");
    }
}
