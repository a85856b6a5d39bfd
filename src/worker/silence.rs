//! Since when a bus does not answer.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Since when nothing is got from the bus, or brought to it; clones are one.
#[derive(Clone, Debug, Default)]
pub struct Silence(Arc<Mutex<Option<Instant>>>);

impl Silence {
    /// It did not answer; it counts from the first time.
    pub fn goes_on(&self) {
        self.lock().get_or_insert_with(Instant::now);
    }

    /// It answered.
    pub fn over(&self) {
        *self.lock() = None;
    }

    /// Whether it has lasted for longer than that.
    #[must_use]
    pub fn is_longer_than(&self, limit: Duration) -> bool {
        self.lock().is_some_and(|since| since.elapsed() > limit)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
