//! One terminal in the engine: its fold, what waits to be stepped, and the rows that may still change.

use super::{
    book,
    fold::{Fold, Law, Matter, Told},
    judge::is_silent,
    order,
    output::{Outputs, SavepointChange},
    snapshot::Savepoint,
};
use crate::{
    cases::{
        change::{Cause, Correction},
        reconcile::Pen,
        row::{End, EpisodeRow, state_of},
    },
    intake::{joiner::Joiner, report::Report},
    model::{
        fix::{FixKey, SessionTrust},
        ids::TerminalId,
        time::{Span, Timestamp},
    },
    rules::finding::Notes,
    track::interval::{Edge, EndReason},
};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// Live fixes are stepped when they lie this far behind the newest (rules.md 0.3): it absorbs mixtures in 0x0704.
const WATERMARK: Span = Span::from_secs(30);
/// The rest is let through when nothing came for so long, server clock against server clock.
const IDLE: Span = Span::from_secs(30);
/// An open row is written again when it grew by so much event time.
const REWRITE: Span = Span::from_secs(30);
/// So many stepped fixes are remembered to know a re-send; forgetting one costs a re-judgement that changes nothing.
const REMEMBERED: usize = 16;
const HOUR_MS: i64 = 3_600_000;
/// Savepoints are kept each hour for so many hours, then the first of each day in China.
const HOURLY: i64 = 48;

/// State of one terminal.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Lane {
    pub(super) fold: Fold,
    /// Not stepped yet.
    pending: Vec<Report>,
    newest: Option<Timestamp>,
    /// Last report stepped.
    pub(super) stepped: Option<FixKey>,
    recent: SmallVec<[(FixKey, SessionTrust); REMEMBERED]>,
    /// Server time of the last receipt of a position that could be ordered.
    pub(super) last_receipt: Option<Timestamp>,
    /// Rows that may still change.
    pub(super) rows: Vec<LiveRow>,
    /// Packets of split messages.
    pub(super) joiner: Joiner,
    /// Nothing is stepped before its whole past has been judged again.
    pub(super) restoring: bool,
    /// Whether silence has ended the open rows.
    pub(super) silent: bool,
    /// Full hours (since 1970) of the savepoints kept each hour, ascending.
    hours: Vec<i64>,
    /// The last older one that is kept for its day.
    daily: Option<i64>,
}

/// A row that may still change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct LiveRow {
    pub(super) row: EpisodeRow,
    /// Event time up to which the store has it.
    written: Timestamp,
}

/// What became of a received report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// Waits for its turn, or is a copy of one that was stepped.
    Taken,
    /// Sorts before one that was stepped.
    Late(Timestamp),
}

impl Lane {
    /// A lane that waits for its whole past to be judged.
    pub(super) fn restoring() -> Self {
        Self { restoring: true, ..Self::default() }
    }

    /// Takes in a report that can be ordered.
    pub(super) fn receive(&mut self, key: FixKey, report: Report) -> Received {
        let fix = report.as_sent();
        self.last_receipt = self.last_receipt.max(Some(fix.received));
        if self.stepped.is_some_and(|stepped| key <= stepped) {
            let known = self.recent.iter().any(|(seen, trust)| *seen == key && *trust >= fix.session);
            return if known { Received::Taken } else { Received::Late(key.at) };
        }
        self.newest = self.newest.max(Some(key.at));
        match self.pending.binary_search_by(|waiting| waiting.key().cmp(&Some(key))) {
            Err(place) => self.pending.insert(place, report),
            Ok(place) => {
                if let Some(waiting) = self.pending.get_mut(place)
                    && order::rank(&report) < order::rank(waiting)
                {
                    *waiting = report;
                }
            }
        }
        Received::Taken
    }

    /// Steps everything up to the watermark.
    pub(super) fn step_ready(&mut self, law: Law<'_>, pen: &Pen, out: &mut Outputs) {
        if let Some(newest) = self.newest.filter(|_| !self.restoring) {
            self.step_to(newest - WATERMARK, law, pen, out);
        }
    }

    /// What a tick brings: the rest is let through, silence ends open rows.
    pub(super) fn tick(&mut self, law: Law<'_>, pen: &Pen, out: &mut Outputs) {
        let (Some(receipt), Some(newest), false) = (self.last_receipt, self.newest, self.restoring) else { return };
        if pen.at >= receipt + IDLE {
            self.step_to(newest, law, &Pen { cause: Cause::Live, ..*pen }, out);
        }
        if !self.silent && is_silent(&self.fold, receipt, pen.at, law.policies) {
            self.silence(pen, out);
        }
    }

    /// When the next tick matters; `None` = not before the next report.
    pub(super) fn due(&self, law: Law<'_>) -> Option<Timestamp> {
        let receipt = self.last_receipt.filter(|_| !self.restoring)?;
        if !self.pending.is_empty() {
            return Some(receipt + IDLE);
        }
        let open = !self.silent && self.rows.iter().any(|live| live.row.found.end.is_none());
        let limit = || self.fold.tracker.gap_limit_ms(&law.policies.at(receipt).policy.track);
        open.then(|| receipt + Span::from_millis(limit() + 1))
    }

    /// Whether it was made to be restored and the record had nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.restoring && self.pending.is_empty() && self.joiner == Joiner::default()
    }

    /// Its whole past was judged: goes on from the last report of it.
    pub(super) fn restored(&mut self, last: FixKey, received: Timestamp) {
        self.restoring = false;
        self.pending.clear();
        self.newest = self.newest.max(Some(last.at));
        self.stepped = Some(last);
        self.last_receipt = self.last_receipt.max(Some(received));
    }

    /// Whether something is open.
    pub(super) fn is_alarmed(&self) -> bool {
        self.rows.iter().any(|live| live.row.is_open())
    }

    fn step_to(&mut self, limit: Timestamp, law: Law<'_>, pen: &Pen, out: &mut Outputs) {
        let ready = self.pending.partition_point(|report| report.key().is_some_and(|key| key.at <= limit));
        if ready == 0 {
            return;
        }
        let reports: Vec<Report> = self.pending.drain(..ready).collect();
        for report in &reports {
            let Some(key) = report.key() else { continue };
            self.keep_savepoint(pen.terminal, key.at, out);
            self.remember(key, report.as_sent().session);
            let Self { fold, rows, silent, .. } = self;
            fold.step(report, law, &mut |told| match told {
                Told::Gate(_, quality) => *out.quality.entry(quality).or_default() += 1,
                Told::Edge(matter, edge, at) => {
                    *silent = false;
                    write(rows, matter, edge, at, law, pen, out);
                }
            });
        }
    }

    fn remember(&mut self, key: FixKey, trust: SessionTrust) {
        self.stepped = Some(key);
        if self.recent.len() == REMEMBERED {
            self.recent.remove(0);
        }
        self.recent.push((key, trust));
    }

    fn keep_savepoint(&mut self, terminal: TerminalId, at: Timestamp, out: &mut Outputs) {
        let hour = hour_of(at);
        if self.stepped.is_some_and(|stepped| hour_of(stepped.at) >= hour) {
            return;
        }
        self.put_savepoint(terminal, hour, encode(&self.fold), out);
    }

    /// Keeps a savepoint, and forgets those that are too old to be kept each hour.
    pub(super) fn put_savepoint(&mut self, terminal: TerminalId, hour: i64, state: Vec<u8>, out: &mut Outputs) {
        out.savepoints.push(SavepointChange::Put(Savepoint { terminal, at: hour_start(hour), state }));
        let Err(place) = self.hours.binary_search(&hour) else { return };
        self.hours.insert(place, hour);
        let newest = self.hours.last().copied().unwrap_or(hour);
        let old = self.hours.partition_point(|kept| *kept < newest - HOURLY);
        for kept in self.hours.drain(..old) {
            let same_day = |first: i64| first < kept && day_of(first) == day_of(kept);
            if self.daily.is_some_and(same_day) {
                out.savepoints.push(SavepointChange::Forget { terminal, at: hour_start(kept) });
            } else {
                self.daily = Some(kept);
            }
        }
    }

    /// Ends what is open where it was last seen, for now.
    pub(super) fn silence(&mut self, pen: &Pen, out: &mut Outputs) {
        self.silent = true;
        for live in self.rows.iter_mut().filter(|live| live.row.found.end.is_none()) {
            live.row.found.end = Some(End { at: live.row.found.stretch.last, reason: EndReason::Gap });
            out.episodes.push(pen.change(live.row.clone(), Correction::Closed));
        }
    }

    /// Puts the rows of a re-judgement in the place of the present ones.
    pub(super) fn replace_rows(&mut self, rows: Vec<EpisodeRow>) {
        self.rows = rows.into_iter().map(|row| LiveRow { written: row.found.stretch.last, row }).collect();
    }
}

/// Writes an edge into the rows.
fn write(
    rows: &mut Vec<LiveRow>,
    matter: &Matter,
    edge: Edge<Notes>,
    at: Timestamp,
    law: Law<'_>,
    pen: &Pen,
    out: &mut Outputs,
) {
    let (stretch, end) = match edge {
        Edge::Opened(stretch) => {
            let row = pen.open(book::found(matter, stretch, law.policies));
            out.episodes.push(pen.change(row.clone(), Correction::Opened));
            return rows.push(LiveRow { written: row.found.stretch.last, row });
        }
        Edge::Grew(stretch) => (stretch, None),
        Edge::Closed(stretch, reason) => (stretch, Some(reason)),
        Edge::Settled(start) => return settle(rows, matter, start, at, pen, out),
    };
    let Some(live) = rows.iter_mut().find(|live| is_at(&live.row, matter, stretch.start)) else { return };
    let was = live.row.clone();
    book::rewrite(&mut live.row.found, stretch, end, law.policies);
    live.row.state = state_of(live.row.found.stretch.grade);
    if let Some(correction) = correction(&was, live) {
        live.written = live.row.found.stretch.last;
        live.row.ledger_revision = pen.revision;
        out.episodes.push(pen.change(live.row.clone(), correction));
    }
}

/// What happened to a row; `None` = nothing worth writing yet.
fn correction(was: &EpisodeRow, live: &LiveRow) -> Option<Correction> {
    let now = &live.row;
    match (was.found.end, now.found.end) {
        (Some(_), None) => Some(Correction::Extended),
        (None, Some(_)) => Some(Correction::Closed),
        (Some(then), Some(end)) => (then != end).then_some(Correction::Changed),
        (None, None) if was.state != now.state || was.found.severity != now.found.severity => Some(Correction::Changed),
        (None, None) => (now.found.stretch.last.since(live.written) >= REWRITE).then_some(Correction::Grew),
    }
}

fn settle(rows: &mut Vec<LiveRow>, matter: &Matter, start: Timestamp, at: Timestamp, pen: &Pen, out: &mut Outputs) {
    let Some(place) = rows.iter().position(|live| is_at(&live.row, matter, start)) else { return };
    let mut row = rows.remove(place).row;
    row.found.settled = Some(at);
    match out.episodes.last_mut().filter(|last| last.row.id == row.id && last.seq == pen.seq) {
        Some(last) => last.row = row,
        None => out.episodes.push(pen.change(row, Correction::Grew)),
    }
}

fn is_at(row: &EpisodeRow, matter: &Matter, start: Timestamp) -> bool {
    book::is_of(&row.found, matter) && row.found.start() == start
}

/// Full hours since 1970.
pub(super) fn hour_of(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(HOUR_MS)
}

/// The instant at which an hour begins.
pub(super) fn hour_start(hour: i64) -> Timestamp {
    Timestamp::from_millis(hour * HOUR_MS)
}

fn day_of(hour: i64) -> i64 {
    hour_start(hour).china().day
}

/// A fold's bytes: equal states, equal bytes.
pub(super) fn encode(fold: &Fold) -> Vec<u8> {
    postcard::to_allocvec(fold).expect("a fold holds nothing postcard cannot write")
}
