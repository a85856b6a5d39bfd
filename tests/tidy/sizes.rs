//! Files and functions stay readable (`STYLE`: functions aim 12, refuse 70; files aim 150, refuse 600).

use super::sources;
use syn::{spanned::Spanned, visit::Visit};

const FILE_LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;
/// Places that grow into monsters everywhere, each with its budget of lines (`docs/ARCHITECTURE.md`, line budgets).
const BUDGETS: &[(&str, usize)] = &[
    ("src/gateway/connection.rs", 400),
    ("src/worker/mod.rs", 320),
    ("src/engine/apply.rs", 250),
    ("src/engine/lane.rs", 350),
    ("src/config/mod.rs", 200),
    ("src/app/mod.rs", 320),
];

#[test]
fn files_and_functions_are_short() {
    // Proves: nothing we wrote has grown past the house's roof, or past its own budget, and each file with a budget is there.
    let mut broken: Vec<String> = BUDGETS
        .iter()
        .filter(|(file, _)| !sources("src").iter().any(|source| source.path.ends_with(file)))
        .map(|(file, _)| format!("{file} is gone"))
        .collect();
    for folder in ["src", "protocols", "tests"] {
        for source in sources(folder) {
            let lines = source.text.lines().count();
            let budget = BUDGETS.iter().find(|(file, _)| source.path.ends_with(file));
            if lines > budget.map_or(FILE_LINES_MAX, |(_, lines)| *lines) {
                broken.push(format!("{}: {lines} lines", source.path.display()));
            }
            let mut finder = LongFunctions { file: source.path.display().to_string(), found: Vec::new() };
            finder.visit_file(&source.tree);
            broken.extend(finder.found);
        }
    }
    assert!(broken.is_empty(), "too long:\n{}", broken.join("\n"));
}

struct LongFunctions {
    file: String,
    found: Vec<String>,
}

impl LongFunctions {
    fn measure(&mut self, name: &syn::Ident, block: &syn::Block) {
        let span = block.span();
        let lines = span.end().line.saturating_sub(span.start().line);
        if lines > FUNCTION_LINES_MAX {
            self.found.push(format!("{}:{} {name}: {lines} lines", self.file, span.start().line));
        }
    }
}

impl<'ast> Visit<'ast> for LongFunctions {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.measure(&item.sig.ident, &item.block);
        syn::visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.measure(&item.sig.ident, &item.block);
        syn::visit::visit_impl_item_fn(self, item);
    }
}
