//! A synchronous standby that dies or hangs: commits wait for it until somebody acts.

use super::{faults::SOME_FRAMES, house::House, old_primary::client};
use engines::Engines;
use muckwatch::{clock::wall_now, sim::dice::Dice};
use tokio::task::block_in_place;
use tokio_postgres::Client;

/// Commits of this database that wait for the standby.
const WAITING: &str =
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND datname = current_database()";
/// Leases that are not over.
const LIVING: &str =
    "SELECT count(*) FROM leases WHERE until_ms > (extract(epoch FROM clock_timestamp()) * 1000)::bigint";

/// For how long nobody acts.
#[derive(Clone, Copy, Debug)]
enum Stay {
    /// Until commits wait.
    Short,
    /// Until every lease of the house is over: nobody could renew one.
    BeyondLeases,
}

/// What the operator does about a dead one.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// Starts it again on its own data.
    BringBack,
    /// Lets the primary wait for nobody, then makes a new standby.
    Repoint,
}

/// Kills it; says when the operator acted, wall time, ms UTC.
pub(crate) async fn killed(house: &House<'_>, dice: &mut Dice) -> i64 {
    let (stay, act) = (drawn_stay(dice), *dice.pick(&[Act::BringBack, Act::Repoint]));
    println!("  the standby is away: {stay:?}, {act:?}");
    let engines = house.engines;
    let primary = client(house.database_on(&engines.primary())).await;
    block_in_place(|| engines.kill(&engines.standby()));
    until_waits(house, &primary, stay).await;
    let acted = wall_now().as_millis();
    block_in_place(|| relieve(engines, act));
    house.until_copied(SOME_FRAMES).await;
    acted
}

fn relieve(engines: &Engines, act: Act) {
    match act {
        Act::BringBack => engines.attach(),
        Act::Repoint => {
            engines.repoint();
            engines.reseed();
        }
    }
}

/// Stops its processes for a while; says when they went on, wall time, ms UTC.
pub(crate) async fn paused(house: &House<'_>, dice: &mut Dice) -> i64 {
    let stay = drawn_stay(dice);
    println!("  the standby hangs: {stay:?}");
    let engines = house.engines;
    let (primary, standby) = (client(house.database_on(&engines.primary())).await, engines.standby());
    block_in_place(|| engines.signal(&standby, "STOP"));
    until_waits(house, &primary, stay).await;
    let awake = wall_now().as_millis();
    block_in_place(|| engines.signal(&standby, "CONT"));
    house.until_copied(SOME_FRAMES).await;
    awake
}

fn drawn_stay(dice: &mut Dice) -> Stay {
    *dice.pick(&[Stay::Short, Stay::BeyondLeases])
}

async fn until_waits(house: &House<'_>, primary: &Client, stay: Stay) {
    house.until("commits wait for the standby", async |_| count(primary, WAITING).await > 0).await;
    if matches!(stay, Stay::BeyondLeases) {
        house.until("every lease is over", async |_| count(primary, LIVING).await == 0).await;
    }
}

async fn count(client: &Client, what: &str) -> i64 {
    client.query_one(what, &[]).await.expect("the primary answers").get(0)
}
