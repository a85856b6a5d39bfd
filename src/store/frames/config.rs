//! Settings of the copy.

use serde::{Deserialize, Serialize};

/// `[copy]` of the configuration. `serve` needs none of it: its record is its journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CopyConfig {
    /// Most frame bytes of one commit. Default 1 MiB: at full load a commit every 10 ms; larger ones add waiting, not rate.
    pub batch_bytes_max: usize,
    /// Milliseconds between two commits while few inputs wait. Default 2: at 20,000 single frames a second a commit carries sixty
    /// instead of six; a frame that comes alone goes at once.
    pub pace_ms: u64,
    /// Milliseconds until a connection must stand, of each server. Default 2,000.
    pub connect_ms: u64,
    /// Milliseconds without a sign of life until a server counts as dead, though its connection stands. Default 5,000.
    pub dead_ms: u64,
    /// Milliseconds until a commit must be answered. Default 30,000: a commit waits for its standby as long as it takes, and
    /// dropping the connection does not cancel it; this is for a server that is stopped.
    pub answer_ms: u64,
    /// Milliseconds of the longest pause between two attempts. Default 1,000: acknowledgements are back a second after the server.
    pub retry_ms_max: u64,
    /// Bytes of batches of one gateway at which they are made into blocks. Default 4 MiB: readers hold that much per gateway.
    pub compact_bytes: u64,
    /// Seconds after which they are made into blocks, however few. Default 30.
    pub compact_s: u64,
    /// Most bytes of batches that are made into blocks at once. Default 16 MiB.
    pub compact_bytes_max: u64,
}

impl Default for CopyConfig {
    fn default() -> Self {
        Self {
            batch_bytes_max: 1 << 20,
            pace_ms: 2,
            connect_ms: 2_000,
            dead_ms: 5_000,
            answer_ms: 30_000,
            retry_ms_max: 1_000,
            compact_bytes: 4 << 20,
            compact_s: 30,
            compact_bytes_max: 16 << 20,
        }
    }
}
