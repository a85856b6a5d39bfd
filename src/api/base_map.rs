//! Roads and townships behind the ledger's own shapes: GeoJSON the operator put into a folder. A layer that is missing is empty; one
//! that cannot be read is empty and said so in the log, because a map without roads is better than none.

use super::shapes::{Feature, FeatureCollection, Geometry, Properties};
use serde::Deserialize;
use std::{fs, io, path::Path};

/// Largest file of a layer that is read: a district's roads are some 2 MB.
const LAYER_BYTES_MAX: u64 = 64 << 20;

/// The layers of a folder.
#[derive(Clone, Debug, PartialEq)]
pub struct BaseMap {
    /// Townships and street offices.
    pub townships: FeatureCollection,
    /// Roads.
    pub roads: FeatureCollection,
}

#[derive(Deserialize)]
struct RawCollection {
    features: Vec<RawFeature>,
}

#[derive(Deserialize)]
struct RawFeature {
    geometry: Option<Geometry>,
    #[serde(default)]
    properties: Option<RawProperties>,
}

/// Property names as offices and open data write them.
#[derive(Default, Deserialize)]
#[serde(default)]
struct RawProperties {
    id: Option<String>,
    #[serde(alias = "name_zh")]
    name: Option<String>,
    name_en: Option<String>,
    #[serde(alias = "class", alias = "highway")]
    kind: Option<String>,
}

impl BaseMap {
    /// Reads a folder. Blocks on the disk.
    #[must_use]
    pub fn read(folder: Option<&Path>) -> Self {
        let layer = |file: &str, kind: &str| folder.map_or_else(Vec::new, |folder| layer(&folder.join(file), kind));
        Self {
            townships: FeatureCollection::new(layer("townships.geojson", "township")),
            roads: FeatureCollection::new(layer("roads.geojson", "road")),
        }
    }
}

fn layer(path: &Path, kind: &str) -> Vec<Feature> {
    match read(path) {
        Ok(collection) => {
            let numbered = collection.features.into_iter().enumerate();
            numbered.filter_map(|(number, feature)| known(number, feature, kind)).collect()
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => {
            tracing::warn!(layer = %path.display(), %error, "this layer of the base map is left out");
            Vec::new()
        }
    }
}

fn read(path: &Path) -> io::Result<RawCollection> {
    let size = fs::metadata(path)?.len();
    if size > LAYER_BYTES_MAX {
        return Err(io::Error::other(format!("{size} bytes are over the limit of {LAYER_BYTES_MAX}")));
    }
    serde_json::from_slice(&fs::read(path)?).map_err(io::Error::other)
}

fn known(number: usize, feature: RawFeature, kind: &str) -> Option<Feature> {
    let raw = feature.properties.unwrap_or_default();
    let properties = Properties {
        id: raw.id.unwrap_or_else(|| number.to_string()),
        name: raw.name.unwrap_or_default(),
        name_en: raw.name_en,
        kind: raw.kind.unwrap_or_else(|| kind.to_owned()),
        ..Properties::default()
    };
    Some(Feature::new(feature.geometry?, properties))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_layers_is_read_and_holes_in_it_are_not_fatal() {
        // Proves: a layer comes with its names, a missing or broken one is empty, and no folder is no layer.
        let folder = tempfile::tempdir().expect("a temporary folder");
        let roads = r#"{"type":"FeatureCollection","features":[
            {"type":"Feature","properties":{"name":"江山路","class":"primary"},"geometry":{"type":"LineString","coordinates":[[113.6,34.8],[113.61,34.81]]}},
            {"type":"Feature","properties":null,"geometry":null}]}"#;
        fs::write(folder.path().join("roads.geojson"), roads).expect("written");
        fs::write(folder.path().join("townships.geojson"), "no json").expect("written");
        let map = BaseMap::read(Some(folder.path()));
        let [road] = map.roads.features.as_slice() else { panic!("one road with a shape") };
        assert_eq!((road.properties.name.as_str(), road.properties.kind.as_str()), ("江山路", "primary"));
        assert_eq!(map.townships.features, []);
        assert_eq!(BaseMap::read(None).roads.features, []);
    }
}
