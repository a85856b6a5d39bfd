//! What happens to a house: kinds of faults, drawn from a seed, and how each is brought about and mended.

use super::house::House;
use engines::proxy::{Link, Proxy};
use muckwatch::{clock::wall_now, sim::dice::Dice};
use tokio::task::block_in_place;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Kill -9 of a gateway; it is started again.
    Gateway,
    /// Kill -9 of a worker; started again when others have its shards.
    Worker,
    /// Kill -9 of an api; started again.
    Api,
    /// Kill -9 of a Redis master; revived when its replica has taken over.
    RedisMaster,
    /// Kill -9 of the PostgreSQL primary; the test is the operator.
    PostgresPrimary,
    /// A gateway's or a worker's link to PostgreSQL resets or swallows everything until its lease is over.
    Link,
    /// A worker is stopped (SIGSTOP) until others have its shards, then goes on.
    PausedWorker,
}

impl Kind {
    /// All of them.
    pub(crate) const ALL: [Self; 7] = [
        Self::Gateway,
        Self::Worker,
        Self::Api,
        Self::RedisMaster,
        Self::PostgresPrimary,
        Self::Link,
        Self::PausedWorker,
    ];

    /// Its name in the table.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Gateway => "gateway killed",
            Self::Worker => "worker killed",
            Self::Api => "api killed",
            Self::RedisMaster => "Redis master killed",
            Self::PostgresPrimary => "PostgreSQL primary killed, from promotion",
            Self::Link => "link to PostgreSQL cut",
            Self::PausedWorker => "worker paused beyond its lease",
        }
    }
}

/// All of `kinds` in a drawn order.
pub(crate) fn shuffled(seed: u64, kinds: &[Kind]) -> Vec<Kind> {
    let mut dice = Dice::new(seed, "order of faults");
    let mut keyed: Vec<(i64, Kind)> = kinds.iter().map(|kind| (dice.whole(0, 1 << 40), *kind)).collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, kind)| kind).collect()
}

/// So many kinds, drawn.
pub(crate) fn drawn(seed: u64, count: usize) -> Vec<Kind> {
    let mut dice = Dice::new(seed, "kinds of faults");
    (0..count).map(|_| *dice.pick(&Kind::ALL)).collect()
}

/// Brings it about and mends it; says from when on the standstill counts, wall time, ms UTC. What it waits for it waits for as a
/// condition; whoever is hit is drawn.
pub(crate) async fn inject(house: &mut House<'_>, kind: Kind, dice: &mut Dice) -> i64 {
    let begun = wall_now().as_millis();
    match kind {
        Kind::Gateway => restart(house, "gateway", dice.whole(0, 1)).await,
        Kind::Api => restart(house, "api", dice.whole(0, 1)).await,
        Kind::Worker => worker_killed(house, dice.whole(0, 2)).await,
        Kind::PausedWorker => worker_paused(house, dice.whole(0, 2)).await,
        Kind::RedisMaster => redis_master(house, dice).await,
        Kind::PostgresPrimary => return postgres_primary(house),
        Kind::Link => link(house, dice).await,
    }
    begun
}

async fn restart(house: &mut House<'_>, role: &'static str, number: i64) {
    let member = house.nth(role, number);
    member.kill().await;
    member.start().await;
}

async fn worker_killed(house: &mut House<'_>, number: i64) {
    let name = house.nth("worker", number).name.clone();
    house.until_holds_some(&name).await;
    house.nth("worker", number).kill().await;
    house.until_others_hold_all(&name).await;
    house.nth("worker", number).start().await;
}

async fn worker_paused(house: &mut House<'_>, number: i64) {
    let name = house.nth("worker", number).name.clone();
    house.until_holds_some(&name).await;
    house.nth("worker", number).signal("STOP").await;
    house.until_others_hold_all(&name).await;
    house.nth("worker", number).signal("CONT").await;
    house.until_holds_some(&name).await;
}

async fn redis_master(house: &mut House<'_>, dice: &mut Dice) {
    let key = format!("{{{}}}", dice.whole(0, 1 << 20));
    let engines = house.engines;
    let killed = block_in_place(|| engines.redis_master(&key));
    block_in_place(|| engines.kill(&killed));
    house
        .until("a replica takes over", async |_| {
            block_in_place(|| engines.find_redis_master(&key)).is_some_and(|now| now != killed)
        })
        .await;
    block_in_place(|| engines.revive());
}

fn postgres_primary(house: &mut House<'_>) -> i64 {
    let engines = house.engines;
    block_in_place(|| {
        engines.kill_primary();
        engines.promote();
        let promoted = wall_now().as_millis();
        engines.repoint();
        engines.reseed();
        promoted
    })
}

async fn link(house: &mut House<'_>, dice: &mut Dice) {
    let state = *dice.pick(&[Link::Cut, Link::Silent]);
    let (name, proxies) = if dice.happens(0.5) { ("gateway-1", 0) } else { ("worker-1", 1) };
    println!("  the link of {name}: {state:?}");
    if name == "worker-1" {
        house.until_holds_some(name).await;
    }
    house.links[proxies].iter().for_each(|proxy| proxy.set(state));
    if name == "worker-1" {
        house.until_others_hold_all(name).await;
    } else {
        house.until_lease("gateway/1", false).await;
    }
    house.links[proxies].iter().for_each(Proxy::heal);
    if name == "worker-1" {
        house.until_holds_some(name).await;
    } else {
        house.until_lease("gateway/1", true).await;
    }
}
