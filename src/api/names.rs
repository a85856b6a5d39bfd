//! The words of the HTTP contract: enums as JSON spells them, and times as people read them. JSON names live here and in
//! `resources/` only; the rooms below have their own types, mapped one to one so that a new variant finds its places.

use crate::model::{
    approval, fix, plate, site, terminal,
    time::{Timestamp, Validity},
    vehicle, zone,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! mirrors {
    ($( $(#[$doc:meta])* $name:ident = $model:path { $( $(#[$vdoc:meta])* $variant:ident ),* $(,)? } )*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $( $(#[$vdoc])* $variant, )* }

        impl From<$model> for $name {
            fn from(value: $model) -> Self {
                use $model as Model;
                match value { $( Model::$variant => Self::$variant, )* }
            }
        }
    )* };
}

mirrors! {
    /// What route and hours of an approval bind.
    BindsName = approval::Binds {
        /// 载货行驶
        LoadedLegs,
        /// 全部行驶
        AllDriving,
    }
    /// Which vehicles a zone keeps out.
    ClosedToName = zone::ClosedTo {
        /// 黄标车
        YellowLabel,
        /// 渣土车
        MuckTrucks,
    }
    /// 环保标志 and what ends it.
    LabelName = vehicle::EmissionLabel {
        /// 黄标
        Yellow,
        /// 黄改绿
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
    /// What the load sensor says.
    LoadName = fix::LoadSignal {
        /// 空载
        Empty,
        /// 半载
        Half,
        /// 重载
        Full,
        /// 无传感器
        Unknown,
    }
    /// Whether the device reports load.
    LoadSensorName = terminal::LoadSensor {
        /// 有
        Fitted,
        /// 无
        Absent,
    }
    /// How a fix reached us.
    OriginName = fix::FixOrigin {
        /// 实时
        Live,
        /// 批量
        Batch,
        /// 盲区补报
        Backfill,
    }
    /// Kind of known place.
    PlaceKindName = site::PlaceKind {
        /// 停车场
        Depot,
        /// 加油站
        Fuel,
        /// 修理厂
        Repair,
    }
    /// Colour of a plate.
    PlateColourName = plate::PlateColour {
        /// 蓝
        Blue,
        /// 黄
        Yellow,
        /// 黑
        Black,
        /// 白
        White,
        /// 绿
        Green,
        /// 黄绿
        YellowGreen,
        /// 其他
        Other,
    }
    /// Main or spare device.
    RoleName = terminal::FittingRole {
        /// 主用
        Main,
        /// 备用
        Spare,
    }
    /// Kind of site.
    SiteKindName = site::SiteKind {
        /// 工地
        Construction,
        /// 消纳场
        Disposal,
    }
    /// Kind of vehicle.
    VehicleKindName = vehicle::VehicleKind {
        /// 渣土车
        MuckTruck,
        /// 货车
        GoodsVehicle,
        /// 其他
        Other,
    }
}

/// Why somebody looks at a vehicle; required and logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// 路检
    RoadCheck,
    /// 举报
    Report,
    /// 事故
    Accident,
    /// 办案
    Case,
    /// 值班
    Duty,
}

impl Reason {
    /// As it stands in JSON and in the query log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RoadCheck => "road_check",
            Self::Report => "report",
            Self::Accident => "accident",
            Self::Case => "case",
            Self::Duty => "duty",
        }
    }
}

impl LoadName {
    /// As it stands in JSON and in exports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Half => "half",
            Self::Full => "full",
            Self::Unknown => "unknown",
        }
    }
}

impl OriginName {
    /// As it stands in JSON and in exports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Batch => "batch",
            Self::Backfill => "backfill",
        }
    }
}

/// A plate as chips show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlateView {
    /// Normalised number, `豫AD1234`.
    pub number: String,
    /// As people write it, `豫A·D1234`.
    pub display: String,
    /// Colour of the plate.
    pub colour: PlateColourName,
}

impl From<&plate::Plate> for PlateView {
    fn from(plate: &plate::Plate) -> Self {
        Self { number: plate.number().to_owned(), display: plate.to_string(), colour: plate.colour.into() }
    }
}

/// RFC 3339 at +08:00; `null` for "from the beginning of time".
#[must_use]
pub fn since_text(from: Timestamp) -> Option<String> {
    (from != Timestamp::BEGINNING).then(|| from.to_string())
}

/// Both ends of a validity as JSON has them.
#[must_use]
pub fn span_text(validity: &Validity) -> (Option<String>, Option<String>) {
    (since_text(validity.from), validity.to.map(|to| to.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_spelled_the_same_in_json_and_in_the_log() {
        // Proves: `as_str` and serde agree on every reason.
        for reason in [Reason::RoadCheck, Reason::Report, Reason::Accident, Reason::Case, Reason::Duty] {
            let json = serde_json::to_string(&reason).expect("an enum serialises");
            assert_eq!(json, format!("\"{}\"", reason.as_str()));
        }
    }
}
