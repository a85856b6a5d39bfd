//! Durable inputs on their way to a worker: the contract, and the engine inside one process.
//!
//! At-least-once, in seq order. A consumer keeps its cursor with what it derived, in one transaction, and asks again from there;
//! whoever redelivers does no harm, because the engine ignores what its cursor has passed.

use crate::{
    model::{
        cursor::Cursor,
        ids::{GatewayNumber, Seq},
        input::Input,
    },
    record::{RecordError, journal::Journal, reader::Reader},
};
use std::time::Duration;
use tokio::{runtime::Handle, sync::watch, time::timeout};

/// Durable inputs in seq order. Calls block: use it from a thread of its own.
pub trait Frames: Send {
    /// The next inputs, at most `most`; waits up to `patience` for the first, empty when none came.
    ///
    /// # Errors
    /// `Unavailable`: ask again. `Corrupt`: stop this consumer, keep the data.
    fn next(&mut self, most: usize, patience: Duration) -> Result<Vec<Input>, BusError>;

    /// What the cursor covers is judged and committed: it need not come again.
    ///
    /// # Errors
    /// `Unavailable`: it may come again, which does no harm.
    fn committed(&mut self, _: &Cursor) -> Result<(), BusError> {
        Ok(())
    }
}

/// Why no inputs came.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BusError {
    /// Passing.
    #[error("inputs cannot be read now: {0}")]
    Unavailable(String),
    /// Passing, told to publishers only: a stream is gone, and with it what was on it. Publish again from what was committed.
    #[error("a stream of the bus is gone: {0}")]
    Lost(String),
    /// Ours: what is stored is not what was written.
    #[error("inputs are damaged: {0}")]
    Corrupt(String),
}

/// The bus of one process: it reads the journal behind what is durable, so nothing is queued twice and a slow worker slows nobody.
#[derive(Debug)]
pub struct LocalFrames {
    reader: Reader,
    durable: watch::Receiver<Seq>,
    runtime: Handle,
}

impl LocalFrames {
    /// Inputs from the one after `cursor` on.
    #[must_use]
    pub fn new(journal: &Journal, cursor: &Cursor, runtime: Handle) -> Self {
        let next = Seq(cursor.number(GatewayNumber::ALONE) + 1);
        Self { reader: journal.read_from(next), durable: journal.durable(), runtime }
    }

    /// Waits until the next input is durable; the record's end ends the wait.
    fn wait(&mut self, patience: Duration) {
        let (next, durable) = (self.reader.position(), &mut self.durable);
        let arrival =
            async { timeout(patience, durable.wait_for(|last| *last >= next)).await.is_ok_and(|seen| seen.is_ok()) };
        if !self.runtime.block_on(arrival) {
            tracing::trace!(next = next.0, "no input came");
        }
    }
}

impl Frames for LocalFrames {
    fn next(&mut self, most: usize, patience: Duration) -> Result<Vec<Input>, BusError> {
        self.wait(patience);
        self.reader.by_ref().take(most).collect::<Result<_, _>>().map_err(BusError::from)
    }
}

impl From<RecordError> for BusError {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Corrupt { .. } => Self::Corrupt(error.to_string()),
            _ => Self::Unavailable(error.to_string()),
        }
    }
}
