//! The record: the one input log. Every input is here, durable, before anything is answered or judged.
//!
//! ```text
//!  Journal (async face) ─▶ Queue (bounded, bytes) ─▶ one writer thread: Log.commit ─▶ Disk
//!     │ read_from, frames_of, frame                     └─ batch = all that waits, one write, one fdatasync, then receipts
//!     └▶ Catalogue: spans of the segments, index terminal → frames
//! ```
//! Sketch of one 100 B frame: 40 B of overhead (header with CRC, connection), one copy into the batch buffer, one
//! fdatasync shared by the batch (0.1 ms quiet), 11 B in the sidecar index when its segment is sealed.
//!
//! | file | subject |
//! |---|---|
//! | `disk`, `folder` | what the log asks of a disk; a real folder |
//! | `entry`, `draft` | bytes of one record; an input on its way there |
//! | `segment` | one file: header, name, preallocation |
//! | `log`, `spare`, `recovery` | the write side: commit, next segment kept ready, what a crash left |
//! | `catalogue`, `index`, `sidecar`, `head` | where everything is; per-terminal index, its file, what it reads of a frame |
//! | `reader` | durable inputs in order, or of one terminal |
//! | `recorded` | the same as a contract that does not say where they are |
//! | `journal`, `queue`, `pace`, `stats` | the public face; waiting appends; when the next batch is; figures for health |
//! | `copied` | inputs as bytes of a copy elsewhere |
//! | `gate` | receipts held back until a copy elsewhere is durable |
//! | `beginning` | where a record that has forgotten its oldest segments begins |

pub mod config;
pub mod copied;
pub mod disk;
pub mod folder;
pub mod gate;
pub mod journal;
pub mod reader;
pub mod recorded;
pub mod stats;

mod beginning;
mod catalogue;
mod draft;
mod entry;
mod head;
mod index;
mod log;
pub(crate) mod pace;
pub(crate) mod packed;
mod queue;
mod recovery;
mod segment;
mod sidecar;
mod spare;
pub(crate) mod wire;

#[cfg(test)]
mod crash_tests;
#[cfg(test)]
mod gate_tests;
#[cfg(test)]
mod head_tests;
#[cfg(test)]
mod journal_tests;
#[cfg(test)]
mod log_tests;
#[cfg(test)]
mod lossy;
#[cfg(test)]
mod recorded_tests;

use crate::{
    limits::Refused,
    model::{ids::Seq, input::Event, time::Timestamp},
};

/// An input that has no seq yet.
#[derive(Clone, Debug, PartialEq)]
pub struct NewInput {
    /// Receive time by the server's clock.
    pub received: Timestamp,
    /// What came in.
    pub event: Event,
}

/// Proof that the inputs `first..=last` are durable. Only a synced append makes one: no success is answered without it.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "whoever waited for durability owes somebody an answer"]
pub struct Receipt {
    first: Seq,
    last: Seq,
}

impl Receipt {
    fn new(first: Seq, last: Seq) -> Self {
        assert!(first <= last, "a receipt covers at least one input");
        Self { first, last }
    }

    /// Seq of the first input covered.
    #[must_use]
    pub const fn first(&self) -> Seq {
        self.first
    }

    /// Inputs covered, 1 at least.
    #[must_use]
    pub const fn inputs(&self) -> u64 {
        self.last.0 - self.first.0 + 1
    }

    /// Seq of the last input covered.
    #[must_use]
    pub const fn last(&self) -> Seq {
        self.last
    }
}

/// Why the record could not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Passing, no receipt: `record.max_bytes` is reached or the disk is full. Ask again while an answer is owed.
    #[error("the record is full ({what}); nothing more is acknowledged. Free the disk or raise record.max_bytes")]
    Full {
        /// Which limit, with figures.
        what: String,
    },
    /// Passing, no receipt: the disk refused. The next append tries a new segment.
    #[error("the disk of the record failed ({what}); nothing more is acknowledged. Check the disk and its log")]
    Failed {
        /// Which call on which file, and what the system said.
        what: String,
    },
    /// Passing: where the record is read from does not answer now.
    #[error("the record cannot be read now: {what}")]
    Unavailable {
        /// What did not answer, and why.
        what: String,
    },
    /// Theirs: the input was dropped here after it had been copied; it is read from the copy.
    #[error("input {asked:?} is no longer in this record, which begins with {first:?}; read it from the copy")]
    Forgotten {
        /// What was asked for.
        asked: Seq,
        /// The first input that is here.
        first: Seq,
    },
    /// Ours: what is on disk is not what was written. The data stay; this record must not be written on.
    #[error(
        "the record is damaged: {what}. Keep the folder as it is and restore a copy, or move it away to start anew"
    )]
    Corrupt {
        /// Segment, offset and what is wrong there.
        what: String,
    },
    /// Theirs: another process has the folder open.
    #[error("the record folder {folder} is in use by another process; stop that one first")]
    InUse {
        /// The folder.
        folder: String,
    },
    /// Theirs: an append larger than a segment takes.
    #[error(
        "an append of {bytes} bytes is over the limit of {limit} bytes (half of record.segment_bytes); raise \
         record.segment_bytes, and record.queue_bytes_max with it"
    )]
    TooLarge {
        /// Bytes asked for.
        bytes: usize,
        /// Most bytes of one append.
        limit: usize,
    },
    /// Theirs: the configuration makes no sense.
    #[error(transparent)]
    Config(Refused),
    /// The record is closing: no receipt.
    #[error("the record is closing")]
    Closed,
}
