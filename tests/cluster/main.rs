//! The simulated day through gateways, workers and apis of their own, on a Redis Cluster and a PostgreSQL pair, undisturbed and while
//! its parts are killed, paused and cut off. The real binary, real engines, real kills.
//!
//! `MUCKWATCH_CLUSTER_RUNS` adds that many runs with faults drawn at random; `MUCKWATCH_CLUSTER_HOURS` plays more than two hours.
#![cfg(feature = "shell")]

mod acknowledged;
mod child;
mod faults;
mod house;
mod links;
mod old_primary;
mod one_machine;
mod policy;
mod run;
mod service;
mod standby;
mod verdict;

use engines::{Engines, Postgres, Redis};
use faults::Kind;
use run::{Outcome, Plan};
use tokio::sync::Mutex;

/// One run at a time: there are two cores.
static ALONE: Mutex<()> = Mutex::const_new(());

/// Redis nodes say their ports only, so that a process that comes through proxies stays behind them.
fn engines() -> Option<Engines> {
    let engines = Engines::start(Redis::Cluster, Postgres::Standby)?;
    engines.say_ports_only();
    Some(engines)
}

/// Simulated hours that are played, from midnight on.
fn hours() -> i64 {
    std::env::var("MUCKWATCH_CLUSTER_HOURS").map_or(2, |hours| hours.parse().expect("a number of hours"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_split_house_finds_what_one_machine_finds() {
    // Proves: two gateways, three workers and two apis end in the canonical episodes of one machine, and have every
    // acknowledged frame.
    let _alone = ALONE.lock().await;
    let Some(engines) = engines() else { return };
    let plan = Plan { name: "calm".to_owned(), hours: hours(), factor: 240.0, seed: 0, faults: Vec::new() };
    run::run(&engines, &plan).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_finds_the_same_whatever_dies() {
    // Proves: with each kind of fault once, at drawn times, nothing acknowledged is lost, no episode is there twice, and the
    // canonical list is that of one machine; prints for how long terminals, judging and pages stood still.
    let _alone = ALONE.lock().await;
    let Some(engines) = engines() else { return };
    let mut outcomes = Vec::new();
    for plan in plans() {
        println!("{}: {:?}", plan.name, plan.faults);
        outcomes.extend(run::run(&engines, &plan).await);
    }
    println!("{}", service::table(&outcomes));
    assert!(Kind::ALL.iter().all(|kind| outcomes.iter().any(|outcome: &Outcome| outcome.kind == *kind)));
}

/// Every kind once, then as many runs with drawn kinds as are asked for.
fn plans() -> Vec<Plan> {
    let runs = std::env::var("MUCKWATCH_CLUSTER_RUNS").map_or(0, |runs| runs.parse().expect("a number of runs"));
    let mut plans = vec![Plan {
        name: "each".to_owned(),
        hours: hours(),
        factor: 60.0,
        seed: 1,
        faults: faults::shuffled(1, &Kind::ALL),
    }];
    for seed in 2..2 + runs {
        let faults = faults::drawn(seed, 3);
        plans.push(Plan { name: format!("run{seed}"), hours: hours(), factor: 120.0, seed, faults });
    }
    plans
}
