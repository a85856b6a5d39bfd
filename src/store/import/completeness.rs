//! 台账完整率: how many muck trucks have everything the office must know of them.

use crate::model::{ledger::Ledger, time::Timestamp, vehicle::VehicleKind};

/// Muck trucks that hold at an instant, and how many of them are fully entered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Completeness {
    /// All.
    pub muck_trucks: u32,
    /// With supervising unit, leader, officer and company.
    pub complete: u32,
}

/// Counts the muck trucks of a ledger at an instant.
#[must_use]
pub fn completeness(ledger: &Ledger, at: Timestamp) -> Completeness {
    let mut count = Completeness::default();
    for vehicle in &ledger.vehicles {
        if vehicle.kind != VehicleKind::MuckTruck || !vehicle.validity.holds_at(at) {
            continue;
        }
        count.muck_trucks += 1;
        let names = [&vehicle.supervising_unit, &vehicle.responsible_leader, &vehicle.responsible_officer];
        if names.iter().all(|name| !name.is_empty()) && vehicle.company.is_some() {
            count.complete += 1;
        }
    }
    count
}
