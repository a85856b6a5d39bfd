//! Sizes, rates, methods.

use super::house::{HOST, House};
use axum::http::{Method, StatusCode};
use muckwatch::api::config::ApiConfig;
use std::sync::Arc;

#[tokio::test]
async fn what_is_too_large_or_of_another_method_is_told_so() {
    // Proves: bodies and addresses over the limit, other methods and missing paths are problems with their own codes.
    let house = House::built().await;
    let large = house.ask(Method::GET, "/api/v1/clock", &[("host", HOST), ("content-length", "1000000")]).await;
    assert_eq!((large.status, large.problem().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "too_large"));
    let long = house.get(&format!("/api/v1/vehicles?plate={}", "x".repeat(9_000))).await;
    assert_eq!(long.problem(), "too_large");
    let post = house.ask(Method::POST, "/api/v1/clock", &[("host", HOST)]).await;
    assert_eq!((post.status, post.problem().as_str()), (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"));
    assert_eq!(house.problem("/api/v1/nothing").await, (404, "not_found".to_owned()));
}

#[tokio::test]
async fn more_requests_a_second_than_allowed_are_refused() {
    // Proves: the burst passes, the next request gets 429.
    let config = ApiConfig { requests_per_s_max: 1, ..ApiConfig::default() };
    let house = House::with(config, |store| Arc::new(store)).await;
    assert_eq!(house.get("/api/v1/clock").await.status, StatusCode::OK);
    assert_eq!(house.get("/api/v1/clock").await.status, StatusCode::OK);
    let refused = house.get("/api/v1/clock").await;
    assert_eq!((refused.status, refused.problem().as_str()), (StatusCode::TOO_MANY_REQUESTS, "too_many"));
}
