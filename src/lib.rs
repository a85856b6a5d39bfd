//! 渣土哨兵 muckwatch: real JT/T 808 frames in, judged muck trucks out.
//!
//! The map of the house, from the pure centre outwards. A room may use only rooms above it in this list
//! (`tests/tidy.rs` checks the arrows); `docs/ARCHITECTURE.md` says what each room owns.

#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
pub mod model;

#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
pub mod geo;

#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
pub mod intake;

#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
pub mod track;

#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
pub mod rules;

#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
pub mod cases;

#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
pub mod engine;

#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
pub mod sim;

#[cfg(feature = "shell")]
pub mod api;
#[cfg(feature = "shell")]
pub mod app;
#[cfg(feature = "shell")]
pub mod bus;
#[cfg(feature = "shell")]
pub mod chance;
#[cfg(feature = "shell")]
pub mod cli;
#[cfg(feature = "shell")]
pub mod clock;
#[cfg(feature = "shell")]
pub mod config;
#[cfg(feature = "shell")]
pub mod gateway;
#[cfg(feature = "shell")]
pub mod limits;
#[cfg(feature = "shell")]
pub mod ops;
#[cfg(feature = "shell")]
pub mod record;
#[cfg(feature = "shell")]
pub mod store;
#[cfg(feature = "shell")]
pub mod telemetry;
#[cfg(feature = "shell")]
pub mod worker;
