//! A bus that fails on purpose, before or after it did what it was asked, and delivers twice, to test what callers make of it.

use super::{
    entry::Entry,
    frames::{BusError, Frames},
    publish::Publish,
};
use crate::model::{cursor::Cursor, input::Input, shard::Shard};
use async_trait::async_trait;
use std::{collections::VecDeque, time::Duration};

/// Wraps an engine; each call takes the next fault of the plan, and none once the plan is used up.
#[derive(Debug)]
pub struct Faulty<E> {
    inner: E,
    plan: VecDeque<Fault>,
    /// Handed out by the engine and not yet to the caller, or to be handed out once more.
    again: Vec<Input>,
}

/// What happens to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It works.
    None,
    /// It fails and nothing was done.
    Before,
    /// It fails when half of it was done: of entries the first half is on the bus.
    Half,
    /// It was done and fails all the same: the answer was lost.
    After,
    /// It is done twice: entries are put on the bus twice, inputs are handed out now and again with the next call.
    Twice,
}

impl<E> Faulty<E> {
    /// Wraps `inner`; the first call meets the first fault.
    pub fn new(inner: E, plan: impl IntoIterator<Item = Fault>) -> Self {
        Self { inner, plan: plan.into_iter().collect(), again: Vec::new() }
    }

    /// Faults not met yet.
    #[must_use]
    pub fn left(&self) -> usize {
        self.plan.len()
    }

    fn next_fault(&mut self) -> Fault {
        self.plan.pop_front().unwrap_or(Fault::None)
    }
}

fn failed(when: &str) -> BusError {
    BusError::Unavailable(format!("failed on purpose {when}"))
}

#[async_trait]
impl<P: Publish> Publish for Faulty<P> {
    async fn publish(&mut self, entries: &[(Shard, Entry)]) -> Result<(), BusError> {
        match self.next_fault() {
            Fault::None => self.inner.publish(entries).await,
            Fault::Before => Err(failed("before publishing")),
            Fault::Half => {
                self.inner.publish(entries.split_at(entries.len() / 2).0).await?;
                Err(failed("half way"))
            }
            Fault::After => {
                self.inner.publish(entries).await?;
                Err(failed("after publishing"))
            }
            Fault::Twice => {
                self.inner.publish(entries).await?;
                self.inner.publish(entries).await
            }
        }
    }

    async fn room(&mut self, shard: Shard) -> Result<u64, BusError> {
        match self.next_fault() {
            Fault::None | Fault::Twice => self.inner.room(shard).await,
            Fault::Before | Fault::Half | Fault::After => Err(failed("asked for room")),
        }
    }
}

impl<F: Frames> Frames for Faulty<F> {
    fn next(&mut self, most: usize, patience: Duration) -> Result<Vec<Input>, BusError> {
        if !self.again.is_empty() {
            return Ok(std::mem::take(&mut self.again));
        }
        match self.next_fault() {
            Fault::None => self.inner.next(most, patience),
            Fault::Before | Fault::Half => Err(failed("before reading")),
            Fault::After => {
                self.again = self.inner.next(most, patience)?;
                Err(failed("after reading"))
            }
            Fault::Twice => {
                let inputs = self.inner.next(most, patience)?;
                self.again.clone_from(&inputs);
                Ok(inputs)
            }
        }
    }

    fn committed(&mut self, cursor: &Cursor) -> Result<(), BusError> {
        match self.next_fault() {
            Fault::None | Fault::Twice => self.inner.committed(cursor),
            Fault::Before | Fault::Half => Err(failed("before committing")),
            Fault::After => {
                self.inner.committed(cursor)?;
                Err(failed("after committing"))
            }
        }
    }
}
