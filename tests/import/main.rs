//! What an office sees when it brings in its ledger: good folders as they are, bad ones with every error named.
#![cfg(feature = "shell")]
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod command;
mod good;
mod policy;
mod reports;
mod round_trip;
#[path = "../store/sample.rs"]
mod sample;

use std::path::PathBuf;

/// A folder of `fixtures/ledger`.
fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/ledger").join(name)
}
