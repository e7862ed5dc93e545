//! A node as its supervisor sees it: when it ends, and with what.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use danvan_event::{Entry, EventId};
use danvan_ledger::{LedgerReader, mark_restored};
use danvan_tests::binary::Danvan;
use danvan_tests::eventually::eventually;
use danvan_tests::fleet::{Fleet, Machine};
use danvan_tests::mirrored::mirrored;
use danvan_tlog::{SignedCheckpoint, VerifierKey};
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

/// The entries of a node that does not run.
fn entries(node: &Machine) -> Result<Vec<Vec<u8>>> {
    let reader = LedgerReader::open(&node.dir.join("ledger"))?;
    reader.entries().map(|entry| Ok(entry?.1.entry)).collect()
}

/// What the aggregator holds of the only node, byte for byte.
fn held(fleet: &Fleet) -> Result<Vec<Vec<u8>>> {
    let held = mirrored(&fleet.aggregator.dir.join("ledger"))?;
    ensure!(held.len() == 1, "{} logs", held.len());
    Ok(held.into_values().flatten().map(Entry::into_bytes).collect())
}

/// The value of a metric without labels, or of one line with its labels.
async fn metric(http: &reqwest::Client, machine: &Machine, name: &str) -> Option<u64> {
    let text = http.get(machine.url("/metrics")).send().await.ok()?.text().await.ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
    line.trim().parse().ok()
}

/// Starts the fleet and ends the node after five forms that were receipted; its directory, and a copy of it.
async fn older_copy(fleet: &mut Fleet) -> Result<(PathBuf, PathBuf)> {
    fleet.start().await?;
    record(&fleet.http().clone(), &fleet.nodes[0], 0..5).await?;
    fleet.all_receipted().await?;
    fleet.nodes[0].kill()?;
    let (dir, older) = (fleet.nodes[0].dir.clone(), fleet.root().join("older"));
    copy(&dir, &older)?;
    Ok((dir, older))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_came_out_of_a_backup_or_lost_its_ledger_gets_back_what_was_receipted() -> Result<()> {
    let mut fleet = fleet()?;
    let http = fleet.http().clone();
    let (dir, older) = older_copy(&mut fleet).await?;
    fleet.nodes[0].start()?;
    fleet.nodes[0].ready(&http).await?;
    record(&http, &fleet.nodes[0], 5..9).await?;
    fleet.all_receipted().await?;
    fleet.nodes[0].kill()?;
    let before = entries(&fleet.nodes[0])?;
    ensure!(before.len() == 10, "{}", before.len());

    std::fs::remove_dir_all(&dir)?;
    copy(&older, &dir)?;
    mark_restored(&dir.join("ledger"), "a test")?;
    let rounds =
        [("out of a backup", 9_u64), ("without its ledger", 11), ("from an older copy that bears no mark", 13)];
    for (round, first) in rounds {
        fleet.nodes[0].start()?;
        fleet.nodes[0].ready(&http).await.context(round)?;
        let back = metric(&http, &fleet.nodes[0], "danvan_node_rejoined_entries_total").await;
        ensure!(back.is_some_and(|entries| entries >= 4), "{round}: {back:?}");
        record(&http, &fleet.nodes[0], first..first + 2).await.context(round)?;
        fleet.all_receipted().await?;
        fleet.nodes[0].kill()?;
        let after = entries(&fleet.nodes[0])?;
        ensure!(after.len() as u64 == first + 3 && after[..10] == before, "{round}: {} entries", after.len());
        ensure!(held(&fleet)? == after, "{round}: the aggregator holds something else");
        std::fs::remove_dir_all(dir.join("ledger"))?;
        if first == 11 {
            copy(&older.join("ledger"), &dir.join("ledger"))?;
        }
    }
    // The last round's ledger was taken away once more.
    fleet.nodes[0].start()?;
    fleet.nodes[0].ready(&http).await?;
    fleet.publish_and_prove("2024")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_restored_from_an_older_copy_ends_and_catches_up_by_itself_once_its_aggregator_answers() -> Result<()> {
    let mut fleet = fleet()?;
    let http = fleet.http().clone();
    let (dir, older) = older_copy(&mut fleet).await?;

    // Nobody sends a receipt for what follows: only the spool knows that it was signed.
    fleet.aggregator.kill()?;
    fleet.nodes[0].start()?;
    fleet.nodes[0].ready(&http).await?;
    record(&http, &fleet.nodes[0], 5..9).await?;
    published(&http, &fleet.nodes[0], 4).await?;
    fleet.nodes[0].kill()?;
    let before = entries(&fleet.nodes[0])?;

    // Without the network nothing tells that this copy is an older one; the node ends as soon as something does.
    std::fs::remove_dir_all(&dir)?;
    copy(&older, &dir)?;
    fleet.nats.kill()?;
    fleet.nodes[0].start()?;
    fleet.nodes[0].ready(&http).await?;
    fleet.nats.start()?;
    let (status, words) = fleet.nodes[0].ended().await?;
    ensure!(status.code() == Some(1), "{status}: {words}");
    ensure!(words.contains("đã ký") && words.contains("has signed"), "{words}");

    // Its supervisor starts it again. It takes nothing in and does not end while the aggregator is away.
    fleet.nodes[0].start()?;
    let node = &fleet.nodes[0];
    let silent = "danvan_node_rejoin_attempts_total{outcome=\"silent\"}";
    eventually("the node has asked in vain", PATIENCE, || async {
        (metric(&http, node, silent).await? >= 2).then_some(())
    })
    .await?;
    let answer = http.get(node.url("/health/ready")).send().await?;
    let (status, text) = (answer.status().as_u16(), answer.text().await?);
    ensure!(status == 503 && text.contains("đang lấy lại") && text.contains("catching up"), "{status} {text}");
    let refused = http.post(node.url("/api/v1/events")).json(&survey(77)).send().await?;
    ensure!(refused.status().as_u16() == 503 && refused.headers().contains_key("retry-after"), "{}", refused.status());

    fleet.aggregator.start()?;
    fleet.ready().await?;
    record(&http, &fleet.nodes[0], 9..11).await?;
    fleet.all_receipted().await?;
    fleet.nodes[0].kill()?;
    let after = entries(&fleet.nodes[0])?;
    ensure!(after.len() == 12 && after[..10] == before, "{} entries", after.len());
    ensure!(held(&fleet)? == after, "the aggregator holds something else");
    fleet.nodes[0].start()?;
    fleet.nodes[0].ready(&http).await?;
    fleet.publish_and_prove("2024")
}

/// What was acknowledged: the index of each id.
type Acknowledged = Arc<Mutex<BTreeMap<String, u64>>>;

/// Posts one form after the other until the node takes no more.
async fn write(
    http: reqwest::Client,
    url: String,
    token: String,
    first: u64,
    acknowledged: Acknowledged,
) -> Result<()> {
    for number in first.. {
        let form = survey(number);
        let Ok(answer) = http.post(&url).bearer_auth(&token).json(&form).send().await else { break };
        if answer.status().as_u16() == 503 {
            break;
        }
        ensure!(answer.status().as_u16() == 201, "{}", answer.status());
        // A connection that breaks here leaves an entry that nobody was told of.
        let Ok(document) = answer.json::<Value>().await else { break };
        let index = document["index"].as_u64().context("an index")?;
        let id = form["id"].as_str().unwrap_or_default().to_owned();
        acknowledged.lock().map_err(|_| anyhow::anyhow!("a writer died"))?.insert(id, index);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_to_stop_ends_a_busy_node_in_order_with_everything_acknowledged_signed() -> Result<()> {
    let mut fleet = fleet()?;
    let http = fleet.http().clone();
    fleet.nodes[0].start()?;
    fleet.nodes[0].ready(&http).await?;
    let (url, token) = (fleet.nodes[0].url("/api/v1/events"), Fleet::import_token(&fleet.nodes[0])?);
    let acknowledged = Acknowledged::default();
    let writers = (0..4).map(|writer| {
        tokio::spawn(write(http.clone(), url.clone(), token.clone(), writer << 32, acknowledged.clone()))
    });
    let writers: Vec<_> = writers.collect();
    let count = || acknowledged.lock().map_or(0, |acknowledged| acknowledged.len());
    eventually("the node is busy", PATIENCE, || async { (count() >= 60).then_some(()) }).await?;
    fleet.nodes[0].terminate()?;
    let (status, words) = fleet.nodes[0].ended().await?;
    ensure!(status.code() == Some(0), "{status}: {words}");
    for writer in writers {
        writer.await??;
    }

    let dir = &fleet.nodes[0].dir;
    let reader = LedgerReader::open(&dir.join("ledger"))?;
    ensure!(reader.torn_tail().is_none(), "{:?}", reader.torn_tail());
    let key: VerifierKey = std::fs::read_to_string(dir.join("keys/node.vkey"))?.trim().parse()?;
    let latest = SignedCheckpoint::open_note(reader.checkpoints().last().context("a checkpoint")?.clone(), &key)?;
    ensure!(latest.size() == reader.size(), "{} of {} entries are signed", latest.size(), reader.size());
    let mut places = BTreeMap::new();
    for item in reader.entries() {
        let (index, record) = item.map_err(|damage| anyhow::anyhow!("{damage}"))?;
        places.insert(Entry::parse(record.entry)?.id().to_string(), index.get());
    }
    let acknowledged = acknowledged.lock().map_err(|_| anyhow::anyhow!("a writer died"))?;
    for (id, index) in acknowledged.iter() {
        ensure!(places.get(id) == Some(index), "{id} was acknowledged at {index} and is held at {:?}", places.get(id));
    }
    Ok(())
}

#[test]
fn an_address_of_the_broker_that_is_none_is_named_with_file_and_line_before_a_port_is_opened() -> Result<()> {
    let fleet = fleet()?;
    let (danvan, node) = (Danvan::new(BINARY), &fleet.nodes[0]);
    let _taken = TcpListener::bind(node.listen)?;
    let file = node.dir.join("node.toml");
    let text = std::fs::read_to_string(&file)?;
    let line = text.lines().position(|line| line.starts_with("url = ")).context("nats.url")?;
    let broken: Vec<_> = text
        .lines()
        .enumerate()
        .map(|(at, old)| if at == line { "url = \"nats://here:there\"" } else { old })
        .collect();
    std::fs::write(&file, broken.join("\n"))?;
    let data = node.dir.display().to_string();
    let ran = danvan.output(&["node", "run", "--data", &data])?;
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    ensure!(ran.status.code() == Some(2), "{}: {said}", ran.status);
    ensure!(said.contains(&format!("node.toml:{}: nats.url: ", line + 1)), "{said}");

    std::fs::write(&file, text)?;
    let ran = danvan.command(&["node", "run", "--data", &data]).env("DANVAN__NATS__URL", "4222").output()?;
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    ensure!(ran.status.code() == Some(1) && said.contains("cannot listen"), "{}: {said}", ran.status);
    Ok(())
}
