//! An area with the signed distance to its edges. Buffered polygons are never made: "15 m inside" is `signed_distance >= 15`.

use super::{
    GeoError,
    plane::{Bounds, MAX_SPAN_E6, Plane, Xy},
    segment::Segment,
};
use crate::model::{
    place::{Area, Polygon, Wgs84},
    units::Metres,
};
use geo::{
    Centroid, Validation,
    algorithm::validation::{InvalidPolygon, RingRole},
};

/// An area in its own plane, ready to be asked.
#[derive(Clone, Debug)]
pub struct Fence {
    plane: Plane,
    bounds: Bounds,
    polygons: Vec<Edges>,
    centroid: Wgs84,
}

/// All edges of one polygon, holes included, each with its end (the next edge's start, bit for bit).
#[derive(Clone, Debug)]
struct Edges(Vec<(Segment, Xy)>);

impl Fence {
    /// Loads an area.
    ///
    /// # Errors
    /// No polygon, a degenerate ring, rings that cross, an area wider than [`MAX_SPAN_E6`].
    pub fn new(area: &Area) -> Result<Self, GeoError> {
        let bounds = Bounds::of_area(area).ok_or(GeoError::NoPolygon)?;
        fits_a_plane(&bounds)?;
        let plane = Plane::at(bounds.middle());
        let flat = area.0.iter().enumerate().map(|(number, polygon)| flatten(&plane, number, polygon));
        let flat = geo::MultiPolygon(flat.collect::<Result<Vec<_>, _>>()?);
        let centroid = flat.centroid().and_then(|point| plane.to_wgs84(Xy { x: point.x(), y: point.y() }));
        Ok(Self {
            plane,
            bounds,
            polygons: flat.iter().map(Edges::of).collect(),
            centroid: centroid.unwrap_or_else(|| bounds.middle()),
        })
    }

    /// Distance to the nearest edge: positive inside, negative outside. Where polygons of one area overlap, the depth is that in
    /// the one of them in which the point lies deepest.
    #[must_use]
    pub fn signed_distance(&self, place: Wgs84) -> Metres {
        let point = self.plane.to_xy(place);
        Metres(self.polygons.iter().map(|edges| edges.signed_distance(point)).fold(f64::NEG_INFINITY, f64::max))
    }

    /// Centre of mass, to the grid. It may lie outside a bent area.
    #[must_use]
    pub const fn centroid(&self) -> Wgs84 {
        self.centroid
    }

    /// Smallest box around it.
    #[must_use]
    pub const fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// The plane it is measured in.
    pub(super) const fn plane(&self) -> Plane {
        self.plane
    }
}

impl Edges {
    fn of(polygon: &geo::Polygon) -> Self {
        let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
        let edges = rings.flat_map(geo::LineString::lines).map(|edge| {
            let (start, end) = (Xy { x: edge.start.x, y: edge.start.y }, Xy { x: edge.end.x, y: edge.end.y });
            (Segment::between(start, end), end)
        });
        Self(edges.collect())
    }

    fn signed_distance(&self, point: Xy) -> f64 {
        let (mut nearest, mut inside) = (f64::INFINITY, false);
        for (edge, end) in &self.0 {
            nearest = nearest.min(edge.nearness(point).square);
            inside ^= edge.crosses_east_of(point, *end);
        }
        if inside { nearest.sqrt() } else { -nearest.sqrt() }
    }
}

/// A shape whose plane would stretch it too much is refused.
pub(super) fn fits_a_plane(bounds: &Bounds) -> Result<(), GeoError> {
    let limit = MAX_SPAN_E6.unsigned_abs();
    if bounds.span_e6() > limit {
        return Err(GeoError::TooWide { tenths_deg: bounds.span_e6() / 100_000, limit_tenths_deg: limit / 100_000 });
    }
    Ok(())
}

fn flatten(plane: &Plane, polygon: usize, shape: &Polygon) -> Result<geo::Polygon, GeoError> {
    let outer = ring(plane, polygon, 0, &shape.outer)?;
    let holes = shape.holes.iter().enumerate().map(|(hole, corners)| ring(plane, polygon, hole + 1, corners));
    let flat = geo::Polygon::new(outer, holes.collect::<Result<Vec<_>, _>>()?);
    flat.check_validation().map_err(|problem| refused(polygon, &problem))?;
    Ok(flat)
}

fn ring(plane: &Plane, polygon: usize, ring: usize, corners: &[Wgs84]) -> Result<geo::LineString, GeoError> {
    let mut kept = corners.to_vec();
    kept.dedup();
    if kept.len() > 1 && kept.first() == kept.last() {
        kept.pop();
    }
    if kept.len() < 3 {
        return Err(GeoError::TooFewCorners { polygon, ring, corners: kept.len() });
    }
    let flat: Vec<Xy> = kept.iter().map(|corner| plane.to_xy(*corner)).collect();
    if doubled_area(&flat).abs() < 2.0 {
        // Under a square metre: a line drawn there and back.
        return Err(GeoError::NoArea { polygon, ring });
    }
    let mut line: geo::LineString = flat.iter().map(|point| geo::Coord { x: point.x, y: point.y }).collect();
    line.close();
    Ok(line)
}

/// Twice the area by the shoelace formula, m²; positive when drawn anticlockwise.
fn doubled_area(ring: &[Xy]) -> f64 {
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(a, b)| a.x * b.y - b.x * a.y).sum()
}

fn refused(polygon: usize, problem: &InvalidPolygon) -> GeoError {
    let number = |role: &RingRole| match role {
        RingRole::Exterior => 0,
        RingRole::Interior(hole) => hole + 1,
    };
    match problem {
        InvalidPolygon::TooFewPointsInRing(ring) | InvalidPolygon::NonFiniteCoord(ring, _) => {
            GeoError::NoArea { polygon, ring: number(ring) }
        }
        InvalidPolygon::SelfIntersection(ring) => GeoError::RingCrossesItself { polygon, ring: number(ring) },
        InvalidPolygon::InteriorRingNotContainedInExteriorRing(ring) => {
            GeoError::HoleOutside { polygon, ring: number(ring) }
        }
        InvalidPolygon::IntersectingRingsOnALine(ring, other)
        | InvalidPolygon::IntersectingRingsOnAnArea(ring, other) => {
            GeoError::RingsOverlap { polygon, ring: number(ring), other: number(other) }
        }
    }
}

#[cfg(test)]
#[path = "fence_tests.rs"]
mod tests;
