//! How long things are and what a front door holds.

use syn::spanned::Spanned;
use syn::visit::Visit;

use super::Breach;
use crate::source::SourceFile;

const PRODUCTION_LINES: usize = 400;
const INLINE_TEST_LINES: usize = 150;
const FUNCTION_LINES: usize = 70;
const MAIN_LINES: usize = 60;

pub(super) fn opens_with_its_purpose(file: &SourceFile) -> Vec<Breach> {
    if file.text.starts_with("//! ") {
        return Vec::new();
    }
    vec![Breach::at(1, "the first line is no `//!`")]
}

pub(super) fn production_lines(file: &SourceFile) -> Vec<Breach> {
    let lines = file.tests_from().map_or_else(|| file.text.lines().count(), |from| from - 1);
    if file.is_test() || lines <= PRODUCTION_LINES {
        return Vec::new();
    }
    vec![Breach::at(PRODUCTION_LINES, format!("{lines} production lines"))]
}

pub(super) fn inline_tests(file: &SourceFile) -> Vec<Breach> {
    let Some(from) = file.tests_from() else { return Vec::new() };
    let lines = file.text.lines().count() + 1 - from;
    if lines <= INLINE_TEST_LINES {
        return Vec::new();
    }
    vec![Breach::at(from, format!("{lines} lines of inline tests; give them a file of their own"))]
}

pub(super) fn function_lines(file: &SourceFile) -> Vec<Breach> {
    let mut long = LongFunctions::default();
    long.visit_file(&file.syntax);
    long.breaches
}

#[derive(Default)]
struct LongFunctions {
    breaches: Vec<Breach>,
}

impl LongFunctions {
    fn measure(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let first = signature.span().start().line;
        let lines = block.span().end().line + 1 - first;
        if lines > FUNCTION_LINES {
            self.breaches.push(Breach::at(first, format!("{} has {lines} lines", signature.ident)));
        }
    }
}

impl<'ast> Visit<'ast> for LongFunctions {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.measure(&function.sig, &function.block);
        syn::visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.measure(&function.sig, &function.block);
        syn::visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(block) = &function.default {
            self.measure(&function.sig, block);
        }
        syn::visit::visit_trait_item_fn(self, function);
    }
}

pub(super) fn front_door(file: &SourceFile) -> Vec<Breach> {
    if file.name() != "lib.rs" {
        return Vec::new();
    }
    let is_logic = |item: &&syn::Item| match item {
        syn::Item::Use(_) => false,
        syn::Item::Mod(module) => module.content.is_some(),
        _ => true,
    };
    let logic = file.syntax.items.iter().filter(is_logic);
    logic.map(|item| Breach::at(item.span().start().line, "only docs, `mod` and `use` stand in lib.rs")).collect()
}

pub(super) fn main_lines(file: &SourceFile) -> Vec<Breach> {
    let lines = file.text.lines().count();
    if file.name() != "main.rs" || lines <= MAIN_LINES {
        return Vec::new();
    }
    vec![Breach::at(MAIN_LINES, format!("{lines} lines"))]
}

#[cfg(test)]
mod tests {
    use super::super::tests::lines;
    use super::*;

    const PATH: &str = "crates/event/src/entry.rs";

    #[test]
    fn a_file_without_a_purpose_is_a_breach() {
        assert_eq!(lines(opens_with_its_purpose, PATH, "use std::fmt;\n"), [1]);
        assert!(lines(opens_with_its_purpose, PATH, "//! Entries.\n").is_empty());
    }

    #[test]
    fn line_401_of_production_is_a_breach_and_tests_do_not_count() {
        let body = "// why\n".repeat(400);
        assert!(lines(production_lines, PATH, &body).is_empty());
        assert_eq!(lines(production_lines, PATH, &format!("{body}// why\n")), [400]);
        let with_tests = format!("{body}#[cfg(test)]\nmod tests {{\n}}\n");
        assert!(lines(production_lines, PATH, &with_tests).is_empty());
    }

    #[test]
    fn long_inline_tests_are_a_breach() {
        let inside = "    // why\n".repeat(148);
        assert_eq!(lines(inline_tests, PATH, &format!("#[cfg(test)]\nmod tests {{\n{inside}}}\n")), [1]);
        assert!(lines(inline_tests, PATH, "#[cfg(test)]\nmod tests {\n}\n").is_empty());
    }

    #[test]
    fn a_function_of_71_lines_is_a_breach_wherever_it_stands() {
        let body = "    // why\n".repeat(69);
        for (head, tail) in [("", ""), ("impl A {\n", "}\n"), ("trait A {\n", "}\n"), ("mod a {\n", "}\n")] {
            let text = format!("{head}fn long() {{\n{body}}}\n{tail}");
            assert_eq!(lines(function_lines, PATH, &text).len(), 1, "{head}");
        }
        let fits = "    // why\n".repeat(68);
        assert!(lines(function_lines, PATH, &format!("fn fits() {{\n{fits}}}\n")).is_empty());
    }

    #[test]
    fn logic_in_a_front_door_is_a_breach() {
        let door = "crates/event/src/lib.rs";
        assert_eq!(lines(front_door, door, "mod entry;\npub use entry::Entry;\npub fn now() {}\n"), [3]);
        assert_eq!(lines(front_door, door, "mod entry { }\n"), [1]);
        assert!(lines(front_door, PATH, "pub fn now() {}\n").is_empty());
    }

    #[test]
    fn a_long_main_is_a_breach() {
        let text = "// why\n".repeat(61);
        assert_eq!(lines(main_lines, "crates/cli/src/main.rs", &text), [60]);
        assert!(lines(main_lines, PATH, &text).is_empty());
    }
}
