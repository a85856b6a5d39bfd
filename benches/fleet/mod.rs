//! A synthetic district and its trucks, for benches: 200 sites, 50 zones, each truck with two approvals on a winding road of its own.

use bytes::{Bytes, BytesMut};
use jt808::{
    frame::Head,
    header::Edition,
    ids::MessageId,
    location::{AlarmFlags, Items, LocationReport, StatusFlags},
    phone::Phone,
    time::BcdTime,
};
use muckwatch::{
    geo::plane::{Plane, Xy},
    model::{
        approval::{Approval, Binds},
        company::{Company, TransportApproval},
        district::{District, Origin},
        ids::{ApprovalId, CompanyId, DistrictId, SiteId, VehicleId, ZoneId},
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
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

const SITES: usize = 200;
const ZONES: usize = 50;
/// Points of a road, each where the truck is a step of [`EVERY_S`] after the one before: 170 m and a bit, 62 km/h.
pub(crate) const ROUTE_POINTS: usize = 60;
/// Seconds between two fixes of a truck.
pub(crate) const EVERY_S: i64 = 10;

/// The district with its trucks.
pub(crate) struct Fleet {
    /// Everything the house knows of them.
    pub(crate) ledger: Ledger,
    /// Each truck's approved road.
    pub(crate) roads: Vec<Vec<Wgs84>>,
}

impl Fleet {
    /// As many trucks as are asked for, the same at every call.
    pub(crate) fn draw(trucks: usize) -> Self {
        let mut draw = Draw {
            chance: ChaCha8Rng::seed_from_u64(8),
            plane: Plane::at(Wgs84 { lat_e6: 34_868_000, lon_e6: 113_617_000 }),
        };
        let roads: Vec<Vec<Wgs84>> = (0..trucks).map(|_| draw.road()).collect();
        Self { ledger: ledger(&mut draw, &roads), roads }
    }
}

struct Draw {
    chance: ChaCha8Rng,
    plane: Plane,
}

impl Draw {
    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + f64::from(self.chance.next_u32()) / f64::from(u32::MAX) * (high - low)
    }

    fn place(&self, x: f64, y: f64) -> Wgs84 {
        self.plane.to_wgs84(Xy { x, y }).expect("near Zhengzhou")
    }

    fn square(&mut self, half: f64) -> Area {
        let (x, y) = (self.between(-12_000.0, 12_000.0), self.between(-12_000.0, 12_000.0));
        self.square_at(x, y, half)
    }

    fn square_at(&self, x: f64, y: f64, half: f64) -> Area {
        let corners = [(-half, -half), (half, -half), (half, half), (-half, half)];
        let outer = corners.iter().map(|(east, north)| self.place(x + east, y + north)).collect();
        Area(vec![Polygon { outer, holes: Vec::new() }])
    }

    /// A winding road of 10 km.
    fn road(&mut self) -> Vec<Wgs84> {
        let (mut x, mut y) = (self.between(-8_000.0, -2_000.0), self.between(-10_000.0, 10_000.0));
        let mut road = Vec::with_capacity(ROUTE_POINTS);
        for _ in 0..ROUTE_POINTS {
            road.push(self.place(x, y));
            x += 170.0;
            y += self.between(-60.0, 60.0);
        }
        road
    }
}

fn phone(number: usize) -> String {
    format!("139{number:08}")
}

fn ledger(draw: &mut Draw, roads: &[Vec<Wgs84>]) -> Ledger {
    let mut ledger = Ledger {
        district: District {
            id: DistrictId::new("410108"),
            name_zh: "测试区".into(),
            name_en: "Bench".into(),
            origin: Origin::Synthetic,
            outline: draw.square_at(0.0, 0.0, 15_000.0),
            recognises: Vec::new(),
        },
        vehicles: Vec::new(),
        labels: Vec::new(),
        fittings: Vec::new(),
        companies: vec![Company { id: CompanyId::new("C"), name: "C".into() }],
        transport_approvals: vec![TransportApproval {
            number: "T".into(),
            company: CompanyId::new("C"),
            district: DistrictId::new("410108"),
            validity: Validity::ALWAYS,
        }],
        sites: Vec::new(),
        places: Vec::new(),
        approvals: Vec::new(),
        zones: Vec::new(),
    };
    for number in 0..SITES {
        let area = draw.square(150.0);
        let kind = if number.is_multiple_of(2) { SiteKind::Construction } else { SiteKind::Disposal };
        let id = SiteId::new(&format!("S{number:04}"));
        ledger.sites.push(Site {
            id,
            name: format!("S{number}"),
            kind,
            township: String::new(),
            area,
            validity: Validity::ALWAYS,
        });
    }
    for number in 0..ZONES {
        let area = draw.square(900.0);
        ledger.zones.push(Zone {
            id: ZoneId::new(&format!("Z{number:04}")),
            name: format!("Z{number}"),
            area,
            hours: Vec::new(),
            closed_to: ClosedTo::YellowLabel,
            notice: String::new(),
            validity: Validity::ALWAYS,
        });
    }
    roads.iter().enumerate().for_each(|(number, road)| truck(&mut ledger, number, road));
    ledger
}

/// One truck with its terminal, two approvals on its road, and a yellow label if it is one of twenty.
fn truck(ledger: &mut Ledger, number: usize, road: &[Wgs84]) {
    let vehicle = VehicleId::new(&format!("V{number:05}"));
    ledger.vehicles.push(Vehicle {
        id: vehicle.clone(),
        plate: Plate::new(&format!("豫A{number:05}"), PlateColour::Yellow),
        kind: VehicleKind::MuckTruck,
        company: Some(CompanyId::new("C")),
        supervising_unit: String::new(),
        responsible_leader: String::new(),
        responsible_officer: String::new(),
        officer_phone: String::new(),
        validity: Validity::ALWAYS,
    });
    if number.is_multiple_of(20) {
        let from = Timestamp::from_millis(0);
        let change =
            LabelChange { vehicle: vehicle.clone(), label: EmissionLabel::Yellow, from, certificate: String::new() };
        ledger.labels.push(change);
    }
    ledger.fittings.push(Fitting {
        terminal: phone(number).parse().expect("digits"),
        vehicle: vehicle.clone(),
        role: FittingRole::Main,
        load_sensor: LoadSensor::Fitted,
        datum: ReportedDatum::Wgs84,
        auth_code: String::new(),
        validity: Validity::ALWAYS,
    });
    for which in 0..2 {
        ledger.approvals.push(Approval {
            id: ApprovalId::new(&format!("A{number:05}-{which}")),
            vehicle: vehicle.clone(),
            load_site: Some(SiteId::new("S0000")),
            disposal_site: Some(SiteId::new("S0001")),
            route: Line(road.to_vec()),
            windows: Vec::new(),
            binds: if number.is_multiple_of(2) { Binds::LoadedLegs } else { Binds::AllDriving },
            district: DistrictId::new("410108"),
            validity: Validity::ALWAYS,
        });
    }
}

/// A position of a truck as it stands on the wire, some 65 bytes.
pub(crate) fn position(number: usize, place: Wgs84, at_ms: i64) -> Bytes {
    let report = LocationReport {
        alarm: AlarmFlags(0),
        status: StatusFlags(
            StatusFlags::ACC_ON
                | StatusFlags::POSITIONED
                | if number.is_multiple_of(3) { 0 } else { StatusFlags::FULL },
        ),
        latitude: place.lat_e6.unsigned_abs(),
        longitude: place.lon_e6.unsigned_abs(),
        altitude: 90,
        speed: 600,
        direction: 90,
        time: BcdTime::from_unix_ms(at_ms).expect("this century"),
        items: Items::builder().mileage(12_345).signal_strength(20).satellites(14).finish(),
    };
    let head = Head::new(Edition::V2013.layout(), Phone::parse(&phone(number)).expect("digits"), 1);
    let mut wire = BytesMut::new();
    head.encode(MessageId::LOCATION, &report.to_body(), &mut wire).expect("fits");
    wire.freeze()
}
