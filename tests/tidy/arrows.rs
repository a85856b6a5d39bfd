//! Arrows point down only (`docs/ARCHITECTURE.md`).

use super::{Source, sources};
use syn::visit::{self, Visit};

/// Rooms from the centre outwards. A room may use rooms of a lower layer and itself.
const LAYERS: &[(&str, u8)] = &[
    ("model", 0),
    ("geo", 1),
    ("intake", 2),
    ("track", 3),
    ("rules", 4),
    ("cases", 5),
    ("engine", 6),
    ("sim", 7),
    ("chance", 8),
    ("clock", 8),
    ("limits", 8),
    ("telemetry", 8),
    ("ops", 8),
    ("record", 9),
    ("store", 10),
    ("bus", 11),
    ("gateway", 12),
    ("worker", 12),
    ("api", 12),
    ("config", 13),
    ("app", 14),
    ("cli", 15),
];

/// Rooms that may name the wire format.
const KNOWS_THE_WIRE: &[&str] = &["gateway", "intake", "sim", "record", "cli"];

#[test]
fn rooms_depend_inwards_only() {
    // Proves: no room names a room of its own layer or above it.
    let mut broken = Vec::new();
    for source in sources("src") {
        let Some((room, layer)) = room_of(&source) else { continue };
        for used in rooms_named(&source) {
            let other = layer_of(&used);
            if used != room && other.is_some_and(|other| other >= layer) {
                broken.push(format!("{} ({room}) names {used}", source.path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "arrows against the grain:\n{}", broken.join("\n"));
}

#[test]
fn only_some_rooms_know_the_wire() {
    // Proves: rules, engine, store and worker do not know that JT/T 808 exists.
    let mut broken = Vec::new();
    for source in sources("src") {
        let Some((room, _)) = room_of(&source) else { continue };
        if !KNOWS_THE_WIRE.contains(&room.as_str()) && named_roots(&source).iter().any(|root| root == "jt808") {
            broken.push(source.path.display().to_string());
        }
    }
    assert!(broken.is_empty(), "these name jt808: {broken:?}");
}

#[test]
fn only_one_folder_knows_redis() {
    // Proves: the bus could be another engine's; nobody else names the driver.
    let mut broken = Vec::new();
    for source in sources("src") {
        let within = source.path.starts_with("src/bus/redis");
        if !within && named_roots(&source).iter().any(|root| root == "redis") {
            broken.push(source.path.display().to_string());
        }
    }
    assert!(broken.is_empty(), "these name redis: {broken:?}");
}

#[test]
fn every_room_has_a_layer() {
    // Proves: a new room cannot slip past the two tests above.
    let unknown: Vec<_> = sources("src")
        .iter()
        .filter(|source| !["lib.rs", "main.rs"].contains(&file_name(source).as_str()))
        .filter(|source| room_of(source).is_none())
        .map(|source| source.path.display().to_string())
        .collect();
    assert!(unknown.is_empty(), "give these rooms a layer in tests/tidy/arrows.rs: {unknown:?}");
}

fn file_name(source: &Source) -> String {
    source.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn room_of(source: &Source) -> Option<(String, u8)> {
    let second = source.path.components().nth(1)?.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned();
    layer_of(&second).map(|layer| (second, layer))
}

fn layer_of(room: &str) -> Option<u8> {
    LAYERS.iter().find(|(name, _)| *name == room).map(|(_, layer)| *layer)
}

/// Rooms named through `crate::…` or, in the binary, `muckwatch::…`.
fn rooms_named(source: &Source) -> Vec<String> {
    let mut finder = Finder::default();
    finder.visit_file(&source.tree);
    finder.rooms
}

fn named_roots(source: &Source) -> Vec<String> {
    let mut finder = Finder::default();
    finder.visit_file(&source.tree);
    finder.roots
}

#[derive(Default)]
struct Finder {
    rooms: Vec<String>,
    roots: Vec<String>,
}

impl Finder {
    fn saw(&mut self, root: &str, next: Option<&str>) {
        self.roots.push(root.to_owned());
        if matches!(root, "crate" | "muckwatch") {
            self.rooms.extend(next.map(str::to_owned));
        }
    }

    /// `use crate::{a, b::c}` names a and b.
    fn saw_use(&mut self, root: &str, tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => self.saw(root, Some(&path.ident.to_string())),
            syn::UseTree::Name(name) => self.saw(root, Some(&name.ident.to_string())),
            syn::UseTree::Rename(rename) => self.saw(root, Some(&rename.ident.to_string())),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.saw_use(root, item)),
            syn::UseTree::Glob(_) => self.saw(root, None),
        }
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let roots: Vec<&syn::UseTree> = match &item.tree {
            syn::UseTree::Group(group) => group.items.iter().collect(),
            single => vec![single],
        };
        for tree in roots {
            if let syn::UseTree::Path(path) = tree {
                self.saw_use(&path.ident.to_string(), &path.tree);
            }
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let test_only = item.attrs.iter().any(|attribute| {
            attribute.path().is_ident("cfg")
                && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
        });
        if !test_only {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if let Some((root, rest)) = names.split_first()
            && !rest.is_empty()
        {
            self.saw(root, rest.first().map(String::as_str));
        }
        visit::visit_path(self, path);
    }
}
