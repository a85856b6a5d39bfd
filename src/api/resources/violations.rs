//! `GET /api/v1/violations`: what the rules found, newest append first.

use super::row::{GradeName, StateName, ViolationRow};
use crate::api::{params::Params, problem::Problem, state::ApiState};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Filters; all given ones must hold.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ViolationsQuery {
    /// Rule id.
    pub rule: Option<String>,
    /// Where it stands. Withdrawn ones are left out unless asked for.
    pub state: Option<StateName>,
    /// Evidence grade.
    pub grade: Option<GradeName>,
    /// Ledger code of the vehicle.
    pub vehicle: Option<String>,
    /// The device it was judged from.
    pub terminal: Option<String>,
    /// Those that lasted at or after this instant, RFC 3339 or ms UTC.
    pub from: Option<String>,
    /// Those that began before this instant, RFC 3339 or ms UTC.
    pub to: Option<String>,
    /// `true`: open ones only; `false`: ended ones only.
    pub open: Option<bool>,
    /// 1 to 500, 50 unless given.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// One page of the list.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ViolationsPage {
    /// Newest append first.
    pub items: Vec<ViolationRow>,
    /// Give it back as `cursor` for the next page; `null` at the end. Opaque.
    pub next_cursor: Option<String>,
}

/// The list.
#[utoipa::path(get, path = "/api/v1/violations", tag = "violations", params(ViolationsQuery),
    responses((status = 200, body = ViolationsPage)))]
pub(crate) async fn violations(
    State(api): State<ApiState>,
    Params(_query): Params<ViolationsQuery>,
) -> Result<Json<ViolationsPage>, Problem> {
    Err(api.not_connected())
}
