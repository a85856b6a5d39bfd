//! The additional items behind the basic part (section 10).
//!
//! ```text
//! id BYTE | length BYTE | value …      to the end of the body; ids repeat, collide and have odd lengths in the field
//! ```
//! Items are read where they lie and stay in wire order. An item of unknown id or unexpected length keeps its bytes;
//! one that overruns the body ends the list and what is left is the [`Items::trailing`] part. Nothing fails.

use bytes::{BufMut, Bytes, BytesMut};

use super::values::Analog;
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
    use super::super::values::ItemValue;
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
