//! What `LedgerStore` promises.

use super::sample;
use muckwatch::{
    model::ids::{Revision, Seq, VehicleId},
    store::{
        error::StoreError,
        ledger::{ImportEffect, LedgerStore, LedgerTable, TableChange, WhichRevision},
    },
};

const NOW: &str = "2026-11-24T08:00:00+08:00";

pub(crate) async fn fill(store: &dyn LedgerStore) {
    store.import(&sample::ledger(), "导入员", sample::at(NOW)).await.unwrap();
}

pub(crate) async fn is_filled(store: &dyn LedgerStore) {
    let loaded = store.load(WhichRevision::Latest).await.unwrap().unwrap();
    assert_eq!(loaded.ledger, sample::ledger());
    assert_eq!((loaded.entry.revision, loaded.entry.author.as_str()), (Revision(1), "导入员"));
}

pub(crate) async fn a_ledger_comes_back_as_it_went_in(store: &dyn LedgerStore) {
    // Proves: no field is lost or bent, and lists that came in another order come back in the canonical one.
    assert_eq!(store.load(WhichRevision::Latest).await.unwrap(), None);
    let mut shuffled = sample::ledger();
    shuffled.vehicles.reverse();
    shuffled.sites.reverse();
    let done = store.import(&shuffled, "导入员", sample::at(NOW)).await.unwrap();
    assert_eq!(done.effect, ImportEffect::Revised);
    is_filled(store).await;
}

pub(crate) async fn an_equal_ledger_makes_no_revision(store: &dyn LedgerStore) {
    // Proves: a retry after a failure, or the same file twice, changes nothing.
    fill(store).await;
    let again = store.import(&sample::ledger(), "别人", sample::at(NOW)).await.unwrap();
    assert_eq!((again.effect, again.entry.revision), (ImportEffect::Unchanged, Revision(1)));
    assert_eq!(store.revisions(None, 10).await.unwrap().len(), 1);
}

pub(crate) async fn a_change_supersedes_and_keeps(store: &dyn LedgerStore) {
    // Proves: counts per table are right, the new revision holds the change, the old one reads as before.
    fill(store).await;
    let mut next = sample::ledger();
    next.vehicles[0].responsible_officer = String::from("王五");
    next.vehicles.push(sample::vehicle("V-3", "豫AD1236"));
    next.places.clear();
    let done = store.import(&next, "导入员", sample::at(NOW)).await.unwrap();
    let change = |table, added, changed, removed| TableChange { table, added, changed, removed };
    let expected = vec![change(LedgerTable::Vehicles, 1, 1, 0), change(LedgerTable::Places, 0, 0, 1)];
    assert_eq!((done.entry.revision, done.entry.changes), (Revision(2), expected));
    let first = store.load(WhichRevision::Number(Revision(1))).await.unwrap().unwrap();
    assert_eq!(first.ledger, sample::ledger());
    assert_eq!(store.load(WhichRevision::Latest).await.unwrap().unwrap().ledger, next);
    assert_eq!(store.settled(Revision(1)).await.unwrap().as_ref(), Some(&first));
    assert_eq!(store.load(WhichRevision::Number(Revision(3))).await.unwrap(), None);
    assert_eq!(store.settled(Revision(3)).await.unwrap(), None);
    let numbers: Vec<_> = store.revisions(Some(Revision(2)), 10).await.unwrap();
    assert_eq!(numbers.iter().map(|entry| entry.revision).collect::<Vec<_>>(), [Revision(1)]);
}

pub(crate) async fn history_shows_what_was_known_when(store: &dyn LedgerStore) {
    // Proves: an approval entered later shows the revision that brought it, a replaced row the one that replaced it.
    fill(store).await;
    let mut next = sample::ledger();
    next.approvals.push(sample::approval("A-2", "V-1"));
    next.vehicles[0].officer_phone = String::from("110");
    store.import(&next, "导入员", sample::at(NOW)).await.unwrap();
    let history = store.history(&VehicleId::new("V-1")).await.unwrap();
    let lives: Vec<_> = history.vehicles.iter().map(|row| (row.recorded, row.superseded)).collect();
    assert_eq!(lives, [(Revision(1), Some(Revision(2))), (Revision(2), None)]);
    let approvals: Vec<_> = history.approvals.iter().map(|row| (row.row.id.as_str(), row.recorded)).collect();
    assert_eq!(approvals, [("A-1", Revision(1)), ("A-2", Revision(2))]);
    assert_eq!((history.fittings.len(), history.labels.len()), (1, 0));
}

pub(crate) async fn an_unconfirmed_revision_is_pending(store: &dyn LedgerStore) {
    // Proves: a crash between import and the input log is seen at start, and confirming twice is harmless.
    fill(store).await;
    assert_eq!(store.pending().await.unwrap().len(), 1);
    for _ in 0..2 {
        store.confirm(Revision(1), Seq(7)).await.unwrap();
    }
    assert_eq!(store.pending().await.unwrap(), []);
    assert_eq!(store.revisions(None, 1).await.unwrap()[0].seq, Some(Seq(7)));
    assert!(matches!(store.confirm(Revision(2), Seq(8)).await, Err(StoreError::Conflict { .. })));
}

pub(crate) async fn two_rows_of_one_identity_are_refused(store: &dyn LedgerStore) {
    // Proves: a ledger that contradicts itself is a conflict, and nothing of it is stored.
    let mut twice = sample::ledger();
    twice.vehicles.push(twice.vehicles[0].clone());
    let refused = store.import(&twice, "导入员", sample::at(NOW)).await;
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
    assert_eq!(store.load(WhichRevision::Latest).await.unwrap(), None);
}
