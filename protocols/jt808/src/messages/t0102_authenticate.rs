//! 0x0102 终端鉴权, authenticate (section 5).
//!
//! ```text
//! 2011/2013   0 code STRING, the whole body
//! 2019        0 code length BYTE n | 1 code STRING[n] | 1+n IMEI BYTE[15] | 16+n software version BYTE[20]
//! ```
//! Terminals with a 2019 header and a 2013 body exist: when the 2019 layout does not fit, the body is the code.

use crate::error::WireError;
use crate::header::Edition;
use crate::reader::Reader;
use crate::text::Text;
use crate::writer::Writer;

const IMEI: usize = 15;
const SOFTWARE: usize = 20;

/// An authentication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authenticate {
    /// The code of the 0x8100.
    pub code: Text,
    /// What the 2019 layout adds.
    pub device: Option<Device>,
}

/// The device fields of the 2019 layout, without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// IMEI, up to 15 bytes.
    pub imei: Text,
    /// Software version, up to 20 bytes.
    pub software: Text,
}

impl Authenticate {
    pub(super) fn decode(edition: Edition, reader: &mut Reader) -> Result<Self, WireError> {
        if edition != Edition::V2019 {
            return Ok(Self::bare(reader));
        }
        let mut probe = reader.clone();
        let length = usize::from(probe.u8("code length")?);
        if probe.remaining() < length + IMEI + SOFTWARE {
            return Ok(Self::bare(reader));
        }
        let code = Text::from_wire(probe.bytes("code", length)?);
        let imei = Text::from_wire(probe.bytes("imei", IMEI)?).trimmed();
        let software = Text::from_wire(probe.bytes("software", SOFTWARE)?).trimmed();
        *reader = probe;
        Ok(Self { code, device: Some(Device { imei, software }) })
    }

    fn bare(reader: &mut Reader) -> Self {
        Self { code: Text::from_wire(reader.rest()), device: None }
    }

    /// Writes the layout of `edition`; a 2019 body without a device is the bare code, as such terminals send it.
    pub(super) fn encode(&self, edition: Edition, writer: &mut Writer<'_>) -> Result<(), WireError> {
        match &self.device {
            Some(device) if edition == Edition::V2019 => {
                writer.counted_u8("code", self.code.as_bytes())?;
                writer.padded("imei", device.imei.as_bytes(), IMEI, 0)?;
                writer.padded("software", device.software.as_bytes(), SOFTWARE, 0)
            }
            _ => {
                writer.bytes(self.code.as_bytes());
                Ok(())
            }
        }
    }
}
