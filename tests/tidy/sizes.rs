//! Files and functions stay readable (`STYLE`: functions aim 12, refuse 70; files aim 150, refuse 600).

use super::sources;
use syn::{spanned::Spanned, visit::Visit};

const FILE_LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;

#[test]
fn files_and_functions_are_short() {
    // Proves: nothing we wrote has grown past the house's roof.
    let mut broken = Vec::new();
    for folder in ["src", "protocols", "tests"] {
        for source in sources(folder) {
            let lines = source.text.lines().count();
            if lines > FILE_LINES_MAX {
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
