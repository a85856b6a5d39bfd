//! Which engine the store stands on, and how long it waits for it.

use crate::limits::{HOUR_S, MINUTE_MS, Refusals, Refused};
use sea_orm::sqlx::postgres::PgConnectOptions;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// `[store]` of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreConfig {
    /// Addresses of all PostgreSQL machines of the house, `postgres://user:password@host:port/database`; the one that is not
    /// in recovery is used. Default none: SQLite in the data folder.
    pub postgres: Vec<String>,
    /// Most connections of the pool of this process. Beside it a gateway holds up to 9 more on the primary, a worker or api 5: the
    /// record's, the witness's (two while the standby is away) and those that ask which machine is the primary. Default 16: each shard of a worker commits once a
    /// second for some 20 ms.
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

    /// What is wrong with each value by itself. Whether there are machines at all is the role's business.
    #[must_use]
    pub fn check(&self) -> Vec<Refused> {
        let mut wrong = Refusals::default();
        for (place, why) in self.postgres.iter().zip(1..).filter_map(|(url, at)| Some((at, wrong_machine(url)?))) {
            let reason = format!(
                "cannot be used: its address {place} {why}; write postgres://user@host:5432/database (the address is not shown \
                 here, it may hold a password)"
            );
            wrong.add("store.postgres", reason);
        }
        wrong.bound("store.connections_max", self.connections_max, 1..=CONNECTIONS_MAX);
        wrong.bound("store.call_s", self.call_s, 1..=HOUR_S);
        wrong.bound("store.probe_ms", self.probe_ms, PROBE_MS_MIN..=MINUTE_MS);
        wrong.bound("store.probe_limit_ms", self.probe_limit_ms, PROBE_MS_MIN..=MINUTE_MS);
        wrong.bound("store.open_s", self.open_s, 1..=HOUR_S);
        wrong.told()
    }
}

/// Most connections of a pool: PostgreSQL serves some hundred in all.
const CONNECTIONS_MAX: u64 = 1_000;
/// Shortest pause between two looks, and shortest limit of one.
const PROBE_MS_MIN: u64 = 10;

/// What is wrong with a machine's address, as both drivers would read it.
fn wrong_machine(url: &str) -> Option<String> {
    if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
        return Some("does not begin with postgres://".to_owned());
    }
    let read = match url.parse::<tokio_postgres::Config>() {
        Err(error) => {
            let cause = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            return Some(format!("cannot be read ({cause})"));
        }
        Ok(read) => read,
    };
    if let Err(error) = url.parse::<PgConnectOptions>() {
        return Some(format!("cannot be read ({error})"));
    }
    match (read.get_hosts().len(), read.get_ports()) {
        (0, _) => Some("names no host".to_owned()),
        (1, ports) if ports.contains(&0) => Some("has port 0".to_owned()),
        (1, _) if read.get_dbname().is_none_or(str::is_empty) => Some("names no database".to_owned()),
        (1, _) if read.get_user().is_none_or(str::is_empty) => Some("names no user".to_owned()),
        (1, _) => None,
        (_, _) => Some("names several hosts: give each an address of its own in the list".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_no_driver_can_use_is_refused() {
        // Proves: other schemes, bad ports, a missing host, database or user are refused under the key, without the password; what the
        // examples show is taken.
        let with = |url: &str| StoreConfig { postgres: vec![url.to_owned()], ..StoreConfig::default() }.check();
        for bad in [
            "http://u:secret@a:5432/db",
            "a:5432",
            "postgres://u:secret@a:0/db",
            "postgres://u:secret@a:65536/db",
            "postgres://u:secret@a:port/db",
            "postgres://u:secret@/db",
            "postgres://u:secret@a:5432",
            "postgres://a:5432/db",
            "postgres://u@a:1,b:2/db",
        ] {
            let refused = with(bad).remove(0);
            assert_eq!(refused.key, "store.postgres", "{bad}");
            assert!(!refused.reason.contains("secret"), "{refused}");
        }
        for good in ["postgres://u@10.0.0.21/db", "postgresql://u:p%40@[::1]:5432/db?sslmode=disable"] {
            assert_eq!(with(good), [], "{good}");
        }
        assert_eq!(StoreConfig::default().check(), []);
        for call_s in [0, u64::MAX] {
            assert_eq!(StoreConfig { call_s, ..StoreConfig::default() }.check().remove(0).key, "store.call_s");
        }
    }
}
