//! House rules that rustc and clippy cannot state: arrows between rooms, sizes, licences, bans, fixtures.

#[path = "tidy/arrows.rs"]
mod arrows;
#[path = "tidy/licences.rs"]
mod licences;
#[path = "tidy/sizes.rs"]
mod sizes;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A parsed source file of ours.
struct Source {
    path: PathBuf,
    text: String,
    tree: syn::File,
}

/// Every Rust file below `folder`, parsed.
fn sources(folder: &str) -> Vec<Source> {
    let mut paths = Vec::new();
    rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut paths);
    paths.sort();
    assert!(!paths.is_empty(), "no Rust files below {folder}");
    paths.iter().map(|path| parse(path)).collect()
}

fn parse(path: &Path) -> Source {
    let text = fs::read_to_string(path).expect("a readable source file");
    let tree = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let path = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).expect("below the package").to_path_buf();
    Source { path, text, tree }
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a readable folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}
