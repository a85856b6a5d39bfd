//! The pages in the binary. `web/dist` is what the Makefile built; without it the one page there is says so. In a debug build the
//! files are read from the folder at each request, so the pages can be rebuilt under a running server.

use super::{problem::Problem, state::ApiState};
use crate::model::hex::hex;
use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use rust_embed::{Embed, EmbeddedFile};

#[derive(Embed)]
#[folder = "$CARGO_MANIFEST_DIR/web/dist"]
#[allow_missing = true]
struct Dist;

/// What is shown at every page when no pages were built in.
const NOT_BUILT: &str = "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>渣土哨兵</title>\
<main><h1>页面尚未编译</h1><p>本程序编译时没有页面文件。请运行 <code>make web</code> 后重新编译。接口照常可用：\
<a href=\"/api/v1/health\">/api/v1/health</a></p>\
<p lang=\"en\">This binary was built without its pages: run <code>make web</code> and build again. The API works.</p></main></html>";

/// File name ending → media type.
const MEDIA_TYPES: [(&str, &str); 13] = [
    ("css", "text/css; charset=utf-8"),
    ("html", "text/html; charset=utf-8"),
    ("ico", "image/x-icon"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("map", "application/json"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("txt", "text/plain; charset=utf-8"),
    ("wasm", "application/wasm"),
    ("webmanifest", "application/manifest+json"),
    ("woff2", "font/woff2"),
];

/// Pages and assets.
pub(crate) fn routes() -> Router<ApiState> {
    Router::new()
        .route("/", get(async |headers: HeaderMap| page("index", &headers)))
        .route("/query", get(async |headers: HeaderMap| page("query", &headers)))
        .route("/replay", get(async |headers: HeaderMap| page("replay", &headers)))
        .route("/assets/{*path}", get(asset))
        .route("/{file}", get(root_file))
}

/// A page: its own file, or the one file of a single-page build.
fn page(name: &str, headers: &HeaderMap) -> Response {
    let own = Dist::get(&format!("{name}.html")).or_else(|| Dist::get(&format!("{name}/index.html")));
    match own.or_else(|| Dist::get("index.html")) {
        Some(file) => answer(&file, "html", Freshness::Asked, headers),
        None => (StatusCode::SERVICE_UNAVAILABLE, Html(NOT_BUILT)).into_response(),
    }
}

async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    file(&format!("assets/{path}"), Freshness::Forever, &headers)
}

async fn root_file(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    file(&name, Freshness::Asked, &headers)
}

fn file(path: &str, freshness: Freshness, headers: &HeaderMap) -> Result<Response, Problem> {
    let missing = || Problem::not_found("file", path);
    let (_, ending) = path.rsplit_once('.').ok_or_else(missing)?;
    let found = Dist::get(path).ok_or_else(missing)?;
    Ok(answer(&found, ending, freshness, headers))
}

/// How long a browser may keep a file without asking.
#[derive(Clone, Copy)]
enum Freshness {
    /// It has a digest in its name.
    Forever,
    /// Asks every time, by `ETag`.
    Asked,
}

fn answer(file: &EmbeddedFile, ending: &str, freshness: Freshness, asked: &HeaderMap) -> Response {
    let tag = tag(file);
    let cache = match freshness {
        Freshness::Forever => "public, max-age=31536000, immutable",
        Freshness::Asked => "no-cache",
    };
    let known = asked.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    let mut response = if known.is_some_and(|tags| tags.split(',').any(|known| known.trim() == tag)) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, media_type(ending))], file.data.clone().into_owned()).into_response()
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// Weak, because the body may go out compressed.
fn tag(file: &EmbeddedFile) -> String {
    let digest = file.metadata.sha256_hash();
    format!("W/\"{}\"", hex(&digest[..16]))
}

fn media_type(ending: &str) -> &'static str {
    let found = MEDIA_TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(ending));
    found.map_or("application/octet-stream", |(_, media_type)| media_type)
}
