//! Traces as frames: 0x0200 two seconds after the fact, and 0x0704 for every hour's minutes 40 to 44, held back until the next
//! fix after them, at most ten minutes. Ignition is always on: no source tells.

use crate::traces::{Row, Trace, When};
use bytes::Bytes;
use jt808::{
    header::Edition,
    location::{AlarmFlags, Items, LocationReport, StatusFlags},
    messages::{BatchKind, LocationBatch},
    phone::Phone,
    terminal::{Sent, Terminal},
    time::BcdTime,
};
use muckwatch::{
    geo::plane::distance,
    model::{
        ids::{ConnectionId, TerminalId},
        time::{Span, Timestamp},
    },
};

/// A frame and when it came.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    /// Receive time.
    pub(crate) received: Timestamp,
    /// On which connection: the vehicle's number, from 1.
    pub(crate) connection: ConnectionId,
    /// The bytes.
    pub(crate) raw: Bytes,
}

/// In which order the rows of a vehicle are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// By time.
    Plausible,
    /// As the file has them: late by hours, forwards and backwards.
    AsFiled,
}

/// Seconds from a fix to its receipt.
const TRANSIT_S: i64 = 2;
/// Minutes of an hour that come as a batch.
const HELD_BACK: std::ops::Range<i64> = 40..45;
/// Seconds after which a batch goes out all the same.
const HELD_MAX_S: i64 = 600;
/// Records of one 0x0704: what one frame takes.
const BATCH: usize = 25;

/// The terminal of a vehicle.
pub(crate) fn terminal(vehicle: usize) -> TerminalId {
    phone(vehicle).to_string().parse().expect("digits")
}

fn phone(vehicle: usize) -> Phone {
    Phone::parse(&format!("1390000{vehicle:04}")).expect("digits")
}

/// The whole file as frames in order of receipt.
pub(crate) fn arrivals(trace: &Trace, delivery: Delivery) -> Vec<Arrival> {
    let mut all: Vec<Arrival> =
        (0..trace.vehicles.len()).flat_map(|vehicle| of_vehicle(trace, vehicle, delivery)).collect();
    all.sort_by_key(|arrival| arrival.received);
    all
}

/// A row, when it was (for a broken date: when the row before it was), and how fast.
struct Timed<'a> {
    row: &'a Row,
    at: Timestamp,
    speed: u16,
}

fn of_vehicle(trace: &Trace, vehicle: usize, delivery: Delivery) -> Vec<Arrival> {
    let mut rows = timed(trace, vehicle);
    set_speeds(&mut rows);
    if delivery == Delivery::Plausible {
        rows.sort_by_key(|row| row.at);
    }
    let mut post = Post {
        terminal: Terminal::new(edition(vehicle), phone(vehicle)),
        vehicle,
        now: Timestamp::BEGINNING,
        out: vec![],
    };
    let mut held: Vec<&Timed<'_>> = Vec::new();
    for row in &rows {
        if HELD_BACK.contains(&(row.at.as_millis().div_euclid(60_000) % 60)) {
            held.push(row);
            continue;
        }
        post.batches(&mut held, row.at);
        post.pass_to(row.at + Span::from_secs(TRANSIT_S));
        post.send(&report(row));
    }
    let end = post.now + Span::from_secs(HELD_MAX_S);
    post.batches(&mut held, end);
    post.out
}

struct Post {
    terminal: Terminal,
    vehicle: usize,
    now: Timestamp,
    out: Vec<Arrival>,
}

impl Post {
    fn send(&mut self, report: &LocationReport) {
        let sent = self.terminal.location(report).expect("a frame");
        self.put(sent);
    }

    fn pass_to(&mut self, at: Timestamp) {
        self.now = self.now.max(at);
    }

    fn batches(&mut self, held: &mut Vec<&Timed<'_>>, next: Timestamp) {
        if let Some(last) = held.iter().map(|row| row.at).max() {
            self.pass_to(next.clamp(last, last + Span::from_secs(HELD_MAX_S)) + Span::from_secs(TRANSIT_S));
        }
        for rows in held.chunks(BATCH) {
            let reports: Vec<LocationReport> = rows.iter().map(|row| report(row)).collect();
            let batch = LocationBatch::new(BatchKind::Backfill, &reports).expect("a batch");
            let sent = self.terminal.batch(&batch).expect("a frame");
            self.put(sent);
        }
        held.clear();
    }

    fn put(&mut self, sent: Sent) {
        assert_eq!(sent.frames, 1, "nothing here needs splitting");
        let connection = ConnectionId(u64::try_from(self.vehicle).expect("few") + 1);
        self.out.push(Arrival { received: self.now, connection, raw: sent.wire });
    }
}

const fn edition(vehicle: usize) -> Edition {
    if vehicle.is_multiple_of(2) { Edition::V2013 } else { Edition::V2019 }
}

fn timed(trace: &Trace, vehicle: usize) -> Vec<Timed<'_>> {
    let rows: Vec<&Row> = trace.rows.iter().filter(|row| row.vehicle == vehicle).collect();
    let mut last = rows.iter().find_map(|row| row.at()).expect("one good date a vehicle");
    let place = |row: &&'_ Row| {
        last = row.at().unwrap_or(last);
        last
    };
    let times: Vec<Timestamp> = rows.iter().map(place).collect();
    rows.into_iter().zip(times).map(|(row, at)| Timed { row, at, speed: 0 }).collect()
}

/// The source's speed, or the distance to the next fix in time over the time; the last one stands.
fn set_speeds(rows: &mut [Timed<'_>]) {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|number| rows[*number].at);
    for (place, number) in order.iter().enumerate() {
        let next = order.get(place + 1).map(|next| &rows[*next]);
        let row = &rows[*number];
        let kmh = row.row.speed_kmh.or_else(|| next.map(|next| implied_kmh(row, next))).unwrap_or(0.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "`as` saturates at the field's end"
        )]
        let tenths = (kmh * 10.0).round() as u16;
        rows[*number].speed = tenths;
    }
}

fn implied_kmh(row: &Timed<'_>, next: &Timed<'_>) -> f64 {
    let millis = next.at.since(row.at).as_millis().max(1000);
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of ten days")]
    let hours = millis as f64 / 3_600_000.0;
    distance(row.row.place, next.row.place).0 / 1000.0 / hours
}

fn report(timed: &Timed<'_>) -> LocationReport {
    let Row { place, satellites, time, .. } = timed.row;
    let signs =
        if place.lat_e6 < 0 { StatusFlags::SOUTH } else { 0 } | if place.lon_e6 < 0 { StatusFlags::WEST } else { 0 };
    let items = satellites.map_or_else(Items::default, |count| Items::from_wire(Bytes::from(vec![0x31, 1, count])));
    LocationReport {
        alarm: AlarmFlags(0),
        status: StatusFlags(StatusFlags::ACC_ON | StatusFlags::POSITIONED | signs),
        latitude: place.lat_e6.unsigned_abs(),
        longitude: place.lon_e6.unsigned_abs(),
        altitude: 0,
        speed: timed.speed,
        direction: 0,
        time: match time {
            When::At(at) => BcdTime::from_unix_ms(at.as_millis()).expect("a year of this century"),
            When::Broken(digits) => BcdTime(*digits),
        },
        items,
    }
}
