//! Every writing call failed before and after it persisted, then tried again.

use super::{commands, episodes, ledger, queries, sample};
use muckwatch::{
    model::{
        ids::{Revision, Seq},
        shard::Shard,
    },
    store::{
        SqlStore,
        commands::{CommandEventKind, CommandState, CommandStore, Enqueued},
        episodes::{AppendNumber, EpisodeStore},
        error::StoreError,
        faulty::{Fault, Faulty},
        ledger::{ImportEffect, LedgerStore},
        queries::QueryLog,
    },
};

pub(crate) async fn a_failed_call_retried_ends_the_same(store: &SqlStore) {
    // Proves: after a failure of either kind the same call again leaves exactly what one call would have left.
    let plan = [Fault::BeforePersisting, Fault::AfterPersisting, Fault::None];
    let faulty = Faulty::new(store.clone(), plan);
    for _ in 0..2 {
        let failed = faulty.import(&sample::ledger(), "导入员", sample::at("2026-11-24T08:00:00+08:00")).await;
        assert!(matches!(failed, Err(StoreError::Unavailable { .. })), "{failed:?}");
    }
    let done = faulty.import(&sample::ledger(), "导入员", sample::at("2026-11-24T08:00:00+08:00")).await.unwrap();
    assert_eq!(done.effect, ImportEffect::Unchanged, "the second try was stored");
    ledger::is_filled(store).await;

    let claim = store.claim(Shard::ALONE, None).await.unwrap();
    let faulty = Faulty::new(store.clone(), plan);
    let write = episodes::one_episode(&claim);
    for _ in 0..2 {
        assert!(matches!(faulty.commit(&write).await, Err(StoreError::Unavailable { .. })));
    }
    assert_eq!(faulty.commit(&write).await.unwrap().appends, [Some(AppendNumber(1))]);
    assert_eq!(store.changed_after(AppendNumber(0), 10).await.unwrap().len(), 1);

    let faulty = Faulty::new(store.clone(), plan);
    for _ in 0..2 {
        assert!(faulty.confirm(Revision(1), Seq(4)).await.is_err());
    }
    faulty.confirm(Revision(1), Seq(4)).await.unwrap();
    assert_eq!(store.pending().await.unwrap(), []);
}

pub(crate) async fn a_lost_answer_logs_a_query_once(store: &SqlStore) {
    // Proves: of a line that was retried after either failure the log has one.
    let faulty = Faulty::new(store.clone(), [Fault::BeforePersisting, Fault::AfterPersisting]);
    while queries::try_fill(&faulty).await.is_err() {}
    assert_eq!(QueryLog::list(store, None, 10).await.unwrap().len(), 1);
}

pub(crate) async fn a_command_survives_failed_calls(store: &SqlStore) {
    use CommandEventKind::{Acknowledged, Queued, Sent, Taken};
    // Proves: each call on a command, failed before and after it persisted and then repeated, leaves one step of history,
    // and a delivery whose taking was not confirmed is still held.
    let faulty = || Faulty::new(store.clone(), [Fault::BeforePersisting, Fault::AfterPersisting, Fault::None]);
    let (queue, order) = (faulty(), commands::order("k1"));
    while queue.enqueue(&order).await.is_err() {}
    let Enqueued::Known(command) = store.enqueue(&order).await.unwrap() else { panic!("ordered twice") };
    let (delivery, at) = (commands::delivery(command.number, 1, 1), commands::second(1));
    let queue = faulty();
    while queue.take(delivery, at, commands::second(31)).await.is_err() {}
    assert!(store.take(delivery, at, commands::second(31)).await.unwrap(), "it holds it");
    let queue = faulty();
    while queue.sent(delivery, 7, at).await.is_err() {}
    let queue = faulty();
    while queue.settle(delivery, commands::answer(7, 0, 2)).await.is_err() {}
    let settled = CommandStore::get(store, command.number).await.unwrap().unwrap();
    assert_eq!(settled.state, CommandState::Acknowledged);
    let kinds: Vec<_> = store.events(command.number).await.unwrap().iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [Queued, Taken, Sent, Acknowledged]);
}
