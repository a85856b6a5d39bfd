//! The server's clock, made once in `app.rs` and handed to everybody who stamps a time.
//!
//! Receive times, ticks and ages use it; time-outs of sockets, disks and leases use wall time. A data folder keeps the
//! kind of clock that filled it (`clock.json`), so that a restart goes on and a wall clock never continues a scaled day.

pub mod off;
pub mod pause;

use crate::model::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::SystemTime,
};

/// A clock; clones show the same time.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Hands>);

/// What kind of clock a folder was filled with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClockKind {
    /// The machine's clock.
    Wall,
    /// A simulated day that runs `factor` times as fast from an anchor.
    Scaled(Anchor),
    /// Captures bring their own receive times.
    Given,
}

/// Where a scaled clock hangs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// Wall time at which the scaled clock showed `event_ms`, milliseconds UTC.
    pub wall_ms: i64,
    /// Scaled time at that moment, milliseconds UTC.
    pub event_ms: i64,
    /// Scaled seconds per wall second, 0 < factor ≤ 100,000.
    pub factor: f64,
}

/// What a person asked for on the command line or in the config.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ClockWish {
    /// The machine's clock.
    Wall,
    /// Starts at `start` unless the folder already has an anchor.
    Scaled {
        /// First instant shown in a new folder.
        start: Timestamp,
        /// Scaled seconds per wall second.
        factor: f64,
    },
    /// Times come with the captures.
    Given,
    /// Whatever the folder has: for tools that only read it.
    Kept,
}

/// A clock that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ClockError {
    /// The folder was filled under another kind of clock.
    #[error(
        "the data folder {folder} was filled with a {found} clock and cannot be continued with a {wanted} clock: choose an empty folder (--data) or the same clock"
    )]
    Mismatch {
        /// The folder.
        folder: PathBuf,
        /// The kind it has.
        found: &'static str,
        /// The kind asked for.
        wanted: &'static str,
    },
    /// `clock.json` cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// `clock.json` is not ours.
    #[error("{path} is damaged ({reason}): restore it from a copy; it says which clock filled this folder")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A folder that no server or ingest has filled yet.
    #[error("{0} holds no muckwatch data (there is no clock.json in it): check --data")]
    Empty(PathBuf),
    /// The record has inputs, but the clock they were stamped by is not known.
    #[error(
        "{0} holds recorded inputs but no clock.json: restore it from a copy; it says which clock filled this folder"
    )]
    Lost(PathBuf),
    /// A factor out of range.
    #[error("clock factor {0} is out of range: 0 < factor ≤ 100000")]
    Factor(f64),
}

#[derive(Debug)]
struct Hands {
    kind: ClockKind,
    /// The given clock's reading; unused otherwise.
    given_ms: AtomicI64,
}

impl Clock {
    /// The clock of `folder`, made on first use.
    ///
    /// # Errors
    /// The folder has another kind of clock, or its `clock.json` cannot be read or written.
    pub fn open(folder: &Path, wish: ClockWish) -> Result<Self, ClockError> {
        let path = folder.join("clock.json");
        let kind = match read(&path)? {
            Some(found) => agree(folder, found, wish)?,
            None => first(&path, wish)?,
        };
        Ok(Self::of(kind))
    }

    /// A clock without a folder, for tools and tests.
    #[must_use]
    pub fn of(kind: ClockKind) -> Self {
        Self(Arc::new(Hands { kind, given_ms: AtomicI64::new(0) }))
    }

    /// What it shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self.0.kind {
            ClockKind::Wall => wall_now(),
            ClockKind::Scaled(anchor) => anchor.at(wall_now()),
            ClockKind::Given => Timestamp::from_millis(self.0.given_ms.load(Ordering::Acquire)),
        }
    }

    /// What it shows of a stretch of wall time.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "i64 saturates")]
    pub fn span(&self, wall: std::time::Duration) -> Span {
        Span::from_millis((wall.as_secs_f64() * 1000.0 * self.0.kind.factor()) as i64)
    }

    /// Milliseconds of wall time since it showed `then`; negative = it shows that so much later.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of some years")]
    pub fn wall_ms_since(&self, then: Timestamp) -> f64 {
        self.now().since(then).as_millis() as f64 / self.0.kind.factor()
    }

    /// Which kind it is.
    #[must_use]
    pub fn kind(&self) -> ClockKind {
        self.0.kind
    }

    /// Moves a given clock to `at`; it never goes back. Other clocks ignore it.
    pub fn advance_to(&self, at: Timestamp) {
        self.0.given_ms.fetch_max(at.as_millis(), Ordering::AcqRel);
    }
}

impl ClockKind {
    /// The clock that a first wish founds; the wall's where whatever there is was wished for.
    ///
    /// # Errors
    /// [`ClockError::Factor`].
    pub fn first(wish: ClockWish) -> Result<Self, ClockError> {
        match wish {
            ClockWish::Wall | ClockWish::Kept => Ok(Self::Wall),
            ClockWish::Given => Ok(Self::Given),
            ClockWish::Scaled { factor, .. } if !(factor > 0.0 && factor <= 100_000.0) => {
                Err(ClockError::Factor(factor))
            }
            ClockWish::Scaled { start, factor } => {
                Ok(Self::Scaled(Anchor { wall_ms: wall_now().as_millis(), event_ms: start.as_millis(), factor }))
            }
        }
    }

    /// Whether it is what was wished for.
    #[must_use]
    pub const fn suits(self, wish: ClockWish) -> bool {
        matches!(
            (self, wish),
            (_, ClockWish::Kept)
                | (Self::Wall, ClockWish::Wall)
                | (Self::Scaled(_), ClockWish::Scaled { .. })
                | (Self::Given, ClockWish::Given)
        )
    }

    /// One word for messages and the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Wall => "wall",
            Self::Scaled(_) => "scaled",
            Self::Given => "given",
        }
    }

    /// Scaled seconds per wall second; 1 for the others.
    #[must_use]
    pub const fn factor(self) -> f64 {
        match self {
            Self::Scaled(anchor) => anchor.factor,
            Self::Wall | Self::Given => 1.0,
        }
    }
}

impl Anchor {
    fn at(self, wall: Timestamp) -> Timestamp {
        let elapsed = wall.since(Timestamp::from_millis(self.wall_ms)).as_millis();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "a factor is not exact; i64 saturates"
        )]
        let scaled = (elapsed as f64 * self.factor) as i64;
        Timestamp::from_millis(self.event_ms) + Span::from_millis(scaled)
    }
}

/// Wall time of this machine.
#[must_use]
pub fn wall_now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn agree(folder: &Path, found: ClockKind, wish: ClockWish) -> Result<ClockKind, ClockError> {
    match (found, wish) {
        (found, wish) if found.suits(wish) => Ok(found),
        (found, wish) => {
            Err(ClockError::Mismatch { folder: folder.to_path_buf(), found: found.word(), wanted: wish.word() })
        }
    }
}

impl ClockWish {
    const fn word(self) -> &'static str {
        match self {
            Self::Wall => "wall",
            Self::Scaled { .. } => "scaled",
            Self::Given => "given",
            Self::Kept => "kept",
        }
    }
}

fn first(path: &Path, wish: ClockWish) -> Result<ClockKind, ClockError> {
    if wish == ClockWish::Kept {
        return Err(ClockError::Empty(path.parent().unwrap_or(path).to_path_buf()));
    }
    let kind = ClockKind::first(wish)?;
    let text = serde_json::to_string_pretty(&kind).map_err(|error| damaged(path, &error))?;
    let io = |source| ClockError::Io { path: path.to_path_buf(), source };
    let fresh = path.with_extension("json.new");
    fs::write(&fresh, text).map_err(io)?;
    fs::File::open(&fresh).and_then(|file| file.sync_all()).map_err(io)?;
    fs::rename(&fresh, path).map_err(io)?;
    Ok(kind)
}

fn read(path: &Path) -> Result<Option<ClockKind>, ClockError> {
    match fs::read_to_string(path) {
        Ok(text) => serde_json::from_str(&text).map(Some).map_err(|error| damaged(path, &error)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ClockError::Io { path: path.to_path_buf(), source }),
    }
}

fn damaged(path: &Path, error: &serde_json::Error) -> ClockError {
    ClockError::Damaged { path: path.to_path_buf(), reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scaled_day_goes_on_after_a_restart() {
        // Proves: the anchor is kept, whatever start a second run asks for.
        let folder = tempfile::tempdir().expect("a temporary folder");
        let start = Timestamp::parse("2026-11-23T00:00:00+08:00").expect("an instant");
        let first = Clock::open(folder.path(), ClockWish::Scaled { start, factor: 600.0 }).expect("a new clock");
        let other = Timestamp::parse("2020-01-01T00:00:00+08:00").expect("an instant");
        let second =
            Clock::open(folder.path(), ClockWish::Scaled { start: other, factor: 60.0 }).expect("the same clock");
        assert_eq!(first.kind(), second.kind());
        assert!(second.now() >= start && second.now().since(start) < Span::from_secs(86_400));
    }

    #[test]
    fn a_wall_clock_refuses_a_scaled_folder() {
        // Proves: simulated and real time cannot be mixed in one record.
        let folder = tempfile::tempdir().expect("a temporary folder");
        let start = Timestamp::from_millis(0);
        Clock::open(folder.path(), ClockWish::Scaled { start, factor: 60.0 }).expect("a new clock");
        assert!(matches!(Clock::open(folder.path(), ClockWish::Wall), Err(ClockError::Mismatch { .. })));
        assert!(matches!(Clock::open(folder.path(), ClockWish::Given), Err(ClockError::Mismatch { .. })));
    }

    #[test]
    fn a_given_clock_never_goes_back() {
        // Proves: the newest receive time stays.
        let clock = Clock::of(ClockKind::Given);
        clock.advance_to(Timestamp::from_millis(50));
        clock.advance_to(Timestamp::from_millis(40));
        assert_eq!(clock.now(), Timestamp::from_millis(50));
    }
}
