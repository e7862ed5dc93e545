//! What every command keeps: data on standard output, talk on standard error, four exit codes, both languages.

use anyhow::{Context, Result, ensure};
use danvan_tests::binary::{Danvan, free_address, text};
use serde_json::Value;

const BINARY: &str = env!("CARGO_BIN_EXE_danvan");

#[test]
fn a_wrong_command_line_ends_with_2_and_says_nothing_on_standard_output() -> Result<()> {
    for words in [&["frobnicate"][..], &["node", "init"], &["demo", "--seed", "many"], &["audit", "fsck"]] {
        let ran = Danvan::new(BINARY).output(words)?;
        ensure!(ran.status.code() == Some(2) && ran.stdout.is_empty(), "{words:?}: {}", ran.status);
    }
    Ok(())
}

#[test]
fn who_does_not_answer_ends_a_command_with_3() -> Result<()> {
    let nobody = format!("http://{}", free_address()?);
    let ran = Danvan::new(BINARY).output(&["rank", "show", "--from", &nobody])?;
    ensure!(ran.status.code() == Some(3), "{}", ran.status);
    ensure!(text(&ran.stderr).contains(&nobody), "{}", text(&ran.stderr));
    Ok(())
}

#[test]
fn an_audit_of_nothing_is_incomplete_and_proves_nothing() -> Result<()> {
    let empty = tempfile::tempdir()?;
    let ran = Danvan::new(BINARY).output(&["audit", "fsck", "--data", &empty.path().display().to_string()])?;
    ensure!(ran.status.code() == Some(3), "{}: {}", ran.status, text(&ran.stderr));
    Ok(())
}

#[test]
fn an_error_is_a_document_for_programs_and_two_languages_for_people() -> Result<()> {
    let words = ["simulate", "--preset", "atlantis"];
    let ran = Danvan::new(BINARY).output(&words)?;
    ensure!(ran.status.code() == Some(2) && ran.stdout.is_empty(), "{}", ran.status);
    let said = text(&ran.stderr);
    let (vietnamese, english) = said.trim_end().split_once('\n').context("two lines")?;
    ensure!(vietnamese.contains("không có") && english.contains("there is no"), "{said}");
    let ran = Danvan::new(BINARY).command(&words).arg("--json").output()?;
    let document: Value = serde_json::from_slice(&ran.stderr)?;
    ensure!(document["code"] == "usage" && document["message"].is_string(), "{document}");
    Ok(())
}

#[test]
fn the_same_seed_simulates_the_same_forms_each_marked_synthetic() -> Result<()> {
    let words = ["simulate", "--seed", "3", "--unit", "gso2024-15061", "--events-per-unit", "30"];
    let (first, second) = (Danvan::new(BINARY).output(&words)?, Danvan::new(BINARY).output(&words)?);
    ensure!(first.status.success() && first.stdout == second.stdout, "{}", text(&first.stderr));
    let forms: Vec<Value> = text(&first.stdout).lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    ensure!(forms.len() == 30 && forms.iter().all(|form| form["synthetic"] == true), "{} forms", forms.len());
    Ok(())
}
