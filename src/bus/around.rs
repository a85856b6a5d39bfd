//! What a process that shows the house knows of the parts around it: whether its engines answer, and what the other processes say.

use crate::{
    clock::off::OffClock,
    store::{reports::Heard, standby::StandbyLook},
};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The parts around an api of a house of many processes. What is not known yet counts as away since the start.
#[derive(Debug)]
pub struct Around(Mutex<Seen>, Arc<OffClock>);

#[derive(Debug)]
struct Seen {
    bus: Away,
    store: Away,
    standby: Away,
    processes: Vec<Heard>,
    heard_at: Option<Instant>,
}

/// Since when an engine does not answer; `None` while it does.
type Away = Option<Instant>;

impl Default for Around {
    fn default() -> Self {
        let now = Some(Instant::now());
        let seen = Seen { bus: now, store: now, standby: None, processes: Vec::new(), heard_at: None };
        Self(Mutex::new(seen), Arc::default())
    }
}

impl Around {
    /// How far the clock of this machine is off the store's.
    #[must_use]
    pub const fn clock(&self) -> &Arc<OffClock> {
        &self.1
    }

    /// Says whether Redis answered just now.
    pub fn bus_answers(&self, does: bool) {
        note(&mut self.seen().bus, does);
    }

    /// Says that the store did not answer just now.
    pub fn store_is_silent(&self) {
        note(&mut self.seen().store, false);
    }

    /// What the primary says of its standbys just now.
    pub fn standby_is(&self, look: StandbyLook) {
        if let Some(answers) = look.answers() {
            note(&mut self.seen().standby, answers);
        }
    }

    /// What the processes say, as the store answered just now.
    pub fn heard(&self, processes: Vec<Heard>) {
        let mut seen = self.seen();
        note(&mut seen.store, true);
        seen.processes = processes;
        seen.heard_at = Some(Instant::now());
    }

    /// How long Redis has not answered; `None` while it does.
    #[must_use]
    pub fn bus_away(&self) -> Option<Duration> {
        self.seen().bus.map(|since| since.elapsed())
    }

    /// How long the store has not answered; `None` while it does.
    #[must_use]
    pub fn store_away(&self) -> Option<Duration> {
        self.seen().store.map(|since| since.elapsed())
    }

    /// How long the standby that commits wait for has not answered; `None` while it does, or nobody waits for one.
    #[must_use]
    pub fn standby_away(&self) -> Option<Duration> {
        self.seen().standby.map(|since| since.elapsed())
    }

    /// What each process said last, its age as of now; `None` before the store was asked.
    #[must_use]
    pub fn processes(&self) -> Option<Vec<Heard>> {
        let seen = self.seen();
        let since_ms = i64::try_from(seen.heard_at?.elapsed().as_millis()).unwrap_or(i64::MAX);
        let aged = |heard: &Heard| Heard { age_ms: heard.age_ms.saturating_add(since_ms), ..heard.clone() };
        Some(seen.processes.iter().map(aged).collect())
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn note(away: &mut Away, answers: bool) {
    if answers {
        *away = None;
    } else if away.is_none() {
        *away = Some(Instant::now());
    }
}
