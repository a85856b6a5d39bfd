//! Which engine the store stands on, and how long it waits for it.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// `[store]` of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreConfig {
    /// Addresses of all PostgreSQL machines of the house, `postgres://user:password@host:port/database`; the one that is not
    /// in recovery is used. Default none: SQLite in the data folder.
    pub postgres: Vec<String>,
    /// Most connections of this process to PostgreSQL, beside one to each machine that asks which is the primary. Default 16:
    /// each shard of a worker commits once a second for some 20 ms.
    pub connections_max: u32,
    /// Seconds a statement may take before the call is given up as unavailable and its connection dropped. Default 10: commits
    /// take milliseconds, and a worker with a lease of 5 s learns soon enough.
    pub call_s: u64,
    /// Milliseconds between two looks at which machine is the primary. Default 1,000; an error makes it look at once.
    pub probe_ms: u64,
    /// Milliseconds a machine has for its answer to such a look. Default 2,000; two missed answers in a row and its connections
    /// are dropped.
    pub probe_limit_ms: u64,
    /// Seconds to look for a primary at start. Default 30: a fail-over is over by then.
    pub open_s: u64,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            postgres: Vec::new(),
            connections_max: 16,
            call_s: 10,
            probe_ms: 1_000,
            probe_limit_ms: 2_000,
            open_s: 30,
        }
    }
}

impl StoreConfig {
    /// `call_s`; at least a second.
    pub(super) fn call_limit(&self) -> Duration {
        Duration::from_secs(self.call_s.max(1))
    }

    /// `probe_ms`; at least 10 ms.
    pub(super) fn probe_pause(&self) -> Duration {
        Duration::from_millis(self.probe_ms.max(10))
    }

    /// `probe_limit_ms`; at least 10 ms.
    pub(super) fn probe_limit(&self) -> Duration {
        Duration::from_millis(self.probe_limit_ms.max(10))
    }

    /// `open_s`.
    pub(super) fn open_limit(&self) -> Duration {
        Duration::from_secs(self.open_s)
    }
}
