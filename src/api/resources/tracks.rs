//! `GET /api/v1/vehicles/{id}/track` and `/terminals/{terminal}/track`: decoded again from the recorded frames, by event time.
//! Both take a reason and are logged.

use super::point::TrackPoint;
use crate::api::{
    names::{PlateView, Reason},
    params::{At, Params},
    problem::Problem,
    state::ApiState,
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which span, and why.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct TrackQuery {
    /// First instant of event time, RFC 3339 or ms UTC; 24 hours before `to` unless given.
    pub from: Option<String>,
    /// First instant after it, RFC 3339 or ms UTC; now unless given.
    pub to: Option<String>,
    /// 1 to 5,000; 5,000 unless given.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// 1: with the frame each fix came in.
    pub raw: Option<u8>,
    /// Why; required.
    #[param(required = true)]
    pub reason: Option<Reason>,
}

/// A stretch of a track.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TrackAnswer {
    /// The device.
    pub terminal: String,
    /// The vehicle it sat in at the end of the span; `null` = in no ledger row.
    pub vehicle: Option<VehicleRef>,
    /// Fixes by event time; those without one follow by receive time.
    pub items: Vec<TrackPoint>,
    /// Give it back as `cursor` for the next page; `null` at the end. Opaque.
    pub next_cursor: Option<String>,
    /// Stretches between good fixes longer than the judge bridges.
    pub gaps: Vec<GapView>,
}

/// A vehicle by plate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct VehicleRef {
    /// Ledger code.
    pub id: String,
    /// Its plate.
    pub plate: PlateView,
}

/// Nothing was received in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct GapView {
    /// Event time of the last fix before it, ms UTC.
    pub from_ms: i64,
    /// Event time of the first fix after it, ms UTC.
    pub to_ms: i64,
}

/// The track of a vehicle's main device.
#[utoipa::path(get, path = "/api/v1/vehicles/{id}/track", tag = "tracks",
    params(("id" = String, Path, description = "Ledger code"), TrackQuery),
    responses((status = 200, body = TrackAnswer)))]
pub(crate) async fn vehicle_track(
    State(api): State<ApiState>,
    At(_id): At<String>,
    Params(_query): Params<TrackQuery>,
) -> Result<Json<TrackAnswer>, Problem> {
    Err(api.not_connected())
}

/// The track of a device, known or not.
#[utoipa::path(get, path = "/api/v1/terminals/{terminal}/track", tag = "tracks",
    params(("terminal" = String, Path, description = "The device"), TrackQuery),
    responses((status = 200, body = TrackAnswer)))]
pub(crate) async fn terminal_track(
    State(api): State<ApiState>,
    At(_terminal): At<String>,
    Params(_query): Params<TrackQuery>,
) -> Result<Json<TrackAnswer>, Problem> {
    Err(api.not_connected())
}
