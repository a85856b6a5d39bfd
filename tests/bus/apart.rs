//! Two databases whose houses have one name, on one Redis.

use crate::{
    control::{self, said},
    engines::{Bus, Commits, Which, Worker, blocking, config, shared},
    live::{board, position},
    sample::{at, until},
};
use engines::{Engines, Postgres, Redis};
use muckwatch::{
    app::cluster::Ground,
    bus::{
        entry::{Batch, Entry},
        live::WorkerStatus,
        redis::announce::RedisAnnounce,
        unpack::Standing,
    },
    clock::ClockWish,
    config::Config,
    model::{
        cursor::Cursor,
        ids::{GatewayNumber, Seq},
        input::Input,
        shard::{Shard, Shards},
    },
    store::{config::StoreConfig, settings::SettingsStore},
};
use tokio_util::sync::CancellationToken;

fn settings(postgres: Vec<String>) -> Config {
    let store = StoreConfig { postgres, ..StoreConfig::default() };
    Config { store, ..Config::default() }
}

/// The house of a database as a process finds it, on shared nodes.
async fn bus(which: Which, redis: &[String], ground: &Ground) -> Bus {
    let mut bus = Bus::on(which, config(which, redis.to_vec())).await;
    bus.house = ground.house.clone();
    bus
}

/// Everything a new consumer of the house's stream is handed until it was handed `count` inputs.
async fn handed(bus: &Bus, count: usize) -> Vec<Input> {
    let mut worker = Worker::new(Box::new(bus.redis_consumer("one", Standing::default())), Cursor::default());
    blocking(move || {
        worker.read_until(Commits::Yes, |worker| worker.applied.len() >= count);
        worker.applied
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_databases_with_one_house_name_share_nothing() {
    // Proves: processes that start at once on a new database agree on one id of its house, and a restart finds it; of two houses with
    // one name on one Redis neither is handed the other's frames or ticks, nor shows its positions, states and counts.
    let start = || Engines::start(Redis::Absent, Postgres::Primary);
    let Some(engines) = tokio::task::block_in_place(start) else { return };
    for which in [Which::Single, Which::Cluster] {
        let Some(redis) = tokio::task::block_in_place(|| shared(which)) else { return };
        let (ours, theirs) = (settings(engines.database()), settings(engines.database()));
        let open = |config| Ground::open(config, ClockWish::Wall);
        let (one, other, third) = tokio::join!(open(&ours), open(&ours), open(&theirs));
        let (one, other, third) = (one.unwrap(), other.unwrap(), third.unwrap());
        assert_eq!(one.house, other.house);
        assert_eq!(open(&ours).await.unwrap().house, one.house);
        assert_eq!(one.store.setting("house").await, third.store.setting("house").await);
        let (ours, theirs) = (bus(which, &redis, &one).await, bus(which, &redis, &third).await);

        for (bus, second) in [(&ours, 10), (&theirs, 20)] {
            bus.feed(second..=second).await;
            let batch = |input| Batch { gateway: GatewayNumber::ALONE, after: 0, inputs: vec![input] };
            let entry = bus.journal.read_from(Seq(1)).next().map(|input| Entry::Batch(batch(input.unwrap())));
            said(bus, &[(Shard::ALONE, entry.unwrap()), control::control(1, second, 0, Vec::new())]).await;
        }
        for (bus, second) in [(&ours, 10), (&theirs, 20)] {
            let times: Vec<_> = handed(bus, 2).await.into_iter().map(|input| input.received).collect();
            assert_eq!(times, [at(second), at(second)], "{which:?}");
        }

        let stop = CancellationToken::new();
        let boards = [&ours, &theirs].map(|bus| board(bus, Shards::ONE, &stop));
        for (bus, (terminal, count)) in [&ours, &theirs].into_iter().zip([(1, 3), (2, 5)]) {
            let announce = RedisAnnounce::new(&bus.house, Shards::ONE, bus.config.clone());
            tokio::spawn(announce.clone().run(stop.clone()));
            let worker = announce.of_shard(Shard::ALONE);
            worker.publish_positions(vec![position(terminal, 10, 20)]);
            worker.publish_quality([].into(), count);
            worker.publish_worker(WorkerStatus::at(Seq(count), Some(at(count))));
        }
        for (live, (terminal, count)) in boards.iter().zip([(1, 3), (2, 5)]) {
            let shows = |terminal: u64| live.slot(terminal.to_string().parse().unwrap()).is_some();
            until("its own", || shows(terminal) && live.figures().unreadable > 0 && live.worker().cursor.0 > 0).await;
            assert!(!shows(3 - terminal), "{which:?}: the other's position");
            assert_eq!((live.figures().unreadable, live.worker().cursor), (count, Seq(count)), "{which:?}");
        }
        stop.cancel();
    }
}
