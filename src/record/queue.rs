//! Appends that wait for the writer: bounded in bytes, taken all at once. What waits while one fdatasync runs is the
//! next batch; that is the whole of group commit.

use super::{Receipt, RecordError, draft::Draft};
use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

/// One append.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) drafts: Vec<Draft>,
    pub(super) answer: oneshot::Sender<Result<Receipt, RecordError>>,
    /// Room in the queue, given back when the append is answered.
    pub(super) room: OwnedSemaphorePermit,
}

/// The queue between callers and writer.
#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    filled: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Waiting>,
    /// Up to where old inputs may go; `None` once the writer knows.
    forget: Option<u64>,
    closed: bool,
}

/// What the writer finds.
#[derive(Debug)]
pub(super) enum Taken {
    /// All that waited, in order.
    Appends(VecDeque<Waiting>),
    /// Inputs up to this one may be forgotten.
    Forget(u64),
    /// Nothing within the time given.
    Idle,
    /// Closed, and everything was taken.
    Closed,
}

impl Queue {
    /// Adds an append; refused once closed.
    pub(super) fn push(&self, append: Waiting) -> Result<(), RecordError> {
        let mut state = self.lock();
        if state.closed {
            return Err(RecordError::Closed);
        }
        state.waiting.push_back(append);
        drop(state);
        self.filled.notify_one();
        Ok(())
    }

    /// Tells the writer up to where inputs may be forgotten.
    pub(super) fn forget(&self, upto: u64) {
        let mut state = self.lock();
        state.forget = state.forget.max(Some(upto));
        drop(state);
        self.filled.notify_one();
    }

    /// Takes all that waits; waits at most `patience` for the first.
    pub(super) fn take(&self, patience: Duration) -> Taken {
        let state = self.lock();
        let idle = |state: &mut State| state.waiting.is_empty() && state.forget.is_none() && !state.closed;
        let waited = self.filled.wait_timeout_while(state, patience, idle);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if let Some(upto) = state.forget.take() {
            return Taken::Forget(upto);
        }
        match (state.waiting.is_empty(), state.closed) {
            (false, _) => Taken::Appends(std::mem::take(&mut state.waiting)),
            (true, true) => Taken::Closed,
            (true, false) => Taken::Idle,
        }
    }

    /// Whether fewer than so many inputs wait.
    pub(super) fn is_short(&self, many: usize) -> bool {
        let state = self.lock();
        let mut inputs = 0;
        let is_many = state.waiting.iter().any(|append| {
            inputs += append.drafts.len();
            inputs >= many
        });
        !is_many && !state.closed
    }

    /// Refuses further appends and wakes the writer.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_one();
    }

    /// Refuses further appends and drops those that wait: their callers see the record closed, not silence.
    pub(super) fn abandon(&self) {
        let mut state = self.lock();
        state.closed = true;
        let dropped = std::mem::take(&mut state.waiting);
        drop(state);
        drop(dropped);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
