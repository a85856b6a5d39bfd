//! The map layers that no ledger row carries: townships and roads, as GeoJSON.

use super::{
    district::Demo,
    ground::{Path, Point},
};
use serde_json::{Value, json};

/// Townships with their names, as a feature collection of polygons.
#[must_use]
pub fn townships(demo: &Demo) -> Value {
    let feature = |township: &super::outline::Township| {
        let mut ring: Vec<Value> = township.ring.0.iter().map(position).collect();
        ring.extend(township.ring.0.first().map(position));
        json!({
            "type": "Feature",
            "properties": { "name": township.name, "kind": "township", "synthetic": true },
            "geometry": { "type": "Polygon", "coordinates": [ring] },
        })
    };
    collection(&demo.townships.iter().map(feature).collect::<Vec<_>>())
}

/// Roads with their names, service roads beside them, as a feature collection of lines.
#[must_use]
pub fn roads(demo: &Demo) -> Value {
    let mut features = Vec::new();
    for (index, road) in demo.town.network.roads.iter().enumerate() {
        features.push(line(&format!("r{}", index + 1), road.name, "main", &road.path));
        if let Some(service) = &road.service {
            features.push(line(&format!("r{}s", index + 1), &format!("{}辅道", road.name), "service", service));
        }
    }
    collection(&features)
}

fn line(id: &str, name: &str, kind: &str, path: &Path) -> Value {
    let points: Vec<Value> = path.0.iter().map(position).collect();
    json!({
        "type": "Feature",
        "properties": { "id": id, "name": name, "kind": kind, "synthetic": true },
        "geometry": { "type": "LineString", "coordinates": points },
    })
}

fn position(point: &Point) -> Value {
    let place = point.wgs84();
    json!([place.lon(), place.lat()])
}

fn collection(features: &[Value]) -> Value {
    json!({ "type": "FeatureCollection", "features": features })
}
