//! `danvan demo` as a newcomer meets it: one document, the same ranking for the same seed, nothing left running.

use std::net::TcpStream;
use std::process::Output;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use danvan_tests::binary::{Danvan, Running, free_ports, nats_server, text};
use danvan_tests::eventually::eventually;
use serde_json::Value;

const BINARY: &str = env!("CARGO_BIN_EXE_danvan");
const PORTS: u16 = 31;

fn once(data: &std::path::Path, seed: &str) -> Result<Output> {
    let (base, nats) = (free_ports(PORTS)?.to_string(), nats_server()?.display().to_string());
    let data = data.display().to_string();
    Danvan::new(BINARY).output(&[
        "demo",
        "--once",
        "--json",
        "--events-per-unit",
        "40",
        "--seed",
        seed,
        "--port-base",
        &base,
        "--data",
        &data,
        "--nats-server",
        &nats,
    ])
}

fn document(ran: &Output) -> Result<Value> {
    ensure!(ran.status.code() == Some(0), "{}: {}\n{}", ran.status, text(&ran.stdout), text(&ran.stderr));
    serde_json::from_slice(&ran.stdout).with_context(|| text(&ran.stdout))
}

#[test]
fn the_same_seed_gives_the_same_ranking_bytes_and_another_seed_gives_others() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let first = document(&once(&dir.path().join("a"), "7")?)?;
    let second = document(&once(&dir.path().join("b"), "7")?)?;
    let other = document(&once(&dir.path().join("c"), "8")?)?;
    ensure!(first["ranking"] == second["ranking"], "{first}\n{second}");
    ensure!(first["replay"]["digest"] == second["replay"]["digest"], "{}\n{}", first["replay"], second["replay"]);
    ensure!(first["replay"]["digest"] != other["replay"]["digest"], "{}", first["replay"]);
    assert_shape(&first)
}

fn assert_shape(document: &Value) -> Result<()> {
    let keys: Vec<&str> = document.as_object().context("an object")?.keys().map(String::as_str).collect();
    let mut wanted = ["preset", "units", "events", "received", "ranking", "fsck", "replay", "data", "elapsed_ms"];
    wanted.sort_unstable();
    let mut sorted = keys.clone();
    sorted.sort_unstable();
    ensure!(sorted == wanted, "{keys:?}");
    ensure!(document["preset"] == "ngoc-lac-2024" && document["units"] == 21, "{document}");
    // 40 simulated facts for each commune and the nine of the article.
    ensure!(document["events"] == 21 * 40 + 9 && document["received"] == document["events"], "{document}");
    ensure!(document["fsck"]["logs"] == 22 && document["fsck"]["findings"] == serde_json::json!([]), "{document}");
    ensure!(document["fsck"]["entries"].as_u64() > document["events"].as_u64(), "{document}");
    ensure!(document["replay"]["matches"] == true, "{document}");
    ensure!(document["replay"]["digest"].as_str().is_some_and(|digest| digest.len() == 64), "{document}");
    let rows = document["ranking"].as_array().context("rows")?;
    ensure!(rows.len() == 21, "{document}");
    for row in rows {
        let waits = row["rank"].is_null() && row["class"] == "chua_du_du_lieu";
        let ranked = row["rank"].is_u64() && row["class"] != "chua_du_du_lieu";
        let named = row["unit"].is_string() && row["name"].is_string() && row["score_centi"].is_i64();
        ensure!((waits || ranked) && named, "{row}");
    }
    Ok(())
}

#[tokio::test]
async fn no_process_outlives_a_demo_that_is_killed() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let base = free_ports(PORTS)?;
    let (data, ports) = (dir.path().join("demo").display().to_string(), base.to_string());
    let nats = nats_server()?.display().to_string();
    let words = ["demo", "--events-per-unit", "1", "--port-base", &ports, "--data", &data, "--nats-server", &nats];
    let mut demo = Running::start(Danvan::new(BINARY).command(&words), &dir.path().join("trace.txt"))?;
    let open = |port: u16| TcpStream::connect(("127.0.0.1", port)).is_ok();
    eventually("broker, aggregator and last node listen", Duration::from_secs(90), || {
        std::future::ready([base, base + 2, base + 30].into_iter().all(open).then_some(()))
    })
    .await
    .with_context(|| demo.said())?;
    ensure!(demo.ended().is_none(), "{}", demo.said());
    demo.kill()?;
    eventually("every port is free again", Duration::from_mins(1), || {
        std::future::ready((!(base..base + PORTS).any(open)).then_some(()))
    })
    .await
}

#[test]
fn a_port_in_use_is_named_before_anything_is_made() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let base = free_ports(PORTS)?;
    let _taken = std::net::TcpListener::bind(("127.0.0.1", base + 12))?;
    let data = dir.path().join("demo");
    let (ports, shown) = (base.to_string(), data.display().to_string());
    let ran = Danvan::new(BINARY).output(&["demo", "--once", "--port-base", &ports, "--data", &shown])?;
    ensure!(ran.status.code() == Some(1), "{}", ran.status);
    ensure!(text(&ran.stderr).contains(&format!("127.0.0.1:{}", base + 12)), "{}", text(&ran.stderr));
    ensure!(!data.exists(), "{shown} was made");
    Ok(())
}
