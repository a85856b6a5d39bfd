//! Nothing panics, nothing is lost, and the gate says why it refuses.

use crate::{FILES, core, ledger, traces::Trace, wire};
use bytes::Bytes;
use jt808::{frame::Frame, messages::Message};
use muckwatch::{intake, track::quality::Quality};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn every_fix_is_accounted_for_and_refusals_have_reasons() {
    // Proves: each different position body of each file comes out once, with a reason; and the reasons are those the files
    // are known for.
    let mut table = BTreeMap::new();
    for name in FILES {
        let Some(trace) = Trace::read(name) else { return };
        let arrivals = wire::arrivals(&trace, wire::Delivery::Plausible);
        let fixes = core::gated(ledger::bare(&trace), &arrivals);
        let sent: BTreeSet<(String, Bytes)> = arrivals.iter().flat_map(bodies).collect();
        let out: BTreeSet<_> = fixes.iter().map(|(fix, _)| (fix.terminal, fix.id)).collect();
        assert_eq!(fixes.len(), sent.len(), "{name}: fixes out and different bodies in");
        assert_eq!(out.len(), sent.len(), "{name}: a body came out twice");
        table.insert(name, (core::counted(&fixes), trace));
    }
    print(&table);
    for (counts, trace) in table.values() {
        plausible(trace, counts);
    }
}

/// The position bodies of a frame, with the terminal.
fn bodies(arrival: &wire::Arrival) -> Vec<(String, Bytes)> {
    let frame = Frame::from_wire(arrival.raw.clone()).expect("a frame");
    let terminal = intake::terminal_of(&frame).to_string();
    match frame.decode().expect("a message").message {
        Message::Batch(batch) => batch.records().map(|body| (terminal.clone(), body)).collect(),
        _ => vec![(terminal, frame.body)],
    }
}

/// What is known of the files beforehand (their README).
fn plausible(trace: &Trace, counts: &BTreeMap<Quality, usize>) {
    let count = |quality: Quality| counts.get(&quality).copied().unwrap_or(0);
    let all: usize = counts.values().sum();
    let good = count(Quality::Good) + count(Quality::Held);
    let share = |part: usize| part * 1000 / all;
    say!("{}: {all} fixes of {} rows, {} of 1,000 good", trace.name, trace.rows.len(), share(good));
    match trace.name {
        "cabspotting_sf" => {
            assert!((850..985).contains(&share(good)), "cabs: {} of 1,000 good", share(good));
            assert!(count(Quality::OutsideBox) >= 3, "cab-003 at sea, cab-054 at 50° north");
            assert!(count(Quality::TooFast) > 10_000 && count(Quality::Spike) > 100, "cab-047 is two devices");
        }
        "capmetro_austin_bus" => {
            assert!(share(good) >= 998, "buses: {} of 1,000 good", share(good));
            assert!(all < trace.rows.len(), "the exact duplicates are one fix each");
        }
        "rsk_ev" => {
            assert_eq!(count(Quality::ImpossibleDate), broken(trace), "impossible dates");
            assert!((1..=4).contains(&count(Quality::ZeroPosition)), "latitude 0 for 4 s");
            assert!(share(good) >= 950, "electric car: {} of 1,000 good", share(good));
        }
        _ => assert!(share(good) >= 900 && count(Quality::FewSatellites) == 0, "canyon: {} of 1,000", share(good)),
    }
}

/// Different rows with an impossible date.
fn broken(trace: &Trace) -> usize {
    let rows = trace.rows.iter().filter(|row| row.at().is_none());
    let different: BTreeSet<_> = rows.map(|row| (row.vehicle, row.time, row.place)).collect();
    different.len()
}

fn print(table: &BTreeMap<&str, (BTreeMap<Quality, usize>, Trace)>) {
    say!("\n{:<18}{}", "reason", FILES.map(|name| format!("{name:>24}")).concat());
    for quality in Quality::ALL {
        let cell = |name: &str| table.get(name).and_then(|(counts, _)| counts.get(quality)).copied().unwrap_or(0);
        say!("{:<18}{}", quality.code(), FILES.map(|name| format!("{:>24}", cell(name))).concat());
    }
}
