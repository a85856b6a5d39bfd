//! The terminal's identity on the wire: 终端手机号, the "terminal phone".
//!
//! ```text
//! 2011/2013  BCD[6]   12 digits   01 35 11 22 11 22                → 13511221122
//! 2019       BCD[10]  20 digits   00 00 00 00 01 72 99 84 17 38    → 17299841738
//! binary     any 6    hex         4f 07 78 8e f6 76                → 4f07788ef676
//! ```
//! The field is meant to be decimal digits; real devices also put a binary IMEI or all zeros there, so nothing is
//! refused and nothing is lost: the nibbles are the identity.

use std::fmt;

/// A terminal phone: up to 20 nibbles, packed and left-padded with zero, whatever width it had on the wire.
///
/// Two phones are equal when they are equal without leading zeros, so a terminal keeps its identity when it changes
/// from a 12-digit to a 20-digit header. `Display` drops the leading zeros; all zeros are `0`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Phone([u8; 10]);

impl Phone {
    /// From packed nibbles, left-padded.
    #[must_use]
    pub const fn from_packed(packed: [u8; 10]) -> Self {
        Self(packed)
    }

    /// From the six bytes of a 2011/2013 header.
    #[must_use]
    pub const fn from_six(wire: [u8; 6]) -> Self {
        let mut packed = [0; 10];
        packed.split_at_mut(4).1.copy_from_slice(&wire);
        Self(packed)
    }

    /// From text: up to 20 hexadecimal digits (decimal ones for a true phone number).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() || text.len() > 20 {
            return None;
        }
        let value =
            text.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u128::from_str_radix(text, 16).ok())??;
        let [_, _, _, _, _, _, packed @ ..] = value.to_be_bytes();
        Some(Self(packed))
    }

    /// The packed nibbles, left-padded with zero.
    #[must_use]
    pub const fn packed(self) -> [u8; 10] {
        self.0
    }

    /// The last six bytes: the field of a 2011/2013 header. Only [`Phone::fits_six`] phones survive the way back.
    #[must_use]
    pub const fn six(self) -> [u8; 6] {
        let [_, _, _, _, six @ ..] = self.0;
        six
    }

    /// Whether a 2011/2013 header can carry this phone.
    #[must_use]
    pub const fn fits_six(self) -> bool {
        let [a, b, c, d, ..] = self.0;
        a == 0 && b == 0 && c == 0 && d == 0
    }

    /// Whether all nibbles are decimal digits, as the standard wants.
    #[must_use]
    pub fn is_decimal(self) -> bool {
        self.0.iter().all(|byte| byte >> 4 < 10 && byte & 0x0F < 10)
    }

    fn nibbles(self) -> impl Iterator<Item = u8> {
        self.0.into_iter().flat_map(|byte| [byte >> 4, byte & 0x0F])
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.nibbles().fold(0_u128, |value, nibble| value << 4 | u128::from(nibble));
        write!(f, "{value:x}")
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phone({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves the normal form: leading zeros dropped, binary shown as lower-case hex, all zeros shown as one.
    #[test]
    fn shown_without_leading_zeros() {
        assert_eq!(Phone::from_six([0x01, 0x35, 0x11, 0x22, 0x11, 0x22]).to_string(), "13511221122");
        assert_eq!(Phone::from_six([0x4F, 0x07, 0x78, 0x8E, 0xF6, 0x76]).to_string(), "4f07788ef676");
        assert_eq!(Phone::default().to_string(), "0");
    }

    /// Proves that text and packed form are two faces of one phone, and that other text is refused.
    #[test]
    fn parsing() {
        let phone = Phone::parse("017299841738").unwrap();
        assert_eq!(phone, Phone::parse("00000000017299841738").unwrap());
        assert!(phone.fits_six() && phone.is_decimal());
        assert_eq!(Phone::from_six(phone.six()), phone);
        for refused in ["", "12x4", "+12", "123456789012345678901"] {
            assert_eq!(Phone::parse(refused), None, "{refused}");
        }
    }
}
