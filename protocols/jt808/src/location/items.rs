//! The additional items behind the basic part (section 10).
//!
//! ```text
//! id BYTE | length BYTE | value …      to the end of the body; ids repeat, collide and have odd lengths in the field
//! ```
//! Items are read where they lie and stay in wire order. An item of unknown id or unexpected length keeps its bytes;
//! one that overruns the body ends the list and what is left is the [`Items::trailing`] part. Nothing fails.

use bytes::{BufMut, Bytes, BytesMut};

use crate::error::{ErrorKind, WireError};

/// The items of one report: their bytes, read on demand.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Items(Bytes);

impl Items {
    /// From the bytes behind the basic part.
    #[must_use]
    pub const fn from_wire(bytes: Bytes) -> Self {
        Self(bytes)
    }

    /// A builder for a report of our own.
    #[must_use]
    pub fn builder() -> ItemsBuilder {
        ItemsBuilder::default()
    }

    /// The bytes on the wire.
    #[must_use]
    pub const fn as_bytes(&self) -> &Bytes {
        &self.0
    }

    /// The items in wire order.
    #[must_use]
    pub fn iter(&self) -> ItemsIter {
        ItemsIter { left: self.0.clone() }
    }

    /// What is left behind the last whole item; empty in a conforming report.
    #[must_use]
    pub fn trailing(&self) -> Bytes {
        let mut items = self.iter();
        items.by_ref().for_each(drop);
        items.left
    }

    /// The first item with this id.
    #[must_use]
    pub fn find(&self, id: u8) -> Option<Item> {
        self.iter().find(|item| item.id == id)
    }
}

impl IntoIterator for &Items {
    type Item = Item;
    type IntoIter = ItemsIter;

    fn into_iter(self) -> ItemsIter {
        self.iter()
    }
}

/// Iterator over [`Items`].
#[derive(Debug, Clone)]
pub struct ItemsIter {
    left: Bytes,
}

impl Iterator for ItemsIter {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        let &[id, length] = self.left.first_chunk::<2>()?;
        let end = 2 + usize::from(length);
        if self.left.len() < end {
            return None;
        }
        let value = self.left.split_to(end).slice(2..);
        Some(Item { id, value })
    }
}

/// One item: id and bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The id.
    pub id: u8,
    /// The value as sent, sharing memory with the frame.
    pub value: Bytes,
}

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

/// Writes items one after the other.
///
/// ```
/// let items = jt808::location::Items::builder().mileage(629).satellites(14).finish();
/// assert_eq!(items.as_bytes()[..], [0x01, 4, 0, 0, 2, 0x75, 0x31, 1, 14]);
/// ```
#[derive(Debug, Default)]
pub struct ItemsBuilder(BytesMut);

impl ItemsBuilder {
    /// Any item.
    ///
    /// # Errors
    /// [`ErrorKind::TooLong`] beyond 255 bytes.
    pub fn raw(mut self, id: u8, value: &[u8]) -> Result<Self, WireError> {
        let length = u8::try_from(value.len())
            .map_err(|_| WireError::new(ErrorKind::TooLong, "item value", self.0.len(), 0xFF, value.len()))?;
        self.0.put_u8(id);
        self.0.put_u8(length);
        self.0.put_slice(value);
        Ok(self)
    }

    fn fixed<const N: usize>(mut self, id: u8, length: u8, value: [u8; N]) -> Self {
        self.0.put_slice(&[id, length]);
        self.0.put_slice(&value);
        self
    }

    /// 0x01 odometer, 0.1 km.
    #[must_use]
    pub fn mileage(self, tenth_km: u32) -> Self {
        self.fixed(0x01, 4, tenth_km.to_be_bytes())
    }

    /// 0x02 fuel, 0.1 L.
    #[must_use]
    pub fn fuel(self, tenth_litre: u16) -> Self {
        self.fixed(0x02, 2, tenth_litre.to_be_bytes())
    }

    /// 0x03 speed of the recorder, 0.1 km/h.
    #[must_use]
    pub fn recorder_speed(self, tenth_kmh: u16) -> Self {
        self.fixed(0x03, 2, tenth_kmh.to_be_bytes())
    }

    /// 0x25 vehicle signal bits.
    #[must_use]
    pub fn signals(self, bits: u32) -> Self {
        self.fixed(0x25, 4, bits.to_be_bytes())
    }

    /// 0x2B analog inputs.
    #[must_use]
    pub fn analog(self, analog: Analog) -> Self {
        let ([a, b], [c, d]) = (analog.ad1.to_be_bytes(), analog.ad0.to_be_bytes());
        self.fixed(0x2B, 4, [a, b, c, d])
    }

    /// 0x30 radio signal strength.
    #[must_use]
    pub fn signal_strength(self, strength: u8) -> Self {
        self.fixed(0x30, 1, [strength])
    }

    /// 0x31 satellites in use.
    #[must_use]
    pub fn satellites(self, count: u8) -> Self {
        self.fixed(0x31, 1, [count])
    }

    /// The finished items.
    #[must_use]
    pub fn finish(self) -> Items {
        Items(self.0.freeze())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(bytes: &'static [u8]) -> Items {
        Items::from_wire(Bytes::from_static(bytes))
    }

    /// Proves that repeated, unknown and odd items stay in order with their bytes, and an overrun ends the list.
    #[test]
    fn order_and_overrun() {
        let items = items(&[0x06, 1, 80, 0x01, 4, 0, 0, 0, 9, 0xEB, 0, 0x01, 1, 7, 0x31, 9, 1]);
        let seen: Vec<_> = items.iter().map(|item| (item.id, item.value.len(), item.typed())).collect();
        let mileage = Some(ItemValue::Mileage(9));
        assert_eq!(seen, [(0x06, 1, None), (0x01, 4, mileage), (0xEB, 0, None), (0x01, 1, None)]);
        assert_eq!(items.trailing()[..], [0x31, 9, 1]);
    }

    /// Proves the halves of the analog item and the two readings of a temperature.
    #[test]
    fn halves_and_signs() {
        let typed = |bytes| items(bytes).iter().next().unwrap().typed();
        assert_eq!(typed(&[0x2B, 4, 0, 0x3D, 0, 0x2D]), Some(ItemValue::Analog(Analog { ad0: 45, ad1: 61 })));
        let Some(ItemValue::Temperature(cold)) = typed(&[0x06, 2, 0x80, 0x05]) else { panic!("typed") };
        assert_eq!((cold.celsius(), cold.celsius_twos_complement()), (-5, -32763));
    }

    /// Proves that the builder writes what the reader reads.
    #[test]
    fn builder_and_reader_agree() {
        let analog = Analog { ad0: 1, ad1: 2 };
        let built = Items::builder().mileage(1).fuel(2).recorder_speed(3).signals(4).analog(analog).signal_strength(5);
        let read: Vec<_> = built.satellites(6).finish().iter().map(|item| item.typed().unwrap()).collect();
        let expected = [
            ItemValue::Mileage(1),
            ItemValue::Fuel(2),
            ItemValue::RecorderSpeed(3),
            ItemValue::Signals(4),
            ItemValue::Analog(analog),
            ItemValue::SignalStrength(5),
            ItemValue::Satellites(6),
        ];
        assert_eq!(read, expected);
        assert_eq!(Items::builder().raw(0xE1, &[0; 256]).unwrap_err().kind, ErrorKind::TooLong);
    }
}
