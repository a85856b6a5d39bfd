//! What stands on the bus, and its bytes.
//!
//! A shard's stream holds batches of the gateways and control entries of the ticker, mixed. Between gateways order is of no
//! consequence; of one gateway a batch names the number before it (`after`), so that a consumer sees what it missed
//! ([`super::chain`]).
//!
//! ```text
//!  u8 version = 2   u8 what: 0 batch, 1 control      all that follows: LEB128 variable-length integers, signed ones zigzag
//!  batch    gateway, after, inputs, then each: number - number before, u8 kind, received - received before, body
//!             frame: connection - connection before, bytes, the escaped frame     others: bytes, JSON
//!  control  token, at, revision, policy, heads, then each: gateway, number
//! ```
//! Of a frame of 60 B in a batch of 256 the entry takes 5.1 B on top; a test prints it.

use super::wire::{Sink, Source};
use crate::model::{
    fix::SessionTrust,
    ids::{ConnectionId, GatewayNumber, PolicyRevision, Revision, Seq},
    input::{Event, Input, RawFrame},
    time::Timestamp,
};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// One entry of a shard's stream.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// Inputs of one gateway for one shard.
    Batch(Batch),
    /// What the ticker says, once a second, on every stream.
    Control(Control),
}

/// Inputs of one gateway for one shard.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Whose.
    pub gateway: GatewayNumber,
    /// Every number of this gateway and shard up to this one was put on the stream before this entry, or left to the record. 0 = none.
    pub after: u64,
    /// Ascending, each with a packed seq of `gateway` and a number above `after`. Empty = there was nothing after `after` yet, which
    /// makes a lost end of the stream visible.
    pub inputs: Vec<Input>,
}

/// What the ticker says. Level-triggered: the newest one holds, whatever was lost before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// Token of the ticker's lease: an entry with a smaller one than was seen is of a ticker that does not know it was replaced.
    pub token: u64,
    /// The house's clock.
    pub at: Timestamp,
    /// Newest ledger revision in the store.
    pub revision: Revision,
    /// Newest change of the policy in the store.
    pub policy: PolicyRevision,
    /// Of gateways whose lease is lost the last number copied: up to there nothing more is to be expected from themselves.
    pub heads: Vec<(GatewayNumber, u64)>,
}

/// Bytes that are no entry of ours. What was lost with it is seen at the next entry of that gateway and read from the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Another muckwatch wrote it.
    #[error("entry version {0} is not known here")]
    Version(u8),
    /// Neither batch nor control, or an input of no known kind.
    #[error("{what} {found} is not known here")]
    Unknown {
        /// What is not known.
        what: &'static str,
        /// The byte found.
        found: u8,
    },
    /// It ends too early, or a field is out of its range.
    #[error("{what} cannot be read at byte {offset}")]
    Field {
        /// Which field.
        what: &'static str,
        /// Where it ends or breaks off.
        offset: usize,
    },
}

const VERSION: u8 = 2;
const BATCH: u8 = 0;
const CONTROL: u8 = 1;
/// Fewest bytes of an input: a count of more than would fit is refused before memory is taken for it.
const INPUT_BYTES_MIN: usize = 4;
/// Fewest bytes of a head.
const HEAD_BYTES_MIN: usize = 2;

impl Batch {
    /// The last number of this gateway and shard that was put on the stream up to and with this entry.
    #[must_use]
    pub fn upto(&self) -> u64 {
        self.inputs.last().map_or(self.after, |input| input.seq.number())
    }
}

impl Entry {
    /// Its bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Sink::default();
        out.byte(VERSION);
        match self {
            Self::Batch(batch) => batch.encode(&mut out),
            Self::Control(control) => control.encode(&mut out),
        }
        out.into_bytes()
    }

    /// Reads bytes from outside; frames share their memory.
    ///
    /// # Errors
    /// [`EntryError`]: these bytes are no entry.
    pub fn decode(bytes: Bytes) -> Result<Self, EntryError> {
        let mut from = Source::new(bytes);
        match from.byte("version")? {
            VERSION => {}
            other => return Err(EntryError::Version(other)),
        }
        let entry = match from.byte("what")? {
            BATCH => Self::Batch(Batch::decode(&mut from)?),
            CONTROL => Self::Control(Control::decode(&mut from)?),
            found => return Err(EntryError::Unknown { what: "an entry of kind", found }),
        };
        from.end()?;
        Ok(entry)
    }
}

/// What the numbers of the next input are counted from.
#[derive(Clone, Copy, Debug)]
struct Before {
    gateway: GatewayNumber,
    number: u64,
    received: i64,
    connection: u64,
}

impl Batch {
    fn before(&self) -> Before {
        Before { gateway: self.gateway, number: self.after, received: 0, connection: 0 }
    }

    fn encode(&self, out: &mut Sink) {
        out.byte(BATCH);
        out.unsigned(u64::from(self.gateway.0));
        out.unsigned(self.after);
        out.unsigned(self.inputs.len() as u64);
        let mut before = self.before();
        for input in &self.inputs {
            before.encode(input, out);
        }
    }

    fn decode(from: &mut Source) -> Result<Self, EntryError> {
        let gateway = gateway(from)?;
        let after = from.unsigned("after")?;
        let count = from.count("inputs", INPUT_BYTES_MIN)?;
        let mut batch = Self { gateway, after, inputs: Vec::with_capacity(count) };
        let mut before = batch.before();
        for _ in 0..count {
            batch.inputs.push(before.decode(from)?);
        }
        Ok(batch)
    }
}

impl Control {
    fn encode(&self, out: &mut Sink) {
        out.byte(CONTROL);
        out.unsigned(self.token);
        out.signed(self.at.as_millis());
        out.unsigned(u64::from(self.revision.0));
        out.unsigned(u64::from(self.policy.0));
        out.unsigned(self.heads.len() as u64);
        for (gateway, number) in &self.heads {
            out.unsigned(u64::from(gateway.0));
            out.unsigned(*number);
        }
    }

    fn decode(from: &mut Source) -> Result<Self, EntryError> {
        let token = from.unsigned("token")?;
        let at = Timestamp::from_millis(from.signed("at")?);
        let (revision, policy) = (Revision(small("revision", from)?), PolicyRevision(small("policy", from)?));
        let count = from.count("heads", HEAD_BYTES_MIN)?;
        let mut heads = Vec::with_capacity(count);
        for _ in 0..count {
            heads.push((gateway(from)?, from.unsigned("head")?));
        }
        Ok(Self { token, at, revision, policy, heads })
    }
}

fn small(what: &'static str, from: &mut Source) -> Result<u32, EntryError> {
    let number = from.unsigned(what)?;
    u32::try_from(number).map_err(|_| from.refused(what))
}

fn gateway(from: &mut Source) -> Result<GatewayNumber, EntryError> {
    let number = u16::try_from(from.unsigned("gateway")?).map_err(|_| from.refused("gateway"))?;
    if number > GatewayNumber::CONTROL.0 { Err(from.refused("gateway")) } else { Ok(GatewayNumber(number)) }
}

/// Kinds of inputs; those of the record.
mod kind {
    pub(super) const FRAME_UNAUTHENTICATED: u8 = 1;
    pub(super) const FRAME_AUTHENTICATED: u8 = 2;
    pub(super) const SESSION_OPENED: u8 = 3;
    pub(super) const SESSION_CLOSED: u8 = 4;
    pub(super) const LEDGER_REVISED: u8 = 5;
    pub(super) const POLICY_CHANGED: u8 = 6;
    pub(super) const TICK: u8 = 7;
}

impl Before {
    fn encode(&mut self, input: &Input, out: &mut Sink) {
        let number = input.seq.number();
        assert!(input.seq.gateway() == self.gateway && number > self.number, "a batch is ascending and of one gateway");
        out.unsigned(number - self.number);
        let received = input.received.as_millis();
        let since = received.wrapping_sub(self.received);
        (self.number, self.received) = (number, received);
        match &input.event {
            Event::Frame(frame) => self.encode_frame(frame, since, out),
            Event::SessionOpened(opened) => document(kind::SESSION_OPENED, since, opened, out),
            Event::SessionClosed(closed) => document(kind::SESSION_CLOSED, since, closed, out),
            Event::LedgerRevised(revision) => document(kind::LEDGER_REVISED, since, revision.as_ref(), out),
            Event::PolicyChanged(change) => document(kind::POLICY_CHANGED, since, change.as_ref(), out),
            Event::Tick => document(kind::TICK, since, &(), out),
        }
    }

    fn encode_frame(&mut self, frame: &RawFrame, since: i64, out: &mut Sink) {
        out.byte(match frame.session {
            SessionTrust::Unauthenticated => kind::FRAME_UNAUTHENTICATED,
            SessionTrust::Authenticated => kind::FRAME_AUTHENTICATED,
        });
        out.signed(since);
        out.signed(frame.connection.0.wrapping_sub(self.connection).cast_signed());
        self.connection = frame.connection.0;
        out.bytes(&frame.raw);
    }

    fn decode(&mut self, from: &mut Source) -> Result<Input, EntryError> {
        let step = from.unsigned("number")?;
        let number = self.number.checked_add(step).filter(|number| step > 0 && *number <= Seq::NUMBER_MAX);
        self.number = number.ok_or_else(|| from.refused("number"))?;
        let kind = from.byte("kind")?;
        self.received = self.received.wrapping_add(from.signed("received")?);
        let event = self.event(kind, from)?;
        let seq = Seq::of(self.gateway, self.number);
        Ok(Input { seq, received: Timestamp::from_millis(self.received), event })
    }

    fn event(&mut self, kind: u8, from: &mut Source) -> Result<Event, EntryError> {
        Ok(match kind {
            kind::FRAME_UNAUTHENTICATED => Event::Frame(self.frame(SessionTrust::Unauthenticated, from)?),
            kind::FRAME_AUTHENTICATED => Event::Frame(self.frame(SessionTrust::Authenticated, from)?),
            kind::SESSION_OPENED => Event::SessionOpened(parsed(from)?),
            kind::SESSION_CLOSED => Event::SessionClosed(parsed(from)?),
            kind::LEDGER_REVISED => Event::LedgerRevised(Arc::new(parsed(from)?)),
            kind::POLICY_CHANGED => Event::PolicyChanged(Arc::new(parsed(from)?)),
            kind::TICK => parsed::<()>(from).map(|()| Event::Tick)?,
            found => return Err(EntryError::Unknown { what: "an input of kind", found }),
        })
    }

    fn frame(&mut self, session: SessionTrust, from: &mut Source) -> Result<RawFrame, EntryError> {
        self.connection = self.connection.wrapping_add(from.signed("connection")?.cast_unsigned());
        Ok(RawFrame { connection: ConnectionId(self.connection), session, raw: from.bytes("frame")? })
    }
}

/// Rare inputs go as JSON, as they do in the record.
fn document<T: serde::Serialize>(kind: u8, since: i64, value: &T, out: &mut Sink) {
    out.byte(kind);
    out.signed(since);
    out.bytes(&serde_json::to_vec(value).expect("the model's rows have string keys only"));
}

fn parsed<T: DeserializeOwned>(from: &mut Source) -> Result<T, EntryError> {
    let text = from.bytes("document")?;
    serde_json::from_slice(&text).map_err(|_| from.refused("document"))
}

#[cfg(test)]
#[path = "entry_tests.rs"]
mod tests;
