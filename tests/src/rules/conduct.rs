//! Who may print, read the clock, exit, and which words a crate must not know.

use super::Breach;
use crate::source::{SourceFile, Word};

pub(super) fn allowed_lints(file: &SourceFile) -> Vec<Breach> {
    let opens = |line: &str| line.trim_start().starts_with("#[allow(") || line.trim_start().starts_with("#![allow(");
    let lines = file.text.lines().enumerate().filter(|(_, line)| opens(line));
    lines.map(|(before, _)| Breach::at(before + 1, "write `#[expect(…, reason = …)]`")).collect()
}

pub(super) fn prints(file: &SourceFile) -> Vec<Breach> {
    if file.room == "cli" || file.room == "bench" {
        return Vec::new();
    }
    shipped_words(file, &["println", "eprintln", "print", "eprint", "dbg"])
        .filter(|word| is_macro(file, word))
        .map(|word| Breach::at(word.line, format!("{}!", word.text)))
        .collect()
}

fn is_macro(file: &SourceFile, word: &Word) -> bool {
    let line = file.text.lines().nth(word.line - 1).unwrap_or_default();
    line.contains(&format!("{}!", word.text))
}

pub(super) fn wall_clock(file: &SourceFile) -> Vec<Breach> {
    if file.room == "daemon" || file.room == "bench" {
        return Vec::new();
    }
    calls(file, &["SystemTime::now", "Zoned::now", "Utc::now", "Timestamp::now", "UNIX_EPOCH.elapsed"])
}

pub(super) fn environment(file: &SourceFile) -> Vec<Breach> {
    if file.room == "daemon" || file.room == "bench" {
        return Vec::new();
    }
    calls(file, &["env::var(", "env::var_os(", "env::vars(", "env::vars_os("])
}

pub(super) fn exits(file: &SourceFile) -> Vec<Breach> {
    if file.room == "cli" {
        return Vec::new();
    }
    calls(file, &["process::exit(", "process::abort("])
}

fn calls(file: &SourceFile, forbidden: &[&str]) -> Vec<Breach> {
    let code = |line: &str| line.split(" // ").next().unwrap_or_default().trim_start().to_owned();
    let mut breaches = Vec::new();
    for (before, line) in file.text.lines().enumerate() {
        let code = code(line);
        if code.starts_with("//") || !file.ships(before + 1) {
            continue;
        }
        let found = forbidden.iter().filter(|call| code.contains(**call));
        breaches.extend(found.map(|call| Breach::at(before + 1, *call)));
    }
    breaches
}

pub(super) fn fixed_order(file: &SourceFile) -> Vec<Breach> {
    if !["event", "projection", "ranking", "simulation", "tlog"].contains(&file.room.as_str()) {
        return Vec::new();
    }
    shipped_words(file, &["HashMap", "HashSet", "RandomState"])
        .map(|word| Breach::at(word.line, format!("{} has no fixed order", word.text)))
        .collect()
}

pub(super) fn floats(file: &SourceFile) -> Vec<Breach> {
    if !["projection", "ranking"].contains(&file.room.as_str()) {
        return Vec::new();
    }
    shipped_words(file, &["f32", "f64"]).map(|word| Breach::at(word.line, word.text.clone())).collect()
}

pub(super) fn payload_blind(file: &SourceFile) -> Vec<Breach> {
    if file.room != "journal" {
        return Vec::new();
    }
    shipped_words(file, &["Checkpoint", "Note", "LogKey", "MirrorKey", "Frontier", "Policy", "leaf_hash", "node_hash"])
        .map(|word| Breach::at(word.line, format!("the journal does not know what a `{}` is", word.text)))
        .collect()
}

pub(super) fn read_only(file: &SourceFile) -> Vec<Breach> {
    if file.room != "audit" {
        return Vec::new();
    }
    shipped_words(file, &["Ledger", "LogKey", "MirrorKey"])
        .map(|word| Breach::at(word.line, format!("an audit needs no `{}`", word.text)))
        .collect()
}

fn shipped_words<'file>(file: &'file SourceFile, wanted: &'file [&'file str]) -> impl Iterator<Item = &'file Word> {
    file.words().iter().filter(|word| wanted.contains(&word.text.as_str()) && file.ships(word.line))
}

#[cfg(test)]
mod tests {
    use super::super::tests::lines;
    use super::*;

    const PATH: &str = "crates/ranking/src/score.rs";

    #[test]
    fn an_allowed_lint_is_a_breach() {
        assert_eq!(lines(allowed_lints, PATH, "#![allow(dead_code)]\n#[allow(dead_code)]\nfn a() {}\n"), [1, 2]);
        assert!(lines(allowed_lints, PATH, "#[expect(dead_code, reason = \"soon\")]\nfn a() {}\n").is_empty());
    }

    #[test]
    fn a_print_outside_the_binary_is_a_breach() {
        let text = "fn a() {\n    println!();\n}\n#[cfg(test)]\nmod tests {\n    fn b() { println!(); }\n}\n";
        assert_eq!(lines(prints, PATH, text), [2]);
        assert!(lines(prints, "crates/cli/src/output.rs", text).is_empty());
        assert!(lines(prints, "crates/ui/src/print.rs", "fn print() {}\n").is_empty());
    }

    #[test]
    fn the_wall_clock_outside_the_daemon_is_a_breach() {
        let text = "fn a() {\n    let _ = std::time::SystemTime::now();\n}\n";
        assert_eq!(lines(wall_clock, PATH, text), [2]);
        assert!(lines(wall_clock, "crates/daemon/src/clock.rs", text).is_empty());
    }

    #[test]
    fn the_environment_outside_the_daemon_is_a_breach() {
        let text = "fn a() {\n    let _ = std::env::var(\"HOME\");\n}\n";
        assert_eq!(lines(environment, PATH, text), [2]);
        assert!(lines(environment, "crates/daemon/src/settings.rs", text).is_empty());
    }

    #[test]
    fn an_exit_outside_the_binary_is_a_breach() {
        let text = "fn a() {\n    std::process::exit(1);\n}\n";
        assert_eq!(lines(exits, PATH, text), [2]);
        assert!(lines(exits, "crates/cli/src/main.rs", text).is_empty());
    }

    #[test]
    fn hash_order_and_floats_in_the_ranking_are_breaches() {
        assert_eq!(lines(fixed_order, PATH, "use std::collections::HashMap;\n"), [1]);
        assert_eq!(lines(floats, PATH, "fn a(_: f64) {}\n"), [1]);
        assert!(lines(fixed_order, "crates/node/src/intake.rs", "use std::collections::HashMap;\n").is_empty());
        assert!(lines(floats, "crates/node/src/intake.rs", "fn a(_: f64) {}\n").is_empty());
    }

    #[test]
    fn a_journal_that_reads_checkpoints_is_a_breach() {
        let text = "use danvan_tlog::{Checkpoint, Index};\n";
        assert_eq!(lines(payload_blind, "crates/journal/src/writer.rs", text), [1]);
        assert!(lines(payload_blind, "crates/ledger/src/append.rs", text).is_empty());
    }

    #[test]
    fn an_audit_that_opens_a_ledger_is_a_breach() {
        let text = "use danvan_ledger::{Ledger, LedgerReader};\n";
        assert_eq!(lines(read_only, "crates/audit/src/fsck.rs", text), [1]);
        assert!(lines(read_only, "crates/node/src/recorder.rs", text).is_empty());
    }
}
