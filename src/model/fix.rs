//! One position of one terminal, decoded and converted. Derived from the record, never stored as truth.

use super::{
    ids::{ConnectionId, Seq, TerminalId},
    place::Wgs84,
    time::Timestamp,
    units::{Altitude, Heading, Mileage, Speed},
};
use serde::{Deserialize, Serialize};

/// First eight bytes of the SHA-256 of the 0x0200 body, big-endian: a re-send is the same fix, a changed bit in the same second is another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FixId(pub u64);

/// Where a fix sorts among those of its terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FixKey {
    /// Event time.
    pub at: Timestamp,
    /// Tie-breaker.
    pub id: FixId,
}

/// A position report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fix {
    /// Who sent it.
    pub terminal: TerminalId,
    /// Digest of its body.
    pub id: FixId,
    /// Event time by the device; `None` when the date is impossible (kept, counted, never judged).
    pub at: Option<Timestamp>,
    /// Receive time by the server's clock.
    pub received: Timestamp,
    /// The frame it came in.
    pub seq: Seq,
    /// Which position of that frame, from 0 (a 0x0704 carries many).
    pub part: u16,
    /// The connection it came on.
    pub connection: ConnectionId,
    /// Whether the session had authenticated.
    pub session: SessionTrust,
    /// WGS-84 position.
    pub place: Wgs84,
    /// Satellite speed.
    pub speed: Speed,
    /// Course.
    pub heading: Heading,
    /// Height.
    pub altitude: Altitude,
    /// 0x0200 status word as sent.
    pub status: u32,
    /// 0x0200 alarm word as sent.
    pub alarms: u32,
    /// Odometer, if reported.
    pub mileage: Option<Mileage>,
    /// Satellites in use, if reported.
    pub satellites: Option<u8>,
    /// Load as mapped by the terminal's profile.
    pub load: LoadSignal,
    /// Live, batch or backfill.
    pub origin: FixOrigin,
}

/// How much the session that carried a fix is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionTrust {
    /// Wrong or no code: graded C.
    Unauthenticated,
    /// Right code.
    Authenticated,
}

/// What the load sensor says; `Unknown` where the ledger knows of no sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoadSignal {
    /// 空载
    Empty,
    /// 半载
    Half,
    /// 重载
    Full,
    /// 无传感器
    Unknown,
}

/// How a fix reached us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FixOrigin {
    /// 0x0200
    Live,
    /// 0x0704 type 0
    Batch,
    /// 0x0704 type 1, 盲区补报
    Backfill,
}

/// Status bit 0: ignition on.
pub const STATUS_ACC: u32 = 1;
/// Status bit 1: the receiver had a position.
pub const STATUS_POSITIONED: u32 = 1 << 1;

impl Fix {
    /// Order among the terminal's fixes; `None` without an event time.
    #[must_use]
    pub fn key(&self) -> Option<FixKey> {
        self.at.map(|at| FixKey { at, id: self.id })
    }

    /// Whether ignition was on.
    #[must_use]
    pub const fn ignition(&self) -> bool {
        self.status & STATUS_ACC != 0
    }

    /// Whether the receiver had a position.
    #[must_use]
    pub const fn positioned(&self) -> bool {
        self.status & STATUS_POSITIONED != 0
    }
}
