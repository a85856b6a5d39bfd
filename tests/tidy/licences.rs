//! What we build on may be built on: licences and bans, from `cargo metadata`.

use serde_json::Value;
use std::{collections::BTreeSet, process::Command};

/// Licences whose terms an Apache-2.0 binary can meet. One of an `OR` is enough, all of an `AND` are needed.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Crates we refuse, with the reason.
const BANNED: &[(&str, &str)] = &[
    ("openssl-sys", "TLS is rustls here: a system OpenSSL makes the binary unportable"),
    ("rayon", "threads would reach the pure rooms through geo"),
];

#[test]
fn every_package_is_licensed_for_us() {
    // Proves: no dependency brings terms we cannot meet.
    let refused: Vec<String> = packages()
        .iter()
        .filter(|package| !allowed(package["license"].as_str().unwrap_or_default()))
        .map(|package| format!("{} {}: {}", package["name"], package["version"], package["license"]))
        .collect();
    assert!(refused.is_empty(), "licences not allowed:\n{}", refused.join("\n"));
}

#[test]
fn no_banned_package_is_built() {
    // Proves: the bans hold for what is really compiled, not only for what is asked for.
    let built = built_names();
    let found: Vec<_> = BANNED.iter().filter(|(name, _)| built.contains(*name)).collect();
    assert!(found.is_empty(), "banned packages in the build: {found:?}");
}

#[test]
fn one_sqlite_only() {
    // Proves: two SQLite libraries cannot end up in one binary.
    let linking = packages().iter().filter(|package| package["links"] == "sqlite3").count();
    assert_eq!(linking, 1, "exactly one package may link SQLite");
}

fn allowed(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ");
    expression
        .split(" OR ")
        .any(|choice| choice.split(" AND ").all(|licence| ALLOWED.contains(&licence.trim().trim_matches(['(', ')']))))
}

fn packages() -> Vec<Value> {
    let metadata = metadata();
    metadata["packages"].as_array().expect("a list of packages").clone()
}

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--offline",
            "--filter-platform",
            "x86_64-unknown-linux-gnu",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON from cargo metadata")
}

/// Names of the packages that the resolved build of our workspace compiles.
fn built_names() -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--workspace",
            "--locked",
            "--offline",
            "-e",
            "normal,build",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "cargo tree: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.split(' ').next().map(str::to_owned))
        .collect()
}

#[test]
fn the_licence_reader_reads() {
    // Proves: OR is a choice, AND is a burden, the old slash is an OR.
    assert!(allowed("MIT OR GPL-3.0") && allowed("MIT/Apache-2.0") && allowed("(MIT OR Apache-2.0) AND Unicode-3.0"));
    assert!(!allowed("GPL-3.0") && !allowed("MIT AND GPL-3.0") && !allowed(""));
}
