//! What node and aggregator answer over the wire is what `schemas/api` promises: every documented address of the API is called,
//! the ways to be refused too, and each answer is held against status, content type and schema.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use danvan_event::{EvaluatorKey, OperatorKey, approval_statement};
use danvan_tests::binary::Danvan;
use danvan_tests::contract::{Answered, Contract};
use danvan_tests::fleet::{Fleet, Machine};
use danvan_tlog::LogKey;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_danvan");
const UNIT: &str = "gso2024-15097";
const JSON: &str = "application/json";
const NDJSON: &str = "application/x-ndjson";
const TOML: &str = "application/toml";
const LOG: &str = "ngoc-lac-2024.danvan.demo/a/ngoc-lac";
/// Promised by the node, and not to be had from a machine that is well. The aggregator promises nothing of the kind.
const NOT_TRIED: [&str; 8] = [
    "POST /api/v1/events 408",
    "POST /api/v1/events 503",
    "GET /api/v1/catalogues 503",
    "GET /api/v1/privacy/report 503",
    "GET /api/v1/privacy/requests 503",
    "GET /api/v1/privacy/records/{id} 503",
    "POST /api/v1/privacy/disclosures 503",
    "POST /api/v1/privacy/find 503",
];

/// One face with its contract; every answer is checked.
struct Wire {
    contract: Contract,
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

impl Wire {
    fn new(fleet: &Fleet, machine: &Machine, document: &str) -> Result<Self> {
        Ok(Self { contract: Contract::load(document)?, http: fleet.http().clone(), base: machine.url(""), token: None })
    }

    /// From now on with the token in this file of the machine.
    fn with_token(&mut self, machine: &Machine, file: &str) -> Result<()> {
        self.token = Some(std::fs::read_to_string(machine.dir.join(file))?.trim().to_owned());
        Ok(())
    }

    async fn ask(&mut self, method: &str, address: &str, status: u16, body: Option<(&str, Vec<u8>)>) -> Result<Value> {
        let url = format!("{}{address}", self.base);
        let mut request = if method == "get" { self.http.get(url) } else { self.http.post(url) };
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some((media, bytes)) = body {
            request = request.header("content-type", media).body(bytes);
        }
        let answer = request.send().await.with_context(|| format!("{method} {address}"))?;
        let media = answer.headers().get("content-type").and_then(|media| media.to_str().ok()).unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default().to_owned();
        let answered = Answered { status: answer.status().as_u16(), media, body: answer.bytes().await?.to_vec() };
        let said = String::from_utf8_lossy(&answered.body).into_owned();
        ensure!(answered.status == status, "{method} {address}: {} and not {status}: {said}", answered.status);
        self.contract.check(method, address, &answered)?;
        Ok(serde_json::from_slice(&answered.body).unwrap_or(Value::Null))
    }

    async fn get(&mut self, address: &str, status: u16) -> Result<Value> {
        self.ask("get", address, status, None).await
    }

    async fn post(&mut self, address: &str, status: u16, document: Value) -> Result<Value> {
        self.ask("post", address, status, Some((JSON, document.to_string().into_bytes()))).await
    }

    async fn send(&mut self, address: &str, status: u16, media: &str, bytes: impl Into<Vec<u8>>) -> Result<Value> {
        self.ask("post", address, status, Some((media, bytes.into()))).await
    }

    /// Without the token.
    async fn as_a_stranger(&mut self, method: &str, address: &str) -> Result<()> {
        let token = self.token.take();
        let body = (method == "post").then(|| (JSON, b"{}".to_vec()));
        let asked = self.ask(method, address, 401, body).await;
        self.token = token;
        asked.map(drop)
    }

    /// Nothing under the API is promised that was never answered here, except what is not tried; and that was never answered.
    fn assert_complete(&self, not_tried: &[&str]) -> Result<()> {
        let known: BTreeSet<String> = not_tried.iter().map(|answer| (*answer).to_owned()).collect();
        let unanswered = self.contract.unanswered();
        ensure!(unanswered == known, "never answered: {unanswered:#?}\nand not tried: {known:#?}");
        Ok(())
    }
}

fn id(number: u8) -> String {
    format!("018e1cfa-1b40-7abc-8def-0000000000{number:02x}")
}

fn form(number: u8, short: &str, data: Value) -> Value {
    let mut form = json!({
        "specversion": "1.0", "type": format!("vn.danvan.{short}"), "id": id(number), "time": "2024-03-08T07:30:00Z",
    });
    form["data"] = data;
    form
}

fn received(number: u8) -> Value {
    let consent = json!({ "purposes": ["contact_me"], "evidence": "written" });
    let data = json!({
        "channel": "hotline", "kind": "complaint", "text": "Đường thôn lầy lội.", "contact": "0900 000 000",
        "consent": consent,
    });
    form(number, "feedback.received.v1", data)
}

async fn record_forms(node: &mut Wire, machine: &Machine) -> Result<()> {
    const EVENTS: &str = "/api/v1/events";
    node.as_a_stranger("post", EVENTS).await?;
    node.with_token(machine, "staff.token")?;
    node.post(EVENTS, 201, received(1)).await?;
    node.post(EVENTS, 200, received(1)).await?;
    let mut other = received(1);
    other["data"]["kind"] = "praise".into();
    node.post(EVENTS, 409, other.clone()).await?;
    other["data"]["kind"] = "anger".into();
    node.post(EVENTS, 422, other).await?;
    let verdict = json!({ "period": "2024", "kind": "self", "panel": [{ "post": "Chủ tịch", "points_centi": 700 }] });
    node.post(EVENTS, 403, form(2, "evaluation.conducted.v1", verdict)).await?;
    node.send(EVENTS, 400, JSON, "{").await?;
    node.send(EVENTS, 415, "text/plain", "{}").await?;
    node.send(EVENTS, 413, JSON, vec![b' '; 200 << 10]).await?;
    let survey = form(3, "survey.answered.v1", json!({ "channel": "paper", "rating": 9 }));
    let lines = [received(4), received(1), survey].map(|form| form.to_string());
    node.send(EVENTS, 200, NDJSON, lines.join("\n")).await?;
    let published =
        json!({ "catalog": "mau", "version": "1", "groups": [{ "code": "biet", "label": "5 biết", "count": 5 }] });
    node.post(EVENTS, 201, form(5, "pledge.catalog_published.v1", published)).await?;
    let outreach = form(6, "model.outreach_conducted.v1", json!({ "channel": "meeting" }));
    node.post(EVENTS, 201, outreach).await?;
    for path in [
        "/api/v1/catalogues",
        "/api/v1/status",
        "/health/live",
        "/health/ready",
        "/health/sync",
        "/metrics",
        "/",
        "/status",
    ] {
        node.get(path, 200).await?;
    }
    Ok(())
}

/// Personal data: what is found, looked at, asked to be erased and counted.
async fn look(node: &mut Wire, machine: &Machine) -> Result<()> {
    let [find, disclosures] = ["/api/v1/privacy/find", "/api/v1/privacy/disclosures"];
    let record = format!("/api/v1/privacy/records/{}", id(1));
    let reads = [record.as_str(), "/api/v1/privacy/requests", "/api/v1/privacy/report"];
    for path in [find, disclosures] {
        node.as_a_stranger("post", path).await?;
    }
    for path in reads {
        node.as_a_stranger("get", path).await?;
    }
    let erasure = json!({ "event_ids": [id(4)], "channel": "letter" });
    node.post("/api/v1/events", 201, form(7, "privacy.erasure_requested.v1", erasure)).await?;
    for path in reads {
        node.get(path, 200).await?;
    }
    let hits = node.post(find, 200, json!({ "phone": "0900000000" })).await?;
    ensure!(hits["hits"].as_array().is_some_and(|hits| hits.len() == 2), "{hits}");
    node.post(find, 422, json!({ "phone": "09" })).await?;
    node.post(find, 422, json!({ "phone": "0900000000", "colour": "red" })).await?;
    node.get("/api/v1/privacy/records/none", 422).await?;
    node.get(&format!("/api/v1/privacy/records/{}", id(99)), 404).await?;
    let wanted = |event: &str| json!({ "event": event, "purpose": "answer_citizen", "staff_key": "mc01" });
    node.post(disclosures, 201, wanted(&id(1))).await?;
    node.post(disclosures, 404, wanted(&id(99))).await?;
    node.post(disclosures, 410, wanted(&id(6))).await?;
    node.post(disclosures, 422, json!({ "event": id(1), "purpose": "curiosity", "staff_key": "mc01" })).await?;
    node.with_token(machine, "import.token")?;
    for path in [find, disclosures] {
        node.post(path, 403, json!({ "phone": "0900000000" })).await?;
    }
    for path in reads {
        node.get(path, 403).await?;
    }
    Ok(())
}

/// Every request of an operator is refused to a stranger, when it is too long, and when a member is wrong.
async fn refuse_operators(face: &mut Wire) -> Result<()> {
    let documents = ["units", "evaluators", "successions", "assignments", "operators", "delistings", "periods"];
    let more = ["evaluator-delistings", "closings", "approvals", "publications"];
    for noun in [&documents[..], &more].concat() {
        let path = format!("/api/v1/admin/{noun}");
        face.as_a_stranger("post", &path).await?;
        face.send(&path, 413, JSON, vec![b' '; 65 << 10]).await?;
        face.post(&path, 422, json!({ "colour": "red" })).await?;
    }
    for (noun, most) in [("rulebooks", 257 << 10), ("catalogues", (4 << 20) + 1), ("trees", (4 << 20) + 1)] {
        let path = format!("/api/v1/admin/{noun}");
        face.as_a_stranger("post", &path).await?;
        face.send(&path, 413, JSON, vec![b' '; most]).await?;
        face.send(&path, 422, JSON, "{\"colour\":\"red\"}").await?;
    }
    face.send("/api/v1/trials?period=2024", 413, TOML, vec![b' '; 257 << 10]).await?;
    face.send("/api/v1/trials?period=2024", 422, TOML, "colour = 7").await?;
    Ok(())
}

/// What an operator states once, and again.
async fn state(face: &mut Wire, node: &Machine) -> Result<()> {
    let vkey = std::fs::read_to_string(node.dir.join("keys/node.vkey"))?.trim().to_owned();
    face.post("/api/v1/admin/units", 200, json!({ "unit": UNIT, "vkey": vkey })).await?;
    let name = vkey.split('+').next().unwrap_or_default().parse()?;
    let other = LogKey::from_seed(name, [9; 32]).verifier_key().to_string();
    face.post("/api/v1/admin/units", 409, json!({ "unit": UNIT, "vkey": other })).await?;
    let evaluator = EvaluatorKey::from_seed([3; 32]).vkey().to_string();
    face.post("/api/v1/admin/evaluators", 200, json!({ "vkey": evaluator, "post": "Trưởng ban" })).await?;
    let lost = |since: &str| json!({ "vkey": evaluator, "since": since, "reason": "Mất khoá" });
    for (status, since) in
        [(200, "2024-06-01T00:00:00Z"), (200, "2024-06-01T07:00:00+07:00"), (422, "2190-01-01T00:00:00Z")]
    {
        face.post("/api/v1/admin/evaluator-delistings", status, lost(since)).await?;
    }
    face.post("/api/v1/admin/evaluators", 409, json!({ "vkey": evaluator, "post": "Trưởng ban" })).await?;
    let operator = OperatorKey::from_seed([4; 32]).vkey().to_string();
    face.post("/api/v1/admin/operators", 200, json!({ "vkey": operator, "post": "Phó Chủ tịch" })).await?;
    face.post("/api/v1/admin/delistings", 200, json!({ "vkey": operator, "reason": "Nghỉ hưu" })).await?;
    let succession = |day: &str| {
        json!({
            "from_units": ["gso2024-15061"], "to_units": [{ "unit": "nso2025-15061" }], "effective_on": day,
            "doc_no": "1686/NQ-UBTVQH15",
        })
    };
    let assignment = |from: &str| json!({ "aggregator": "ngoc-lac", "tier": "Huyện", "units": [UNIT], "valid_from": from, "valid_until": "2025-07-01" });
    for status in [201, 200] {
        face.post("/api/v1/admin/successions", status, succession("2025-07-01")).await?;
        face.post("/api/v1/admin/assignments", status, assignment("2024-01-01")).await?;
    }
    face.post("/api/v1/admin/successions", 409, succession("1999-07-01")).await?;
    face.post("/api/v1/admin/assignments", 409, assignment("2025-07-02")).await?;
    let file = |name: &str| std::fs::read(format!("{}/../../schemas/{name}", env!("CARGO_MANIFEST_DIR")));
    let (catalogue, tree) = (file("catalogues/thanhhoa-2024.json")?, file("units/tree-ngoc-lac-2024.json")?);
    let rulebook = file("rulebooks/rb-cqtt-0.toml")?;
    face.send("/api/v1/trials?period=2024", 200, TOML, rulebook.clone()).await?;
    for status in [201, 200] {
        face.send("/api/v1/admin/catalogues", status, JSON, catalogue.clone()).await?;
        face.send("/api/v1/admin/trees", status, JSON, tree.clone()).await?;
        face.send("/api/v1/admin/rulebooks?doc_no=54%2FQ%C4%90-UBND", status, TOML, rulebook.clone()).await?;
    }
    let of_old = String::from_utf8(tree)?.replace("\"valid_from\": \"2024-01-01\"", "\"valid_from\": \"1999-01-01\"");
    face.send("/api/v1/admin/trees", 409, JSON, of_old).await?;
    let changed = String::from_utf8(catalogue)?.replace("\"sample\"", "\"confirmed\"");
    face.send("/api/v1/admin/catalogues", 409, JSON, changed).await.map(drop)
}

/// The course of a period: each step, each step again, each step too early.
async fn take_steps(fleet: &Fleet, face: &mut Wire) -> Result<u64> {
    let [periods, closings] = ["/api/v1/admin/periods", "/api/v1/admin/closings"];
    let [approvals, publications] = ["/api/v1/admin/approvals", "/api/v1/admin/publications"];
    let of = |period: &str| json!({ "period": period });
    face.get("/api/v1/periods/2024", 200).await?;
    face.get("/api/v1/periods/2024/draft", 409).await?;
    face.post(closings, 409, of("2024")).await?;
    for status in [201, 200] {
        face.post(periods, status, of("2024")).await?;
    }
    face.post(periods, 409, json!({ "period": "2024", "rulebook_sha256": "0".repeat(64) })).await?;
    face.get("/api/v1/periods/2024/draft", 404).await?;
    face.post(publications, 409, of("2024")).await?;
    for status in [201, 200] {
        face.post(closings, status, of("2024")).await?;
    }
    let draft =
        face.get("/api/v1/periods/2024/draft", 200).await?["draft_sha256"].as_str().context("a digest")?.to_owned();
    face.post(publications, 409, of("2024")).await?;
    for number in 0..2 {
        let secret = std::fs::read_to_string(fleet.operator_key(number))?;
        let key = OperatorKey::from_secret_text(secret.lines().next().unwrap_or_default())?;
        let sig = key.sign(&approval_statement(LOG, "2024", &draft));
        let approval = json!({ "period": "2024", "draft_sha256": draft, "vkey": key.vkey().to_string(), "sig": sig });
        face.post(approvals, 201, approval.clone()).await?;
        face.post(approvals, 409, approval).await?;
    }
    let first = face.post(publications, 201, of("2024")).await?["index"].as_u64().context("an index")?;
    face.post(publications, 200, of("2024")).await?;
    Ok(first)
}

/// Every address that anybody may read, with what is not there and what is no address.
async fn read(face: &mut Wire, published: u64) -> Result<()> {
    let catalogue = face.get("/api/v1/catalogues", 200).await?["catalogues"][0]["index"].clone();
    let tree = face.get("/api/v1/trees?on=2024-07-01", 200).await?["in_force"].clone();
    let unit = format!("/api/v1/units/{UNIT}");
    for path in [
        "/api/v1/rankings",
        "/api/v1/rankings?period=2024-Q1",
        "/api/v1/rankings/published",
        "/api/v1/rulebooks",
        "/api/v1/evaluators",
        "/api/v1/operators",
        "/api/v1/periods",
        "/api/v1/periods/2024",
        "/api/v1/periods/2024-Q2",
        "/api/v1/fleet",
        "/api/v1/rankings/changes?from=2024-Q1&to=2024@1",
        "/api/v1/trees",
        "/health/live",
        "/health/ready",
        "/health/sync",
        "/metrics",
        "/",
        "/fleet",
    ] {
        face.get(path, 200).await?;
    }
    for path in ["", "?period=2024-Q1", "/explanation", "/explanation?period=2025", "/entries/0", "/entries/3"] {
        face.get(&format!("{unit}{path}"), 200).await?;
    }
    face.get(&format!("/api/v1/rankings/published/{published}"), 200).await?;
    face.get(&format!("/api/v1/catalogues/{catalogue}"), 200).await?;
    face.get(&format!("/api/v1/trees/{tree}"), 200).await?;
    for path in ["rankings/published", "catalogues", "trees"] {
        face.get(&format!("/api/v1/{path}/9999"), 404).await?;
        face.get(&format!("/api/v1/{path}/first"), 422).await?;
    }
    for path in ["", "/explanation", "/entries/0"] {
        face.get(&format!("/api/v1/units/gso2024-99999{path}"), 404).await?;
    }
    face.get(&format!("{unit}/entries/99999"), 404).await?;
    face.get("/api/v1/rankings/changes?from=2024@9&to=2024", 404).await?;
    for path in [
        "rankings?period=soon",
        "rankings/changes?from=soon&to=2024",
        "trees?on=today",
        "periods/soon",
        "periods/soon/draft",
    ] {
        face.get(&format!("/api/v1/{path}"), 422).await?;
    }
    for path in ["?period=soon", "/explanation?period=soon", "/entries/first"] {
        face.get(&format!("{unit}{path}"), 422).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_asked_the_answer_is_the_one_that_was_promised() -> Result<()> {
    let mut fleet = Fleet::make(&Danvan::new(BINARY), BINARY, &[UNIT])?;
    fleet.start().await?;
    let mut node = Wire::new(&fleet, &fleet.nodes[0], "openapi-node.yaml")?;
    record_forms(&mut node, &fleet.nodes[0]).await?;
    look(&mut node, &fleet.nodes[0]).await?;
    node.assert_complete(&NOT_TRIED)?;

    fleet.all_receipted().await?;
    let mut face = Wire::new(&fleet, &fleet.aggregator, "openapi-aggregator.yaml")?;
    face.with_token(&fleet.aggregator, "operator.token")?;
    refuse_operators(&mut face).await?;
    state(&mut face, &fleet.nodes[0]).await?;
    let published = take_steps(&fleet, &mut face).await?;
    read(&mut face, published).await?;
    face.assert_complete(&[])
}
