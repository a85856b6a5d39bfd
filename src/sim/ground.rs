//! The simulator's own flat ground: metres east and north of a point in Huiji. The judge uses planes of `geo`; that the two
//! differ by a few centimetres is part of the test.

use crate::model::place::{Area, Line, Polygon, Wgs84};

/// Origin, degrees north and east.
const ORIGIN: (f64, f64) = (34.875, 113.64);
/// Metres a degree of latitude and of longitude at the origin (WGS-84 series).
const METRES: (f64, f64) = (110_939.0, 91_427.0);

/// A point: metres east (`x`) and north (`y`).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// East.
    pub x: f64,
    /// North.
    pub y: f64,
}

impl Point {
    /// From metres.
    #[must_use]
    pub const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }

    /// From degrees.
    #[must_use]
    pub fn from_degrees(lon: f64, lat: f64) -> Self {
        Self { x: (lon - ORIGIN.1) * METRES.1, y: (lat - ORIGIN.0) * METRES.0 }
    }

    /// On the wire's grid.
    ///
    /// # Panics
    /// Never for points of a district: the ground is a few tens of kilometres wide.
    #[must_use]
    pub fn wgs84(self) -> Wgs84 {
        Wgs84::from_degrees(ORIGIN.0 + self.y / METRES.0, ORIGIN.1 + self.x / METRES.1)
            .expect("a point of the district")
    }

    /// Distance to `other` in metres.
    #[must_use]
    pub fn distance(self, other: Self) -> f64 {
        let (dx, dy) = (other.x - self.x, other.y - self.y);
        (dx * dx + dy * dy).sqrt()
    }

    /// The point `part` of the way to `other`, 0 = here.
    #[must_use]
    pub fn towards(self, other: Self, part: f64) -> Self {
        Self { x: self.x + (other.x - self.x) * part, y: self.y + (other.y - self.y) * part }
    }

    /// Moved by metres.
    #[must_use]
    pub fn shifted(self, dx: f64, dy: f64) -> Self {
        Self { x: self.x + dx, y: self.y + dy }
    }

    /// Left-hand unit normal of the way to `other`.
    #[must_use]
    pub fn normal_to(self, other: Self) -> Self {
        let length = self.distance(other).max(1e-9);
        Self { x: -(other.y - self.y) / length, y: (other.x - self.x) / length }
    }

    /// Course to `other` in degrees clockwise from north.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "a simulated compass; nothing is judged by it")]
    pub fn course_to(self, other: Self) -> f64 {
        (other.x - self.x).atan2(other.y - self.y).to_degrees().rem_euclid(360.0)
    }

    fn distance_to_segment(self, a: Self, b: Self) -> f64 {
        let (dx, dy) = (b.x - a.x, b.y - a.y);
        let square = dx * dx + dy * dy;
        let part = if square > 0.0 { ((self.x - a.x) * dx + (self.y - a.y) * dy) / square } else { 0.0 };
        self.distance(a.towards(b, part.clamp(0.0, 1.0)))
    }
}

/// A polyline with distances along it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path(pub Vec<Point>);

impl Path {
    /// Length in metres.
    #[must_use]
    pub fn length(&self) -> f64 {
        self.0.windows(2).map(|pair| pair[0].distance(pair[1])).sum()
    }

    /// Where one is after `along` metres, and which way is forward; clamped to the ends.
    ///
    /// # Panics
    /// The path has no points.
    #[must_use]
    pub fn at(&self, along: f64) -> (Point, f64) {
        let mut left = along.max(0.0);
        for pair in self.0.windows(2) {
            let step = pair[0].distance(pair[1]);
            if left <= step {
                return (pair[0].towards(pair[1], left / step.max(1e-9)), pair[0].course_to(pair[1]));
            }
            left -= step;
        }
        let course = self.0.windows(2).last().map_or(0.0, |pair| pair[0].course_to(pair[1]));
        (*self.0.last().expect("a path has points"), course)
    }

    /// The part between two distances along.
    #[must_use]
    pub fn part(&self, from: f64, to: f64) -> Self {
        let mut points = vec![self.at(from).0];
        let mut along = 0.0;
        for pair in self.0.windows(2) {
            along += pair[0].distance(pair[1]);
            if along > from + 0.5 && along < to - 0.5 {
                points.push(pair[1]);
            }
        }
        points.push(self.at(to).0);
        Self(points)
    }

    /// The same way backwards.
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self(self.0.iter().rev().copied().collect())
    }

    /// This path and then `next`, without repeating the joint.
    #[must_use]
    pub fn then(mut self, next: &Self) -> Self {
        for point in &next.0 {
            if self.0.last().is_none_or(|last| last.distance(*point) > 0.5) {
                self.0.push(*point);
            }
        }
        self
    }

    /// Distance of `point` to the nearest segment.
    #[must_use]
    pub fn distance(&self, point: Point) -> f64 {
        self.0.windows(2).map(|pair| point.distance_to_segment(pair[0], pair[1])).fold(f64::INFINITY, f64::min)
    }

    /// Distance along of the place nearest to `point`.
    #[must_use]
    pub fn along(&self, point: Point) -> f64 {
        let (mut best, mut nearest, mut along) = (0.0, f64::INFINITY, 0.0);
        for pair in self.0.windows(2) {
            let step = pair[0].distance(pair[1]);
            let away = point.distance_to_segment(pair[0], pair[1]);
            if away < nearest {
                let hypotenuse = point.distance(pair[0]);
                (nearest, best) = (away, along + (hypotenuse * hypotenuse - away * away).max(0.0).sqrt().min(step));
            }
            along += step;
        }
        best
    }

    /// As a model line.
    #[must_use]
    pub fn line(&self) -> Line {
        Line(self.0.iter().map(|point| point.wgs84()).collect())
    }
}

/// A simple ring, counter-clockwise or not, first corner not repeated.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ring(pub Vec<Point>);

impl Ring {
    /// Whether `point` is inside.
    #[must_use]
    pub fn contains(&self, point: Point) -> bool {
        self.edges().filter(|(a, b)| (a.y > point.y) != (b.y > point.y)).fold(false, |inside, (a, b)| {
            let crossing = a.x + (point.y - a.y) / (b.y - a.y) * (b.x - a.x);
            inside != (point.x < crossing)
        })
    }

    /// Distance to the border, positive inside.
    #[must_use]
    pub fn depth(&self, point: Point) -> f64 {
        let away = self.edges().map(|(a, b)| point.distance_to_segment(a, b)).fold(f64::INFINITY, f64::min);
        if self.contains(point) { away } else { -away }
    }

    /// The ring drawn in by `metres` (out when negative), mitred at its corners.
    #[must_use]
    pub fn inset(&self, metres: f64) -> Self {
        let count = self.0.len();
        let side = if self.area() > 0.0 { metres } else { -metres };
        let corner = |index: usize| {
            let (before, here, after) =
                (self.0[(index + count - 1) % count], self.0[index], self.0[(index + 1) % count]);
            let (m, n) = (before.normal_to(here), here.normal_to(after));
            let scale = side / (1.0 + m.x * n.x + m.y * n.y).max(0.3);
            here.shifted((m.x + n.x) * scale, (m.y + n.y) * scale)
        };
        Self((0..count).map(corner).collect())
    }

    /// As a model area.
    #[must_use]
    pub fn area_model(&self) -> Area {
        let outer = self.0.iter().map(|point| point.wgs84()).collect();
        Area(vec![Polygon { outer, holes: Vec::new() }])
    }

    fn area(&self) -> f64 {
        self.edges().map(|(a, b)| a.x * b.y - b.x * a.y).sum::<f64>() / 2.0
    }

    fn edges(&self) -> impl Iterator<Item = (Point, Point)> + '_ {
        self.0.iter().copied().zip(self.0.iter().copied().cycle().skip(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(side: f64) -> Ring {
        Ring(vec![Point::new(0.0, 0.0), Point::new(side, 0.0), Point::new(side, side), Point::new(0.0, side)])
    }

    #[test]
    fn inset_keeps_its_distance() {
        // Proves: a ring drawn in by 10 m has all corners 10 m inside, whichever way round it was drawn.
        let outer = square(100.0);
        let backwards = Ring(outer.0.iter().rev().copied().collect());
        for ring in [outer.clone(), backwards] {
            for corner in ring.inset(10.0).0 {
                assert!((outer.depth(corner) - 10.0).abs() < 1e-6, "{corner:?}");
            }
        }
    }

    #[test]
    fn a_part_of_a_path_is_as_long_as_asked() {
        // Proves: cutting, joining and looking up agree on distances.
        let path = Path(vec![Point::new(0.0, 0.0), Point::new(100.0, 0.0), Point::new(100.0, 100.0)]);
        let middle = path.part(50.0, 150.0);
        assert!((middle.length() - 100.0).abs() < 1e-6);
        assert!((path.along(Point::new(103.0, 40.0)) - 140.0).abs() < 1e-6);
        assert!((path.part(0.0, 50.0).then(&middle).length() - 150.0).abs() < 1e-6);
    }
}
