//! 0x8001 平台通用应答, platform general reply (section 6).
//!
//! ```text
//! 0 serial answered WORD | 2 id answered WORD | 4 result BYTE
//! ```

use crate::error::WireError;
use crate::ids::MessageId;
use crate::reader::Reader;
use crate::writer::Writer;

/// The result byte of a platform general reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlatformResult {
    /// 0
    Success,
    /// 1
    Failure,
    /// 2 bad message: never sent for a message that is recorded.
    BadMessage,
    /// 3
    Unsupported,
    /// 4 alarm handled.
    AlarmHandled,
    /// Any other byte.
    Unknown(u8),
}

impl PlatformResult {
    /// The byte on the wire.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failure => 1,
            Self::BadMessage => 2,
            Self::Unsupported => 3,
            Self::AlarmHandled => 4,
            Self::Unknown(code) => code,
        }
    }

    /// From the byte on the wire.
    #[must_use]
    pub const fn from_code(code: u8) -> Self {
        match code {
            0 => Self::Success,
            1 => Self::Failure,
            2 => Self::BadMessage,
            3 => Self::Unsupported,
            4 => Self::AlarmHandled,
            code => Self::Unknown(code),
        }
    }
}

/// What a platform says to a terminal's message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlatformReply {
    /// Serial number of the message.
    pub serial: u16,
    /// Id of the message.
    pub id: MessageId,
    /// The result.
    pub result: PlatformResult,
}

impl PlatformReply {
    pub(super) fn decode(reader: &mut Reader) -> Result<Self, WireError> {
        let serial = reader.u16("serial answered")?;
        let id = MessageId(reader.u16("id answered")?);
        Ok(Self { serial, id, result: PlatformResult::from_code(reader.u8("result")?) })
    }

    pub(super) fn encode(self, writer: &mut Writer<'_>) {
        writer.u16(self.serial);
        writer.u16(self.id.0);
        writer.u8(self.result.code());
    }
}
