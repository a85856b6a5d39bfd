//! A street canyon with known truth: errors up to 81 m are not a way off the route.

use crate::{core, ledger, traces::Trace, wire};
use muckwatch::{
    engine::canonical::Canonical,
    model::{
        ledger::Ledger,
        place::{Line, Wgs84},
    },
    rules::{Policy, RuleId},
};

/// 400 m east: the street runs north.
const ASIDE_E6: i32 = 5_900;

#[test]
fn errors_of_a_street_canyon_are_no_way_off_the_route() {
    // Proves: with the way truly driven as the approved route and the rule's own limits (80 m) there is no finding; with that
    // way drawn 400 m aside there is one.
    let Some(trace) = Trace::read("smartloc_berlin_canyon") else { return };
    let arrivals = wire::arrivals(&trace, wire::Delivery::Plausible);
    let mut policy = Policy::default();
    // The whole drive is short: nothing is free round its ends here.
    policy.off_route.params.ends_m = 0.0;
    let off = |aside: i32| {
        let found = core::verdict(bound(&trace, aside), Some(&policy), &arrivals);
        found.into_iter().filter(|found| found.rule == RuleId::OffRoute).collect::<Vec<Canonical>>()
    };
    let (own, beside) = (off(0), off(ASIDE_E6));
    say!("canyon: {} findings on the way driven, {} on one 400 m aside", own.len(), beside.len());
    assert!(own.is_empty(), "a false alarm: {own:?}");
    assert!(!beside.is_empty(), "400 m aside was not found");
}

fn bound(trace: &Trace, aside: i32) -> Ledger {
    let truth = trace.rows.iter().map(|row| row.truth.expect("every row has its truth"));
    let line = truth.map(|place| Wgs84 { lon_e6: place.lon_e6 + aside, ..place }).collect();
    Ledger { approvals: vec![ledger::approval(0, None, Line(line))], ..ledger::bare(trace) }
}
