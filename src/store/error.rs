//! What a store says when it cannot do what it was asked. The three kinds decide what the caller does next.

/// A failed call. The cause is for the log, not for users; no driver type is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Passing: the disk is full, the lock was not got in time, the server does not answer. Retry the same call; every
    /// call is idempotent, also when it failed after it had persisted.
    #[error("the store did not take the call, try again: {cause}")]
    Unavailable {
        /// What the engine said.
        cause: String,
    },
    /// Refused: the call contradicts what is stored (a stale writer, two rows of one identity). Do not retry.
    #[error("the call contradicts what is stored: {cause}")]
    Conflict {
        /// What contradicts what.
        cause: String,
    },
    /// What is stored, or what was to be stored, breaks an invariant. Stop this shard, keep the data, tell people.
    #[error("what is stored is not what it must be, stop and keep the data: {cause}")]
    Corrupt {
        /// Which invariant, for which row.
        cause: String,
    },
}

/// A store that could not be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The linked SQLite may lose committed data (WAL-reset bug, mended in 3.51.3, 3.50.7 and 3.44.6).
    #[error("SQLite {version} has the WAL-reset bug, which can lose committed data: build with 3.51.3 or later")]
    WalResetBug {
        /// The version that is linked.
        version: String,
    },
    /// The file was written by a later muckwatch.
    #[error(
        "the store has the schema step `{step}`, which this muckwatch does not know: a newer version wrote it. \
         Use that version or a later one; nothing was changed"
    )]
    NewerSchema {
        /// The first unknown step.
        step: String,
    },
    /// It is only to be read, and was written by an earlier muckwatch or by none.
    #[error(
        "{place} lacks {missing} schema steps of this muckwatch: it was made by an earlier version, or is not a store yet. Start a role \
         of this version once, which brings it up to date; nothing was changed"
    )]
    OlderSchema {
        /// Which store.
        place: String,
        /// How many steps.
        missing: usize,
    },
    /// An address of PostgreSQL cannot be read. (It is not shown: it may hold a password.)
    #[error("an address of PostgreSQL cannot be read: {cause}; it looks like postgres://user@host:5432/database")]
    Address {
        /// What is wrong with it.
        cause: String,
    },
    /// No machine says that it is the primary.
    #[error("none of {machines} PostgreSQL machines was a primary within {limit_s} s: {causes}")]
    NoPrimary {
        /// How many are configured.
        machines: usize,
        /// `open_s`
        limit_s: u64,
        /// Of each that did not say what it is, why.
        causes: String,
    },
    /// Every machine answers, and none lets us in: asking again is of no use until somebody mends it.
    #[error("PostgreSQL refuses: {cause}")]
    Refused {
        /// Of each machine its words and what to do.
        cause: String,
    },
    /// The database is made in a way that we cannot stand on.
    #[error("the PostgreSQL database is not fit: {cause}")]
    Unfit {
        /// What and how to make it right.
        cause: String,
    },
    /// The engine refused.
    #[error("cannot open the store {path}: {source}")]
    Store {
        /// Which file.
        path: String,
        /// Why.
        source: StoreError,
    },
}

impl StoreError {
    /// A `Corrupt` with its cause.
    pub(crate) fn corrupt(cause: impl Into<String>) -> Self {
        Self::Corrupt { cause: cause.into() }
    }

    /// A `Conflict` with its cause.
    pub(crate) fn conflict(cause: impl Into<String>) -> Self {
        Self::Conflict { cause: cause.into() }
    }

    /// An `Unavailable` with its cause.
    pub(crate) fn unavailable(cause: impl Into<String>) -> Self {
        Self::Unavailable { cause: cause.into() }
    }
}
