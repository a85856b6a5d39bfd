//! 限行区.

use super::{ids::ZoneId, place::Area, time::Validity, window::WeeklyWindow};
use serde::{Deserialize, Serialize};

/// An area closed to some vehicles at some hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// Ledger code.
    pub id: ZoneId,
    /// Name as published.
    pub name: String,
    /// Outline; boundary roads are in or out as it was drawn.
    pub area: Area,
    /// When it is closed; empty = at any hour.
    pub hours: Vec<WeeklyWindow>,
    /// To whom it is closed.
    pub closed_to: ClosedTo,
    /// Notice that published it, empty if unknown.
    pub notice: String,
    /// When the notice holds.
    pub validity: Validity,
}

/// Which vehicles a zone keeps out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosedTo {
    /// 黄标车
    YellowLabel,
    /// 渣土车
    MuckTrucks,
}
