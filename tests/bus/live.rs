//! Positions and states from workers to boards, through Redis.

use crate::{
    engines::{Bus, Which},
    sample::{at, until},
};
use muckwatch::{
    bus::{
        live::{Live, LiveLimits, WorkerStatus},
        redis::{announce::RedisAnnounce, watch},
    },
    engine::output::{LivePosition, LiveStatus},
    model::{
        ids::Seq,
        place::Wgs84,
        shard::{Shard, Shards},
        units::{Heading, Speed},
    },
    track::quality::Quality,
};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

pub(crate) fn position(terminal: u64, second: u64, speed: u16) -> LivePosition {
    LivePosition {
        terminal: terminal.to_string().parse().unwrap(),
        vehicle: None,
        plate: None,
        at: at(second),
        received: at(second),
        place: Wgs84::default(),
        speed: Speed(speed),
        heading: Heading(0),
        status: LiveStatus::default(),
    }
}

pub(crate) fn board(bus: &Bus, shards: Shards, stop: &CancellationToken) -> Arc<Live> {
    let (live, around) = (Arc::new(Live::new(LiveLimits::default())), Arc::default());
    let (house, config) = (bus.house.clone(), bus.config.clone());
    let parts = watch::WatchParts { house, shards, config, live: Arc::clone(&live), around };
    tokio::spawn(watch::run(parts, stop.clone()));
    live
}

fn speed(live: &Live, terminal: u64) -> Option<u16> {
    live.slot(terminal.to_string().parse().unwrap()).map(|slot| slot.position.speed.0)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_board_shows_what_workers_say() {
    // Proves: positions, states and counts of several shards reach a board that was there, and one that comes later; of a terminal
    // the newest counts; a shard that was never judged leaves the slowest tick open, and the board knows that Redis answers.
    for which in [Which::Single, Which::Cluster] {
        let Some(bus) = Bus::open(which).await else { return };
        let (shards, stop) = (Shards::new(4).unwrap(), CancellationToken::new());
        let announce = RedisAnnounce::new(&bus.house, shards, bus.config.clone());
        let early = board(&bus, shards, &stop);
        tokio::spawn(Arc::clone(&announce).run(stop.clone()));
        let workers: Vec<_> = shards.all().map(|shard| announce.of_shard(shard)).collect();
        for (round, worker) in (0..).zip(&workers) {
            worker.publish_positions((1..=50).map(|terminal| position(terminal, 10 + round, 20)).collect());
            worker.publish_quality([(Quality::ALL[0], 5)].into(), 1);
            let tick = Some(at(100 + round));
            worker.publish_worker(WorkerStatus::at(Seq(7 + round), tick));
        }
        until("positions", || (1..=50).all(|terminal| speed(&early, terminal) == Some(20))).await;
        workers[0].publish_positions(vec![position(3, 30, 33), position(4, 5, 44)]);
        until("a newer one", || speed(&early, 3) == Some(33)).await;
        assert_eq!(speed(&early, 4), Some(20));
        let late = board(&bus, shards, &stop);
        until("a later board", || speed(&late, 3) == Some(33) && speed(&late, 50) == Some(20)).await;
        until("states", || late.worker().cursor == Seq(10)).await;
        assert_eq!((late.worker().last_tick, late.worker().halted), (Some(at(100)), None));
        until("counts", || late.figures().unreadable == 4).await;
        assert_eq!(late.figures().quality.get(Quality::ALL[0].code()), Some(&20));
        workers[2].publish_worker(WorkerStatus::default());
        let unjudged = |status: WorkerStatus| (status.last_tick, status.newest_tick) == (None, Some(at(103)));
        until("a shard without a tick", || unjudged(early.worker())).await;
        assert_eq!(Shard::ALONE.0, 0);
        stop.cancel();
    }
}
