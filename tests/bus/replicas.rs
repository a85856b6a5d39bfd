//! What counts as published: replicas that lag, and replicas that are gone.

use crate::{
    engines::{Bus, Which, config},
    sample::frame,
};
use engines::{Engines, Postgres, Redis};
use muckwatch::{
    bus::{
        entry::{Batch, Entry},
        frames::BusError,
        publish::Publish,
        redis::publish::RedisPublish,
    },
    model::{
        ids::{GatewayNumber, Seq},
        input::Input,
        shard::Shard,
    },
};
use std::{process::Command, time::Instant};

/// A node that has a replica.
struct Pair {
    node: Engines,
    replica: Engines,
}

impl Pair {
    async fn start() -> Option<Self> {
        let start = || Some([(); 2].map(|()| Engines::start(Redis::Single, Postgres::Absent)));
        let [node, replica] = tokio::task::spawn_blocking(start).await.unwrap()?;
        let pair = Self { node: node?, replica: replica? };
        let mut follow = redis::cmd("REPLICAOF");
        follow.arg("127.0.0.1").arg(pair.node.process("redis-1").port);
        let client = redis::Client::open(pair.replica.redis().remove(0)).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        follow.query_async::<()>(&mut connection).await.unwrap();
        Some(pair)
    }

    fn signal_replica(&self, signal: &str) {
        let pid = self.replica.process("redis-1").pid.to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }
}

fn entry(number: u64) -> (Shard, Entry) {
    let gateway = GatewayNumber::ALONE;
    let one = frame(number);
    let input = Input { seq: Seq::of(gateway, number), received: one.received, event: one.event };
    (Shard::ALONE, Entry::Batch(Batch { gateway, after: number - 1, inputs: vec![input] }))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_replica_has_is_not_published() {
    // Proves: an entry that is on its node and on no replica does not count, however long the replica is asked; it does when the
    // replica has it. A node that has no replica any more is not waited for.
    let Some(pair) = Pair::start().await else { return };
    let mut bus = Bus::on(Which::Single, config(Which::Single, pair.node.redis())).await;
    (bus.config.wait_replicas, bus.config.wait_ms) = (1, 20);
    let mut publish = RedisPublish::new(&bus.house, bus.config.clone()).unwrap();
    wait_for_replica(&bus).await;
    let made = publish.publish(&[entry(1)]).await;
    assert!(matches!(made, Err(BusError::Lost(_))), "the stream is made first: {made:?}");
    publish.publish(&[entry(1)]).await.unwrap();

    pair.signal_replica("-STOP");
    let held = publish.publish(&[entry(2)]).await;
    assert!(matches!(&held, Err(BusError::Unavailable(cause)) if cause.contains("WAIT")), "{held:?}");
    let length: u64 = redis::cmd("XLEN").arg(bus.key()).query_async(&mut bus.raw().await).await.unwrap();
    assert!(length >= 2, "the node itself has it");
    pair.signal_replica("-CONT");
    publish.publish(&[entry(2)]).await.unwrap();

    pair.replica.kill("redis-1");
    let begun = Instant::now();
    publish.publish(&[entry(3)]).await.unwrap();
    println!("without a replica published after {:?}", begun.elapsed());
}

/// Until the node says that its replica follows it.
async fn wait_for_replica(bus: &Bus) {
    let mut raw = bus.raw().await;
    let begun = Instant::now();
    loop {
        let reached: u32 = redis::cmd("WAIT").arg(1).arg(100).query_async(&mut raw).await.unwrap();
        let said: String = redis::cmd("INFO").arg("replication").query_async(&mut raw).await.unwrap();
        if reached == 1 && said.contains("state=online") {
            return;
        }
        assert!(begun.elapsed() < crate::sample::LIMIT, "{said}");
    }
}
