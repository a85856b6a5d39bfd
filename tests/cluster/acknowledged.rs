//! What the simulated terminals were told is safe.

use serde::Deserialize;
use std::{collections::BTreeSet, fs, path::Path};

/// Message id of a heartbeat: acknowledged, never recorded.
const HEARTBEAT: &str = "7e0002";

/// A frame that got its success.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Frame {
    pub(crate) terminal: String,
    pub(crate) sent_ms: i64,
    pub(crate) acknowledged_ms: i64,
    pub(crate) hex: String,
}

impl Frame {
    /// Whether it must be in the record.
    pub(crate) fn is_recorded(&self) -> bool {
        !self.hex.starts_with(HEARTBEAT)
    }
}

/// Every acknowledged frame of a run.
pub(crate) fn read(path: &Path) -> Vec<Frame> {
    let text = fs::read_to_string(path).expect("the simulator's list");
    text.lines().map(|line| serde_json::from_str(line).expect("a line of the list")).collect()
}

/// Those that are not in the record, as terminal and frame.
pub(crate) fn lost<'a>(frames: &'a [Frame], record: &BTreeSet<String>) -> Vec<(&'a str, &'a str)> {
    let gone = frames.iter().filter(|frame| frame.is_recorded() && !record.contains(&frame.hex));
    gone.map(|frame| (frame.terminal.as_str(), frame.hex.as_str())).collect()
}
