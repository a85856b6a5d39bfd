//! What can be wrong with bytes from outside: one small `Copy` value that names the field, the place, what was
//! expected and what came. Making one allocates nothing, so a hostile peer cannot spend our memory with errors.

use std::fmt;

/// The kind of a [`WireError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ErrorKind {
    /// `7D xx` where `xx` is neither `01` nor `02`, or a lone `7D` at the end (section 1).
    BadEscape,
    /// The XOR over header and body is not the last byte (section 1).
    BadChecksum,
    /// The frame or a field ends before it is complete.
    TooShort,
    /// More bytes than a limit or a length byte can hold.
    TooLong,
    /// Bytes are left after the last field.
    TrailingBytes,
    /// The length field of the header disagrees with what came.
    LengthMismatch,
    /// The body properties say that the body is encrypted; no key, no reading.
    Encrypted,
    /// A number outside its range (for example packet 4 of 3).
    OutOfRange,
    /// Text that has no GBK form.
    NotGbk,
    /// A position of 25 bytes: a taxi that speaks JT/T 905, which shares framing and message id.
    Jt905Taxi,
}

impl ErrorKind {
    /// A stable word for machines (`bad_checksum`).
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::BadEscape => "bad_escape",
            Self::BadChecksum => "bad_checksum",
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::TrailingBytes => "trailing_bytes",
            Self::LengthMismatch => "length_mismatch",
            Self::Encrypted => "encrypted",
            Self::OutOfRange => "out_of_range",
            Self::NotGbk => "not_gbk",
            Self::Jt905Taxi => "jt905_taxi",
        }
    }
}

/// One thing that is wrong with a frame.
///
/// `offset` counts from the first header byte of the unescaped message (the byte after the opening delimiter is 0);
/// for [`ErrorKind::BadEscape`] it counts in the escaped bytes, since nothing else exists yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub struct WireError {
    /// What kind of fault.
    pub kind: ErrorKind,
    /// The field being read, in the words of this crate.
    pub field: &'static str,
    /// Where, see above.
    pub offset: usize,
    /// What the format asks for: a number of bytes, a byte value, or the end of a range.
    pub expected: u32,
    /// What came, in the same unit.
    pub got: u32,
}

impl WireError {
    /// An error; numbers that do not fit 32 bits are clamped.
    #[must_use]
    pub fn new(kind: ErrorKind, field: &'static str, offset: usize, expected: usize, got: usize) -> Self {
        let clamp = |number| u32::try_from(number).unwrap_or(u32::MAX);
        Self { kind, field, offset, expected: clamp(expected), got: clamp(got) }
    }
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, field, offset, expected, got } = *self;
        match kind {
            ErrorKind::BadEscape => {
                write!(f, "{field} at offset {offset}: 7D must be followed by 01 or 02, got {got:02X}")
            }
            ErrorKind::BadChecksum => write!(f, "{field} at offset {offset}: expected {expected:02X}, got {got:02X}"),
            ErrorKind::TooShort => write!(f, "{field} at offset {offset}: expected {expected} bytes, got {got}"),
            ErrorKind::TooLong => write!(f, "{field} at offset {offset}: at most {expected}, got {got}"),
            ErrorKind::TrailingBytes => write!(f, "{field} at offset {offset}: expected the end, got {got} more bytes"),
            ErrorKind::LengthMismatch => {
                write!(f, "{field} at offset {offset}: says {got} bytes, the body has {expected}")
            }
            ErrorKind::Encrypted => write!(f, "{field} at offset {offset}: the body is encrypted (bits {got:03b})"),
            ErrorKind::OutOfRange => write!(f, "{field} at offset {offset}: expected up to {expected}, got {got}"),
            ErrorKind::NotGbk => write!(f, "{field} at offset {offset}: the text has no GBK form"),
            ErrorKind::Jt905Taxi => write!(
                f,
                "{field} at offset {offset}: {got} bytes are a JT/T 905 taxi position, not JT/T 808 (at least {expected})"
            ),
        }
    }
}
