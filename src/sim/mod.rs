//! The simulator: from a seed, a synthetic district with its roads, sites, fleet and drivers, some of whom break rules;
//! what their devices send, noise and faults included; and the truth about who did what. Pure: no clock, no I/O.
//!
//! `district` (ground, fleet, ledger) → `drivers` (motion and deeds) → `devices` (positions with errors) → `script`
//! (frames and when they leave) ; `truth` (what happened) and `score` (what was found of it).

pub mod calendar;
pub mod cast;
pub mod devices;
pub mod dice;
pub mod district;
pub mod drivers;
pub mod faults;
pub mod fleet;
pub mod ground;
pub mod journey;
pub mod layers;
pub mod offline;
pub mod outline;
pub mod roads;
pub mod score;
pub mod script;
pub mod town;
pub mod truth;
