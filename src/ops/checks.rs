//! Names of the checks by which processes say what they lack, for those who say it and those who read it.

/// What a gateway has recorded reaches the bus.
pub const BUS: &str = "bus";
/// The clock of this machine is that of the store.
pub const CLOCK: &str = "clock";
/// What a gateway has recorded reaches the copy; without it nothing is acknowledged.
pub const COPY: &str = "copy";
/// The local record takes inputs; without it nothing is acknowledged.
pub const JOURNAL: &str = "journal";
/// The judge of a single machine goes on.
pub const JUDGE: &str = "judge";
/// Each shard that is held gets its ticks.
pub const JUDGING: &str = "judging";
/// Leases are looked after.
pub const LEASE: &str = "lease";
/// Workers are heard of.
pub const LIVE: &str = "live";
/// A gateway's number is held.
pub const NUMBER: &str = "number";
/// The store is not reached from here alone.
pub const REACH: &str = "reach";
/// What waits in a gateway is less than it can hold.
pub const SPOOL: &str = "spool";
/// The primary waits for a standby, and it answers.
pub const STANDBY: &str = "standby";
/// The process has started.
pub const START: &str = "start";
/// The store answers.
pub const STORE: &str = "store";
