//! `danvan ledger` on the directory of a real node: looked at and exported while it runs, damaged, verified, repaired.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use danvan_tests::binary::{Danvan, text};
use danvan_tests::fleet::Fleet;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_danvan");
const UNIT: &str = "gso2024-15097";
const FORMS: u64 = 60;

/// `danvan ledger … --json`: the exit code and the document, or what was said instead.
fn ledger(words: &[&dyn AsRef<Path>]) -> Result<(i32, Value)> {
    let mut all = vec![OsString::from("ledger")];
    all.extend(words.iter().map(|word| word.as_ref().as_os_str().to_owned()));
    all.push("--json".into());
    let ran = Danvan::new(BINARY).output(&all)?;
    let said = if ran.stdout.is_empty() { &ran.stderr } else { &ran.stdout };
    let document = serde_json::from_slice(said).with_context(|| text(said))?;
    Ok((ran.status.code().context("a code")?, document))
}

/// A node that has recorded some forms, and still runs.
async fn recording() -> Result<Fleet> {
    let danvan = Danvan::new(BINARY);
    let mut fleet = Fleet::make(&danvan, BINARY, &[UNIT])?;
    let http = fleet.http().clone();
    let node = &mut fleet.nodes[0];
    node.start()?;
    node.ready(&http).await?;
    let token = Fleet::import_token(node)?;
    for _ in 0..FORMS {
        let form = json!({
            "specversion": "1.0",
            "type": "vn.danvan.survey.answered.v1",
            "data": { "channel": "phone", "rating": 5 },
        });
        let request = http.post(node.url("/api/v1/events")).bearer_auth(&token).json(&form);
        ensure!(request.send().await?.status().as_u16() == 201, "a form was not taken");
    }
    Ok(fleet)
}

async fn stopped() -> Result<Fleet> {
    let mut fleet = recording().await?;
    fleet.nodes[0].terminate()?;
    let (status, said) = fleet.nodes[0].ended().await?;
    ensure!(status.success(), "{status}: {said}");
    Ok(fleet)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for item in fs::read_dir(from)? {
        let item = item?;
        fs::copy(item.path(), to.join(item.file_name()))?;
    }
    Ok(())
}

/// Changes one byte of an entry that was acknowledged long ago.
fn damage(ledger: &Path) -> Result<()> {
    let names = fs::read_dir(ledger)?.map(|item| Ok(item?.path())).collect::<Result<Vec<PathBuf>>>()?;
    let segment = names.iter().find(|path| path.extension().is_some_and(|ending| ending == "segment"));
    let segment = segment.context("a segment")?;
    let mut bytes = fs::read(segment)?;
    bytes[6000] ^= 1;
    Ok(fs::write(segment, bytes)?)
}

#[tokio::test]
async fn a_running_ledger_is_looked_at_verified_and_exported() -> Result<()> {
    let fleet = recording().await?;
    let node = &fleet.nodes[0];
    let (code, status) = ledger(&[&"status", &node.dir])?;
    ensure!(code == 0 && status["findings"] == json!([]), "{code}: {status}");
    ensure!(status["size"] == FORMS + 1 && status["holder"]["state"] != "nobody", "{status}");
    ensure!(status["reserve_bytes"].as_u64() > Some(0) && status["segments"] == 1, "{status}");
    let (code, verdict) = ledger(&[&"verify", &node.dir.join("ledger"), &"--threads", &"1"])?;
    ensure!(code == 0 && verdict["sound"] == true && verdict["vkey"].is_string(), "{code}: {verdict}");
    ensure!(verdict["entries"].as_u64() >= Some(FORMS + 1) && verdict["mb_per_second"].is_number(), "{verdict}");
    let out = fleet.root().join("out");
    let (code, exported) = ledger(&[&"export", &node.dir, &"--out", &out])?;
    ensure!(code == 0 && exported["logs"] == 1 && exported["entries"] == FORMS + 1, "{code}: {exported}");
    let judged = Danvan::new(BINARY).document(&["audit", "fsck", &out.display().to_string()])?;
    ensure!(judged["entries"] == FORMS + 1 && judged["findings"] == json!([]), "{judged}");
    let (code, refused) = ledger(&[&"repair", &node.dir])?;
    ensure!(code == 1 && refused["code"] == "failed", "{code}: {refused}");
    Ok(())
}

#[tokio::test]
async fn a_damaged_ledger_is_found_rehearsed_and_repaired_from_a_copy() -> Result<()> {
    let fleet = stopped().await?;
    let dir = &fleet.nodes[0].dir;
    let spare = fleet.root().join("spare");
    copy(&dir.join("ledger"), &spare)?;
    damage(&dir.join("ledger"))?;

    let (code, verdict) = ledger(&[&"verify", dir])?;
    let finding = &verdict["findings"][0];
    ensure!(code == 1 && verdict["sound"] == false, "{code}: {verdict}");
    ensure!(finding["code"] == "damaged" && finding["segment"] == 0 && finding["offset"].is_u64(), "{verdict}");
    ensure!(finding["vi"] != finding["en"], "{verdict}");
    let (code, _) = ledger(&[&"status", dir])?;
    ensure!(code == 1, "a glance at the last segment misses the damage");

    let (code, lost) = ledger(&[&"repair", dir, &"--dry-run"])?;
    ensure!(code == 1 && lost["outcome"] == "irreparable", "{code}: {lost}");
    ensure!(lost["known"] == FORMS + 1 && lost["lost_entries"].as_u64() > Some(0), "{lost}");
    let before = fs::read_dir(dir)?.count();
    let (code, plan) = ledger(&[&"repair", dir, &"--from", &spare, &"--dry-run"])?;
    ensure!(code == 10 && plan["outcome"] == "repaired" && plan["evidence"].is_null(), "{code}: {plan}");
    ensure!(fs::read_dir(dir)?.count() == before, "a rehearsal wrote something");

    let (code, done) = ledger(&[&"repair", dir, &"--from", &spare])?;
    ensure!(code == 0 && done["outcome"] == "repaired" && done["root"] == plan["root"], "{code}: {done}");
    ensure!(done["fetched"] == plan["fetched"] && done["size"] == FORMS + 1, "{done}");
    let evidence = done["evidence"].as_str().context("the evidence")?;
    ensure!(Path::new(evidence).is_dir(), "{evidence}");
    let (code, verdict) = ledger(&[&"verify", dir])?;
    ensure!(code == 0 && verdict["root"] == done["root"], "{code}: {verdict}");
    let (code, nothing) = ledger(&[&"repair", dir, &"--from", &spare])?;
    ensure!(code == 0 && nothing["outcome"] == "nothing_to_do", "{code}: {nothing}");

    fs::remove_dir_all(dir.join("ledger"))?;
    let (code, gone) = ledger(&[&"repair", dir, &"--from", &spare])?;
    ensure!(code == 3 && gone["message"].as_str().is_some_and(|said| said.contains("empty")), "{code}: {gone}");
    fs::create_dir(dir.join("ledger"))?;
    let (code, whole) = ledger(&[&"repair", dir, &"--from", &spare])?;
    ensure!(code == 0 && whole["root"] == done["root"] && whole["fetched"][0]["start"] == 0, "{code}: {whole}");
    Ok(())
}

#[tokio::test]
async fn people_read_both_languages_and_every_place_names_its_log() -> Result<()> {
    let fleet = stopped().await?;
    let dir = fleet.nodes[0].dir.display().to_string();
    damage(&fleet.nodes[0].dir.join("ledger"))?;
    for (words, expected) in [
        (vec!["ledger", "status", &dir], ["Mục | Entries", "damaged: dữ liệu"]),
        (vec!["ledger", "verify", &dir], ["MB/s", "damaged: dữ liệu"]),
        (vec!["ledger", "repair", &dir], ["KHÔNG SỬA ĐƯỢC", "--from"]),
    ] {
        let ran = Danvan::new(BINARY).output(&words)?;
        let said = text(&ran.stdout);
        ensure!(ran.status.code() == Some(1), "{words:?}: {}", ran.status);
        ensure!(expected.iter().all(|word| said.contains(word)) && said.contains(UNIT), "{words:?}: {said}");
    }
    let policy = fleet.root().join("policy").display().to_string();
    let ran = Danvan::new(BINARY).output(&["audit", "fsck", &dir, "--policy", &policy])?;
    let said = text(&ran.stdout);
    ensure!(ran.status.code() == Some(1), "{}", ran.status);
    let named = said.lines().any(|line| line.starts_with("damaged ") && line.contains(&format!("/u/{UNIT}")));
    ensure!(named, "{said}");
    Ok(())
}

#[test]
fn what_is_no_ledger_is_incomplete_and_a_missing_key_is_usage() -> Result<()> {
    let empty = tempfile::tempdir()?;
    for command in ["status", "verify", "export"] {
        let out = empty.path().join("out");
        let mut words: Vec<&dyn AsRef<Path>> = vec![&command, &empty];
        if command == "export" {
            words.extend([&"--out" as &dyn AsRef<Path>, &out]);
        }
        let (code, said) = ledger(&words)?;
        ensure!(code == 3 && said["code"] == "incomplete", "{command}: {code}: {said}");
    }
    let (code, said) = ledger(&[&"repair", &empty])?;
    ensure!(code == 2 && said["code"] == "usage", "{code}: {said}");
    Ok(())
}
