//! For tests: a real aggregator in a temporary directory, and nodes that sign what a test makes them say.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use danvan_daemon::{SeededRandomness, SimulatedClock, UnixMillis};
use danvan_event::{
    Canon, EventId, Exclusion, OperatorKey, OwnEvent, Source, Timestamp, UnitId, approval_statement, make_entry,
};
use danvan_ledger::{Ledger, OpenError, Recovery};
use danvan_projection::{Period, Reach};
use danvan_replication::{BatchSink as _, Receipt, Received, UnitToken, pack};
use danvan_tlog::{Batch, Frontier, LogKey, Origin, Size, leaf_hash};
use serde_json::json;
use tempfile::TempDir;

use crate::approval::SignedApproval;
use crate::closing::CloseOrder;
use crate::init::{InitOptions, init_with};
use crate::opening::{Opened, Ports, open, open_with};
use crate::prepared::Prepared;
use crate::publication::Published;

/// 8 March 2024, 14:00 in Vietnam.
pub(crate) const START_MS: i64 = 1_709_881_200_000;
/// What a node says comes every ten minutes.
const APART_MS: i64 = 600_000;
/// Recording comes 300 days later, when the year that the facts belong to is over.
const RECORDED_AFTER_MS: i64 = 300 * 86_400_000;
/// What the aggregator's clock shows first.
pub(crate) const NOW_MS: i64 = START_MS + RECORDED_AFTER_MS;
pub(crate) const DEPLOYMENT: &str = "ngoc-lac-2024.danvan.test";

/// What an aggregator of a deployment is made with.
pub(crate) fn options(deployment: &str) -> InitOptions {
    InitOptions {
        name: "ngoc-lac".parse().expect("a name"),
        deployment: deployment.to_owned(),
        place: "Huyện Ngọc Lặc".to_owned(),
        level_label: "Huyện".to_owned(),
        period: "2024".parse().ok(),
        tree: None,
        listen: "127.0.0.1:0".parse().expect("an address"),
        nats_url: "nats://127.0.0.1:4222".to_owned(),
        nats_user: None,
        nats_monitor: None,
    }
}

/// An aggregator with its directory.
pub(crate) struct Trial {
    directory: TempDir,
    pub(crate) clock: Arc<SimulatedClock>,
    pub(crate) opened: Option<Opened>,
}

impl Trial {
    pub(crate) fn new() -> Self {
        Self::of(DEPLOYMENT)
    }

    pub(crate) fn of(deployment: &str) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let clock = Arc::new(SimulatedClock::at(UnixMillis::new(NOW_MS)));
        let randomness = Arc::new(SeededRandomness::new(7));
        init_with(&directory.path().join("aggregator"), &options(deployment), clock.clone(), randomness)
            .expect("an aggregator");
        let mut trial = Self { directory, clock, opened: None };
        trial.start();
        trial
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("aggregator")
    }

    pub(crate) fn start(&mut self) {
        self.opened = Some(open(&self.path(), self.ports()).expect("the aggregator opens"));
    }

    fn ports(&self) -> Ports {
        let randomness = Arc::new(SeededRandomness::new(u64::try_from(self.clock_ms()).expect("a time")));
        Ports { clock: self.clock.clone(), randomness }
    }

    /// Closes everything and opens it again, the ledger as the caller says.
    pub(crate) fn restart_with(
        &mut self,
        open_ledger: impl FnOnce(&Path, Origin, LogKey) -> Result<(Ledger, Recovery), OpenError>,
    ) {
        self.stop();
        let prepared = Prepared::load(&self.path()).expect("settings");
        self.opened = Some(open_with(prepared, self.ports(), open_ledger).expect("the aggregator opens"));
    }

    pub(crate) fn clock_ms(&self) -> i64 {
        use danvan_daemon::Clock as _;
        self.clock.now().get()
    }

    /// Closes everything and opens it again, a minute later.
    pub(crate) fn restart(&mut self) {
        self.stop();
        self.start();
    }

    fn stop(&mut self) {
        let opened = self.opened.take().expect("an open aggregator");
        let ledger = opened.mirror.ledger.clone();
        drop(opened);
        ledger.drain().expect("the ledger closes");
        self.clock.advance(60_000);
    }

    pub(crate) fn mirror(&self) -> &crate::mirror::Mirror {
        &self.opened.as_ref().expect("an open aggregator").mirror
    }

    pub(crate) fn shared_mirror(&self) -> Arc<crate::mirror::Mirror> {
        Arc::clone(&self.opened.as_ref().expect("an open aggregator").mirror)
    }

    /// Enrols a node that has opened its log.
    pub(crate) fn enrol(&self, code: u32) -> TestNode {
        let node = TestNode::new(code);
        self.mirror().enrol(&node.unit, node.key.verifier_key()).expect("the node is enrolled");
        node
    }

    pub(crate) fn receive(&self, batches: Vec<Received>) -> Vec<Receipt> {
        let receipts = self.mirror().receive(batches).expect("the batches are taken in");
        self.settle();
        receipts
    }

    /// Closes a period, for the first time or to amend it, without the units that sent nothing, and lets two operators approve the draft.
    pub(crate) fn approved(&self, period: &Period) {
        let mirror = self.mirror();
        mirror.open_period(period, None).expect("open");
        let reason = (!mirror.published(period).is_empty()).then(|| "Dữ liệu đến sau".to_owned());
        let coverage = mirror.coverage(period).expect("readable").into_iter();
        let silent = coverage.filter(|unit| unit.reach == Reach::Late && unit.size == 0);
        let excluded =
            silent.map(|unit| Exclusion { unit: unit.unit, reason: "Trạm chưa gửi mục nào".to_owned() }).collect();
        mirror.close_period(&CloseOrder { period: *period, excluded, reason }).expect("closed");
        let draft = mirror.draft(period).expect("readable").expect("nobody is late");
        for (key, post) in operator_keys().iter().zip(POSTS).take(2) {
            mirror.list_operator(&key.vkey(), post).expect("listed");
            let digest = draft.closing.draft_sha256().expect("a draft");
            mirror.approve(&signed(key, mirror.ledger.origin().as_str(), period, digest)).expect("approved");
        }
    }

    /// The whole course of a period up to its publication.
    pub(crate) fn publish(&self, period: &Period) -> Published {
        self.approved(period);
        self.mirror().publish(period, None).expect("published")
    }

    /// Waits until the read model has followed, and states what it flagged.
    pub(crate) fn settle(&self) {
        let mirror = self.mirror();
        mirror.reading.wait_for(mirror.ledger.size()).expect("the fold goes on");
        mirror.state_flags(&mut mirror.desk()).expect("flags are stated");
        mirror.reading.wait_for(mirror.ledger.size()).expect("the fold goes on");
    }
}

/// The keys of three operators.
pub(crate) fn operator_keys() -> [OperatorKey; 3] {
    [31, 32, 33].map(|seed| OperatorKey::from_seed([seed; 32]))
}

/// Their posts.
pub(crate) const POSTS: [&str; 3] = ["Trưởng Ban Dân vận", "Chánh Văn phòng", "Phó Chủ tịch"];

/// An operator's approval of the draft with this digest.
pub(crate) fn signed(key: &OperatorKey, log: &str, period: &Period, draft_sha256: &str) -> SignedApproval {
    let sig = key.sign(&approval_statement(log, &period.to_string(), draft_sha256));
    SignedApproval { period: *period, draft_sha256: draft_sha256.to_owned(), vkey: key.vkey(), sig }
}

/// A node without a disk.
pub(crate) struct TestNode {
    pub(crate) unit: UnitId,
    pub(crate) key: LogKey,
    pub(crate) entries: Vec<Vec<u8>>,
    /// How long after a fact it is recorded.
    pub(crate) recorded_after_ms: i64,
    /// In minutes after the first node's log.
    begun: i64,
}

impl TestNode {
    pub(crate) fn new(code: u32) -> Self {
        Self::of(&format!("gso2024-{code}"))
    }

    /// The node of any unit.
    pub(crate) fn of(unit: &str) -> Self {
        let unit: UnitId = unit.parse().expect("a unit");
        let origin = Origin::new(format!("{DEPLOYMENT}/u/{unit}")).expect("an origin");
        let code: u32 = unit.code().parse().expect("a number");
        let seed = [u8::try_from(code % 251).expect("a byte"); 32];
        let key = LogKey::from_seed(origin.key_name(), seed);
        let mut node = Self { unit, key, entries: Vec::new(), recorded_after_ms: RECORDED_AFTER_MS, begun: 0 };
        node.open();
        node
    }

    /// Says the first word of its log again, before anything else was said.
    pub(crate) fn open(&mut self) {
        self.entries.clear();
        let origin = self.key.origin().clone();
        let opened = json!({ "origin": origin, "vkey": self.key.verifier_key().to_string(), "clock": "simulated" });
        self.say("node.opened.v1", &format!("log/{origin}"), false, opened);
    }

    /// The node after its log ended at `size`: what it had recorded beyond goes on in its next log.
    pub(crate) fn succeed(&self, size: usize) -> Self {
        let origin = self.key.origin().next_incarnation().expect("an origin");
        let key = LogKey::from_seed(origin.key_name(), [251; 32]);
        let begun = self.begun + i64::try_from(self.entries.len()).expect("a number");
        let mut node = Self {
            unit: self.unit.clone(),
            key,
            entries: Vec::new(),
            recorded_after_ms: self.recorded_after_ms,
            begun,
        };
        let root = Frontier::of(self.entries[..size].iter().map(|entry| leaf_hash(entry))).root();
        let previous = json!({ "origin": self.key.origin(), "size": size, "root": root.to_string() });
        let vkey = node.key.verifier_key().to_string();
        let opened = json!({ "origin": origin, "vkey": vkey, "clock": "simulated", "previous": previous });
        node.say("node.opened.v1", &format!("log/{origin}"), false, opened);
        node.entries.extend_from_slice(&self.entries[size..]);
        node
    }

    pub(crate) fn source(&self) -> Source {
        Source::Unit(self.unit.clone())
    }

    pub(crate) fn next_id(&self) -> EventId {
        let place = u8::try_from(self.entries.len() % 251).expect("a byte");
        let mut random = [place; 10];
        random[9] = u8::try_from(self.key.origin().incarnation()).expect("a byte");
        EventId::from_parts(self.time_ms().unsigned_abs(), random)
    }

    fn time_ms(&self) -> i64 {
        START_MS + APART_MS * (self.begun + i64::try_from(self.entries.len()).expect("a number"))
    }

    /// Appends an entry of this type.
    pub(crate) fn say(&mut self, short: &str, subject: &str, synthetic: bool, data: serde_json::Value) {
        let time = Timestamp::from_millis(self.time_ms()).expect("a time");
        let recordedtime = Timestamp::from_millis(self.time_ms() + self.recorded_after_ms).expect("a time");
        let entry = make_entry(OwnEvent {
            id: self.next_id(),
            event_type: &format!("vn.danvan.{short}").parse().expect("a type"),
            source: &self.source(),
            subject,
            time,
            recordedtime,
            synthetic,
            data: Canon::try_from(data).expect("canonical data"),
        });
        self.entries.push(entry.expect("an entry").into_bytes());
    }

    pub(crate) fn answer(&mut self, rating: u8) {
        let subject = format!("survey/{}", self.next_id());
        self.say("survey.answered.v1", &subject, true, json!({ "channel": "qr", "rating": rating }));
    }

    pub(crate) fn answers(&mut self, number: usize) {
        for _ in 0..number {
            self.answer(5);
        }
    }

    /// The message for the entries `[start, end)` with the checkpoint at `end`.
    pub(crate) fn message(&self, start: u64, end: u64) -> Received {
        let until = usize::try_from(end).expect("a size");
        let from = usize::try_from(start).expect("a size");
        let leaves = self.entries[..until].iter().map(|entry| leaf_hash(entry));
        let frontier = Frontier::of(leaves);
        let signed = self.key.sign(frontier.size(), frontier.root());
        let start = Size::new(start).expect("a size");
        let entries = self.entries[from..until].to_vec();
        let batch = Batch::new(self.key.origin(), start, entries, signed.note().clone()).expect("a batch");
        Received { unit: self.token(), packed: pack(&batch).expect("a message") }
    }

    pub(crate) fn whole(&self) -> Received {
        self.message(0, self.entries.len() as u64)
    }

    pub(crate) fn token(&self) -> UnitToken {
        UnitToken::new(self.unit.as_str()).expect("a token")
    }
}
