//! The message header (section 2), both layouts, and which of them a frame has (section 2.1).
//!
//! ```text
//!            2011/2013                2019
//!  message id      0  WORD             0  WORD
//!  properties      2  WORD             2  WORD
//!  version         -                   4  BYTE (first version = 1)
//!  phone           4  BCD[6]           5  BCD[10]
//!  serial         10  WORD            15  WORD
//!  total packets  12  WORD if split   17  WORD if split
//!  packet no.     14  WORD if split   19  WORD if split
//!  body           12 / 16             17 / 21
//!
//!  properties  15 | 14 | 13 | 12 11 10 | 9 8 7 6 5 4 3 2 1 0
//!              re-  ver  split  encryp-   body length
//!              served flag      tion
//! ```

use crate::error::{ErrorKind, WireError};
use crate::ids::MessageId;
use crate::phone::Phone;

/// Bytes that the total and number of a split packet take in the header.
const SPLIT_FIELDS: usize = 4;
/// Bytes of the checksum at the end.
const CHECKSUM: usize = 1;
/// A checksum below this is left out by one SDK (seen in the field).
const DROPPED_BELOW: u8 = 0x10;
/// Messages of one vendor whose header has a serial of one byte.
const BYTE_SERIAL_IDS: [MessageId; 2] = [MessageId(0x5501), MessageId(0x5502)];

/// The edition of the standard that a message follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Edition {
    /// JT/T 808-2011. Its header is that of 2013; only some bodies show it.
    V2011,
    /// The Beidou-compatible revision of 2013.
    V2013,
    /// JT/T 808-2019.
    V2019,
}

impl Edition {
    /// All editions, oldest first.
    pub const ALL: [Self; 3] = [Self::V2011, Self::V2013, Self::V2019];

    /// The year as text.
    #[must_use]
    pub const fn year(self) -> &'static str {
        match self {
            Self::V2011 => "2011",
            Self::V2013 => "2013",
            Self::V2019 => "2019",
        }
    }

    /// The header layout of this edition.
    #[must_use]
    pub const fn layout(self) -> Layout {
        match self {
            Self::V2011 | Self::V2013 => Layout::Short,
            Self::V2019 => Layout::Long { version: 1 },
        }
    }
}

/// The two shapes of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layout {
    /// 2011 and 2013: BCD\[6\] phone, no version byte.
    Short,
    /// As `Short` with a serial of one byte: ids 0x5501 and 0x5502 of one vendor, seen in the field.
    ShortByteSerial,
    /// 2019: version byte and BCD\[10\] phone.
    Long {
        /// The protocol version byte; the first version is 1.
        version: u8,
    },
}

impl Layout {
    /// Bytes of the header.
    #[must_use]
    pub const fn header_len(self, split: bool) -> usize {
        let fixed = match self {
            Self::Short => 12,
            Self::ShortByteSerial => 11,
            Self::Long { .. } => 17,
        };
        if split { fixed + SPLIT_FIELDS } else { fixed }
    }
}

/// The body properties word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Properties(pub u16);

impl Properties {
    /// Bits 0–9: bytes of this packet's body.
    #[must_use]
    pub fn body_len(self) -> usize {
        usize::from(self.0 & 0x03FF)
    }

    /// Bits 10–12: 0 plain, 1 RSA, the rest reserved.
    #[must_use]
    pub const fn encryption(self) -> u16 {
        self.0 >> 10 & 0b111
    }

    /// Bit 13: one packet of a split message.
    #[must_use]
    pub const fn is_split(self) -> bool {
        self.0 >> 13 & 1 == 1
    }

    /// Bit 14: the header claims to have the version byte. It lies both ways in the field.
    #[must_use]
    pub const fn version_flag(self) -> bool {
        self.0 >> 14 & 1 == 1
    }
}

/// Which packet of a split message this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SubPackage {
    /// How many packets the message has.
    pub total: u16,
    /// The number of this one, from 1. Outside data: may be 0 or above `total`.
    pub index: u16,
}

/// The header of one frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Header {
    /// Message id @0.
    pub id: MessageId,
    /// Body properties @2, as sent.
    pub properties: Properties,
    /// Which layout the frame has, found as section 2.1 says.
    pub layout: Layout,
    /// Terminal phone.
    pub phone: Phone,
    /// Serial number, from 0, wraps.
    pub serial: u16,
    /// Present when bit 13 is set.
    pub split: Option<SubPackage>,
}

impl Header {
    /// 2013 or 2019; 2011 shows only in some bodies.
    #[must_use]
    pub const fn edition(&self) -> Edition {
        match self.layout {
            Layout::Short | Layout::ShortByteSerial => Edition::V2013,
            Layout::Long { .. } => Edition::V2019,
        }
    }

    /// Bytes of the header.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.layout.header_len(self.split.is_some())
    }

    /// Never: a header has at least 12 bytes.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        false
    }

    /// The phone with all digits of the wire: 12 or 20.
    #[must_use]
    pub fn phone_digits(&self) -> String {
        use std::fmt::Write;
        let packed = self.phone.packed();
        let wire = match self.layout {
            Layout::Short | Layout::ShortByteSerial => &packed[4..],
            Layout::Long { .. } => &packed[..],
        };
        wire.iter().fold(String::with_capacity(20), |mut digits, byte| {
            write!(digits, "{byte:02x}").expect("a String takes everything");
            digits
        })
    }
}

/// How the length field of the header agrees with the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LengthCheck {
    /// It is the length of the body.
    Exact,
    /// It counts the four split fields too (one firmware, section 2).
    CountsSplitFields,
    /// It is another number, and neither layout fits: bit 14 decided, the body is what stands there.
    Disagrees,
}

/// How the checksum stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChecksumCheck {
    /// XOR over everything is 0.
    Holds,
    /// The byte is missing because it is below 10 hex: one SDK leaves it out, and resends for ever if refused.
    Dropped,
    /// It is wrong.
    Wrong,
}

/// A header and where its body stands in the message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placed {
    pub(crate) header: Header,
    pub(crate) body_end: usize,
    pub(crate) length: LengthCheck,
    pub(crate) checksum: ChecksumCheck,
}

/// Finds the header of an unescaped message (checksum still at its end).
///
/// The length decides: the layout that bit 14 names first, then the other; then the two known quirks (checksum byte
/// left out, split fields counted in); then bit 14 alone.
pub(crate) fn place(message: &[u8]) -> Result<Placed, WireError> {
    let Some((&[id_high, id_low, props_high, props_low, version], _)) = message.split_first_chunk::<5>() else {
        return Err(too_short(message, Layout::Short.header_len(false)));
    };
    let properties = Properties(u16::from_be_bytes([props_high, props_low]));
    let xor = crate::escape::checksum(message);
    let id = MessageId(u16::from_be_bytes([id_high, id_low]));
    let layouts = candidates(id, properties, version);
    let (layout, length, dropped) = choose(layouts, properties, message.len(), xor);
    let header_len = layout.header_len(properties.is_split());
    let tail = if dropped { 0 } else { CHECKSUM };
    if message.len() < header_len + tail {
        return Err(too_short(message, header_len));
    }
    let checksum = match (dropped, xor) {
        (true, _) => ChecksumCheck::Dropped,
        (false, 0) => ChecksumCheck::Holds,
        (false, _) => ChecksumCheck::Wrong,
    };
    let header = fields(message, id, properties, layout).ok_or_else(|| too_short(message, header_len))?;
    Ok(Placed { header, body_end: message.len() - tail, length, checksum })
}

fn too_short(message: &[u8], header_len: usize) -> WireError {
    WireError::new(ErrorKind::TooShort, "header", 0, header_len + CHECKSUM, message.len())
}

/// The layout that bit 14 names, then the other one where it is possible.
fn candidates(id: MessageId, properties: Properties, version: u8) -> [Option<Layout>; 2] {
    if BYTE_SERIAL_IDS.contains(&id) {
        return [Some(Layout::ShortByteSerial), Some(Layout::Short)];
    }
    let long = Layout::Long { version };
    match (properties.version_flag(), version) {
        (true, 0) => [Some(Layout::Short), Some(long)],
        (true, _) => [Some(long), Some(Layout::Short)],
        (false, 0) => [Some(Layout::Short), None],
        (false, _) => [Some(Layout::Short), Some(long)],
    }
}

/// Chooses among `layouts` by the total length; the flag says that the checksum byte was left out.
fn choose(layouts: [Option<Layout>; 2], props: Properties, total: usize, xor: u8) -> (Layout, LengthCheck, bool) {
    let split = props.is_split();
    let whole = |layout: &Layout| layout.header_len(split) + props.body_len();
    let find = |wanted: &dyn Fn(&Layout) -> bool| layouts.into_iter().flatten().find(wanted);
    if let Some(layout) = find(&|layout| whole(layout) + CHECKSUM == total) {
        return (layout, LengthCheck::Exact, false);
    }
    if xor < DROPPED_BELOW
        && let Some(layout) = find(&|layout| whole(layout) == total)
    {
        return (layout, LengthCheck::Exact, true);
    }
    if split && let Some(layout) = find(&|layout| whole(layout) + CHECKSUM == total + SPLIT_FIELDS) {
        return (layout, LengthCheck::CountsSplitFields, false);
    }
    let named = layouts.into_iter().flatten().next().unwrap_or(Layout::Short);
    (named, LengthCheck::Disagrees, false)
}

fn fields(message: &[u8], id: MessageId, properties: Properties, layout: Layout) -> Option<Header> {
    let (phone, rest) = match layout {
        Layout::Short | Layout::ShortByteSerial => {
            let (phone, rest) = message.get(4..)?.split_first_chunk::<6>()?;
            (Phone::from_six(*phone), rest)
        }
        Layout::Long { .. } => {
            let (phone, rest) = message.get(5..)?.split_first_chunk::<10>()?;
            (Phone::from_packed(*phone), rest)
        }
    };
    let (serial, rest) = match layout {
        Layout::ShortByteSerial => rest.split_first().map(|(&serial, rest)| (u16::from(serial), rest))?,
        Layout::Short | Layout::Long { .. } => {
            rest.split_first_chunk::<2>().map(|(serial, rest)| (u16::from_be_bytes(*serial), rest))?
        }
    };
    let split = if properties.is_split() { Some(split_fields(rest)?) } else { None };
    Some(Header { id, properties, layout, phone, serial, split })
}

fn split_fields(bytes: &[u8]) -> Option<SubPackage> {
    let &[total_high, total_low, index_high, index_low] = bytes.first_chunk::<SPLIT_FIELDS>()?;
    let total = u16::from_be_bytes([total_high, total_low]);
    Some(SubPackage { total, index: u16::from_be_bytes([index_high, index_low]) })
}
