//! `GET /api/v1/query-log`: who looked at what, when, why, and what was shown. Append-only; nothing here changes it.

use crate::{
    api::{
        params::{LIMIT_MAX, Params, append_cursor, limit},
        problem::Problem,
        state::ApiState,
    },
    store::queries::{LoggedQuery, QueryKind, QueryNumber},
};
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
    /// What was asked.
    pub kind: QueryKindName,
    /// About whom: a plate as typed, a vehicle code, a terminal or a frame.
    pub subject: String,
    /// Why: `road_check`, `report`, `accident`, `case`, `duty`; `-` where none is asked for (single frames).
    pub reason: String,
    /// What more was asked, and what was shown.
    pub detail: String,
}

/// What was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QueryKindName {
    /// 车牌查询
    Plate,
    /// 轨迹查看
    Track,
    /// 轨迹导出
    Export,
    /// 原始报文查看
    Frame,
    /// 文本下发
    Command,
}

impl From<QueryKind> for QueryKindName {
    fn from(kind: QueryKind) -> Self {
        match kind {
            QueryKind::Plate => Self::Plate,
            QueryKind::Track => Self::Track,
            QueryKind::Export => Self::Export,
            QueryKind::Frame => Self::Frame,
            QueryKind::Command => Self::Command,
        }
    }
}

impl From<LoggedQuery> for QueryLogView {
    fn from(LoggedQuery { number, query }: LoggedQuery) -> Self {
        Self {
            append: number.0,
            at_ms: query.at.as_millis(),
            actor: query.actor,
            kind: query.kind.into(),
            subject: query.subject,
            reason: query.reason,
            detail: query.detail,
        }
    }
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
    Params(query): Params<QueryLogQuery>,
) -> Result<Json<QueryLogPage>, Problem> {
    let limit = limit(query.limit, LIMIT_MAX)?;
    let before = append_cursor(query.cursor.as_deref())?.map(QueryNumber);
    let lines = api.queries.list(before, u32::try_from(limit).unwrap_or(LIMIT_MAX)).await?;
    let next_cursor = lines.last().filter(|_| lines.len() == limit).map(|last| last.number.0.to_string());
    Ok(Json(QueryLogPage { items: lines.into_iter().map(QueryLogView::from).collect(), next_cursor }))
}
