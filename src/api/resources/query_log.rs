//! `GET /api/v1/query-log`: who looked at what, when, why, and what was shown. Append-only; nothing here changes it.

use crate::api::{names::Reason, params::Params, problem::Problem, state::ApiState};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which page.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct QueryLogQuery {
    /// 1 to 500, 50 unless given.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// One look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct QueryLogView {
    /// Its append number.
    pub append: u64,
    /// When, by the server's clock, ms UTC.
    pub at_ms: i64,
    /// Who.
    pub actor: String,
    /// Why.
    pub reason: Reason,
    /// What was asked: resource and parameters.
    pub question: String,
    /// What was shown.
    pub shown: String,
}

/// One page of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct QueryLogPage {
    /// Newest first.
    pub items: Vec<QueryLogView>,
    /// Give it back as `cursor` for the next page; `null` at the end. Opaque.
    pub next_cursor: Option<String>,
}

/// The log, newest first.
#[utoipa::path(get, path = "/api/v1/query-log", tag = "system", params(QueryLogQuery),
    responses((status = 200, body = QueryLogPage)))]
pub(crate) async fn query_log(
    State(api): State<ApiState>,
    Params(_query): Params<QueryLogQuery>,
) -> Result<Json<QueryLogPage>, Problem> {
    Err(api.not_connected())
}
