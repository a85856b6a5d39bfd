//! GeoJSON (RFC 7946) into rows and shapes. A collection may say in which datum it was drawn; everything becomes WGS-84 here.

use super::{
    problem::{Place, Problem, Problems},
    reason::Reason,
    table::{FileSpec, Row},
};
use crate::{
    geo::{
        corridor::Corridor,
        datum::{Bd09, Gcj02, bd09_to_wgs84, gcj02_to_wgs84},
        fence::Fence,
    },
    model::place::{Area, Line, Polygon, Wgs84},
};
use geojson::{FeatureCollection, GeoJson, GeometryValue, JsonValue, Position};
use std::collections::BTreeMap;

/// One feature: its properties as a row, its shape still as it was written.
#[derive(Debug)]
pub(super) struct Feature {
    /// Properties.
    pub(super) row: Row,
    shape: Option<GeometryValue>,
    datum: Datum,
}

/// The datum a collection was drawn in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Datum {
    /// GPS
    Wgs84,
    /// Gaode, Tencent
    Gcj02,
    /// Baidu
    Bd09,
}

impl Datum {
    /// A position of this datum, longitude first, on our grid.
    pub(super) fn to_wgs84(self, lon: f64, lat: f64) -> Option<Wgs84> {
        Wgs84::from_degrees(lat, lon)?;
        match self {
            Self::Wgs84 => Wgs84::from_degrees(lat, lon),
            Self::Gcj02 => gcj02_to_wgs84(Gcj02 { lat, lon }),
            Self::Bd09 => bd09_to_wgs84(Bd09 { lat, lon }),
        }
    }
}

/// The collection of a file and the datum it names.
pub(super) fn read_collection(
    file: &'static str,
    text: &str,
    problems: &mut Problems,
) -> Option<(FeatureCollection, Datum)> {
    let collection = match text.parse::<GeoJson>() {
        Ok(GeoJson::FeatureCollection(collection)) => collection,
        Ok(_) => {
            problems.error(Problem::of_file(file, Reason::NotACollection));
            return None;
        }
        Err(error) => {
            problems.error(Problem::of_file(file, Reason::BadGeoJson { cause: error.to_string() }));
            return None;
        }
    };
    let named = collection.foreign_members.as_ref().and_then(|members| members.get("datum"));
    let datum = match named.map(cell_text).as_deref().map(str::to_lowercase).as_deref() {
        None | Some("" | "wgs84" | "wgs-84") => Datum::Wgs84,
        Some("gcj02" | "gcj-02") => Datum::Gcj02,
        Some("bd09" | "bd-09") => Datum::Bd09,
        Some(other) => {
            let (column, value) = ("datum".to_owned(), other.to_owned());
            problems.error(Problem { file, place: Place::File, column, value, reason: Reason::UnknownDatum });
            return None;
        }
    };
    Some((collection, datum))
}

/// The features of a file.
pub(super) fn read_features(spec: &'static FileSpec, text: &str, problems: &mut Problems) -> Vec<Feature> {
    let Some((collection, datum)) = read_collection(spec.file, text, problems) else { return Vec::new() };
    let mut ignored = BTreeMap::new();
    let mut features = Vec::with_capacity(collection.features.len());
    for (number, feature) in (1..).zip(collection.features) {
        let place = Place::Feature(number);
        let mut cells = BTreeMap::new();
        for (name, value) in feature.properties.into_iter().flatten() {
            match spec.column(&name) {
                Some(column) => {
                    cells.insert(column.name, cell_text(&value));
                }
                None => {
                    ignored.entry(name).or_insert(place);
                }
            }
        }
        let row = Row::new(spec.file, place, cells);
        features.push(Feature { row, shape: feature.geometry.map(|geometry| geometry.value), datum });
    }
    for (column, place) in ignored {
        let reason = Reason::ColumnIgnored;
        problems.warn(Problem { file: spec.file, place, column, value: String::new(), reason });
    }
    features
}

/// A property as the text of a cell; lists become `a;b`.
fn cell_text(value: &JsonValue) -> String {
    match value {
        JsonValue::String(text) => text.trim().to_owned(),
        JsonValue::Array(items) => items.iter().map(cell_text).collect::<Vec<_>>().join(";"),
        JsonValue::Null => String::new(),
        other => other.to_string(),
    }
}

impl Feature {
    /// Its shape as an area that can be judged against.
    pub(super) fn area(&self, problems: &mut Problems) -> Option<Area> {
        let polygons = match &self.shape {
            Some(GeometryValue::Polygon { coordinates }) => vec![self.polygon(coordinates)],
            Some(GeometryValue::MultiPolygon { coordinates }) => {
                coordinates.iter().map(|polygon| self.polygon(polygon)).collect()
            }
            _ => return self.refuse(Reason::WrongShape { expected: "Polygon / MultiPolygon" }, problems),
        };
        match polygons.into_iter().collect::<Result<Vec<_>, _>>() {
            Ok(polygons) => {
                let area = Area(polygons);
                match Fence::new(&area) {
                    Ok(_) => Some(area),
                    Err(cause) => self.refuse(Reason::Degenerate { cause }, problems),
                }
            }
            Err(reason) => self.refuse(reason, problems),
        }
    }

    /// Its shape as a line that can be judged against.
    pub(super) fn line(&self, problems: &mut Problems) -> Option<Line> {
        let Some(GeometryValue::LineString { coordinates }) = &self.shape else {
            return self.refuse(Reason::WrongShape { expected: "LineString" }, problems);
        };
        let line = match self.points(coordinates) {
            Ok(points) => Line(points),
            Err(reason) => return self.refuse(reason, problems),
        };
        match Corridor::new(&line) {
            Ok(_) => Some(line),
            Err(cause) => self.refuse(Reason::Degenerate { cause }, problems),
        }
    }

    fn refuse<T>(&self, reason: Reason, problems: &mut Problems) -> Option<T> {
        problems.error(self.row.problem("geometry", reason));
        None
    }

    fn polygon(&self, rings: &[Vec<Position>]) -> Result<Polygon, Reason> {
        let mut rings = rings.iter().map(|ring| self.ring(ring));
        let outer = rings.next().transpose()?.unwrap_or_default();
        Ok(Polygon { outer, holes: rings.collect::<Result<Vec<_>, _>>()? })
    }

    /// GeoJSON closes its rings, the house does not.
    fn ring(&self, ring: &[Position]) -> Result<Vec<Wgs84>, Reason> {
        let mut corners = self.points(ring)?;
        if corners.len() > 1 && corners.first() == corners.last() {
            corners.pop();
        }
        Ok(corners)
    }

    fn points(&self, positions: &[Position]) -> Result<Vec<Wgs84>, Reason> {
        positions.iter().map(|position| self.point(position.as_slice())).collect()
    }

    fn point(&self, position: &[f64]) -> Result<Wgs84, Reason> {
        let (lon, lat) = match position {
            [lon, lat, ..] => (*lon, *lat),
            _ => (f64::NAN, f64::NAN),
        };
        self.datum.to_wgs84(lon, lat).ok_or_else(|| Reason::BadPosition { lon: lon.to_string(), lat: lat.to_string() })
    }
}
