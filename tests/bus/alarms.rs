//! Alarms and policies onto a board that has no worker beside it.

use crate::sample::{at, until};
use muckwatch::{
    bus::{
        alarms,
        live::{Live, LiveLimits},
        policies,
    },
    cases::{
        change::{Cause, Correction, EpisodeChange},
        id::EpisodeId,
        row::{EpisodeRow, EpisodeState, Found},
    },
    engine::Engine,
    model::{
        ids::{Revision, Seq, TerminalId},
        place::Wgs84,
        shard::Shard,
    },
    rules::{
        Policy, RuleId,
        finding::Notes,
        observation::{Object, Subject},
        spec::Severity,
    },
    store::{
        SqlStore,
        episodes::{Basis, Commit, EpisodeStore},
        policies::{NewPolicy, PolicyStore as _},
    },
    track::{
        grade::Grade,
        interval::{Onset, Peak, Stretch},
    },
};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

fn opened(number: u64) -> EpisodeChange {
    let (start, place) = (at(number), Wgs84::default());
    let terminal: TerminalId = (13_900_000_000 + number).to_string().parse().unwrap();
    let (rule, subject, object) = (RuleId::UnknownTerminal, Subject::Terminal(terminal), Object::Nothing);
    let stretch = Stretch {
        start,
        last: start,
        place,
        fixes: 1,
        driven_m: 0.0,
        peak: Peak { value: 0.0, at: start, place },
        grade: Grade::B,
        silence_ms: 0,
        onset: Onset::Observed,
        first: Seq(number),
        note: Notes::default(),
    };
    let row = EpisodeRow {
        id: EpisodeId::derive(rule, &subject, &object, start, Seq(number)),
        terminal,
        found: Found {
            rule,
            subject,
            object,
            stretch,
            end: None,
            settled: None,
            severity: Severity::Minor,
            why: Vec::new(),
            parameter_hash: Arc::from(""),
        },
        state: EpisodeState::Suspected,
        ledger_revision: Revision(1),
        opened: Seq(number),
        opened_at: start,
        late: false,
        permit_backdated: None,
        superseded_by: None,
    };
    EpisodeChange { row, correction: Correction::Opened, cause: Cause::Live, seq: Seq(number), at: start }
}

#[tokio::test(flavor = "multi_thread")]
async fn alarms_reach_a_board_without_a_worker() {
    // Proves: a board begins with the newest episode and says that older ones are in the store; what is committed later is shown.
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(muckwatch::store::open(&folder.path().join("store.db")).await.unwrap());
    let claim = store.claim(Shard::ALONE, None).await.unwrap();
    let commit = |number: u64, episodes: Vec<EpisodeChange>| Commit {
        shard: Shard::ALONE,
        fence: claim.fence.clone(),
        number,
        basis: Basis::Stored,
        head: Engine::new().head(),
        episodes,
        savepoints: Vec::new(),
        states: Vec::new(),
        gone: Vec::new(),
        registrations: Vec::new(),
    };
    store.commit(&commit(1, vec![opened(1), opened(2), opened(3)])).await.unwrap();
    let (live, stop) = (Arc::new(Live::new(LiveLimits::default())), CancellationToken::new());
    let board = tokio::spawn(alarms::run(store.clone(), Arc::clone(&live), stop.clone()));
    until("the newest", || live.newest_append() == 3).await;
    let seen = live.alarms_after(0, 10);
    assert_eq!((seen.forgotten, seen.alarms.len()), (Some(2), 1));
    store.commit(&commit(2, vec![opened(4)])).await.unwrap();
    until("the next", || live.newest_append() == 4).await;
    assert_eq!(live.alarms_after(3, 10).alarms.first().map(|alarm| alarm.change.clone()), Some(opened(4)));
    stop.cancel();
    board.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_without_a_worker_learns_the_policy_from_the_store() {
    // Proves: a process that only shows knows the changes that were made before it came, and one that is made while it runs.
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(muckwatch::store::open(&folder.path().join("store.db")).await.unwrap());
    let order = |out_m: f64, second: u64| {
        let policy = Policy::parse(&format!(r#"{{"off_route":{{"params":{{"out_m":{out_m:.1}}}}}}}"#)).unwrap();
        let (policy, hash) = (policy.canonical(), policy.digest());
        NewPolicy { policy, hash, from: at(second), author: "office".to_owned(), at: at(1) }
    };
    let (first, second) = (order(300.0, 1_000), order(400.0, 2_000));
    store.enact(&first).await.unwrap();
    let (live, stop) = (Arc::new(Live::new(LiveLimits::default())), CancellationToken::new());
    tokio::spawn(policies::run(Arc::<SqlStore>::clone(&store), Arc::clone(&live), stop.clone()));
    let holds = |second: u64| live.policies().at(at(second)).digest.to_string();
    until("the policy of before", || holds(1_500) == first.hash).await;
    assert_ne!(holds(999), first.hash);
    store.enact(&second).await.unwrap();
    until("the newer one", || holds(2_500) == second.hash).await;
    assert_eq!(holds(1_500), first.hash);
    stop.cancel();
}
