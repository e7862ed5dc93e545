//! A small deployment on a disk: three communes, their ledgers, an aggregator that mirrors them and publishes.
//!
//! Everything is written through the same crates as in production; only replication is missing between them.

use crate::fraud::Fraud;
use builder::Builder;
use danvan_event::{Canon, ClockKind, Entry, Event, EventId, NodeOpened, OwnEvent, Source, Timestamp, make_entry};
use danvan_ledger::{Attachment, Ledger, LedgerConfig, Record};
use danvan_tlog::{
    Batch, CosignedAt, Frontier, KeyName, LogKey, MirrorKey, Origin, Policy, SignedCheckpoint, Size, leaf_hash,
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

mod builder;

const DEPLOYMENT: &str = "test.danvan.example";
const UNITS: [&str; 3] = ["gso2024-15097", "gso2024-15061", "gso2024-15064"];
const PHANTOM: &str = "gso2024-15100";
const START_MS: i64 = 1_704_067_200_000;
/// When the aggregator speaks: the year is over.
const AFTER_MS: i64 = START_MS + 400 * 86_400_000;
const BATCH: u64 = 37;

pub(crate) struct Fleet {
    pub(crate) directory: tempfile::TempDir,
    pub(crate) policy: Policy,
    pub(crate) entries: u64,
}

pub(crate) fn origin(unit: usize) -> Origin {
    Origin::new(format!("{DEPLOYMENT}/u/{}", UNITS[unit])).unwrap()
}

pub(crate) fn phantom() -> Origin {
    Origin::new(format!("{DEPLOYMENT}/u/{PHANTOM}")).unwrap()
}

pub(crate) fn aggregator_origin() -> Origin {
    Origin::new(format!("{DEPLOYMENT}/a/test")).unwrap()
}

pub(crate) fn key(unit: usize) -> LogKey {
    LogKey::from_seed(origin(unit).key_name(), [u8::try_from(unit).unwrap() + 1; 32])
}

fn aggregator_key() -> LogKey {
    LogKey::from_seed(aggregator_origin().key_name(), [91; 32])
}

pub(crate) fn mirror_key() -> MirrorKey {
    MirrorKey::from_seed(KeyName::new(format!("{}/mirror", aggregator_origin())).unwrap(), [92; 32])
}

pub(crate) fn cosign(signed: &SignedCheckpoint) -> SignedCheckpoint {
    mirror_key().cosign(signed, CosignedAt::from_unix_seconds(1_735_689_600))
}

fn config() -> LedgerConfig {
    LedgerConfig { segment_bytes: 64 << 10, preallocate_bytes: 16 << 10, ..LedgerConfig::default() }
}

/// Entries that processes write themselves, one per millisecond.
struct Pen {
    source: Source,
    from_ms: i64,
    next: u8,
}

impl Pen {
    fn write(&mut self, name: &str, data: &impl Serialize) -> Entry {
        self.next += 1;
        let at = Timestamp::from_millis(self.from_ms + i64::from(self.next)).unwrap();
        let id = EventId::from_parts(u64::try_from(self.from_ms).unwrap() + u64::from(self.next), [self.next; 10]);
        make_entry(OwnEvent {
            id,
            event_type: &format!("vn.danvan.{name}.v1").parse().unwrap(),
            source: &self.source,
            subject: if name.starts_with("pledge.") { "aggregator/test" } else { "log" },
            time: at,
            recordedtime: at,
            synthetic: true,
            data: Canon::encode(data).unwrap(),
        })
        .unwrap()
    }

    fn open(&mut self, origin: &Origin, key: &LogKey) -> Record {
        let vkey = key.verifier_key().to_string();
        let opened = NodeOpened { origin: origin.to_string(), vkey, clock: ClockKind::Simulated, previous: None };
        Record::new(self.write("node.opened", &opened).into_bytes())
    }
}

/// What a commune records once the year is over.
fn outreach(at_ms: i64) -> serde_json::Value {
    serde_json::json!({
        "specversion": "1.0",
        "type": "vn.danvan.model.outreach_conducted.v1",
        "id": EventId::from_parts(u64::try_from(at_ms).unwrap(), [7; 10]).to_string(),
        "time": Timestamp::from_millis(at_ms).unwrap().to_string(),
        "synthetic": true,
        "data": { "channel": "loudspeaker" },
    })
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

impl Fleet {
    pub(crate) fn build(fraud: Fraud) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut builder = Builder::new(directory.path(), fraud);
        let nodes: Vec<Ledger> = (0..UNITS.len()).map(|unit| builder.node(unit)).collect();
        builder.mirror(&nodes);
        builder.flag();
        builder.publish();
        let entries = builder.aggregator.size().get() + nodes.iter().map(|node| node.size().get()).sum::<u64>();
        let latest = builder.aggregator.checkpoint_at(builder.aggregator.size()).unwrap();
        builder.aggregator.keep_receipt(mirror_key().verifier_key().name(), cosign(&latest).note()).unwrap();
        for ledger in nodes.into_iter().chain([builder.aggregator]) {
            ledger.drain().unwrap();
        }
        let logs = (0..UNITS.len()).map(|unit| key(unit).verifier_key().clone());
        let logs = logs.chain([aggregator_key().verifier_key().clone()]);
        let policy = Policy::mirrored(logs, [mirror_key().verifier_key().clone()]).unwrap();
        std::fs::write(directory.path().join("policy"), policy.to_string()).unwrap();
        Self { directory, policy, entries }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The policy of an auditor who does not know a commune, or knows another key of it.
    pub(crate) fn policy_with(&self, unit: usize, other: Option<LogKey>) -> Policy {
        let known = self.policy.logs().filter(|(log, _)| **log != origin(unit)).map(|(_, key)| key.clone());
        let other = other.map(|key| key.verifier_key().clone());
        Policy::mirrored(known.chain(other), self.policy.witnesses().cloned()).unwrap()
    }

    /// Another key of the same name.
    pub(crate) fn forged_key(unit: usize) -> LogKey {
        LogKey::from_seed(origin(unit).key_name(), [77; 32])
    }

    /// Only the aggregator's directory is left.
    pub(crate) fn without_nodes(self) -> Self {
        std::fs::remove_dir_all(self.path().join("nodes")).unwrap();
        self
    }

    pub(crate) fn node_ledger(&self, unit: usize) -> PathBuf {
        node_ledger(self.path(), unit)
    }

    pub(crate) fn aggregator_ledger(&self) -> PathBuf {
        self.path().join("aggregator/ledger")
    }
}

fn node_ledger(data: &Path, unit: usize) -> PathBuf {
    data.join("nodes").join(UNITS[unit]).join("ledger")
}

/// Replaces a commune's ledger by one whose history was rewritten, or cut off, and signed again.
pub(crate) fn rewrite(fleet: &Fleet, unit: usize, mut change: impl FnMut(&mut Vec<Record>)) {
    let path = fleet.node_ledger(unit);
    let (ledger, _) = Ledger::open(&path, origin(unit), key(unit), config()).unwrap();
    let mut records = ledger.read(ledger.size().range()).unwrap();
    ledger.drain().unwrap();
    std::fs::remove_dir_all(&path).unwrap();
    change(&mut records);
    let mut records = records.into_iter();
    let ledger = Ledger::create(&path, origin(unit), key(unit), records.next().unwrap(), config()).unwrap();
    for record in records {
        ledger.append(record).unwrap();
    }
    ledger.drain().unwrap();
}

/// The same entry with another rating or, for other types, another time of recording.
pub(crate) fn falsified(record: &Record) -> Record {
    let text = String::from_utf8(record.entry.clone()).unwrap();
    let entry = Entry::parse(record.entry.clone()).unwrap();
    let changed = match entry.event() {
        Event::SurveyAnswered(answer) => {
            let rating = format!("\"rating\":{}", answer.rating);
            text.replace(&rating, if answer.rating == 5 { "\"rating\":1" } else { "\"rating\":5" })
        }
        _ => text.replace("\"specversion\"", "\"specversio\""),
    };
    assert_ne!(changed, text);
    Record::new(changed.into_bytes())
}

/// Leaves in the aggregator's directory what it keeps when a commune sends another history of its entries `[37, 74)`,
/// signed by `signer`; returns the index that differs.
pub(crate) fn keep_fork(fleet: &Fleet, unit: usize, signer: usize) -> u64 {
    let (ledger, _) = Ledger::open(&fleet.node_ledger(unit), origin(unit), key(unit), config()).unwrap();
    let mut records = ledger.read(ledger.size().range()).unwrap();
    ledger.drain().unwrap();
    records.truncate(74);
    records[50] = falsified(&records[50]);
    let frontier = Frontier::of(records.iter().map(|record| leaf_hash(&record.entry)));
    let forger = LogKey::from_seed(origin(unit).key_name(), [u8::try_from(signer).unwrap() + 1; 32]);
    let note = forger.sign(frontier.size(), frontier.root()).note().clone();
    let entries = records.drain(37..).map(|record| record.entry).collect();
    let batch = Batch::new(origin(unit), Size::from(37), entries, note).unwrap();
    let directory = fleet.path().join("aggregator/forks").join(origin(unit).directory());
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("37-74.batch"), Attachment::pack(&batch.encode()).unwrap()).unwrap();
    50
}
