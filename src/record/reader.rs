//! Durable inputs, in order or of one terminal. Readers block on the disk: use them from blocking threads.

use super::{
    RecordError,
    catalogue::{Catalogue, Span},
    draft,
    entry::Spot,
    index::Located,
    segment::{self, Cursor, Found, SINGLE_BYTES, WALK_BYTES},
};
use crate::model::{
    ids::{Seq, TerminalId},
    input::Input,
    time::Timestamp,
};
use std::{collections::VecDeque, sync::Arc};

/// Durable inputs from a seq on, in order; an input that was forgotten is [`RecordError::Forgotten`]. Ends at what is durable *at each call*: after more was appended the same
/// reader goes on. Reads 256 KiB at once; inputs share that memory until they are dropped.
#[derive(Debug)]
pub struct Reader {
    catalogue: Arc<Catalogue>,
    next: u64,
    at: Option<Cursor>,
}

impl Reader {
    pub(super) fn new(catalogue: Arc<Catalogue>, from: Seq) -> Self {
        Self { catalogue, next: from.0.max(1), at: None }
    }

    /// The seq that the next call to `next` yields, now or once it is durable.
    #[must_use]
    pub const fn position(&self) -> Seq {
        Seq(self.next)
    }

    fn read(&mut self) -> Result<Option<Input>, RecordError> {
        if self.next > self.catalogue.durable() {
            return Ok(None);
        }
        let asked = self.next;
        let outcome = self.read_next();
        // Its segment may have been forgotten while it was read.
        if outcome.is_err() {
            self.catalogue.span_of(asked)?;
        }
        outcome.map(Some)
    }

    fn read_next(&mut self) -> Result<Input, RecordError> {
        let span = self.catalogue.span_of(self.next)?;
        let mut cursor = match self.at.take().filter(|cursor| cursor.spot().segment == span.segment) {
            Some(cursor) => cursor,
            None => seek(&self.catalogue, span, self.next)?,
        };
        cursor.limit(span.end);
        let found = record(&mut cursor, self.next)?;
        self.at = Some(cursor);
        self.next += 1;
        input(&found)
    }
}

impl Iterator for Reader {
    type Item = Result<Input, RecordError>;
    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

/// The recorded frames of one terminal whose greatest event time is not before `from`, ascending by seq, up to a seq.
///
/// A record that has forgotten its beginning refuses: its answer would not be whole.
///
/// Frames without an event time of their own (registration, authentication, unknown messages) count by receive time;
/// packets of a split message are kept for an hour more, so that a message is never cut by `from`.
#[derive(Debug)]
pub struct Frames {
    catalogue: Arc<Catalogue>,
    terminal: TerminalId,
    from: Timestamp,
    /// Frames whose least event time is after this are left out.
    until: Timestamp,
    upto: u64,
    /// The next segment to look into begins with this seq.
    next: u64,
    here: VecDeque<Located>,
    cursor: Option<Cursor>,
}

impl Frames {
    pub(super) fn new(catalogue: Arc<Catalogue>, terminal: TerminalId, from: Timestamp, upto: Seq) -> Self {
        let upto = upto.0.min(catalogue.durable());
        let until = Timestamp::FOREVER;
        Self { catalogue, terminal, from, until, upto, next: 1, here: VecDeque::new(), cursor: None }
    }

    /// Only those whose least event time is not after `until`.
    #[must_use]
    pub const fn until(mut self, until: Timestamp) -> Self {
        self.until = until;
        self
    }

    fn read(&mut self) -> Result<Option<Input>, RecordError> {
        while self.here.is_empty() {
            if self.next > self.upto {
                return Ok(None);
            }
            self.enter()?;
        }
        let (Some(located), Some(cursor)) = (self.here.pop_front(), &mut self.cursor) else { return Ok(None) };
        cursor.go(located.position);
        let found = record(cursor, located.seq)?;
        input(&found).map(Some)
    }

    /// Looks the terminal up in the next segment.
    fn enter(&mut self) -> Result<(), RecordError> {
        let span = self.catalogue.span_of(self.next)?;
        self.next = span.last + 1;
        if span.greatest < self.from {
            return Ok(());
        }
        let (from, until, upto) = (self.from, self.until, self.upto);
        let frames = self.catalogue.frames(span, self.terminal)?;
        let is_asked_for = |found: &Located| found.greatest >= from && found.least <= until && found.seq <= upto;
        self.here = frames.into_iter().filter(is_asked_for).collect();
        if let Some(first) = self.here.front() {
            let spot = Spot { segment: span.segment, position: first.position };
            let mut cursor = cursor(&self.catalogue, spot, SINGLE_BYTES)?;
            cursor.limit(span.end);
            self.cursor = Some(cursor);
        }
        Ok(())
    }
}

impl Iterator for Frames {
    type Item = Result<Input, RecordError>;
    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

/// One durable input; `None` when there is none with this seq (yet).
pub(super) fn one(catalogue: &Catalogue, seq: Seq) -> Result<Option<Input>, RecordError> {
    if seq.0 == 0 || seq.0 > catalogue.durable() {
        return Ok(None);
    }
    let span = catalogue.span_of(seq.0)?;
    let mut cursor = seek(catalogue, span, seq.0)?;
    input(&record(&mut cursor, seq.0)?).map(Some)
}

/// A cursor at the record of `seq`.
fn seek(catalogue: &Catalogue, span: Span, seq: u64) -> Result<Cursor, RecordError> {
    let mut cursor = cursor(catalogue, catalogue.step_before(span, seq)?, WALK_BYTES)?;
    cursor.limit(span.end);
    loop {
        let spot = cursor.spot();
        let entry = cursor.peek().map_err(|error| failed(spot, &error))?;
        let entry = entry.map_err(|flaw| damaged(spot, seq, &format!("{flaw:?}")))?;
        if entry.ordinal.seq >= seq {
            return Ok(cursor);
        }
        cursor.skip(&entry);
    }
}

fn cursor(catalogue: &Catalogue, spot: Spot, read_bytes: usize) -> Result<Cursor, RecordError> {
    let file = catalogue.disk.open(&segment::name(spot.segment)).map_err(|error| failed(spot, &error))?;
    Ok(Cursor::new(file, spot, read_bytes))
}

/// The record of `seq`, which must be the next of the cursor.
fn record(cursor: &mut Cursor, seq: u64) -> Result<Found, RecordError> {
    let spot = cursor.spot();
    let found = cursor.next().map_err(|error| failed(spot, &error))?;
    let found = found.map_err(|flaw| damaged(spot, seq, &format!("{flaw:?}")))?;
    if found.entry.ordinal.seq == seq {
        return Ok(found);
    }
    Err(damaged(spot, seq, &format!("input {} stands there", found.entry.ordinal.seq)))
}

fn input(found: &Found) -> Result<Input, RecordError> {
    let seq = found.entry.ordinal.seq;
    let event = draft::event(found.entry.kind, &found.payload).map_err(|what| damaged(found.spot, seq, &what))?;
    Ok(Input { seq: Seq(seq), received: found.entry.received, event })
}

fn damaged(spot: Spot, seq: u64, what: &str) -> RecordError {
    let name = segment::name(spot.segment);
    RecordError::Corrupt { what: format!("{name} at byte {}, where input {seq} must stand: {what}", spot.position) }
}

fn failed(spot: Spot, error: &std::io::Error) -> RecordError {
    RecordError::Failed { what: format!("reading {}: {error}", segment::name(spot.segment)) }
}
