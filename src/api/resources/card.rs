//! A vehicle as the roadside sees it: one verdict, and what it rests on.

use super::{approval::ApprovalCard, point::TrackPoint, row::ViolationRow};
use crate::api::names::{LabelName, LoadSensorName, PlateView, RoleName, VehicleKindName};
use serde::Serialize;
use utoipa::ToSchema;

/// Everything about one vehicle.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct VehicleCard {
    /// Ledger code.
    pub id: String,
    /// Its plate.
    pub plate: PlateView,
    /// What it is.
    pub kind: VehicleKindName,
    /// Company it hauls for.
    pub company: Option<CompanyView>,
    /// 监管部门
    pub supervising_unit: String,
    /// 监管责任领导
    pub responsible_leader: String,
    /// 监管责任人
    pub responsible_officer: String,
    /// Telephone of the officer.
    pub officer_phone: String,
    /// May it, here and now?
    pub verdict: VerdictView,
    /// Its approvals, those valid now first.
    pub approvals: Vec<ApprovalCard>,
    /// Its emission labels, oldest first.
    pub labels: Vec<LabelView>,
    /// Devices fitted to it, newest first.
    pub terminals: Vec<FittingView>,
    /// Newest good position; `null` when none is known.
    pub last_fix: Option<TrackPoint>,
    /// Its violations of the last 90 days, newest first.
    pub violations: Vec<ViolationRow>,
    /// When this was asked, RFC 3339.
    pub asked_at: String,
    /// The same, ms UTC.
    pub asked_ms: i64,
}

/// A company and whether it may haul muck here now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CompanyView {
    /// Ledger code.
    pub id: String,
    /// Name as registered.
    pub name: String,
    /// A transport approval that counts here holds now.
    pub transport_approval_valid: bool,
}

/// A label from an instant on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LabelView {
    /// Which.
    pub label: LabelName,
    /// First instant, RFC 3339; `null` = always had it.
    pub from: Option<String>,
    /// Retrofit certificate or scrapping document, empty if none.
    pub certificate: String,
}

/// A device in this vehicle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FittingView {
    /// The device.
    pub terminal: String,
    /// Main or spare.
    pub role: RoleName,
    /// Whether it reports load.
    pub load_sensor: LoadSensorName,
    /// First instant it sat there, RFC 3339; `null` = always.
    pub from: Option<String>,
    /// First instant it no longer does, RFC 3339; `null` = it still does.
    pub to: Option<String>,
}

/// One verdict with what it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct VerdictView {
    /// From the closed list.
    pub code: VerdictName,
    /// The line to read, Chinese; says so when it rests on old data.
    pub headline_zh: String,
    /// The line to read, English.
    pub headline_en: String,
    /// Why, one line, Chinese.
    pub reason_zh: String,
    /// Why, one line, English.
    pub reason_en: String,
    /// What it rests on, Chinese.
    pub rests_on_zh: String,
    /// What it rests on, English.
    pub rests_on_en: String,
    /// Age of the newest position by the server's clock; `null` when there is none.
    pub data_age_s: Option<i64>,
    /// Whether that is older than the limit.
    pub stale: bool,
}

/// Verdicts in order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerdictName {
    /// 报废仍上路
    ScrappedMoving,
    /// 疑似黑车
    BlackTruck,
    /// 黄标车在限行区内
    YellowInZone,
    /// 不在核准时间
    OutsideWindow,
    /// 其他疑似违规未结
    OtherBreach,
    /// 正常
    InOrder,
    /// 台账无此车
    NotInLedger,
    /// 无数据
    NoData,
}
