//! 0x8100 终端注册应答, register reply (section 6). The body is the same in all editions.
//!
//! ```text
//! 0 serial answered WORD | 2 result BYTE | 3 authentication code STRING, only when the result is 0
//! ```

use crate::error::WireError;
use crate::reader::Reader;
use crate::text::Text;
use crate::writer::Writer;

/// The result byte of a register reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RegisterResult {
    /// 0
    Success,
    /// 1 the vehicle is registered already.
    VehicleTaken,
    /// 2 no such vehicle.
    NoVehicle,
    /// 3 the terminal is registered already.
    TerminalTaken,
    /// 4 no such terminal.
    NoTerminal,
    /// Any other byte.
    Unknown(u8),
}

impl RegisterResult {
    /// The byte on the wire.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::VehicleTaken => 1,
            Self::NoVehicle => 2,
            Self::TerminalTaken => 3,
            Self::NoTerminal => 4,
            Self::Unknown(code) => code,
        }
    }

    /// From the byte on the wire.
    #[must_use]
    pub const fn from_code(code: u8) -> Self {
        match code {
            0 => Self::Success,
            1 => Self::VehicleTaken,
            2 => Self::NoVehicle,
            3 => Self::TerminalTaken,
            4 => Self::NoTerminal,
            code => Self::Unknown(code),
        }
    }
}

/// What a platform says to a registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterReply {
    /// Serial number of the 0x0100.
    pub serial: u16,
    /// The result.
    pub result: RegisterResult,
    /// The code the terminal shall authenticate with; empty unless the result is success.
    pub code: Text,
}

impl RegisterReply {
    pub(super) fn decode(reader: &mut Reader) -> Result<Self, WireError> {
        let serial = reader.u16("serial answered")?;
        let result = RegisterResult::from_code(reader.u8("result")?);
        let code = if result == RegisterResult::Success { Text::from_wire(reader.rest()) } else { Text::default() };
        Ok(Self { serial, result, code })
    }

    pub(super) fn encode(&self, writer: &mut Writer<'_>) {
        writer.u16(self.serial);
        writer.u8(self.result.code());
        if self.result == RegisterResult::Success {
            writer.bytes(self.code.as_bytes());
        }
    }
}
