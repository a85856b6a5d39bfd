//! A small invented ledger that has every kind of row.

use muckwatch::model::{
    approval::{Approval, Binds},
    company::{Company, TransportApproval},
    district::{District, Origin},
    ids::{ApprovalId, CompanyId, DistrictId, PlaceId, SiteId, VehicleId, ZoneId},
    ledger::Ledger,
    place::{Area, Line, Polygon, Wgs84},
    plate::{Plate, PlateColour},
    site::{Place, PlaceKind, Site, SiteKind},
    terminal::{Fitting, FittingRole, LoadSensor, ReportedDatum},
    time::{Timestamp, Validity},
    vehicle::{EmissionLabel, LabelChange, Vehicle, VehicleKind},
    window::WeeklyWindow,
    zone::{ClosedTo, Zone},
};

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// A ledger with one or two rows of every kind, lists in canonical order.
pub(crate) fn ledger() -> Ledger {
    Ledger {
        district: district(),
        vehicles: vec![vehicle("V-1", "豫AD1234"), vehicle("V-2", "豫AD1235")],
        labels: vec![label("V-2", EmissionLabel::Yellow, "2020-01-01T00:00:00+08:00")],
        fittings: vec![fitting("13900000001", "V-1"), fitting("13900000002", "V-2")],
        companies: vec![Company { id: CompanyId::new("C-1"), name: "惠通运输".to_owned() }],
        transport_approvals: vec![transport_approval()],
        sites: vec![site("S-1", SiteKind::Construction, 0), site("S-2", SiteKind::Disposal, 50_000)],
        places: vec![place()],
        approvals: vec![approval("A-1", "V-1")],
        zones: vec![zone()],
    }
}

fn district() -> District {
    District {
        id: DistrictId::new("410108"),
        name_zh: "惠济区".to_owned(),
        name_en: "Huiji".to_owned(),
        origin: Origin::Synthetic,
        outline: square(-100_000, 200_000),
        recognises: vec![DistrictId::new("410105")],
    }
}

pub(crate) fn vehicle(code: &str, plate: &str) -> Vehicle {
    Vehicle {
        id: VehicleId::new(code),
        plate: Plate::new(plate, PlateColour::Yellow),
        kind: VehicleKind::MuckTruck,
        company: Some(CompanyId::new("C-1")),
        supervising_unit: "惠济区城管局".to_owned(),
        responsible_leader: "张三".to_owned(),
        responsible_officer: "李四".to_owned(),
        officer_phone: "0371-60000000".to_owned(),
        validity: since("2026-01-01T00:00:00+08:00"),
    }
}

fn label(vehicle: &str, label: EmissionLabel, from: &str) -> LabelChange {
    LabelChange { vehicle: VehicleId::new(vehicle), label, from: at(from), certificate: String::new() }
}

fn fitting(terminal: &str, vehicle: &str) -> Fitting {
    Fitting {
        terminal: terminal.parse().unwrap(),
        vehicle: VehicleId::new(vehicle),
        role: FittingRole::Main,
        load_sensor: LoadSensor::Fitted,
        datum: ReportedDatum::Wgs84,
        auth_code: "k7".to_owned(),
        validity: since("2026-01-01T00:00:00+08:00"),
    }
}

fn transport_approval() -> TransportApproval {
    TransportApproval {
        number: "YS-2026-01".to_owned(),
        company: CompanyId::new("C-1"),
        district: DistrictId::new("410108"),
        validity: Validity { from: at("2026-01-01T00:00:00+08:00"), to: Some(at("2027-01-01T00:00:00+08:00")) },
    }
}

fn site(code: &str, kind: SiteKind, east: i32) -> Site {
    Site {
        id: SiteId::new(code),
        name: format!("{code} 号场地"),
        kind,
        township: "花园口镇".to_owned(),
        area: square(east, 2_000),
        validity: Validity::ALWAYS,
    }
}

fn place() -> Place {
    Place { id: PlaceId::new("P-1"), name: "加油站".to_owned(), kind: PlaceKind::Fuel, area: square(20_000, 500) }
}

pub(crate) fn approval(number: &str, vehicle: &str) -> Approval {
    Approval {
        id: ApprovalId::new(number),
        vehicle: VehicleId::new(vehicle),
        load_site: Some(SiteId::new("S-1")),
        disposal_site: Some(SiteId::new("S-2")),
        route: Line(vec![corner(0, 0), corner(25_000, 100), corner(50_000, 0)]),
        windows: vec![WeeklyWindow { days: 0x1f, from_minute: 22 * 60, to_minute: 5 * 60 }],
        binds: Binds::LoadedLegs,
        district: DistrictId::new("410108"),
        validity: Validity { from: at("2026-03-01T00:00:00+08:00"), to: Some(at("2026-12-31T00:00:00+08:00")) },
    }
}

fn zone() -> Zone {
    Zone {
        id: ZoneId::new("Z-1"),
        name: "黄标车限行区".to_owned(),
        area: square(80_000, 10_000),
        hours: vec![WeeklyWindow::ALWAYS],
        closed_to: ClosedTo::YellowLabel,
        notice: "郑政通〔2016〕1号".to_owned(),
        validity: Validity::ALWAYS,
    }
}

fn since(text: &str) -> Validity {
    Validity { from: at(text), to: None }
}

fn square(east: i32, side: i32) -> Area {
    let outer = vec![corner(east, 0), corner(east + side, 0), corner(east + side, side), corner(east, side)];
    Area(vec![Polygon { outer, holes: Vec::new() }])
}

fn corner(east: i32, north: i32) -> Wgs84 {
    Wgs84 { lat_e6: 34_860_000 + north, lon_e6: 113_600_000 + east }
}
