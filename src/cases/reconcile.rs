//! Two runs over the same span: which row of the old one is which episode of the new one (rules.md 0.4).

use super::{
    change::{Cause, Correction, EpisodeChange},
    id::EpisodeId,
    row::{EpisodeRow, EpisodeState, Found, state_of},
};
use crate::model::{
    ids::{Revision, Seq, TerminalId},
    time::{Span, Timestamp},
};

/// Episodes older than this when they open are 补报产生, not alarms (rules.md 0.3).
const NOTIFY_MAX_AGE: Span = Span::from_secs(600);

/// On whose behalf rows are written.
#[derive(Clone, Copy, Debug)]
pub struct Pen {
    /// Whose fixes.
    pub terminal: TerminalId,
    /// Why.
    pub cause: Cause,
    /// The input at which it happens.
    pub seq: Seq,
    /// Its server time.
    pub at: Timestamp,
    /// The ledger judged by.
    pub revision: Revision,
    /// Server time at which the entry came in that made this necessary.
    pub recorded: Timestamp,
}

impl Pen {
    /// A new row.
    #[must_use]
    pub fn open(&self, found: Found) -> EpisodeRow {
        let late = self.cause != Cause::Live || self.at.since(found.end_or_last()) > NOTIFY_MAX_AGE;
        let id = EpisodeId::derive(found.rule, &found.subject, &found.object, found.start(), self.seq);
        EpisodeRow {
            id,
            terminal: self.terminal,
            state: state_of(found.stretch.grade),
            found,
            ledger_revision: self.revision,
            opened: self.seq,
            opened_at: self.at,
            late,
            permit_backdated: None,
            superseded_by: None,
        }
    }

    /// A change, signed.
    #[must_use]
    pub fn change(&self, row: EpisodeRow, correction: Correction) -> EpisodeChange {
        EpisodeChange { row, correction, cause: self.cause, seq: self.seq, at: self.at }
    }

    /// Marks a row whose verdict a ledger entry made after its end has changed.
    fn mark(&self, row: &mut EpisodeRow, end: Option<Timestamp>) {
        if let Cause::Ledger(revision) = self.cause
            && end.is_some_and(|end| end < self.recorded)
        {
            row.permit_backdated = Some(revision);
        }
    }
}

/// The rows after a second run, and what it did to them.
#[derive(Clone, Debug, Default)]
pub struct Reconciled {
    /// Every episode of the new run with its row, in start order.
    pub rows: Vec<EpisodeRow>,
    /// What changed; rows that are as they were are not in it.
    pub changes: Vec<EpisodeChange>,
}

/// Gives each new episode, in start order, the earliest overlapping untaken old row of its matter, live before withdrawn.
/// Rows left over are withdrawn, episodes left over are opened late.
#[must_use]
pub fn reconcile(mut old: Vec<EpisodeRow>, mut new: Vec<Found>, pen: &Pen) -> Reconciled {
    old.sort_by_key(|row| (row.found.start(), row.id));
    new.sort_by_key(Found::start);
    let mut out = Reconciled::default();
    for found in new {
        let taken = old
            .iter()
            .enumerate()
            .filter(|(_, row)| row.found.same_matter(&found) && row.found.overlaps(&found))
            .min_by_key(|(place, row)| (!row.is_live(), *place))
            .map(|(place, _)| place);
        let row = match taken {
            Some(place) => rewrite(old.remove(place), found, pen, &mut out.changes),
            None => open_late(found, pen, &mut out.changes),
        };
        out.rows.push(row);
    }
    for row in old.into_iter().filter(EpisodeRow::is_live) {
        let change = withdraw(row, &out.rows, pen);
        out.changes.push(change);
    }
    out
}

fn open_late(found: Found, pen: &Pen, changes: &mut Vec<EpisodeChange>) -> EpisodeRow {
    let mut row = pen.open(found);
    let end = row.found.end.map(|end| end.at);
    pen.mark(&mut row, end);
    changes.push(pen.change(row.clone(), Correction::OpenedLate));
    row
}

fn rewrite(old: EpisodeRow, found: Found, pen: &Pen, changes: &mut Vec<EpisodeChange>) -> EpisodeRow {
    let Some(correction) = compare(&old, &found) else { return old };
    let end = old.found.end.map(|end| end.at);
    let mut row = EpisodeRow {
        state: state_of(found.stretch.grade),
        found,
        ledger_revision: pen.revision,
        superseded_by: None,
        ..old
    };
    if correction != Correction::Changed {
        pen.mark(&mut row, end);
    }
    changes.push(pen.change(row.clone(), correction));
    row
}

/// What the new run says about an old row; `None` = nothing new.
fn compare(old: &EpisodeRow, new: &Found) -> Option<Correction> {
    if !old.is_live() {
        return Some(Correction::OpenedLate);
    }
    let was = &old.found;
    if was == new {
        return None;
    }
    if was.end == new.end
        && was.start() == new.start()
        && was.stretch.grade == new.stretch.grade
        && (new.end.is_none() || was.stretch == new.stretch)
    {
        return Some(Correction::Grew);
    }
    Some(match (was.end.map(|end| end.at), new.end.map(|end| end.at)) {
        (Some(_), None) => Correction::Extended,
        (Some(then), Some(now)) if now > then => Correction::Extended,
        (Some(then), Some(now)) if now < then => Correction::Shrunk,
        (None, Some(_)) => Correction::Closed,
        _ if new.start() < was.start() => Correction::Extended,
        _ if new.start() > was.start() => Correction::Shrunk,
        _ => Correction::Changed,
    })
}

fn withdraw(row: EpisodeRow, rows: &[EpisodeRow], pen: &Pen) -> EpisodeChange {
    let heir = rows.iter().find(|heir| heir.found.same_matter(&row.found) && heir.found.overlaps(&row.found));
    let end = row.found.end.map(|end| end.at);
    let mut row = EpisodeRow {
        state: EpisodeState::Withdrawn,
        superseded_by: heir.map(|heir| heir.id),
        ledger_revision: pen.revision,
        ..row
    };
    pen.mark(&mut row, end);
    pen.change(row, Correction::Withdrawn)
}

#[cfg(test)]
#[path = "reconcile_tests.rs"]
mod tests;
