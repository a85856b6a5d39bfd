//! Texts to terminals (0x8300): the contract of the queue between who orders and the gateways that deliver.
//!
//! ```text
//! queued ──take──▶ queued, lent to a gateway ──sent──▶ sent ──settle──▶ acknowledged | refused
//!    ▲                         └──────give_back──────────┘ │
//!    └── the lease is over: anybody may take it again ─────┘        queued, sent ──expire──▶ expired
//! ```
//! *At least once*: a terminal that took a text and lost its connection before it answered gets it again, so a driver may
//! hear it twice, never that it is lost unseen. *A terminal's answer is a fact* and wins over our waiting: it settles a
//! command that was given back, lent to another gateway or already expired. The first answer stands.

use super::error::StoreError;
use crate::model::{
    ids::{GatewayNumber, TerminalId},
    time::Timestamp,
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Most commands that may be open in the house. Gateways read all open ones every second.
pub const OPEN_MAX: u64 = 5_000;
/// Most commands that may be open for one terminal: a driver reads no more.
pub const OPEN_PER_TERMINAL_MAX: u64 = 8;

/// The queue. Times are those of the house's clock, which all processes share. Every change of a command is one
/// transaction with its line in the history, which the engine keeps append-only. All calls may be made by many processes
/// at once; every call may be repeated after `Unavailable`.
#[async_trait]
pub trait CommandStore: Send + Sync {
    /// Puts a command into the queue, durable when it returns. The key makes a repetition harmless: the same key again
    /// gives the command it made.
    ///
    /// # Errors
    /// `Conflict` when the key was used for another terminal or text; `Unavailable`.
    async fn enqueue(&self, command: &NewCommand) -> Result<Enqueued, StoreError>;

    /// Open commands (queued or sent) with numbers above `after`, ascending, at most `limit`.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn open(&self, after: CommandNumber, limit: u32) -> Result<Vec<Command>, StoreError>;

    /// Lends a command to a gateway until `answer_by`. Compare and set: succeeds when the command is open, has attempts
    /// left, is not over at `at`, `delivery.attempt` is its next one, and nobody holds it or the holder's lease is over.
    /// True also when exactly this delivery holds it already.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn take(&self, delivery: Delivery, at: Timestamp, answer_by: Timestamp) -> Result<bool, StoreError>;

    /// Notes that the holder wrote the command to its terminal under a serial. False when it does not hold it any more.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn sent(&self, delivery: Delivery, serial: u16, at: Timestamp) -> Result<bool, StoreError>;

    /// Notes what the terminal answered to a delivery, also one that is no longer the newest. False when an answer was
    /// noted before.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn settle(&self, delivery: Delivery, answer: Answer) -> Result<bool, StoreError>;

    /// Ends a lease before its time: the connection is gone, another gateway may take the command at once. False when
    /// the delivery does not hold it any more.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn give_back(&self, delivery: Delivery, at: Timestamp) -> Result<bool, StoreError>;

    /// Expires what is over: past `expires` or out of attempts, and lent to nobody. At most [`EXPIRE_MAX`] a call;
    /// returns how many.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn expire(&self, now: Timestamp) -> Result<usize, StoreError>;

    /// The newest commands below `before` (`None` = the newest of all), descending, at most `limit`.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn list(
        &self,
        terminal: Option<TerminalId>,
        before: Option<CommandNumber>,
        limit: u32,
    ) -> Result<Vec<Command>, StoreError>;

    /// One command.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn get(&self, number: CommandNumber) -> Result<Option<Command>, StoreError>;

    /// What happened to it, oldest first; a command has as many lines as changes.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn events(&self, number: CommandNumber) -> Result<Vec<CommandEvent>, StoreError>;
}

/// Most commands one call of [`CommandStore::expire`] ends.
pub const EXPIRE_MAX: u64 = 500;

/// Number of a command, from 1, ascending in the order of the queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandNumber(pub u64);

/// A command to be put into the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCommand {
    /// Chosen by who orders, unique in the house, so that a repeated order is one command.
    pub key: String,
    /// To whom.
    pub terminal: TerminalId,
    /// What.
    pub text: CommandText,
    /// Why (案由).
    pub reason: String,
    /// Who ordered it.
    pub actor: String,
    /// When it was ordered.
    pub created: Timestamp,
    /// From when on it is not delivered any more.
    pub expires: Timestamp,
    /// How often it is sent at most.
    pub attempts_max: u32,
}

/// What the driver shall read or hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandText {
    /// The words.
    pub words: String,
    /// How urgent they are.
    pub urgency: Urgency,
    /// Whether the terminal shall show them.
    pub shown: bool,
    /// Whether the terminal shall read them out (TTS).
    pub spoken: bool,
}

/// How urgent a text is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// 通知
    #[default]
    Notice,
    /// 紧急
    Urgent,
}

/// One try of one gateway to deliver a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Delivery {
    /// The command.
    pub number: CommandNumber,
    /// Who delivers.
    pub gateway: GatewayNumber,
    /// The how-manieth try of all, from 1.
    pub attempt: u32,
}

/// A terminal's answer (0x0001).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Our serial of the message it answers.
    pub serial: u16,
    /// 0 confirmed, 1 failed, 2 bad message, 3 not supported; others are the vendor's.
    pub result: u8,
    /// When it came.
    pub at: Timestamp,
}

/// What became of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Enqueued {
    /// It is in the queue.
    Queued(Command),
    /// The key was used before, for the same: the command it made, as it is now.
    Known(Command),
    /// Not taken: [`OPEN_MAX`] commands are open.
    Full,
    /// Not taken: [`OPEN_PER_TERMINAL_MAX`] commands are open for this terminal.
    TerminalFull,
}

/// How far a command is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandState {
    /// 已排队: waits for its terminal.
    Queued,
    /// 已发送: written to the terminal, not answered.
    Sent,
    /// 终端已确认: answered with 0.
    Acknowledged,
    /// 终端拒绝: answered with another result.
    Refused,
    /// 已过期: not answered in its time.
    Expired,
}

/// A command as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Its number.
    pub number: CommandNumber,
    /// What was ordered.
    pub order: NewCommand,
    /// How far it is.
    pub state: CommandState,
    /// How often it was taken for delivery.
    pub attempts: u32,
    /// Who holds it, or delivered it last.
    pub gateway: Option<GatewayNumber>,
    /// Until when it is lent; `None` = to nobody.
    pub answer_by: Option<Timestamp>,
    /// Our serial of the newest message that brought it.
    pub serial: Option<u16>,
    /// When that was written.
    pub sent: Option<Timestamp>,
    /// The terminal's result.
    pub result: Option<u8>,
    /// When it was answered or expired.
    pub settled: Option<Timestamp>,
}

/// One change of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandEvent {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: CommandEventKind,
    /// The gateway that did or reported it.
    pub gateway: Option<GatewayNumber>,
    /// The try it belongs to, from 1; 0 before the first.
    pub attempt: u32,
    /// Our serial, where a message was written or answered.
    pub serial: Option<u16>,
    /// The terminal's result, where it answered.
    pub result: Option<u8>,
}

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandEventKind {
    /// Ordered.
    Queued,
    /// Taken by a gateway for delivery.
    Taken,
    /// Written to the terminal.
    Sent,
    /// Given back: the connection ended before the answer.
    GivenBack,
    /// Answered with 0.
    Acknowledged,
    /// Answered with another result.
    Refused,
    /// Over without an answer.
    Expired,
}

impl CommandState {
    /// Whether it may still be delivered.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Sent)
    }

    /// Whether the terminal has answered.
    #[must_use]
    pub const fn is_answered(self) -> bool {
        matches!(self, Self::Acknowledged | Self::Refused)
    }
}

impl Command {
    /// Whether nobody holds it at `now`.
    #[must_use]
    pub fn is_free(&self, now: Timestamp) -> bool {
        self.answer_by.is_none_or(|end| end <= now)
    }

    /// Whether it may be taken for delivery at `now`.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.state.is_open() && !self.is_over(now) && self.is_free(now)
    }

    /// Whether no further delivery may begin at `now`.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.order.expires <= now || self.attempts >= self.order.attempts_max
    }

    /// Whether a delivery is the one that holds it.
    #[must_use]
    pub fn is_held_by(&self, delivery: Delivery) -> bool {
        self.state.is_open()
            && self.answer_by.is_some()
            && self.gateway == Some(delivery.gateway)
            && self.attempts == delivery.attempt
    }

    /// The delivery that `gateway` would try next.
    #[must_use]
    pub const fn next_delivery(&self, gateway: GatewayNumber) -> Delivery {
        Delivery { number: self.number, gateway, attempt: self.attempts + 1 }
    }
}
