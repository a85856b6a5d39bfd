//! Captured inputs on their way into the record and through the worker: batches, and a tick a minute of receive time.

use super::{capture::Captures, lines::Captured};
use crate::{
    app::house::House,
    bus::frames::LocalFrames,
    model::{
        input::Event,
        time::{Span, Timestamp},
    },
    record::NewInput,
    worker::Worker,
};
use anyhow::Result;
use tokio::runtime::Handle;

/// Inputs of one append and one commit: some 0.5 MB, 50 ms of judging.
const BATCH: usize = 4_096;
const MINUTE_MS: i64 = 60_000;
/// Ticks into a silence: past every gap limit (2.5 × 10 min) and every wait of a re-judgement. What a longer silence means is
/// known by then, and a capture may be silent for weeks.
const SILENT_TICKS: i64 = 30;

/// Where inputs go. Blocks: use it from a thread of its own.
pub(super) struct Feed<'a> {
    house: &'a House,
    worker: Worker,
    frames: LocalFrames,
    runtime: Handle,
    batch: Vec<NewInput>,
    newest: Option<Timestamp>,
}

impl<'a> Feed<'a> {
    /// Goes on where the folder's worker stopped.
    pub(super) fn new(house: &'a House, worker: Worker, runtime: Handle) -> Self {
        let frames = LocalFrames::new(&house.journal, worker.cursor(), runtime.clone());
        Self { house, worker, frames, runtime, batch: Vec::with_capacity(BATCH), newest: None }
    }

    /// Takes one line.
    pub(super) fn take(&mut self, line: &Captured, captures: &mut Captures) -> Result<()> {
        self.tick_until(line.received);
        self.newest = Some(line.received);
        captures.take(line.received, line.connection, &line.bytes, &mut self.batch);
        if self.batch.len() >= BATCH { self.flush() } else { Ok(()) }
    }

    /// Ends the capture: silence for half an hour, so that everything is judged again that waits for it, and ended that is.
    pub(super) fn fall_silent(&mut self) {
        if let Some(newest) = self.newest {
            self.tick_until(newest + Span::from_millis(SILENT_TICKS * MINUTE_MS));
        }
    }

    /// Makes durable what waits, judges it, commits.
    pub(super) fn flush(&mut self) -> Result<()> {
        let Some(last) = self.batch.last() else { return Ok(()) };
        self.house.clock.advance_to(last.received);
        let receipt =
            self.house.journal.append_blocking(std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH)))?;
        tracing::trace!(last = receipt.last().0, "captured inputs are durable");
        Ok(self.worker.drain(&mut self.frames, &self.runtime)?)
    }

    /// Frames whose body could not be read.
    pub(super) const fn unreadable(&self) -> u64 {
        self.worker.unreadable()
    }

    /// Full minutes after the newest input up to `until`.
    fn tick_until(&mut self, until: Timestamp) {
        let Some(newest) = self.newest else { return };
        let first = newest.as_millis().div_euclid(MINUTE_MS) + 1;
        let last = until.as_millis().div_euclid(MINUTE_MS).min(first + SILENT_TICKS);
        let ticks = (first..=last).map(|minute| Timestamp::from_millis(minute * MINUTE_MS));
        self.batch.extend(ticks.map(|received| NewInput { received, event: Event::Tick }));
    }
}
