//! The error report is what an office works with: each bad folder's whole report is a snapshot that people read.

use super::fixture;
use muckwatch::store::import::{read_folder, warnings_text};
use std::fs;

/// Compares a folder's report with `<folder>/report.txt`; with `UPDATE_SNAPSHOTS` set it is written instead.
fn check(folder: &str) {
    let refused = read_folder(&fixture(folder)).unwrap_err();
    let report = format!("{}{refused}\n", warnings_text(&refused.warnings));
    let snapshot = fixture(folder).join("report.txt");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&snapshot, &report).unwrap();
    }
    let expected = fs::read_to_string(&snapshot).unwrap_or_default();
    assert_eq!(report, expected, "{} differs; look at it, then run with UPDATE_SNAPSHOTS=1", snapshot.display());
}

#[test]
fn cells_that_cannot_be_read() {
    // Proves: every bad cell of every row is named with line, column, value, reason and remedy, in one run.
    check("bad-cells");
}

#[test]
fn rows_that_contradict_each_other() {
    // Proves: unknown references, doubles and overlaps between files are named; incomplete rows are warnings.
    check("bad-references");
}

#[test]
fn shapes_that_cannot_be_judged_against() {
    // Proves: swapped, crossing, degenerate, missing and foreign shapes are told apart.
    check("bad-shapes");
}

#[test]
fn files_that_cannot_be_read() {
    // Proves: a missing file, a wrong encoding, a broken heading and broken JSON are told apart.
    check("bad-files");
}

#[test]
fn a_thousand_errors_are_listed_and_the_rest_counted() {
    // Proves: a folder of the wrong kind does not flood the screen.
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(fixture("good")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    let rows: Vec<_> = (0..1_500).map(|row| format!("V-{row},red,2026-01-01,")).collect();
    let text = format!("vehicle,label,from,certificate\n{}\n", rows.join("\n"));
    fs::write(folder.path().join("labels.csv"), text).unwrap();
    let refused = read_folder(folder.path()).unwrap_err();
    assert_eq!((refused.errors.len(), refused.more), (1_000, 500));
}

#[test]
fn warnings_of_one_kind_are_told_twenty_times() {
    // Proves: a fleet without officers does not bury what else was noticed.
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(fixture("good")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    let mut trucks = fs::read_to_string(folder.path().join("vehicles.csv")).unwrap();
    trucks += &(0..50).map(|row| format!("N-{row},豫B{row:05},黄,渣土车,C-01,,,,,,,")).collect::<Vec<_>>().join("\n");
    fs::write(folder.path().join("vehicles.csv"), trucks).unwrap();
    let text = warnings_text(&read_folder(folder.path()).unwrap().warnings);
    assert_eq!(text.matches("supervising_unit").count(), 20, "{text}");
    assert!(text.contains("30 more of: a muck truck must have"), "{text}");
}
