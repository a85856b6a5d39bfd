//! The other two datums of Chinese maps as types, with named conversions. The formula is the public approximation of an
//! unpublished one. Around Zhengzhou GCJ-02 lies 542-608 m off: never a constant shift.
//!
//! Sine and cosine are `series`', so a converted fix is the same on every machine.

use super::series::{cos_turns, sin_turns};
use crate::model::place::Wgs84;

/// A position in GCJ-02 (国测局坐标: Gaode and Tencent maps, encrypted terminals), degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gcj02 {
    /// Latitude.
    pub lat: f64,
    /// Longitude.
    pub lon: f64,
}

/// A position in BD-09 (百度坐标), degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bd09 {
    /// Latitude.
    pub lat: f64,
    /// Longitude.
    pub lon: f64,
}

/// WGS-84 before it is put on the grid.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Raw {
    lat: f64,
    lon: f64,
}

/// Krasovsky 1940 semi-major axis, metres.
const AXIS_M: f64 = 6_378_245.0;
/// Its first eccentricity squared.
const ECCENTRICITY: f64 = 0.006_693_421_622_965_943;
/// Degrees per radian.
const DEGREE: f64 = 180.0 / std::f64::consts::PI;
/// The inverse stops when a step is below this, degrees (0.1 mm).
const SETTLED_DEG: f64 = 1e-9;
/// Steps of the inverse at most; 4 suffice all over China.
const MAX_STEPS: usize = 10;
/// BD-09's own offsets, degrees.
const BAIDU: Raw = Raw { lat: 0.006, lon: 0.0065 };

/// WGS-84 to GCJ-02; unchanged outside the box around China.
#[must_use]
pub fn wgs84_to_gcj02(place: Wgs84) -> Gcj02 {
    shifted(Raw { lat: place.lat(), lon: place.lon() })
}

/// GCJ-02 to WGS-84 by iteration, rounded to the grid; `None` off the globe.
#[must_use]
pub fn gcj02_to_wgs84(place: Gcj02) -> Option<Wgs84> {
    let raw = unshifted(place);
    Wgs84::from_degrees(raw.lat, raw.lon)
}

/// WGS-84 to BD-09, by way of GCJ-02.
#[must_use]
pub fn wgs84_to_bd09(place: Wgs84) -> Bd09 {
    gcj02_to_bd09(wgs84_to_gcj02(place))
}

/// BD-09 to WGS-84, by way of GCJ-02; within 0.25 m. `None` off the globe.
#[must_use]
pub fn bd09_to_wgs84(place: Bd09) -> Option<Wgs84> {
    gcj02_to_wgs84(bd09_to_gcj02(place))
}

/// GCJ-02 to BD-09.
#[must_use]
pub fn gcj02_to_bd09(place: Gcj02) -> Bd09 {
    let swirled = swirl(Raw { lat: place.lat, lon: place.lon }, 1.0);
    Bd09 { lat: swirled.lat + BAIDU.lat, lon: swirled.lon + BAIDU.lon }
}

/// BD-09 to GCJ-02: the usual closed form, within 0.22 m of the inverse.
#[must_use]
pub fn bd09_to_gcj02(place: Bd09) -> Gcj02 {
    let flat = Raw { lat: place.lat - BAIDU.lat, lon: place.lon - BAIDU.lon };
    let swirled = swirl(flat, -1.0);
    Gcj02 { lat: swirled.lat, lon: swirled.lon }
}

fn shifted(place: Raw) -> Gcj02 {
    let Raw { lat, lon } = place;
    if !(72.004..=137.8347).contains(&lon) || !(0.8293..=55.8271).contains(&lat) {
        return Gcj02 { lat, lon };
    }
    let (x, y) = (lon - 105.0, lat - 35.0);
    let sin = sin_turns(lat / 360.0);
    let m = 1.0 - ECCENTRICITY * sin * sin;
    let north = shift_north(x, y) * DEGREE / (AXIS_M * (1.0 - ECCENTRICITY) / (m * m.sqrt()));
    let east = shift_east(x, y) * DEGREE / (AXIS_M / m.sqrt() * cos_turns(lat / 360.0));
    Gcj02 { lat: lat + north, lon: lon + east }
}

fn unshifted(target: Gcj02) -> Raw {
    let mut guess = Raw { lat: target.lat, lon: target.lon };
    for _ in 0..MAX_STEPS {
        let there = shifted(guess);
        let (north, east) = (there.lat - target.lat, there.lon - target.lon);
        guess = Raw { lat: guess.lat - north, lon: guess.lon - east };
        if north.abs() < SETTLED_DEG && east.abs() < SETTLED_DEG {
            break;
        }
    }
    guess
}

/// Metres north (the formula's own, whatever they are officially). sin(kπx) is `sin_turns(kx / 2)`.
fn shift_north(x: f64, y: f64) -> f64 {
    let polynomial = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * x.abs().sqrt();
    let waves = 20.0 * sin_turns(3.0 * x)
        + 20.0 * sin_turns(x)
        + 20.0 * sin_turns(y / 2.0)
        + 40.0 * sin_turns(y / 6.0)
        + 160.0 * sin_turns(y / 24.0)
        + 320.0 * sin_turns(y / 60.0);
    polynomial + waves * 2.0 / 3.0
}

/// Metres east.
fn shift_east(x: f64, y: f64) -> f64 {
    let polynomial = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * x.abs().sqrt();
    let waves = 20.0 * sin_turns(3.0 * x)
        + 20.0 * sin_turns(x)
        + 20.0 * sin_turns(x / 2.0)
        + 40.0 * sin_turns(x / 6.0)
        + 150.0 * sin_turns(x / 24.0)
        + 300.0 * sin_turns(x / 60.0);
    polynomial + waves * 2.0 / 3.0
}

/// Turns a position about the origin by ±3e-6·cos(lon·xπ) rad and stretches it by ±2e-5·sin(lat·xπ), with xπ = π · 3000 / 180
/// (so lon·xπ is lon · 25 / 3 turns). z·cos(θ + δ) is written out for the tiny δ: no arc tangent.
fn swirl(place: Raw, way: f64) -> Raw {
    let radius = (place.lon * place.lon + place.lat * place.lat).sqrt();
    if radius <= 0.0 {
        return place;
    }
    let stretched = radius + way * 0.000_02 * sin_turns(place.lat * 25.0 / 3.0);
    let turn = way * 0.000_003 * cos_turns(place.lon * 25.0 / 3.0);
    let (cos, sin) = (1.0 - turn * turn / 2.0, turn);
    let scale = stretched / radius;
    Raw { lat: scale * (place.lat * cos + place.lon * sin), lon: scale * (place.lon * cos - place.lat * sin) }
}

#[cfg(test)]
#[path = "datum_tests.rs"]
mod tests;
