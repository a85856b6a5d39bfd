//! Roads and townships: drawn on the map, never judged by. Kept in the store as GeoJSON in WGS-84.

use super::{
    files,
    problem::{Problem, Problems},
    reason::Reason,
    shapes::{self, Datum},
};
use geojson::{FeatureCollection, GeometryValue, Position};
use std::{fs, io, path::Path};

/// Layers of the map, GeoJSON texts in WGS-84; absent where the folder had none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MapLayers {
    /// Roads.
    pub roads: Option<String>,
    /// Township outlines with their names.
    pub townships: Option<String>,
}

impl MapLayers {
    /// Reads what a version before the store kept layers left in `<folder>/map/`.
    ///
    /// # Errors
    /// A file is there but cannot be read.
    pub fn left_in(folder: &Path) -> io::Result<Self> {
        let read = |name: &str| match fs::read_to_string(folder.join("map").join(name)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        };
        Ok(Self { roads: read(files::ROADS)?, townships: read(files::TOWNSHIPS)? })
    }

    /// Those of these layers that `kept` has not.
    #[must_use]
    pub fn beyond(self, kept: &Self) -> Self {
        Self {
            roads: self.roads.filter(|_| kept.roads.is_none()),
            townships: self.townships.filter(|_| kept.townships.is_none()),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.roads.is_none() && self.townships.is_none()
    }
}

/// A layer's text in WGS-84.
pub(super) fn read(file: &'static str, text: &str, problems: &mut Problems) -> Option<String> {
    let (mut collection, datum) = shapes::read_collection(file, text, problems)?;
    if datum == Datum::Wgs84 {
        return Some(text.to_owned());
    }
    if let Err(reason) = convert(&mut collection, datum) {
        problems.error(Problem::of_file(file, reason));
        return None;
    }
    if let Some(members) = &mut collection.foreign_members {
        members.insert("datum".to_owned(), "wgs84".into());
    }
    Some(collection.to_string())
}

fn convert(collection: &mut FeatureCollection, datum: Datum) -> Result<(), Reason> {
    for geometry in collection.features.iter_mut().filter_map(|feature| feature.geometry.as_mut()) {
        convert_value(&mut geometry.value, datum)?;
    }
    Ok(())
}

fn convert_value(value: &mut GeometryValue, datum: Datum) -> Result<(), Reason> {
    let points = |points: &mut Vec<Position>| points.iter_mut().try_for_each(|point| convert_point(point, datum));
    match value {
        GeometryValue::Point { coordinates } => convert_point(coordinates, datum),
        GeometryValue::MultiPoint { coordinates } | GeometryValue::LineString { coordinates } => points(coordinates),
        GeometryValue::MultiLineString { coordinates } | GeometryValue::Polygon { coordinates } => {
            coordinates.iter_mut().try_for_each(points)
        }
        GeometryValue::MultiPolygon { coordinates } => coordinates.iter_mut().flatten().try_for_each(points),
        GeometryValue::GeometryCollection { geometries } => {
            geometries.iter_mut().try_for_each(|geometry| convert_value(&mut geometry.value, datum))
        }
    }
}

fn convert_point(point: &mut Position, datum: Datum) -> Result<(), Reason> {
    let (lon, lat) = match point.as_slice() {
        [lon, lat, ..] => (*lon, *lat),
        _ => (f64::NAN, f64::NAN),
    };
    let bad = || Reason::BadPosition { lon: lon.to_string(), lat: lat.to_string() };
    let place = datum.to_wgs84(lon, lat).ok_or_else(bad)?;
    *point = Position::from([place.lon(), place.lat()]);
    Ok(())
}
