//! What users of the crate see, in one test binary.

#![expect(clippy::unwrap_used, reason = "a test may unwrap: its panic is its report")]

mod collection;
mod common;
mod fixtures;
mod properties;
mod quirks;
