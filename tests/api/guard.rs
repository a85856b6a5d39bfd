//! Who may ask.

use super::house::{HOST, House};
use axum::http::{Method, StatusCode};

/// Headers every answer must have.
const SECURITY: [&str; 6] = [
    "content-security-policy",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
];

#[tokio::test]
async fn a_foreign_host_is_refused() {
    // Proves: a name that was made to resolve to us (DNS rebinding) gets nothing, not even the pages.
    let house = House::built().await;
    for path in ["/api/v1/clock", "/", "/api/v1/live", "/assets/x.js"] {
        let answer = house.ask(Method::GET, path, &[("host", "evil.example:8080")]).await;
        assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::FORBIDDEN, "foreign_host"), "{path}");
    }
    assert_eq!(house.ask(Method::GET, "/api/v1/clock", &[]).await.problem(), "foreign_host");
}

#[tokio::test]
async fn a_foreign_page_is_refused_and_ours_is_not() {
    // Proves: another origin, another port of this machine and an opaque origin get 403; our own origin and none at all pass.
    let house = House::built().await;
    for origin in ["http://evil.example", "http://localhost:9999", "null"] {
        let answer = house.ask(Method::GET, "/api/v1/clock", &[("host", HOST), ("origin", origin)]).await;
        assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::FORBIDDEN, "foreign_origin"), "{origin}");
    }
    let ours = [("host", HOST), ("origin", "http://localhost:8080")];
    assert_eq!(house.ask(Method::GET, "/api/v1/clock", &ours).await.status, StatusCode::OK);
    assert_eq!(house.get("/api/v1/clock").await.status, StatusCode::OK);
    let image = [("host", HOST), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")];
    assert_eq!(house.ask(Method::GET, "/api/v1/clock", &image).await.problem(), "foreign_origin");
}

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    // Proves: success, problem, refusal, page and missing path carry them, and none lets another origin in.
    let house = House::built().await;
    let answers = [
        house.get("/api/v1/clock").await,
        house.get("/api/v1/violations/nonsense").await,
        house.get("/nothing/here").await,
        house.get("/").await,
        house.ask(Method::POST, "/api/v1/clock", &[("host", HOST)]).await,
        house.ask(Method::GET, "/", &[("host", "evil.example")]).await,
    ];
    for answer in answers {
        for name in SECURITY {
            assert!(answer.headers.contains_key(name), "{} lacks {name}", answer.status);
        }
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self';") && policy.contains("frame-ancestors 'none'")
        );
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
    }
}
