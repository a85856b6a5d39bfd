//! The gate of a record that must be durable on more than this machine: answers wait behind it until a copy is.
//!
//! ```text
//!  writer ─ fdatasync ─▶ Held ──(Gate::release: copied up to here)──▶ Receipt
//! ```
//! Held answers keep their room in the queue, so that a copy that is away stops the appends instead of growing a list. Nothing
//! opens the gate but the copy: neither time nor closing, which ends what is held as `Closed`.

use super::{Receipt, RecordError, catalogue::Catalogue};
use crate::model::ids::Seq;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{OwnedSemaphorePermit, oneshot, watch};

/// The handle that lets answers go. There is one; when it is dropped, what is held ends as `Closed`.
#[derive(Debug)]
#[must_use = "without its gate a record acknowledges nothing"]
pub struct Gate {
    held: Arc<Held>,
    catalogue: Arc<Catalogue>,
    opened: u64,
}

/// An append that is durable here.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) to: oneshot::Sender<Result<Receipt, RecordError>>,
    /// Room in the queue, given back with the answer.
    pub(super) room: OwnedSemaphorePermit,
}

/// Answers that wait for the copy, ascending.
#[derive(Debug)]
pub(super) struct Held {
    state: Mutex<State>,
    copied: watch::Sender<Seq>,
}

#[derive(Debug, Default)]
struct State {
    answers: VecDeque<Answer>,
    closed: bool,
}

impl Gate {
    pub(super) fn new(held: Arc<Held>, catalogue: Arc<Catalogue>) -> Self {
        let opened = catalogue.durable();
        Self { held, catalogue, opened }
    }

    /// The last number that was durable here when the journal was opened: nobody waits for an answer to what is at or below it.
    #[must_use]
    pub const fn opened(&self) -> Seq {
        Seq(self.opened)
    }

    /// Inputs up to `upto` (numbers of this journal) are durable in the copy as well: their appends are answered, in order. An
    /// append that goes on beyond `upto` waits for the rest of it.
    ///
    /// # Panics
    /// When `upto` is beyond what is durable here: a copy that is ahead of its journal is another journal's.
    pub fn release(&self, upto: Seq) {
        let durable = self.catalogue.durable();
        assert!(upto.0 <= durable, "copied up to {upto:?}, durable here up to {durable}");
        self.held.release(upto);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.held.close();
    }
}

impl Default for Held {
    fn default() -> Self {
        Self { state: Mutex::default(), copied: watch::Sender::new(Seq(0)) }
    }
}

impl Held {
    /// Keeps answers until their inputs are copied; those that are already go at once.
    pub(super) fn hold(&self, answers: Vec<Answer>) {
        let mut state = self.lock();
        if state.closed {
            return;
        }
        state.answers.extend(answers);
        let free = state.take(self.copied.borrow().0);
        drop(state);
        free.into_iter().for_each(Answer::send);
    }

    /// The last copied input, to wait on.
    pub(super) fn watch(&self) -> watch::Receiver<Seq> {
        self.copied.subscribe()
    }

    /// The last copied input.
    pub(super) fn copied(&self) -> Seq {
        *self.copied.borrow()
    }

    /// Ends what is held: its callers see the record closed, not silence.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let dropped = std::mem::take(&mut state.answers);
        drop(state);
        drop(dropped);
    }

    fn release(&self, upto: Seq) {
        let mut state = self.lock();
        let free = state.take(upto.0);
        self.copied.send_if_modified(|copied| {
            let grows = upto > *copied;
            *copied = upto.max(*copied);
            grows
        });
        drop(state);
        free.into_iter().for_each(Answer::send);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The answers whose inputs all lie at or below `upto`.
    fn take(&mut self, upto: u64) -> Vec<Answer> {
        let count = self.answers.partition_point(|answer| answer.last <= upto);
        self.answers.drain(..count).collect()
    }
}

impl Answer {
    /// Gives the receipt: whoever calls this vouches that the inputs are durable wherever they must be.
    pub(super) fn send(self) {
        let Self { first, last, to, room } = self;
        drop(room);
        if to.send(Ok(Receipt::new(Seq(first), Seq(last)))).is_err() {
            tracing::debug!(first, last, "whoever asked for the append is gone; it is durable all the same");
        }
    }
}
