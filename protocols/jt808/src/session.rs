//! What a platform owes to a terminal: register → authenticate → report, as a state machine without I/O.
//!
//! ```text
//! 0x0100 → 0x8100 (0, code) → 0x0102 (code) → 0x8001 (0) → 0x0200, 0x0704, … → 0x8001 (0), 0x0002 → 0x8001 (0)
//! ```
//! The session says what is owed and whether the frame must be recorded first. It never builds a reply: "success" means
//! "durably recorded", and only who holds the receipt may say so. The rules, and why:
//!
//! - A terminal that the ledger does not know gets 0x8100 result 0 and a code, and every code of its is accepted: any
//!   other answer would silence it. It is [`Mark::Quarantined`].
//! - A known terminal with a wrong code gets result 1. Its frames are recorded as [`Mark::Unauthenticated`].
//! - Recorded is every frame except heartbeats and general replies, whatever its id, each packet of a split message,
//!   and also what does not decode; it is answered with success, else the terminal resends for ever. Result 2 (bad
//!   message) is never owed for a recorded frame.
//! - Split authentication does not exist in the field and is not accepted: the code could not be checked.

use crate::frame::Frame;
use crate::header::Header;
use crate::ids::{Direction, MessageId};
use crate::messages::{Message, PlatformResult, RegisterResult};
use crate::phone::Phone;
use crate::text::Text;

/// What the ledger says about the terminal of a frame, at the moment the frame came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Not in the ledger.
    Unknown {
        /// The code that a registration gets.
        code: Text,
    },
    /// In the ledger.
    Known {
        /// The code that a registration gets and an authentication must bring.
        code: Text,
        /// A code burnt into this model, accepted too (some send the literal text "authentication").
        fixed: Option<Text>,
    },
}

impl Standing {
    fn code(&self) -> &Text {
        match self {
            Self::Unknown { code } | Self::Known { code, .. } => code,
        }
    }

    fn accepts(&self, presented: Option<&Text>) -> bool {
        match self {
            Self::Unknown { .. } => true,
            Self::Known { code, fixed } => presented.is_some_and(|shown| {
                let shown = shown.trimmed_end();
                !shown.is_empty() && (shown == *code || fixed.as_ref() == Some(&shown))
            }),
        }
    }
}

/// As what a frame is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mark {
    /// The ledger knows the terminal and it has shown its code.
    Authenticated,
    /// The ledger knows the terminal, but it has shown no code or a wrong one.
    Unauthenticated,
    /// The ledger does not know the terminal.
    Quarantined,
}

/// The answer that is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owed {
    /// None.
    Nothing,
    /// A 0x8001.
    GeneralReply {
        /// Its result.
        result: PlatformResult,
    },
    /// A 0x8100.
    RegisterReply {
        /// Its result.
        result: RegisterResult,
        /// Its code.
        code: Text,
    },
}

/// What to do with one frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    /// The frame must be durable before the answer goes out.
    pub record: bool,
    /// As what it is recorded.
    pub mark: Mark,
    /// The answer.
    pub owed: Owed,
}

/// The session of one connection.
#[derive(Debug, Clone, Default)]
pub struct Session {
    phone: Option<Phone>,
    presented: Option<Text>,
}

impl Session {
    /// A fresh connection.
    #[must_use]
    pub const fn new() -> Self {
        Self { phone: None, presented: None }
    }

    /// The terminal this connection belongs to: that of its first frame.
    #[must_use]
    pub const fn phone(&self) -> Option<Phone> {
        self.phone
    }

    /// Whether a frame speaks for another terminal than the first one did. Such frames get their duty too, but share
    /// no authentication with the first terminal; how many terminals a connection may carry is the gateway's limit.
    #[must_use]
    pub fn is_foreign(&self, header: &Header) -> bool {
        self.phone.is_some_and(|phone| phone != header.phone)
    }

    /// Takes a frame whose checksum held; `standing` is what the ledger says about `frame.header.phone` now.
    pub fn take(&mut self, frame: &Frame, standing: &Standing) -> Duty {
        let foreign = self.is_foreign(&frame.header);
        self.phone.get_or_insert(frame.header.phone);
        let presented = match frame.header.id {
            MessageId::AUTHENTICATE => code_of(frame),
            MessageId::DEREGISTER | MessageId::DEREGISTER_OLD => None,
            _ if foreign => None,
            _ => self.presented.take(),
        };
        let accepted = standing.accepts(presented.as_ref());
        let owed = owed(&frame.header, standing, accepted);
        if !foreign {
            self.presented = presented;
        }
        Duty { record: is_recorded(frame.header.id), mark: mark(standing, accepted), owed }
    }
}

const fn mark(standing: &Standing, accepted: bool) -> Mark {
    match (standing, accepted) {
        (Standing::Unknown { .. }, _) => Mark::Quarantined,
        (Standing::Known { .. }, true) => Mark::Authenticated,
        (Standing::Known { .. }, false) => Mark::Unauthenticated,
    }
}

/// Every frame except heartbeats and general replies is recorded.
const fn is_recorded(id: MessageId) -> bool {
    !matches!(id, MessageId::HEARTBEAT | MessageId::TERMINAL_REPLY | MessageId::PLATFORM_REPLY)
}

fn owed(header: &Header, standing: &Standing, accepted: bool) -> Owed {
    let general = |result| Owed::GeneralReply { result };
    match header.id {
        MessageId::TERMINAL_REPLY => Owed::Nothing,
        MessageId::REGISTER if is_last_packet(header) => {
            Owed::RegisterReply { result: RegisterResult::Success, code: standing.code().clone() }
        }
        MessageId::AUTHENTICATE if !accepted => general(PlatformResult::Failure),
        // 0x8004 is its own answer, and this platform has none.
        MessageId::QUERY_TIME => general(PlatformResult::Unsupported),
        // An echo of a platform's message: answering it could make two platforms talk for ever.
        id if id.is_named() && id.entry().direction == Direction::FromPlatform => Owed::Nothing,
        _ => general(PlatformResult::Success),
    }
}

/// A split registration is answered with its last packet, the earlier ones like any message.
fn is_last_packet(header: &Header) -> bool {
    header.split.is_none_or(|split| split.index == split.total)
}

fn code_of(frame: &Frame) -> Option<Text> {
    match frame.decode().ok()?.message {
        Message::Authenticate(authenticate) => Some(authenticate.code),
        _ => None,
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
