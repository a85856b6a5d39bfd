//! Relational data: the ledger with its history, episodes and the engine's state, the query log, leases and settings.
//!
//! One small trait per aggregate (`ledger`, `policies`, `episodes`, `queries`, `commands`, `leases`, `map`, `reports`, `settings`),
//! written as a contract;
//! `sql` is the engine behind them, `open` and `open_postgres` make it; `import` reads a ledger from a folder. Callers hold the
//! traits; only `app.rs` names the engine.

pub(crate) mod codes;
pub mod commands;
pub mod config;
pub mod episodes;
pub mod error;
pub mod faulty;
pub mod frames;
pub mod import;
pub mod leases;
pub mod ledger;
pub mod map;
mod migrations;
mod noticed;
pub mod policies;
pub mod queries;
pub mod reports;
pub mod settings;
mod sql;
pub mod standby;

pub use sql::{FILLED, FILLING, Founding, SqlStore, TableSum, inspect, inspect_postgres, open, open_postgres};
