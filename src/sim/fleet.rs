//! Vehicles, devices and companies of the cast, as ledger rows. All plates, names and numbers are invented.

use super::{
    calendar::Day,
    cast::{COMPANIES, Datum, Errand, Habit, Lack, Part, Quirk, Role},
    town::{Haul, Town},
};
use crate::model::{
    approval::{Approval, Binds},
    company::{Company, TransportApproval},
    ids::{ApprovalId, CompanyId, DistrictId, SiteId, TerminalId, VehicleId},
    plate::{Plate, PlateColour},
    terminal::{Fitting, FittingRole, LoadSensor, ReportedDatum},
    time::{Span, Timestamp, Validity},
    vehicle::{EmissionLabel, LabelChange, Vehicle, VehicleKind},
};
use jt808::header::Edition;

/// GB/T 2260 codes: ours, a neighbour that is recognised, one that is not.
pub const HERE: &str = "410108";
/// 金水区, recognised.
pub const NEIGHBOUR: &str = "410105";
/// 中原区, not recognised.
pub const STRANGE: &str = "410102";

const COMPANY_NAMES: [&str; COMPANIES] = [
    "河滩土石方运输有限公司",
    "柳岸渣土清运有限公司",
    "长堤工程运输有限公司",
    "金堤清运有限公司",
    "黑石运输队",
    "旧桥清运有限公司",
];
const UNITS: [(&str, &str, &str); 3] =
    [("区城管执法局", "周立人", "马行之"), ("区住建局", "吴守正", "郑明川"), ("古荥镇政府", "孙望河", "钱知远")];
const DAY_MS: i64 = 86_400_000;

/// One vehicle of the cast with everything that identifies it.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its part.
    pub part: Part,
    /// Ledger code; strangers have none in the ledger.
    pub vehicle: VehicleId,
    /// Plate on the truck, which is the plate its device claims.
    pub plate: Plate,
    /// Main device.
    pub terminal: TerminalId,
    /// Second device.
    pub spare: Option<TerminalId>,
    /// Code of the main device; empty = the one the gateway issues.
    pub auth_code: String,
}

impl Member {
    /// Whether the ledger has it.
    #[must_use]
    pub const fn is_registered(&self) -> bool {
        !matches!(self.part.role, Role::Stranger(_))
    }
}

/// Gives every part its plate and devices.
#[must_use]
pub fn members(parts: &[Part]) -> Vec<Member> {
    let borrowed = plate(3, parts[3].role);
    let member = |(index, part): (usize, &Part)| Member {
        part: *part,
        vehicle: VehicleId::new(&format!("CL-{:03}", index + 1)),
        plate: match part.role {
            Role::Stranger(Habit::BorrowsPlate) => borrowed.clone(),
            role => plate(index, role),
        },
        terminal: terminal(part.edition, index + 1),
        spare: part.spare.then(|| terminal(part.edition, index + 501)),
        auth_code: if index % 3 == 0 { format!("HJ{:06}", 7919 * (index + 1) % 1_000_000) } else { String::new() },
    };
    parts.iter().enumerate().map(member).collect()
}

/// Eleven digits for 2011 and 2013, thirteen for 2019, none of which is a telephone number in use.
fn terminal(edition: Edition, number: usize) -> TerminalId {
    let digits = match edition {
        Edition::V2019 => format!("10640108{number:05}"),
        Edition::V2011 | Edition::V2013 => format!("640108{number:05}"),
    };
    digits.parse().expect("digits are a terminal id")
}

fn plate(index: usize, role: Role) -> Plate {
    match role {
        Role::Yellow(_) => Plate::new(&format!("豫A·N{:04}", 2301 + index * 17), PlateColour::Yellow),
        Role::Stranger(_) => Plate::new(&format!("豫A·X{:04}", 9011 + index * 13), PlateColour::Yellow),
        _ if index % 8 == 2 => Plate::new(&format!("豫A·D{:05}", 30_101 + index * 29), PlateColour::YellowGreen),
        _ => Plate::new(&format!("豫A·H{:04}", 1201 + index * 31), PlateColour::Yellow),
    }
}

/// Ledger rows of the vehicles.
#[must_use]
pub fn vehicles(members: &[Member]) -> Vec<Vehicle> {
    let row = |(index, member): (usize, &Member)| {
        let (unit, leader, officer) = UNITS[index % UNITS.len()];
        Vehicle {
            id: member.vehicle.clone(),
            plate: member.plate.clone(),
            kind: kind(member.part.role),
            company: Some(company_id(member.part.company)),
            supervising_unit: unit.to_owned(),
            responsible_leader: leader.to_owned(),
            responsible_officer: officer.to_owned(),
            officer_phone: format!("0371-0000{:04}", 100 + index % UNITS.len()),
            validity: Validity::ALWAYS,
        }
    };
    members.iter().filter(|member| member.is_registered()).enumerate().map(row).collect()
}

const fn kind(role: Role) -> VehicleKind {
    match role {
        Role::Yellow(_) => VehicleKind::GoodsVehicle,
        _ => VehicleKind::MuckTruck,
    }
}

/// Emission labels; the retrofitted one was yellow until thirty days before `day`.
#[must_use]
pub fn labels(members: &[Member], day: Day) -> Vec<LabelChange> {
    let mut rows = Vec::new();
    for member in members.iter().filter(|member| member.is_registered()) {
        let label = |label, from, certificate: &str| LabelChange {
            vehicle: member.vehicle.clone(),
            label,
            from,
            certificate: certificate.to_owned(),
        };
        let long_ago = days(day, -4000);
        match member.part.role {
            Role::Yellow(Errand::Retrofitted) => {
                rows.push(label(EmissionLabel::Yellow, long_ago, ""));
                rows.push(label(EmissionLabel::Retrofitted, days(day, -30), "HGL-2026-0107"));
            }
            Role::Yellow(_) => rows.push(label(EmissionLabel::Yellow, long_ago, "")),
            _ => rows.push(label(EmissionLabel::Green, long_ago, "")),
        }
    }
    rows
}

/// Devices in vehicles.
#[must_use]
pub fn fittings(members: &[Member]) -> Vec<Fitting> {
    let mut rows = Vec::new();
    for member in members.iter().filter(|member| member.is_registered()) {
        let fitting = |terminal, role, auth_code: &str| Fitting {
            terminal,
            vehicle: member.vehicle.clone(),
            role,
            load_sensor: if member.part.sensor { LoadSensor::Fitted } else { LoadSensor::Absent },
            datum: match member.part.datum {
                Datum::Silent => ReportedDatum::Gcj02,
                Datum::Plain | Datum::Flagged => ReportedDatum::Wgs84,
            },
            auth_code: auth_code.to_owned(),
            validity: Validity::ALWAYS,
        };
        rows.push(fitting(member.terminal, FittingRole::Main, &member.auth_code));
        rows.extend(member.spare.map(|spare| fitting(spare, FittingRole::Spare, "")));
    }
    rows.sort_by_key(|row| row.terminal);
    rows
}

/// Companies.
#[must_use]
pub fn companies() -> Vec<Company> {
    let row = |(index, name): (usize, &&str)| Company { id: company_id(index), name: (*name).to_owned() };
    COMPANY_NAMES.iter().enumerate().map(row).collect()
}

/// Transport approvals: 0-2 here, 3 by the neighbour, 4 none, 5 run out.
#[must_use]
pub fn transport_approvals(day: Day) -> Vec<TransportApproval> {
    let row = |index: usize, district: &str, to: i64| TransportApproval {
        number: format!("YS-2026-{:03}", index + 1),
        company: company_id(index),
        district: DistrictId::new(district),
        validity: Validity { from: days(day, -320), to: Some(days(day, to)) },
    };
    vec![row(0, HERE, 45), row(1, HERE, 45), row(2, HERE, 200), row(3, NEIGHBOUR, 60), row(5, HERE, -23)]
}

/// Haul approvals.
#[must_use]
pub fn approvals(members: &[Member], town: &Town, day: Day) -> Vec<Approval> {
    let mut rows = Vec::new();
    for (index, member) in members.iter().enumerate().filter(|(_, member)| member.is_registered()) {
        let Some(terms) = permit(member.part.role, day) else { continue };
        let first = &town.hauls[member.part.haul];
        rows.push(approval(index + 101, member, (town, first), terms));
        if member.part.role == Role::Honest(Quirk::TwoHauls) {
            let second = other_haul(town, member.part.haul);
            rows.push(approval(index + 501, member, (town, second), terms));
        }
    }
    rows.sort_by(|a, b| a.id.cmp(&b.id));
    rows
}

/// The second haul of those who have two.
#[must_use]
pub fn other_haul(town: &Town, first: usize) -> &Haul {
    &town.hauls[(first + 1) % town.hauls.len()]
}

fn approval(
    number: usize,
    member: &Member,
    (town, haul): (&Town, &Haul),
    (district, validity): (&str, Validity),
) -> Approval {
    Approval {
        id: ApprovalId::new(&format!("HJ-2026-{number:03}")),
        vehicle: member.vehicle.clone(),
        load_site: Some(SiteId::new(&town.sites[haul.site].code)),
        disposal_site: Some(SiteId::new(&town.dumps[haul.dump].code)),
        route: haul.drive.path.line(),
        windows: vec![member.part.shift.window()],
        binds: binds(member.part.role),
        district: DistrictId::new(district),
        validity,
    }
}

fn permit(role: Role, day: Day) -> Option<(&'static str, Validity)> {
    let valid = Validity { from: days(day, -60), to: Some(days(day, 60)) };
    match role {
        Role::Unapproved(Lack::Nothing) | Role::Repositions | Role::Yellow(_) | Role::Stranger(_) => None,
        Role::Unapproved(Lack::Expired) => Some((HERE, Validity { from: days(day, -90), to: Some(days(day, -3)) })),
        Role::Unapproved(Lack::OtherDistrict) => Some((STRANGE, valid)),
        Role::Honest(Quirk::Neighbour) => Some((NEIGHBOUR, valid)),
        _ => Some((HERE, valid)),
    }
}

const fn binds(role: Role) -> Binds {
    match role {
        Role::Honest(Quirk::AllDriving) | Role::LeavesRouteEmpty => Binds::AllDriving,
        _ => Binds::LoadedLegs,
    }
}

/// Ledger code of a company.
#[must_use]
pub fn company_id(index: usize) -> CompanyId {
    CompanyId::new(&format!("QY-{:02}", index + 1))
}

fn days(day: Day, count: i64) -> Timestamp {
    day.start() + Span::from_millis(count * DAY_MS)
}
