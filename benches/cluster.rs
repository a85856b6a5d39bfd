//! Positions per second through gateway, bus and worker until they are judged and committed, against the same in one process.
//!
//! `cargo bench --bench cluster [-- SECONDS [CONNECTIONS [SHAPE]]]`: this process plays the terminals, one truck of the ledger each; every
//! position is a new fix on the truck's approved road, ten seconds of event time after the one before. Three shapes: `serve`
//! (record and SQLite), gateway and worker on one Redis node and a PostgreSQL primary, gateway and worker on 3+3 Redis nodes with
//! WAIT 1 and a primary with a synchronous standby. Then, of the last two, the time from receipt to commit at 20,000 positions a
//! second. Generator and engines are on the same cores, so the processor time of each part stands beside the rates.

#[path = "fleet/mod.rs"]
mod fleet;
#[path = "cluster/house.rs"]
mod house;
#[path = "cluster/meter.rs"]
mod meter;
#[path = "cluster/terminals.rs"]
mod terminals;

use fleet::Fleet;
use house::{House, Shape};
use meter::Spent;
use std::{
    path::Path,
    time::{Duration, Instant},
};
use terminals::Terminals;
use tokio::runtime::Runtime;

/// Most positions a second that are prepared; a faster house runs out of them and is measured over less time.
const PREPARED_PER_S: usize = 300_000;
/// Positions of each truck before anything is measured: every lane and every connection has its memory then.
const WARM_UP: usize = 4;
/// Positions a second of the steady load.
const STEADY_PER_S: usize = 20_000;
/// Seconds of the steady load.
const STEADY_S: usize = 20;
/// The same as a time.
const STEADY: Duration = Duration::from_secs(STEADY_S as u64);
/// How long the house may take for what was sent.
const PATIENCE: Duration = Duration::from_mins(5);
/// Between two looks at what is committed.
const LOOK: Duration = Duration::from_millis(50);

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let number = |place: usize| words.get(place).and_then(|word| word.parse::<usize>().ok());
    let (seconds, connections) = (number(0).unwrap_or(10), number(1).unwrap_or(1000));
    let only = words.get(2).map(String::as_str);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!(
        "cluster: {connections} connections = trucks, window {}, {seconds} s of load, everything on {cores} cores",
        terminals::WINDOW
    );
    println!("a commit writes the state of at most {connections} trucks, however many positions it holds");
    let fleet = Fleet::draw(connections);
    let folder = tempfile::tempdir_in(".").expect("a folder");
    let ledger = folder.path().join("ledger");
    house::write_ledger(&fleet.ledger, &ledger);
    let runtime = Runtime::new().expect("a runtime");
    for shape in [Shape::Serve, Shape::Single, Shape::Cluster] {
        if only.is_none_or(|only| only == shape.word()) {
            run(&runtime, shape, &fleet, (&ledger, &folder.path().join(shape.word())), seconds);
        }
    }
}

/// One shape: as fast as it can, then steadily.
fn run(runtime: &Runtime, shape: Shape, fleet: &Fleet, (ledger, folder): (&Path, &Path), seconds: usize) {
    let trucks = fleet.roads.len();
    let (most, steady) = (PREPARED_PER_S * seconds / trucks, STEADY_PER_S * STEADY_S / trucks);
    let mut terminals = Terminals::prepare(fleet, WARM_UP + most + steady);
    let Some(house) = House::start(shape, ledger, folder) else { return };
    runtime.block_on(terminals.connect(house.gateway));
    runtime.block_on(terminals.burst(WARM_UP, PATIENCE));
    house.wait_committed(WARM_UP * trucks, PATIENCE);
    house.check();
    println!("\n{}", shape.title());
    full(runtime, &house, &mut terminals, (most, Duration::from_secs(seconds as u64)));
    if shape != Shape::Serve {
        steadily(runtime, &house, &mut terminals, steady);
    }
    house.check();
}

/// Windows always full, until the time or the positions are over.
fn full(runtime: &Runtime, house: &House, terminals: &mut Terminals, (most, length): (usize, Duration)) {
    let (before, spent, wal) = (house.committed(), house.spent(), house.wal_bytes(runtime));
    let begun = Instant::now();
    let sent = runtime.block_on(terminals.burst(most, length));
    let acknowledged = begun.elapsed();
    let meanwhile = house.committed() - before;
    house.wait_committed(before + sent, PATIENCE);
    let committed = begun.elapsed();
    let spent = Spent::between(&spent, &house.spent());
    let wal = house.wal_bytes(runtime).saturating_sub(wal);
    println!(
        "  acknowledged      {:>9} /s   ({sent} in {:.1} s)",
        rate(sent, acknowledged),
        acknowledged.as_secs_f64()
    );
    println!(
        "  judged, committed {:>9} /s   ({:.1} s; {meanwhile} while it was sent)",
        rate(sent, committed),
        committed.as_secs_f64()
    );
    println!("  µs of a core a position: {}", spent.per(sent));
    if wal > 0 {
        println!("  PostgreSQL wrote {} bytes of log a position", wal / sent as u64);
    }
}

/// A fixed load; what the worker says of receipt to commit.
fn steadily(runtime: &Runtime, house: &House, terminals: &mut Terminals, each: usize) {
    let (before, lag, spent, commits) = (house.committed(), house.lag(), house.spent(), house.commits());
    let wal = house.wal_bytes(runtime);
    let begun = Instant::now();
    let sent = runtime.block_on(terminals.steady(each, STEADY));
    let took = begun.elapsed();
    house.wait_committed(before + sent, PATIENCE);
    let lag = house.lag().since(&lag);
    println!("  steady {:>6} /s: receipt to commit p50 <= {}, p99 <= {} ms", rate(sent, took), lag.at(50), lag.at(99));
    println!("  µs of a core a position: {}", Spent::between(&spent, &house.spent()).per(sent));
    let wal = house.wal_bytes(runtime).saturating_sub(wal) / sent as u64;
    println!("  PostgreSQL wrote {wal} bytes of log a position");
    commits_and_states(&house.commits(), &commits, house.state_bytes(runtime));
}

/// What a shard's commit takes, and how large a truck's state is.
fn commits_and_states(after: &(u64, u64), before: &(u64, u64), state: Option<i64>) {
    let (count, us) = (after.0 - before.0, after.1 - before.1);
    println!(
        "  {count} commits of shards, {} µs each; a truck's state {} bytes",
        us / count.max(1),
        state.unwrap_or(0)
    );
}

fn rate(count: usize, took: Duration) -> u128 {
    count as u128 * 1_000_000 / took.as_micros().max(1)
}
