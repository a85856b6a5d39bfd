//! 0x0001 终端通用应答, terminal general reply (section 5).
//!
//! ```text
//! 0 serial answered WORD | 2 id answered WORD | 4 result BYTE
//! ```

use crate::error::WireError;
use crate::ids::MessageId;
use crate::reader::Reader;
use crate::writer::Writer;

/// What a terminal says to a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TerminalReply {
    /// Serial number of the command.
    pub serial: u16,
    /// Id of the command.
    pub id: MessageId,
    /// 0 done or confirmed, 1 failed, 2 bad message, 3 not supported.
    pub result: u8,
}

impl TerminalReply {
    pub(super) fn decode(reader: &mut Reader) -> Result<Self, WireError> {
        let serial = reader.u16("serial answered")?;
        let id = MessageId(reader.u16("id answered")?);
        Ok(Self { serial, id, result: reader.u8("result")? })
    }

    pub(super) fn encode(self, writer: &mut Writer<'_>) {
        writer.u16(self.serial);
        writer.u16(self.id.0);
        writer.u8(self.result);
    }
}
