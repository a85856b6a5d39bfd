//! What the standard items say (section 10): id, length, meaning.
//!
//! ```text
//! 01 4 odometer    02 2 fuel         03 2 recorder speed  04 2 alarm to confirm  06 2 temperature
//! 11 1|5 overspeed 12 6 area, route  13 7 segment time    14–18 JT/T 1078        25 4 signals
//! 2A 2 io          2B 4 analog       30 1 radio strength  31 1 satellites        64–67 T/JSATL 12
//! ```

use super::items::Item;

/// What an item says when id and length are those of the standard (or JT/T 1078, T/JSATL 12). Vendors reuse ids: a
/// terminal profile decides whether to believe it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ItemValue {
    /// 0x01 odometer, 0.1 km.
    Mileage(u32),
    /// 0x02 fuel, 0.1 L.
    Fuel(u16),
    /// 0x03 speed of the recorder, 0.1 km/h.
    RecorderSpeed(u16),
    /// 0x04 id of the alarm event that wants a person's confirmation.
    ManualAlarm(u16),
    /// 0x06 cargo temperature, °C (2019). Sign and magnitude.
    Temperature(Temperature),
    /// 0x11 where the overspeed was.
    Overspeed(Overspeed),
    /// 0x12 area or route entered or left.
    Passage(Passage),
    /// 0x13 time on a segment.
    Segment(Segment),
    /// 0x14 JT/T 1078 video alarm bits.
    VideoAlarms(u32),
    /// 0x15 JT/T 1078 channels without signal.
    VideoLost(u32),
    /// 0x16 JT/T 1078 channels blocked.
    VideoBlocked(u32),
    /// 0x17 JT/T 1078 storage faults.
    StorageFaults(u16),
    /// 0x18 JT/T 1078 abnormal driving; the degree of fatigue (0 to 100) is there when three bytes were sent.
    AbnormalDriving(AbnormalDriving),
    /// 0x25 vehicle signal bits.
    Signals(u32),
    /// 0x2A input and output bits.
    Io(u16),
    /// 0x2B analog inputs.
    Analog(Analog),
    /// 0x30 radio signal strength.
    SignalStrength(u8),
    /// 0x31 satellites in use.
    Satellites(u8),
    /// 0x64 to 0x67: head of a driver-assistance alarm (T/JSATL 12).
    Assistance(Assistance),
}

/// Item 0x06. The standard says sign and magnitude; some terminals send two's complement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Temperature(pub u16);

impl Temperature {
    /// °C as the standard reads it: the top bit is the sign.
    #[must_use]
    pub const fn celsius(self) -> i16 {
        let magnitude = (self.0 & 0x7FFF).cast_signed();
        if self.0 >> 15 == 1 { -magnitude } else { magnitude }
    }

    /// °C as two's complement.
    #[must_use]
    pub const fn celsius_twos_complement(self) -> i16 {
        self.0.cast_signed()
    }
}

/// Item 0x11.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overspeed {
    /// 0 no place, 1 circle, 2 rectangle, 3 polygon, 4 segment.
    pub place_kind: u8,
    /// Id of the area or segment; absent when the item has one byte.
    pub place_id: Option<u32>,
}

/// Item 0x12.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passage {
    /// 1 circle, 2 rectangle, 3 polygon, 4 route.
    pub place_kind: u8,
    /// Id of the area or route.
    pub place_id: u32,
    /// 0 in, 1 out.
    pub direction: u8,
}

/// Item 0x13.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// Id of the segment.
    pub segment_id: u32,
    /// Seconds on it.
    pub seconds: u16,
    /// 0 too short, 1 too long.
    pub result: u8,
}

/// Item 0x18.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AbnormalDriving {
    /// Bits: 0 fatigue, 1 phone, 2 smoking, 11–15 custom.
    pub bits: u16,
    /// Degree of fatigue, 0 to 100.
    pub fatigue: Option<u8>,
}

/// Item 0x2B. Weight sensors often sit here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Analog {
    /// AD0, the low 16 bits (the last two bytes).
    pub ad0: u16,
    /// AD1, the high 16 bits (the first two bytes).
    pub ad1: u16,
}

/// Head of items 0x64 to 0x67.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assistance {
    /// Number of the alarm.
    pub alarm_id: u32,
    /// 0 not applicable, 1 start, 2 end.
    pub flag: u8,
    /// Kind of alarm (0x66: the byte at the same place).
    pub kind: u8,
}

impl Item {
    /// The value by the standard, or `None` when the id is not typed or the length is not the standard's.
    #[must_use]
    pub fn typed(&self) -> Option<ItemValue> {
        let bytes = &*self.value;
        match (self.id, bytes) {
            (0x01, _) => dword(bytes).map(ItemValue::Mileage),
            (0x02, _) => word(bytes).map(ItemValue::Fuel),
            (0x03, _) => word(bytes).map(ItemValue::RecorderSpeed),
            (0x04, _) => word(bytes).map(ItemValue::ManualAlarm),
            (0x06, _) => word(bytes).map(|raw| ItemValue::Temperature(Temperature(raw))),
            (0x11, _) => overspeed(bytes).map(ItemValue::Overspeed),
            (0x12, _) => passage(bytes).map(ItemValue::Passage),
            (0x13, _) => segment(bytes).map(ItemValue::Segment),
            (0x14, _) => dword(bytes).map(ItemValue::VideoAlarms),
            (0x15, _) => dword(bytes).map(ItemValue::VideoLost),
            (0x16, _) => dword(bytes).map(ItemValue::VideoBlocked),
            (0x17, _) => word(bytes).map(ItemValue::StorageFaults),
            (0x18, _) => abnormal_driving(bytes).map(ItemValue::AbnormalDriving),
            (0x25, _) => dword(bytes).map(ItemValue::Signals),
            (0x2A, _) => word(bytes).map(ItemValue::Io),
            (0x2B, _) => dword(bytes).map(|both| ItemValue::Analog(analog(both))),
            (0x30, &[strength]) => Some(ItemValue::SignalStrength(strength)),
            (0x31, &[satellites]) => Some(ItemValue::Satellites(satellites)),
            (0x64..=0x67, _) => assistance(bytes).map(ItemValue::Assistance),
            _ => None,
        }
    }
}

fn word(bytes: &[u8]) -> Option<u16> {
    bytes.try_into().ok().map(u16::from_be_bytes)
}

fn dword(bytes: &[u8]) -> Option<u32> {
    bytes.try_into().ok().map(u32::from_be_bytes)
}

fn overspeed(bytes: &[u8]) -> Option<Overspeed> {
    match *bytes {
        [place_kind] => Some(Overspeed { place_kind, place_id: None }),
        [place_kind, ref id @ ..] => dword(id).map(|id| Overspeed { place_kind, place_id: Some(id) }),
        [] => None,
    }
}

fn passage(bytes: &[u8]) -> Option<Passage> {
    let &[place_kind, ref id @ .., direction] = bytes else { return None };
    dword(id).map(|place_id| Passage { place_kind, place_id, direction })
}

fn segment(bytes: &[u8]) -> Option<Segment> {
    let &[a, b, c, d, high, low, result] = bytes else { return None };
    Some(Segment { segment_id: u32::from_be_bytes([a, b, c, d]), seconds: u16::from_be_bytes([high, low]), result })
}

fn abnormal_driving(bytes: &[u8]) -> Option<AbnormalDriving> {
    match *bytes {
        [high, low] => Some(AbnormalDriving { bits: u16::from_be_bytes([high, low]), fatigue: None }),
        [high, low, fatigue] => Some(AbnormalDriving { bits: u16::from_be_bytes([high, low]), fatigue: Some(fatigue) }),
        _ => None,
    }
}

const fn analog(both: u32) -> Analog {
    let [high, low, low_high, low_low] = both.to_be_bytes();
    Analog { ad0: u16::from_be_bytes([low_high, low_low]), ad1: u16::from_be_bytes([high, low]) }
}

/// Bytes of the shortest T/JSATL 12 alarm body: below it the id is somebody else's.
const ASSISTANCE_MIN: usize = 32;

fn assistance(bytes: &[u8]) -> Option<Assistance> {
    let &[a, b, c, d, flag, kind] = bytes.first_chunk::<6>()?;
    (bytes.len() >= ASSISTANCE_MIN).then(|| Assistance { alarm_id: u32::from_be_bytes([a, b, c, d]), flag, kind })
}
