//! The other end of the connection: a terminal for simulators and tests, without I/O.
//!
//! It keeps its serial number and its authentication code, writes the frames of its edition, splits what is too long
//! for one frame, and reads the platform's answers.

use bytes::{Bytes, BytesMut};

use crate::error::{ErrorKind, WireError};
use crate::frame::{Frame, Head, MAX_BODY};
use crate::header::{Edition, SubPackage};
use crate::ids::MessageId;
use crate::location::LocationReport;
use crate::messages::{
    Authenticate, Device, LocationBatch, Message, PlatformReply, Register, RegisterResult, TerminalReply,
};
use crate::phone::Phone;
use crate::text::Text;

/// A terminal of one edition.
#[derive(Debug, Clone)]
pub struct Terminal {
    edition: Edition,
    phone: Phone,
    serial: u16,
    code: Option<Text>,
    device: Device,
}

/// One message as it goes out: one frame, or the packets of a split message one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Serial number of the first frame.
    pub first_serial: u16,
    /// Number of frames; their serials follow each other.
    pub frames: u16,
    /// The bytes.
    pub wire: Bytes,
}

/// What the platform said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// A 0x8001.
    General(PlatformReply),
    /// A 0x8100; on success the code is kept.
    Registered {
        /// Serial number of the registration.
        serial: u16,
        /// The result.
        result: RegisterResult,
    },
    /// A command, to be answered by who plays the terminal.
    Command {
        /// Its id.
        id: MessageId,
        /// Its serial number.
        serial: u16,
    },
}

impl Terminal {
    /// A terminal that has no code yet; its serial begins at 0.
    #[must_use]
    pub fn new(edition: Edition, phone: Phone) -> Self {
        Self {
            edition,
            phone,
            serial: 0,
            code: None,
            device: Device { imei: Text::default(), software: Text::default() },
        }
    }

    /// The edition it speaks.
    #[must_use]
    pub const fn edition(&self) -> Edition {
        self.edition
    }

    /// Its phone.
    #[must_use]
    pub const fn phone(&self) -> Phone {
        self.phone
    }

    /// The code of its last registration.
    #[must_use]
    pub const fn code(&self) -> Option<&Text> {
        self.code.as_ref()
    }

    /// Gives it a code as if it had registered before.
    pub fn set_code(&mut self, code: Text) {
        self.code = Some(code);
    }

    /// What a 2019 authentication says about the device.
    pub fn set_device(&mut self, device: Device) {
        self.device = device;
    }

    /// 0x0100
    ///
    /// # Errors
    /// [`ErrorKind::TooLong`] when a field is wider than its place in this edition.
    pub fn register(&mut self, register: &Register) -> Result<Sent, WireError> {
        self.send(&Message::Register(register.clone()))
    }

    /// 0x0102 with the code of the registration, or an empty one.
    ///
    /// # Errors
    /// [`ErrorKind::TooLong`] when the code or the device fields do not fit.
    pub fn authenticate(&mut self) -> Result<Sent, WireError> {
        let code = self.code.clone().unwrap_or_default();
        let device = (self.edition == Edition::V2019).then(|| self.device.clone());
        self.send(&Message::Authenticate(Authenticate { code, device }))
    }

    /// 0x0200
    ///
    /// # Errors
    /// [`ErrorKind::TooLong`] when the phone does not fit the edition.
    pub fn location(&mut self, report: &LocationReport) -> Result<Sent, WireError> {
        self.send_raw(MessageId::LOCATION, &report.to_body())
    }

    /// 0x0704
    ///
    /// # Errors
    /// [`ErrorKind::TooLong`] as [`Terminal::send_raw`].
    pub fn batch(&mut self, batch: &LocationBatch) -> Result<Sent, WireError> {
        self.send(&Message::Batch(batch.clone()))
    }

    /// 0x0002
    ///
    /// # Errors
    /// [`ErrorKind::TooLong`] when the phone does not fit the edition.
    pub fn heartbeat(&mut self) -> Result<Sent, WireError> {
        self.send_raw(MessageId::HEARTBEAT, &[])
    }

    /// 0x0003
    ///
    /// # Errors
    /// [`ErrorKind::TooLong`] when the phone does not fit the edition.
    pub fn deregister(&mut self) -> Result<Sent, WireError> {
        self.send_raw(MessageId::DEREGISTER, &[])
    }

    /// 0x0001: what it says to a command of the platform. 0 confirmed, 1 failed, 2 bad message, 3 not supported.
    ///
    /// # Errors
    /// [`ErrorKind::TooLong`] when the phone does not fit the edition.
    pub fn answer(&mut self, command: MessageId, serial: u16, result: u8) -> Result<Sent, WireError> {
        self.send(&Message::TerminalReply(TerminalReply { serial, id: command, result }))
    }

    /// Any message with an id of its own.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfRange`] for a slice or an untyped message (see [`Terminal::send_raw`]), otherwise
    /// [`ErrorKind::TooLong`].
    pub fn send(&mut self, message: &Message) -> Result<Sent, WireError> {
        let id = message.id().ok_or_else(|| WireError::new(ErrorKind::OutOfRange, "message id", 0, 0xFFFF, 0))?;
        let body = message.encode_body(self.edition)?;
        self.send_raw(id, &body)
    }

    /// Any body under any id, split into packets when it is longer than one frame takes.
    ///
    /// # Errors
    /// [`ErrorKind::TooLong`] beyond 65 535 packets or when the phone does not fit the edition.
    pub fn send_raw(&mut self, id: MessageId, body: &[u8]) -> Result<Sent, WireError> {
        let first_serial = self.serial;
        let mut wire = BytesMut::new();
        if body.len() <= MAX_BODY {
            self.next_head(None).encode(id, body, &mut wire)?;
            return Ok(Sent { first_serial, frames: 1, wire: wire.freeze() });
        }
        let packets = body.len().div_ceil(MAX_BODY);
        let total = u16::try_from(packets)
            .map_err(|_| WireError::new(ErrorKind::TooLong, "total packets", 0, usize::from(u16::MAX), packets))?;
        for (index, slice) in (1..=total).zip(body.chunks(MAX_BODY)) {
            self.next_head(Some(SubPackage { total, index })).encode(id, slice, &mut wire)?;
        }
        Ok(Sent { first_serial, frames: total, wire: wire.freeze() })
    }

    fn next_head(&mut self, split: Option<SubPackage>) -> Head {
        let serial = self.serial;
        self.serial = serial.wrapping_add(1);
        Head { split, ..Head::new(self.edition.layout(), self.phone, serial) }
    }

    /// Takes a frame of the platform.
    ///
    /// # Errors
    /// When its body does not decode.
    pub fn receive(&mut self, frame: &Frame) -> Result<Answer, WireError> {
        match frame.decode()?.exact()? {
            Message::PlatformReply(reply) => Ok(Answer::General(reply)),
            Message::RegisterReply(reply) => {
                if reply.result == RegisterResult::Success {
                    self.code = Some(reply.code);
                }
                Ok(Answer::Registered { serial: reply.serial, result: reply.result })
            }
            _ => Ok(Answer::Command { id: frame.header.id, serial: frame.header.serial }),
        }
    }
}
