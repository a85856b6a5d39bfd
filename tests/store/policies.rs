//! What `PolicyStore` promises.

use super::sample;
use muckwatch::{
    model::{
        ids::{PolicyRevision, Seq},
        time::{Span, Timestamp},
    },
    rules::Policy,
    store::{
        SqlStore,
        error::StoreError,
        faulty::{Fault, Faulty},
        policies::{Enacted, NewPolicy, PolicyStore},
    },
};

fn at(second: i64) -> Timestamp {
    sample::at("2026-11-24T08:00:00+08:00") + Span::from_secs(second)
}

/// A policy that lets trucks be so far off their route.
fn order(out_m: u32, second: i64) -> NewPolicy {
    let policy = Policy::parse(&format!(r#"{{"off_route":{{"params":{{"out_m":{out_m}.0}}}}}}"#)).unwrap();
    let (from, author) = (at(second + 300), "王五".to_owned());
    NewPolicy { policy: policy.canonical(), hash: policy.digest(), from, author, at: at(second) }
}

pub(crate) async fn changes_are_numbered_and_kept(store: &dyn PolicyStore) {
    // Proves: each change gets the next number and stays as it was; the newest again is no change, an older one
    // is, and so is the newest from an earlier time on.
    assert_eq!(store.policies(None, 10).await.unwrap(), []);
    for (number, out_m) in [(1, 100), (2, 120), (3, 100)] {
        let wanted = order(out_m, i64::from(number));
        let Enacted::Changed(stored) = store.enact(&wanted).await.unwrap() else { panic!("a change") };
        assert_eq!((stored.revision, &stored.order, stored.seq), (PolicyRevision(number), &wanted, None));
        let again = store.enact(&NewPolicy { at: at(60), ..wanted }).await.unwrap();
        assert_eq!(again, Enacted::Unchanged(stored.clone()));
        assert_eq!(store.policy(stored.revision).await.unwrap().as_ref(), Some(&stored));
        assert_eq!(store.settled_policy(stored.revision).await.unwrap(), Some(stored));
    }
    let sooner = order(100, -30);
    let Enacted::Changed(stored) = store.enact(&sooner).await.unwrap() else { panic!("it is to hold earlier") };
    assert_eq!((stored.revision, &stored.order.from), (PolicyRevision(4), &sooner.from));
    let numbers = async |before| {
        let page = store.policies(before, 2).await.unwrap();
        page.iter().map(|stored| stored.revision.0).collect::<Vec<_>>()
    };
    assert_eq!((numbers(None).await, numbers(Some(PolicyRevision(2))).await), (vec![4, 3], vec![1]));
    assert_eq!(store.policy(PolicyRevision(5)).await.unwrap(), None);
}

pub(crate) async fn what_is_not_recorded_is_named(store: &dyn PolicyStore) {
    // Proves: a change is named until its place in the input log is noted; one that is not there cannot be noted.
    for out_m in [100, 120] {
        store.enact(&order(out_m, 0)).await.unwrap();
    }
    for _ in 0..2 {
        store.policy_recorded(PolicyRevision(1), Seq(9)).await.unwrap();
    }
    let left: Vec<_> = store.policies_unrecorded().await.unwrap().iter().map(|stored| stored.revision.0).collect();
    assert_eq!(left, [2]);
    assert_eq!(store.policy(PolicyRevision(1)).await.unwrap().unwrap().seq, Some(Seq(9)));
    let refused = store.policy_recorded(PolicyRevision(3), Seq(10)).await;
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
}

pub(crate) async fn a_failed_order_repeated_is_done_once(store: &SqlStore) {
    // Proves: an order failed before and after it persisted and then repeated is one change.
    let faulty = Faulty::new(store.clone(), [Fault::BeforePersisting, Fault::AfterPersisting, Fault::None]);
    while faulty.enact(&order(100, 0)).await.is_err() {}
    assert_eq!(store.policies(None, 10).await.unwrap().len(), 1);
}
