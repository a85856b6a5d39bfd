//! One commit a second must carry a thousand terminals.

use super::{episodes, sample};
use muckwatch::{
    engine::{
        output::SavepointChange,
        snapshot::{Savepoint, TerminalState},
    },
    model::{ids::TerminalId, shard::Shard, time::Timestamp},
    store::{
        episodes::{Commit, EpisodeStore},
        ledger::{LedgerStore, LedgerTable},
    },
};
use std::time::{Duration, Instant};

const TERMINALS: u64 = 1_000;
const STATE_BYTES: usize = 3_000;
const COMMITS: u64 = 10;

fn terminal(number: u64) -> TerminalId {
    format!("139{number:08}").parse().unwrap()
}

pub(crate) async fn a_thousand_terminals_a_second_are_no_burden(store: &dyn EpisodeStore) {
    // Proves: a commit of 1,000 states of 3 kB and as many savepoints fits into its second (three where tests share the machine).
    let claim = store.claim(Shard::ALONE, None).await.unwrap();
    let mut took = Vec::new();
    for number in 1..=COMMITS {
        let bytes = |terminal: u64| vec![u8::try_from((terminal + number) % 251).unwrap(); STATE_BYTES];
        let states = (0..TERMINALS).map(|it| TerminalState { terminal: terminal(it), state: bytes(it) }).collect();
        let at = Timestamp::from_millis(i64::try_from(number).unwrap() * 3_600_000);
        let savepoint = |it| SavepointChange::Put(Savepoint { terminal: terminal(it), at, state: bytes(it) });
        let savepoints = (0..TERMINALS).map(savepoint).collect();
        let write = Commit { states, savepoints, ..episodes::commit(&claim, number) };
        let begun = Instant::now();
        store.commit(&write).await.unwrap();
        took.push(begun.elapsed());
    }
    took.sort();
    let median = took[took.len() / 2];
    println!("commit of {TERMINALS} states and savepoints: median {median:?}, worst {:?}", took[took.len() - 1]);
    assert!(median < Duration::from_secs(3), "{took:?}");
    assert_eq!(store.load_snapshot(Shard::ALONE).await.unwrap().unwrap().terminals.len(), 1_000);
}

pub(crate) async fn a_city_is_imported_while_one_waits(store: &dyn LedgerStore) {
    // Proves: 10,000 vehicles with an approval each go in within seconds, and a change of one costs one row.
    let mut ledger = sample::ledger();
    for number in 3..10_000 {
        let code = format!("V-{number}");
        ledger.vehicles.push(sample::vehicle(&code, &format!("豫B{number:05}")));
        ledger.approvals.push(sample::approval(&format!("A-{number}"), &code));
    }
    let begun = Instant::now();
    store.import(&ledger, "导入员", Timestamp::from_millis(0)).await.unwrap();
    let first = begun.elapsed();
    ledger.vehicles[7].officer_phone = String::from("110");
    let begun = Instant::now();
    let changed = store.import(&ledger, "导入员", Timestamp::from_millis(0)).await.unwrap();
    println!("10,000 vehicles: first import {first:?}, change of one {:?}", begun.elapsed());
    assert!(first < Duration::from_mins(1), "{first:?}");
    assert_eq!(
        changed.entry.changes.iter().map(|it| (it.table, it.changed)).collect::<Vec<_>>(),
        [(LedgerTable::Vehicles, 1)]
    );
}
