//! 核准: this vehicle may haul from here to there, this way, at these hours.

use super::{
    ids::{ApprovalId, DistrictId, SiteId, VehicleId},
    place::Line,
    time::Validity,
    window::WeeklyWindow,
};
use serde::{Deserialize, Serialize};

/// One approved haul (两点一线) of one vehicle. A vehicle may have several at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Document number.
    pub id: ApprovalId,
    /// Which vehicle.
    pub vehicle: VehicleId,
    /// Where it may load; `None` binds no load site.
    pub load_site: Option<SiteId>,
    /// Where it may put down; `None` binds no disposal site.
    pub disposal_site: Option<SiteId>,
    /// The approved way; an empty line leaves the route rule off and the approval flagged incomplete.
    pub route: Line,
    /// When it may haul; empty = at any hour.
    pub windows: Vec<WeeklyWindow>,
    /// What the route and the hours bind.
    pub binds: Binds,
    /// Issuing district; only this one and those it recognises make a truck legal here.
    pub district: DistrictId,
    /// When the approval holds.
    pub validity: Validity,
}

/// What route and hours bind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Binds {
    /// 载货行驶: from loading to putting down.
    LoadedLegs,
    /// 全部行驶: every movement.
    AllDriving,
}
