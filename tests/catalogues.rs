//! Catalogues and trees of units by the commands that an operator types, at an aggregator at rest and at one that runs, and what a
//! commune and an auditor make of them.

use anyhow::{Context, Result, ensure};
use danvan_tests::binary::{Danvan, text};
use danvan_tests::fleet::Fleet;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_danvan");
const UNIT: &str = "gso2024-15097";
const SCHEMAS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas");

/// `danvan aggregator …` with the fleet's directory and address.
fn aggregator(fleet: &Fleet, words: &[&str]) -> Result<Value> {
    let (data, to) = (fleet.aggregator.dir.display().to_string(), fleet.aggregator.url(""));
    let all = [&["aggregator"], words, &["--data", &data, "--to", &to]].concat();
    Danvan::new(BINARY).document(&all)
}

async fn get(fleet: &Fleet, path: &str) -> Result<Value> {
    Ok(fleet.http().get(fleet.aggregator.url(path)).send().await?.error_for_status()?.json().await?)
}

/// A file with errors: the command names all of them in both languages, and nothing is written.
fn refuse_a_broken_file(fleet: &Fleet, sample: &str) -> Result<()> {
    let broken = fleet.root().join("broken.json");
    let sample = std::fs::read_to_string(sample)?;
    std::fs::write(&broken, sample.replace("\"version\"", "\"edition\"").replace("\"B2\"", "\"b 2\""))?;
    let (file, data) = (broken.display().to_string(), fleet.aggregator.dir.display().to_string());
    let size = || Danvan::new(BINARY).document(&["ledger", "status", &data]).map(|status| status["size"].clone());
    let before = size()?;
    let ran = Danvan::new(BINARY).output(&["aggregator", "catalogue", "publish", &file, "--data", &data])?;
    let said = text(&ran.stderr);
    ensure!(ran.status.code() == Some(2), "{}: {said}", ran.status);
    for field in ["/edition", "/groups/0/items/1/code", "/version"] {
        ensure!(said.matches(&format!("{field}: ")).count() == 2, "{field} is not named in both languages: {said}");
    }
    ensure!(before.is_u64() && size()? == before, "something was written");
    Ok(())
}

/// The commune records the catalogue under its own labels, then its officials sign it: what they pledge was known here.
async fn use_it(fleet: &Fleet, sample: &str) -> Result<Value> {
    let node = &fleet.nodes[0];
    let (to, token) = (node.url(""), node.dir.join("staff.token").display().to_string());
    let words = [
        "node",
        "catalogue",
        "publish",
        sample,
        "--label",
        "thuc_hien=4 thể hiện",
        "--to",
        &to,
        "--token-file",
        &token,
    ];
    let recorded = Danvan::new(BINARY).document(&words)?;
    ensure!(recorded["again"] == false, "{recorded}");
    let (size, _) = fleet.progress(node).await?;
    let again = Danvan::new(BINARY).document(&words)?;
    ensure!(again["again"] == true && again["index"] == recorded["index"], "{again}");
    ensure!(fleet.progress(node).await?.0 == size, "the same catalogue was recorded twice");
    let own = Danvan::new(BINARY).document(&["node", "catalogue", "list", "--to", &to])?;
    let own = &own["catalogues"][0];
    ensure!(own["index"] == recorded["index"] && own["groups"][2]["label"] == "4 thể hiện", "{own}");
    let form = json!({
        "specversion": "1.0", "type": "vn.danvan.pledge.signed.v1", "time": "2024-03-08T07:30:00Z",
        "data": { "catalog": "thanhhoa-2024", "version": "1", "period": "2024", "collective": true, "signers": 20 },
    });
    let request = fleet.http().post(node.url("/api/v1/events")).bearer_auth(Fleet::import_token(node)?).json(&form);
    let answer = request.send().await?;
    let (status, said) = (answer.status(), answer.text().await?);
    ensure!(status.as_u16() == 201, "{status}: {said}");
    fleet.all_receipted().await?;
    Ok(recorded)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_catalogue_is_published_used_by_a_commune_and_proven_by_an_auditor() -> Result<()> {
    let mut fleet = Fleet::make(&Danvan::new(BINARY), BINARY, &[UNIT])?;
    let (sample, tree) =
        (format!("{SCHEMAS}/catalogues/thanhhoa-2024.json"), format!("{SCHEMAS}/units/tree-ngoc-lac-2024.json"));
    refuse_a_broken_file(&fleet, &sample)?;
    let at_rest = aggregator(&fleet, &["catalogue", "publish", &sample])?;
    ensure!(at_rest["status"] == "sample", "{at_rest}");
    let listed_at_rest = aggregator(&fleet, &["catalogue", "list"])?;
    fleet.start().await?;
    aggregator(&fleet, &["catalogue", "publish", &sample])?;
    let published = aggregator(&fleet, &["tree", "publish", &tree])?;
    ensure!(published["units_count"] == 23, "{published}");
    let assigned = ["unit", "assign", UNIT, "--aggregator", "ngoc-lac", "--tier", "Huyện", "--from", "2024-01-01"];
    aggregator(&fleet, &assigned)?;

    let catalogues = get(&fleet, "/api/v1/catalogues").await?;
    let listed = catalogues["catalogues"].as_array().context("a list")?;
    ensure!(listed.len() == 1 && listed[0]["status_vi"] == "nội dung mẫu – cần đơn vị xác nhận", "{catalogues}");
    ensure!(listed_at_rest == catalogues, "at rest {listed_at_rest}");
    ensure!(aggregator(&fleet, &["catalogue", "list"])? == catalogues, "the running one is asked");
    let path = format!("/api/v1/catalogues/{}", listed[0]["index"]);
    let served = fleet.http().get(fleet.aggregator.url(&path)).send().await?.bytes().await?;
    ensure!(served[..] == std::fs::read(&sample)?[..], "the file is another one");
    let trees = get(&fleet, "/api/v1/trees?on=2025-06-30").await?;
    ensure!(trees["in_force"].is_u64() && trees["in_force"] == trees["trees"][0]["index"], "{trees}");

    let recorded = use_it(&fleet, &sample).await?;
    ensure!(recorded["sha256"] == listed[0]["sha256"], "{recorded}");
    let unit = get(&fleet, &format!("/api/v1/units/{UNIT}")).await?;
    ensure!(unit["catalogues"][0]["published"] == listed[0]["index"], "{}", unit["catalogues"]);
    ensure!(unit["assigned"]["aggregator"] == "ngoc-lac" && unit["flagged"] == json!([]), "{unit}");
    fleet.publish_and_prove("2024")
}
