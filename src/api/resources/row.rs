//! A violation in one row: what a rule found, and the sentence that says it.

use super::rules::{FamilyName, SeverityName, SubjectKind};
use crate::api::names::PlateView;
use serde::Serialize;
use utoipa::ToSchema;

/// A suspected violation (one episode).
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ViolationRow {
    /// Digest of rule, subject, object, start and first input, hex.
    pub id: String,
    /// Append number of its newest change; lists are sorted by it.
    pub append: u64,
    /// Rule id.
    pub rule: String,
    /// Tile it counts under.
    pub family: FamilyName,
    /// Chinese title of the rule.
    pub title_zh: String,
    /// English title of the rule.
    pub title_en: String,
    /// Who.
    pub subject: SubjectView,
    /// What it is about: zone, site, approval.
    pub object: Option<ObjectView>,
    /// Company the vehicle hauled for at its start.
    pub company_name: Option<String>,
    /// The device it was judged from.
    pub terminal: String,
    /// Event time of its start, ms UTC.
    pub start_ms: i64,
    /// Event time of its end, ms UTC; `null` while open.
    pub end_ms: Option<i64>,
    /// Why it ended; `null` while open.
    pub end_reason: Option<String>,
    /// Evidence grade.
    pub grade: GradeName,
    /// Where it stands; the machine stops at `suspected`.
    pub state: StateName,
    /// How grave.
    pub severity: SeverityName,
    /// The measured value at its peak.
    pub peak: MeasureView,
    /// Way driven while it lasted; `null` where the rule measures none.
    pub length_m: Option<f64>,
    /// How long it lasted so far.
    pub duration_s: i64,
    /// One sentence, Chinese.
    pub sentence_zh: String,
    /// One sentence, English.
    pub sentence_en: String,
    /// Where; `null` when its place is not known.
    pub place: Option<NearView>,
    /// 补报产生: became known too late to be told live.
    pub late: bool,
    /// A ledger row recorded after its end changed its verdict.
    pub permit_backdated: bool,
    /// SHA-256 of the parameters it was judged by, hex.
    pub parameter_hash: String,
    /// Revision of the ledger it was judged by.
    pub ledger_revision: u32,
}

/// Who broke a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SubjectView {
    /// Which kind of thing `id` names.
    pub kind: SubjectKind,
    /// Ledger code, or the terminal.
    pub id: String,
    /// Plate at the start, when it is a vehicle.
    pub plate: Option<PlateView>,
}

/// What a violation is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ObjectView {
    /// Which kind of thing `id` names.
    pub kind: ObjectKind,
    /// Ledger code.
    pub id: String,
    /// Its name; the code where the ledger has none.
    pub name: String,
}

/// Kinds of objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    /// 核准
    Approval,
    /// 企业
    Company,
    /// 工地、消纳场
    Site,
    /// 限行区
    Zone,
}

/// A measured value.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct MeasureView {
    /// What was measured.
    pub name: String,
    /// How much.
    pub value: f64,
    /// In what.
    pub unit: String,
}

/// Where a violation was, in words.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct NearView {
    /// Degrees, WGS-84.
    pub lat: f64,
    /// Degrees, WGS-84.
    pub lon: f64,
    /// What stands near, Chinese; `null` when nothing named does.
    pub near_zh: Option<String>,
}

/// Evidence grades (rules.md 0.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, serde::Deserialize, ToSchema)]
pub enum GradeName {
    /// Sensor and geometry, or two sources.
    A,
    /// Geometry alone, dense good fixes.
    B,
    /// Inferred.
    C,
}

/// States the machine gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, serde::Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StateName {
    /// 线索
    Lead,
    /// 疑似
    Suspected,
    /// 已撤销
    Withdrawn,
}
