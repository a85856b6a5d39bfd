//! What each kind of input does to the engine.

use super::{
    Engine, EngineError, QUARANTINE_LIMIT,
    diff::Difference,
    fold::Law,
    lane::{Lane, Received},
    order,
    output::{LivePosition, LiveStatus, Outputs, Registered, Unreadable},
    snapshot::Rejudge,
    world::{Held, World},
};
use crate::{
    cases::{change::Cause, reconcile::Pen},
    intake::{self, Claim, Positions, Reading, Slice, report::Report},
    model::{
        fix::Fix,
        ids::TerminalId,
        input::{Input, LedgerRevision, PolicyChange, RawFrame},
        time::Timestamp,
    },
    track::{gate, tracker::Ground},
};
use std::{collections::btree_map::Entry, fmt, sync::Arc};

/// Slower than this is standing, on the map, km/h.
const MOVING_KMH: f64 = 5.0;

impl Engine {
    pub(super) fn frame(&mut self, input: &Input, frame: &RawFrame, out: &mut Outputs) {
        match intake::read(input, frame) {
            Ok((terminal, Reading::Positions(positions))) => {
                self.positions(terminal, positions, input, out);
            }
            Ok((terminal, Reading::Slice(slice))) => self.packet(terminal, &slice, input, out),
            Ok((terminal, Reading::Registration(claim))) => self.register(terminal, claim, input, out),
            Ok((_, Reading::Other)) => {}
            Err(error) => {
                out.unreadable.push(Unreadable { terminal: None, seq: input.seq, reason: error.to_string() });
            }
        }
    }

    fn positions(&mut self, terminal: TerminalId, positions: Positions, input: &Input, out: &mut Outputs) {
        out.unreadable.extend(positions.faults.iter().map(|fault| unreadable(terminal, input, fault)));
        self.receive(terminal, positions.reports, input, out);
    }

    /// One packet of split positions: they count when the last one is there.
    fn packet(&mut self, terminal: TerminalId, slice: &Slice, input: &Input, out: &mut Outputs) {
        self.admit(terminal, input, out);
        let Some(lane) = self.lanes.get_mut(&terminal) else { return };
        let joined = slice.join(&mut lane.joiner);
        out.dirty.insert(terminal);
        if joined.given_up {
            out.unreadable.push(unreadable(terminal, input, &"a split message was given up incomplete"));
        }
        match joined.whole.map(|whole| slice.positions(whole)) {
            Some(Ok(Reading::Positions(positions))) => self.positions(terminal, positions, input, out),
            Some(Err(error)) => out.unreadable.push(unreadable(terminal, input, &error)),
            Some(Ok(_)) | None => {}
        }
    }

    fn register(&self, terminal: TerminalId, claim: Claim, input: &Input, out: &mut Outputs) {
        let Some(plate) = claim.plate else { return };
        let known = matches!(self.world.held(terminal, input.received), Held::Main(..) | Held::Apart);
        out.registrations.push(Registered {
            terminal,
            vehicle: self.world.plate(&plate, input.received).map(|row| row.id.clone()),
            plate,
            maker: claim.maker,
            model: claim.model,
            received: input.received,
            seq: input.seq,
            quarantined: !known,
        });
    }

    fn receive(&mut self, terminal: TerminalId, reports: Vec<Report>, input: &Input, out: &mut Outputs) {
        self.admit(terminal, input, out);
        let pen = self.pen(terminal, Cause::Live, input);
        let (world, policies) = (Arc::clone(&self.world), &self.policies);
        let law = Law { world: &world, policies };
        let lane = self.lanes.entry(terminal).or_default();
        let mut overtaken: Option<(Timestamp, Timestamp)> = None;
        for report in reports {
            match order::key_of(&report, policies) {
                Ok(key) => {
                    out.live.push(position(&report.profiled(&*world), lane, law));
                    if let Received::Late(at) = lane.receive(key, report) {
                        overtaken = Some(overtaken.map_or((at, at), |(from, until)| (from.min(at), until.max(at))));
                    }
                }
                Err(reason) => *out.quality.entry(reason).or_default() += 1,
            }
        }
        lane.step_ready(law, &pen, out);
        out.dirty.insert(terminal);
        if let Some((from, until)) = overtaken {
            self.queue.add(Rejudge { terminal, from, until, cause: Cause::LateFix, recorded: input.received });
        }
        self.expect(terminal, Timestamp::BEGINNING);
    }

    /// Gives a terminal its lane. Once terminals have left, a new one may be an old one: its past is judged first.
    fn admit(&mut self, terminal: TerminalId, input: &Input, out: &mut Outputs) {
        if !self.lanes.contains_key(&terminal) {
            self.make_room(terminal, input, out);
            let lane = if self.overflowed { Lane::restoring() } else { Lane::default() };
            self.lanes.insert(terminal, lane);
            if self.overflowed {
                self.queue.add(whole_past(terminal, input, Cause::LateFix));
            }
            out.gone.remove(&terminal);
        }
        if !self.world.knows(terminal) {
            self.quarantine.hear(terminal, input.received);
        }
    }

    /// Makes room for one more unknown terminal.
    fn make_room(&mut self, terminal: TerminalId, input: &Input, out: &mut Outputs) {
        if self.world.knows(terminal) || self.quarantine.len() < QUARANTINE_LIMIT {
            return;
        }
        let Some(idle) = self.quarantine.evict() else { return };
        self.overflowed = true;
        if let Some(mut lane) = self.lanes.remove(&idle) {
            lane.silence(&self.pen(idle, Cause::Silence, input), out);
        }
        self.queue.done(idle);
        out.dirty.remove(&idle);
        out.gone.insert(idle);
    }

    fn pen(&self, terminal: TerminalId, cause: Cause, input: &Input) -> Pen {
        let (seq, at, revision) = (input.seq, input.received, self.world.revision());
        Pen { terminal, cause, seq, at, revision, recorded: at }
    }

    pub(super) fn tick(&mut self, input: &Input, out: &mut Outputs) {
        let now = input.received;
        self.last_tick = self.last_tick.max(Some(now));
        self.queue.tick();
        let world = Arc::clone(&self.world);
        let mut ready = Vec::new();
        while let Some(&(due, terminal)) = self.due.first()
            && due <= now
        {
            self.due.pop_first();
            self.waiting.remove(&terminal);
            ready.push(terminal);
        }
        for terminal in ready {
            let law = Law { world: &world, policies: &self.policies };
            let pen = self.pen(terminal, Cause::Silence, input);
            if let Some(lane) = self.lanes.get_mut(&terminal) {
                lane.tick(law, &pen, out);
                out.dirty.insert(terminal);
            }
            self.expect(terminal, now);
        }
    }

    /// Terminals that left the engine and are named by a new ledger come back.
    fn recall(&mut self, difference: &Difference, input: &Input, cause: Cause) {
        for terminal in difference.named() {
            if let Entry::Vacant(place) = self.lanes.entry(terminal) {
                place.insert(Lane::restoring());
                self.queue.add(whole_past(terminal, input, cause));
            }
        }
    }

    pub(super) fn revise(&mut self, input: &Input, revision: &Arc<LedgerRevision>) -> Result<(), EngineError> {
        let world = World::new(Arc::clone(revision))?;
        let first = self.world.revision().0 == 0;
        let difference = if first { Difference::everything() } else { Difference::between(&self.world, &world) };
        let cause = Cause::Ledger(world.revision());
        for &terminal in self.lanes.keys() {
            if let Some(touched) = difference.of(terminal) {
                let (from, until) = (touched.from, touched.until);
                self.queue.add(Rejudge { terminal, from, until, cause, recorded: input.received });
            }
        }
        if self.overflowed {
            self.recall(&difference, input, cause);
        }
        self.quarantine.release(|terminal| world.knows(terminal));
        self.world = Arc::new(world);
        Ok(())
    }

    /// Takes in a policy, once. Where it was heard too late (a stream that was lost, a shard that nobody held), fixes after its
    /// first event time were judged by the one before: they are judged again, so that a verdict does not depend on when it was heard.
    pub(super) fn tune(&mut self, input: &Input, change: &PolicyChange) -> Result<(), EngineError> {
        let is_known = |known: &PolicyChange| known.revision >= change.revision;
        if change.revision.0 > 0 && self.changes.iter().any(is_known) {
            return Ok(());
        }
        self.policies.change(change)?;
        self.changes.push(change.clone());
        let (from, until) = (change.from, Timestamp::FOREVER);
        for (&terminal, _) in self.lanes.iter().filter(|(_, lane)| lane.stepped.is_some_and(|last| last.at >= from)) {
            self.queue.add(Rejudge { terminal, from, until, cause: Cause::Rules, recorded: input.received });
        }
        Ok(())
    }
}

/// Everything a terminal ever sent.
fn whole_past(terminal: TerminalId, input: &Input, cause: Cause) -> Rejudge {
    Rejudge { terminal, from: Timestamp::BEGINNING, until: Timestamp::FOREVER, cause, recorded: input.received }
}

fn unreadable(terminal: TerminalId, input: &Input, reason: &dyn fmt::Display) -> Unreadable {
    Unreadable { terminal: Some(terminal), seq: input.seq, reason: reason.to_string() }
}

/// Where a terminal is, for the live map.
fn position(fix: &Fix, lane: &Lane, law: Law<'_>) -> LivePosition {
    let at = fix.at.unwrap_or(fix.received);
    let gate = &law.policies.at(at).policy.track.gate;
    let held = law.world.held(fix.terminal, at);
    let row = if let Held::Main(_, row) = held { Some(row) } else { None };
    LivePosition {
        terminal: fix.terminal,
        vehicle: row.map(|row| row.id.clone()),
        plate: row.map(|row| row.plate.clone()),
        at,
        received: fix.received,
        place: fix.place,
        speed: fix.speed,
        heading: fix.heading,
        status: LiveStatus {
            moving: fix.speed.kmh() >= MOVING_KMH,
            loaded: lane.fold.tracker.haul().is_some(),
            alarmed: lane.is_alarmed(),
            quarantined: matches!(held, Held::Unknown),
            rejected: gate::unfit(fix, || law.world.in_box(fix.place, gate.box_margin_m), gate).is_some(),
        },
    }
}
