//! Logging: one line per event on stderr, filtered by `MUCKWATCH_LOG` (default `info`).

use std::{
    collections::BTreeMap,
    fmt::Display,
    io::IsTerminal,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};
use tracing_subscriber::{EnvFilter, fmt, prelude::*};

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts logging; a second call is ignored, so that tests may call it as often as they like.
pub fn start(format: LogFormat) {
    let filter = EnvFilter::try_from_env("MUCKWATCH_LOG")
        .unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,sqlx_core::pool=error,sea_orm=warn"));
    let registry = tracing_subscriber::registry().with(filter);
    let outcome = match format {
        LogFormat::Text => registry
            .with(fmt::layer().with_ansi(std::io::stderr().is_terminal()).with_writer(std::io::stderr))
            .try_init(),
        LogFormat::Json => registry.with(fmt::layer().json().with_writer(std::io::stderr)).try_init(),
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "logging had been started already");
    }
}

/// What is asked again and again until it answers, such as Redis: a line when it stops answering, one a minute at most while it does
/// not, and one when it answers again. All of a process that ask for the same are one outage: it begins with the first that gets no
/// answer and ends with the last.
#[derive(Debug)]
pub struct Outage {
    what: &'static str,
    words: Words,
    fails: bool,
}

/// What is said of it.
#[derive(Clone, Copy, Debug)]
struct Words {
    begins: &'static str,
    goes_on: &'static str,
    ends: &'static str,
}

const SILENCE: Words = Words {
    begins: "does not answer; it is asked until it does",
    goes_on: "still does not answer",
    ends: "answers again",
};
const TROUBLE: Words = Words { begins: "begins; it is said once", goes_on: "goes on", ends: "is over" };

/// An outage that goes on.
#[derive(Clone, Copy, Debug)]
struct Going {
    /// How many that ask get no answer.
    askers: usize,
    begun: Instant,
    said: Instant,
    failures: u64,
}

/// What goes on now, by what does not answer.
static GOING: Mutex<BTreeMap<&'static str, Going>> = Mutex::new(BTreeMap::new());

/// Between two reminders.
const REMIND_EVERY: Duration = Duration::from_mins(1);

impl Outage {
    /// For one that asks for `what`, which answers as far as it knows.
    #[must_use]
    pub const fn new(what: &'static str) -> Self {
        Self { what, words: SILENCE, fails: false }
    }

    /// For something that is wrong from time to time and then again and again, such as entries that cannot be read.
    #[must_use]
    pub const fn of_trouble(what: &'static str) -> Self {
        Self { what, words: TROUBLE, fails: false }
    }

    /// It got no answer, and asks again.
    pub fn failed(&mut self, cause: &(impl Display + ?Sized)) {
        let (what, words) = (self.what, self.words);
        match self.note(Instant::now()) {
            Note::Begins => tracing::warn!(what, %cause, "{}", words.begins),
            Note::Reminds { for_s, failures } => tracing::warn!(what, %cause, for_s, failures, "{}", words.goes_on),
            Note::Silent => tracing::debug!(what, %cause, "{}", words.goes_on),
        }
    }

    /// It got an answer.
    pub fn over(&mut self) {
        if let Some(Going { begun, failures, .. }) = self.end() {
            tracing::info!(what = self.what, for_s = begun.elapsed().as_secs(), failures, "{}", self.words.ends);
        }
    }

    /// Whether the last answer is still waited for.
    #[cfg(test)]
    pub(crate) const fn goes_on(&self) -> bool {
        self.fails
    }

    fn note(&mut self, now: Instant) -> Note {
        let mut all = GOING.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = !all.contains_key(self.what);
        let going = all.entry(self.what).or_insert(Going { askers: 0, begun: now, said: now, failures: 0 });
        going.askers += usize::from(!std::mem::replace(&mut self.fails, true));
        going.failures += 1;
        if is_new {
            return Note::Begins;
        }
        if now.duration_since(going.said) < REMIND_EVERY {
            return Note::Silent;
        }
        going.said = now;
        Note::Reminds { for_s: now.duration_since(going.begun).as_secs(), failures: going.failures }
    }

    /// The outage, if this was the last that got no answer.
    fn end(&mut self) -> Option<Going> {
        if !std::mem::replace(&mut self.fails, false) {
            return None;
        }
        let mut all = GOING.lock().unwrap_or_else(PoisonError::into_inner);
        let going = all.get_mut(self.what)?;
        going.askers -= 1;
        if going.askers == 0 { all.remove(self.what) } else { None }
    }
}

/// Who no longer asks does not wait for an answer.
impl Drop for Outage {
    fn drop(&mut self) {
        self.end();
    }
}

/// What is said of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Note {
    Begins,
    Reminds { for_s: u64, failures: u64 },
    Silent,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_said_at_its_begin_and_once_a_minute() {
        // Proves: of two that ask twenty times a second for two minutes one line tells the begin and one a minute reminds; it ends with
        // the second answer, and what ended begins anew.
        let (mut one, mut other) = (Outage::new("a test"), Outage::new("a test"));
        let begun = Instant::now();
        let at = |step: u64| begun + Duration::from_millis(50 * step);
        let notes: Vec<Note> = (0..2_400).flat_map(|step| [one.note(at(step)), other.note(at(step))]).collect();
        let told: Vec<Note> = notes.into_iter().filter(|note| *note != Note::Silent).collect();
        assert_eq!(told, [Note::Begins, Note::Reminds { for_s: 60, failures: 2_401 }]);
        assert!(one.end().is_none() && one.end().is_none(), "the other still gets no answer");
        assert_eq!(other.end().map(|going| going.failures), Some(4_800));
        assert_eq!(other.note(begun), Note::Begins);
        drop(other);
        assert_eq!(one.note(begun), Note::Begins, "nobody asked any more");
    }
}
