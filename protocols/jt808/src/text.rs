//! STRING and padded BYTE\[n\] fields: GBK bytes without terminator (section 1).

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use encoding_rs::GBK;

use crate::error::{ErrorKind, WireError};

/// A text field as it came: the GBK bytes, so that it goes back unchanged even when they are not valid GBK.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Text(Bytes);

impl Text {
    /// From the bytes on the wire.
    #[must_use]
    pub const fn from_wire(bytes: Bytes) -> Self {
        Self(bytes)
    }

    /// Encodes `text` as GBK; `field` names it in the error.
    ///
    /// # Errors
    /// [`ErrorKind::NotGbk`] when a character has no GBK form.
    pub fn encode(field: &'static str, text: &str) -> Result<Self, WireError> {
        let (bytes, _, unmappable) = GBK.encode(text);
        if unmappable {
            return Err(WireError::new(ErrorKind::NotGbk, field, 0, 0, 0));
        }
        Ok(Self(Bytes::copy_from_slice(&bytes)))
    }

    /// The bytes on the wire.
    #[must_use]
    pub const fn as_bytes(&self) -> &Bytes {
        &self.0
    }

    /// Whether the field is empty.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text, or `None` when the bytes are not GBK.
    #[must_use]
    pub fn decode(&self) -> Option<Cow<'_, str>> {
        GBK.decode_without_bom_handling_and_without_replacement(&self.0)
    }

    /// The text with U+FFFD for what is not GBK.
    #[must_use]
    pub fn decode_lossy(&self) -> Cow<'_, str> {
        GBK.decode_without_bom_handling(&self.0).0
    }

    /// The text without padding (NUL, space) at its end.
    #[must_use]
    pub(crate) fn trimmed_end(&self) -> Self {
        let kept = self.0.iter().rposition(|&byte| !is_padding(byte)).map_or(0, |last| last + 1);
        Self(self.0.slice(..kept))
    }

    /// The text without padding (NUL, space) at both ends.
    #[must_use]
    pub(crate) fn trimmed(&self) -> Self {
        let end = self.trimmed_end();
        let start = end.0.iter().position(|&byte| !is_padding(byte)).unwrap_or(end.0.len());
        Self(end.0.slice(start..))
    }
}

const fn is_padding(byte: u8) -> bool {
    matches!(byte, 0 | b' ')
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.decode_lossy())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({:?})", self.decode_lossy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves that a plate survives the way to GBK and back, and that a character outside GBK is refused.
    #[test]
    fn gbk_there_and_back() {
        let plate = Text::encode("plate", "豫A12345").unwrap();
        assert_eq!(plate.as_bytes()[..2], [0xD4, 0xA5]);
        assert_eq!(plate.decode().unwrap(), "豫A12345");
        assert_eq!(Text::encode("plate", "🚚").unwrap_err().kind, ErrorKind::NotGbk);
    }

    /// Proves that bytes that are not GBK are kept, shown with a replacement, and never a panic.
    #[test]
    fn not_gbk() {
        let text = Text::from_wire(Bytes::from_static(&[b'A', 0xFF, 0x81]));
        assert_eq!(text.decode(), None);
        assert!(text.decode_lossy().starts_with("A\u{FFFD}"));
    }
}
