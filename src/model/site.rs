//! 工地, 消纳场 and the other known places.

use super::{
    ids::{PlaceId, SiteId},
    place::Area,
    time::Validity,
};
use serde::{Deserialize, Serialize};

/// A registered place where muck is loaded or put down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Ledger code.
    pub id: SiteId,
    /// Name as registered.
    pub name: String,
    /// What happens there.
    pub kind: SiteKind,
    /// Township or street office (镇/街道) responsible, empty if unknown.
    pub township: String,
    /// Outline.
    pub area: Area,
    /// When it is registered.
    pub validity: Validity,
}

/// Kind of site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SiteKind {
    /// 工地 (出土)
    Construction,
    /// 消纳场
    Disposal,
}

/// A known place where a stay means nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Ledger code.
    pub id: PlaceId,
    /// Name.
    pub name: String,
    /// What it is.
    pub kind: PlaceKind,
    /// Outline.
    pub area: Area,
}

/// Kind of known place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceKind {
    /// 停车场
    Depot,
    /// 加油站
    Fuel,
    /// 修理厂
    Repair,
}
