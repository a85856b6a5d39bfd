//! What the simulator leaves on the disk: the truth, the findings, and the ledger it invented.

use super::findings::Row;
use crate::{
    sim::{district::Demo, layers, score::Score, truth::Deed},
    store::import::folder_texts,
};
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
    for file in folder_texts(&demo.ledger()) {
        write(&folder.join(file.name), file.text.as_bytes())?;
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{sim::calendar::Day, store::import::read_folder};

    #[test]
    fn the_invented_ledger_passes_the_import_check() {
        // Proves: the folder written is read back without an error, every row as it was, with the map's layers.
        let folder = tempfile::tempdir().expect("a folder");
        let demo = Demo::invent(7, Day::parse("2026-11-23").expect("a date"));
        write_ledger(folder.path(), &demo).expect("written");
        let read = read_folder(folder.path()).unwrap_or_else(|errors| panic!("{errors:?}"));
        let (ours, mut theirs) = (demo.ledger(), read.ledger);
        theirs.fittings.sort_by_key(|row| row.terminal);
        assert_eq!(ours, theirs);
        assert!(read.layers.roads.is_some() && read.layers.townships.is_some());
        // The two approvals of a district that is not recognised are meant, and the import says so.
        assert_eq!(read.warnings.len(), 2, "{:?}", read.warnings);
    }
}
