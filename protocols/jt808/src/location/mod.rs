//! The position body of 0x0200, shared by 0x0201, 0x0704 and others (section 5).
//!
//! ```text
//!  0 alarm flags DWORD     | 4 status DWORD
//!  8 latitude DWORD 1e-6°  | 12 longitude DWORD 1e-6°     magnitudes; the signs are status bits 2 and 3
//! 16 altitude WORD m       | 18 speed WORD 0.1 km/h       | 20 direction WORD °
//! 22 time BCD[6] GMT+8     | 28 items { id BYTE, length BYTE, value }…
//! ```

mod alarm;
mod items;
mod status;
mod values;

use bytes::{Bytes, BytesMut};

pub use self::alarm::{Alarm, AlarmFlags, Clears};
pub use self::items::{Item, Items, ItemsBuilder, ItemsIter};
pub use self::status::{Load, StatusBit, StatusFlags};
pub use self::values::{AbnormalDriving, Analog, Assistance, ItemValue, Overspeed, Passage, Segment, Temperature};
use crate::error::{ErrorKind, WireError};
use crate::reader::Reader;
use crate::time::BcdTime;
use crate::writer::Writer;

/// Bytes of the basic part.
pub const BASIC_LEN: usize = 28;
/// Bytes of the whole position body of a JT/T 905 taxi, which shares framing and message id.
const JT905_LEN: usize = 25;

/// One position report, as sent. Everything is on the grid of the wire; nothing is judged here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocationReport {
    /// Alarm flags @0 (section 8).
    pub alarm: AlarmFlags,
    /// Status @4 (section 9).
    pub status: StatusFlags,
    /// Magnitude of the latitude @8 in 1e-6 degrees.
    pub latitude: u32,
    /// Magnitude of the longitude @12 in 1e-6 degrees.
    pub longitude: u32,
    /// Altitude @16 in metres.
    pub altitude: u16,
    /// Satellite speed @18 in 0.1 km/h.
    pub speed: u16,
    /// Direction of travel @20 in degrees, 0 = north, clockwise; 0 to 359 in a conforming report.
    pub direction: u16,
    /// Time @22.
    pub time: BcdTime,
    /// Additional items @28, in wire order (section 10).
    pub items: Items,
}

impl LocationReport {
    /// Latitude with its sign in 1e-6 degrees, north positive. May lie outside ±90°: outside data.
    #[must_use]
    pub fn latitude_e6(&self) -> i64 {
        signed(self.latitude, self.status.is_south())
    }

    /// Longitude with its sign in 1e-6 degrees, east positive. May lie outside ±180°: outside data.
    #[must_use]
    pub fn longitude_e6(&self) -> i64 {
        signed(self.longitude, self.status.is_west())
    }

    /// Reads a whole body; items take everything after the basic part.
    ///
    /// # Errors
    /// [`ErrorKind::Jt905Taxi`] for exactly 25 bytes, [`ErrorKind::TooShort`] for any other length below 28.
    pub fn decode(reader: &mut Reader) -> Result<Self, WireError> {
        if reader.remaining() == JT905_LEN {
            return Err(WireError::new(ErrorKind::Jt905Taxi, "position", reader.offset(), BASIC_LEN, JT905_LEN));
        }
        Ok(Self {
            alarm: AlarmFlags(reader.u32("alarm flags")?),
            status: StatusFlags(reader.u32("status")?),
            latitude: reader.u32("latitude")?,
            longitude: reader.u32("longitude")?,
            altitude: reader.u16("altitude")?,
            speed: reader.u16("speed")?,
            direction: reader.u16("direction")?,
            time: BcdTime(reader.array("time")?),
            items: Items::from_wire(reader.rest()),
        })
    }

    /// Reads a body that stands alone, for example one record of a batch.
    ///
    /// # Errors
    /// As [`LocationReport::decode`].
    pub fn from_body(body: Bytes) -> Result<Self, WireError> {
        Self::decode(&mut Reader::new(body, 0))
    }

    /// Writes the body.
    pub fn encode(&self, writer: &mut Writer<'_>) {
        writer.u32(self.alarm.0);
        writer.u32(self.status.0);
        writer.u32(self.latitude);
        writer.u32(self.longitude);
        writer.u16(self.altitude);
        writer.u16(self.speed);
        writer.u16(self.direction);
        writer.bytes(&self.time.0);
        writer.bytes(self.items.as_bytes());
    }

    /// The body as bytes.
    #[must_use]
    pub fn to_body(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(BASIC_LEN + self.items.as_bytes().len());
        self.encode(&mut Writer::new(&mut out));
        out.freeze()
    }
}

fn signed(magnitude: u32, negative: bool) -> i64 {
    let magnitude = i64::from(magnitude);
    if negative { -magnitude } else { magnitude }
}
