//! 终端: which device sat in which vehicle when.

use super::{
    ids::{TerminalId, VehicleId},
    time::Validity,
};
use serde::{Deserialize, Serialize};

/// One device in one vehicle for a span of time. Only the main device of a vehicle is judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fitting {
    /// The device.
    pub terminal: TerminalId,
    /// The vehicle it sits in.
    pub vehicle: VehicleId,
    /// Main or spare.
    pub role: FittingRole,
    /// Whether the device reports load (status bits 8-9); without it load is inferred from stays and grades C.
    pub load_sensor: LoadSensor,
    /// Datum the device reports in when it does not say so itself (status bit 5).
    pub datum: ReportedDatum,
    /// Code the device must authenticate with; empty = any code the gateway issued.
    pub auth_code: String,
    /// When it sat there.
    pub validity: Validity,
}

/// Main or spare device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FittingRole {
    /// 主用
    Main,
    /// 备用
    Spare,
}

/// Whether status bits 8-9 mean anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoadSensor {
    /// 有载重传感器
    Fitted,
    /// 无
    Absent,
}

/// Datum a terminal model is known to send (profile); status bit 5 = 1 always means GCJ-02.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportedDatum {
    /// Raw GNSS
    Wgs84,
    /// Shifted, whatever the status bit says
    Gcj02,
}
