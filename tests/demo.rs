//! `danvan demo` as a newcomer meets it: one document, the same ranking for the same seed, nothing left running.

use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use danvan_tests::binary::{Danvan, Running, Turn, free_ports, nats_server, text};
use danvan_tests::eventually::eventually;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

const BINARY: &str = env!("CARGO_BIN_EXE_danvan");
const PORTS: u16 = 31;
/// Generous: two cores may be shared with a compiler.
const PATIENCE: Duration = Duration::from_mins(2);
/// Events per commune where a test is not about their number.
const FEW: u64 = 15;

/// The ports of one demonstration.
struct Ports {
    base: u16,
    _turn: Turn,
}

/// `danvan demo` on ports of its own, with its directory below `dir`; not started yet.
fn demo(dir: &Path, words: &[&str]) -> Result<(Command, Ports)> {
    let ports = Ports { _turn: Turn::take(), base: free_ports(PORTS)? };
    let mut command = Danvan::new(BINARY).command(&["demo"]);
    command.args(words).args(["--port-base", &ports.base.to_string()]);
    command.arg("--data").arg(dir.join("demo")).arg("--nats-server").arg(nats_server()?);
    Ok((command, ports))
}

impl Ports {
    /// Whether somebody listens.
    fn is_open(port: u16) -> bool {
        TcpStream::connect(("127.0.0.1", port)).is_ok()
    }

    fn broker_listens(&self) -> bool {
        Self::is_open(self.base)
    }

    fn all_listen(&self) -> bool {
        [self.base, self.base + 2, self.base + 30].into_iter().all(Self::is_open)
    }

    fn nobody_listens(&self) -> bool {
        !(self.base..self.base + PORTS).any(Self::is_open)
    }
}

async fn until(what: &str, holds: impl Fn() -> bool) -> Result<()> {
    eventually(what, PATIENCE, || std::future::ready(holds().then_some(()))).await
}

fn once(dir: &Path, seed: &str) -> Result<Output> {
    std::fs::create_dir_all(dir)?;
    let (mut command, _ports) =
        demo(dir, &["--once", "--json", "--events-per-unit", &FEW.to_string(), "--seed", seed])?;
    Ok(command.output()?)
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
    assert_shape(&first, FEW)
}

#[test]
fn the_demonstration_that_a_newcomer_starts_proves_itself_and_leaves_nothing_running() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let (mut command, ports) = demo(dir.path(), &["--once", "--json"])?;
    let document = document(&command.output()?)?;
    ensure!(ports.nobody_listens(), "something still runs");
    ensure!(document["ranking"].as_array().is_some_and(|rows| rows.iter().any(|row| row["rank"] == 1)), "{document}");
    assert_shape(&document, 400)
}

fn assert_shape(document: &Value, events_per_unit: u64) -> Result<()> {
    let keys: Vec<&str> = document.as_object().context("an object")?.keys().map(String::as_str).collect();
    let mut wanted = ["preset", "units", "events", "received", "ranking", "fsck", "replay", "data", "elapsed_ms"];
    wanted.sort_unstable();
    let mut sorted = keys.clone();
    sorted.sort_unstable();
    ensure!(sorted == wanted, "{keys:?}");
    ensure!(document["preset"] == "ngoc-lac-2024" && document["units"] == 21, "{document}");
    // The simulated events of each commune, its first one of the next year, and the nine of the article.
    ensure!(
        document["events"] == 21 * (events_per_unit + 1) + 9 && document["received"] == document["events"],
        "{document}"
    );
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
    let (ports, mut running) = started(dir.path())?;
    until("broker, aggregator and last node listen", || ports.all_listen()).await.with_context(|| running.said())?;
    ensure!(running.ended().is_none(), "{}", running.said());
    running.kill()?;
    until("every port is free again", || ports.nobody_listens()).await
}

#[tokio::test]
async fn a_node_that_dies_while_the_fleet_starts_ends_the_demo_and_everything_that_it_started() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let (ports, running) = started(dir.path())?;
    let last = dir.path().join("demo/nodes/gso2024-15124");
    let node = eventually("the last node runs", PATIENCE, || std::future::ready(process_of(&last))).await?;
    kill_process(node, Signal::KILL)?;
    ended_with_1(&ports, running).await
}

#[tokio::test]
async fn an_interrupt_while_the_fleet_starts_ends_everything_that_was_started() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let (ports, running) = started(dir.path())?;
    until("the broker listens", || ports.broker_listens()).await.with_context(|| running.said())?;
    let id = Pid::from_raw(i32::try_from(running.id())?).context("a process has a number")?;
    kill_process(id, Signal::INT)?;
    ended_with_1(&ports, running).await
}

/// A demonstration that stays up, just started.
fn started(dir: &Path) -> Result<(Ports, Running)> {
    let (command, ports) = demo(dir, &["--events-per-unit", "1"])?;
    Ok((ports, Running::start(command, &dir.join("trace.txt"))?))
}

/// The demo ends by itself with exit code 1, and when it has ended nobody listens any more.
async fn ended_with_1(ports: &Ports, mut running: Running) -> Result<()> {
    let status = eventually("the demo ends", PATIENCE, || std::future::ready(running.ended())).await?;
    ensure!(status.code() == Some(1), "{status}: {}", running.said());
    ensure!(ports.nobody_listens(), "something still runs: {}", running.said());
    Ok(())
}

/// The process that runs a node in this directory.
fn process_of(dir: &Path) -> Option<Pid> {
    let dir = dir.display().to_string();
    let processes = std::fs::read_dir("/proc").ok()?.flatten();
    let found = processes.filter_map(|process| process.file_name().to_str()?.parse::<i32>().ok()).find(|id| {
        let line = std::fs::read_to_string(format!("/proc/{id}/cmdline")).unwrap_or_default();
        line.contains("node\0run\0") && line.contains(&dir)
    });
    found.and_then(Pid::from_raw)
}

#[test]
fn a_port_in_use_is_named_before_anything_is_made() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let (mut command, ports) = demo(dir.path(), &["--once"])?;
    let _taken = std::net::TcpListener::bind(("127.0.0.1", ports.base + 12))?;
    let ran = command.output()?;
    ensure!(ran.status.code() == Some(1), "{}", ran.status);
    ensure!(text(&ran.stderr).contains(&format!("127.0.0.1:{}", ports.base + 12)), "{}", text(&ran.stderr));
    ensure!(!dir.path().join("demo").exists(), "the directory was made");
    Ok(())
}
