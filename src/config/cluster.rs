//! Who this process is in a house of many processes.

use crate::{
    limits::{Refusals, Refused},
    model::{ids::GatewayNumber, shard::Shards},
};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    process,
    time::Duration,
};

/// `[cluster]` of the configuration. `serve` ignores it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClusterConfig {
    /// Name of the house, kept in its database. It stands in its keys in Redis, before an id that the database drew: houses may share
    /// a cluster, also two with one name. Letters, digits, `-` and `_`.
    /// Default `muckwatch`.
    pub house: String,
    /// Number of this gateway, 1 to 510, for the `gateway` role only. No default: two gateways with one number would give
    /// two inputs one place, so a person must choose it. The same machine keeps its number for ever.
    pub gateway: Option<u16>,
    /// Shards of the house, 1 to 1,024; used once, when the house is founded, and kept in its store. Default 16: up to 16 workers,
    /// each shard good for some 20,000 fixes a second on a core.
    pub shards: u16,
    /// Name of this process in leases and metrics. Default: host name and process id.
    pub member: Option<String>,
    /// Seconds a lease lasts without renewal, 2 to 60; it is renewed each second. Default 5: a dead worker's shards move within ten
    /// seconds, a stall of the database of three seconds costs nothing.
    pub lease_s: u64,
    /// Address of `/health`, `/ready` and `/metrics` of gateway and worker processes (an api process has them at its own address).
    /// Default 127.0.0.1:9808.
    pub ops: SocketAddr,
}

impl Default for ClusterConfig {
    fn default() -> Self {
        Self {
            house: "muckwatch".to_owned(),
            gateway: None,
            shards: 16,
            member: None,
            lease_s: 5,
            ops: SocketAddr::from((Ipv4Addr::LOCALHOST, 9808)),
        }
    }
}

/// Most letters of a house's or a member's name: they stand in every key and every lease.
const NAME_LETTERS_MAX: usize = 64;
/// Shortest lease: two renewals must fit.
const LEASE_S_MIN: u64 = 2;
/// Longest lease: a dead worker's shards stand still that long.
const LEASE_S_MAX: u64 = 60;

impl ClusterConfig {
    /// The number of this gateway, if it has one.
    #[must_use]
    pub fn gateway(&self) -> Option<GatewayNumber> {
        self.gateway.map(GatewayNumber)
    }

    /// Name of this process: the one given, or host name and process id.
    #[must_use]
    pub fn member(&self) -> String {
        self.member.clone().unwrap_or_else(|| format!("{}-{}", host_name(), process::id()))
    }

    /// How long a lease lasts without renewal.
    #[must_use]
    pub const fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_s)
    }

    /// What is wrong with each value by itself.
    #[must_use]
    pub fn check(&self) -> Vec<Refused> {
        let mut wrong = Refusals::default();
        if !is_name(&self.house) {
            wrong.add("cluster.house", format!("must be 1 to {NAME_LETTERS_MAX} letters, digits, `-` or `_`"));
        }
        if let Some(number) = self.gateway {
            wrong.bound("cluster.gateway", number, 1..=u64::from(GatewayNumber::MAX.0));
        }
        wrong.bound("cluster.shards", self.shards, 1..=u64::from(Shards::MAX));
        if self.member.as_ref().is_some_and(|member| member.is_empty() || member.len() > NAME_LETTERS_MAX) {
            wrong.add("cluster.member", format!("must have 1 to {NAME_LETTERS_MAX} letters, or be left out"));
        }
        wrong.bound("cluster.lease_s", self.lease_s, LEASE_S_MIN..=LEASE_S_MAX);
        wrong.told()
    }
}

fn is_name(text: &str) -> bool {
    let good = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    !text.is_empty() && text.len() <= NAME_LETTERS_MAX && text.chars().all(good)
}

fn host_name() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name: String = name.trim().chars().take(NAME_LETTERS_MAX / 2).collect();
    if name.is_empty() { "host".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_hold_and_each_bound_is_named() {
        // Proves: the defaults pass, and a value out of range is refused under its key.
        assert_eq!(ClusterConfig::default().check(), []);
        let refused = |config: ClusterConfig| config.check().remove(0).key;
        let base = ClusterConfig::default;
        assert_eq!(refused(ClusterConfig { gateway: Some(0), ..base() }), "cluster.gateway");
        assert_eq!(refused(ClusterConfig { gateway: Some(511), ..base() }), "cluster.gateway");
        assert_eq!(refused(ClusterConfig { house: "a b".to_owned(), ..base() }), "cluster.house");
        assert_eq!(refused(ClusterConfig { shards: 0, ..base() }), "cluster.shards");
        assert_eq!(refused(ClusterConfig { lease_s: 1, ..base() }), "cluster.lease_s");
        assert_eq!(refused(ClusterConfig { member: Some(String::new()), ..base() }), "cluster.member");
        assert_eq!(ClusterConfig { gateway: Some(510), ..base() }.check(), []);
        assert!(base().member().ends_with(&process::id().to_string()));
    }
}
