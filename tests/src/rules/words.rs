//! Names, comments and messages.

use syn::visit::Visit;

use super::Breach;
use crate::source::SourceFile;

/// Words that say nothing, or something else than what the glossary says.
const BANNED_WORDS: &[&str] = &[
    "aggregate",
    "aggregates",
    "util",
    "utils",
    "helper",
    "helpers",
    "manager",
    "managers",
    "misc",
    "logger",
    "logging",
];
const BANNED_FILES: &[&str] = &["types", "common", "stuff", "mod"];
/// Names of outside crates and of their modules, which we cannot choose. A file of ours has no such name in any case.
const FOREIGN: &[&str] = &["tokio_util", "futures_util", "util"];
const UNFINISHED: &[&str] = &["TODO", "FIXME", "XXX", "HACK"];

pub(super) fn file_name(file: &SourceFile) -> Vec<Breach> {
    let parts = file.path.split('/').map(|part| part.strip_suffix(".rs").unwrap_or(part));
    parts
        .filter(|part| BANNED_FILES.contains(part) || split(part).iter().any(|word| is_banned(word)))
        .map(|part| Breach::at(1, format!("`{part}` names nothing of the domain")))
        .collect()
}

pub(super) fn banned_words(file: &SourceFile) -> Vec<Breach> {
    let chosen = file.words().iter().filter(|word| !FOREIGN.contains(&word.text.as_str()));
    chosen
        .filter(|word| split(&word.text).iter().any(|part| is_banned(part)))
        .map(|word| Breach::at(word.line, format!("`{}` is not a word of the glossary", word.text)))
        .collect()
}

fn is_banned(word: &str) -> bool {
    BANNED_WORDS.contains(&word)
}

/// The words of an identifier in lower case: `HttpUtil` and `http_util` are both `http`, `util`.
fn split(identifier: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for letter in identifier.chars() {
        let starts_word = letter == '_' || letter == '-' || letter.is_uppercase();
        if starts_word {
            words.push(String::new());
        }
        if let (true, Some(word)) = (letter.is_alphanumeric(), words.last_mut()) {
            word.extend(letter.to_lowercase());
        }
    }
    words
}

pub(super) fn comments(file: &SourceFile) -> Vec<Breach> {
    file.comments().filter_map(|(line, text)| Some(Breach::at(line, comment_fault(text)?))).collect()
}

fn comment_fault(comment: &str) -> Option<String> {
    let words = || comment.split(|letter: char| !letter.is_alphanumeric() && letter != '#');
    if let Some(word) = words().find(|word| UNFINISHED.contains(word)) {
        return Some(format!("{word}: finish it, or write an issue"));
    }
    let numbered = |word: &str| word.strip_prefix('#').is_some_and(|rest| rest.parse::<u32>().is_ok());
    let after_issue = words().zip(words().skip(1)).any(|(first, second)| {
        first.eq_ignore_ascii_case("issue") && second.trim_start_matches('#').parse::<u32>().is_ok()
    });
    (after_issue || words().any(numbered)).then(|| "an issue's number: say the reason itself".to_owned())
}

pub(super) fn error_messages(file: &SourceFile) -> Vec<Breach> {
    let mut messages = Messages::default();
    messages.visit_file(&file.syntax);
    messages.breaches
}

#[derive(Default)]
struct Messages {
    breaches: Vec<Breach>,
}

impl<'ast> Visit<'ast> for Messages {
    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if !attribute.path().is_ident("error") {
            return;
        }
        let syn::Meta::List(list) = &attribute.meta else { return };
        let Some(proc_macro2::TokenTree::Literal(literal)) = list.tokens.clone().into_iter().next() else { return };
        let line = literal.span().start().line;
        let text = literal.to_string();
        let message = text.trim_matches('"');
        let capitalised = || {
            let mut letters = message.chars();
            letters.next().is_some_and(char::is_uppercase) && letters.next().is_some_and(char::is_lowercase)
        };
        if message.ends_with('.') {
            self.breaches.push(Breach::at(line, "a final period"));
        }
        if capitalised() {
            self.breaches.push(Breach::at(line, "a capital letter"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::lines;
    use super::*;

    const PATH: &str = "crates/event/src/entry.rs";

    #[test]
    fn a_file_called_after_nothing_is_a_breach() {
        for path in ["crates/event/src/utils.rs", "crates/event/src/types.rs", "crates/ui/src/common/page.rs"] {
            assert_eq!(lines(file_name, path, "//! Entries.\n"), [1], "{path}");
        }
        assert!(lines(file_name, PATH, "//! Entries.\n").is_empty());
    }

    #[test]
    fn banned_words_are_seen_in_every_spelling_of_an_identifier() {
        assert_eq!(
            lines(banned_words, PATH, "struct KeyManager;\nfn aggregate() {}\nlet_me!(http_utils);\n"),
            [1, 2, 3]
        );
        assert!(lines(banned_words, PATH, "use tokio_util::sync;\nstruct Aggregator;\n").is_empty());
    }

    #[test]
    fn unfinished_work_and_issue_numbers_in_comments_are_breaches() {
        let text = "// TODO later\nfn a() {} // see issue 12\n/// Closes #7.\nfn b() { \"// issue 3\" }\n// Why: a disk lies.\n";
        assert_eq!(lines(comments, PATH, text), [1, 2, 3]);
    }

    #[test]
    fn a_capital_or_a_period_in_an_error_is_a_breach() {
        let text =
            "enum E {\n#[error(\"Bad key\")]\nA,\n#[error(\"bad key.\")]\nB,\n#[error(\"NATS is away\")]\nC,\n}\n";
        assert_eq!(lines(error_messages, PATH, text), [2, 4]);
    }
}
