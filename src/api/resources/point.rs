//! A fix as answers carry it: both times, what the gate said, and on demand the frame it came in.

use crate::{
    api::names::{LoadName, OriginName},
    model::{
        fix::{Fix, SessionTrust},
        time::Timestamp,
    },
    track::quality::Quality,
};
use serde::Serialize;
use utoipa::ToSchema;

/// One position of one terminal.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TrackPoint {
    /// Event time by the device, ms UTC; `null` when its date is impossible.
    pub at_ms: Option<i64>,
    /// Receive time by the server's clock, ms UTC.
    pub received_ms: i64,
    /// The frame it came in.
    pub seq: u64,
    /// Which position of that frame, from 0.
    pub part: u16,
    /// Degrees, WGS-84.
    pub lat: f64,
    /// Degrees, WGS-84.
    pub lon: f64,
    /// Satellite speed.
    pub speed_kmh: f64,
    /// Clockwise from north.
    pub heading_deg: u16,
    /// Above sea level.
    pub altitude_m: i16,
    /// 0x0200 status word as sent.
    pub status_u32: u32,
    /// 0x0200 alarm word as sent.
    pub alarms_u32: u32,
    /// Status bit 0.
    pub ignition: bool,
    /// Status bit 1.
    pub positioned: bool,
    /// Load by the sensor; `unknown` where the ledger knows of none.
    pub load: LoadName,
    /// Odometer, if reported.
    pub mileage_km: Option<f64>,
    /// Satellites in use, if reported.
    pub satellites: Option<u8>,
    /// Live, batch or backfill.
    pub origin: OriginName,
    /// Whether its session had authenticated.
    pub authenticated: bool,
    /// `good`, or why the quality gate kept it from the rules.
    pub quality: &'static str,
    /// The connection it came on.
    pub connection: u64,
    /// The frame as received, hex; only with `raw=1`, else `null`.
    pub raw_hex: Option<String>,
}

impl TrackPoint {
    /// A fix and what the gate said of it; `raw_hex` where the frame was asked for.
    #[must_use]
    pub fn new(fix: &Fix, quality: Quality, raw_hex: Option<String>) -> Self {
        Self {
            at_ms: fix.at.map(Timestamp::as_millis),
            received_ms: fix.received.as_millis(),
            seq: fix.seq.0,
            part: fix.part,
            lat: fix.place.lat(),
            lon: fix.place.lon(),
            speed_kmh: fix.speed.kmh(),
            heading_deg: fix.heading.0,
            altitude_m: fix.altitude.0,
            status_u32: fix.status,
            alarms_u32: fix.alarms,
            ignition: fix.ignition(),
            positioned: fix.positioned(),
            load: fix.load.into(),
            mileage_km: fix.mileage.map(|mileage| f64::from(mileage.0) / 10.0),
            satellites: fix.satellites,
            origin: fix.origin.into(),
            authenticated: fix.session == SessionTrust::Authenticated,
            quality: quality.code(),
            connection: fix.connection.0,
            raw_hex,
        }
    }
}
