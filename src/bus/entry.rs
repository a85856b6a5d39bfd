//! What stands on the bus, and its bytes.
//!
//! A shard's stream holds batches of the gateways and control entries of the ticker, mixed. Between gateways order is of no
//! consequence; of one gateway a batch names the number before it (`after`), so that a consumer sees what it missed
//! ([`super::chain`]).
//!
//! ```text
//!  u8 version = 2   u8 what: 0 batch, 1 control      all that follows: LEB128 variable-length integers, signed ones zigzag
//!  batch    gateway, after, inputs, then each as in the copy of the record (`record::packed`)
//!  control  token, at, revision, policy, heads, then each: gateway, number
//! ```
//! Of a frame of 60 B in a batch of 256 the entry takes 5.1 B on top; a test prints it.

use crate::{
    model::{
        ids::{GatewayNumber, PolicyRevision, Revision},
        input::Input,
        time::Timestamp,
    },
    record::{
        packed::Packing,
        wire::{Broken, Sink, Source},
    },
};
use bytes::Bytes;

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
    /// Neither batch nor control.
    #[error("an entry of kind {0} is not known here")]
    Unknown(u8),
    /// It ends too early, or a field is out of its range.
    #[error(transparent)]
    Field(#[from] Broken),
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
            found => return Err(EntryError::Unknown(found)),
        };
        from.end()?;
        Ok(entry)
    }
}

impl Batch {
    fn encode(&self, out: &mut Sink) {
        out.byte(BATCH);
        out.unsigned(u64::from(self.gateway.0));
        out.unsigned(self.after);
        out.unsigned(self.inputs.len() as u64);
        let mut packing = Packing::after(self.after);
        for input in &self.inputs {
            assert!(input.seq.gateway() == self.gateway, "a batch is of one gateway");
            packing.put(input, out);
        }
    }

    fn decode(from: &mut Source) -> Result<Self, EntryError> {
        let gateway = gateway(from)?;
        let after = from.unsigned("after")?;
        let count = from.count("inputs", INPUT_BYTES_MIN)?;
        let (mut packing, mut inputs) = (Packing::after(after), Vec::with_capacity(count));
        for _ in 0..count {
            inputs.push(packing.take(gateway, from)?);
        }
        Ok(Self { gateway, after, inputs })
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

fn small(what: &'static str, from: &mut Source) -> Result<u32, Broken> {
    let number = from.unsigned(what)?;
    u32::try_from(number).map_err(|_| from.refused(what))
}

fn gateway(from: &mut Source) -> Result<GatewayNumber, Broken> {
    let number = u16::try_from(from.unsigned("gateway")?).map_err(|_| from.refused("gateway"))?;
    if number > GatewayNumber::CONTROL.0 { Err(from.refused("gateway")) } else { Ok(GatewayNumber(number)) }
}

#[cfg(test)]
#[path = "entry_tests.rs"]
mod tests;
