//! 0x0100 终端注册, register (section 5).
//!
//! ```text
//!                 2011              2013               2019
//! province         0 WORD            0 WORD             0 WORD      GB/T 2260, first two digits
//! city             2 WORD            2 WORD             2 WORD      last four digits
//! maker            4 BYTE[5]         4 BYTE[5]          4 BYTE[11]
//! model            9 BYTE[8]         9 BYTE[20]        15 BYTE[30]
//! terminal id     17 BYTE[7]        29 BYTE[7]         45 BYTE[30]
//! plate colour    24 BYTE           36 BYTE            75 BYTE
//! plate (GBK)     25 STRING         37 STRING          76 STRING    the VIN when the colour is 0
//! ```
//! The layout is chosen by the length as section 2.1 says: a header does not tell 2011 from 2013, and terminals with a
//! 2019 header and a 2013 body exist. A body that fits no layout is refused by the field that is cut off.

use crate::error::WireError;
use crate::header::Edition;
use crate::reader::Reader;
use crate::text::Text;
use crate::writer::Writer;

/// Plate colour, JT/T 415-2006 and JT/T 697.7-2014 (section 11); unknown codes are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlateColour(pub u8);

impl PlateColour {
    /// No plate yet: the plate field holds the VIN.
    pub const NONE: Self = Self(0);
    /// Blue.
    pub const BLUE: Self = Self(1);
    /// Yellow.
    pub const YELLOW: Self = Self(2);

    /// Chinese and English name.
    #[must_use]
    pub const fn names(self) -> (&'static str, &'static str) {
        match self.0 {
            0 => ("未上牌", "no plate"),
            1 => ("蓝色", "blue"),
            2 => ("黄色", "yellow"),
            3 => ("黑色", "black"),
            4 => ("白色", "white"),
            5 => ("绿色", "green"),
            9 => ("其他", "other"),
            91 => ("农黄色", "farm yellow"),
            92 => ("农绿色", "farm green"),
            93 => ("黄绿色", "yellow-green"),
            94 => ("渐变绿色", "gradient green"),
            _ => ("未知", "unknown"),
        }
    }
}

/// A registration. Padding is taken off the fixed fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Register {
    /// Which of the three layouts the body has.
    pub layout: Edition,
    /// Province, GB/T 2260 (Henan is 41).
    pub province: u16,
    /// City and county, the last four digits (Huiji district is 108).
    pub city: u16,
    /// Maker id.
    pub maker: Text,
    /// Terminal model.
    pub model: Text,
    /// Terminal id, the maker's own.
    pub terminal_id: Text,
    /// Plate colour.
    pub colour: PlateColour,
    /// Plate, or VIN when the colour is 0.
    pub plate: Text,
}

/// Widths of the fixed fields of one layout.
#[derive(Clone, Copy)]
struct Widths {
    maker: usize,
    model: usize,
    terminal_id: usize,
}

const fn widths(layout: Edition) -> Widths {
    match layout {
        Edition::V2011 => Widths { maker: 5, model: 8, terminal_id: 7 },
        Edition::V2013 => Widths { maker: 5, model: 20, terminal_id: 7 },
        Edition::V2019 => Widths { maker: 11, model: 30, terminal_id: 30 },
    }
}

/// Bytes before the plate in the 2013 and 2019 layouts.
const FIXED_2013: usize = 37;
const FIXED_2019: usize = 76;

/// The layout that a body of this length has behind a header of `edition`.
const fn layout_of(edition: Edition, length: usize) -> Edition {
    match edition {
        Edition::V2019 if length >= FIXED_2019 => Edition::V2019,
        _ if length >= FIXED_2013 => Edition::V2013,
        _ => Edition::V2011,
    }
}

impl Register {
    pub(super) fn decode(edition: Edition, reader: &mut Reader) -> Result<Self, WireError> {
        let layout = layout_of(edition, reader.remaining());
        let Widths { maker, model, terminal_id } = widths(layout);
        // 2019 pads in front by its text and behind in the field; the older editions pad behind.
        let trim = if layout == Edition::V2019 { Text::trimmed } else { Text::trimmed_end };
        let fixed = |bytes| trim(&Text::from_wire(bytes));
        Ok(Self {
            layout,
            province: reader.u16("province")?,
            city: reader.u16("city")?,
            maker: fixed(reader.bytes("maker", maker)?),
            model: fixed(reader.bytes("model", model)?),
            terminal_id: fixed(reader.bytes("terminal id", terminal_id)?),
            colour: PlateColour(reader.u8("plate colour")?),
            plate: Text::from_wire(reader.rest()).trimmed(),
        })
    }

    /// Writes the layout of `edition`, padded behind as terminals in the field do.
    pub(super) fn encode(&self, edition: Edition, writer: &mut Writer<'_>) -> Result<(), WireError> {
        let Widths { maker, model, terminal_id } = widths(edition);
        let model_fill = if edition == Edition::V2011 { b' ' } else { 0 };
        writer.u16(self.province);
        writer.u16(self.city);
        writer.padded("maker", self.maker.as_bytes(), maker, 0)?;
        writer.padded("model", self.model.as_bytes(), model, model_fill)?;
        writer.padded("terminal id", self.terminal_id.as_bytes(), terminal_id, 0)?;
        writer.u8(self.colour.0);
        writer.bytes(self.plate.as_bytes());
        Ok(())
    }
}
