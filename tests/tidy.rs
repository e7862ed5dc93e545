//! The house rules against every file of the workspace.

use std::path::{Path, PathBuf};

use danvan_tests::documents::{documents, written_files};
use danvan_tests::rules::{RULES, manifest_breaches, unreachable_files};
use danvan_tests::source::SourceFile;
use danvan_tests::spelling::misplaced_tone_marks;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn files() -> Vec<SourceFile> {
    SourceFile::all(&root()).unwrap_or_else(|error| panic!("{error:#}"))
}

fn assert_none(breaches: &[String]) {
    assert!(breaches.is_empty(), "{} breaches\n{}", breaches.len(), breaches.join("\n"));
}

#[test]
fn every_file_keeps_the_house_rules() {
    let mut breaches = Vec::new();
    for file in files() {
        for rule in RULES {
            for breach in (rule.judge)(&file) {
                breaches.push(format!("{}:{}: {}: {}", file.path, breach.line, rule.name, breach.what));
            }
        }
    }
    assert_none(&breaches);
}

#[test]
fn no_file_lies_outside_every_module() {
    assert_none(&unreachable_files(&files()));
}

#[test]
fn every_manifest_follows_the_workspace() {
    let crates = std::fs::read_dir(root().join("crates")).into_iter().flatten().flatten();
    let folders = crates.map(|entry| entry.path()).chain([root().join("tests")]);
    let mut breaches = Vec::new();
    for folder in folders {
        let path = folder.join("Cargo.toml");
        match std::fs::read_to_string(&path) {
            Ok(text) => breaches.extend(manifest_breaches(&path.display().to_string(), &text)),
            Err(error) => breaches.push(format!("{}: {error}", path.display())),
        }
    }
    assert_none(&breaches);
}

#[test]
fn every_path_that_a_document_names_is_there() {
    let mut breaches = Vec::new();
    for document in documents(&root()).unwrap_or_else(|error| panic!("{error:#}")) {
        let missing = document.missing_paths(&root()).into_iter();
        breaches.extend(missing.map(|(line, path)| format!("{}:{line}: {path} is not there", document.path)));
    }
    assert_none(&breaches);
}

#[test]
fn tone_marks_stand_alike_in_every_file() {
    let mut breaches = Vec::new();
    for file in
        written_files(&root(), &["rs", "html", "json", "md", "toml"]).unwrap_or_else(|error| panic!("{error:#}"))
    {
        let misplaced = misplaced_tone_marks(&file).into_iter();
        breaches.extend(misplaced.map(|(line, word)| format!("{}:{line}: {word}", file.path)));
    }
    assert_none(&breaches);
}

#[test]
fn the_walk_finds_the_workspace() {
    let files = files();
    for room in ["event", "tlog", "ledger", "node", "aggregator", "cli", "tests"] {
        assert!(files.iter().any(|file| file.room == room), "no file of {room}");
    }
}
