//! One terminal's movement: fixes in event order go in, good ones come out with what they mean.
//!
//! Per fix: no allocation but for a load that changes; one distance to the last good fix, one to the stay's mean.

use super::{
    events::{Haul, HaulEvent},
    gaps::Gaps,
    gate::{self, Tail},
    interval::{Beat, Link},
    load::{Around, Load, Moment},
    params::Params,
    quality::Quality,
    stay::Stay,
};
use crate::{
    geo::plane::distance,
    model::{
        fix::Fix,
        ids::VehicleId,
        place::Wgs84,
        terminal::LoadSensor,
        time::{Span, Timestamp},
    },
};
use serde::{Deserialize, Serialize};

/// What movement needs to know of the world.
pub trait Ground {
    /// Whether a place lies in the district's box or at most so many metres outside it.
    fn in_box(&self, place: Wgs84, margin_m: f64) -> bool;
    /// The registered site a place lies in at least so deep.
    fn site_around(&self, place: Wgs84, at: Timestamp, inside_m: f64) -> Option<Around>;
    /// The vehicle a terminal is the main device of, and whether it feels the load.
    fn carried(&self, fix: &Fix) -> Option<Carried<'_>>;
}

/// Whose movement it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carried<'a> {
    /// The vehicle.
    pub vehicle: &'a VehicleId,
    /// Whether the device feels the load.
    pub load_sensor: LoadSensor,
}

/// State of one terminal's movement. Equal states are equal bytes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tracker {
    tail: Option<Tail>,
    /// Too fast from the last good fix; the next one decides.
    waiting: Option<Box<Fix>>,
    gaps: Gaps,
    stay: Option<Stay>,
    vehicle: Option<VehicleId>,
    load: Load,
}

/// What became of a fix.
#[derive(Debug)]
pub enum Step<'a> {
    /// The gate refused it.
    Refused(&'a Fix, Quality),
    /// It counts.
    Judged(Judged<'a>),
}

/// A good fix and what it means.
#[derive(Debug)]
pub struct Judged<'a> {
    /// The fix, its place held while the truck rests.
    pub fix: &'a Fix,
    /// Good or held.
    pub quality: Quality,
    /// The fix as intervals see it.
    pub beat: Beat,
    /// How long the truck has been standing.
    pub still: Span,
    /// The loaded leg under way.
    pub haul: Option<&'a Haul>,
    /// Metres driven on it.
    pub hauled_m: f64,
    /// A loading or putting down that became certain.
    pub event: Option<HaulEvent>,
}

impl Tracker {
    /// Takes in the next fix in event order; tells what became of it and of the one that waited.
    pub fn step(&mut self, fix: Fix, ground: &dyn Ground, params: &Params, told: &mut dyn FnMut(Step<'_>)) {
        if let Some(reason) = gate::unfit(&fix, || ground.in_box(fix.place, params.gate.box_margin_m), &params.gate) {
            return told(Step::Refused(&fix, reason));
        }
        let Some(at) = fix.at else { return told(Step::Refused(&fix, Quality::ImpossibleDate)) };
        if let Some(waiting) = self.waiting.take() {
            self.decide(*waiting, &fix, at, ground, params, told);
        }
        if self.tail.is_some_and(|tail| {
            !Self::holds(tail, &fix, params) && !gate::is_reachable(tail, fix.place, at, &params.gate)
        }) {
            self.waiting = Some(Box::new(fix));
            return;
        }
        self.judge(fix, at, ground, params, told);
    }

    /// The fix that waits, if one does.
    #[must_use]
    pub fn waiting(&self) -> Option<&Fix> {
        self.waiting.as_deref()
    }

    /// The longest silence that is none, milliseconds.
    #[must_use]
    pub fn gap_limit_ms(&self, params: &Params) -> i64 {
        self.gaps.limit_ms(&params.gap)
    }

    /// The loaded leg under way.
    #[must_use]
    pub fn haul(&self) -> Option<&Haul> {
        self.load.haul().map(|(haul, _)| haul)
    }

    fn decide(
        &mut self,
        waiting: Fix,
        next: &Fix,
        at: Timestamp,
        ground: &dyn Ground,
        params: &Params,
        told: &mut dyn FnMut(Step<'_>),
    ) {
        let Some(then) = waiting.at else { return };
        let from = Tail { at: then, place: waiting.place, resting: false };
        if gate::is_reachable(from, next.place, at, &params.gate) {
            self.judge(waiting, then, ground, params, told);
        } else {
            told(Step::Refused(&waiting, Quality::Spike));
        }
    }

    /// Whether the fix is a truck at rest that only seems to wander.
    fn holds(tail: Tail, fix: &Fix, params: &Params) -> bool {
        tail.resting
            && gate::is_resting(fix, &params.gate)
            && distance(tail.place, fix.place).0 <= params.gate.still_radius_m
    }

    fn judge(
        &mut self,
        mut fix: Fix,
        at: Timestamp,
        ground: &dyn Ground,
        params: &Params,
        told: &mut dyn FnMut(Step<'_>),
    ) {
        let held = self.tail.filter(|tail| Self::holds(*tail, &fix, params));
        let quality = match held {
            Some(tail) => {
                let quality = if tail.place == fix.place { Quality::Good } else { Quality::Held };
                fix.place = tail.place;
                quality
            }
            None => Quality::Good,
        };
        let beat = self.beat(&fix, at, params);
        let before = self.tail.map(|tail| tail.at);
        self.tail = Some(Tail { at, place: fix.place, resting: gate::is_resting(&fix, &params.gate) });
        let ended = Stay::advance(&mut self.stay, &beat, fix.speed.kmh(), &params.stay);
        let stay = self.stay.as_ref().map(Stay::stood);
        let event = self.haulage(&fix, &Moment { beat: &beat, before, stay, ended }, ground, params);
        let (haul, hauled_m) = self.load.haul().map_or((None, 0.0), |(haul, driven)| (Some(haul), driven));
        let still = stay.map_or(Span::default(), |stay| at.since(stay.from));
        told(Step::Judged(Judged { fix: &fix, quality, beat, still, haul, hauled_m, event }));
    }

    fn beat(&mut self, fix: &Fix, at: Timestamp, params: &Params) -> Beat {
        let (link, moved) = match self.tail {
            None => (Link::Broken, 0.0),
            Some(tail) => {
                let passed = at.since(tail.at).as_millis();
                let silent = passed > self.gaps.limit_ms(&params.gap);
                self.gaps.note(passed, &params.gap);
                if silent { (Link::Broken, 0.0) } else { (Link::After(passed), distance(tail.place, fix.place).0) }
            }
        };
        Beat { at, place: fix.place, seq: fix.seq, moved, link }
    }

    fn haulage(&mut self, fix: &Fix, now: &Moment<'_>, ground: &dyn Ground, params: &Params) -> Option<HaulEvent> {
        let carried = ground.carried(fix);
        if self.vehicle.as_ref() != carried.map(|carried| carried.vehicle) {
            self.vehicle = carried.map(|carried| carried.vehicle.clone());
            self.load = Load::default();
        }
        match carried?.load_sensor {
            LoadSensor::Fitted => self.load.sense(fix.load, now, &params.load),
            LoadSensor::Absent => {
                let inside_m = params.load.inside_m;
                self.load.infer(now, &params.load, &mut |place| ground.site_around(place, now.beat.at, inside_m))
            }
        }
    }
}

#[cfg(test)]
#[path = "tracker_tests.rs"]
mod tests;
