//! Corrections: what happened to a row, appended.

use super::row::EpisodeRow;
use crate::model::{
    ids::{Revision, Seq},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// A row as it is now, and what was done to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpisodeChange {
    /// The whole row after the change: the store replaces the old one by it (same id).
    pub row: EpisodeRow,
    /// What was done. `Grew` replaces the row and appends nothing to its history.
    pub correction: Correction,
    /// Why.
    pub cause: Cause,
    /// The input at which it was done.
    pub seq: Seq,
    /// Server time of that input.
    pub at: Timestamp,
}

/// What was done to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Correction {
    /// Seen live.
    Opened,
    /// Found in late data or under a later ledger.
    OpenedLate,
    /// An open one goes on; not a correction.
    Grew,
    /// Ended later than it was thought.
    Extended,
    /// Began later or ended earlier than it was thought.
    Shrunk,
    /// Peak, grade, notes or approvals differ.
    Changed,
    /// Ended.
    Closed,
    /// Was nothing, or became part of another.
    Withdrawn,
}

/// Why a row was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The next fix.
    Live,
    /// Silence, by the server's clock.
    Silence,
    /// A fix that sorts before one already judged.
    LateFix,
    /// A ledger revision.
    Ledger(Revision),
    /// Other revisions of the rules, or a policy that was heard late.
    Rules,
}

impl Correction {
    /// Name in interfaces.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::OpenedLate => "opened_late",
            Self::Grew => "grew",
            Self::Extended => "extended",
            Self::Shrunk => "shrunk",
            Self::Changed => "changed",
            Self::Closed => "closed",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether the row's history gets a line.
    #[must_use]
    pub const fn is_recorded(self) -> bool {
        !matches!(self, Self::Grew)
    }
}
