//! What bad input gets: a broken configuration is named by file, line and key before a port is opened; a bad form is
//! answered by a problem that names field and reason in both languages, and costs nothing else.

use std::net::TcpStream;

use anyhow::{Context, Result, ensure};
use danvan_event::EventId;
use danvan_tests::binary::{Danvan, text};
use danvan_tests::fleet::{Fleet, Machine};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_danvan");
const UNIT: &str = "gso2024-15097";
/// 8 March 2024, 07:30 UTC, in milliseconds.
const MORNING: u64 = 1_709_883_000_000;

fn fleet() -> Result<(Danvan, Fleet)> {
    let danvan = Danvan::new(BINARY);
    let fleet = Fleet::make(&danvan, BINARY, &[UNIT])?;
    Ok((danvan, fleet))
}

/// Replaces one line of a settings file and gives back its 1-based number.
fn break_line(file: &std::path::Path, begins: &str, with: &str) -> Result<usize> {
    let text = std::fs::read_to_string(file)?;
    let at = text.lines().position(|line| line.starts_with(begins)).with_context(|| format!("{begins} in {text}"))?;
    let broken: Vec<&str> = text.lines().enumerate().map(|(here, line)| if here == at { with } else { line }).collect();
    std::fs::write(file, broken.join("\n") + "\n")?;
    Ok(at + 1)
}

/// Both `run` and `config check` refuse with exit code 2 and name file, line and key; nobody listens.
fn assert_refused(danvan: &Danvan, noun: &str, machine: &Machine, file: &str, line: usize, key: &str) -> Result<()> {
    let data = machine.dir.display().to_string();
    for words in [[noun, "run", "--data", &data], ["config", "check", "--data", &data]] {
        let ran = danvan.output(&words)?;
        let said = text(&ran.stderr);
        ensure!(ran.status.code() == Some(2), "{words:?}: {}: {said}", ran.status);
        ensure!(said.contains(&format!("{file}:{line}")) && said.contains(key), "{words:?}: {said}");
        ensure!(TcpStream::connect(machine.listen).is_err(), "a port is open");
    }
    Ok(())
}

#[test]
fn a_broken_configuration_of_a_node_is_named_by_file_line_and_key() -> Result<()> {
    let (danvan, fleet) = fleet()?;
    let node = &fleet.nodes[0];
    let line = break_line(&node.dir.join("node.toml"), "listen", "listen = \"everywhere\"")?;
    assert_refused(&danvan, "node", node, "node.toml", line, "listen")
}

#[test]
fn a_broken_configuration_of_an_aggregator_is_named_by_file_line_and_key() -> Result<()> {
    let (danvan, fleet) = fleet()?;
    let aggregator = &fleet.aggregator;
    let line = break_line(&aggregator.dir.join("aggregator.toml"), "place", "plaice = \"Huyện Ngọc Lặc\"")?;
    assert_refused(&danvan, "aggregator", aggregator, "aggregator.toml", line, "plaice")
}

#[test]
fn a_sound_configuration_passes_the_check() -> Result<()> {
    let (danvan, fleet) = fleet()?;
    for machine in [&fleet.nodes[0], &fleet.aggregator] {
        danvan.document(&["config", "check", "--data", &machine.dir.display().to_string()])?;
    }
    Ok(())
}

fn form(number: u8) -> Value {
    let id = EventId::from_parts(MORNING, [number; 10]).to_string();
    json!({
        "specversion": "1.0",
        "id": id,
        "type": "vn.danvan.survey.answered.v1",
        "source": format!("/u/{UNIT}"),
        "subject": format!("survey/{id}"),
        "time": "2024-03-08T07:30:00Z",
        "data": { "channel": "kiosk", "rating": 5 },
    })
}

fn with(mut form: Value, pointer: &str, value: Value) -> Value {
    if let Some(place) = form.pointer_mut(pointer) {
        *place = value;
    }
    form
}

/// A running node with a token of each role.
struct Node {
    fleet: Fleet,
}

impl Node {
    async fn start() -> Result<Self> {
        let (_, mut fleet) = fleet()?;
        let http = fleet.http().clone();
        fleet.nodes[0].start()?;
        fleet.nodes[0].ready(&http).await?;
        Ok(Self { fleet })
    }

    fn machine(&self) -> &Machine {
        &self.fleet.nodes[0]
    }

    /// The secret of a role out of `tokens.toml`.
    fn token(&self, role: &str) -> Result<String> {
        let text = std::fs::read_to_string(self.machine().dir.join("tokens.toml"))?;
        let after = text.split(&format!("role = \"{role}\"")).nth(1).with_context(|| text.clone())?;
        let secret = after.lines().find_map(|line| line.strip_prefix("secret = \"")).with_context(|| text.clone())?;
        Ok(secret.trim_end_matches('"').to_owned())
    }

    async fn post(&self, role: &str, kind: &str, body: String) -> Result<(u16, String)> {
        let url = self.machine().url("/api/v1/events");
        let request = self.fleet.http().post(url).header("content-type", kind).bearer_auth(self.token(role)?);
        let answer = request.body(body).send().await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    }

    async fn size(&self) -> Result<u64> {
        Ok(self.fleet.progress(self.machine()).await?.0)
    }

    /// One form is refused with this status; the problem names the field in both languages; nothing is stored.
    async fn assert_refused(&self, role: &str, body: String, status: u16, field: &str) -> Result<()> {
        let before = self.size().await?;
        let (answered, text) = self.post(role, "application/json", body).await?;
        let problem: Value = serde_json::from_str(&text).with_context(|| text.clone())?;
        ensure!(answered == status, "{answered}, not {status}: {problem}");
        ensure!(
            problem["status"] == status && problem["title"].is_string() && problem["title_en"].is_string(),
            "{problem}"
        );
        let errors = problem["errors"].as_array().context("errors")?;
        let named = errors.iter().any(|error| error["field"] == field && error["vi"] != error["en"]);
        ensure!(named, "{field} is not named: {problem}");
        ensure!(self.size().await? == before, "something was stored");
        Ok(())
    }
}

#[tokio::test]
async fn every_bad_form_is_refused_with_field_and_reason_and_stores_nothing() -> Result<()> {
    let node = Node::start().await?;
    let sound = form(1);
    let bad = |pointer: &str, value: Value| with(form(1), pointer, value).to_string();
    node.assert_refused("import", "{\"specversion\":".to_owned(), 400, "").await?;
    node.assert_refused("import", bad("/data/rating", json!(6)), 422, "/data/rating").await?;
    node.assert_refused("import", bad("/source", json!("/u/gso2024-15061")), 422, "/source").await?;
    node.assert_refused("import", bad("/time", json!("2199-01-01T00:00:00Z")), 422, "/time").await?;
    node.assert_refused("board", sound.to_string(), 403, "/type").await?;
    let oversized = with(form(1), "/data/channel", json!("x".repeat(300 << 10))).to_string();
    node.assert_refused("import", oversized, 413, "").await?;

    let (status, text) = node.post("import", "application/json", sound.to_string()).await?;
    ensure!(status == 201, "{status}: {text}");
    let (status, text) = node.post("import", "application/json", sound.to_string()).await?;
    ensure!(status == 200 && text.contains("\"duplicate\":true"), "{status}: {text}");
    node.assert_refused("import", bad("/data/rating", json!(1)), 409, "/id").await
}

#[tokio::test]
async fn a_bad_line_costs_no_other_line_of_the_same_body() -> Result<()> {
    let node = Node::start().await?;
    let before = node.size().await?;
    let lines = [
        form(1).to_string(),
        "not json".to_owned(),
        with(form(2), "/data/rating", json!(0)).to_string(),
        form(3).to_string(),
    ];
    let (status, text) = node.post("import", "application/x-ndjson", lines.join("\n")).await?;
    ensure!(status == 200, "{status}: {text}");
    let answers: Vec<Value> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let statuses: Vec<u64> = answers.iter().filter_map(|answer| answer["status"].as_u64()).collect();
    ensure!(statuses == [201, 400, 422, 201], "{text}");
    ensure!(answers[2]["problem"]["errors"][0]["field"] == "/data/rating", "{text}");
    ensure!(node.size().await? == before + 2, "{text}");
    Ok(())
}
