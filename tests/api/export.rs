//! Tracks to take away.

use super::house::House;
use axum::http::StatusCode;

#[tokio::test]
async fn csv_has_the_datum_and_both_times() {
    // Proves: one line a fix under a named head, with WGS-84 and device and receive time in each; the file says whose it is.
    let house = House::built().await;
    let path = format!("/api/v1/export/track.csv?vehicle={}&reason=case", house.yellow.subject.id);
    let answer = house.get(&path).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.headers["content-disposition"].to_str().unwrap().contains(&format!("track_{}_", house.device)));
    let text = answer.text();
    let mut rows = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let head = rows.headers().unwrap().clone();
    let column = |name: &str| head.iter().position(|column| column == name).unwrap();
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    let track = house.json(&format!("/api/v1/vehicles/{}/track?reason=case", house.yellow.subject.id)).await;
    assert_eq!(rows.len(), track["items"].as_array().unwrap().len());
    for row in &rows {
        assert_eq!(&row[column("datum")], "WGS-84");
        assert!(row[column("device_time")].ends_with("+08:00") && row[column("receive_time")].ends_with("+08:00"));
    }
    assert!(rows[0][column("plate")].starts_with('豫'));
}

#[tokio::test]
async fn geojson_is_one_collection() {
    // Proves: the streamed pieces are one JSON document with the datum and a point a fix.
    let house = House::built().await;
    let json = house.json(&format!("/api/v1/export/track.geojson?terminal={}&reason=case", house.device)).await;
    assert_eq!((&json["type"], &json["track"]["datum"]), (&"FeatureCollection".into(), &"WGS-84".into()));
    let features = json["features"].as_array().unwrap();
    assert_eq!(features.len(), usize::try_from(json["track"]["fixes"].as_u64().unwrap()).unwrap());
    assert!(features.iter().all(|feature| feature["properties"]["receive_time"].is_string()));
    let empty =
        house.json(&format!("/api/v1/export/track.geojson?terminal={}&reason=case&from=1&to=2", house.device)).await;
    assert_eq!(empty["features"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn an_export_of_nobody_or_of_a_year_is_refused() {
    // Proves: neither and both of vehicle and terminal, an unknown vehicle and a span over the limit are problems.
    let house = House::built().await;
    let both = format!("/api/v1/export/track.csv?reason=case&vehicle=x&terminal={}", house.device);
    assert_eq!(house.problem("/api/v1/export/track.csv?reason=case").await, (400, "bad_parameter".to_owned()));
    assert_eq!(house.problem(&both).await, (400, "bad_parameter".to_owned()));
    assert_eq!(house.problem("/api/v1/export/track.csv?reason=case&vehicle=x").await, (404, "not_found".to_owned()));
    let year = format!("/api/v1/export/track.csv?reason=case&terminal={}&from=0&to=31536000000", house.device);
    assert_eq!(house.problem(&year).await, (413, "too_large".to_owned()));
}
