//! The house rules: each is a function from a file to its breaches, with a snippet in its tests that breaks it.

mod conduct;
mod modules;
mod proofs;
mod shape;
mod words;

pub use modules::{manifest_breaches, unreachable_files};

use crate::source::SourceFile;

/// A place where a file breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// 1-based line.
    pub line: usize,
    /// What is wrong there, in words.
    pub what: String,
}

impl Breach {
    fn at(line: usize, what: impl Into<String>) -> Self {
        Self { line, what: what.into() }
    }
}

/// A rule that judges one file at a time.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The rule, said in a few words.
    pub name: &'static str,
    /// The judge.
    pub judge: fn(&SourceFile) -> Vec<Breach>,
}

const fn rule(name: &'static str, judge: fn(&SourceFile) -> Vec<Breach>) -> Rule {
    Rule { name, judge }
}

/// Every rule that judges one file at a time.
pub const RULES: &[Rule] = &[
    rule("a file opens with its purpose", shape::opens_with_its_purpose),
    rule("a file has at most 400 production lines", shape::production_lines),
    rule("inline tests have at most 150 lines", shape::inline_tests),
    rule("a function has at most 70 lines", shape::function_lines),
    rule("a front door has no logic", shape::front_door),
    rule("main.rs has at most 60 lines", shape::main_lines),
    rule("a file is named after a noun of the domain", words::file_name),
    rule("banned words stay out of identifiers", words::banned_words),
    rule("comments tell why, not history", words::comments),
    rule("errors are lower case without a final period", words::error_messages),
    rule("lints are expected, not allowed", conduct::allowed_lints),
    rule("only the binary prints", conduct::prints),
    rule("only the daemon reads the wall clock", conduct::wall_clock),
    rule("only the daemon reads the environment", conduct::environment),
    rule("only the binary exits", conduct::exits),
    rule("what is folded has a fixed order", conduct::fixed_order),
    rule("points are integers", conduct::floats),
    rule("the journal knows no more of the tree than index and size", conduct::payload_blind),
    rule("an audit opens no writer", conduct::read_only),
    rule("a test is named by a sentence", proofs::test_names),
    rule("a test waits for a condition, not for time", proofs::sleeps),
    rule("a test is never skipped", proofs::skipped),
];

#[cfg(test)]
mod tests {
    use super::{Breach, SourceFile};

    /// The lines on which `judge` finds a breach in `text` standing at `path`.
    pub(super) fn lines(judge: fn(&SourceFile) -> Vec<Breach>, path: &str, text: &str) -> Vec<usize> {
        let file = SourceFile::parse(path, text).unwrap_or_else(|error| panic!("{error:#}"));
        judge(&file).into_iter().map(|breach| breach.line).collect()
    }
}
