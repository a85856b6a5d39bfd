//! Judging, fixes a second of one core (processor time): 10,000 terminals, frames in the order they would come.
//!
//! `cargo bench --no-default-features --bench judging`
//!
//! Beside it the limit (reading the frames and nothing else), and a rival: what a position alone would cost if every shape of
//! the district were asked about it.

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
    engine::{Engine, output::Outputs},
    geo::{
        fence::Fence,
        plane::{Plane, Xy},
    },
    intake,
    model::{
        approval::{Approval, Binds},
        company::{Company, TransportApproval},
        district::{District, Origin},
        fix::SessionTrust,
        ids::{ApprovalId, CompanyId, ConnectionId, DistrictId, Revision, Seq, SiteId, VehicleId, ZoneId},
        input::{Event, Input, LedgerRevision, RawFrame},
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
use std::{hint::black_box, sync::Arc};

const TERMINALS: usize = 10_000;
const FIXES: usize = 60;
const EVERY_S: i64 = 10;
const SITES: usize = 200;
const ZONES: usize = 50;
const ROUTE_POINTS: usize = 60;
const START_MS: i64 = 1_795_500_000_000;

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
            name_zh: String::new(),
            name_en: String::new(),
            origin: Origin::Synthetic,
            outline: draw.square_at(0.0, 0.0, 15_000.0),
            recognises: Vec::new(),
        },
        vehicles: Vec::new(),
        labels: Vec::new(),
        fittings: Vec::new(),
        companies: vec![Company { id: CompanyId::new("C"), name: String::new() }],
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
            name: String::new(),
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
            name: String::new(),
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

fn frame(number: usize, step: usize, place: Wgs84) -> RawFrame {
    let step = i64::try_from(step).expect("small");
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
        time: BcdTime::from_unix_ms(START_MS + step * EVERY_S * 1000).expect("this century"),
        items: Items::builder().mileage(12_345).signal_strength(20).satellites(14).finish(),
    };
    let head = Head::new(Edition::V2013.layout(), Phone::parse(&phone(number)).expect("digits"), 1);
    let mut wire = BytesMut::new();
    head.encode(MessageId::LOCATION, &report.to_body(), &mut wire).expect("fits");
    let raw = Bytes::copy_from_slice(&wire);
    RawFrame { connection: ConnectionId(number as u64), session: SessionTrust::Authenticated, raw }
}

fn inputs(roads: &[Vec<Wgs84>]) -> Vec<Input> {
    let mut list = Vec::with_capacity(TERMINALS * FIXES + FIXES);
    for step in 0..FIXES {
        list.extend(
            roads.iter().enumerate().map(|(number, road)| Event::Frame(frame(number, step, road[step % ROUTE_POINTS]))),
        );
        list.push(Event::Tick);
    }
    let per_step = TERMINALS as u64 + 1;
    let received = |place: u64| {
        Timestamp::from_millis(START_MS + i64::try_from(place / per_step).expect("small") * EVERY_S * 1000 + 500)
    };
    (0..).zip(list).map(|(place, event)| Input { seq: Seq(place + 2), received: received(place), event }).collect()
}

/// Processor seconds of this thread so far: on a shared machine the wall says little. Linux only.
fn cpu_s() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux with scheduler statistics");
    let nanos: f64 = text.split(' ').next().and_then(|first| first.parse().ok()).expect("nanoseconds on the processor");
    nanos / 1e9
}

fn rate(what: &str, count: usize, seconds: f64) {
    #[expect(clippy::cast_precision_loss, reason = "a count of fixes")]
    let count = count as f64;
    println!("{what:<44} {:>10.0} fixes/s   {:>7.2} µs each", count / seconds, seconds / count * 1e6);
}

/// Reading and digesting, nothing else.
fn limit(inputs: &[Input]) {
    let begun = cpu_s();
    for input in inputs {
        if let Event::Frame(raw) = &input.event {
            black_box(intake::read(input, raw).expect("a frame"));
        }
    }
    rate("limit: read the frame, digest its body", TERMINALS * FIXES, cpu_s() - begun);
}

/// Every shape asked about every position.
fn rival(ledger: &Ledger, roads: &[Vec<Wgs84>]) {
    let areas = ledger.sites.iter().map(|site| &site.area).chain(ledger.zones.iter().map(|zone| &zone.area));
    let shapes: Vec<Fence> = areas.map(|area| Fence::new(area).expect("a square")).collect();
    let (begun, sample) = (cpu_s(), 1000);
    for place in roads.iter().take(sample).flatten() {
        black_box(shapes.iter().map(|shape| shape.signed_distance(*place).0).fold(f64::MIN, f64::max));
    }
    rate("rival: every site and zone asked, no rules", sample * ROUTE_POINTS, cpu_s() - begun);
}

fn compiled(ledger: Ledger) -> Engine {
    let begun = cpu_s();
    let mut engine = Engine::new();
    let revision = LedgerRevision { revision: Revision(1), author: String::new(), ledger };
    let received = Timestamp::from_millis(START_MS);
    let first = Input { seq: Seq(1), received, event: Event::LedgerRevised(Arc::new(revision)) };
    engine.apply(&first, &mut Outputs::default()).expect("a ledger");
    println!("{:<44} {:>10.1} ms", format!("compile a ledger of {TERMINALS} trucks"), (cpu_s() - begun) * 1e3);
    engine
}

fn judged(engine: &mut Engine, inputs: &[Input]) {
    let (mut out, mut changes, mut saving) = (Outputs::default(), 0, 0.0);
    let begun = cpu_s();
    for input in inputs {
        engine.apply(input, &mut out).expect("applies");
        if input.event == Event::Tick {
            changes += out.episodes.len();
            let before = cpu_s();
            let states = out.dirty.iter().filter_map(|terminal| engine.state(*terminal));
            black_box(states.map(|state| state.len()).sum::<usize>());
            saving += cpu_s() - before;
            out = Outputs::default();
        }
    }
    rate("judging: read, order, fold, rules, rows", TERMINALS * FIXES, cpu_s() - begun - saving);
    #[expect(clippy::cast_precision_loss, reason = "a small count")]
    let once = saving * 1e3 / FIXES as f64;
    println!("{:<44} {once:>10.1} ms   ({changes} row changes in all)", "writing all states, once");
    let bytes: usize = engine.terminals().filter_map(|terminal| engine.state(terminal)).map(|state| state.len()).sum();
    println!("{:<44} {:>10} bytes", "state of a terminal, mean", bytes / TERMINALS);
}

fn main() {
    let mut draw = Draw {
        chance: ChaCha8Rng::seed_from_u64(8),
        plane: Plane::at(Wgs84 { lat_e6: 34_868_000, lon_e6: 113_617_000 }),
    };
    let roads: Vec<Vec<Wgs84>> = (0..TERMINALS).map(|_| draw.road()).collect();
    let ledger = ledger(&mut draw, &roads);
    let inputs = inputs(&roads);
    limit(&inputs);
    rival(&ledger, &roads);
    let mut engine = compiled(ledger);
    judged(&mut engine, &inputs);
}
