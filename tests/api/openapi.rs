//! `docs/openapi.json` is what the code says. `UPDATE=1 cargo test --test api openapi` writes it anew.

use std::{env, fs, path::Path};

#[test]
fn openapi_does_not_drift() {
    // Proves: the document in the repository, from which the pages' types are made, is the one the code serves.
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/openapi.json");
    let document = muckwatch::api::openapi::document().to_pretty_json().expect("the document serialises");
    let document = format!("{document}\n");
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, &document).expect("docs/ can be written");
    }
    let kept = fs::read_to_string(&path).expect("docs/openapi.json is in the repository");
    let line = kept.lines().zip(document.lines()).position(|(kept, now)| kept != now);
    assert!(
        kept == document,
        "docs/openapi.json drifts from line {line:?} on: run UPDATE=1 cargo test --test api openapi"
    );
}
