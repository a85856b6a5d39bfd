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
        ids::{Revision, Seq},
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

/// What the core makes of some arrivals.
pub(crate) struct Run {
    /// Its findings.
    pub(crate) found: Vec<Canonical>,
    /// Every fix with what the gate says.
    pub(crate) fixes: Vec<(Fix, Quality)>,
}

/// Judges arrivals by a ledger that was known from the beginning.
pub(crate) fn run(ledger: Ledger, policy: Option<&Policy>, arrivals: &[Arrival]) -> Run {
    let revision = Arc::new(LedgerRevision { revision: Revision(1), author: "test".to_owned(), ledger });
    let start = arrivals.first().expect("some arrivals").received - AFTER;
    let mut policies = Policies::default();
    let mut events = vec![(start, Event::LedgerRevised(Arc::clone(&revision)))];
    if let Some(policy) = policy {
        let change = PolicyChange {
            hash: policy.digest(),
            from: Timestamp::BEGINNING,
            author: "test".to_owned(),
            policy: policy.canonical(),
        };
        policies.change(&change).expect("a policy");
        events.push((start, Event::PolicyChanged(Arc::new(change))));
    }
    events.extend(arrivals.iter().map(|arrival| (arrival.received, frame(arrival))));
    events.push((arrivals.last().expect("some arrivals").received + AFTER, Event::Tick));
    let inputs: Vec<Input> =
        (1..).zip(events).map(|(seq, (received, event))| Input { seq: Seq(seq), received, event }).collect();
    let world = World::new(revision).expect("a ledger that compiles");
    Run { found: judge(&inputs).expect("a verdict"), fixes: trace(&inputs, &world, &policies) }
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
