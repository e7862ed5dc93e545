//! A node in a temporary directory, with a clock that stands, spoken to through its router.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, header};
use danvan_daemon::{ClockKind, DrainToken, SimulatedClock, UnixMillis};
use danvan_ledger::Ledger;
use danvan_tlog::{IndexRange, Size};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::catch_up::catch_up;
use crate::first_look::Standing;
use crate::init::{InitOptions, init_at};
use crate::node_clock::NodeClock;
use crate::prepared::Prepared;
use crate::rejoining::open_ledger;
use crate::run::{Node, Overrides};
use crate::settings::DEMO_MARKER;
use crate::shell::Shell;

pub(crate) const UNIT: &str = "gso2024-15097";
/// 2026-11-24T03:00:00Z.
pub(crate) const NOW: i64 = 1_795_489_200_000;

pub(crate) struct Bed {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) clock: Arc<SimulatedClock>,
    pub(crate) node: Node,
    pub(crate) drain: DrainToken,
    pub(crate) app: Router,
    pub(crate) token: String,
}

/// An answer, read whole.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn lines(&self) -> Vec<Value> {
        self.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(crate) fn location(&self) -> String {
        let found = self.headers.get(header::LOCATION).unwrap_or_else(|| panic!("{}: {}", self.status, self.text));
        found.to_str().unwrap().to_owned()
    }
}

pub(crate) fn options() -> InitOptions {
    InitOptions {
        unit: UNIT.parse().unwrap(),
        deployment: "test.danvan.demo".to_owned(),
        name: None,
        listen: None,
        nats_url: None,
        nats_user: None,
        aggregators: Vec::new(),
        clock: ClockKind::System,
    }
}

pub(crate) async fn open(dir: &Path, clock: Arc<SimulatedClock>, drain: DrainToken) -> Node {
    let prepared = Prepared::load(dir, &Overrides::default()).unwrap();
    let clock = match prepared.clock() {
        NodeClock::Machine(_) => NodeClock::Machine(clock),
        simulated @ NodeClock::Simulated(_) => simulated,
    };
    let mut shell = Shell::new().unwrap();
    let opened = open_ledger(dir, &prepared, &mut shell, &drain).await.unwrap().unwrap();
    Node::open(dir, prepared, opened, shell, clock, drain).unwrap()
}

impl Bed {
    /// A node that takes forms.
    pub(crate) async fn new() -> Self {
        Self::starting().await.started()
    }

    /// A node of a demonstration: thị trấn Ngọc Lặc, with a simulated clock.
    pub(crate) async fn demo() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(DEMO_MARKER), b"").unwrap();
        let unit = "gso2024-15061".parse().unwrap();
        let options = InitOptions { unit, clock: ClockKind::Simulated, ..options() };
        init_at(dir.path(), &options, &SimulatedClock::at(UnixMillis::new(NOW))).unwrap();
        Self::of(dir).await.started()
    }

    /// A node that serves and has not caught up.
    pub(crate) async fn starting() -> Self {
        let dir = tempfile::tempdir().unwrap();
        init_at(dir.path(), &options(), &SimulatedClock::at(UnixMillis::new(NOW))).unwrap();
        Self::of(dir).await
    }

    async fn of(dir: tempfile::TempDir) -> Self {
        let clock = Arc::new(SimulatedClock::at(UnixMillis::new(NOW)));
        let drain = DrainToken::new();
        let node = open(dir.path(), clock.clone(), drain.clone()).await;
        let token = std::fs::read_to_string(dir.path().join("import.token")).unwrap().trim().to_owned();
        let app = node.router();
        Self { dir, clock, node, drain, app, token }
    }

    /// The same directory after the process ended without a word; it has not caught up.
    pub(crate) async fn reopened(self) -> Self {
        self.reopened_after(|_| ()).await
    }

    /// As [`Bed::reopened`]; meanwhile somebody does something to the directory.
    pub(crate) async fn reopened_after(self, meanwhile: impl FnOnce(&Path)) -> Self {
        let Self { dir, node, app, .. } = self;
        drop((app, node));
        meanwhile(dir.path());
        Self::of(dir).await
    }

    /// As [`Bed::reopened`], and it takes forms again.
    pub(crate) async fn restarted(self) -> Self {
        self.reopened().await.started()
    }

    fn started(self) -> Self {
        catch_up(&self.node.face.intake, self.dir.path(), Standing::Latest).unwrap();
        self.node.face.intake.gate.open();
        self
    }

    pub(crate) fn role_token(&self, role: &str) -> String {
        let text = std::fs::read_to_string(self.dir.path().join("tokens.toml")).unwrap();
        let table: toml::Table = text.parse().unwrap();
        let tokens = table["tokens"].as_array().unwrap();
        let found = tokens.iter().find(|token| token["role"].as_str() == Some(role)).unwrap();
        found["secret"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn ask(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Answer { status, headers, text: String::from_utf8(body.to_vec()).unwrap() }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Posts a form of a page, as a browser does.
    pub(crate) async fn submit(&self, path: &str, body: &str) -> Answer {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.ask(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    pub(crate) async fn post_as(&self, token: &str, kind: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post("/api/v1/events")
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, kind);
        self.ask(request.body(body.into()).unwrap()).await
    }

    /// Posts one form with the import token.
    pub(crate) async fn post(&self, form: &Value) -> Answer {
        self.post_as(&self.token, "application/json", form.to_string()).await
    }

    pub(crate) async fn post_lines(&self, lines: &[String]) -> Answer {
        self.post_as(&self.token, "application/x-ndjson", lines.join("\n")).await
    }

    /// The text of every entry of the log.
    pub(crate) fn entries(&self) -> Vec<String> {
        entries(&self.node.ledger)
    }
}

pub(crate) fn entries(ledger: &Ledger) -> Vec<String> {
    let range = IndexRange::new(Size::ZERO, ledger.size()).unwrap();
    let records = ledger.read(range).unwrap();
    records.into_iter().map(|record| String::from_utf8(record.entry).unwrap()).collect()
}

pub(crate) fn id(number: u8) -> String {
    danvan_event::EventId::from_parts(u64::try_from(NOW).unwrap(), [number; 10]).to_string()
}

pub(crate) fn survey(number: u8, rating: u8) -> Value {
    serde_json::json!({
        "specversion": "1.0", "type": "vn.danvan.survey.answered.v1", "id": id(number),
        "time": "2026-11-24T02:59:00Z", "data": { "channel": "paper", "rating": rating },
    })
}

pub(crate) fn feedback(number: u8, text: &str) -> Value {
    serde_json::json!({
        "specversion": "1.0", "type": "vn.danvan.feedback.received.v1", "id": id(number),
        "time": "2026-11-24T02:59:00Z", "data": { "channel": "box", "kind": "complaint", "text": text, "contact": "0912 345 678",
            "consent": { "purposes": ["contact_me"], "evidence": "written" } },
    })
}
