//! One test district a file: its box from the fixes, every vehicle a yellow-label muck truck with one terminal.

use crate::{traces::Trace, wire};
use muckwatch::{
    geo::plane::{Plane, Xy},
    model::{
        approval::{Approval, Binds},
        district::{District, Origin},
        ids::{ApprovalId, DistrictId, SiteId, VehicleId, ZoneId},
        ledger::Ledger,
        place::{Area, Line, Polygon, Wgs84},
        plate::{Plate, PlateColour},
        site::{Site, SiteKind},
        terminal::{Fitting, FittingRole, LoadSensor, ReportedDatum},
        time::{Timestamp, Validity},
        vehicle::{EmissionLabel, LabelChange, Vehicle, VehicleKind},
        zone::{ClosedTo, Zone},
    },
};

/// Code of every test district.
const DISTRICT: &str = "990000";

/// Ledger code of a vehicle.
pub(crate) fn vehicle_id(vehicle: usize) -> VehicleId {
    VehicleId::new(&format!("V{vehicle:04}"))
}

/// Vehicles and terminals of a file, nothing else.
pub(crate) fn bare(trace: &Trace) -> Ledger {
    let vehicles = 0..trace.vehicles.len();
    Ledger {
        district: district(trace),
        vehicles: vehicles.clone().map(vehicle).collect(),
        labels: vehicles.clone().map(label).collect(),
        fittings: vehicles.map(fitting).collect(),
        companies: vec![],
        transport_approvals: vec![],
        sites: vec![],
        places: vec![],
        approvals: vec![],
        zones: vec![],
    }
}

fn district(trace: &Trace) -> District {
    let (south, north) = span(trace, |place| place.lat_e6);
    let (west, east) = span(trace, |place| place.lon_e6);
    let corner = |lat_e6, lon_e6| Wgs84 { lat_e6, lon_e6 };
    let outer = vec![corner(south, west), corner(south, east), corner(north, east), corner(north, west)];
    District {
        id: DistrictId::new(DISTRICT),
        name_zh: format!("测试区 {}", trace.name),
        name_en: format!("test district {}", trace.name),
        origin: Origin::Synthetic,
        outline: Area(vec![Polygon { outer, holes: vec![] }]),
        recognises: vec![],
    }
}

/// Where all but the outermost hundredths lie, and 3 km more.
fn span(trace: &Trace, value: fn(&Wgs84) -> i32) -> (i32, i32) {
    let mut all: Vec<i32> = trace.rows.iter().map(|row| value(&row.place)).collect();
    all.sort_unstable();
    let share = |hundredths: usize| all[(all.len() - 1) * hundredths / 100];
    (share(1) - 30_000, share(99) + 30_000)
}

fn vehicle(vehicle: usize) -> Vehicle {
    Vehicle {
        id: vehicle_id(vehicle),
        plate: Plate::new(&format!("测A{vehicle:05}"), PlateColour::Yellow),
        kind: VehicleKind::MuckTruck,
        company: None,
        supervising_unit: "测试".to_owned(),
        responsible_leader: "测试".to_owned(),
        responsible_officer: "测试".to_owned(),
        officer_phone: String::new(),
        validity: Validity::ALWAYS,
    }
}

fn label(vehicle: usize) -> LabelChange {
    LabelChange {
        vehicle: vehicle_id(vehicle),
        label: EmissionLabel::Yellow,
        from: Timestamp::BEGINNING,
        certificate: String::new(),
    }
}

fn fitting(vehicle: usize) -> Fitting {
    Fitting {
        terminal: wire::terminal(vehicle),
        vehicle: vehicle_id(vehicle),
        role: FittingRole::Main,
        load_sensor: LoadSensor::Absent,
        datum: ReportedDatum::Wgs84,
        auth_code: String::new(),
        validity: Validity::ALWAYS,
    }
}

/// A zone round a place, closed to yellow labels at any hour.
pub(crate) fn zone(number: usize, middle: Wgs84, radius_m: f64) -> Zone {
    Zone {
        id: ZoneId::new(&format!("Z{number:04}")),
        name: format!("测试限行区 {number}"),
        area: octagon(middle, radius_m),
        hours: vec![],
        closed_to: ClosedTo::YellowLabel,
        notice: String::new(),
        validity: Validity::ALWAYS,
    }
}

/// A building site round a place.
pub(crate) fn site(number: usize, middle: Wgs84, radius_m: f64) -> Site {
    Site {
        id: SiteId::new(&format!("S{number:04}")),
        name: format!("测试工地 {number}"),
        kind: SiteKind::Construction,
        township: String::new(),
        area: octagon(middle, radius_m),
        validity: Validity::ALWAYS,
    }
}

/// An approval of one vehicle: for a load site (and no route), or for a route that binds all driving.
pub(crate) fn approval(vehicle: usize, load_site: Option<SiteId>, route: Line) -> Approval {
    let binds = if route.0.is_empty() { Binds::LoadedLegs } else { Binds::AllDriving };
    Approval {
        id: ApprovalId::new(&format!("A{vehicle:04}")),
        vehicle: vehicle_id(vehicle),
        load_site,
        disposal_site: None,
        route,
        windows: vec![],
        binds,
        district: DistrictId::new(DISTRICT),
        validity: Validity::ALWAYS,
    }
}

/// Eight corners so far from the middle that every edge is at least `radius_m` away.
fn octagon(middle: Wgs84, radius_m: f64) -> Area {
    let plane = Plane::at(middle);
    // tan 22.5°
    let half_edge = radius_m * 0.414_213_562_373_095;
    let corners = [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)].into_iter().flat_map(|(x, y): (f64, f64)| {
        let corner =
            move |side: f64| Xy { x: x * radius_m - side * y * half_edge, y: y * radius_m + side * x * half_edge };
        [corner(-1.0), corner(1.0)]
    });
    let outer = corners.map(|corner| plane.to_wgs84(corner).expect("on the globe")).collect();
    Area(vec![Polygon { outer, holes: vec![] }])
}
