//! The loop of one connection: read, hear, append, answer. Turns are pipelined and answered in order.

use super::{
    Shared,
    errands::Errands,
    hearing::{Enough, Hearing, Turn},
    lines::Order,
    replies::{Debt, Replies},
};
use crate::{
    model::{
        ids::ConnectionId,
        input::{Event, SessionClosed, SessionOpened},
    },
    record::{NewInput, Receipt, RecordError, journal::Pending},
};
use bytes::BytesMut;
use std::{collections::VecDeque, io, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::{Instant, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Broken,
    Foreign,
    Idle,
    Junk,
    NotReading,
    RecordRefuses,
    Stopped,
    TerminalClosed,
}

/// Whether the record knows that the connection is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opened {
    /// Nothing was recorded of it yet; scanners never are.
    Not,
    /// Submitted with the first turn; nothing is read until that is durable, so no frame stands before it.
    Submitted,
    Durable,
}

/// A turn at the journal.
#[derive(Debug)]
struct InFlight {
    pending: Pending,
    debts: Vec<Debt>,
    bytes: usize,
    frames: usize,
    since: Instant,
}

/// One connection.
struct Connection<'a, S> {
    shared: &'a Shared,
    stream: S,
    id: ConnectionId,
    peer: String,
    hearing: Hearing,
    replies: Replies,
    errands: Errands,
    buffer: BytesMut,
    /// Oldest first.
    in_flight: VecDeque<InFlight>,
    unacknowledged_bytes: usize,
    opened: Opened,
    refused_since: Option<Instant>,
    heard: Instant,
    ending: Option<End>,
}

/// Least seconds a receipt may be out, whatever the patience with a record that refuses: a busy disk takes that long.
const RECEIPT_S_MIN: u64 = 1;
/// Longest wait for the receipt of a connection's end.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);
/// Least bytes of one read: a read into no room would look like the end of the connection.
const READ_BYTES_MIN: usize = 256;

/// What the loop waits for.
enum Happening {
    Settled(Result<Receipt, RecordError>),
    /// Only while no answer is owed: a terminal that waits for the one to its authentication takes no text before.
    Ordered(Order),
    Read(io::Result<usize>),
    Late,
    Stop,
}

/// Attends one connection until it ends.
pub(super) async fn attend<S>(shared: &Shared, stream: S, peer: String, stop: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    shared.counters.accepted.one();
    shared.counters.connections.one();
    let _counted = Counted(shared);
    let id = shared.next_connection();
    tracing::debug!(connection = id.0, peer, "connected");
    let mut connection = Connection::new(shared, stream, id, peer);
    let end = connection.run(&stop).await;
    connection.close(end).await;
}

/// Counts a connection down however its task ends.
struct Counted<'a>(&'a Shared);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.counters.connections.one_less();
    }
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin + Send> Connection<'a, S> {
    fn new(shared: &'a Shared, stream: S, id: ConnectionId, peer: String) -> Self {
        let (orders, errands) = Errands::new(shared.reports.clone(), shared.clock.clone());
        Self {
            shared,
            stream,
            id,
            peer,
            hearing: Hearing::new(id, shared.config.frame_bytes_max, orders),
            replies: Replies::default(),
            errands,
            buffer: BytesMut::new(),
            in_flight: VecDeque::new(),
            unacknowledged_bytes: 0,
            opened: Opened::Not,
            refused_since: None,
            heard: Instant::now(),
            ending: None,
        }
    }

    /// Runs until there is a reason to end and everything in flight is answered.
    async fn run(&mut self, stop: &CancellationToken) -> End {
        loop {
            if let Some(end) = self.ending.filter(|_| self.in_flight.is_empty()) {
                return end;
            }
            let outcome = match self.next(stop).await {
                Happening::Settled(outcome) => self.settle(outcome).await,
                Happening::Ordered(order) => self.deliver(order).await,
                Happening::Read(Ok(0)) => Err(End::TerminalClosed),
                Happening::Read(Ok(_)) => self.hear().await,
                Happening::Read(Err(_)) => return End::Broken,
                Happening::Late => return self.ending.unwrap_or_else(|| self.overdue()),
                Happening::Stop => Err(End::Stopped),
            };
            match outcome {
                Ok(()) => {}
                Err(end @ (End::Broken | End::NotReading)) => return end,
                Err(end) => self.ending = self.ending.or(Some(end)),
            }
        }
    }

    async fn next(&mut self, stop: &CancellationToken) -> Happening {
        let (going_on, late) = (self.ending.is_none(), self.late());
        let reading = going_on && self.opened != Opened::Submitted && self.has_room();
        if reading {
            self.buffer.reserve(self.shared.config.read_bytes.max(READ_BYTES_MIN));
        }
        tokio::select! {
            biased;
            outcome = oldest(&mut self.in_flight), if !self.in_flight.is_empty() => Happening::Settled(outcome),
            () = stop.cancelled(), if going_on => Happening::Stop,
            Some(order) = self.errands.next(), if going_on && self.in_flight.is_empty() => Happening::Ordered(order),
            read = self.stream.read_buf(&mut self.buffer), if reading => Happening::Read(read),
            () = sleep_until(late) => Happening::Late,
        }
    }

    fn has_room(&self) -> bool {
        self.unacknowledged_bytes < self.shared.config.unacknowledged_bytes_max
    }

    /// When the connection has been silent for too long, or a receipt has been out for too long: one that ends does not wait longer
    /// for it than for its slowest write.
    fn late(&self) -> Instant {
        let config = &self.shared.config;
        let patience = if self.hearing.frames() == 0 { config.first_frame_s } else { config.idle_s };
        let silent = self.heard + Duration::from_secs(patience);
        let receipts = if self.ending.is_some() { config.drain_s } else { config.record_patience_s.max(RECEIPT_S_MIN) };
        let owed = self.in_flight.front().map(|turn| turn.since + Duration::from_secs(receipts));
        owed.map_or(silent, |owed| if self.ending.is_some() { owed } else { owed.min(silent) })
    }

    /// Why it is late.
    fn overdue(&self) -> End {
        let patience = Duration::from_secs(self.shared.config.record_patience_s.max(RECEIPT_S_MIN));
        let owed = self.in_flight.front().is_some_and(|turn| turn.since.elapsed() >= patience);
        if owed { End::RecordRefuses } else { End::Idle }
    }

    /// Takes what was read: submits what is to be recorded, answers the rest.
    async fn hear(&mut self) -> Result<(), End> {
        let before = self.hearing.frames();
        let turn = self.hearing.take(&mut self.buffer, self.shared.clock.now(), self.shared);
        if self.hearing.frames() > before {
            self.heard = Instant::now();
        }
        for (phone, answer) in &turn.answers {
            self.errands.answered(*phone, answer);
        }
        if turn.inputs.is_empty() {
            self.replies.pay_due(&turn.debts, &self.shared.counters);
            self.write().await?;
        } else {
            self.submit(turn).await?;
        }
        match self.hearing.enough(self.shared) {
            Some(Enough::Junk) => Err(End::Junk),
            Some(Enough::Foreign) => Err(End::Foreign),
            None => Ok(()),
        }
    }

    async fn submit(&mut self, turn: Turn) -> Result<(), End> {
        let Turn { mut inputs, debts, bytes, .. } = turn;
        let frames = inputs.len();
        if self.opened == Opened::Not {
            let opened = SessionOpened { connection: self.id, peer: self.peer.clone() };
            inputs.insert(0, self.input(Event::SessionOpened(opened)));
            self.opened = Opened::Submitted;
        }
        match self.shared.journal.submit(inputs).await {
            Ok(pending) => {
                self.unacknowledged_bytes += bytes;
                self.in_flight.push_back(InFlight { pending, debts, bytes, frames, since: Instant::now() });
                Ok(())
            }
            Err(error) => self.refused(&error, &debts, frames),
        }
    }

    /// Answers the oldest turn, and those that were made durable with it, with one write.
    async fn settle(&mut self, outcome: Result<Receipt, RecordError>) -> Result<(), End> {
        let mut next = Some(outcome);
        let mut step = Ok(());
        while let Some(outcome) = next.take() {
            let Some(turn) = self.in_flight.pop_front() else { break };
            self.unacknowledged_bytes = self.unacknowledged_bytes.saturating_sub(turn.bytes);
            match outcome {
                Ok(receipt) => self.durable(&turn, &receipt),
                Err(error) => step = self.refused(&error, &turn.debts, turn.frames),
            }
            next = self.in_flight.front_mut().and_then(|turn| turn.pending.ready());
        }
        self.write().await.and(step)
    }

    /// Writes a text to its terminal, or gives it back.
    async fn deliver(&mut self, Order { delivery, terminal, text }: Order) -> Result<(), End> {
        let header = self.hearing.reachable(terminal).copied();
        let written = header.map(|header| (header, self.replies.text(&header, &text)));
        let Some((header, Ok(serial))) = written else {
            tracing::debug!(command = delivery.number.0, %terminal, "a text that is not written here");
            self.errands.give_back(delivery);
            return Ok(());
        };
        self.errands.expect(delivery, &header, serial);
        self.write().await?;
        self.errands.sent(delivery, serial);
        Ok(())
    }

    fn durable(&mut self, turn: &InFlight, receipt: &Receipt) {
        self.opened = Opened::Durable;
        self.refused_since = None;
        self.shared.counters.recorded.count(turn.frames);
        self.replies.pay(&turn.debts, receipt, &self.shared.counters);
    }

    /// Frames that are not durable are not answered: the terminal sends them again, here or on its next connection.
    fn refused(&mut self, error: &RecordError, debts: &[Debt], frames: usize) -> Result<(), End> {
        if self.opened == Opened::Submitted {
            self.opened = Opened::Not;
        }
        self.shared.counters.unacknowledged.count(frames);
        self.replies.pay_due(debts, &self.shared.counters);
        if self.refused_since.is_none() {
            tracing::warn!(connection = self.id.0, %error, frames, "frames are not acknowledged");
        }
        let since = *self.refused_since.get_or_insert_with(Instant::now);
        let over = since.elapsed() >= Duration::from_secs(self.shared.config.record_patience_s);
        let closing = matches!(error, RecordError::Closed);
        if over || closing { Err(End::RecordRefuses) } else { Ok(()) }
    }

    async fn write(&mut self) -> Result<(), End> {
        let bytes = self.replies.take();
        if bytes.is_empty() {
            return Ok(());
        }
        self.shared.counters.writes.one();
        let limit = Duration::from_secs(self.shared.config.write_s);
        match timeout(limit, self.stream.write_all(&bytes)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Broken),
            Err(_) => Err(End::NotReading),
        }
    }

    /// Hangs up and records that the connection ended, if the record knows it. While the record gives no receipts the end goes
    /// unrecorded after a moment: a terminal that comes again must not leave a ghost each time.
    async fn close(&mut self, end: End) {
        self.count(end);
        tracing::debug!(connection = self.id.0, reason = end.word(), "disconnected");
        if let Err(error) = self.stream.shutdown().await {
            tracing::debug!(connection = self.id.0, %error, "the terminal was gone already");
        }
        if self.opened != Opened::Not {
            let closed = SessionClosed { connection: self.id, reason: end.word().to_owned() };
            let inputs = vec![self.input(Event::SessionClosed(closed))];
            match timeout(CLOSE_LIMIT, self.shared.journal.append(inputs)).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => {
                    tracing::warn!(connection = self.id.0, %error, "the end of a connection is not recorded")
                }
                Err(_) => tracing::debug!(connection = self.id.0, "the end of a connection has no receipt yet"),
            }
        }
    }

    fn count(&self, end: End) {
        let counters = &self.shared.counters;
        match end {
            End::Foreign => counters.closed_foreign.one(),
            End::Idle => counters.closed_idle.one(),
            End::Junk => counters.closed_junk.one(),
            End::NotReading => counters.closed_not_reading.one(),
            End::RecordRefuses => counters.closed_record.one(),
            End::Broken | End::Stopped | End::TerminalClosed => {}
        }
    }

    fn input(&self, event: Event) -> NewInput {
        NewInput { received: self.shared.clock.now(), event }
    }
}

impl End {
    /// The word in `SessionClosed`.
    const fn word(self) -> &'static str {
        match self {
            Self::Broken => "connection_broken",
            Self::Foreign => "too_many_terminals",
            Self::Idle => "idle",
            Self::Junk => "junk",
            Self::NotReading => "not_reading",
            Self::RecordRefuses => "record_refuses",
            Self::Stopped => "server_stopped",
            Self::TerminalClosed => "terminal_closed",
        }
    }
}

/// The outcome of the oldest turn in flight.
async fn oldest(in_flight: &mut VecDeque<InFlight>) -> Result<Receipt, RecordError> {
    match in_flight.front_mut() {
        Some(turn) => (&mut turn.pending).await,
        None => std::future::pending().await,
    }
}
