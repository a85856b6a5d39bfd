//! The one input log's vocabulary: everything that can change a verdict is one of these, with a seq.

use super::{
    fix::SessionTrust,
    ids::{ConnectionId, PolicyRevision, Revision, Seq},
    ledger::Ledger,
    time::Timestamp,
};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One input as the journal has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Its place in the journal.
    pub seq: Seq,
    /// Receive time by the server's clock.
    pub received: Timestamp,
    /// What came in.
    pub event: Event,
}

/// What came in.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A checksum-valid frame of a terminal.
    Frame(RawFrame),
    /// A connection was accepted.
    SessionOpened(SessionOpened),
    /// A connection ended.
    SessionClosed(SessionClosed),
    /// The ledger was imported; from here on it holds for all event times.
    LedgerRevised(Arc<LedgerRevision>),
    /// Rule parameters changed.
    PolicyChanged(Arc<PolicyChange>),
    /// The server's clock: once a second of wall time, whatever the clock's factor.
    Tick,
}

/// A frame exactly as it came off the wire, delimiters and escapes included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawFrame {
    /// The connection it came on.
    pub connection: ConnectionId,
    /// Whether that session had authenticated.
    pub session: SessionTrust,
    /// The escaped bytes.
    pub raw: Bytes,
}

/// A connection was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionOpened {
    /// The new connection.
    pub connection: ConnectionId,
    /// Address it came from, `host:port`.
    pub peer: String,
}

/// A connection ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionClosed {
    /// Which one.
    pub connection: ConnectionId,
    /// Why, in one of the gateway's words.
    pub reason: String,
}

/// A whole ledger and who brought it in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerRevision {
    /// Ordinal; the first is known from the beginning of time.
    pub revision: Revision,
    /// Who imported it.
    pub author: String,
    /// The ledger from now on.
    pub ledger: Ledger,
}

/// Rule parameters that hold from an event time on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PolicyChange {
    /// Ordinal among the house's changes; one that is known already changes nothing. 0 = not numbered.
    #[serde(default)]
    pub revision: PolicyRevision,
    /// SHA-256 of `policy` as it stands here, hex.
    pub hash: String,
    /// Event time from which it holds: at least `rules::policy::LEAD` after its receipt, so that it re-judges nothing where it is
    /// heard in time.
    pub from: Timestamp,
    /// Who changed it.
    pub author: String,
    /// `rules::Policy` as canonical JSON, by the program that put it in force.
    pub policy: String,
}
