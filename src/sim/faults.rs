//! How readings leave the device: at once, in batches, late after an outage, twice, or in the wrong order.

use super::{devices::Reading, dice::Dice, drivers::Stretch};
use crate::model::time::{Span, Timestamp};
use jt808::{
    header::Edition,
    location::LocationReport,
    messages::{BatchKind, LocationBatch, Message},
};

/// Something a device does.
#[derive(Clone, Debug)]
pub struct Step {
    /// When, by its own clock, which is right.
    pub at: Timestamp,
    /// What.
    pub act: Act,
}

/// What a device does.
#[derive(Clone, Debug)]
pub enum Act {
    /// Opens its connection and makes itself known.
    Connect,
    /// Loses its connection.
    Disconnect,
    /// Sends a message.
    Send(Message),
    /// Sends the last message again, byte for byte.
    Repeat,
}

/// Records of a 0x0704 that fit one frame with room to spare.
const BATCH_MAX: usize = 18;
/// Chances per report or per device.
const REPEATED: f64 = 1.0 / 90.0;
const DELAYED: f64 = 1.0 / 70.0;
const BATCHER: f64 = 0.25;
/// A normal batch covers so long.
const BATCH_SPAN: Span = Span::from_secs(60);
/// A heartbeat goes out after so long without another message.
const HEARTBEAT: Span = Span::from_secs(100);

/// What happens to one device's connection on the day.
#[derive(Clone, Debug)]
struct Luck {
    edition: Edition,
    /// Collects readings into normal batches.
    batches: bool,
    /// Without a network: nothing goes out, readings are kept and sent afterwards.
    outages: Vec<Stretch>,
}

/// The steps of one device for its readings.
#[must_use]
pub fn deliver(readings: &[Reading], edition: Edition, dice: &mut Dice) -> Vec<Step> {
    let Some(first) = readings.first() else { return Vec::new() };
    let luck = Luck::draw(readings, edition, dice);
    let mut plan =
        Plan { luck, dice, steps: vec![Step { at: first.at, act: Act::Connect }], held: Vec::new(), kept: Vec::new() };
    plan.outages();
    for reading in readings {
        plan.take(reading);
    }
    plan.flush(readings[readings.len() - 1].at + Span::from_secs(2));
    plan.flush_kept();
    let mut steps = plan.steps;
    steps.sort_by_key(|step| step.at);
    with_heartbeats(&steps)
}

impl Luck {
    /// Up to two outages of three to fifteen minutes, where the vehicle moves, and up to two short cuts.
    fn draw(readings: &[Reading], edition: Edition, dice: &mut Dice) -> Self {
        let moving: Vec<_> = readings.iter().filter(|reading| reading.moving).collect();
        let mut outages: Vec<Stretch> = Vec::new();
        let wanted = dice.whole(0, 2) + dice.whole(0, 2);
        for number in 0..wanted {
            if moving.is_empty() {
                break;
            }
            let seconds = if number % 2 == 0 { dice.whole(180, 900) } else { dice.whole(5, 20) };
            let from = dice.pick(&moving).at;
            let outage = Stretch { from, to: from + Span::from_secs(seconds) };
            if outages.iter().all(|other| outage.to + HEARTBEAT < other.from || other.to + HEARTBEAT < outage.from) {
                outages.push(outage);
            }
        }
        let batches = edition != Edition::V2011 && dice.happens(BATCHER);
        Self { edition, batches, outages }
    }

    fn outage_at(&self, at: Timestamp) -> Option<Stretch> {
        self.outages.iter().copied().find(|outage| outage.from <= at && at < outage.to)
    }
}

struct Plan<'a> {
    luck: Luck,
    dice: &'a mut Dice,
    steps: Vec<Step>,
    /// Readings of the normal batch under way.
    held: Vec<Reading>,
    /// Readings of the outage under way.
    kept: Vec<Reading>,
}

impl Plan<'_> {
    fn outages(&mut self) {
        for outage in self.luck.outages.clone() {
            self.push(outage.from, Act::Disconnect);
            self.push(outage.to, Act::Connect);
        }
    }

    fn take(&mut self, reading: &Reading) {
        if let Some(outage) = self.luck.outage_at(reading.at) {
            self.flush(outage.from - Span::from_secs(1));
            return self.keep_for_later(reading, outage);
        }
        self.flush_kept();
        if self.luck.batches && reading.ignition {
            return self.collect(reading);
        }
        self.flush(reading.at);
        self.send_now(reading);
    }

    /// 2011 has no batch: kept readings go out one by one after the outage.
    fn keep_for_later(&mut self, reading: &Reading, outage: Stretch) {
        if self.luck.edition == Edition::V2011 {
            let late = outage.to + Span::from_secs(1) + Span::from_millis(self.dice.whole(0, 2000));
            return self.push(late, Act::Send(Message::Location(reading.report.clone())));
        }
        self.kept.push(reading.clone());
    }

    /// After an outage everything kept goes out as backfill.
    fn flush_kept(&mut self) {
        let kept = std::mem::take(&mut self.kept);
        if let Some(outage) = kept.first().and_then(|first| self.luck.outage_at(first.at)) {
            self.batches(outage.to + Span::from_secs(2), BatchKind::Backfill, &kept);
        }
    }

    fn collect(&mut self, reading: &Reading) {
        self.held.push(reading.clone());
        if self.held.first().is_some_and(|first| reading.at.since(first.at) >= BATCH_SPAN) {
            self.flush(reading.at);
        }
    }

    /// Sends the batch under way.
    fn flush(&mut self, now: Timestamp) {
        let batch = std::mem::take(&mut self.held);
        if !batch.is_empty() {
            self.batches(now, BatchKind::Normal, &batch);
        }
    }

    fn batches(&mut self, at: Timestamp, kind: BatchKind, readings: &[Reading]) {
        for (index, chunk) in (0_i64..).zip(readings.chunks(BATCH_MAX)) {
            let reports: Vec<LocationReport> = chunk.iter().map(|reading| reading.report.clone()).collect();
            let batch = LocationBatch::new(kind, &reports).expect("a few dozen reports");
            self.push(at + Span::from_millis(100 + 300 * index), Act::Send(Message::Batch(batch)));
        }
    }

    /// Live: a moment later, sometimes after the next one, sometimes twice.
    fn send_now(&mut self, reading: &Reading) {
        let late =
            if self.dice.happens(DELAYED) { self.dice.whole(11_000, 27_000) } else { self.dice.whole(100, 1500) };
        let at = reading.at + Span::from_millis(late);
        let cut = self.luck.outage_at(at);
        let at = cut.map_or(at, |outage| outage.to + Span::from_millis(500));
        self.push(at, Act::Send(Message::Location(reading.report.clone())));
        if cut.is_none() && self.dice.happens(REPEATED) && self.luck.outage_at(at + Span::from_millis(1)).is_none() {
            self.push(at, Act::Repeat);
        }
    }

    fn push(&mut self, at: Timestamp, act: Act) {
        self.steps.push(Step { at, act });
    }
}

/// Fills long silences of a live connection with heartbeats.
fn with_heartbeats(steps: &[Step]) -> Vec<Step> {
    let mut whole: Vec<Step> = Vec::with_capacity(steps.len());
    let mut online = false;
    for step in steps {
        let mut quiet = whole.last().map_or(step.at, |last| last.at) + HEARTBEAT;
        while online && quiet + Span::from_secs(5) < step.at {
            whole.push(Step { at: quiet, act: Act::Send(Message::Heartbeat) });
            quiet = quiet + HEARTBEAT;
        }
        online = !matches!(step.act, Act::Disconnect);
        whole.push(step.clone());
    }
    whole
}
