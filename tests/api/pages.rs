//! The pages in the binary, or the page that says there are none.

use super::house::{HOST, House};
use axum::http::{Method, StatusCode};
use std::path::Path;

#[tokio::test]
async fn each_page_is_there_or_says_how_to_build_it() {
    // Proves: `/`, `/query` and `/replay` answer with a page in both cases, and with 503 only where no pages were built.
    let house = House::built().await;
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("web/dist/index.html").exists();
    for path in ["/", "/query", "/replay"] {
        let answer = house.get(path).await;
        let expected = if built { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        assert_eq!(answer.status, expected, "{path}");
        assert!(answer.headers["content-type"].to_str().unwrap().starts_with("text/html"), "{path}");
        assert_eq!(answer.text().contains("make web"), !built, "{path}");
    }
    assert_eq!(house.problem("/assets/nothing.js").await, (404, "not_found".to_owned()));
    assert_eq!(house.problem("/assets/..%2f..%2fCargo.toml").await.0, 404);
}

#[tokio::test]
async fn assets_are_kept_and_asked_for_by_tag() {
    // Proves: an asset is immutable with a tag, and asking with that tag sends no body.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("web/dist/assets");
    let Some(Ok(asset)) = std::fs::read_dir(folder).ok().and_then(|mut files| files.next()) else {
        println!("skipped: web/dist is not built (make web)");
        return;
    };
    let house = House::built().await;
    let path = format!("/assets/{}", asset.file_name().to_string_lossy());
    let first = house.get(&path).await;
    assert_eq!(first.status, StatusCode::OK);
    assert!(first.headers["cache-control"].to_str().unwrap().contains("immutable"));
    let tag = first.headers["etag"].to_str().unwrap();
    let again = house.ask(Method::GET, &path, &[("host", HOST), ("if-none-match", tag)]).await;
    assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
    let packed = house.ask(Method::GET, &path, &[("host", HOST), ("accept-encoding", "gzip")]).await;
    assert_eq!(packed.headers["content-encoding"], "gzip");
}
