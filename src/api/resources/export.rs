//! `GET /api/v1/export/track.csv` and `track.geojson`: a track to take away. Streamed; the datum is stated (WGS-84), both times
//! are in it. Takes a reason and is logged.

use crate::api::{names::Reason, params::Params, problem::Problem, state::ApiState};
use axum::{extract::State, response::Response};
use serde::Deserialize;
use utoipa::IntoParams;

/// Whose track, which span, and why. Either `vehicle` or `terminal`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ExportQuery {
    /// Ledger code of a vehicle.
    pub vehicle: Option<String>,
    /// A device.
    pub terminal: Option<String>,
    /// First instant of event time, RFC 3339 or ms UTC; 24 hours before `to` unless given.
    pub from: Option<String>,
    /// First instant after it, RFC 3339 or ms UTC; now unless given.
    pub to: Option<String>,
    /// Why; required.
    #[param(required = true)]
    pub reason: Option<Reason>,
}

/// A track as CSV (RFC 4180, UTF-8 with byte order mark so that office programs read the Chinese).
#[utoipa::path(get, path = "/api/v1/export/track.csv", tag = "tracks", params(ExportQuery),
    responses((status = 200, content_type = "text/csv", body = String)))]
pub(crate) async fn track_csv(
    State(api): State<ApiState>,
    Params(_query): Params<ExportQuery>,
) -> Result<Response, Problem> {
    Err(api.not_connected())
}

/// A track as GeoJSON: one point feature a fix.
#[utoipa::path(get, path = "/api/v1/export/track.geojson", tag = "tracks", params(ExportQuery),
    responses((status = 200, content_type = "application/geo+json", body = serde_json::Value)))]
pub(crate) async fn track_geojson(
    State(api): State<ApiState>,
    Params(_query): Params<ExportQuery>,
) -> Result<Response, Problem> {
    Err(api.not_connected())
}
