//! Where things are: datums, local planes, fences, corridors and the index over them. Distances in metres, only + − × ÷ √:
//! even sine and cosine come from a series of our own (`series`), so that every machine gets the same bits.
//!
//! A verdict rests on the exact distance to edges or segments. H3 cells (`cells`, `index`) only say which objects are worth
//! that test; the one platform-dependent step, finding the cell of a point, can move a point across a cell's edge by
//! nanometres, and cells are classed with metres to spare.

pub mod corridor;
pub mod datum;
pub mod fence;
pub mod index;
pub mod plane;

mod cells;
mod grid;
mod segment;
mod series;

#[cfg(test)]
mod samples;

/// A shape that cannot be judged against. Polygons and rings are counted from 0; ring 0 is the outer one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GeoError {
    /// An area without a polygon.
    #[error("the area has no polygon")]
    NoPolygon,
    /// Fewer than three different corners.
    #[error("polygon {polygon}, ring {ring}: {corners} different corners, at least 3 are needed")]
    TooFewCorners {
        /// Which polygon.
        polygon: usize,
        /// Which ring of it.
        ring: usize,
        /// How many different corners it has.
        corners: usize,
    },
    /// A ring that crosses or touches itself.
    #[error("polygon {polygon}, ring {ring}: the ring crosses or touches itself")]
    RingCrossesItself {
        /// Which polygon.
        polygon: usize,
        /// Which ring of it.
        ring: usize,
    },
    /// All corners on one line.
    #[error("polygon {polygon}, ring {ring}: the ring encloses no area")]
    NoArea {
        /// Which polygon.
        polygon: usize,
        /// Which ring of it.
        ring: usize,
    },
    /// A hole that is not inside its outer ring.
    #[error("polygon {polygon}, ring {ring}: the hole does not lie inside the outer ring")]
    HoleOutside {
        /// Which polygon.
        polygon: usize,
        /// Which hole; the first is ring 1.
        ring: usize,
    },
    /// Two rings that share more than single points.
    #[error("polygon {polygon}: rings {ring} and {other} overlap")]
    RingsOverlap {
        /// Which polygon.
        polygon: usize,
        /// One ring.
        ring: usize,
        /// The other ring.
        other: usize,
    },
    /// A line with fewer than two different points.
    #[error("the line has {points} different points, at least 2 are needed")]
    TooFewPoints {
        /// How many it has.
        points: usize,
    },
    /// Wider than a local plane can be trusted.
    #[error("the shape spans {tenths_deg} tenths of a degree; a local plane holds up to {limit_tenths_deg}")]
    TooWide {
        /// The larger of its two extents.
        tenths_deg: u32,
        /// `plane::MAX_SPAN_E6` in the same unit.
        limit_tenths_deg: u32,
    },
}
