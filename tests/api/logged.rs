//! No plate and no track without a reason, and none that is not logged.

use super::house::House;
use async_trait::async_trait;
use axum::http::StatusCode;
use muckwatch::{
    api::config::ApiConfig,
    store::{
        error::StoreError,
        queries::{LoggedQuery, NewQuery, QueryLog, QueryNumber},
    },
};
use std::sync::Arc;

/// A log whose disk is full.
struct FullLog;

#[async_trait]
impl QueryLog for FullLog {
    async fn append(&self, _query: &NewQuery) -> Result<QueryNumber, StoreError> {
        Err(StoreError::Unavailable { cause: "disk full".to_owned() })
    }

    async fn list(&self, _before: Option<QueryNumber>, _limit: u32) -> Result<Vec<LoggedQuery>, StoreError> {
        Ok(Vec::new())
    }
}

/// The questions that take a reason, without one.
fn questions(house: &House) -> Vec<String> {
    let (vehicle, terminal) = (&house.yellow.subject.id, house.device);
    vec![
        "/api/v1/vehicles?plate=%E8%B1%AB".to_owned() + "A12",
        format!("/api/v1/vehicles/{vehicle}?"),
        format!("/api/v1/vehicles/{vehicle}/track?"),
        format!("/api/v1/terminals/{terminal}/track?"),
        format!("/api/v1/export/track.csv?vehicle={vehicle}"),
        format!("/api/v1/export/track.geojson?terminal={terminal}"),
    ]
}

#[tokio::test]
async fn without_a_reason_there_is_no_answer() {
    // Proves: every plate and track question asks for one, and an invented one is refused.
    let house = House::built().await;
    for question in questions(&house) {
        assert_eq!(house.problem(&question).await, (400, "reason_required".to_owned()), "{question}");
        assert_eq!(house.problem(&format!("{question}&reason=curiosity")).await.0, 400, "{question}");
    }
    assert_eq!(house.json("/api/v1/query-log").await["items"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn every_look_is_in_the_log_with_what_was_shown() {
    // Proves: each answered question is one line, newest first, with actor, reason, subject and what was shown; pages go on.
    let house = House::built().await;
    let questions = questions(&house);
    for question in &questions {
        assert_eq!(house.get(&format!("{question}&reason=case")).await.status, StatusCode::OK, "{question}");
    }
    let log = house.json("/api/v1/query-log?limit=4").await;
    assert_eq!(log["items"].as_array().unwrap().len(), 4);
    let cursor = log["next_cursor"].as_str().unwrap();
    let rest = house.json(&format!("/api/v1/query-log?cursor={cursor}")).await;
    assert_eq!(rest["items"].as_array().unwrap().len(), questions.len() - 4);
    let card = &rest["items"][0];
    assert_eq!((card["actor"].as_str(), card["reason"].as_str()), (Some("local"), Some("case")));
    assert_eq!(card["subject"].as_str().unwrap(), house.yellow.subject.id);
    assert!(card["detail"].as_str().unwrap().starts_with("shown: 豫"), "{card}");
}

#[tokio::test]
async fn what_cannot_be_logged_is_not_answered() {
    // Proves: with a log that takes nothing every such question is 503 `unlogged`, and shows nothing.
    let house = House::with(ApiConfig::default(), |_| Arc::new(FullLog)).await;
    for question in questions(&house) {
        let answer = house.get(&format!("{question}&reason=duty")).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (StatusCode::SERVICE_UNAVAILABLE, "unlogged"),
            "{question}"
        );
        assert!(!answer.text().contains("disk full"), "the private cause stays in the log");
    }
}
