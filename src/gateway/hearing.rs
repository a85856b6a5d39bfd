//! The bytes of a read → what to record and what is owed.

use super::{
    Shared,
    counters::Counters,
    lines::{Lines, OpenLine, Order},
    registry::Enrolled,
    replies::{Debt, Due},
    roll::Place,
};
use crate::{
    model::{
        fix::SessionTrust,
        ids::{ConnectionId, TerminalId},
        input::{Event, RawFrame},
        time::Timestamp,
    },
    record::NewInput,
};
use bytes::BytesMut;
use jt808::{
    frame::{Frame, FrameLimits, Framer, Refused},
    header::Header,
    ids::MessageId,
    messages::{Message, TerminalReply},
    phone::Phone,
    session::{Mark, Session, Standing},
    text::Text,
};
use tokio::sync::mpsc;

/// All frames of one read.
#[derive(Debug, Default)]
pub(super) struct Turn {
    /// Frames to be made durable.
    pub(super) inputs: Vec<NewInput>,
    /// What each frame is owed.
    pub(super) debts: Vec<Debt>,
    /// Bytes of the frames to be made durable.
    pub(super) bytes: usize,
    /// What terminals answered to texts.
    pub(super) answers: Vec<(Phone, TerminalReply)>,
}

/// Why a connection must end after a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Enough {
    /// Over `junk_bytes_max`.
    Junk,
    /// Over `foreign_frames_max`.
    Foreign,
}

/// What a connection has said so far.
#[derive(Debug)]
pub(super) struct Hearing {
    connection: ConnectionId,
    framer: Framer,
    session: Session,
    /// Terminals this connection speaks for, up to the limit.
    speakers: Vec<Speaker>,
    /// Where texts for them go.
    orders: mpsc::Sender<Order>,
    frames: u64,
    foreign: u64,
    /// Junk the framer had counted when it was last looked at.
    framer_junk: u64,
    junk_since_frame: u64,
    /// What the ledger says about the phone of the last frame of this read.
    known: Option<(Phone, Standing)>,
}

/// A terminal that this connection speaks for.
#[derive(Debug)]
struct Speaker {
    header: Header,
    /// While texts may be sent to it here.
    line: Option<OpenLine>,
    _place: Place<TerminalId>,
}

impl Hearing {
    pub(super) fn new(connection: ConnectionId, max_frame_wire: usize, orders: mpsc::Sender<Order>) -> Self {
        let framer = Framer::new(FrameLimits { max_frame_wire });
        Self {
            connection,
            framer,
            session: Session::new(),
            speakers: Vec::new(),
            orders,
            frames: 0,
            foreign: 0,
            framer_junk: 0,
            junk_since_frame: 0,
            known: None,
        }
    }

    /// Good frames so far.
    pub(super) const fn frames(&self) -> u64 {
        self.frames
    }

    /// The header of the last frame of a terminal that texts may be sent to here.
    pub(super) fn reachable(&self, terminal: TerminalId) -> Option<&Header> {
        let speaker = self.speakers.iter().find(|speaker| terminal_of(speaker.header.phone) == terminal)?;
        speaker.line.is_some().then_some(&speaker.header)
    }

    /// Takes the frames out of `buffer`, which was read at `received`.
    pub(super) fn take(&mut self, buffer: &mut BytesMut, received: Timestamp, shared: &Shared) -> Turn {
        let mut turn = Turn::default();
        self.known = None;
        while let Some(next) = self.framer.next(buffer) {
            self.note_junk(&shared.counters);
            match next {
                Ok(frame) => self.take_frame(frame, received, shared, &mut turn),
                Err(refused) => self.refuse(&refused, shared),
            }
        }
        self.note_junk(&shared.counters);
        turn
    }

    /// Whether the connection has said enough.
    pub(super) fn enough(&self, shared: &Shared) -> Option<Enough> {
        if self.junk_since_frame > shared.config.junk_bytes_max {
            return Some(Enough::Junk);
        }
        (self.foreign > shared.config.foreign_frames_max).then_some(Enough::Foreign)
    }

    fn take_frame(&mut self, frame: Frame, received: Timestamp, shared: &Shared, turn: &mut Turn) {
        self.frames += 1;
        self.junk_since_frame = 0;
        shared.counters.frames.one();
        self.note_speaker(&frame.header, shared);
        let phone = frame.header.phone;
        let known = self.known.take().filter(|(known, _)| *known == phone);
        let (_, standing) = self.known.insert(known.unwrap_or_else(|| (phone, standing(phone, received, shared))));
        let duty = self.session.take(&frame, standing);
        self.note_reach(&frame.header, duty.mark, shared);
        if let Some(answer) = answer_to_text(&frame) {
            turn.answers.push((phone, answer));
        }
        let due = if duty.record { Due::WhenDurable } else { Due::Now };
        turn.debts.push(Debt { header: frame.header, owed: duty.owed, due });
        if duty.record {
            turn.bytes += frame.raw.len();
            turn.inputs.push(self.input(frame, received, duty.mark, &shared.counters));
        }
    }

    fn input(&self, frame: Frame, received: Timestamp, mark: Mark, counters: &Counters) -> NewInput {
        let session = match mark {
            Mark::Authenticated => SessionTrust::Authenticated,
            Mark::Unauthenticated | Mark::Quarantined => SessionTrust::Unauthenticated,
        };
        match mark {
            Mark::Authenticated => {}
            Mark::Unauthenticated => counters.unauthenticated.one(),
            Mark::Quarantined => counters.quarantined.one(),
        }
        if frame.decode().is_err() {
            counters.undecodable.one();
        }
        let frame = RawFrame { connection: self.connection, session, raw: frame.raw };
        NewInput { received, event: Event::Frame(frame) }
    }

    /// Counts a frame of a terminal beyond the limit; notes a terminal that is connected elsewhere too.
    fn note_speaker(&mut self, header: &Header, shared: &Shared) {
        let phone = header.phone;
        if let Some(speaker) = self.speakers.iter_mut().find(|speaker| speaker.header.phone == phone) {
            speaker.header = *header;
            return;
        }
        if self.speakers.len() >= shared.config.terminals_per_connection_max {
            self.foreign += 1;
            shared.counters.foreign.one();
            return;
        }
        let (place, others) = shared.roll.speak(terminal_of(phone));
        if others > 0 {
            shared.counters.clashes.one();
            tracing::debug!(terminal = %phone, connection = self.connection.0, others, "a terminal is connected twice");
        }
        self.speakers.push(Speaker { header: *header, line: None, _place: place });
    }

    /// Opens or closes the line to a terminal: one of the ledger must have authenticated here.
    fn note_reach(&mut self, header: &Header, mark: Mark, shared: &Shared) {
        let Some(speaker) = self.speakers.iter_mut().find(|speaker| speaker.header.phone == header.phone) else {
            return;
        };
        let leaving = matches!(header.id, MessageId::DEREGISTER | MessageId::DEREGISTER_OLD);
        if mark == Mark::Unauthenticated || leaving {
            speaker.line = None;
        } else if speaker.line.is_none() {
            speaker.line = Some(Lines::open(&shared.lines, terminal_of(header.phone), self.orders.clone()));
        }
    }

    fn refuse(&mut self, refused: &Refused, shared: &Shared) {
        let kept = if refused.raw.is_empty() { shared.config.frame_bytes_max } else { refused.raw.len() };
        let bytes = u64::try_from(kept).unwrap_or(u64::MAX);
        self.junk_since_frame = self.junk_since_frame.saturating_add(bytes);
        shared.counters.refused_frames.one();
        shared.counters.junk_bytes.add(bytes);
        tracing::debug!(connection = self.connection.0, error = %refused.error, "bytes that are no frame");
    }

    fn note_junk(&mut self, counters: &Counters) {
        let fresh = self.framer.junk_bytes().saturating_sub(self.framer_junk);
        self.framer_junk = self.framer.junk_bytes();
        self.junk_since_frame = self.junk_since_frame.saturating_add(fresh);
        counters.junk_bytes.add(fresh);
    }
}

/// What the ledger says about a phone now, with the code that a registration gets.
fn standing(phone: Phone, now: Timestamp, shared: &Shared) -> Standing {
    let terminal = terminal_of(phone);
    let issued = || text(&shared.codes.of(terminal));
    match shared.registry.current().enrolled(terminal, now) {
        None => Standing::Unknown { code: issued() },
        Some(Enrolled { auth_code }) if auth_code.is_empty() => Standing::Known { code: issued(), fixed: None },
        Some(Enrolled { auth_code }) => Standing::Known { code: text(&auth_code), fixed: None },
    }
}

fn terminal_of(phone: Phone) -> TerminalId {
    TerminalId::from_nibbles(phone.packed())
}

/// What a frame answers to a text, if it does.
fn answer_to_text(frame: &Frame) -> Option<TerminalReply> {
    if frame.header.id != MessageId::TERMINAL_REPLY {
        return None;
    }
    match frame.decode().ok()?.message {
        Message::TerminalReply(reply) if reply.id == MessageId::TEXT => Some(reply),
        _ => None,
    }
}

/// A code as it goes over the wire; one that GBK cannot write accepts nobody.
fn text(code: &str) -> Text {
    Text::encode("authentication code", code).unwrap_or_default()
}
