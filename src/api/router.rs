//! All routes, and what every request goes through.

use super::{
    embed, guard, http_counters, live, openapi,
    problem::{Problem, ProblemCode},
    resources::{
        clock, commands, district, export, frames, health, map, query_log, rules, summary, terminals, tracks, vehicles,
        violation, violations,
    },
    state::ApiState,
};
use axum::{Router, extract::DefaultBodyLimit, http::Uri, middleware};
use tower_http::compression::CompressionLayer;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The whole api as a service: resources, live, pages, guarded.
pub fn router(state: ApiState) -> Router {
    let limit = state.config.body_bytes_max;
    let (resources, document) = resources().split_for_parts();
    resources
        .merge(openapi::routes(&document))
        .merge(embed::routes())
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .layer(CompressionLayer::new())
        .layer(DefaultBodyLimit::max(limit))
        .layer(middleware::from_fn_with_state(state.clone(), guard::limits))
        .layer(middleware::from_fn_with_state(state.clone(), guard::same_site))
        .layer(middleware::map_response(guard::security_headers))
        .layer(middleware::from_fn_with_state(state.clone(), http_counters::count))
        .with_state(state)
}

/// The documented resources; their OpenAPI is made from this list alone.
pub(crate) fn resources() -> OpenApiRouter<ApiState> {
    OpenApiRouter::with_openapi(openapi::head())
        .routes(routes!(clock::clock))
        .routes(routes!(health::health))
        .routes(routes!(district::district))
        .routes(routes!(map::map))
        .routes(routes!(rules::rules))
        .routes(routes!(summary::summary))
        .routes(routes!(vehicles::vehicles))
        .routes(routes!(vehicles::vehicle))
        .routes(routes!(tracks::vehicle_track))
        .routes(routes!(tracks::terminal_track))
        .routes(routes!(frames::frame))
        .routes(routes!(violations::violations))
        .routes(routes!(violation::violation))
        .routes(routes!(terminals::terminals))
        .routes(routes!(export::track_csv))
        .routes(routes!(export::track_geojson))
        .routes(routes!(query_log::query_log))
        .routes(routes!(commands::order, commands::commands))
        .routes(routes!(commands::command))
        .routes(routes!(live::live))
}

async fn no_such_path(uri: Uri) -> Problem {
    Problem::not_found("resource", uri.path())
}

async fn no_such_method() -> Problem {
    Problem::new(ProblemCode::MethodNotAllowed, "this resource has no such method; resources are read with GET")
}
