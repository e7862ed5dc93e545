//! A node whose disk lost what nobody else holds: its log ends, the next one goes on, and everything that can be proven is.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use danvan_tests::binary::{Danvan, text};
use danvan_tests::fleet::Fleet;
use danvan_tests::mirrored::mirrored;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_danvan");
const UNIT: &str = "gso2024-15097";
/// Forms that the aggregator receipts, and those that only the node has.
const RECEIPTED: u32 = 10;
const ALONE: u32 = 20;
/// The form whose entry is damaged.
const LOST: u32 = 17;

fn id(number: u32) -> String {
    format!("018e1cfa-1b40-7abc-8def-{number:012x}")
}

/// Posts one form; the status and what the node says.
async fn post(fleet: &Fleet, number: u32) -> Result<(u16, Value)> {
    let node = &fleet.nodes[0];
    let form = json!({
        "specversion": "1.0", "type": "vn.danvan.survey.answered.v1", "id": id(number), "time": "2024-03-08T07:30:00Z",
        "data": { "channel": "phone", "rating": 5 },
    });
    let request = fleet.http().post(node.url("/api/v1/events")).bearer_auth(Fleet::import_token(node)?).json(&form);
    let answer = request.send().await?;
    Ok((answer.status().as_u16(), answer.json().await?))
}

/// `danvan ledger …` on the node: the exit code and the document, or what was said instead.
fn ledger(fleet: &Fleet, command: &str, more: &[&str]) -> Result<(i32, Value)> {
    let (dir, aggregator) = (fleet.nodes[0].dir.display().to_string(), fleet.aggregator.dir.display().to_string());
    let words = ["ledger", command, &dir, "--from", &aggregator, "--json"];
    let ran = Danvan::new(BINARY).output(&[&words[..], more].concat())?;
    let said = if ran.stdout.is_empty() { &ran.stderr } else { &ran.stdout };
    let document = serde_json::from_slice(said).with_context(|| text(said))?;
    Ok((ran.status.code().context("a code")?, document))
}

/// Changes one byte of the entry of a form.
fn damage(ledger: &Path, number: u32) -> Result<()> {
    let segment = ledger.join("0000000000.segment");
    let mut bytes = fs::read(&segment)?;
    let id = id(number);
    let at = bytes.windows(id.len()).position(|window| window == id.as_bytes()).context("the entry of the form")?;
    bytes[at] ^= 1;
    Ok(fs::write(segment, bytes)?)
}

/// A stopped fleet: the first forms are receipted, the others lie on the node alone.
async fn cut_off() -> Result<Fleet> {
    let mut fleet = Fleet::make(&Danvan::new(BINARY), BINARY, &[UNIT])?;
    fleet.start().await?;
    for number in 0..RECEIPTED {
        ensure!(post(&fleet, number).await?.0 == 201, "a form was not taken");
    }
    fleet.all_receipted().await?;
    fleet.aggregator.terminate()?;
    fleet.aggregator.ended().await?;
    fleet.nats.kill()?;
    for number in RECEIPTED..RECEIPTED + ALONE {
        ensure!(post(&fleet, number).await?.0 == 201, "a form was not taken");
    }
    fleet.nodes[0].terminate()?;
    fleet.nodes[0].ended().await?;
    Ok(fleet)
}

/// What an operator does with the new key: enrols it, and hands out a policy that lists it.
fn enrol(fleet: &Fleet, vkey: &str) -> Result<()> {
    let data = fleet.aggregator.dir.display().to_string();
    Danvan::new(BINARY).document(&["aggregator", "unit", "add", UNIT, vkey, "--data", &data])?;
    let policy = fleet.root().join("policy");
    let listed = fs::read_to_string(&policy)?;
    Ok(fs::write(policy, format!("log {vkey}\n{listed}"))?)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_past_repair_goes_on_and_an_audit_names_the_one_before() -> Result<()> {
    let mut fleet = cut_off().await?;
    let dir = fleet.nodes[0].dir.clone();
    damage(&dir.join("ledger"), LOST)?;
    let (code, lost) = ledger(&fleet, "repair", &[])?;
    ensure!(code == 1 && lost["outcome"] == "irreparable" && lost["lost_entries"] == 1, "{code}: {lost}");

    let (code, shown) = ledger(&fleet, "succeed", &[])?;
    ensure!(code == 10 && shown["outcome"] == "would_succeed" && shown["lost_entries"] == 1, "{code}: {shown}");
    let origin = shown["origin"].as_str().context("an origin")?;
    ensure!(!dir.join("ledger.ended-1").exists() && !dir.join("keys/node-2.key").exists(), "showing changed something");
    let (code, refused) = ledger(&fleet, "succeed", &["--end-log", "elsewhere.vn/u/x"])?;
    ensure!(code == 2, "{code}: {refused}");
    let (code, done) = ledger(&fleet, "succeed", &["--end-log", origin])?;
    ensure!(code == 0 && done["lost"] == 1 && done["carried"] == ALONE - 1, "{code}: {done}");
    ensure!(done["size"] == RECEIPTED + 1 && done["successor"] == format!("{origin}/2"), "{done}");
    let (code, again) = ledger(&fleet, "succeed", &["--end-log", origin])?;
    ensure!(code == 0 && again == done, "{code}: {again}");
    for place in ["ledger", "ledger.ended-1"] {
        let place = dir.join(place).display().to_string();
        let verdict = Danvan::new(BINARY).document(&["ledger", "verify", &place])?;
        ensure!(verdict["sound"] == true, "{verdict}");
    }

    enrol(&fleet, done["vkey"].as_str().context("a key")?)?;
    fleet.start().await?;
    for number in [0, RECEIPTED - 1, RECEIPTED, RECEIPTED + ALONE - 1] {
        let (status, said) = post(&fleet, number).await?;
        ensure!(status == 200 && said["duplicate"] == true, "{number}: {status}: {said}");
    }
    ensure!(post(&fleet, LOST).await?.0 == 201 && post(&fleet, 999).await?.0 == 201, "new facts are not taken");
    fleet.all_receipted().await?;
    let held = mirrored(&fleet.aggregator.dir.join("ledger"))?;
    let count = |log: &str| held.get(log).map_or(0, Vec::len);
    ensure!(count(origin) == RECEIPTED as usize + 1, "{}", count(origin));
    // Its first entry, what was carried on, what is lost, and two more.
    ensure!(count(&format!("{origin}/2")) == ALONE as usize + 3, "{}", count(&format!("{origin}/2")));
    fleet.publish_and_prove("2024")?;

    let data = fleet.root().display().to_string();
    let fsck = Danvan::new(BINARY).document(&["audit", "fsck", "--data", &data])?;
    let logs = fsck["origins"].as_array().context("the logs")?;
    let next = logs.iter().find(|log| log["origin"] == format!("{origin}/2")).context("the log that goes on")?;
    ensure!(next["previous"]["origin"] == origin && next["previous"]["size"] == RECEIPTED + 1, "{next}");
    let ended = logs.iter().find(|log| log["origin"] == origin).context("the log that ended")?;
    ensure!(ended["ended"]["successor"] == format!("{origin}/2"), "{ended}");
    let unit = fleet.http().get(fleet.aggregator.url(&format!("/api/v1/units/{UNIT}"))).send().await?;
    let unit: Value = unit.json().await?;
    ensure!(unit["log"]["origin"] == format!("{origin}/2") && unit["flagged"] == json!([]), "{unit}");
    ensure!(unit["log"]["size"] == RECEIPTED + 1 + ALONE + 3, "{}", unit["log"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_nobody_has_heard_of_is_handed_on_before_the_one_that_goes_on() -> Result<()> {
    let mut fleet = Fleet::make(&Danvan::new(BINARY), BINARY, &[UNIT])?;
    let http = fleet.http().clone();
    fleet.nodes[0].start()?;
    fleet.nodes[0].ready(&http).await?;
    for number in 0..ALONE {
        ensure!(post(&fleet, number).await?.0 == 201, "a form was not taken");
    }
    fleet.nodes[0].terminate()?;
    fleet.nodes[0].ended().await?;
    damage(&fleet.nodes[0].dir.join("ledger"), LOST)?;
    let (code, shown) = ledger(&fleet, "succeed", &[])?;
    ensure!(code == 10, "{code}: {shown}");
    let origin = shown["origin"].as_str().context("an origin")?;
    let (code, done) = ledger(&fleet, "succeed", &["--end-log", origin])?;
    ensure!(code == 0 && done["size"] == LOST + 1 && done["carried"] == ALONE - LOST - 1, "{code}: {done}");
    enrol(&fleet, done["vkey"].as_str().context("a key")?)?;
    fleet.start().await?;
    ensure!(post(&fleet, LOST).await?.0 == 201, "what was lost is not taken");
    fleet.all_receipted().await?;
    let held = mirrored(&fleet.aggregator.dir.join("ledger"))?;
    ensure!(held.get(origin).map(Vec::len) == Some(LOST as usize + 1), "{:?}", held.keys());
    fleet.publish_and_prove("2024")
}

#[test]
fn only_a_node_is_given_up_and_only_one_that_is_past_repair() -> Result<()> {
    let fleet = Fleet::make(&Danvan::new(BINARY), BINARY, &[UNIT])?;
    let said = |dir: &Path| Danvan::new(BINARY).output(&["ledger", "succeed", &dir.display().to_string()]);
    let aggregator = said(&fleet.aggregator.dir)?;
    ensure!(aggregator.status.code() == Some(2), "{}", text(&aggregator.stderr));
    let sound = said(&fleet.nodes[0].dir)?;
    ensure!(sound.status.code() == Some(1) && text(&sound.stderr).contains("repair"), "{}", text(&sound.stderr));
    Ok(())
}
