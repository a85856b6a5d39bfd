//! What is owed → bytes. A success for a recorded message cannot be built without the receipt of its append.

use super::counters::Counters;
use crate::{
    record::Receipt,
    store::commands::{CommandText, Urgency},
};
use bytes::BytesMut;
use jt808::{
    error::WireError,
    frame::Head,
    header::Header,
    messages::{Message, PlatformReply, RegisterReply, TextFlags, TextMessage, TextUrgency},
    session::Owed,
    text::Text,
};

/// When a debt may be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// At once: nothing of the frame is recorded.
    Now,
    /// When the frame is durable.
    WhenDurable,
}

/// What one frame is owed.
#[derive(Clone, Debug)]
pub(super) struct Debt {
    pub(super) header: Header,
    pub(super) owed: Owed,
    pub(super) due: Due,
}

/// Writes the platform's frames of one connection.
#[derive(Debug, Default)]
pub(super) struct Replies {
    /// Our serial number of the next frame.
    serial: u16,
    out: BytesMut,
}

impl Replies {
    /// Pays all debts of a turn whose frames the receipt covers.
    ///
    /// # Panics
    /// The receipt covers fewer inputs than the debts have frames: a success would be told of what is not durable.
    pub(super) fn pay(&mut self, debts: &[Debt], receipt: &Receipt, counters: &Counters) {
        let recorded = debts.iter().filter(|debt| debt.due == Due::WhenDurable).count();
        assert!(receipt.inputs() >= recorded as u64, "{recorded} frames on a receipt for {}", receipt.inputs());
        for debt in debts {
            self.put(debt, counters);
        }
    }

    /// Pays the debts that need no receipt.
    pub(super) fn pay_due(&mut self, debts: &[Debt], counters: &Counters) {
        for debt in debts.iter().filter(|debt| debt.due == Due::Now) {
            self.put(debt, counters);
        }
    }

    /// Writes a text to the terminal that sent `header`; returns our serial.
    pub(super) fn text(&mut self, header: &Header, text: &CommandText) -> Result<u16, WireError> {
        let urgency = match text.urgency {
            Urgency::Notice => TextUrgency::Notice,
            Urgency::Urgent => TextUrgency::Urgent,
        };
        let shown = if text.shown { TextFlags::DISPLAY } else { 0 };
        let spoken = if text.spoken { TextFlags::READ_OUT } else { 0 };
        let flags = TextFlags::new(header.edition(), urgency, shown | spoken);
        let (serial, words) = (self.serial, Text::encode("text", &text.words)?);
        self.encode(header, &Message::Text(TextMessage { flags, kind: Some(TextMessage::NOTICE), text: words }))?;
        Ok(serial)
    }

    /// The bytes to be written; they are taken.
    pub(super) fn take(&mut self) -> BytesMut {
        self.out.split()
    }

    fn put(&mut self, debt: &Debt, counters: &Counters) {
        let message = match &debt.owed {
            Owed::Nothing => return,
            Owed::GeneralReply { result } => {
                let Header { serial, id, .. } = debt.header;
                Message::PlatformReply(PlatformReply { serial, id, result: *result })
            }
            Owed::RegisterReply { result, code } => {
                let (serial, result) = (debt.header.serial, *result);
                Message::RegisterReply(RegisterReply { serial, result, code: code.clone() })
            }
        };
        match self.encode(&debt.header, &message) {
            Ok(()) => counters.answers.one(),
            Err(error) => tracing::warn!(%error, terminal = %debt.header.phone, "an answer could not be built"),
        }
    }

    fn encode(&mut self, request: &Header, message: &Message) -> Result<(), WireError> {
        let Some(id) = message.id() else { return Ok(()) };
        let body = message.encode_body(request.edition())?;
        Head::reply_to(request, self.serial).encode(id, &body, &mut self.out)?;
        self.serial = self.serial.wrapping_add(1);
        Ok(())
    }
}
