//! The synthetic district as a whole: its ground, its fleet, and the ledger an office would keep of them.

use super::{
    calendar::Day,
    cast::cast,
    fleet::{self, HERE, Member, NEIGHBOUR},
    outline::{Township, township_of, townships},
    town::{Spot, Town},
};
use crate::model::{
    district::{District, Origin},
    ids::{DistrictId, PlaceId, SiteId, ZoneId},
    ledger::Ledger,
    site::{Place, PlaceKind, Site, SiteKind},
    time::Validity,
    window::WeeklyWindow,
    zone::{ClosedTo, Zone},
};

/// Everything invented for one seed and day.
#[derive(Clone, Debug)]
pub struct Demo {
    /// The seed.
    pub seed: u64,
    /// The day that is simulated.
    pub day: Day,
    /// The ground.
    pub town: Town,
    /// The fleet, strangers included.
    pub members: Vec<Member>,
    /// Townships.
    pub townships: Vec<Township>,
}

impl Demo {
    /// Invents the district of `seed` as it stands on `day`.
    #[must_use]
    pub fn invent(seed: u64, day: Day) -> Self {
        Self { seed, day, town: Town::build(seed), members: fleet::members(&cast()), townships: townships() }
    }

    /// What the office knows of it.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        let mut ledger = Ledger {
            district: self.district(),
            vehicles: fleet::vehicles(&self.members),
            labels: fleet::labels(&self.members, self.day),
            fittings: fleet::fittings(&self.members),
            companies: fleet::companies(),
            transport_approvals: fleet::transport_approvals(self.day),
            sites: self.sites(),
            places: self.places(),
            approvals: fleet::approvals(&self.members, &self.town, self.day),
            zones: self.zones(),
        };
        ledger.sites.sort_by(|a, b| a.id.cmp(&b.id));
        ledger.places.sort_by(|a, b| a.id.cmp(&b.id));
        ledger
    }

    fn district(&self) -> District {
        District {
            id: DistrictId::new(HERE),
            name_zh: "惠济区（模拟）".to_owned(),
            name_en: "Huiji (synthetic)".to_owned(),
            origin: Origin::Synthetic,
            outline: self.town.outline.area_model(),
            recognises: vec![DistrictId::new(NEIGHBOUR)],
        }
    }

    fn sites(&self) -> Vec<Site> {
        let site = |spot: &Spot, kind| Site {
            id: SiteId::new(&spot.code),
            name: spot.name.clone(),
            kind,
            township: township_of(spot.yard).to_owned(),
            area: spot.ring.area_model(),
            validity: Validity::ALWAYS,
        };
        let building = self.town.sites.iter().map(|spot| site(spot, SiteKind::Construction));
        building.chain(self.town.dumps.iter().map(|spot| site(spot, SiteKind::Disposal))).collect()
    }

    fn places(&self) -> Vec<Place> {
        let place = |spot: &Spot, kind| Place {
            id: PlaceId::new(&spot.code),
            name: spot.name.clone(),
            kind,
            area: spot.ring.area_model(),
        };
        let town = &self.town;
        let fuel = town.fuel.iter().map(|spot| place(spot, PlaceKind::Fuel));
        let depots = town.depots.iter().map(|spot| place(spot, PlaceKind::Depot));
        let repair = town.repair.iter().map(|spot| place(spot, PlaceKind::Repair));
        fuel.chain(depots).chain(repair).collect()
    }

    fn zones(&self) -> Vec<Zone> {
        let zone = |id, name: &str, ring: &super::ground::Ring, hours, closed_to| Zone {
            id: ZoneId::new(id),
            name: name.to_owned(),
            area: ring.area_model(),
            hours,
            closed_to,
            notice: "模拟通告 2026-1 号".to_owned(),
            validity: Validity::ALWAYS,
        };
        let daytime = WeeklyWindow { days: 0x7f, from_minute: 6 * 60, to_minute: 1440 };
        let (yellow, muck) = (&self.town.yellow_zone.ring, &self.town.muck_zone.ring);
        vec![
            zone(YELLOW_ZONE, "黄标车限行区", yellow, vec![daytime], ClosedTo::YellowLabel),
            zone(MUCK_ZONE, "渣土车禁行区", muck, Vec::new(), ClosedTo::MuckTrucks),
        ]
    }
}

/// Ledger code of the zone closed to yellow-label vehicles.
pub const YELLOW_ZONE: &str = "XX-01";
/// Ledger code of the zone closed to muck trucks.
pub const MUCK_ZONE: &str = "XX-02";

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn demo(seed: u64) -> Demo {
        Demo::invent(seed, Day::parse("2026-11-23").expect("a date"))
    }

    #[test]
    fn every_seed_gives_a_whole_district() {
        // Proves: for 60 seeds the grid has room for everything, fences lie inside the outline, and hauls are real hauls.
        for seed in 0..60 {
            let demo = demo(seed);
            let town = &demo.town;
            let spots = [&town.sites, &town.dumps, &town.depots, &town.fuel, &town.repair];
            for spot in spots.into_iter().flatten() {
                assert!(spot.ring.0.iter().all(|corner| town.outline.contains(*corner)), "seed {seed}: {}", spot.name);
                assert!(spot.ring.depth(spot.yard) > 20.0, "seed {seed}: {}", spot.name);
            }
            for haul in &town.hauls {
                let length = haul.drive.path.length();
                assert!((3_000.0..22_000.0).contains(&length), "seed {seed}: a haul of {length} m");
            }
            assert!((60..=150).contains(&town.network.roads.len()), "seed {seed}");
        }
    }

    #[test]
    fn ids_are_unique_and_the_seed_decides() {
        // Proves: no id or plate of the ledger occurs twice; equal seeds give equal ledgers, others do not.
        let ledger = demo(1).ledger();
        let plates: BTreeSet<_> = ledger.vehicles.iter().map(|vehicle| vehicle.plate.clone()).collect();
        assert_eq!(plates.len(), ledger.vehicles.len());
        let sites: BTreeSet<_> = ledger.sites.iter().map(|site| site.id.clone()).collect();
        assert_eq!(sites.len(), ledger.sites.len());
        let terminals: BTreeSet<_> = ledger.fittings.iter().map(|fitting| fitting.terminal).collect();
        assert_eq!(terminals.len(), ledger.fittings.len());
        assert_eq!(ledger, demo(1).ledger());
        assert_ne!(ledger.sites, demo(2).ledger().sites);
    }
}
