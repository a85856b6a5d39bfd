//! Number plates: what identifies a vehicle to people.

use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc};

/// Plate number and colour together; the same number in another colour is another vehicle.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Plate {
    number: Arc<str>,
    /// Colour of the plate.
    pub colour: PlateColour,
}

/// JT/T 415-2006 5.4.12 and JT/T 697.7-2014. Code 5 is green in wide use and read as such.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlateColour {
    /// 1
    Blue,
    /// 2
    Yellow,
    /// 3
    Black,
    /// 4
    White,
    /// 5 in practice, 94 by the standard (渐变绿, small new-energy vehicles)
    Green,
    /// 93 (黄绿, large new-energy vehicles)
    YellowGreen,
    /// 9 and every other code
    Other,
}

impl Plate {
    /// Normalises the number: full-width forms folded, upper case, without `·`, `•`, `-` and blanks. O and 0 stay different.
    #[must_use]
    pub fn new(number: &str, colour: PlateColour) -> Self {
        let number: String = number
            .chars()
            .map(fold_width)
            .filter(|c| !matches!(c, '·' | '•' | '-' | '・') && !c.is_whitespace())
            .collect();
        Self { number: Arc::from(number.to_uppercase()), colour }
    }

    /// The normalised number, such as `豫AD1234`.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.number
    }
}

/// As people write it: `豫A·D1234`.
impl fmt::Display for Plate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut chars = self.number.chars();
        for _ in 0..2 {
            if let Some(c) = chars.next() {
                write!(out, "{c}")?;
            }
        }
        let rest = chars.as_str();
        if rest.is_empty() { Ok(()) } else { write!(out, "·{rest}") }
    }
}

impl PlateColour {
    /// From the wire code.
    #[must_use]
    pub const fn from_code(code: u8) -> Self {
        match code {
            1 => Self::Blue,
            2 => Self::Yellow,
            3 => Self::Black,
            4 => Self::White,
            5 | 94 => Self::Green,
            93 => Self::YellowGreen,
            _ => Self::Other,
        }
    }

    /// The code sent on the wire.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Blue => 1,
            Self::Yellow => 2,
            Self::Black => 3,
            Self::White => 4,
            Self::Green => 94,
            Self::YellowGreen => 93,
            Self::Other => 9,
        }
    }
}

/// The NFKC fold of the characters plates are typed with: full-width ASCII and the ideographic blank.
fn fold_width(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_plate_however_it_is_typed() {
        // Proves: dots, dashes, blanks, case and width are not identity; O and 0 are.
        let plain = Plate::new("豫AD1234", PlateColour::Yellow);
        for typed in ["豫A·D1234", "豫a-d1234", "豫 Ａ Ｄ１２３４", "豫A•D1234"] {
            assert_eq!(Plate::new(typed, PlateColour::Yellow), plain, "{typed}");
        }
        assert_eq!(plain.to_string(), "豫A·D1234");
        assert_ne!(Plate::new("豫AO1234", PlateColour::Yellow), Plate::new("豫A01234", PlateColour::Yellow));
    }
}
