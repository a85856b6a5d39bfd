//! A small stage for judging: a ledger and legs of driving in metres around an origin, turned into real frames.

pub(crate) mod worker;

use bytes::{Bytes, BytesMut};
use jt808::{
    frame::Head,
    header::{Edition, SubPackage},
    ids::MessageId,
    location::{AlarmFlags, Items, LocationReport, StatusFlags},
    messages::{BatchKind, LocationBatch, Message},
    phone::Phone,
    time::BcdTime,
};
use muckwatch::geo::datum::wgs84_to_gcj02;
use muckwatch::model::{
    approval::{Approval, Binds},
    company::{Company, TransportApproval},
    district::{District, Origin},
    fix::SessionTrust,
    ids::{ApprovalId, CompanyId, ConnectionId, DistrictId, PlaceId, Revision, Seq, SiteId, VehicleId, ZoneId},
    input::{Event, Input, LedgerRevision, RawFrame},
    ledger::Ledger,
    place::{Area, Line, Polygon, Wgs84},
    plate::{Plate, PlateColour},
    site::{Place, PlaceKind, Site, SiteKind},
    terminal::{Fitting, FittingRole, LoadSensor, ReportedDatum},
    time::{Span, Timestamp, Validity},
    vehicle::{EmissionLabel, LabelChange, Vehicle, VehicleKind},
    window::WeeklyWindow,
    zone::{ClosedTo, Zone},
};
use serde::Deserialize;
use std::sync::Arc;

/// The origin of all metres.
const ORIGIN: (f64, f64) = (34.868, 113.617);
const DISTRICT: &str = "410108";

/// One fixture: who, what the ledger says, how the truck drove, and what must be found.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scene {
    /// What it shows.
    pub(crate) what: String,
    /// Second 0.
    pub(crate) zero: String,
    /// The ledger.
    #[serde(default)]
    pub(crate) ledger: MiniLedger,
    /// How the truck drove.
    pub(crate) legs: Vec<Leg>,
    /// What must be found, and nothing else.
    pub(crate) expect: Vec<Expected>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MiniLedger {
    pub(crate) unknown_terminal: bool,
    pub(crate) kind: Option<VehicleKind>,
    pub(crate) labels: Vec<(EmissionLabel, String)>,
    pub(crate) company_papers: Option<Vec<Paper>>,
    pub(crate) recognises: Vec<String>,
    pub(crate) no_load_sensor: bool,
    pub(crate) gcj02: bool,
    pub(crate) sites: Vec<Box4>,
    pub(crate) disposal_sites: Vec<Box4>,
    pub(crate) depots: Vec<Box4>,
    pub(crate) zones: Vec<MiniZone>,
    pub(crate) approvals: Vec<MiniApproval>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Paper {
    #[serde(default)]
    pub(crate) district: Option<String>,
    #[serde(default)]
    pub(crate) from: Option<String>,
    #[serde(default)]
    pub(crate) to: Option<String>,
}

/// A box by its south-west and north-east corners, metres.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Box4 {
    pub(crate) id: String,
    pub(crate) sw: [f64; 2],
    pub(crate) ne: [f64; 2],
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MiniZone {
    pub(crate) id: String,
    pub(crate) sw: [f64; 2],
    pub(crate) ne: [f64; 2],
    #[serde(default)]
    pub(crate) hours: Vec<WeeklyWindow>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MiniApproval {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) load_site: Option<String>,
    #[serde(default)]
    pub(crate) disposal_site: Option<String>,
    #[serde(default)]
    pub(crate) route: Vec<[f64; 2]>,
    #[serde(default)]
    pub(crate) windows: Vec<WeeklyWindow>,
    #[serde(default)]
    pub(crate) all_driving: bool,
    #[serde(default)]
    pub(crate) district: Option<String>,
    #[serde(default)]
    pub(crate) from: Option<String>,
    #[serde(default)]
    pub(crate) to: Option<String>,
}

/// Driving or standing: fixes every `every_s` from second `s[0]` to `s[1]`, on the straight line between two points.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Leg {
    pub(crate) s: [i64; 2],
    pub(crate) every_s: i64,
    pub(crate) from: [f64; 2],
    pub(crate) to: [f64; 2],
    #[serde(default)]
    pub(crate) load: Load,
    #[serde(default)]
    pub(crate) ignition_off: bool,
    #[serde(default)]
    pub(crate) unauthenticated: bool,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Load {
    #[default]
    Empty,
    Full,
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    pub(crate) rule: String,
    #[serde(default)]
    pub(crate) object: Option<String>,
    /// Start and end in seconds from zero.
    pub(crate) s: [i64; 2],
    pub(crate) grade: String,
    #[serde(default)]
    pub(crate) reason: Option<String>,
    #[serde(default)]
    pub(crate) also: Vec<String>,
}

/// A place so many metres east and north of the origin.
pub(crate) fn at_metres([x, y]: [f64; 2]) -> Wgs84 {
    let lat = ORIGIN.0 + y / 110_941.0;
    let lon = ORIGIN.1 + x / 91_440.0;
    Wgs84::from_degrees(lat, lon).expect("near the origin")
}

fn area(sw: [f64; 2], ne: [f64; 2]) -> Area {
    let outer = [[sw[0], sw[1]], [ne[0], sw[1]], [ne[0], ne[1]], [sw[0], ne[1]]].map(at_metres).to_vec();
    Area(vec![Polygon { outer, holes: Vec::new() }])
}

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

fn validity(from: Option<&String>, to: Option<&String>) -> Validity {
    Validity { from: from.map_or(Timestamp::BEGINNING, |from| time(from)), to: to.map(|to| time(to)) }
}

pub(crate) fn terminal_phone() -> &'static str {
    "13900000001"
}

impl MiniLedger {
    /// The ledger proper: one vehicle `V1` of company `C1` with one terminal.
    pub(crate) fn ledger(&self) -> Ledger {
        let (vehicle, company) = (VehicleId::new("V1"), CompanyId::new("C1"));
        let construction = self.sites.iter().map(|site| site.site(SiteKind::Construction));
        let disposal = self.disposal_sites.iter().map(|site| site.site(SiteKind::Disposal));
        Ledger {
            district: self.district(),
            vehicles: vec![self.vehicle(&vehicle, &company)],
            labels: self.labels.iter().map(|label| change_of(&vehicle, label)).collect(),
            fittings: self.fittings(&vehicle),
            companies: vec![Company { id: company.clone(), name: "惠通运输".into() }],
            transport_approvals: self.papers(&company),
            sites: construction.chain(disposal).collect(),
            places: self.depots.iter().map(Box4::depot).collect(),
            approvals: self.approvals.iter().map(|approval| approval.approval(&vehicle)).collect(),
            zones: self.zones.iter().map(MiniZone::zone).collect(),
        }
    }

    fn district(&self) -> District {
        District {
            id: DistrictId::new(DISTRICT),
            name_zh: "试验区".into(),
            name_en: "Test".into(),
            origin: Origin::Synthetic,
            outline: area([-15_000.0, -15_000.0], [15_000.0, 15_000.0]),
            recognises: self.recognises.iter().map(|code| DistrictId::new(code)).collect(),
        }
    }

    fn vehicle(&self, id: &VehicleId, company: &CompanyId) -> Vehicle {
        Vehicle {
            id: id.clone(),
            plate: Plate::new("豫AD1234", PlateColour::Yellow),
            kind: self.kind.unwrap_or(VehicleKind::MuckTruck),
            company: Some(company.clone()),
            supervising_unit: String::new(),
            responsible_leader: String::new(),
            responsible_officer: String::new(),
            officer_phone: String::new(),
            validity: Validity::ALWAYS,
        }
    }

    fn papers(&self, company: &CompanyId) -> Vec<TransportApproval> {
        let good = || vec![Paper { district: None, from: None, to: None }];
        let papers = self.company_papers.clone().unwrap_or_else(good);
        let paper = |paper: &Paper| TransportApproval {
            number: "T1".into(),
            company: company.clone(),
            district: district_of(paper.district.as_ref()),
            validity: validity(paper.from.as_ref(), paper.to.as_ref()),
        };
        papers.iter().map(paper).collect()
    }

    fn fittings(&self, vehicle: &VehicleId) -> Vec<Fitting> {
        if self.unknown_terminal {
            return Vec::new();
        }
        vec![Fitting {
            terminal: terminal_phone().parse().expect("digits"),
            vehicle: vehicle.clone(),
            role: FittingRole::Main,
            load_sensor: if self.no_load_sensor { LoadSensor::Absent } else { LoadSensor::Fitted },
            datum: if self.gcj02 { ReportedDatum::Gcj02 } else { ReportedDatum::Wgs84 },
            auth_code: String::new(),
            validity: Validity::ALWAYS,
        }]
    }
}

impl Box4 {
    fn site(&self, kind: SiteKind) -> Site {
        Site {
            id: SiteId::new(&self.id),
            name: self.id.clone(),
            kind,
            township: String::new(),
            area: area(self.sw, self.ne),
            validity: Validity::ALWAYS,
        }
    }

    fn depot(&self) -> Place {
        let (id, name) = (PlaceId::new(&self.id), self.id.clone());
        Place { id, name, kind: PlaceKind::Depot, area: area(self.sw, self.ne) }
    }
}

fn change_of(vehicle: &VehicleId, (label, from): &(EmissionLabel, String)) -> LabelChange {
    LabelChange { vehicle: vehicle.clone(), label: *label, from: time(from), certificate: String::new() }
}

fn district_of(code: Option<&String>) -> DistrictId {
    DistrictId::new(code.map_or(DISTRICT, String::as_str))
}

impl MiniZone {
    fn zone(&self) -> Zone {
        Zone {
            id: ZoneId::new(&self.id),
            name: self.id.clone(),
            area: area(self.sw, self.ne),
            hours: self.hours.clone(),
            closed_to: ClosedTo::YellowLabel,
            notice: String::new(),
            validity: Validity::ALWAYS,
        }
    }
}

impl MiniApproval {
    fn approval(&self, vehicle: &VehicleId) -> Approval {
        Approval {
            id: ApprovalId::new(&self.id),
            vehicle: vehicle.clone(),
            load_site: self.load_site.as_deref().map(SiteId::new),
            disposal_site: self.disposal_site.as_deref().map(SiteId::new),
            route: Line(self.route.iter().copied().map(at_metres).collect()),
            windows: self.windows.clone(),
            binds: if self.all_driving { Binds::AllDriving } else { Binds::LoadedLegs },
            district: district_of(self.district.as_ref()),
            validity: validity(self.from.as_ref(), self.to.as_ref()),
        }
    }
}

/// A position to be sent, with the second at which it was made.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) second: i64,
    pub(crate) report: LocationReport,
    pub(crate) trust: SessionTrust,
}

impl Scene {
    /// Second 0.
    pub(crate) fn zero(&self) -> Timestamp {
        time(&self.zero)
    }

    /// All positions in the order they were made.
    pub(crate) fn positions(&self) -> Vec<Sent> {
        let zero = self.zero().as_millis();
        let mut sent: Vec<Sent> = self.legs.iter().flat_map(|leg| leg.positions(zero, self.ledger.gcj02)).collect();
        sent.sort_by_key(|sent| sent.second);
        sent
    }

    /// Ledger, every position as it is made with ticks between, and ticks past every gap limit.
    pub(crate) fn inputs(&self) -> Vec<Input> {
        let mut inputs = Journal::new(self.zero() - Span::from_secs(3600));
        inputs.push(inputs.now, Event::LedgerRevised(revision(1, self.ledger.ledger())));
        for sent in self.positions() {
            let received = self.zero() + Span::from_secs(sent.second + 1);
            inputs.push(received, frame(&sent.report, sent.trust));
            inputs.push(received, Event::Tick);
        }
        inputs.close();
        inputs.list
    }
}

impl Leg {
    fn positions(&self, zero: i64, gcj02: bool) -> Vec<Sent> {
        let [start, end] = self.s;
        let span = (end - start).max(1);
        let way = ((self.to[0] - self.from[0]).powi(2) + (self.to[1] - self.from[1]).powi(2)).sqrt();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "small, positive"
        )]
        let speed = (way / span as f64 * 36.0).round() as u16;
        let mut sent = Vec::new();
        let mut second = start;
        while second <= end {
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let share = (second - start) as f64 / span as f64;
            let place = at_metres([0, 1].map(|axis| self.from[axis] + (self.to[axis] - self.from[axis]) * share));
            let place = if gcj02 { shifted(place) } else { place };
            let mut status = StatusFlags::POSITIONED;
            status |= if self.ignition_off { 0 } else { StatusFlags::ACC_ON };
            status |= if matches!(self.load, Load::Full) { StatusFlags::FULL } else { 0 };
            let trust = if self.unauthenticated { SessionTrust::Unauthenticated } else { SessionTrust::Authenticated };
            sent.push(Sent { second, report: report(zero + second * 1000, place, speed, status), trust });
            second += self.every_s;
        }
        sent
    }
}

/// The place as a device reports it that speaks GCJ-02.
fn shifted(place: Wgs84) -> Wgs84 {
    let sent = wgs84_to_gcj02(place);
    Wgs84::from_degrees(sent.lat, sent.lon).expect("on the globe")
}

/// A report of a position.
pub(crate) fn report(unix_ms: i64, place: Wgs84, speed: u16, status: u32) -> LocationReport {
    LocationReport {
        alarm: AlarmFlags(0),
        status: StatusFlags(status),
        latitude: place.lat_e6.unsigned_abs(),
        longitude: place.lon_e6.unsigned_abs(),
        altitude: 90,
        speed,
        direction: 0,
        time: BcdTime::from_unix_ms(unix_ms).expect("this century"),
        items: Items::builder().satellites(12).finish(),
    }
}

/// A 0x0200 frame.
pub(crate) fn frame(report: &LocationReport, session: SessionTrust) -> Event {
    frame_of(terminal_phone(), report, session)
}

/// A 0x0200 frame of any terminal.
pub(crate) fn frame_of(phone: &str, report: &LocationReport, session: SessionTrust) -> Event {
    wire(phone, MessageId::LOCATION, &report.to_body(), session)
}

/// A 0x0704 frame.
pub(crate) fn batch(reports: &[LocationReport]) -> Event {
    let batch = LocationBatch::new(BatchKind::Backfill, reports).expect("fits");
    let body = Message::Batch(batch).encode_body(Edition::V2013).expect("fits");
    wire(terminal_phone(), MessageId::LOCATION_BATCH, &body, SessionTrust::Authenticated)
}

/// A 0x0704 whose body is cut into packets of so many bytes.
pub(crate) fn split_batch(reports: &[LocationReport], bytes: usize) -> Vec<Event> {
    let batch = LocationBatch::new(BatchKind::Backfill, reports).expect("fits");
    let body = Message::Batch(batch).encode_body(Edition::V2013).expect("fits");
    let total = u16::try_from(body.len().div_ceil(bytes)).expect("few");
    let packet = |(index, slice): (u16, &[u8])| {
        let split = Some(SubPackage { total, index });
        let phone = Phone::parse(terminal_phone()).expect("digits");
        let head = Head { split, ..Head::new(Edition::V2013.layout(), phone, index) };
        let mut wire = BytesMut::new();
        head.encode(MessageId::LOCATION_BATCH, slice, &mut wire).expect("fits");
        let (connection, session) = (ConnectionId(1), SessionTrust::Authenticated);
        Event::Frame(RawFrame { connection, session, raw: Bytes::from(wire) })
    };
    (1..).zip(body.chunks(bytes)).map(packet).collect()
}

fn wire(phone: &str, id: MessageId, body: &[u8], session: SessionTrust) -> Event {
    let head = Head::new(Edition::V2013.layout(), Phone::parse(phone).expect("digits"), 1);
    let mut wire = BytesMut::new();
    head.encode(id, body, &mut wire).expect("fits");
    Event::Frame(RawFrame { connection: ConnectionId(1), session, raw: Bytes::from(wire) })
}

/// A ledger revision.
pub(crate) fn revision(number: u32, ledger: Ledger) -> Arc<LedgerRevision> {
    Arc::new(LedgerRevision { revision: Revision(number), author: "test".into(), ledger })
}

/// Inputs with their seqs and receive times.
pub(crate) struct Journal {
    pub(crate) list: Vec<Input>,
    pub(crate) now: Timestamp,
}

impl Journal {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self { list: Vec::new(), now }
    }

    /// Appends; the clock never goes back.
    pub(crate) fn push(&mut self, received: Timestamp, event: Event) {
        self.now = self.now.max(received);
        let seq = Seq(u64::try_from(self.list.len()).expect("small") + 1);
        self.list.push(Input { seq, received: self.now, event });
    }

    /// Ticks until everything is let through, judged again and silent.
    pub(crate) fn close(&mut self) {
        for pause in [31, 1, 1, 1700, 1, 1] {
            self.push(self.now + Span::from_secs(pause), Event::Tick);
        }
    }
}
