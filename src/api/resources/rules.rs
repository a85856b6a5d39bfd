//! `GET /api/v1/rules`: the catalogue, straight from the rules' own descriptions.

use crate::{
    api::state::ApiState,
    rules::{Policy, RuleId, SPECS, spec},
};
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

impl RuleView {
    fn new(rule: RuleId, policy: &Policy) -> Self {
        let spec = rule.spec();
        Self {
            id: rule.code().to_owned(),
            code: spec.code.to_owned(),
            title_zh: spec.title_zh.to_owned(),
            title_en: spec.title_en.to_owned(),
            basis: spec.basis.to_owned(),
            severity: spec.severity.into(),
            subject: spec.subject.into(),
            revision: spec.revision,
            family: spec.family.into(),
            state: RuleStateName::Enforced,
            params: table(policy, rule, "params"),
            limits: table(policy, rule, "limits"),
        }
    }
}

/// One part of a rule's numbers as a flat table.
#[must_use]
pub fn table(policy: &Policy, rule: RuleId, part: &str) -> BTreeMap<String, serde_json::Value> {
    let whole = policy.table(rule);
    let rows = whole.get(part).and_then(serde_json::Value::as_object);
    rows.into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect()
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

impl From<spec::Severity> for SeverityName {
    fn from(severity: spec::Severity) -> Self {
        match severity {
            spec::Severity::Minor => Self::Minor,
            spec::Severity::Major => Self::Major,
            spec::Severity::Severe => Self::Severe,
        }
    }
}

impl From<spec::SubjectKind> for SubjectKind {
    fn from(kind: spec::SubjectKind) -> Self {
        match kind {
            spec::SubjectKind::Terminal => Self::Terminal,
            spec::SubjectKind::Vehicle => Self::Vehicle,
        }
    }
}

impl From<spec::Family> for FamilyName {
    fn from(family: spec::Family) -> Self {
        match family {
            spec::Family::BlackTruck => Self::BlackTruck,
            spec::Family::Loading => Self::Loading,
            spec::Family::OffHours => Self::OffHours,
            spec::Family::OffRoute => Self::OffRoute,
            spec::Family::YellowLabel => Self::YellowLabel,
        }
    }
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

/// The catalogue with the numbers in force now. All its rules are enforced; drafts and shadows come with later work.
#[utoipa::path(get, path = "/api/v1/rules", tag = "rules", responses((status = 200, body = Vec<RuleView>)))]
pub(crate) async fn rules(State(api): State<ApiState>) -> Json<Vec<RuleView>> {
    let policies = api.live.policies();
    let policy = &policies.at(api.clock.now()).policy;
    Json(SPECS.iter().map(|(rule, _)| RuleView::new(*rule, policy)).collect())
}
