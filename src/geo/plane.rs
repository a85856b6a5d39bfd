//! A flat map in metres around a fixed origin (equirectangular on the WGS-84 ellipsoid), and a distance that needs no plane.
//!
//! A plane is one linear map, so everything measured in it agrees with everything else measured in it. Its east-west scale is
//! that of the origin's latitude: at 35° it is off by 0.12 % per 0.1° north or south of it, 6 cm on 50 m at 11 km.

use super::series::cos_turns;
use crate::model::{
    place::{Area, Line, Wgs84},
    units::Metres,
};

/// Largest extent of a shape with a plane of its own: 6° (about 550 km at 35° north).
pub const MAX_SPAN_E6: i32 = 6_000_000;

/// A point of a local plane.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Xy {
    /// Metres east of the origin.
    pub x: f64,
    /// Metres north of the origin.
    pub y: f64,
}

/// A local plane. Made once, when a shape is loaded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plane {
    origin: Wgs84,
    scale: Scale,
}

/// Smallest box with sides along the meridians and parallels that holds some points. Never across the date line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// South-west corner.
    pub south_west: Wgs84,
    /// North-east corner.
    pub north_east: Wgs84,
}

/// Metres per 1e-6 degree at one latitude.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Scale {
    north: f64,
    east: f64,
}

impl Plane {
    /// A plane with its origin at `origin`.
    #[must_use]
    pub fn at(origin: Wgs84) -> Self {
        Self { origin, scale: Scale::at(origin.lat()) }
    }

    /// A plane with its origin in the middle of the area's box; at 0° 0° for an empty area.
    #[must_use]
    pub fn around(area: &Area) -> Self {
        Self::at(Bounds::of_area(area).map_or_else(Wgs84::default, |bounds| bounds.middle()))
    }

    /// Where a position lies in the plane.
    #[must_use]
    pub fn to_xy(&self, place: Wgs84) -> Xy {
        let (east, north) = steps(self.origin, place);
        Xy { x: east * self.scale.east, y: north * self.scale.north }
    }

    /// The position of a point of the plane, rounded to the grid; `None` off the globe.
    #[must_use]
    pub fn to_wgs84(&self, point: Xy) -> Option<Wgs84> {
        let lat = self.origin.lat() + point.y / self.scale.north / 1e6;
        let lon = self.origin.lon() + point.x / self.scale.east / 1e6;
        Wgs84::from_degrees(lat, lon)
    }

    /// Straight distance between two positions, in the plane's scale.
    #[must_use]
    pub fn distance(&self, from: Wgs84, to: Wgs84) -> Metres {
        let (from, to) = (self.to_xy(from), self.to_xy(to));
        Metres(length(to.x - from.x, to.y - from.y))
    }
}

impl Bounds {
    /// Of some points; `None` of none.
    #[must_use]
    pub fn of(points: impl IntoIterator<Item = Wgs84>) -> Option<Self> {
        let mut points = points.into_iter();
        let first = points.next()?;
        Some(points.fold(Self { south_west: first, north_east: first }, Self::with))
    }

    /// Of an area's outer rings.
    #[must_use]
    pub fn of_area(area: &Area) -> Option<Self> {
        Self::of(area.0.iter().flat_map(|polygon| polygon.outer.iter().copied()))
    }

    /// Of a line.
    #[must_use]
    pub fn of_line(line: &Line) -> Option<Self> {
        Self::of(line.0.iter().copied())
    }

    /// The point half-way between the corners.
    #[must_use]
    pub const fn middle(&self) -> Wgs84 {
        Wgs84 {
            lat_e6: i32::midpoint(self.south_west.lat_e6, self.north_east.lat_e6),
            lon_e6: i32::midpoint(self.south_west.lon_e6, self.north_east.lon_e6),
        }
    }

    /// Whether a position lies in the box, or at most `margin` outside it.
    #[must_use]
    pub fn holds(&self, place: Wgs84, margin: Metres) -> bool {
        let scale = Scale::at(self.middle().lat());
        let outside = |low: i32, value: i32, high: i32| {
            (i64::from(low) - i64::from(value)).max(i64::from(value) - i64::from(high))
        };
        let north = outside(self.south_west.lat_e6, place.lat_e6, self.north_east.lat_e6);
        let east = outside(self.south_west.lon_e6, place.lon_e6, self.north_east.lon_e6);
        as_f64(north) * scale.north <= margin.0 && as_f64(east) * scale.east <= margin.0
    }

    /// The larger of the two extents, 1e-6 degree.
    #[must_use]
    pub fn span_e6(&self) -> u32 {
        let north = self.north_east.lat_e6.abs_diff(self.south_west.lat_e6);
        north.max(self.north_east.lon_e6.abs_diff(self.south_west.lon_e6))
    }

    fn with(self, point: Wgs84) -> Self {
        let (low, high) = (self.south_west, self.north_east);
        Self {
            south_west: Wgs84 { lat_e6: low.lat_e6.min(point.lat_e6), lon_e6: low.lon_e6.min(point.lon_e6) },
            north_east: Wgs84 { lat_e6: high.lat_e6.max(point.lat_e6), lon_e6: high.lon_e6.max(point.lon_e6) },
        }
    }
}

impl Scale {
    /// The usual series for the lengths of a degree of latitude and of longitude on WGS-84, good to a centimetre a degree.
    fn at(lat: f64) -> Self {
        let c = cos_turns(lat / 360.0);
        let c2 = 2.0 * c * c - 1.0;
        let c4 = 2.0 * c2 * c2 - 1.0;
        let c3 = c * (2.0 * c2 - 1.0);
        let c5 = 2.0 * c2 * c3 - c;
        Self {
            north: (111_132.954 - 559.822 * c2 + 1.175 * c4) / 1e6,
            east: (111_412.88 * c - 93.5 * c3 + 0.118 * c5) / 1e6,
        }
    }
}

/// Distance between any two positions: a plane at the middle latitude. No platform trigonometry, a few nanoseconds.
/// Against the geodesic between 60° south and north: within 0.01 % up to 50 km, 0.1 % up to 200 km, 3 % up to 1,000 km (the test
/// measures it).
#[must_use]
pub fn distance(from: Wgs84, to: Wgs84) -> Metres {
    let (east, north) = steps(from, to);
    let scale = Scale::at(f64::midpoint(from.lat(), to.lat()));
    Metres(length(east * scale.east, north * scale.north))
}

/// Grid steps east and north, the short way around the globe.
fn steps(from: Wgs84, to: Wgs84) -> (f64, f64) {
    const HALF: i64 = 180_000_000;
    let east = i64::from(to.lon_e6) - i64::from(from.lon_e6);
    let wrapped = if east > HALF {
        east - 2 * HALF
    } else if east < -HALF {
        east + 2 * HALF
    } else {
        east
    };
    (as_f64(wrapped), as_f64(i64::from(to.lat_e6) - i64::from(from.lat_e6)))
}

/// √(x² + y²) as written: `hypot` is the platform's.
fn length(x: f64, y: f64) -> f64 {
    (x * x + y * y).sqrt()
}

#[expect(clippy::cast_precision_loss, reason = "sums and differences of two i32 fit 52 bits")]
fn as_f64(value: i64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Distance, Geodesic, Point};
    use proptest::prelude::*;

    fn place(lat: f64, lon: f64) -> Wgs84 {
        Wgs84::from_degrees(lat, lon).expect("on the globe")
    }

    fn geodesic(a: Wgs84, b: Wgs84) -> f64 {
        Geodesic.distance(Point::new(a.lon(), a.lat()), Point::new(b.lon(), b.lat()))
    }

    #[test]
    fn one_degree_at_the_equator_and_at_zhengzhou() {
        // Proves: the scale is that of the ellipsoid, not of a sphere (which is off by 0.3 %).
        assert!((distance(place(0.0, 10.0), place(0.0, 11.0)).0 - 111_319.49).abs() < 0.2);
        assert!((distance(place(34.5, 113.6), place(35.5, 113.6)).0 - 110_941.0).abs() < 5.0);
    }

    #[test]
    fn the_date_line_is_no_wall() {
        // Proves: two points either side of 180° are neighbours.
        assert!(distance(place(0.0, 179.9999), place(0.0, -179.9999)).0 < 23.0);
    }

    #[test]
    fn a_plane_gives_back_its_points() {
        // Proves: to_wgs84 undoes to_xy to the grid.
        let plane = Plane::at(place(34.868, 113.617));
        let there = place(34.9001, 113.5002);
        assert_eq!(plane.to_wgs84(plane.to_xy(there)), Some(there));
    }

    proptest! {
        #[test]
        fn distances_keep_their_stated_bounds(
            lat in -60.0..60.0_f64,
            lon in -165.0..165.0_f64,
            up in -1.0..1.0_f64,
            right in -1.0..1.0_f64,
            power in -4_i32..=1,
        ) {
            // Proves: the error bounds of `distance` in its doc comment, from metres to 1,000 km.
            let size = 10.0_f64.powi(power);
            let (a, b) = (place(lat, lon), place((lat + up * size).clamp(-60.0, 60.0), lon + right * size));
            let (ours, truth) = (distance(a, b).0, geodesic(a, b));
            let bound = match truth { t if t < 50_000.0 => 1e-4, t if t < 200_000.0 => 1e-3, _ => 3e-2 };
            prop_assert!((ours - truth).abs() <= bound * truth + 0.001, "{ours} against {truth}");
        }
    }
}
