//! `docs/rules.md` is what the catalogue says. To renew it: `UPDATE_DOCS=1 cargo test --test manual`.

use muckwatch::rules::{SOURCES, manual::manual};
use std::{fs, path::Path};

#[test]
fn the_manual_is_up_to_date() {
    // Proves: what people read is what the machine runs.
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, manual()).expect("docs can be written");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == manual(), "docs/rules.md is out of date: UPDATE_DOCS=1 cargo test --test manual");
}

#[test]
fn every_rule_opens_with_the_fixed_headings() {
    // Proves: no rule ships without saying what it flags, why it may, and what it leaves alone.
    let headings = ["What it flags", "Legal basis", "What it does not flag", "Parameters", "Evidence it needs"];
    for (rule, source) in SOURCES {
        let found: Vec<&str> = source.lines().filter_map(|line| line.strip_prefix("//! # ")).collect();
        assert_eq!(found, headings, "{}", rule.code());
    }
}
