//! A slot that moves to another node while its stream is written and read, as when an operator adds masters.

use crate::{
    engines::{Bus, Commits, Which, Worker, blocking, config},
    sample::until,
};
use engines::{Engines, Postgres, Redis};
use muckwatch::model::cursor::Cursor;
use redis::aio::MultiplexedConnection;

const FRAMES: u64 = 4_000;
/// Times the slot moves.
const MOVES: u64 = 4;

/// A master, as the operator's tool sees it.
struct Master {
    id: String,
    port: u16,
    connection: MultiplexedConnection,
}

impl Master {
    async fn slot(&mut self, words: &[&str]) {
        redis::cmd("CLUSTER").arg("SETSLOT").arg(words).query_async::<()>(&mut self.connection).await.unwrap();
    }
}

/// All masters; the one that has the key is the first.
async fn masters(bus: &Bus) -> Vec<Master> {
    let mut found = Vec::new();
    for url in &bus.config.redis {
        let client = redis::Client::open(url.as_str()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let role: Vec<redis::Value> = redis::cmd("ROLE").query_async(&mut connection).await.unwrap();
        if role.first() != Some(&redis::Value::BulkString(b"master".to_vec())) {
            continue;
        }
        let id: String = redis::cmd("CLUSTER").arg("MYID").query_async(&mut connection).await.unwrap();
        let port = url.rsplit(':').next().and_then(|port| port.trim_end_matches('/').parse().ok()).unwrap();
        let length: redis::RedisResult<u64> = redis::cmd("XLEN").arg(bus.key()).query_async(&mut connection).await;
        let place = if length.is_ok() { 0 } else { found.len() };
        found.insert(place, Master { id, port, connection });
    }
    found
}

/// Moves the slot of the bus's stream to another master, key by key, as `redis-cli --cluster reshard` does.
async fn move_slot(bus: &Bus) {
    let mut masters = masters(bus).await;
    let mut to = masters.remove(1);
    let mut from = masters.remove(0);
    let slot: u16 =
        redis::cmd("CLUSTER").arg("KEYSLOT").arg(bus.key()).query_async(&mut from.connection).await.unwrap();
    let slot = slot.to_string();
    to.slot(&[&slot, "IMPORTING", &from.id]).await;
    from.slot(&[&slot, "MIGRATING", &to.id]).await;
    loop {
        let mut ask = redis::cmd("CLUSTER");
        let keys: Vec<String> =
            ask.arg("GETKEYSINSLOT").arg(&slot).arg(100).query_async(&mut from.connection).await.unwrap();
        if keys.is_empty() {
            break;
        }
        let mut migrate = redis::cmd("MIGRATE");
        migrate.arg("127.0.0.1").arg(to.port).arg("").arg(0).arg(5_000).arg("KEYS").arg(keys);
        migrate.query_async::<()>(&mut from.connection).await.unwrap();
    }
    let id = to.id.clone();
    to.slot(&[&slot, "NODE", &id]).await;
    from.slot(&[&slot, "NODE", &id]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_may_move_while_its_stream_is_used() {
    // Proves: publisher and consumer follow a stream from node to node under load; every input comes, once, in order, and nothing
    // is taken for lost.
    let started = tokio::task::spawn_blocking(|| Engines::start(Redis::Cluster, Postgres::Absent)).await.unwrap();
    let Some(engines) = started else { return };
    let mut bus = Bus::on(Which::Cluster, config(Which::Cluster, engines.redis())).await;
    bus.config.entry_frames_max = 16;
    bus.publish(Vec::new());
    let mut worker = Worker::new(bus.consumer("one", Cursor::default(), Vec::new()), Cursor::default());
    let reading = tokio::spawn(blocking(move || {
        worker.read_until(Commits::Yes, |worker| worker.applied.len() as u64 >= FRAMES);
        worker
    }));
    let part = FRAMES / (2 * MOVES);
    let (mut fed, mut lost) = (0, None);
    for _ in 0..MOVES {
        for _ in 0..2 {
            bus.feed(fed + 1..=fed + part).await;
            fed += part;
        }
        until("some of it", || bus.figure("published_frames") + part >= fed).await;
        // The first time a stream is missing because nobody made it yet.
        lost.get_or_insert_with(|| bus.figure("publish_rewinds"));
        move_slot(&bus).await;
    }
    let worker = reading.await.unwrap();
    assert_eq!(worker.numbers(), (1..=FRAMES).collect::<Vec<_>>());
    assert_eq!(Some(bus.figure("publish_rewinds")), lost, "a stream that moves is not lost");
    drop(engines);
}
