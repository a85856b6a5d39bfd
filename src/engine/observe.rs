//! From a good fix to an observation: everything about it, looked up at event time.

use super::world::{Fleet, Held, World};
use crate::{
    model::{
        approval::Binds,
        place::Wgs84,
        time::Timestamp,
        vehicle::{EmissionLabel, Vehicle, VehicleKind},
    },
    rules::observation::{LoadSeen, Observation, PermitSeen, Standing, VehicleSeen, ZoneSeen},
    track::{
        events::{HaulEvent, HaulEventKind},
        tracker::Judged,
    },
};
use smallvec::SmallVec;

/// What an observation borrows from.
#[derive(Debug)]
pub(super) struct Circumstances<'a> {
    standing: Standing<'a>,
    in_district: bool,
    zones: SmallVec<[ZoneSeen<'a>; 4]>,
    permits: SmallVec<[PermitSeen<'a>; 4]>,
    load: Option<LoadSeen<'a>>,
}

impl<'a> Circumstances<'a> {
    /// Looks everything up that some rule may want to know here.
    pub(super) fn of(world: &'a World, judged: &'a Judged<'a>) -> Self {
        let (at, place) = (judged.beat.at, judged.fix.place);
        let mut seen = Self {
            standing: Standing::Unjudged,
            in_district: false,
            zones: SmallVec::new(),
            permits: SmallVec::new(),
            load: None,
        };
        match world.held(judged.fix.terminal, at) {
            Held::Unknown => {
                seen.standing = Standing::Quarantined;
                seen.in_district = world.in_district(place);
            }
            Held::Apart => {}
            Held::Main(fleet, vehicle) => seen.fitted(world, fleet, vehicle, judged),
        }
        seen
    }

    fn fitted(&mut self, world: &'a World, fleet: &'a Fleet, vehicle: &'a Vehicle, judged: &'a Judged<'a>) {
        let (at, place) = (judged.beat.at, judged.fix.place);
        let label = fleet.label_at(at);
        let transport = vehicle.company.as_ref().map_or(&[][..], |company| world.transport(company));
        self.standing = Standing::Fitted(VehicleSeen { vehicle, label, transport });
        if label == Some(EmissionLabel::Yellow) {
            let zones = world.zones_at(place).into_iter();
            self.zones = zones.map(|(zone, inside_m)| ZoneSeen { zone, inside_m }).collect();
        }
        if vehicle.kind != VehicleKind::MuckTruck {
            return;
        }
        self.permits = permits(fleet, judged, at, place);
        self.load = judged.event.as_ref().and_then(|event| load_seen(world, event));
    }

    /// The observation.
    pub(super) fn observe<'b>(&'b self, world: &'b World, judged: &'b Judged<'_>) -> Observation<'b> {
        Observation {
            fix: judged.fix,
            at: judged.beat.at,
            still: judged.still,
            in_district: self.in_district,
            standing: self.standing,
            zones: &self.zones,
            permits: &self.permits,
            haul: judged.haul,
            hauled_m: judged.hauled_m,
            load: self.load.as_ref(),
            district: &world.ledger().district,
        }
    }
}

/// The vehicle's approvals; distances only where one of them binds now.
fn permits<'a>(fleet: &'a Fleet, judged: &Judged<'_>, at: Timestamp, place: Wgs84) -> SmallVec<[PermitSeen<'a>; 4]> {
    let valid = |permit: &super::world::Permit| permit.recognised && permit.approval.validity.holds_at(at);
    let binds_all = || fleet.permits.iter().any(|permit| permit.approval.binds == Binds::AllDriving && valid(permit));
    let bound = judged.haul.is_some() || binds_all();
    let seen = |permit: &'a super::world::Permit| PermitSeen {
        approval: &permit.approval,
        recognised: permit.recognised,
        route: if bound && valid(permit) { permit.route_seen(place) } else { None },
    };
    fleet.permits.iter().map(seen).collect()
}

fn load_seen<'a>(world: &'a World, event: &'a HaulEvent) -> Option<LoadSeen<'a>> {
    if event.kind != HaulEventKind::Load {
        return None;
    }
    let (sites, places) = match event.place {
        Some(place) => (world.sites_at(place), world.places_at(place)),
        None => (Vec::new(), Vec::new()),
    };
    Some(LoadSeen { event, sites, places })
}
