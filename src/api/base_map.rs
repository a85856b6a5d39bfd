//! Roads and townships behind the ledger's own shapes: GeoJSON as it was imported. A layer that is missing is empty; one that cannot
//! be read is empty and said so in the log, because a map without roads is better than none.

use super::shapes::{Feature, FeatureCollection, Geometry, Properties};
use crate::store::import::MapLayers;
use serde::Deserialize;

/// The layers, as they are drawn.
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
    /// Reads the layers' texts, which may be megabytes.
    #[must_use]
    pub fn read(layers: &MapLayers) -> Self {
        Self {
            townships: FeatureCollection::new(layer(layers.townships.as_deref(), "township")),
            roads: FeatureCollection::new(layer(layers.roads.as_deref(), "road")),
        }
    }
}

fn layer(text: Option<&str>, kind: &str) -> Vec<Feature> {
    match text.map(serde_json::from_str::<RawCollection>) {
        Some(Ok(collection)) => {
            let numbered = collection.features.into_iter().enumerate();
            numbered.filter_map(|(number, feature)| known(number, feature, kind)).collect()
        }
        None => Vec::new(),
        Some(Err(error)) => {
            tracing::warn!(kind, %error, "this layer of the base map is left out");
            Vec::new()
        }
    }
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
    fn layers_are_read_and_holes_in_them_are_not_fatal() {
        // Proves: a layer comes with its names, and a missing or broken one is empty.
        let roads = r#"{"type":"FeatureCollection","features":[
            {"type":"Feature","properties":{"name":"江山路","class":"primary"},"geometry":{"type":"LineString","coordinates":[[113.6,34.8],[113.61,34.81]]}},
            {"type":"Feature","properties":null,"geometry":null}]}"#;
        let map = BaseMap::read(&MapLayers { roads: Some(roads.to_owned()), townships: Some("no json".to_owned()) });
        let [road] = map.roads.features.as_slice() else { panic!("one road with a shape") };
        assert_eq!((road.properties.name.as_str(), road.properties.kind.as_str()), ("江山路", "primary"));
        assert_eq!(map.townships.features, []);
        assert_eq!(BaseMap::read(&MapLayers::default()).roads.features, []);
    }
}
