//! A primary that was replaced and comes back, still taking writes.

use super::{
    faults::{SOME_FRAMES, restart},
    house::House,
};
use muckwatch::{clock::wall_now, sim::dice::Dice};
use std::collections::BTreeMap;
use tokio::task::block_in_place;
use tokio_postgres::{Client, NoTls};

/// What a house writes all the time: ends of leases, commits of shards, heads of gateways.
const WRITTEN: &str = "SELECT name, until_ms FROM leases
    UNION ALL SELECT 'commits of ' || shard, last_commit FROM engine_head
    UNION ALL SELECT 'copied of ' || gateway, head FROM frame_gateways";

/// Fails over, and lets the old primary come back when everybody has left it; a gateway and a worker that start then see both. Says
/// when the new one was promoted, wall time, ms UTC. Nothing may be written to the old one.
pub(crate) async fn comes_back(house: &mut House<'_>, dice: &mut Dice) -> i64 {
    let engines = house.engines;
    let old = engines.primary();
    let promoted = block_in_place(|| {
        engines.kill_primary();
        engines.promote();
        let promoted = wall_now().as_millis();
        engines.repoint();
        promoted
    });
    let new = client(house.database_on(&engines.primary())).await;
    until_all_write(house, &new).await;
    house.until_copied(SOME_FRAMES).await;
    block_in_place(|| engines.return_old_primary());
    let old = client(house.database_on(&old)).await;
    let before = written(&old).await;
    restart(house, "worker", dice.whole(0, 2)).await;
    restart(house, "gateway", dice.whole(0, 1)).await;
    until_all_write(house, &new).await;
    assert_eq!(written(&old).await, before, "the old primary was written to");
    block_in_place(|| engines.reseed());
    promoted
}

/// Until every lease of a gateway or a worker that is still held was renewed there.
async fn until_all_write(house: &House<'_>, client: &Client) {
    let before = written(client).await;
    house
        .until("every process writes to the new primary", async |house| {
            let (held, now) = (house.held().await, written(client).await);
            !held.is_empty() && held.iter().all(|name| now.get(name) > before.get(name))
        })
        .await;
}

/// A session of the test on one node.
pub(crate) async fn client(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("it answers");
    tokio::spawn(async move {
        // It ends when its server does.
        let _ended = connection.await;
    });
    client
}

async fn written(client: &Client) -> BTreeMap<String, i64> {
    let rows = client.query(WRITTEN, &[]).await.expect("it answers");
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}
