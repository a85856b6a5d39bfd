//! What happens to a house: kinds of faults, drawn from a seed, and how each is brought about and mended.

use super::{child::Disk, house::House, links::Near, old_primary, standby};
use engines::proxy::Link;
use muckwatch::{clock::wall_now, sim::dice::Dice};
use std::process::Command;
use tokio::task::block_in_place;

/// Frames by which a gateway is seen to work.
pub(crate) const SOME_FRAMES: u64 = 50;

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
    /// Kill -9 of the synchronous standby; the test is the operator, who brings it back or lets the primary wait for nobody.
    Standby,
    /// The synchronous standby is stopped, then goes on.
    PausedStandby,
    /// A gateway's or a worker's link to PostgreSQL resets or swallows everything until its lease is over.
    Link,
    /// A worker's or a gateway's links to Redis reset or swallow everything, and nothing else does: until others have the worker's
    /// shards, or until what the gateway records is judged all the same.
    RedisLink,
    /// All links of a gateway (terminals', too) or of a worker swallow everything until its lease is over: its machine is cut off.
    Machine,
    /// A worker is stopped (SIGSTOP) until others have its shards, then goes on.
    PausedWorker,
    /// A gateway is stopped until its lease is over, then goes on.
    PausedGateway,
    /// A Redis master is stopped until its replica has taken over, then goes on.
    PausedRedis,
    /// A Redis master and its replica are killed and come back empty.
    WipedRedis,
    /// The PostgreSQL primary is killed, the standby promoted, and the old one comes back and takes writes; a gateway and a worker
    /// that start then see both.
    OldPrimary,
    /// The link from terminals to a gateway resets or swallows everything for a while.
    TerminalLink,
    /// A gateway can write nothing more to its disk, then it can again.
    FullDisk,
}

impl Kind {
    /// All of them.
    pub(crate) const ALL: [Self; 17] = [
        Self::Gateway,
        Self::Worker,
        Self::Api,
        Self::RedisMaster,
        Self::PostgresPrimary,
        Self::Standby,
        Self::PausedStandby,
        Self::Link,
        Self::RedisLink,
        Self::Machine,
        Self::PausedWorker,
        Self::PausedGateway,
        Self::PausedRedis,
        Self::WipedRedis,
        Self::OldPrimary,
        Self::TerminalLink,
        Self::FullDisk,
    ];

    /// Its name in the table.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Gateway => "gateway killed",
            Self::Worker => "worker killed",
            Self::Api => "api killed",
            Self::RedisMaster => "Redis master killed",
            Self::PostgresPrimary => "PostgreSQL primary killed, from promotion",
            Self::Standby => "standby killed, from the operator's act",
            Self::PausedStandby => "standby paused, from its waking",
            Self::Link => "link to PostgreSQL cut",
            Self::RedisLink => "link to Redis cut",
            Self::Machine => "machine silent beyond its lease",
            Self::PausedWorker => "worker paused beyond its lease",
            Self::PausedGateway => "gateway paused beyond its lease",
            Self::PausedRedis => "Redis master paused",
            Self::WipedRedis => "Redis master and replica wiped",
            Self::OldPrimary => "old PostgreSQL primary back",
            Self::TerminalLink => "link of terminals cut",
            Self::FullDisk => "gateway's disk full",
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
        Kind::Standby => return standby::killed(house, dice).await,
        Kind::PausedStandby => return standby::paused(house, dice).await,
        Kind::Link => link(house, dice).await,
        Kind::RedisLink => redis_link(house, dice).await,
        Kind::Machine => machine(house, dice).await,
        Kind::PausedGateway => gateway_paused(house, dice.whole(0, 1)).await,
        Kind::PausedRedis => redis_paused(house, dice).await,
        Kind::WipedRedis => redis_wiped(house, dice),
        Kind::OldPrimary => return old_primary::comes_back(house, dice).await,
        Kind::TerminalLink => terminal_link(house, dice).await,
        Kind::FullDisk => disk_full(house).await,
    }
    begun
}

pub(crate) async fn restart(house: &mut House<'_>, role: &'static str, number: i64) {
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

async fn gateway_paused(house: &mut House<'_>, number: i64) {
    let lease = format!("gateway/{}", number + 1);
    house.nth("gateway", number).signal("STOP").await;
    house.until_lease(&lease, false).await;
    house.nth("gateway", number).signal("CONT").await;
    house.until_lease(&lease, true).await;
}

async fn redis_master(house: &mut House<'_>, dice: &mut Dice) {
    let key = format!("{{{}}}", dice.whole(0, 1 << 20));
    let engines = house.engines;
    let killed = block_in_place(|| engines.redis_master(&key));
    block_in_place(|| engines.kill(&killed));
    until_taken_over(house, &key, &killed).await;
    block_in_place(|| engines.revive());
}

async fn redis_paused(house: &mut House<'_>, dice: &mut Dice) {
    let key = format!("{{{}}}", dice.whole(0, 1 << 20));
    let engines = house.engines;
    let paused = block_in_place(|| engines.redis_master(&key));
    let signal = |name: &str| {
        let sent = Command::new("kill").args([name, &engines.process(&paused).pid.to_string()]).status();
        assert!(sent.expect("kill runs").success());
    };
    signal("-STOP");
    until_taken_over(house, &key, &paused).await;
    signal("-CONT");
    block_in_place(|| engines.revive());
}

async fn until_taken_over(house: &House<'_>, key: &str, from: &str) {
    let engines = house.engines;
    house
        .until("a replica takes over", async |_| {
            block_in_place(|| engines.find_redis_master(key)).is_some_and(|now| now != from)
        })
        .await;
}

fn redis_wiped(house: &House<'_>, dice: &mut Dice) {
    let key = format!("{{{}}}", dice.whole(0, 1 << 20));
    block_in_place(|| {
        house.engines.wipe_redis(&key);
        house.engines.revive();
    });
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
    let name = drawn_name(dice);
    println!("  the link of {name}: {state:?}");
    away(house, name, |house, away| near(house, name).set_postgres(if away { state } else { Link::Open })).await;
}

async fn redis_link(house: &mut House<'_>, dice: &mut Dice) {
    let state = *dice.pick(&[Link::Cut, Link::Silent]);
    let name = drawn_name(dice);
    println!("  the link of {name} to Redis: {state:?}");
    if name == "worker-1" {
        away(house, name, |house, away| near(house, name).set_redis(if away { state } else { Link::Open })).await;
    } else {
        near(house, name).set_redis(state);
        house.until_records(1, SOME_FRAMES).await;
        house.until_judged(1).await;
        near(house, name).set_redis(Link::Open);
    }
}

async fn machine(house: &mut House<'_>, dice: &mut Dice) {
    let name = drawn_name(dice);
    println!("  the machine of {name} is silent");
    away(house, name, |house, away| {
        let state = if away { Link::Silent } else { Link::Open };
        near(house, name).set(state);
        if name == "gateway-1" {
            house.links.terminals.set(state);
        }
    })
    .await;
}

fn drawn_name(dice: &mut Dice) -> &'static str {
    if dice.happens(0.5) { "gateway-1" } else { "worker-1" }
}

fn near<'a>(house: &'a House<'_>, name: &str) -> &'a Near {
    if name == "worker-1" { &house.links.worker } else { &house.links.gateway }
}

/// Sets its links so that it is away, waits until its leases are over, sets them back, and waits until it is there again.
async fn away(house: &House<'_>, name: &str, set: impl Fn(&House<'_>, bool)) {
    if name == "worker-1" {
        house.until_holds_some(name).await;
        set(house, true);
        house.until_others_hold_all(name).await;
        set(house, false);
        house.until_holds_some(name).await;
    } else {
        set(house, true);
        house.until_lease("gateway/1", false).await;
        set(house, false);
        house.until_lease("gateway/1", true).await;
    }
}

async fn terminal_link(house: &mut House<'_>, dice: &mut Dice) {
    let state = *dice.pick(&[Link::Cut, Link::Silent]);
    println!("  the link of terminals: {state:?}");
    house.links.terminals.set(state);
    house.until_records(2, SOME_FRAMES).await;
    house.links.terminals.heal();
    house.until_records(1, 1).await;
}

async fn disk_full(house: &mut House<'_>) {
    house.nth("gateway", 1).fill_disk(Disk::Full).await;
    house.until_stands(2, 1, SOME_FRAMES).await;
    house.nth("gateway", 1).fill_disk(Disk::Free).await;
    house.until_records(2, 1).await;
}
