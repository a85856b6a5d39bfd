//! GeoJSON (RFC 7946) as the map reads it: WGS-84, longitude first.

use super::openapi;
use crate::model::place::{Area, Line, Polygon, Wgs84};
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema, Type},
};

/// Longitude and latitude in degrees, WGS-84.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LonLat(
    /// Longitude.
    pub f64,
    /// Latitude.
    pub f64,
);

impl PartialSchema for LonLat {
    fn schema() -> RefOr<Schema> {
        let degrees = || openapi::place(Type::Number);
        openapi::tuple("Longitude and latitude in degrees, WGS-84", vec![degrees(), degrees()])
    }
}

impl ToSchema for LonLat {}

/// A feature collection.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct FeatureCollection {
    /// Always `FeatureCollection`.
    #[serde(rename = "type")]
    pub kind: CollectionTag,
    /// The features, in ledger order.
    pub features: Vec<Feature>,
}

/// The one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub enum CollectionTag {
    /// RFC 7946 3.3
    FeatureCollection,
}

/// A shape with its properties.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Feature {
    /// Always `Feature`.
    #[serde(rename = "type")]
    pub kind: FeatureTag,
    /// Its shape.
    pub geometry: Geometry,
    /// What it is.
    pub properties: Properties,
}

/// The one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub enum FeatureTag {
    /// RFC 7946 3.2
    Feature,
}

/// A shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type")]
pub enum Geometry {
    /// One place.
    Point {
        /// Longitude, latitude.
        coordinates: LonLat,
    },
    /// A way.
    LineString {
        /// Its corners.
        coordinates: Vec<LonLat>,
    },
    /// Ways that count as one.
    MultiLineString {
        /// Their corners.
        coordinates: Vec<Vec<LonLat>>,
    },
    /// An area.
    Polygon {
        /// Rings, the outer first, each closed.
        coordinates: Vec<Vec<LonLat>>,
    },
    /// Areas that count as one.
    MultiPolygon {
        /// Rings of each, the outer first, each closed.
        coordinates: Vec<Vec<Vec<LonLat>>>,
    },
}

/// What a map object is; `null` where it has none of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Properties {
    /// Ledger code.
    pub id: String,
    /// Name as registered or published.
    pub name: String,
    /// Name in English, where one is known.
    pub name_en: Option<String>,
    /// `district`, `township`, a road class, or the kind of site, place or zone.
    pub kind: String,
    /// Township or street office responsible.
    pub township: Option<String>,
    /// Hours in Chinese.
    pub hours_zh: Option<String>,
    /// Hours in English.
    pub hours_en: Option<String>,
    /// Notice that published a zone.
    pub notice: Option<String>,
}

impl FeatureCollection {
    /// A collection.
    #[must_use]
    pub const fn new(features: Vec<Feature>) -> Self {
        Self { kind: CollectionTag::FeatureCollection, features }
    }
}

impl Feature {
    /// A feature.
    #[must_use]
    pub const fn new(geometry: Geometry, properties: Properties) -> Self {
        Self { kind: FeatureTag::Feature, geometry, properties }
    }
}

impl From<&Area> for Geometry {
    fn from(area: &Area) -> Self {
        Self::MultiPolygon { coordinates: area.0.iter().map(rings).collect() }
    }
}

impl From<&Line> for Geometry {
    fn from(line: &Line) -> Self {
        Self::LineString { coordinates: line.0.iter().copied().map(lon_lat).collect() }
    }
}

/// A line as GeoJSON; `None` when none was given.
#[must_use]
pub fn line(line: &Line) -> Option<Geometry> {
    (line.0.len() >= 2).then(|| line.into())
}

/// Degrees, longitude first.
#[must_use]
pub fn lon_lat(place: Wgs84) -> LonLat {
    LonLat(place.lon(), place.lat())
}

/// West, south, east, north of an area in degrees; `None` when it is empty.
#[must_use]
pub fn bbox(area: &Area) -> Option<[f64; 4]> {
    let mut corners = area.0.iter().flat_map(|polygon| &polygon.outer);
    let first = *corners.next()?;
    let (mut low, mut high) = (first, first);
    for corner in corners {
        low = Wgs84 { lat_e6: low.lat_e6.min(corner.lat_e6), lon_e6: low.lon_e6.min(corner.lon_e6) };
        high = Wgs84 { lat_e6: high.lat_e6.max(corner.lat_e6), lon_e6: high.lon_e6.max(corner.lon_e6) };
    }
    Some([low.lon(), low.lat(), high.lon(), high.lat()])
}

fn rings(polygon: &Polygon) -> Vec<Vec<LonLat>> {
    std::iter::once(&polygon.outer).chain(&polygon.holes).map(|ring| closed(ring)).collect()
}

/// A ring that repeats its first corner, as RFC 7946 3.1.6 wants it.
fn closed(ring: &[Wgs84]) -> Vec<LonLat> {
    let mut corners: Vec<LonLat> = ring.iter().copied().map(lon_lat).collect();
    if let (Some(first), Some(last)) = (ring.first(), ring.last())
        && first != last
    {
        corners.push(lon_lat(*first));
    }
    corners
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rings_are_closed_and_boxes_enclose() {
        // Proves: a ring stored open comes out closed, and the box is west, south, east, north.
        let corner = |lat_e6, lon_e6| Wgs84 { lat_e6, lon_e6 };
        let outer =
            vec![corner(34_000_000, 113_000_000), corner(35_000_000, 113_500_000), corner(34_500_000, 114_000_000)];
        let area = Area(vec![Polygon { outer, holes: Vec::new() }]);
        let Geometry::MultiPolygon { coordinates } = Geometry::from(&area) else { panic!("an area is a MultiPolygon") };
        assert_eq!(coordinates[0][0].len(), 4);
        assert_eq!(coordinates[0][0][0], coordinates[0][0][3]);
        assert_eq!(bbox(&area), Some([113.0, 34.0, 114.0, 35.0]));
        assert_eq!(bbox(&Area::default()), None);
    }
}
