//! What `EpisodeStore` promises to several workers, each with its shard.

use super::episodes::{change, commit, head, row, state};
use muckwatch::{
    cases::{
        change::Correction,
        row::{EpisodeRow, EpisodeState},
    },
    engine::{output::SavepointChange, snapshot::Savepoint},
    model::{ids::Revision, shard::Shard, time::Timestamp},
    store::{
        episodes::{AppendNumber, Basis, Claim, Commit, EpisodeStore, Fence},
        error::StoreError,
        leases::LeaseStore,
    },
};
use std::time::{Duration, Instant};

const ONE: Shard = Shard(1);
const TWO: Shard = Shard(2);

pub(crate) async fn shards_are_claimed_and_counted_apart(store: &dyn EpisodeStore) {
    // Proves: a claim of one shard fences nobody off another, and each has its own commit numbers, head and states.
    let one = store.claim(ONE, None).await.unwrap();
    let two = store.claim(TWO, None).await.unwrap();
    for number in 1..=2 {
        let states = vec![state("1", 1)];
        store.commit(&Commit { shard: ONE, states, ..commit(&one, number) }).await.unwrap();
    }
    store.commit(&Commit { shard: TWO, states: vec![state("2", 2)], ..commit(&two, 1) }).await.unwrap();
    assert_eq!(store.claim(ONE, None).await.unwrap().last_commit, 2);
    let found = store.load_snapshot(TWO).await.unwrap().unwrap();
    assert_eq!((found.terminals, found.head), (vec![state("2", 2)], head(10)));
    assert!(store.load_snapshot(Shard::ALONE).await.unwrap().is_none());
}

fn fence(token: u64, holder: &str) -> Fence {
    Fence { token, holder: holder.to_owned() }
}

pub(crate) async fn the_fence_is_the_leases_token(store: &dyn EpisodeStore) {
    // Proves: the worker whose lease is another's by now can neither commit nor claim again, the new one can do both.
    let old = store.claim(ONE, Some(&fence(7, "old"))).await.unwrap();
    assert_eq!(store.claim(ONE, Some(&fence(7, "old"))).await.unwrap(), old, "a retry takes the same fence");
    let new = store.claim(ONE, Some(&fence(9, "new"))).await.unwrap();
    assert_eq!((old.fence.token, new.fence.token), (7, 9));
    let late = store.commit(&Commit { shard: ONE, ..commit(&old, 1) }).await;
    assert!(matches!(late, Err(StoreError::Conflict { .. })), "{late:?}");
    let back = store.claim(ONE, Some(&fence(8, "old"))).await;
    assert!(matches!(back, Err(StoreError::Conflict { .. })), "{back:?}");
    store.commit(&Commit { shard: ONE, ..commit(&new, 1) }).await.unwrap();
    assert_eq!(store.claim(ONE, None).await.unwrap().fence, fence(10, ""));
}

pub(crate) async fn an_equal_token_of_another_holder_is_refused(store: &dyn EpisodeStore) {
    // Proves: after a fail-over that took a lease's row back, two workers have one token; the one that did not claim on the new
    // primary can neither write nor claim, and above all its commit is not taken for the other's of the same number.
    let kept = store.claim(ONE, Some(&fence(5, "kept"))).await.unwrap();
    let lost = Claim { fence: fence(5, "lost"), ..kept.clone() };
    let foreign = store.commit(&Commit { shard: ONE, states: vec![state("1", 9)], ..commit(&lost, 1) }).await;
    assert!(matches!(&foreign, Err(StoreError::Conflict { cause }) if cause.contains("kept")), "{foreign:?}");
    let states = vec![state("1", 1)];
    store.commit(&Commit { shard: ONE, states: states.clone(), ..commit(&kept, 1) }).await.unwrap();
    let foreign = store.commit(&Commit { shard: ONE, states: vec![state("1", 9)], ..commit(&lost, 1) }).await;
    assert!(matches!(foreign, Err(StoreError::Conflict { .. })), "{foreign:?}");
    let again = store.claim(ONE, Some(&fence(5, "lost"))).await;
    assert!(matches!(again, Err(StoreError::Conflict { .. })), "{again:?}");
    assert_eq!(store.load_snapshot(ONE).await.unwrap().unwrap().terminals, states);
    assert_eq!(store.claim(ONE, Some(&fence(5, "kept"))).await.unwrap().last_commit, 1);
}

pub(crate) async fn a_retry_gets_its_numbers_though_others_wrote(store: &dyn EpisodeStore) {
    // Proves: a commit whose answer was lost is told its own append numbers after another shard's commit took later ones.
    let (one, two) = (store.claim(ONE, None).await.unwrap(), store.claim(TWO, None).await.unwrap());
    let opened = |start| vec![change(row(start, Some(start + 5)), Correction::Opened)];
    let lost = Commit { shard: ONE, episodes: opened(0), ..commit(&one, 1) };
    let first = store.commit(&lost).await.unwrap();
    store.commit(&Commit { shard: TWO, episodes: opened(100), ..commit(&two, 1) }).await.unwrap();
    assert_eq!(store.commit(&lost).await.unwrap(), first);
    let all = store.changed_after(AppendNumber(0), 10).await.unwrap();
    assert_eq!(all.iter().map(|line| line.append.0).collect::<Vec<_>>(), [1, 2]);
}

pub(crate) async fn a_rebuilt_shard_leaves_the_others_alone(store: &dyn EpisodeStore) {
    // Proves: a rebuild drops states and savepoints of its own shard only, and all of them, also more than one statement drops.
    let (one, two) = (store.claim(ONE, None).await.unwrap(), store.claim(TWO, None).await.unwrap());
    let hour = Timestamp::from_millis;
    let kept = |terminal: &str, at| Savepoint { terminal: terminal.parse().unwrap(), at: hour(at), state: vec![1] };
    for (shard, claim, terminal, count) in [(ONE, &one, "1", 10_001), (TWO, &two, "2", 1)] {
        let savepoints = (0..count).map(|at| SavepointChange::Put(kept(terminal, at))).collect();
        let states = vec![state(terminal, 1)];
        store.commit(&Commit { shard, states, savepoints, ..commit(claim, 1) }).await.unwrap();
    }
    store.commit(&Commit { shard: ONE, basis: Basis::Rebuilt, ..commit(&one, 2) }).await.unwrap();
    assert_eq!(store.load_snapshot(ONE).await.unwrap().unwrap().terminals, []);
    assert_eq!(store.load_snapshot(TWO).await.unwrap().unwrap().terminals, [state("2", 1)]);
    assert_eq!(store.savepoints("1".parse().unwrap(), hour(20_000)).await.unwrap().at_or_before, None);
    assert_eq!(store.savepoints("2".parse().unwrap(), hour(0)).await.unwrap().at_or_before, Some(kept("2", 0)));
}

pub(crate) async fn an_overlap_of_two_shards_passes(store: &dyn EpisodeStore) {
    // Proves: two vehicles may swap the terminals of two shards: the shard that follows the new ledger first is let through,
    // the other too; once both follow it and nothing waits to be judged again, an overlap is refused, to be tried again.
    let (one, two) = (store.claim(ONE, None).await.unwrap(), store.claim(TWO, None).await.unwrap());
    let old = row(0, Some(10));
    let opened = vec![change(old.clone(), Correction::Opened)];
    store.commit(&Commit { shard: ONE, episodes: opened, ..commit(&one, 1) }).await.unwrap();

    let mut ahead = commit(&two, 1);
    ahead.head.ledger = Revision(2);
    let moved = Commit { shard: TWO, episodes: vec![change(row(5, Some(15)), Correction::OpenedLate)], ..ahead };
    store.commit(&moved).await.unwrap();

    let mut followed = commit(&one, 2);
    followed.head.ledger = Revision(2);
    let withdrawn = EpisodeRow { state: EpisodeState::Withdrawn, ..old };
    let withdrawn = vec![change(withdrawn, Correction::Withdrawn)];
    store.commit(&Commit { shard: ONE, episodes: withdrawn, ..followed }).await.unwrap();

    let mut third = commit(&one, 3);
    third.head.ledger = Revision(2);
    let again = Commit { shard: ONE, episodes: vec![change(row(6, Some(9)), Correction::OpenedLate)], ..third };
    let refused = store.commit(&again).await;
    assert!(matches!(refused, Err(StoreError::Unavailable { .. })), "{refused:?}");
    assert_eq!(store.canonical().await.unwrap().len(), 1, "nothing of the refused commit is stored");
}

pub(crate) async fn a_poller_misses_no_number(store: &dyn EpisodeStore) {
    // Proves: while four shards commit corrections at once, a reader that goes on from the last number it saw sees every number,
    // in order, without a hole.
    const COMMITS: i64 = 25;
    let shards = [0, 1, 2, 3];
    let writers = shards.map(|shard| write_shard(store, Shard(shard), COMMITS));
    let total = shards.len() * usize::try_from(COMMITS).unwrap() * 2;
    let poller = async {
        let mut seen = 0;
        while seen < total {
            let after = AppendNumber(u64::try_from(seen).unwrap());
            for line in store.changed_after(after, 7).await.unwrap() {
                seen += 1;
                assert_eq!(line.append, AppendNumber(u64::try_from(seen).unwrap()));
            }
            tokio::task::yield_now().await;
        }
    };
    futures_util::future::join(futures_util::future::join_all(writers), poller).await;
}

/// Commits of two corrections each, as a worker writes them.
async fn write_shard(store: &dyn EpisodeStore, shard: Shard, commits: i64) {
    let claim = store.claim(shard, None).await.unwrap();
    for number in 1..=commits {
        let start = i64::from(shard.0) * 100_000 + number * 10;
        let opened = change(row(start, None), Correction::Opened);
        let closed = change(row(start, Some(start + 5)), Correction::Closed);
        let write = Commit { shard, episodes: vec![opened, closed], ..commit(&claim, number.unsigned_abs()) };
        while let Err(error) = store.commit(&write).await {
            assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
        }
    }
}

pub(crate) async fn a_paused_worker_is_fenced_off_by_the_next_lease(store: &(impl EpisodeStore + LeaseStore)) {
    // Proves: a worker that sleeps past the end of its lease can write until another has the shard, and nothing afterwards.
    let short = Duration::from_millis(30);
    let lease = store.acquire("shard/1", "sleeper", short).await.unwrap().unwrap();
    let sleeper = store.claim(ONE, Some(&Fence::from(&lease))).await.unwrap();
    store.commit(&Commit { shard: ONE, ..commit(&sleeper, 1) }).await.unwrap();
    let begun = Instant::now();
    let next = loop {
        if let Some(lease) = store.acquire("shard/1", "next", short).await.unwrap() {
            break lease;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "the lease does not end");
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    let worker = store.claim(ONE, Some(&Fence::from(&next))).await.unwrap();
    assert_eq!((next.token, worker.last_commit), (lease.token + 1, 1));
    let late = store.commit(&Commit { shard: ONE, ..commit(&sleeper, 2) }).await;
    assert!(matches!(late, Err(StoreError::Conflict { .. })), "{late:?}");
    store.commit(&Commit { shard: ONE, ..commit(&worker, 1) }).await.unwrap();
}
