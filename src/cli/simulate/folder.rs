//! What the simulator leaves on the disk: the truth, the findings, and the ledger it invented.

use super::findings::Row;
use crate::sim::{district::Demo, layers, score::Score, truth::Deed};
use anyhow::{Context, Result};
use serde::Serialize;
use std::{fs, path::Path};

/// Writes the truth, one line a deed.
pub(super) fn write_truth(folder: &Path, truth: &[Deed]) -> Result<()> {
    write_lines(&folder.join("truth.ndjson"), truth)
}

/// Writes the findings, the table, and what was missed or wrong.
pub(super) fn write_score(folder: &Path, rows: &[Row], score: &Score) -> Result<()> {
    write_lines(&folder.join("findings.ndjson"), rows)?;
    write_lines(&folder.join("misses.ndjson"), &score.misses)?;
    write(&folder.join("score.txt"), score.table().as_bytes())
}

/// Writes the ledger as a folder that `muckwatch import` takes, and the map layers beside it.
pub(super) fn write_ledger(folder: &Path, demo: &Demo) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    write(&folder.join("roads.geojson"), &serde_json::to_vec(&layers::roads(demo))?)?;
    write(&folder.join("townships.geojson"), &serde_json::to_vec(&layers::townships(demo))?)
}

fn write_lines<T: Serialize>(path: &Path, items: &[T]) -> Result<()> {
    let mut text = Vec::new();
    for item in items {
        serde_json::to_writer(&mut text, item)?;
        text.push(b'\n');
    }
    write(path, &text)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    }
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}
