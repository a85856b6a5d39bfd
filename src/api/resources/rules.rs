//! `GET /api/v1/rules`: the catalogue, straight from the rules' own descriptions.

use crate::api::{problem::Problem, state::ApiState};
use axum::{Json, extract::State};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A violation type.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct RuleView {
    /// Its name in answers and filters, such as `off_route`.
    pub id: String,
    /// Its number in the catalogue.
    pub code: String,
    /// Chinese title.
    pub title_zh: String,
    /// English title.
    pub title_en: String,
    /// Legal basis.
    pub basis: String,
    /// How grave.
    pub severity: SeverityName,
    /// Who breaks it.
    pub subject: SubjectKind,
    /// Revision of the rule.
    pub revision: u32,
    /// Tile it counts under.
    pub family: FamilyName,
    /// Whether it is in force.
    pub state: RuleStateName,
    /// What opens and ends it, in the rule's own units; the unit is the end of the name.
    pub params: BTreeMap<String, serde_json::Value>,
    /// The interval builder's limits.
    pub limits: BTreeMap<String, serde_json::Value>,
}

/// How grave a violation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SeverityName {
    /// 轻
    Minor,
    /// 较重
    Major,
    /// 严重
    Severe,
}

/// Who breaks a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// 车辆
    Vehicle,
    /// 终端
    Terminal,
    /// 企业
    Company,
    /// 工地、消纳场
    Site,
}

/// Families of rules: tiles and filters of the screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FamilyName {
    /// 黑车
    BlackTruck,
    /// 装载
    Loading,
    /// 偏线
    OffRoute,
    /// 超时
    OffHours,
    /// 黄标
    YellowLabel,
}

/// Whether a rule is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleStateName {
    /// Not run.
    Draft,
    /// Run, not shown as alarm.
    Shadow,
    /// Run and shown.
    Enforced,
}

/// The catalogue.
#[utoipa::path(get, path = "/api/v1/rules", tag = "rules", responses((status = 200, body = Vec<RuleView>)))]
pub(crate) async fn rules(State(api): State<ApiState>) -> Result<Json<Vec<RuleView>>, Problem> {
    Err(api.not_connected())
}
