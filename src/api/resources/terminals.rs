//! `GET /api/v1/terminals`: devices on the live board; with `quarantined=true` those in no ledger row.

use crate::api::{names::PlateView, params::Params, problem::Problem, state::ApiState};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which devices.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct TerminalsQuery {
    /// `true`: those in no ledger row; `false`: those in one; all unless given.
    pub quarantined: Option<bool>,
}

/// A device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TerminalView {
    /// The device.
    pub terminal: String,
    /// Whether no ledger row names it now.
    pub quarantined: bool,
    /// Receive time of its first frame, ms UTC; `null` when not known.
    pub first_seen_ms: Option<i64>,
    /// Receive time of its newest frame, ms UTC.
    pub last_seen_ms: Option<i64>,
    /// Plate it gave when it registered (0x0100); `null` when it gave none or none is known.
    pub claimed_plate: Option<PlateView>,
    /// What that points at, Chinese.
    pub lead_zh: Option<String>,
    /// What that points at, English.
    pub lead_en: Option<String>,
    /// Frames recorded; `null` when not counted.
    pub frames: Option<u64>,
}

/// Devices on the board.
#[utoipa::path(get, path = "/api/v1/terminals", tag = "vehicles", params(TerminalsQuery),
    responses((status = 200, body = Vec<TerminalView>)))]
pub(crate) async fn terminals(
    State(api): State<ApiState>,
    Params(_query): Params<TerminalsQuery>,
) -> Result<Json<Vec<TerminalView>>, Problem> {
    Err(api.not_connected())
}
