//! Physical quantities. Stored truth is an integer on the wire's grid; computed lengths are f64 metres.

use serde::{Deserialize, Serialize};

/// A length in metres, computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Metres(pub f64);

/// Speed in tenths of km/h (JT/T 808 0x0200 offset 18).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Speed(pub u16);

/// Course over ground in degrees clockwise from north, 0..=359 on the standard; others are kept as sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Heading(pub u16);

/// Height in metres above sea level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Altitude(pub i16);

/// Odometer in tenths of a kilometre (JT/T 808 item 0x01).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mileage(pub u32);

impl Speed {
    /// Kilometres per hour.
    #[must_use]
    pub fn kmh(self) -> f64 {
        f64::from(self.0) / 10.0
    }
}
