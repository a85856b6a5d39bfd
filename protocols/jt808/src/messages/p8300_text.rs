//! 0x8300 文本信息下发, text for the driver (section 6).
//!
//! ```text
//! 2011, 2013: 0 flags BYTE | 1 text STRING
//! 2019:       0 flags BYTE | 1 kind BYTE | 2 text STRING
//! ```
//! | bit | 2011, 2013 | 2019 |
//! |---|---|---|
//! | 0, 1 | 0 urgent; 1 reserved | 01 service, 10 urgent, 11 notice |
//! | 2 | terminal display | terminal display |
//! | 3 | read out (TTS) | read out (TTS) |
//! | 4 | advertising screen | reserved |
//! | 5 | 0 navigation, 1 CAN fault code | the same |

use crate::error::{ErrorKind, WireError};
use crate::frame::MAX_BODY;
use crate::header::Edition;
use crate::reader::Reader;
use crate::text::Text;
use crate::writer::Writer;

/// The longest text that goes into one frame of every edition, bytes of GBK. The standard allows 1,024, which would need
/// two packets for the last three bytes.
pub const MAX_TEXT: usize = MAX_BODY - 2;

/// The flags of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TextFlags(pub u8);

/// How urgent a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextUrgency {
    /// 通知: a flag of its own in 2019, none before.
    Notice,
    /// 紧急
    Urgent,
}

impl TextFlags {
    /// Bit 2: the terminal shows it.
    pub const DISPLAY: u8 = 1 << 2;
    /// Bit 3: the terminal reads it out.
    pub const READ_OUT: u8 = 1 << 3;

    /// The flags of an edition; `outputs` are [`TextFlags::DISPLAY`] and [`TextFlags::READ_OUT`].
    #[must_use]
    pub const fn new(edition: Edition, urgency: TextUrgency, outputs: u8) -> Self {
        let urgency = match (edition, urgency) {
            (Edition::V2011 | Edition::V2013, TextUrgency::Notice) => 0b00,
            (Edition::V2011 | Edition::V2013, TextUrgency::Urgent) => 0b01,
            (Edition::V2019, TextUrgency::Urgent) => 0b10,
            (Edition::V2019, TextUrgency::Notice) => 0b11,
        };
        Self(urgency | outputs & (Self::DISPLAY | Self::READ_OUT))
    }
}

/// A text for the driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextMessage {
    /// Its flags.
    pub flags: TextFlags,
    /// 2019: 1 notice, 2 service; absent before. Written as 1 where it is absent and must be there.
    pub kind: Option<u8>,
    /// The words.
    pub text: Text,
}

impl TextMessage {
    /// The kind of a notice.
    pub const NOTICE: u8 = 1;

    pub(super) fn decode(edition: Edition, reader: &mut Reader) -> Result<Self, WireError> {
        let flags = TextFlags(reader.u8("flags")?);
        let kind = if edition == Edition::V2019 { Some(reader.u8("text kind")?) } else { None };
        Ok(Self { flags, kind, text: Text::from_wire(reader.rest()) })
    }

    pub(super) fn encode(&self, edition: Edition, writer: &mut Writer<'_>) -> Result<(), WireError> {
        let text = self.text.as_bytes();
        if text.len() > MAX_TEXT {
            return Err(WireError::new(ErrorKind::TooLong, "text", writer.written(), MAX_TEXT, text.len()));
        }
        writer.u8(self.flags.0);
        if edition == Edition::V2019 {
            writer.u8(self.kind.unwrap_or(Self::NOTICE));
        }
        writer.bytes(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::MessageId;
    use crate::messages::Message;

    /// Proves that the flags say urgent, notice, display and read out as each edition has them, and nothing else.
    #[test]
    fn flags_of_the_editions() {
        let flags = |edition, urgency| TextFlags::new(edition, urgency, 0xFF).0;
        assert_eq!(flags(Edition::V2013, TextUrgency::Notice), 0b1100);
        assert_eq!(flags(Edition::V2011, TextUrgency::Urgent), 0b1101);
        assert_eq!(flags(Edition::V2019, TextUrgency::Urgent), 0b1110);
        assert_eq!(flags(Edition::V2019, TextUrgency::Notice), 0b1111);
        assert_eq!(TextFlags::new(Edition::V2013, TextUrgency::Notice, 0).0, 0);
    }

    /// Proves that a text of the greatest length fits one frame of every edition, and one byte more is refused.
    #[test]
    fn the_longest_text() {
        for edition in Edition::ALL {
            let message = |length: usize| {
                let text = Text::encode("text", &"x".repeat(length)).unwrap();
                let kind = (edition == Edition::V2019).then_some(TextMessage::NOTICE);
                Message::Text(TextMessage { flags: TextFlags(TextFlags::DISPLAY), kind, text })
            };
            let body = message(MAX_TEXT).encode_body(edition).unwrap();
            assert!(body.len() <= MAX_BODY, "{edition:?}");
            let read = Message::decode_body(MessageId::TEXT, edition, Reader::new(body, 0)).unwrap();
            assert_eq!(read.exact().unwrap(), message(MAX_TEXT));
            assert_eq!(message(MAX_TEXT + 1).encode_body(edition).unwrap_err().kind, ErrorKind::TooLong);
        }
    }
}
