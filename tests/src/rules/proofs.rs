//! How tests are named and how they wait.

use syn::spanned::Spanned;
use syn::visit::Visit;

use super::Breach;
use crate::source::SourceFile;

/// The one place that may sleep: it polls a condition until a deadline.
const POLL: &str = "tests/src/eventually.rs";

pub(super) fn test_names(file: &SourceFile) -> Vec<Breach> {
    let mut names = TestNames::default();
    names.visit_file(&file.syntax);
    names.breaches
}

#[derive(Default)]
struct TestNames {
    breaches: Vec<Breach>,
}

impl<'ast> Visit<'ast> for TestNames {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        let is_test = |attribute: &syn::Attribute| {
            attribute.path().segments.last().is_some_and(|segment| segment.ident == "test")
        };
        let name = function.sig.ident.to_string();
        let is_sentence = name.split('_').count() >= 3 && !name.starts_with("test_");
        if function.attrs.iter().any(is_test) && !is_sentence {
            self.breaches.push(Breach::at(function.sig.span().start().line, format!("`{name}` is no sentence")));
        }
        syn::visit::visit_item_fn(self, function);
    }
}

pub(super) fn sleeps(file: &SourceFile) -> Vec<Breach> {
    if file.path == POLL {
        return Vec::new();
    }
    let words = file.words().iter().filter(|word| word.text == "sleep" && !file.ships(word.line));
    words.map(|word| Breach::at(word.line, "poll a condition until a deadline")).collect()
}

pub(super) fn skipped(file: &SourceFile) -> Vec<Breach> {
    let lines = file.text.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with("#[ignore"));
    lines.map(|(before, _)| Breach::at(before + 1, "a test that nobody runs proves nothing")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::lines;
    use super::*;

    const PATH: &str = "crates/event/src/entry/tests.rs";

    #[test]
    fn a_test_without_a_sentence_is_a_breach() {
        let text = "#[test]\nfn roundtrip() {}\n#[tokio::test]\nasync fn test_of_a_thing() {}\n#[test]\nfn a_torn_tail_is_reported() {}\n";
        assert_eq!(lines(test_names, PATH, text), [2, 4]);
    }

    #[test]
    fn a_sleeping_test_is_a_breach() {
        let text = "fn a() {\n    std::thread::sleep(x);\n}\n";
        assert_eq!(lines(sleeps, PATH, text), [2]);
        assert!(lines(sleeps, "crates/replication/src/backoff.rs", text).is_empty());
    }

    #[test]
    fn a_skipped_test_is_a_breach() {
        assert_eq!(lines(skipped, PATH, "#[test]\n#[ignore = \"slow\"]\nfn a_torn_tail_is_reported() {}\n"), [2]);
    }
}
