//! 车辆: the ledger's vehicle and its emission-label timeline, which are two things.

use super::{
    ids::{CompanyId, VehicleId},
    plate::Plate,
    time::{Timestamp, Validity},
};
use serde::{Deserialize, Serialize};

/// One vehicle as the ledger (台账) has it for a span of time; a change of plate or company is a new row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vehicle {
    /// Ledger code.
    pub id: VehicleId,
    /// Plate and colour.
    pub plate: Plate,
    /// What it is.
    pub kind: VehicleKind,
    /// Company it hauls for; private cars have none.
    pub company: Option<CompanyId>,
    /// 监管部门, mandatory for muck trucks (惠政〔2017〕2号 19(1)).
    pub supervising_unit: String,
    /// 监管责任领导.
    pub responsible_leader: String,
    /// 监管责任人.
    pub responsible_officer: String,
    /// Telephone of the officer.
    pub officer_phone: String,
    /// When this row holds.
    pub validity: Validity,
}

/// Kind of vehicle; an emission label is not a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VehicleKind {
    /// 渣土车
    MuckTruck,
    /// 货车
    GoodsVehicle,
    /// 其他
    Other,
}

/// From when a label holds; it holds until the vehicle's next row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelChange {
    /// Whose label.
    pub vehicle: VehicleId,
    /// Which label from then on.
    pub label: EmissionLabel,
    /// First instant of the label.
    pub from: Timestamp,
    /// Retrofit certificate or scrapping document, empty if none.
    pub certificate: String,
}

/// 环保标志 and what ends it (rules.md 11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmissionLabel {
    /// 黄标
    Yellow,
    /// 黄改绿: retrofitted, green from the certificate's date
    Retrofitted,
    /// 绿标
    Green,
    /// 已报废
    Scrapped,
    /// 已注销
    Deregistered,
    /// 已迁出
    MovedOut,
}
