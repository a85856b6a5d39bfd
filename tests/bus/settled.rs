//! What the ticker names while the standby lacks it.

use crate::{
    control::{control, said},
    engines::{Bus, Which, blocking, config},
    sample::{LIMIT, at},
};
use engines::{Engines, Postgres, Redis};
use muckwatch::{
    bus::{
        entry::{Control, Entry},
        frames::{BusError, Frames},
        unpack::Standing,
    },
    engine::world::World,
    model::{
        ids::{PolicyRevision, Revision},
        input::Event,
    },
    store::{
        SqlStore,
        config::StoreConfig,
        error::StoreError,
        ledger::{LedgerStore, WhichRevision},
        open_postgres,
        policies::{NewPolicy, PolicyStore},
    },
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

/// Cancels every wait for the standby as soon as it is seen, as an operator might who finds the house standing still.
async fn cancel_waits(database: String, stop: CancellationToken) {
    use sea_orm::ConnectionTrait as _;
    let beside = sea_orm::Database::connect(&database).await.unwrap();
    let cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    while stop.run_until_cancelled(tokio::time::sleep(Duration::from_millis(5))).await.is_some() {
        beside.execute_unprepared(cancel).await.unwrap();
    }
}

/// Writes a ledger and a policy that only the primary has.
async fn write_alone(store: &SqlStore) {
    let imported = store.import(World::nowhere().ledger(), "office", at(1)).await;
    assert!(matches!(imported, Err(StoreError::Unavailable { .. })), "{imported:?}");
    let (policy, hash, author) = ("{}".to_owned(), "1".to_owned(), "office".to_owned());
    let enacted = store.enact(&NewPolicy { policy, hash, from: at(900), author, at: at(1) }).await;
    assert!(matches!(enacted, Err(StoreError::Unavailable { .. })), "{enacted:?}");
    assert!(store.load(WhichRevision::Number(Revision(1))).await.unwrap().is_some(), "the primary has it, alone");
    assert!(store.policy(PolicyRevision(1)).await.unwrap().is_some(), "the primary has it, alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_a_fail_over_may_take_back_is_not_judged_by() {
    // Proves: a ledger revision and a policy that the primary shows, that the ticker names and that the standby does not have yet
    // reach no engine, for after a fail-over both numbers are given again; once the standby has them they come.
    let start = || Engines::start(Redis::Single, Postgres::Standby);
    let Some(engines) = tokio::task::block_in_place(start) else { return };
    let (database, redis) = (engines.database(), engines.redis());
    let mut bus = Bus::on(Which::Single, config(Which::Single, redis)).await;
    let settings = StoreConfig { postgres: database.clone(), call_s: 2, probe_ms: 100, ..StoreConfig::default() };
    bus.store = Arc::new(open_postgres(&settings).await.unwrap());
    engines.signal("pg2", "STOP");
    let stop = CancellationToken::new();
    let canceller = tokio::spawn(cancel_waits(database[0].clone(), stop.clone()));
    write_alone(&bus.store).await;
    let (shard, Entry::Control(tick)) = control(1, 50, 1, Vec::new()) else { panic!("control") };
    said(&bus, &[(shard, Entry::Control(Control { policy: PolicyRevision(1), ..tick }))]).await;
    let mut frames = bus.redis_consumer("one", Standing::default());
    let (mut frames, refusals) = blocking(move || {
        let mut refusals = Vec::new();
        while refusals.len() < 3 {
            match frames.next(100, Duration::from_millis(50)) {
                Ok(inputs) => assert_eq!(inputs, []),
                Err(error) => refusals.push(error),
            }
        }
        (frames, refusals)
    })
    .await;
    stop.cancel();
    canceller.await.unwrap();
    let is_doubt = |error: &BusError| error.to_string().contains("the standby is not known to have");
    assert!(refusals.iter().any(is_doubt), "{refusals:?}");
    assert!(
        bus.store.settled(Revision(1)).await.is_err() && bus.store.settled_policy(PolicyRevision(1)).await.is_err()
    );

    engines.signal("pg2", "CONT");
    let inputs = blocking(move || {
        let (mut all, begun) = (Vec::new(), Instant::now());
        while all.len() < 3 {
            assert!(begun.elapsed() < LIMIT, "{all:?}");
            all.extend(frames.next(100, Duration::from_millis(50)).unwrap_or_default());
        }
        all
    })
    .await;
    let events: Vec<_> = inputs.into_iter().map(|input| input.event).collect();
    assert!(matches!(&events[..], [Event::PolicyChanged(_), Event::LedgerRevised(_), Event::Tick]), "{events:?}");
    assert_eq!(bus.store.settled(Revision(2)).await.unwrap().map(|found| found.entry.revision), None);
    assert_eq!(bus.store.settled_policy(PolicyRevision(2)).await.unwrap(), None);
}
