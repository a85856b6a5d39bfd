//! Arrivals through the pure core: a ledger, perhaps a policy, the frames, and a last tick past every gap.

use crate::wire::Arrival;
use muckwatch::{
    engine::{
        canonical::Canonical,
        judge::{judge, trace},
        world::World,
    },
    model::{
        fix::{Fix, SessionTrust},
        ids::{PolicyRevision, Revision, Seq},
        input::{Event, Input, LedgerRevision, PolicyChange, RawFrame},
        ledger::Ledger,
        time::{Span, Timestamp},
    },
    rules::{Policy, policy::Policies},
    track::quality::Quality,
};
use std::{collections::BTreeMap, sync::Arc};

/// Longer than any gap limit.
const AFTER: Span = Span::from_secs(2 * 3600);

/// The verdict on arrivals, by a ledger that was known from the beginning.
pub(crate) fn verdict(ledger: Ledger, policy: Option<&Policy>, arrivals: &[Arrival]) -> Vec<Canonical> {
    let start = arrivals.first().expect("some arrivals").received - AFTER;
    let mut events = vec![(start, Event::LedgerRevised(revision(ledger)))];
    events.extend(policy.map(|policy| (start, Event::PolicyChanged(Arc::new(change(policy))))));
    events.extend(frames(arrivals));
    events.push((arrivals.last().expect("some arrivals").received + AFTER, Event::Tick));
    judge(&inputs(events)).expect("a verdict")
}

/// Every fix of the arrivals with what the gate says.
pub(crate) fn gated(ledger: Ledger, arrivals: &[Arrival]) -> Vec<(Fix, Quality)> {
    let world = World::new(revision(ledger)).expect("a ledger that compiles");
    trace(&inputs(frames(arrivals)), &world, &Policies::default())
}

fn revision(ledger: Ledger) -> Arc<LedgerRevision> {
    Arc::new(LedgerRevision { revision: Revision(1), author: "test".to_owned(), ledger })
}

fn change(policy: &Policy) -> PolicyChange {
    let (hash, policy) = (policy.digest(), policy.canonical());
    PolicyChange { revision: PolicyRevision(1), hash, from: Timestamp::BEGINNING, author: "test".to_owned(), policy }
}

fn frames(arrivals: &[Arrival]) -> impl Iterator<Item = (Timestamp, Event)> {
    arrivals.iter().map(|arrival| (arrival.received, frame(arrival)))
}

fn inputs(events: impl IntoIterator<Item = (Timestamp, Event)>) -> Vec<Input> {
    (1..).zip(events).map(|(seq, (received, event))| Input { seq: Seq(seq), received, event }).collect()
}

fn frame(arrival: &Arrival) -> Event {
    Event::Frame(RawFrame {
        connection: arrival.connection,
        session: SessionTrust::Authenticated,
        raw: arrival.raw.clone(),
    })
}

/// How often the gate said what.
pub(crate) fn counted(fixes: &[(Fix, Quality)]) -> BTreeMap<Quality, usize> {
    let mut counts = BTreeMap::new();
    for (_, quality) in fixes {
        *counts.entry(*quality).or_insert(0) += 1;
    }
    counts
}
