//! Which segments there are, which seqs they hold, and where a terminal's frames stand. Shared by the writer and all
//! readers; nothing in here is truth: all of it can be read again from the segments.

use super::{
    RecordError,
    disk::Disk,
    entry::Spot,
    head::FrameHead,
    index::{Located, SegmentIndex, Step},
    recovery, segment, sidecar,
};
use crate::model::{
    ids::{Seq, TerminalId},
    time::Timestamp,
};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::sync::watch;

/// What a segment holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) segment: u64,
    pub(super) first: u64,
    /// One below `first` while it is empty.
    pub(super) last: u64,
    /// Greatest event time of its frames.
    pub(super) greatest: Timestamp,
    /// Where its last durable record ends; `u64::MAX` once it is sealed and its bytes change no more.
    pub(super) end: u64,
}

/// A segment and, unless its sidecar has it, its index.
#[derive(Debug)]
pub(super) struct Filed {
    pub(super) span: Span,
    pub(super) index: Option<SegmentIndex>,
}

/// A record that has just become durable.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    pub(super) seq: u64,
    pub(super) spot: Spot,
    pub(super) end: u64,
    pub(super) head: Option<FrameHead>,
}

/// All segments.
#[derive(Debug)]
pub(super) struct Catalogue {
    pub(super) disk: Arc<dyn Disk>,
    durable: watch::Sender<Seq>,
    /// Ascending; only the last may be written on.
    filed: RwLock<Vec<Filed>>,
    /// Held while a broken sidecar is made again, so that it is done once.
    mending: Mutex<()>,
}

impl Span {
    pub(super) const fn empty(segment: u64, first: u64) -> Self {
        Self { segment, first, last: first - 1, greatest: Timestamp::BEGINNING, end: segment::DATA_START }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.last < self.first
    }
}

impl Catalogue {
    pub(super) fn new(disk: Arc<dyn Disk>, filed: Vec<Filed>) -> Self {
        let durable = Seq(filed.last().map_or(0, |filed| filed.span.last));
        Self { disk, durable: watch::Sender::new(durable), filed: RwLock::new(filed), mending: Mutex::new(()) }
    }

    /// The last durable seq.
    pub(super) fn durable(&self) -> u64 {
        self.durable.borrow().0
    }

    pub(super) fn watch(&self) -> watch::Receiver<Seq> {
        self.durable.subscribe()
    }

    pub(super) fn segments(&self) -> usize {
        self.filed.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The first input that is here; one after the last durable one when there is none.
    pub(super) fn first(&self) -> u64 {
        let filed = self.filed.read().unwrap_or_else(PoisonError::into_inner);
        filed.first().map_or(1, |filed| filed.span.first)
    }

    /// Segments whose inputs all lie at or below `upto`; the last segment stays.
    pub(super) fn segments_upto(&self, upto: u64) -> Vec<Span> {
        let filed = self.filed.read().unwrap_or_else(PoisonError::into_inner);
        let spans = filed.iter().map(|filed| filed.span).take(filed.len().saturating_sub(1));
        spans.take_while(|span| span.last <= upto).collect()
    }

    /// Lets go of the segments before `first`.
    pub(super) fn forget_before(&self, first: u64) {
        let mut filed = self.filed.write().unwrap_or_else(PoisonError::into_inner);
        filed.retain(|filed| filed.span.first >= first);
    }

    /// Begins a segment.
    pub(super) fn begin(&self, segment: u64, first: u64) {
        let span = Span::empty(segment, first);
        let mut filed = self.filed.write().unwrap_or_else(PoisonError::into_inner);
        filed.retain(|filed| !filed.span.is_empty());
        filed.push(Filed { span, index: Some(SegmentIndex::default()) });
    }

    /// Files a batch that is durable, then tells everybody who waits.
    pub(super) fn publish(&self, batch: &[Written]) {
        let mut filed = self.filed.write().unwrap_or_else(PoisonError::into_inner);
        let Filed { span, index } = filed.last_mut().expect("a batch is written to a segment that was begun");
        let index = index.get_or_insert_default();
        for written in batch {
            assert_eq!(written.seq, span.last + 1, "seqs have no holes");
            (span.last, span.end) = (written.seq, written.end);
            span.greatest = written.head.map_or(span.greatest, |head| head.greatest.max(span.greatest));
            index.note(written.seq, written.spot, written.head);
        }
        let durable = Seq(span.last);
        drop(filed);
        self.durable.send_replace(durable);
    }

    /// Writes the last segment's sidecar and lets its index go; if that fails the index stays in memory.
    pub(super) fn seal(&self) {
        let mut filed = self.filed.write().unwrap_or_else(PoisonError::into_inner);
        let Some(Filed { span, index }) = filed.last_mut().filter(|filed| !filed.span.is_empty()) else { return };
        span.end = u64::MAX;
        let Some(whole) = index.as_ref() else { return };
        match sidecar::write(self.disk.as_ref(), *span, whole) {
            Ok(()) => *index = None,
            Err(error) => tracing::warn!(segment = span.segment, %error, "an index file could not be written"),
        }
    }

    /// The span that holds the durable input `seq`; one that was forgotten is refused.
    pub(super) fn span_of(&self, seq: u64) -> Result<Span, RecordError> {
        let filed = self.filed.read().unwrap_or_else(PoisonError::into_inner);
        let before = filed.partition_point(|filed| filed.span.last < seq);
        let span = filed.get(before).expect("a durable input is in a segment").span;
        if seq < span.first {
            Err(RecordError::Forgotten { asked: Seq(seq), first: Seq(span.first) })
        } else {
            Ok(span)
        }
    }

    /// Where a walk to `seq` begins in the segment of `span`.
    pub(super) fn step_before(&self, span: Span, seq: u64) -> Result<Spot, RecordError> {
        let step = self.indexed(span, |index| index.step_before(seq), |sidecar| Some(sidecar.step_before(seq)))?;
        let position = step.map_or(segment::DATA_START, |Step { position, .. }| position);
        Ok(Spot { segment: span.segment, position })
    }

    /// The frames of `terminal` in the segment of `span`, ascending.
    pub(super) fn frames(&self, span: Span, terminal: TerminalId) -> Result<Vec<Located>, RecordError> {
        let in_memory = |index: &SegmentIndex| index.terminals.get(&terminal).cloned().unwrap_or_default();
        self.indexed(span, in_memory, |sidecar| sidecar.frames(terminal))
    }

    /// Asks the index of a segment, wherever it is; one that is missing or broken is made again.
    fn indexed<T>(
        &self,
        span: Span,
        in_memory: impl Fn(&SegmentIndex) -> T,
        on_disk: impl Fn(&sidecar::Sidecar) -> Option<T>,
    ) -> Result<T, RecordError> {
        let filed = self.filed.read().unwrap_or_else(PoisonError::into_inner);
        let here = filed.iter().rev().find(|filed| filed.span.segment == span.segment);
        if let Some(index) = here.and_then(|filed| filed.index.as_ref()) {
            return Ok(in_memory(index));
        }
        drop(filed);
        let whole = |sidecar: &sidecar::Sidecar| (sidecar.span().first, sidecar.span().last) == (span.first, span.last);
        let sidecar = || sidecar::Sidecar::open(self.disk.as_ref(), span.segment).filter(whole);
        let on_disk = || sidecar().and_then(|sidecar| on_disk(&sidecar));
        if let Some(answer) = on_disk() {
            return Ok(answer);
        }
        let _mending = self.mending.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = on_disk() {
            return Ok(answer);
        }
        let index = recovery::index_again(self.disk.as_ref(), span)?;
        Ok(in_memory(&index))
    }
}
