//! A node as its supervisor sees it: when it ends, and with what.

use std::cell::RefCell;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use danvan_event::EventId;
use danvan_tests::binary::Danvan;
use danvan_tests::eventually::eventually;
use danvan_tests::fleet::{Fleet, Machine};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_danvan");
const UNIT: &str = "gso2024-15097";
const PATIENCE: Duration = Duration::from_secs(90);
/// 8 March 2024, 07:30 UTC, in milliseconds.
const MORNING: u64 = 1_709_883_000_000;

fn fleet() -> Result<Fleet> {
    Fleet::make(&Danvan::new(BINARY), BINARY, &[UNIT])
}

fn survey(number: u64) -> Value {
    let mut random = [0; 10];
    random[..8].copy_from_slice(&number.to_be_bytes());
    json!({
        "specversion": "1.0",
        "id": EventId::from_parts(MORNING, random).to_string(),
        "type": "vn.danvan.survey.answered.v1",
        "time": "2024-03-08T07:30:00Z",
        "data": { "channel": "paper", "rating": 5 },
    })
}

async fn record(http: &reqwest::Client, node: &Machine, numbers: std::ops::Range<u64>) -> Result<()> {
    let token = Fleet::import_token(node)?;
    for number in numbers {
        let request = http.post(node.url("/api/v1/events")).bearer_auth(&token).json(&survey(number));
        let answer = request.send().await?;
        ensure!(answer.status().as_u16() == 201, "{}: {}", answer.status(), answer.text().await?);
    }
    Ok(())
}

/// Waits until the node has handed so many entries to the broker.
async fn published(http: &reqwest::Client, node: &Machine, entries: u64) -> Result<()> {
    let url = node.url("/metrics");
    eventually("the entries are in the spool", PATIENCE, || async {
        let text = http.get(&url).send().await.ok()?.text().await.ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("danvan_node_published_entries_total "))?;
        (line.trim().parse::<u64>().ok()? >= entries).then_some(())
    })
    .await
}

/// Waits until the machine ends by itself; its status and what it said.
async fn last_words(machine: &mut Machine) -> Result<String> {
    let running = RefCell::new(machine);
    let ended = eventually("the process ends", PATIENCE, || async { running.borrow_mut().check().err() }).await?;
    Ok(ended.to_string())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for item in std::fs::read_dir(from)? {
        let path = item?.path();
        let target = to.join(path.file_name().context("a name")?);
        if path.is_dir() {
            copy(&path, &target)?;
        } else {
            std::fs::copy(&path, &target)?;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_restored_from_an_older_copy_ends_and_takes_nothing_in_at_any_later_start() -> Result<()> {
    let mut fleet = fleet()?;
    fleet.start().await?;
    let http = fleet.http().clone();
    record(&http, &fleet.nodes[0], 0..5).await?;
    fleet.all_receipted().await?;
    fleet.nodes[0].kill()?;
    let (dir, older) = (fleet.nodes[0].dir.clone(), fleet.root().join("older"));
    copy(&dir, &older)?;

    // Nobody sends a receipt for what follows: only the spool knows that it was signed.
    fleet.aggregator.kill()?;
    fleet.nodes[0].start()?;
    fleet.nodes[0].ready(&http).await?;
    record(&http, &fleet.nodes[0], 5..9).await?;
    published(&http, &fleet.nodes[0], 4).await?;
    fleet.nodes[0].kill()?;

    std::fs::remove_dir_all(&dir)?;
    copy(&older, &dir)?;
    for start in ["the first", "the second"] {
        fleet.nodes[0].start()?;
        let words = last_words(&mut fleet.nodes[0]).await?;
        ensure!(words.contains("exit status: 1"), "{start} start: {words}");
        ensure!(words.contains("đã ký") && words.contains("has signed"), "{start} start: {words}");
    }
    Ok(())
}
