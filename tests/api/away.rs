//! What an api says while parts of the house around it are away.

use super::house::House;
use async_trait::async_trait;
use muckwatch::{
    bus::around::Around,
    model::time::Span,
    store::{
        error::StoreError,
        faulty::{Fault, Faulty},
        import::MapLayers,
        map::MapStore,
        reports::{Heard, Report},
    },
};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

#[tokio::test]
async fn trucks_are_unknown_while_nobody_judges_not_lost() {
    // Proves: an hour after judging stopped the trucks are counted as they stood then, and the answers say since when nothing is known.
    let around = Arc::new(Around::default());
    let house = House::built().await.altered(|parts| parts.around = Some(Arc::clone(&around)));
    around.bus_answers(true);
    around.heard(Vec::new());
    let before = house.json("/api/v1/summary").await;
    assert!(before["terminals_unknown_since_ms"].is_null() && before["terminals"]["online"] != 0, "{before}");
    let stopped = house.clock.now();
    house.clock.advance_to(stopped + Span::from_secs(3_600));
    let after = house.json("/api/v1/summary").await;
    assert_eq!(after["terminals_unknown_since_ms"], stopped.as_millis());
    assert_eq!(
        (&after["terminals"]["lost"], &after["terminals"]),
        (&before["terminals"]["lost"], &before["terminals"])
    );
    let health = house.json("/api/v1/health").await;
    assert_eq!(health["trucks_unknown_since_ms"], stopped.as_millis());
}

#[tokio::test]
async fn a_process_is_silent_only_by_what_the_store_says() {
    // Proves: while the store answers, an old report is silence, and nothing is called unknown.
    let around = Arc::new(Around::default());
    let house = House::built().await.altered(|parts| parts.around = Some(Arc::clone(&around)));
    let report = Report { role: "gateway".to_owned(), name: "1".to_owned(), ..Report::default() };
    around.heard(vec![Heard { report, age_ms: 90_000 }]);
    let health = house.json("/api/v1/health").await;
    assert!(
        health["processes_unknown_since_ms"].is_null() && health["processes"][0]["is_unknown"] == false,
        "{health}"
    );
}

#[tokio::test]
async fn an_invented_district_stays_one_while_the_store_is_away() {
    // Proves: what the district is was asked once and is answered while the store does not, so that the banner stays; an api that
    // never knew it says that it cannot tell.
    let gone = || [Fault::None, Fault::None].into_iter().chain(std::iter::repeat_n(Fault::BeforePersisting, 100));
    let behind = |plan: Vec<Fault>| {
        move |house: House| {
            let store = house.store.clone();
            house.altered(|parts| parts.ledgers = Arc::new(Faulty::new(store, plan)))
        }
    };
    let house = behind(gone().collect())(House::built().await);
    assert_eq!(house.json("/api/v1/district").await["synthetic"], true);
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert!(house.api.shelf.newest().await.is_err(), "the store is asked anew");
    assert_eq!(house.json("/api/v1/district").await["synthetic"], true);
    let house = behind(gone().skip(2).collect())(House::built().await);
    assert_eq!(house.problem("/api/v1/district").await.0, 503);
}

/// Layers that are there until they are away.
#[derive(Default)]
struct Layers(AtomicBool);

#[async_trait]
impl MapStore for Layers {
    async fn put_layers(&self, _: &MapLayers) -> Result<(), StoreError> {
        Ok(())
    }

    async fn layers(&self) -> Result<MapLayers, StoreError> {
        if self.0.load(Ordering::Relaxed) {
            return Err(StoreError::Unavailable { cause: "away".to_owned() });
        }
        let one = r#"{"type":"FeatureCollection","features":[]}"#.to_owned();
        Ok(MapLayers { roads: Some(one), townships: None })
    }
}

#[tokio::test]
async fn trucks_have_a_map_while_the_store_is_away() {
    // Proves: a page that is opened during an outage gets the map as it was read last, and 503 from an api that never read it.
    let gone = [Fault::None, Fault::None].into_iter().chain(std::iter::repeat_n(Fault::BeforePersisting, 100));
    let layers = Arc::new(Layers::default());
    let house = House::built().await;
    let store = house.store.clone();
    let map = Arc::clone(&layers);
    let house = house.altered(|parts| {
        parts.ledgers = Arc::new(Faulty::new(store, gone));
        parts.map = map;
    });
    let before = house.json("/api/v1/map").await;
    layers.0.store(true, Ordering::Relaxed);
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert!(house.api.shelf.newest().await.is_err(), "the store is asked anew");
    assert_eq!(house.json("/api/v1/map").await, before);
    let never = House::built().await.altered(|parts| parts.map = layers);
    assert_eq!(never.problem("/api/v1/map").await.0, 503);
}
