//! A route as a line: how far a position is from its nearest segment, and where along it. Always to segments, never to corners:
//! a parallel road is far from a sparse line's corners and near its segments.

use super::{
    GeoError,
    fence::fits_a_plane,
    grid::SegmentGrid,
    plane::{Bounds, Plane},
    segment::{Nearness, Segment},
};
use crate::model::{
    place::{Line, Wgs84},
    units::Metres,
};

/// Lines with fewer segments are looked through whole, without building a grid. A guess, not measured.
const GRID_FROM: usize = 24;

/// A line in its own plane, ready to be asked.
#[derive(Clone, Debug)]
pub struct Corridor {
    plane: Plane,
    bounds: Bounds,
    segments: Vec<Segment>,
    /// Length of the line before each segment, metres.
    before: Vec<f64>,
    length: f64,
    ends: (Wgs84, Wgs84),
    grid: Option<SegmentGrid>,
}

/// Where a position lies against a corridor's line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Offset {
    /// Distance to the nearest segment; of several the first.
    pub distance: Metres,
    /// Length of the line from its start to the nearest point.
    pub along: Metres,
    /// Which segment that is, from 0; repeated points of the line make none.
    pub segment: u32,
}

/// The nearest segment so far.
struct Nearest {
    nearness: Nearness,
    segment: u32,
}

impl Corridor {
    /// Loads a line.
    ///
    /// # Errors
    /// Fewer than two different points; a line wider than a plane holds.
    pub fn new(line: &Line) -> Result<Self, GeoError> {
        let mut points = line.0.clone();
        points.dedup();
        let too_few = GeoError::TooFewPoints { points: points.len() };
        let bounds = Bounds::of_line(line).ok_or(too_few)?;
        fits_a_plane(&bounds)?;
        let plane = Plane::at(bounds.middle());
        let segments: Vec<Segment> = points
            .iter()
            .zip(points.iter().skip(1))
            .map(|(a, b)| Segment::between(plane.to_xy(*a), plane.to_xy(*b)))
            .collect();
        let ends =
            points.first().copied().zip(points.last().copied()).filter(|_| !segments.is_empty()).ok_or(too_few)?;
        let (before, length) = running_length(&segments);
        let grid = (segments.len() >= GRID_FROM).then(|| SegmentGrid::over(&segments));
        Ok(Self { plane, bounds, segments, before, length, ends, grid })
    }

    /// How far off the line a position is, and where along it.
    #[must_use]
    pub fn distance(&self, place: Wgs84) -> Offset {
        let point = self.plane.to_xy(place);
        let mut nearest = Nearest { nearness: Nearness { square: f64::INFINITY, share: 0.0 }, segment: 0 };
        match &self.grid {
            None => (0_u32..)
                .zip(&self.segments)
                .for_each(|(number, segment)| nearest.offer(number, segment.nearness(point))),
            Some(grid) => grid.search(point, |number| {
                if let Some(segment) = self.segments.get(number as usize) {
                    nearest.offer(number, segment.nearness(point));
                }
                nearest.nearness.square
            }),
        }
        self.offset(&nearest)
    }

    /// Length of the line.
    #[must_use]
    pub const fn length(&self) -> Metres {
        Metres(self.length)
    }

    /// Its first and last point.
    #[must_use]
    pub const fn ends(&self) -> (Wgs84, Wgs84) {
        self.ends
    }

    /// Smallest box around the line.
    #[must_use]
    pub const fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// The plane it is measured in.
    pub(super) const fn plane(&self) -> Plane {
        self.plane
    }

    fn offset(&self, nearest: &Nearest) -> Offset {
        let number = nearest.segment as usize;
        let before = self.before.get(number).copied().unwrap_or(0.0);
        let into = self.segments.get(number).map_or(0.0, |segment| segment.length() * nearest.nearness.share);
        Offset {
            distance: Metres(nearest.nearness.square.sqrt()),
            along: Metres(before + into),
            segment: nearest.segment,
        }
    }
}

impl Nearest {
    /// Keeps the nearer one; of equals the earlier, whatever the order of asking.
    fn offer(&mut self, segment: u32, nearness: Nearness) {
        let best = self.nearness.square;
        if nearness.square < best || (nearness.square <= best && segment < self.segment) {
            *self = Self { nearness, segment };
        }
    }
}

fn running_length(segments: &[Segment]) -> (Vec<f64>, f64) {
    let mut before = Vec::with_capacity(segments.len());
    let mut length = 0.0;
    for segment in segments {
        before.push(length);
        length += segment.length();
    }
    (before, length)
}

#[cfg(test)]
#[path = "corridor_tests.rs"]
mod tests;
