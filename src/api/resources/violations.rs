//! `GET /api/v1/violations`: what the rules found, newest append first.

use super::row::{GradeName, StateName, ViolationRow};
use crate::{
    api::{
        params::{LIMIT_MAX, Params, append_cursor, instant, limit},
        problem::Problem,
        state::ApiState,
    },
    model::ids::VehicleId,
    rules::{RuleId, SPECS},
    store::episodes::{AppendNumber, EpisodeFilter, Progress},
};
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
    /// Where it stands. Withdrawn ones are left out of the page unless asked for; it may then have fewer items than `limit`.
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
    Params(query): Params<ViolationsQuery>,
) -> Result<Json<ViolationsPage>, Problem> {
    let limit = limit(query.limit, LIMIT_MAX)?;
    let before = append_cursor(query.cursor.as_deref())?.map(AppendNumber);
    let filter = filter(&query)?;
    let most = u32::try_from(limit).unwrap_or(LIMIT_MAX);
    let stored = api.episodes.list(&filter, before, most).await?;
    let book = api.shelf.newest().await?;
    let next_cursor = stored.last().filter(|_| stored.len() == limit).map(|last| last.append.0.to_string());
    let shown = stored.iter().filter(|episode| query.state.is_some() || episode.row.is_live());
    Ok(Json(ViolationsPage { items: shown.map(|episode| ViolationRow::new(episode, &book)).collect(), next_cursor }))
}

fn filter(query: &ViolationsQuery) -> Result<EpisodeFilter, Problem> {
    let terminal =
        query.terminal.as_deref().map(|text| text.parse().map_err(|error| Problem::parameter("terminal", error)));
    Ok(EpisodeFilter {
        rule: query.rule.as_deref().map(rule).transpose()?,
        state: query.state.map(Into::into),
        grade: query.grade.map(Into::into),
        vehicle: query.vehicle.as_deref().map(VehicleId::new),
        terminal: terminal.transpose()?,
        from: instant("from", query.from.as_deref())?,
        to: instant("to", query.to.as_deref())?,
        progress: query.open.map(|open| if open { Progress::Open } else { Progress::Over }),
    })
}

fn rule(code: &str) -> Result<RuleId, Problem> {
    let found = SPECS.iter().map(|(rule, _)| *rule).find(|rule| rule.code() == code);
    found.ok_or_else(|| Problem::parameter("rule", format_args!("`{code}` is not in the catalogue (/api/v1/rules)")))
}
