//! `GET /api/v1/violations/{id}`: why. The rule, its parameters then, the measured beside the limits, the approval as it stood
//! then, the legal basis, the fixes; and every correction since.

use super::{approval::ApprovalCard, point::TrackPoint, row::ViolationRow};
use crate::api::{params::At, problem::Problem, shapes::Geometry, state::ApiState};
use axum::{Json, extract::State};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A violation with everything it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ViolationDetail {
    /// The row of the list.
    #[serde(flatten)]
    pub row: ViolationRow,
    /// Measured values beside their limits.
    pub why: Vec<WhyLine>,
    /// Legal basis.
    pub basis: String,
    /// Parameters it was judged by; the unit is the end of the name.
    pub parameters: BTreeMap<String, serde_json::Value>,
    /// Approvals of the vehicle as of its start.
    pub approvals: Vec<ApprovalCard>,
    /// Rules whose hits this one stood before.
    pub also: Vec<AlsoView>,
    /// Fixes from 2 minutes before its start to 2 minutes after its end, at most 2,000.
    pub fixes: Vec<TrackPoint>,
    /// Whether there are more fixes than were sent.
    pub fixes_cut: bool,
    /// The approved way it was measured against.
    pub route: Option<Geometry>,
    /// Outline of the zone or site it is about.
    pub object_area: Option<Geometry>,
    /// Its history, oldest first.
    pub corrections: Vec<CorrectionView>,
}

/// One measured value beside its limit.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct WhyLine {
    /// What, Chinese.
    pub label_zh: String,
    /// What, English.
    pub label_en: String,
    /// Measured.
    pub measured: f64,
    /// Limit.
    pub limit: f64,
    /// Unit of both.
    pub unit: String,
    /// Whether the measured value is past the limit.
    pub exceeded: bool,
}

/// A rule that held too and gave way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AlsoView {
    /// Rule id.
    pub rule: String,
    /// Chinese title.
    pub title_zh: String,
    /// English title.
    pub title_en: String,
    /// At how many fixes.
    pub fixes: u32,
}

/// A change of an episode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CorrectionView {
    /// What happened.
    pub kind: ChangeName,
    /// When it became known, by the server's clock, ms UTC.
    pub at_ms: i64,
    /// The input that caused it.
    pub seq: u64,
    /// Why, in one of the worker's words.
    pub cause: String,
}

/// What can happen to an episode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeName {
    /// Began, told live.
    Opened,
    /// Lasts longer than known before.
    Extended,
    /// Ended.
    Closed,
    /// No longer holds.
    Withdrawn,
    /// Became known late.
    OpenedLate,
    /// Lasts shorter than known before.
    Shrunk,
    /// Peak, grade or approval alone changed.
    Changed,
}

/// One violation.
#[utoipa::path(get, path = "/api/v1/violations/{id}", tag = "violations",
    params(("id" = String, Path, description = "Its id, hex")),
    responses((status = 200, body = ViolationDetail)))]
pub(crate) async fn violation(
    State(api): State<ApiState>,
    At(_id): At<String>,
) -> Result<Json<ViolationDetail>, Problem> {
    Err(api.not_connected())
}
