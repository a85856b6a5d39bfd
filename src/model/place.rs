//! Where: WGS-84 on the wire's grid, and areas and lines made of it. Other datums are types of `geo::datum`.

use serde::{Deserialize, Serialize};

/// A position in WGS-84, 1e-6 degrees. Signed: north and east are positive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Wgs84 {
    /// Latitude in 1e-6 degrees.
    pub lat_e6: i32,
    /// Longitude in 1e-6 degrees.
    pub lon_e6: i32,
}

impl Wgs84 {
    /// Latitude in degrees.
    #[must_use]
    pub fn lat(self) -> f64 {
        f64::from(self.lat_e6) / 1e6
    }

    /// Longitude in degrees.
    #[must_use]
    pub fn lon(self) -> f64 {
        f64::from(self.lon_e6) / 1e6
    }

    /// Rounds degrees to the grid; `None` outside ±90 / ±180 or when not finite.
    #[must_use]
    pub fn from_degrees(lat: f64, lon: f64) -> Option<Self> {
        if !(-90.0..=90.0).contains(&lat) || !(-180.0..=180.0).contains(&lon) {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "the ranges above keep both within ±180 million")]
        Some(Self { lat_e6: (lat * 1e6).round() as i32, lon_e6: (lon * 1e6).round() as i32 })
    }
}

/// A polygon with holes. Rings need not repeat their first corner; at least three corners each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Polygon {
    /// Outer ring.
    pub outer: Vec<Wgs84>,
    /// Holes.
    pub holes: Vec<Vec<Wgs84>>,
}

/// One or more polygons that count as one area.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Area(pub Vec<Polygon>);

/// A polyline; fewer than two points mean "no line given".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Line(pub Vec<Wgs84>);
