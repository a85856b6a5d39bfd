//! The typed messages, one file each, and [`Message`] over all of them.
//!
//! Decoding is strict inside the standard layout and keeps what stands behind it: [`Decoded::rest`] is empty in a
//! conforming frame, and real devices do append things.

mod p8001_platform_reply;
mod p8100_register_reply;
mod p8300_text;
mod t0001_terminal_reply;
mod t0100_register;
mod t0102_authenticate;
mod t0704_batch;

use bytes::{Bytes, BytesMut};

pub use self::p8001_platform_reply::{PlatformReply, PlatformResult};
pub use self::p8100_register_reply::{RegisterReply, RegisterResult};
pub use self::p8300_text::{MAX_TEXT, TextFlags, TextMessage, TextUrgency};
pub use self::t0001_terminal_reply::TerminalReply;
pub use self::t0100_register::{PlateColour, Register};
pub use self::t0102_authenticate::{Authenticate, Device};
pub use self::t0704_batch::{BatchKind, LocationBatch, Records};
use crate::error::{ErrorKind, WireError};
use crate::frame::Frame;
use crate::header::{Edition, Header, SubPackage};
use crate::ids::MessageId;
use crate::location::LocationReport;
use crate::reader::Reader;
use crate::writer::Writer;

/// A message of either side.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Message {
    /// 0x0001 终端通用应答
    TerminalReply(TerminalReply),
    /// 0x0002 终端心跳: no body.
    Heartbeat,
    /// 0x0003 终端注销 (or 0x0101, as the annex of 2011 prints it): no body.
    Deregister,
    /// 0x0100 终端注册
    Register(Register),
    /// 0x0102 终端鉴权
    Authenticate(Authenticate),
    /// 0x0200 位置信息汇报
    Location(LocationReport),
    /// 0x0704 定位数据批量上传
    Batch(LocationBatch),
    /// 0x8001 平台通用应答
    PlatformReply(PlatformReply),
    /// 0x8100 终端注册应答
    RegisterReply(RegisterReply),
    /// 0x8300 文本信息下发
    Text(TextMessage),
    /// One packet of a split message: its slice of the body, to be joined by [`crate::assembly`].
    Slice {
        /// Which packet.
        split: SubPackage,
        /// Its bytes.
        slice: Bytes,
    },
    /// A message that is not typed yet: its bytes. The name is in [`crate::ids`].
    Untyped(Bytes),
}

/// A message and what stood behind its standard layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The message.
    pub message: Message,
    /// Bytes past the standard layout; empty in a conforming frame.
    pub rest: Bytes,
}

impl Decoded {
    /// The message, when nothing stood behind it.
    ///
    /// # Errors
    /// [`ErrorKind::TrailingBytes`].
    pub fn exact(self) -> Result<Message, WireError> {
        if self.rest.is_empty() {
            return Ok(self.message);
        }
        Err(WireError::new(ErrorKind::TrailingBytes, "body", 0, 0, self.rest.len()))
    }
}

impl Frame {
    /// Reads the body.
    ///
    /// # Errors
    /// [`ErrorKind::Encrypted`] when the header says so; otherwise the first field that does not fit.
    pub fn decode(&self) -> Result<Decoded, WireError> {
        let encryption = self.header.properties.encryption();
        if encryption != 0 {
            return Err(WireError::new(ErrorKind::Encrypted, "body properties", 2, 0, usize::from(encryption)));
        }
        Message::decode(&self.header, self.body.clone())
    }
}

impl Message {
    /// Reads `body` as the header says, without regard to the encryption bits. Offsets in errors count from the first
    /// header byte.
    ///
    /// # Errors
    /// The first field that does not fit.
    pub fn decode(header: &Header, body: Bytes) -> Result<Decoded, WireError> {
        if let Some(split) = header.split {
            return Ok(Decoded { message: Self::Slice { split, slice: body }, rest: Bytes::new() });
        }
        Self::decode_body(header.id, header.edition(), Reader::new(body, header.len()))
    }

    /// Reads the whole body of a message, for example one that was joined from its packets.
    ///
    /// # Errors
    /// The first field that does not fit.
    pub fn decode_body(id: MessageId, edition: Edition, mut reader: Reader) -> Result<Decoded, WireError> {
        let reader_ref = &mut reader;
        let message = match id {
            MessageId::TERMINAL_REPLY => Self::TerminalReply(TerminalReply::decode(reader_ref)?),
            MessageId::HEARTBEAT => Self::Heartbeat,
            MessageId::DEREGISTER | MessageId::DEREGISTER_OLD => Self::Deregister,
            MessageId::REGISTER => Self::Register(Register::decode(edition, reader_ref)?),
            MessageId::AUTHENTICATE => Self::Authenticate(Authenticate::decode(edition, reader_ref)?),
            MessageId::LOCATION => Self::Location(LocationReport::decode(reader_ref)?),
            MessageId::LOCATION_BATCH => Self::Batch(LocationBatch::decode(reader_ref)?),
            MessageId::PLATFORM_REPLY => Self::PlatformReply(PlatformReply::decode(reader_ref)?),
            MessageId::REGISTER_REPLY => Self::RegisterReply(RegisterReply::decode(reader_ref)?),
            MessageId::TEXT => Self::Text(TextMessage::decode(edition, reader_ref)?),
            _ => Self::Untyped(reader_ref.rest()),
        };
        Ok(Decoded { message, rest: reader.rest() })
    }

    /// The id, for messages that have one of their own.
    #[must_use]
    pub const fn id(&self) -> Option<MessageId> {
        match self {
            Self::TerminalReply(_) => Some(MessageId::TERMINAL_REPLY),
            Self::Heartbeat => Some(MessageId::HEARTBEAT),
            Self::Deregister => Some(MessageId::DEREGISTER),
            Self::Register(_) => Some(MessageId::REGISTER),
            Self::Authenticate(_) => Some(MessageId::AUTHENTICATE),
            Self::Location(_) => Some(MessageId::LOCATION),
            Self::Batch(_) => Some(MessageId::LOCATION_BATCH),
            Self::PlatformReply(_) => Some(MessageId::PLATFORM_REPLY),
            Self::RegisterReply(_) => Some(MessageId::REGISTER_REPLY),
            Self::Text(_) => Some(MessageId::TEXT),
            Self::Slice { .. } | Self::Untyped(_) => None,
        }
    }

    /// The body as `edition` wants it.
    ///
    /// # Errors
    /// [`ErrorKind::TooLong`] when a field is wider than its place.
    pub fn encode_body(&self, edition: Edition) -> Result<Bytes, WireError> {
        let mut out = BytesMut::new();
        let writer = &mut Writer::new(&mut out);
        match self {
            Self::TerminalReply(reply) => reply.encode(writer),
            Self::Heartbeat | Self::Deregister => {}
            Self::Register(register) => register.encode(edition, writer)?,
            Self::Authenticate(authenticate) => authenticate.encode(edition, writer)?,
            Self::Location(report) => report.encode(writer),
            Self::Batch(batch) => batch.encode(writer),
            Self::PlatformReply(reply) => reply.encode(writer),
            Self::RegisterReply(reply) => reply.encode(writer),
            Self::Text(text) => text.encode(edition, writer)?,
            Self::Slice { slice: bytes, .. } | Self::Untyped(bytes) => writer.bytes(bytes),
        }
        Ok(out.freeze())
    }
}
