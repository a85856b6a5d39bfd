//! How one vehicle moves through the day: a second-by-second line of motion built leg by leg, without chance.

use super::ground::{Path, Point};
use crate::model::{
    fix::LoadSignal,
    time::{Span, Timestamp},
};

/// Metres a second squared a laden truck takes up speed with, and brakes with.
const PICKS_UP: f64 = 0.7;
const BRAKES: f64 = 1.1;
/// Speed through a sharp corner, metres a second, and what counts as one (cosine of the turn).
const CORNER: f64 = 4.5;
const SHARP: f64 = 0.75;
/// Slowest rolling, so that every leg ends.
const ROLLING: f64 = 0.4;

/// What a vehicle does at one instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Motion {
    /// When.
    pub at: Timestamp,
    /// Where.
    pub place: Point,
    /// How fast, km/h.
    pub kmh: f64,
    /// Which way, degrees clockwise from north.
    pub course: f64,
    /// How laden.
    pub load: LoadSignal,
    /// Engine on.
    pub ignition: bool,
}

/// The motion of one vehicle, from its beginning to `now`.
#[derive(Clone, Debug)]
pub struct Journey {
    knots: Vec<Motion>,
}

/// How fast along a path, and whether it ends standing.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Cruising speed, km/h.
    pub kmh: f64,
    /// What happens at the end.
    pub end: LegEnd,
}

/// How a leg ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegEnd {
    /// The vehicle stops there.
    Stops,
    /// It rolls on into the next leg.
    RollsOn,
}

impl Journey {
    /// A vehicle that stands at `place`, empty, engine off.
    #[must_use]
    pub fn parked(at: Timestamp, place: Point) -> Self {
        Self { knots: vec![Motion { at, place, kmh: 0.0, course: 0.0, load: LoadSignal::Empty, ignition: false }] }
    }

    /// The last instant so far.
    ///
    /// # Panics
    /// Never: a journey has a beginning.
    #[must_use]
    pub fn last(&self) -> Motion {
        *self.knots.last().expect("a journey has a beginning")
    }

    /// Where the clock of this vehicle stands.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.last().at
    }

    /// Drives along `path` (which begins where the vehicle is).
    pub fn drive(&mut self, path: &Path, how: Pace) {
        let (length, corners) = (path.length(), corners(path, how.end));
        let (mut along, mut speed) = (0.0, self.last().kmh / 3.6);
        let load = self.last().load;
        let mut at = self.now();
        while along < length - 0.05 {
            speed = next_speed(speed, how.kmh / 3.6, along, &corners);
            along = (along + speed).min(length);
            at = at + Span::from_secs(1);
            let (place, course) = path.at(along);
            self.knots.push(Motion { at, place, kmh: speed * 3.6, course, load, ignition: true });
        }
        if how.end == LegEnd::Stops {
            self.stand(Span::from_secs(1), true);
        }
    }

    /// Stands still for a while.
    pub fn stand(&mut self, span: Span, ignition: bool) {
        let last = self.last();
        self.knots.push(Motion { at: last.at + Span::from_secs(1), kmh: 0.0, ignition, ..last });
        if span > Span::from_secs(1) {
            self.knots.push(Motion { at: last.at + span, kmh: 0.0, ignition, ..last });
        }
    }

    /// Stands still until an instant; does nothing when it has passed.
    pub fn stand_until(&mut self, until: Timestamp, ignition: bool) {
        if until > self.now() {
            self.stand(until.since(self.now()), ignition);
        }
    }

    /// Changes what the load sensor says from now on.
    pub fn set_load(&mut self, load: LoadSignal) {
        if let Some(last) = self.knots.last_mut() {
            last.load = load;
        }
    }

    /// The motion at an instant; between knots of a stay the stay goes on, between those of a leg it is drawn straight.
    #[must_use]
    pub fn at(&self, at: Timestamp) -> Option<Motion> {
        let after = self.knots.partition_point(|knot| knot.at <= at);
        let before = self.knots.get(after.checked_sub(1)?)?;
        Some(Motion { at, ..*before })
    }

    /// First and last instant.
    #[must_use]
    pub fn span(&self) -> (Timestamp, Timestamp) {
        (self.knots[0].at, self.now())
    }
}

/// How long `path` takes a vehicle that starts and ends standing.
#[must_use]
pub fn duration(path: &Path, kmh: f64) -> Span {
    let start = Timestamp::from_millis(0);
    let mut trial = Journey::parked(start, path.at(0.0).0);
    trial.drive(path, Pace { kmh, end: LegEnd::Stops });
    trial.now().since(start)
}

/// Places along the path that limit the speed: distance along and metres a second.
fn corners(path: &Path, end: LegEnd) -> Vec<(f64, f64)> {
    let (mut along, mut found) = (0.0, Vec::new());
    for triple in path.0.windows(3) {
        along += triple[0].distance(triple[1]);
        let (m, n) = (triple[0].normal_to(triple[1]), triple[1].normal_to(triple[2]));
        if m.x * n.x + m.y * n.y < SHARP {
            found.push((along, CORNER));
        }
    }
    if end == LegEnd::Stops {
        found.push((path.length(), 0.0));
    }
    found
}

fn next_speed(speed: f64, cruise: f64, along: f64, corners: &[(f64, f64)]) -> f64 {
    let allowed = corners
        .iter()
        .filter(|(place, _)| *place > along)
        .map(|(place, limit)| (limit * limit + 2.0 * BRAKES * (place - along - speed).max(0.0)).sqrt())
        .fold(cruise, f64::min);
    (speed + PICKS_UP).min(allowed).max(ROLLING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leg_ends_where_its_path_ends() {
        // Proves: the vehicle takes up speed, keeps to the cruising speed, slows for the corner and stops at the end.
        let path = Path(vec![Point::new(0.0, 0.0), Point::new(1000.0, 0.0), Point::new(1000.0, 800.0)]);
        let mut journey = Journey::parked(Timestamp::from_millis(0), path.0[0]);
        journey.drive(&path, Pace { kmh: 40.0, end: LegEnd::Stops });
        assert!(journey.last().place.distance(path.0[2]) < 0.1);
        assert!(journey.last().kmh < 0.1);
        let fastest = journey.knots.iter().map(|knot| knot.kmh).fold(0.0, f64::max);
        assert!((39.0..=40.01).contains(&fastest), "{fastest}");
        let corner =
            journey.knots.iter().find(|knot| knot.place.distance(path.0[1]) < 8.0).expect("it passes the corner");
        assert!(corner.kmh < 22.0, "{}", corner.kmh);
        assert_eq!(duration(&path, 40.0), journey.now().since(Timestamp::from_millis(0)));
    }
}
