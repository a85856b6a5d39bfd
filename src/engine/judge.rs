//! The definition: what a set of inputs means, by one fold over the sorted set. Everything else is its increment.

use super::{
    EngineError,
    book::Book,
    canonical::{Canonical, sorted},
    fold::{Fold, Law, Told},
    order::{self, Ordered},
    world::World,
};
use crate::{
    cases::row::{End, Found},
    intake::{self, Reading, joiner::Joiner},
    model::{
        fix::Fix,
        ids::TerminalId,
        input::{Event, Input},
        time::{Span, Timestamp},
    },
    rules::policy::Policies,
    track::{interval::EndReason, quality::Quality},
};
use std::{collections::BTreeMap, sync::Arc};

/// What all the inputs together say.
struct Said {
    world: World,
    policies: Policies,
    last_tick: Option<Timestamp>,
    terminals: BTreeMap<TerminalId, Heard>,
}

#[derive(Default)]
struct Heard {
    ordered: Ordered,
    refused: Vec<(Fix, Quality)>,
    last_receipt: Option<Timestamp>,
}

/// The verdict on a set of inputs, in whatever order and however often they came. The inputs' own order counts only for
/// ledger revisions and policies.
///
/// # Errors
/// A ledger or a policy that cannot be used.
pub fn judge(inputs: &[Input]) -> Result<Vec<Canonical>, EngineError> {
    let said = gather(inputs)?;
    let law = Law { world: &said.world, policies: &said.policies };
    let mut list = Vec::new();
    for heard in said.terminals.values() {
        list.extend(verdict(heard, law, said.last_tick).iter().map(Canonical::of));
    }
    Ok(sorted(list))
}

/// What the gate says of every position of some frames, good ones at the place they are judged by, in event order; those that
/// cannot be ordered come last, by receipt.
#[must_use]
pub fn trace(frames: &[Input], world: &World, policies: &Policies) -> Vec<(Fix, Quality)> {
    let (mut terminals, mut joiners) = (BTreeMap::new(), BTreeMap::new());
    for input in frames {
        hear(input, policies, &mut terminals, &mut joiners);
    }
    let law = Law { world, policies };
    terminals.into_values().flat_map(|heard| traced(heard, law)).collect()
}

fn traced(heard: Heard, law: Law<'_>) -> Vec<(Fix, Quality)> {
    let (mut fold, mut seen) = (Fold::default(), Vec::with_capacity(heard.ordered.len()));
    for report in heard.ordered.values() {
        fold.step(report, law, &mut |told| {
            if let Told::Gate(fix, quality) = told {
                seen.push((fix.clone(), quality));
            }
        });
    }
    seen.extend(fold.tracker.waiting().map(|fix| (fix.clone(), Quality::Waiting)));
    seen.sort_by_key(|(fix, _)| fix.key());
    seen.extend(heard.refused);
    seen
}

fn gather(inputs: &[Input]) -> Result<Said, EngineError> {
    let (mut policies, mut ledger, mut last_tick) = (Policies::default(), None, None);
    for input in inputs {
        match &input.event {
            Event::LedgerRevised(revision) => ledger = Some(Arc::clone(revision)),
            Event::PolicyChanged(change) => policies.change(change)?,
            Event::Tick => last_tick = last_tick.max(Some(input.received)),
            Event::Frame(_) | Event::SessionOpened(_) | Event::SessionClosed(_) => {}
        }
    }
    let world = ledger.map_or_else(|| Ok(World::nowhere()), World::new)?;
    let (mut terminals, mut joiners) = (BTreeMap::new(), BTreeMap::new());
    for input in inputs {
        hear(input, &policies, &mut terminals, &mut joiners);
    }
    Ok(Said { world, policies, last_tick, terminals })
}

fn hear(
    input: &Input,
    policies: &Policies,
    terminals: &mut BTreeMap<TerminalId, Heard>,
    joiners: &mut BTreeMap<TerminalId, Joiner>,
) {
    let Event::Frame(frame) = &input.event else { return };
    let Ok((terminal, Reading::Positions(positions))) = intake::read_joined(input, frame, joiners) else { return };
    let heard = terminals.entry(terminal).or_default();
    for report in positions.reports {
        match order::key_of(&report, policies) {
            Ok(key) => {
                heard.last_receipt = heard.last_receipt.max(Some(input.received));
                order::insert(&mut heard.ordered, key, report);
            }
            Err(reason) => heard.refused.push((report.as_sent().clone(), reason)),
        }
    }
}

fn verdict(heard: &Heard, law: Law<'_>, last_tick: Option<Timestamp>) -> Vec<Found> {
    let (mut fold, mut book) = (Fold::default(), Book::default());
    for report in heard.ordered.values() {
        fold.step(report, law, &mut |told| {
            if let Told::Edge(matter, edge, at) = told {
                book.take(matter, edge, at, law.policies);
            }
        });
    }
    if let (Some(tick), Some(receipt)) = (last_tick, heard.last_receipt)
        && is_silent(&fold, receipt, tick, law.policies)
    {
        fall_silent(&mut book.open);
    }
    book.settled.append(&mut book.open);
    book.settled
}

/// Whether a terminal has been silent for longer than its own gap limit, by the server's clock.
pub(super) fn is_silent(fold: &Fold, receipt: Timestamp, tick: Timestamp, policies: &Policies) -> bool {
    tick > receipt + Span::from_millis(fold.tracker.gap_limit_ms(&policies.at(tick).policy.track))
}

/// Ends what is open, for now, where it was last seen.
pub(super) fn fall_silent(open: &mut [Found]) {
    for found in open.iter_mut().filter(|found| found.end.is_none()) {
        found.end = Some(End { at: found.stretch.last, reason: EndReason::Gap });
    }
}
