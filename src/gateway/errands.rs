//! The texts of one connection: those to be written, those that wait for the terminal's answer.

use super::{
    counters::Counters,
    lines::{ORDERS_WAITING_MAX, Order},
};
use crate::{
    model::time::Timestamp,
    store::commands::{Answer, Delivery},
};
use jt808::{
    header::{Header, Layout},
    messages::TerminalReply,
    phone::Phone,
};
use std::{collections::VecDeque, sync::Arc};
use tokio::sync::mpsc;

/// Texts of one connection that may wait for an answer; beyond it the oldest is forgotten, and its answer with it.
const UNANSWERED_MAX: usize = 16;

/// What a connection tells of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Report {
    pub(super) delivery: Delivery,
    pub(super) at: Timestamp,
    pub(super) fate: Fate,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Written to the terminal under this serial.
    Sent(u16),
    /// Answered.
    Answered(Answer),
    /// The connection is gone, or could not write it.
    GivenBack,
}

/// Where reports go; a full queue drops them, and the lease of the command mends it.
#[derive(Clone, Debug)]
pub(super) struct Reports {
    pub(super) queue: mpsc::Sender<Report>,
    pub(super) counters: Arc<Counters>,
}

/// The errands of one connection. What is unanswered when it ends is given back.
#[derive(Debug)]
pub(super) struct Errands {
    orders: mpsc::Receiver<Order>,
    /// Oldest first.
    unanswered: VecDeque<Unanswered>,
    reports: Reports,
    clock: crate::clock::Clock,
}

#[derive(Debug)]
struct Unanswered {
    delivery: Delivery,
    phone: Phone,
    serial: u16,
    /// The bits of a serial that this terminal's header has.
    serial_bits: u16,
}

impl Errands {
    /// No errand yet; orders come over the sender that is returned.
    pub(super) fn new(reports: Reports, clock: crate::clock::Clock) -> (mpsc::Sender<Order>, Self) {
        let (sender, orders) = mpsc::channel(ORDERS_WAITING_MAX);
        (sender, Self { orders, unanswered: VecDeque::new(), reports, clock })
    }

    /// The next order. Cancel-safe.
    pub(super) async fn next(&mut self) -> Option<Order> {
        self.orders.recv().await
    }

    /// A text is about to be written, under our `serial`, to the terminal that sent `header`: from now on it is given back
    /// when the connection ends.
    pub(super) fn expect(&mut self, delivery: Delivery, header: &Header, serial: u16) {
        let serial_bits = if header.layout == Layout::ShortByteSerial { 0x00FF } else { 0xFFFF };
        if self.unanswered.len() >= UNANSWERED_MAX {
            self.unanswered.pop_front();
        }
        self.unanswered.push_back(Unanswered { delivery, phone: header.phone, serial, serial_bits });
    }

    /// A text was written.
    pub(super) fn sent(&self, delivery: Delivery, serial: u16) {
        self.reports.counters.commands_sent.one();
        self.report(delivery, Fate::Sent(serial));
    }

    /// A text cannot be written here.
    pub(super) fn give_back(&self, delivery: Delivery) {
        self.reports.counters.commands_given_back.one();
        self.report(delivery, Fate::GivenBack);
    }

    /// A terminal answered a text; an answer to what was never sent to it changes nothing.
    pub(super) fn answered(&mut self, phone: Phone, reply: &TerminalReply) {
        let fits =
            |waiting: &Unanswered| waiting.phone == phone && (waiting.serial ^ reply.serial) & waiting.serial_bits == 0;
        let found = self.unanswered.iter().rposition(fits).and_then(|place| self.unanswered.remove(place));
        let Some(Unanswered { delivery, serial, .. }) = found else {
            self.reports.counters.commands_unmatched.one();
            return;
        };
        self.reports.counters.commands_answered.one();
        let answer = Answer { serial, result: reply.result, at: self.clock.now() };
        self.report(delivery, Fate::Answered(answer));
    }

    fn report(&self, delivery: Delivery, fate: Fate) {
        let report = Report { delivery, at: self.clock.now(), fate };
        if self.reports.queue.try_send(report).is_err() {
            self.reports.counters.commands_unreported.one();
        }
    }
}

impl Drop for Errands {
    fn drop(&mut self) {
        self.orders.close();
        while let Ok(order) = self.orders.try_recv() {
            self.give_back(order.delivery);
        }
        for waiting in std::mem::take(&mut self.unanswered) {
            self.give_back(waiting.delivery);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::{Clock, ClockKind},
        model::ids::GatewayNumber,
        store::commands::CommandNumber,
    };
    use bytes::BytesMut;
    use jt808::{
        frame::{Frame, Head},
        ids::MessageId,
    };

    fn delivery(number: u64) -> Delivery {
        Delivery { number: CommandNumber(number), gateway: GatewayNumber::ALONE, attempt: 1 }
    }

    fn errands() -> (mpsc::Receiver<Report>, Errands) {
        let (queue, reports) = mpsc::channel(64);
        let reports_to = Reports { queue, counters: Arc::default() };
        (reports, Errands::new(reports_to, Clock::of(ClockKind::Given)).1)
    }

    fn fates(reports: &mut mpsc::Receiver<Report>) -> Vec<(u64, Fate)> {
        let mut fates = Vec::new();
        while let Ok(report) = reports.try_recv() {
            fates.push((report.delivery.number.0, report.fate));
        }
        fates
    }

    fn header(phone: Phone, layout: Layout) -> Header {
        let mut wire = BytesMut::new();
        Head::new(Layout::Short, phone, 0).encode(MessageId::HEARTBEAT, &[], &mut wire).expect("fits");
        Header { layout, ..Frame::from_wire(wire.freeze()).expect("a frame").header }
    }

    fn reply(serial: u16) -> TerminalReply {
        TerminalReply { serial, id: MessageId::TEXT, result: 0 }
    }

    #[test]
    fn an_answer_settles_what_it_answers_and_nothing_else() {
        // Proves: another serial, another phone and a second answer change nothing; a terminal whose header has one byte
        // of serial is understood; the rest is given back at the end, and what was forgotten is not.
        let (mut reports, mut errands) = errands();
        let (one, other) = (Phone::parse("1").expect("digits"), Phone::parse("2").expect("digits"));
        errands.expect(delivery(1), &header(one, Layout::Short), 0x0105);
        errands.expect(delivery(2), &header(other, Layout::ShortByteSerial), 0x0106);
        errands.expect(delivery(3), &header(one, Layout::Short), 0x0107);
        for (phone, serial) in [(other, 0x0105), (one, 0x0005), (one, 0x0106)] {
            errands.answered(phone, &reply(serial));
        }
        assert_eq!((fates(&mut reports), errands.reports.counters.commands_unmatched.get()), (vec![], 3));
        errands.answered(one, &reply(0x0105));
        errands.answered(one, &reply(0x0105));
        errands.answered(other, &reply(0x0006));
        let answered: Vec<_> = fates(&mut reports).iter().map(|(number, _)| *number).collect();
        assert_eq!(answered, [1, 2]);
        for number in 4..4 + u64::try_from(UNANSWERED_MAX).expect("few") {
            errands.expect(delivery(number), &header(one, Layout::Short), 0);
        }
        drop(errands);
        let back: Vec<_> = fates(&mut reports).iter().map(|(number, _)| *number).collect();
        assert_eq!(back, (4..20).collect::<Vec<_>>(), "the oldest was forgotten");
    }
}
