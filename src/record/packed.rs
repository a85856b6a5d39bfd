//! Inputs of one gateway as dense bytes, each as what differs from the one before: for their copy and for the bus.
//!
//! ```text
//!  number - number before   received - received before   u8 kind   connection - connection before (frames)   bytes   payload
//! ```
//! All integers are of variable length. A frame's payload is the frame, that of a rare input JSON as in a segment.

use super::{
    NewInput,
    draft::{self, Draft, Kind},
    wire::{Broken, Sink, Source},
};
use crate::model::{
    fix::SessionTrust,
    ids::{GatewayNumber, Seq},
    input::{Event, Input},
    time::Timestamp,
};

/// What the next input is the difference to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Packing {
    number: u64,
    received: i64,
    connection: u64,
}

impl Packing {
    /// Before the first input after a number.
    pub(crate) fn after(number: u64) -> Self {
        Self { number, ..Self::default() }
    }

    /// Writes the next input.
    ///
    /// # Panics
    /// Its number is not above the last.
    pub(crate) fn put(&mut self, input: &Input, out: &mut Sink) {
        let (number, received) = (input.seq.number(), input.received.as_millis());
        assert!(number > self.number, "inputs ascend: {number} after {}", self.number);
        out.unsigned(number - self.number);
        out.signed(received.wrapping_sub(self.received));
        (self.number, self.received) = (number, received);
        if let Event::Frame(frame) = &input.event {
            let kind = match frame.session {
                SessionTrust::Unauthenticated => Kind::FrameUnauthenticated,
                SessionTrust::Authenticated => Kind::FrameAuthenticated,
            };
            out.byte(kind.byte());
            out.signed(frame.connection.0.wrapping_sub(self.connection).cast_signed());
            self.connection = frame.connection.0;
            return out.bytes(&frame.raw);
        }
        let draft = Draft::of(NewInput { received: input.received, event: input.event.clone() });
        out.byte(draft.kind.byte());
        out.bytes(&draft.body);
    }

    /// Reads the next input; a frame shares the memory of `from`.
    pub(crate) fn take(&mut self, gateway: GatewayNumber, from: &mut Source) -> Result<Input, Broken> {
        let step = from.unsigned("number")?;
        let number = self.number.checked_add(step).filter(|number| step > 0 && *number <= Seq::NUMBER_MAX);
        self.number = number.ok_or_else(|| from.refused("number"))?;
        self.received = self.received.wrapping_add(from.signed("received")?);
        let kind = Kind::from_byte(from.byte("kind")?).ok_or_else(|| from.refused("kind"))?;
        let event = if kind.is_frame() {
            self.connection = self.connection.wrapping_add(from.signed("connection")?.cast_unsigned());
            draft::frame_event(kind, self.connection, from.bytes("frame")?)
        } else {
            let payload = from.bytes("payload")?;
            draft::event(kind, &payload).map_err(|_| from.refused("payload"))?
        };
        let seq = Seq::of(gateway, self.number);
        Ok(Input { seq, received: Timestamp::from_millis(self.received), event })
    }
}
