//! What the engine says after an input, for the store and for the pages.

use super::snapshot::Savepoint;
use crate::{
    cases::change::EpisodeChange,
    model::{
        ids::{Seq, TerminalId, VehicleId},
        place::Wgs84,
        plate::Plate,
        time::Timestamp,
        units::{Heading, Speed},
    },
    track::quality::Quality,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that one or more inputs brought; the caller gathers over a batch, commits, and clears.
#[derive(Clone, Debug, Default)]
pub struct Outputs {
    /// Rows opened, corrected, ended, in order.
    pub episodes: Vec<EpisodeChange>,
    /// Savepoints to keep or forget, in order.
    pub savepoints: Vec<SavepointChange>,
    /// Terminals whose state changed: `Engine::state` has it.
    pub dirty: BTreeSet<TerminalId>,
    /// Terminals that left the engine (quarantine was full): their states are deleted.
    pub gone: BTreeSet<TerminalId>,
    /// Positions for the live map, latest last.
    pub live: Vec<LivePosition>,
    /// Registrations seen (0x0100).
    pub registrations: Vec<Registered>,
    /// What the quality gate said, counted.
    pub quality: BTreeMap<Quality, u64>,
    /// Frames whose body could not be read: recorded, counted, listed.
    pub unreadable: Vec<Unreadable>,
}

/// A savepoint to keep or to forget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SavepointChange {
    /// Keep it; one of the same terminal and hour is replaced.
    Put(Savepoint),
    /// Older than 48 h and not the day's first.
    Forget {
        /// Whose.
        terminal: TerminalId,
        /// Which hour.
        at: Timestamp,
    },
}

/// Where a terminal is, for the live map. Made for every received fix that has an event time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LivePosition {
    /// Which terminal.
    pub terminal: TerminalId,
    /// Its vehicle at event time; `None` = quarantined or unknown then.
    pub vehicle: Option<VehicleId>,
    /// That vehicle's plate.
    pub plate: Option<Plate>,
    /// Event time.
    pub at: Timestamp,
    /// Receive time.
    pub received: Timestamp,
    /// Where.
    pub place: Wgs84,
    /// How fast.
    pub speed: Speed,
    /// Which way.
    pub heading: Heading,
    /// In what state.
    pub status: LiveStatus,
}

/// State of a terminal on the map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent flags of one record, one bit each on the wire")]
pub struct LiveStatus {
    /// Moving.
    pub moving: bool,
    /// On a loaded leg.
    pub loaded: bool,
    /// Something is open against it.
    pub alarmed: bool,
    /// In no ledger.
    pub quarantined: bool,
    /// The gate refused the fix on its own account (not a spike, which needs the next fix to tell).
    pub rejected: bool,
}

/// A 0x0100: what a terminal says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// Who says so.
    pub terminal: TerminalId,
    /// The plate it claims.
    pub plate: Plate,
    /// Device maker.
    pub maker: String,
    /// Device model.
    pub model: String,
    /// When, by the server's clock.
    pub received: Timestamp,
    /// In which frame.
    pub seq: Seq,
    /// Whether the terminal is in no ledger.
    pub quarantined: bool,
    /// The ledger's vehicle with that plate: "unregistered device on 豫A…" when the terminal is quarantined.
    pub vehicle: Option<VehicleId>,
}

/// A frame whose body could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreadable {
    /// Whose, where the header told.
    pub terminal: Option<TerminalId>,
    /// Which frame.
    pub seq: Seq,
    /// Why.
    pub reason: String,
}

impl Outputs {
    /// Whether there is nothing to commit.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.episodes.is_empty() && self.savepoints.is_empty() && self.dirty.is_empty() && self.gone.is_empty()
    }
}
