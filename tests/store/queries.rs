//! What `QueryLog` promises.

use super::sample;
use muckwatch::store::{
    error::StoreError,
    queries::{NewQuery, QueryKind, QueryLog},
};

fn query(subject: &str) -> NewQuery {
    NewQuery {
        key: format!("look at {subject}"),
        at: sample::at("2026-11-24T08:00:00+08:00"),
        actor: "local".to_owned(),
        kind: QueryKind::Plate,
        subject: subject.to_owned(),
        reason: "路检".to_owned(),
        detail: String::new(),
    }
}

pub(crate) async fn fill(store: &dyn QueryLog) {
    try_fill(store).await.unwrap();
}

pub(crate) async fn try_fill(store: &dyn QueryLog) -> Result<(), StoreError> {
    store.append(&query("豫AD1234")).await.map(|_| ())
}

pub(crate) async fn a_look_is_logged_once(store: &dyn QueryLog) {
    // Proves: the same line again has the number it got and adds none; its key on another look is refused.
    let first = store.append(&query("豫AD1234")).await.unwrap();
    let other = store.append(&query("豫AD1235")).await.unwrap();
    assert_eq!(store.append(&query("豫AD1234")).await.unwrap(), first);
    assert!(other > first);
    let stolen = NewQuery { key: query("豫AD1234").key, ..query("豫AD1236") };
    assert!(matches!(store.append(&stolen).await, Err(StoreError::Conflict { .. })));
    assert_eq!(store.list(None, 10).await.unwrap().len(), 2);
}

pub(crate) async fn lines_come_back_newest_first(store: &dyn QueryLog) {
    // Proves: every line is kept whole, numbers ascend, and the cursor goes on where the page ended.
    for subject in ["豫AD1234", "豫AD1235", "豫AD1236"] {
        store.append(&query(subject)).await.unwrap();
    }
    let page = store.list(None, 2).await.unwrap();
    assert_eq!(page.iter().map(|line| line.query.clone()).collect::<Vec<_>>(), [query("豫AD1236"), query("豫AD1235")]);
    let rest = store.list(Some(page[1].number), 10).await.unwrap();
    assert_eq!(rest.iter().map(|line| line.query.clone()).collect::<Vec<_>>(), [query("豫AD1234")]);
}
