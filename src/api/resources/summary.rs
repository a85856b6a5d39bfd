//! `GET /api/v1/summary`: the counts of the top bar.

use crate::api::{problem::Problem, state::ApiState};
use axum::{Json, extract::State};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SummaryAnswer {
    /// When they were taken, RFC 3339.
    pub counts_at: String,
    /// The same, ms UTC.
    pub counts_ms: i64,
    /// Ledger terminals (main devices fitted now) by what they do.
    pub terminals: TerminalCounts,
    /// Open episodes by rule id; every rule of the catalogue is named.
    pub open: BTreeMap<String, u64>,
    /// Terminals on the board that no ledger row names now.
    pub quarantined: u64,
    /// Vehicles in the ledger now.
    pub vehicles: u64,
}

/// Terminals by what they do. `online` = `moving` + `stopped`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct TerminalCounts {
    /// Heard of lately.
    pub online: u64,
    /// Online at 5 km/h or more.
    pub moving: u64,
    /// Online below 5 km/h.
    pub stopped: u64,
    /// Not heard of for longer than the limit.
    pub lost: u64,
    /// Never heard of since this server started and the board was filled.
    pub never: u64,
}

/// The counts.
#[utoipa::path(get, path = "/api/v1/summary", tag = "map", responses((status = 200, body = SummaryAnswer)))]
pub(crate) async fn summary(State(api): State<ApiState>) -> Result<Json<SummaryAnswer>, Problem> {
    Err(api.not_connected())
}
