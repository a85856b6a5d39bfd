//! Judging a terminal's past again: from the savepoint before the earliest touched event time, until the state equals a kept
//! savepoint byte for byte, else to the last report stepped.

use super::{
    EngineError,
    book::Book,
    fold::{Fold, Law, Told},
    judge::{fall_silent, is_silent},
    lane::{Lane, encode, hour_of, hour_start},
    order::{self, Ordered},
    output::Outputs,
    snapshot::{Past, Rejudge},
};
use crate::{
    cases::{
        reconcile::{Pen, reconcile},
        row::EpisodeRow,
    },
    intake::{self, Reading},
    model::{
        fix::{FixId, FixKey},
        ids::TerminalId,
        input::{Event, Input},
        time::Timestamp,
    },
    rules::policy::Policies,
};
use std::collections::BTreeMap;

/// After every report.
const LAST: FixKey = FixKey { at: Timestamp::FOREVER, id: FixId(u64::MAX) };

/// A second run over a span.
struct Run {
    fold: Fold,
    book: Book,
    /// Savepoints that are new or other than they were.
    passed: Vec<(i64, Vec<u8>)>,
    /// The hour at whose savepoint the state was as it had been.
    met: Option<Timestamp>,
}

/// Runs again and puts the difference into `out`.
pub(super) fn rejudge(
    lane: &mut Lane,
    order: &Rejudge,
    past: Past,
    law: Law<'_>,
    pen: &Pen,
    out: &mut Outputs,
) -> Result<(), EngineError> {
    let limit = if lane.restoring { Some(LAST) } else { lane.stepped };
    let Some(limit) = limit else { return Ok(()) };
    let since = past.savepoint.as_ref().map(|kept| kept.at);
    let reports = gather(order.terminal, &past.frames, since, limit, law.policies);
    if lane.restoring {
        let received = reports.values().map(|report| report.as_sent().received).max();
        let Some((last, received)) = reports.keys().next_back().zip(received) else { return Ok(()) };
        lane.restored(*last, received);
    }
    let mut run = run(&reports, order, &past, law)?;
    for (hour, state) in std::mem::take(&mut run.passed) {
        lane.put_savepoint(order.terminal, hour, state, out);
    }
    let old = past.rows.into_iter().filter(|row| is_in_scope(row, since, run.met)).collect();
    if run.met.is_some() {
        let result = reconcile(old, run.book.settled, pen);
        out.episodes.extend(result.changes);
        return Ok(());
    }
    lane.silent = lane.last_receipt.is_some_and(|receipt| is_silent(&run.fold, receipt, pen.at, law.policies));
    if lane.silent {
        fall_silent(&mut run.book.open);
    }
    lane.fold = run.fold;
    let mut found = run.book.settled;
    found.append(&mut run.book.open);
    let result = reconcile(old, found, pen);
    out.episodes.extend(result.changes);
    lane.replace_rows(result.rows.into_iter().filter(|row| row.found.settled.is_none()).collect());
    Ok(())
}

fn run(reports: &Ordered, order: &Rejudge, past: &Past, law: Law<'_>) -> Result<Run, EngineError> {
    let fold = match &past.savepoint {
        Some(kept) => {
            postcard::from_bytes(&kept.state).map_err(|_| EngineError::Savepoint { terminal: order.terminal })?
        }
        None => Fold::default(),
    };
    let book = Book::of(&fold, law.policies);
    let mut run = Run { fold, book, passed: Vec::new(), met: None };
    let mut hour = past.savepoint.as_ref().map(|kept| hour_of(kept.at));
    for (key, report) in reports {
        let now = hour_of(key.at);
        if hour.is_none_or(|hour| hour < now) {
            hour = Some(now);
            if run.pass(now, order, past) {
                break;
            }
        }
        let Run { fold, book, .. } = &mut run;
        fold.step(report, law, &mut |told| {
            if let Told::Edge(matter, edge, at) = told {
                book.take(matter, edge, at, law.policies);
            }
        });
    }
    Ok(run)
}

impl Run {
    /// Passes a full hour; true when the rest is as it was.
    fn pass(&mut self, hour: i64, order: &Rejudge, past: &Past) -> bool {
        let state = encode(&self.fold);
        let start = hour_start(hour);
        let kept = past.later_savepoints.iter().find(|kept| kept.at == start);
        if kept.is_some_and(|kept| kept.state == state) {
            if start > order.until {
                self.met = Some(start);
            }
        } else {
            self.passed.push((hour, state));
        }
        self.met.is_some()
    }
}

/// The recorded positions that the fold had stepped, from the savepoint on.
fn gather(
    terminal: TerminalId,
    frames: &[Input],
    since: Option<Timestamp>,
    limit: FixKey,
    policies: &Policies,
) -> Ordered {
    let (mut ordered, mut joiners) = (Ordered::new(), BTreeMap::new());
    for input in frames {
        let Event::Frame(frame) = &input.event else { continue };
        let Ok((from, Reading::Positions(positions))) = intake::read_joined(input, frame, &mut joiners) else {
            continue;
        };
        if from != terminal {
            continue;
        }
        for report in positions.reports {
            let Ok(key) = order::key_of(&report, policies) else { continue };
            if key <= limit && since.is_none_or(|since| key.at >= since) {
                order::insert(&mut ordered, key, report);
            }
        }
    }
    ordered
}

/// Rows the run speaks about: not settled before its savepoint, and settled before the hour at which it met the old one.
fn is_in_scope(row: &EpisodeRow, since: Option<Timestamp>, met: Option<Timestamp>) -> bool {
    let settled = row.found.settled;
    let after = since.is_none_or(|since| settled.is_none_or(|settled| settled >= since));
    let before = met.is_none_or(|met| settled.is_some_and(|settled| settled < met));
    after && before
}
