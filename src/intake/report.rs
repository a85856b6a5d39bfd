//! One position as the device sent it, and how the ledger reads it.

use crate::{
    geo::datum::{Gcj02, gcj02_to_wgs84},
    model::{
        fix::{Fix, FixId, FixKey, FixOrigin, LoadSignal, SessionTrust},
        ids::{ConnectionId, Seq, TerminalId},
        place::Wgs84,
        terminal::{LoadSensor, ReportedDatum},
        time::Timestamp,
        units::{Altitude, Heading, Mileage, Speed},
    },
};
use jt808::location::{ItemValue, Load, LocationReport, StatusFlags};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What the ledger says of a device at an event time.
pub trait Profiles {
    /// Its profile then; `None` when the ledger does not know it.
    fn profile(&self, terminal: TerminalId, at: Timestamp) -> Option<Profile>;
}

/// How to read a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Datum it reports in when status bit 5 does not say so.
    pub datum: ReportedDatum,
    /// Whether its load bits mean anything.
    pub load_sensor: LoadSensor,
}

/// What carried a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carrier {
    /// Whose.
    pub terminal: TerminalId,
    /// Receive time.
    pub received: Timestamp,
    /// Which frame.
    pub seq: Seq,
    /// On which connection.
    pub connection: ConnectionId,
    /// How far that session is trusted.
    pub session: SessionTrust,
    /// Whether the frame was what its header said.
    pub framing: Framing,
}

/// A position as sent: place in the device's own datum, load bits as they stand. Independent of the ledger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    fix: Fix,
    framing: Framing,
}

/// Whether the frame was what its header said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Framing {
    /// It was.
    Sound,
    /// The checksum held and the length field was another: kept, counted, not judged.
    LengthDisagrees,
}

impl Report {
    pub(super) fn new(carrier: &Carrier, body: &[u8], sent: &LocationReport, part: u16, origin: FixOrigin) -> Self {
        let items = Items::of(sent);
        let fix = Fix {
            terminal: carrier.terminal,
            id: digest(body),
            at: sent.time.unix_ms().map(Timestamp::from_millis),
            received: carrier.received,
            seq: carrier.seq,
            part,
            connection: carrier.connection,
            session: carrier.session,
            place: place(sent),
            speed: Speed(sent.speed),
            heading: Heading(sent.direction),
            altitude: Altitude(sent.altitude.cast_signed()),
            status: sent.status.0,
            alarms: sent.alarm.0,
            mileage: items.mileage,
            satellites: items.satellites,
            load: LoadSignal::Unknown,
            origin,
        };
        Self { fix, framing: carrier.framing }
    }

    /// The position with datum and load as the ledger has them at its event time.
    #[must_use]
    pub fn profiled(&self, profiles: &dyn Profiles) -> Fix {
        let mut fix = self.fix.clone();
        let profile = self.fix.at.and_then(|at| profiles.profile(self.fix.terminal, at));
        let status = StatusFlags(fix.status);
        let shifted = status.is_encrypted() || profile.is_some_and(|profile| profile.datum == ReportedDatum::Gcj02);
        if shifted {
            let sent = Gcj02 { lat: fix.place.lat(), lon: fix.place.lon() };
            fix.place = gcj02_to_wgs84(sent).unwrap_or(fix.place);
        }
        if profile.is_some_and(|profile| profile.load_sensor == LoadSensor::Fitted) {
            fix.load = match status.load() {
                Load::Empty => LoadSignal::Empty,
                Load::Half => LoadSignal::Half,
                Load::Full => LoadSignal::Full,
                Load::Reserved => LoadSignal::Unknown,
            };
        }
        fix
    }

    /// The position as sent: place in the device's own datum, load unknown.
    #[must_use]
    pub const fn as_sent(&self) -> &Fix {
        &self.fix
    }

    /// Whether the frame was what its header said.
    #[must_use]
    pub const fn framing(&self) -> Framing {
        self.framing
    }

    /// Where it sorts; `None` without an event time.
    #[must_use]
    pub fn key(&self) -> Option<FixKey> {
        self.fix.key()
    }
}

#[derive(Default)]
struct Items {
    mileage: Option<Mileage>,
    satellites: Option<u8>,
}

impl Items {
    /// The first of each.
    fn of(sent: &LocationReport) -> Self {
        let mut found = Self::default();
        for item in &sent.items {
            match item.typed() {
                Some(ItemValue::Mileage(mileage)) => found.mileage = found.mileage.or(Some(Mileage(mileage))),
                Some(ItemValue::Satellites(count)) => found.satellites = found.satellites.or(Some(count)),
                _ => {}
            }
        }
        found
    }
}

/// A place off the globe becomes 0°, 0°, which the gate refuses.
fn place(sent: &LocationReport) -> Wgs84 {
    let within = |value: i64, limit: i32| i32::try_from(value).ok().filter(|value| (-limit..=limit).contains(value));
    match (within(sent.latitude_e6(), 90_000_000), within(sent.longitude_e6(), 180_000_000)) {
        (Some(lat_e6), Some(lon_e6)) => Wgs84 { lat_e6, lon_e6 },
        _ => Wgs84::default(),
    }
}

fn digest(body: &[u8]) -> FixId {
    FixId(Sha256::digest(body).iter().take(8).fold(0, |id, byte| id << 8 | u64::from(*byte)))
}
