//! What a positioning device makes of a journey: reports at its own pace, with errors that drift, spikes, lost fixes.

use super::{
    cast::{Datum, Part},
    dice::Dice,
    drivers::{Diary, Stretch},
    ground::Point,
    journey::Motion,
};
use crate::{
    geo::datum::wgs84_to_gcj02,
    model::{
        fix::LoadSignal,
        time::{Span, Timestamp},
    },
};
use jt808::{
    location::{AlarmFlags, Items, LocationReport, StatusFlags},
    time::BcdTime,
};

/// One report as the device keeps it.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Event time, whole seconds.
    pub at: Timestamp,
    /// Whether the engine was on, for who plans what happens to it.
    pub ignition: bool,
    /// Whether the vehicle moved.
    pub moving: bool,
    /// The position report.
    pub report: LocationReport,
}

/// How one device measures.
#[derive(Clone, Copy, Debug)]
struct Habits {
    /// Seconds between reports with the engine on and off.
    busy_s: i64,
    parked_s: i64,
    /// Standard deviation of each axis, metres, and how long an error lasts, seconds.
    sigma_m: f64,
    memory_s: f64,
    /// Odometer at midnight, metres.
    odometer_m: f64,
}

/// The error of the position, drifting slowly (first-order autoregressive).
#[derive(Clone, Copy, Debug, Default)]
struct Drift {
    east: f64,
    north: f64,
}

/// Chances per report.
const SPIKE: f64 = 1.0 / 350.0;
const NO_FIX: f64 = 1.0 / 500.0;
/// A wild spike is farther than a truck could be in the time, at least by this speed (250 km/h).
const WILD_MPS: f64 = 70.0;

/// Reads the whole day of one vehicle.
#[must_use]
pub fn readings(part: &Part, diary: &Diary, dice: &mut Dice) -> Vec<Reading> {
    let habits = Habits::new(dice);
    let mut device = Device { habits, drift: Drift::default(), travelled: 0.0, part: *part, last: None, dice };
    let (from, to) = diary.journey.span();
    let mut at = from + Span::from_secs(device.dice.whole(0, 20));
    let mut list = Vec::new();
    while at <= to {
        if let Some(motion) = diary.journey.at(at)
            && device.is_due(&motion)
            && !is_silent(&diary.silent, at)
        {
            list.push(device.read(&motion));
        }
        at = at + Span::from_secs(1);
    }
    list
}

fn is_silent(spells: &[Stretch], at: Timestamp) -> bool {
    spells.iter().any(|spell| spell.from <= at && at < spell.to)
}

struct Device<'a> {
    habits: Habits,
    drift: Drift,
    travelled: f64,
    part: Part,
    last: Option<Motion>,
    dice: &'a mut Dice,
}

impl Habits {
    fn new(dice: &mut Dice) -> Self {
        Self {
            busy_s: dice.whole(10, 30),
            parked_s: dice.whole(60, 180),
            sigma_m: dice.between(1.5, 5.0),
            memory_s: dice.between(40.0, 120.0),
            odometer_m: dice.between(2e7, 3e8),
        }
    }
}

impl Device<'_> {
    fn is_due(&self, motion: &Motion) -> bool {
        let interval = if motion.ignition { self.habits.busy_s } else { self.habits.parked_s };
        self.last.is_none_or(|last| motion.at.since(last.at) >= Span::from_secs(interval))
    }

    fn read(&mut self, motion: &Motion) -> Reading {
        let elapsed = self.last.map_or(1e4, |last| seconds(motion.at.since(last.at)));
        self.travelled += self.last.map_or(0.0, |last| last.place.distance(motion.place));
        self.wander(elapsed);
        let positioned = !self.dice.happens(NO_FIX);
        let place = if positioned { self.measure(motion, elapsed) } else { motion.place };
        self.last = Some(*motion);
        let report = self.report(motion, place, positioned);
        Reading { at: motion.at, ignition: motion.ignition, moving: motion.kmh > 1.0, report }
    }

    fn wander(&mut self, elapsed: f64) {
        let keep = self.habits.memory_s / (self.habits.memory_s + elapsed);
        let fresh = self.habits.sigma_m * (1.0 - keep * keep).sqrt();
        self.drift.east = self.drift.east * keep + fresh * self.dice.bell();
        self.drift.north = self.drift.north * keep + fresh * self.dice.bell();
    }

    /// The place as measured: drifting, and now and then far off for a single report.
    fn measure(&mut self, motion: &Motion, elapsed: f64) -> Point {
        let place = motion.place.shifted(self.drift.east, self.drift.north);
        if !motion.ignition || elapsed > 60.0 || !self.dice.happens(SPIKE) {
            return place;
        }
        let far = if self.dice.happens(0.5) {
            self.dice.between(100.0, 250.0)
        } else {
            WILD_MPS * elapsed + self.dice.between(0.0, 900.0)
        };
        let (east, north) = *self.dice.pick(&[(1.0, 0.0), (0.6, 0.8), (-0.8, 0.6), (0.0, -1.0), (-0.6, -0.8)]);
        place.shifted(far * east, far * north)
    }

    fn report(&mut self, motion: &Motion, place: Point, positioned: bool) -> LocationReport {
        let (lat_e6, lon_e6) = self.coordinates(place);
        let noise = if motion.kmh > 1.0 { self.dice.bell() * 0.8 } else { self.dice.bell().abs() * 0.4 };
        let speed = whole((motion.kmh + noise).max(0.0) * 10.0);
        LocationReport {
            alarm: AlarmFlags(0),
            status: self.status(motion, positioned),
            latitude: lat_e6.unsigned_abs(),
            longitude: lon_e6.unsigned_abs(),
            altitude: whole(95.0 + self.dice.bell() * 3.0),
            speed,
            direction: whole((motion.course + self.dice.bell() * 2.0).rem_euclid(360.0)) % 360,
            time: BcdTime::from_unix_ms(motion.at.as_millis()).expect("a simulated day lies in this century"),
            items: self.items(speed, positioned),
        }
    }

    /// On the wire's grid, in the datum this device sends.
    fn coordinates(&self, place: Point) -> (i32, i32) {
        let plain = place.wgs84();
        if self.part.datum == Datum::Plain {
            return (plain.lat_e6, plain.lon_e6);
        }
        let shifted = wgs84_to_gcj02(plain);
        (grid(shifted.lat), grid(shifted.lon))
    }

    /// Ignition, position, GPS and Beidou in use, load where there is a sensor.
    fn status(&self, motion: &Motion, positioned: bool) -> StatusFlags {
        let load = match (self.part.sensor, motion.load) {
            (false, _) | (true, LoadSignal::Empty | LoadSignal::Unknown) => 0,
            (true, LoadSignal::Half) => 0b01 << 8,
            (true, LoadSignal::Full) => 0b11 << 8,
        };
        let acc = if motion.ignition { StatusFlags::ACC_ON } else { 0 };
        let fix = if positioned { StatusFlags::POSITIONED } else { 0 };
        let shifted = if self.part.datum == Datum::Flagged { StatusFlags::ENCRYPTED } else { 0 };
        StatusFlags(acc | fix | load | shifted | 1 << 18 | 1 << 19)
    }

    fn items(&mut self, speed: u16, positioned: bool) -> Items {
        let tenths = (self.habits.odometer_m + self.travelled) / 100.0;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an odometer below 400 000 km")]
        let mileage = tenths as u32;
        let satellites = if positioned { whole(self.dice.between(7.0, 15.0)) } else { 0 };
        let signal = whole(self.dice.between(14.0, 31.0));
        let items = Items::builder().mileage(mileage).recorder_speed(speed);
        items.signal_strength(low_byte(signal)).satellites(low_byte(satellites)).finish()
    }
}

/// Degrees on the wire's grid.
fn grid(degrees: f64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "degrees in China, times a million")]
    let rounded = (degrees * 1e6).round() as i32;
    rounded
}

fn low_byte(value: u16) -> u8 {
    u8::try_from(value).unwrap_or(u8::MAX)
}

fn seconds(span: Span) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "spans of a day")]
    let millis = span.as_millis() as f64;
    millis / 1000.0
}

/// Rounds a small non-negative number.
fn whole(value: f64) -> u16 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range of a WORD")]
    let rounded = value.round().clamp(0.0, f64::from(u16::MAX)) as u16;
    rounded
}
