//! A ledger as read, each value still knowing its row, so that the checks between files can name it.

use super::{problem::Place as At, table::Row};
use crate::{
    model::{
        approval::{Approval, Binds},
        company::{Company, TransportApproval},
        district::District,
        ids::{ApprovalId, DistrictId, SiteId, VehicleId},
        ledger::Ledger,
        place::Line,
        site::{Place, Site},
        terminal::Fitting,
        time::Validity,
        vehicle::{LabelChange, Vehicle},
        window::WeeklyWindow,
        zone::Zone,
    },
    store::sql::sort_ledger,
};
use std::collections::BTreeMap;

/// A value and its row.
#[derive(Debug)]
pub(super) struct Placed<T> {
    /// Where it was read.
    pub(super) row: Row,
    /// What was read.
    pub(super) value: T,
}

impl<T> Placed<T> {
    /// Where it was read, for texts about another row of the same file.
    pub(super) fn name(&self) -> String {
        match self.row.place {
            At::File => self.row.file.to_owned(),
            At::Line(line) => format!("第 {line} 行 (line {line})"),
            At::Feature(number) => format!("第 {number} 个要素 (feature {number})"),
        }
    }
}

/// An approval whose route is still a name.
#[derive(Debug)]
pub(super) struct DraftApproval {
    /// Document number.
    pub(super) id: ApprovalId,
    /// Which vehicle.
    pub(super) vehicle: VehicleId,
    /// Where it may load.
    pub(super) load_site: Option<SiteId>,
    /// Where it may put down.
    pub(super) disposal_site: Option<SiteId>,
    /// Name of the route, empty if none.
    pub(super) route: String,
    /// When it may haul.
    pub(super) windows: Vec<WeeklyWindow>,
    /// What the route and the hours bind.
    pub(super) binds: Binds,
    /// Issuing district.
    pub(super) district: DistrictId,
    /// When it holds.
    pub(super) validity: Validity,
}

/// Everything that could be read.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// One, if all is well.
    pub(super) districts: Vec<Placed<District>>,
    /// Vehicles.
    pub(super) vehicles: Vec<Placed<Vehicle>>,
    /// Emission labels.
    pub(super) labels: Vec<Placed<LabelChange>>,
    /// Devices.
    pub(super) fittings: Vec<Placed<Fitting>>,
    /// Companies.
    pub(super) companies: Vec<Placed<Company>>,
    /// Transport approvals.
    pub(super) transport_approvals: Vec<Placed<TransportApproval>>,
    /// Sites.
    pub(super) sites: Vec<Placed<Site>>,
    /// Known places.
    pub(super) places: Vec<Placed<Place>>,
    /// Zones.
    pub(super) zones: Vec<Placed<Zone>>,
    /// Routes by name.
    pub(super) routes: Vec<Placed<(String, Line)>>,
    /// Approvals.
    pub(super) approvals: Vec<Placed<DraftApproval>>,
}

impl Draft {
    /// The ledger, lists in canonical order; `None` without a district.
    pub(super) fn into_ledger(mut self) -> Option<Ledger> {
        let routes: BTreeMap<String, Line> = self.routes.into_iter().map(|route| route.value).collect();
        let approval = |draft: DraftApproval| Approval {
            id: draft.id,
            vehicle: draft.vehicle,
            load_site: draft.load_site,
            disposal_site: draft.disposal_site,
            route: routes.get(&draft.route).cloned().unwrap_or_default(),
            windows: draft.windows,
            binds: draft.binds,
            district: draft.district,
            validity: draft.validity,
        };
        let mut ledger = Ledger {
            district: self.districts.pop()?.value,
            vehicles: bare(self.vehicles),
            labels: bare(self.labels),
            fittings: bare(self.fittings),
            companies: bare(self.companies),
            transport_approvals: bare(self.transport_approvals),
            sites: bare(self.sites),
            places: bare(self.places),
            approvals: bare(self.approvals).into_iter().map(approval).collect(),
            zones: bare(self.zones),
        };
        sort_ledger(&mut ledger);
        Some(ledger)
    }
}

fn bare<T>(rows: Vec<Placed<T>>) -> Vec<T> {
    rows.into_iter().map(|row| row.value).collect()
}
