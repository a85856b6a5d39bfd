//! Split messages joined (section 3, subpackages), within limits and without a clock: the time is an argument.
//!
//! ```text
//! header: total packets WORD | packet no. WORD (from 1)        body: one slice
//! ```
//! One message per (terminal, id) is open at a time; serial numbers are not used, because in the field they need not be
//! consecutive. A packet that cannot belong to the open message (another total, or the same number with other bytes)
//! begins a new one. Slices are copied, so that a small slice does not hold a large read buffer.

use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};

use crate::error::{ErrorKind, WireError};
use crate::frame::Frame;
use crate::header::{Edition, SubPackage};
use crate::ids::MessageId;
use crate::messages::{Decoded, Message};
use crate::phone::Phone;
use crate::reader::Reader;

/// The named limits of an [`Assembler`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AssemblyLimits {
    /// Most messages open at once; the one touched longest ago gives way.
    pub max_open: usize,
    /// Most packets of one message.
    pub max_packets: u16,
    /// Most bytes kept in all open messages together.
    pub max_bytes: usize,
    /// A message not touched for this long is given up, in milliseconds.
    pub max_idle_ms: i64,
}

impl Default for AssemblyLimits {
    /// For one connection: a photo of 1 MB arrives in about 1,050 packets.
    fn default() -> Self {
        Self { max_open: 4, max_packets: 4096, max_bytes: 4 << 20, max_idle_ms: 300_000 }
    }
}

/// A message put together from its packets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assembled {
    /// The terminal.
    pub phone: Phone,
    /// The message id.
    pub id: MessageId,
    /// The edition of the header of the last packet.
    pub edition: Edition,
    /// Serial number of packet 1.
    pub first_serial: u16,
    /// The whole body.
    pub body: Bytes,
}

impl Assembled {
    /// Reads the whole body. Offsets in errors count in the joined body.
    ///
    /// # Errors
    /// The first field that does not fit.
    pub fn decode(&self) -> Result<Decoded, WireError> {
        Message::decode_body(self.id, self.edition, Reader::new(self.body.clone(), 0))
    }
}

/// Joins the packets of split messages.
#[derive(Debug)]
pub struct Assembler {
    limits: AssemblyLimits,
    open: BTreeMap<(Phone, MessageId), Group>,
    bytes: usize,
    given_up: u64,
}

/// One message that is not complete.
#[derive(Debug)]
struct Group {
    total: u16,
    slices: BTreeMap<u16, Bytes>,
    first_serial: u16,
    bytes: usize,
    touched_ms: i64,
}

impl Assembler {
    /// An empty assembler.
    #[must_use]
    pub const fn new(limits: AssemblyLimits) -> Self {
        Self { limits, open: BTreeMap::new(), bytes: 0, given_up: 0 }
    }

    /// Messages given up so far: idle, pushed out by a limit, or begun anew before they were complete.
    #[must_use]
    pub const fn given_up(&self) -> u64 {
        self.given_up
    }

    /// Bytes kept now.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes one packet; gives the message when it was the last one missing. A frame that is not split is `None`.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfRange`] when the packet number is not within the total, [`ErrorKind::TooLong`] when the total
    /// is over the limit; nothing is kept then.
    pub fn push(&mut self, frame: &Frame, now_ms: i64) -> Result<Option<Assembled>, WireError> {
        let Some(split) = frame.header.split else { return Ok(None) };
        self.check(split, frame.header.len())?;
        self.drop_idle(now_ms);
        let key = (frame.header.phone, frame.header.id);
        if self.open.get(&key).is_some_and(|group| !group.takes(split, &frame.body)) {
            self.give_up(key);
        }
        self.add(key, split, frame, now_ms);
        self.shrink(key);
        Ok(self.take_complete(key, frame.header.edition()))
    }

    fn check(&self, split: SubPackage, header_len: usize) -> Result<(), WireError> {
        let (total, index) = (usize::from(split.total), usize::from(split.index));
        if split.total > self.limits.max_packets {
            let limit = usize::from(self.limits.max_packets);
            return Err(WireError::new(ErrorKind::TooLong, "total packets", header_len - 4, limit, total));
        }
        if split.index == 0 || split.index > split.total {
            return Err(WireError::new(ErrorKind::OutOfRange, "packet number", header_len - 2, total, index));
        }
        Ok(())
    }

    fn add(&mut self, key: (Phone, MessageId), split: SubPackage, frame: &Frame, now_ms: i64) {
        let group = self.open.entry(key).or_insert_with(|| Group::new(split.total));
        group.touched_ms = now_ms;
        if group.slices.contains_key(&split.index) {
            return; // the same packet again
        }
        if split.index == 1 {
            group.first_serial = frame.header.serial;
        }
        group.slices.insert(split.index, Bytes::copy_from_slice(&frame.body));
        group.bytes += frame.body.len();
        self.bytes += frame.body.len();
    }

    fn drop_idle(&mut self, now_ms: i64) {
        let oldest_kept = now_ms.saturating_sub(self.limits.max_idle_ms);
        let idle = |group: &Group| group.touched_ms < oldest_kept;
        while let Some(key) = self.open.iter().find(|(_, group)| idle(group)).map(|(key, _)| *key) {
            self.give_up(key);
        }
    }

    /// Gives up messages until the limits hold, the one touched longest ago first, `newest` last.
    fn shrink(&mut self, newest: (Phone, MessageId)) {
        while self.open.len() > self.limits.max_open || self.bytes > self.limits.max_bytes {
            let others = self.open.iter().filter(|(key, _)| **key != newest);
            let oldest = others.min_by_key(|(_, group)| group.touched_ms).map(|(key, _)| *key);
            self.give_up(oldest.unwrap_or(newest));
        }
    }

    fn give_up(&mut self, key: (Phone, MessageId)) {
        if let Some(group) = self.open.remove(&key) {
            self.bytes -= group.bytes;
            self.given_up += 1;
        }
    }

    fn take_complete(&mut self, key: (Phone, MessageId), edition: Edition) -> Option<Assembled> {
        self.open.get(&key).filter(|group| group.slices.len() == usize::from(group.total))?;
        let group = self.open.remove(&key)?;
        self.bytes -= group.bytes;
        let mut body = BytesMut::with_capacity(group.bytes);
        group.slices.values().for_each(|slice| body.extend_from_slice(slice));
        let (phone, id) = key;
        Some(Assembled { phone, id, edition, first_serial: group.first_serial, body: body.freeze() })
    }
}

impl Group {
    const fn new(total: u16) -> Self {
        Self { total, slices: BTreeMap::new(), first_serial: 0, bytes: 0, touched_ms: 0 }
    }

    /// Whether a packet can belong to this message.
    fn takes(&self, split: SubPackage, slice: &[u8]) -> bool {
        self.total == split.total && self.slices.get(&split.index).is_none_or(|kept| kept == slice)
    }
}

#[cfg(test)]
#[path = "assembly_tests.rs"]
mod tests;
