//! A small deployment on a disk: three communes, their ledgers, an aggregator that mirrors them and publishes.
//!
//! Everything is written through the same crates as in production; only replication is missing between them.

use crate::files;
use crate::fraud::Fraud;
use danvan_event::{
    Canon, CheckpointCosigned, ClockKind, DraftDocuments, Entry, EntryFlagged, Event, EventId, Exclusion, Form,
    FormLimits, NodeEnrolled, NodeOpened, OperatorKey, OperatorListed, OwnEvent, PeriodClosed, PeriodOpened,
    RankingApproved, RankingDraft, RankingPublished, RulebookAdopted, Salt, Source, Timestamp, UnitId, UnitKind,
    UnitRegistered, approval_statement, make_entry,
};
use danvan_ledger::{Attachment, Ledger, LedgerConfig, Record};
use danvan_projection::{Applied, Evidence, Period, ReadModel};
use danvan_ranking::{RB_CQTT_0, Rulebook, rank};
use danvan_simulation::{Scenario, simulate};
use danvan_tlog::{
    Batch, CosignedAt, Frontier, IndexRange, KeyName, LogKey, MirrorKey, Origin, Policy, SignedCheckpoint, Size,
    leaf_hash,
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

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

struct Builder {
    data: PathBuf,
    fraud: Fraud,
    aggregator: Ledger,
    pen: Pen,
    model: ReadModel,
    forms: BTreeMap<UnitId, Vec<serde_json::Value>>,
    flags: Vec<(usize, u64, String)>,
}

impl Builder {
    fn new(data: &Path, fraud: Fraud) -> Self {
        let units = UNITS.map(|unit| unit.parse::<UnitId>().unwrap());
        let scenario = Scenario::new(7, units.clone(), 100).in_year(2024);
        let forms = simulate(&scenario).into_iter().map(|unit| (unit.unit, unit.forms)).collect();
        let mut pen = Pen { source: "/a/test".parse().unwrap(), from_ms: AFTER_MS, next: 0 };
        let first = pen.open(&aggregator_origin(), &aggregator_key());
        let path = data.join("aggregator/ledger");
        let model = {
            let mut model = ReadModel::default();
            model.apply(&pen.source, Evidence::new(0), &first.entry);
            model
        };
        let aggregator = Ledger::create(&path, aggregator_origin(), aggregator_key(), first, config()).unwrap();
        let flags = Vec::new();
        let mut builder = Self { data: data.to_owned(), fraud, aggregator, pen, model, forms, flags };
        let rulebook = Attachment::pack(RB_CQTT_0).unwrap();
        let adopted = RulebookAdopted {
            doc_no: None,
            rulebook: "rb-cqtt-0".to_owned(),
            rulebook_sha256: Rulebook::rb_cqtt_0().sha256().to_owned(),
            attachment_sha256: sha256(&rulebook),
        };
        builder.state("rulebook.adopted", &adopted, Some(rulebook));
        let of_file = if let Fraud::File(fraud) = fraud { Some(fraud) } else { None };
        for (name, data, attachment) in files::published(of_file) {
            builder.state(name, &data, attachment);
        }
        for (number, unit) in units.into_iter().enumerate() {
            let registered = UnitRegistered {
                unit: unit.clone(),
                name: format!("Xã {number}"),
                kind: UnitKind::Xa,
                parent_name: "Ngọc Lặc".to_owned(),
                cluster: "ngoc-lac".to_owned(),
            };
            builder.state("unit.registered", &registered, None);
            if fraud == Fraud::Stranger && number == 0 {
                continue;
            }
            let vkey = key(number).verifier_key().to_string();
            builder.state("node.enrolled", &NodeEnrolled { origin: origin(number).to_string(), vkey, unit }, None);
        }
        if fraud == Fraud::SilentPublished {
            let registered = UnitRegistered {
                unit: PHANTOM.parse().unwrap(),
                name: "Xã chưa gửi gì".to_owned(),
                kind: UnitKind::Xa,
                parent_name: "Ngọc Lặc".to_owned(),
                cluster: "ngoc-lac".to_owned(),
            };
            builder.state("unit.registered", &registered, None);
        }
        if matches!(fraud, Fraud::Phantom | Fraud::SilentPublished) {
            let key = LogKey::from_seed(phantom().key_name(), [66; 32]);
            let (origin, vkey) = (phantom().to_string(), key.verifier_key().to_string());
            builder.state("node.enrolled", &NodeEnrolled { origin, vkey, unit: PHANTOM.parse().unwrap() }, None);
        }
        builder
    }

    /// Appends an entry of the aggregator's own.
    fn state(&mut self, name: &str, data: &impl Serialize, attachment: Option<Vec<u8>>) {
        let entry = self.pen.write(name, data);
        self.model.apply_entry(&self.pen.source, Evidence::new(self.aggregator.size().get()), &entry);
        self.aggregator.append(Record { entry: entry.into_bytes(), attachment }).unwrap();
    }

    /// The ledger of a commune with its year of events.
    fn node(&self, unit: usize) -> Ledger {
        let id: UnitId = UNITS[unit].parse().unwrap();
        let mut pen = Pen { source: Source::Unit(id.clone()), from_ms: START_MS, next: 0 };
        let first = pen.open(&origin(unit), &key(unit));
        let ledger = Ledger::create(&node_ledger(&self.data, unit), origin(unit), key(unit), first, config()).unwrap();
        let mut recorded = START_MS + 1;
        let mut last = None;
        let late = unit == 0 && matches!(self.fraud, Fraud::LateLeftOut | Fraud::LatePublished);
        let next_year = (!late).then(|| outreach(AFTER_MS - 1));
        for form in self.forms[&id].iter().chain(&next_year) {
            let form = Form::parse(form.to_string().as_bytes(), FormLimits::default()).unwrap();
            recorded = recorded.max(form.time().unwrap().as_millis());
            let mut salt = 0;
            let mut salts = || {
                salt += 1;
                Salt::new([salt; 16])
            };
            let now = Timestamp::from_millis(recorded).unwrap();
            let (entry, _) = form.into_entry(&pen.source, now, &mut salts).unwrap();
            last = Some(entry.bytes().to_vec());
            ledger.append(Record::new(entry.into_bytes())).unwrap();
        }
        if matches!(self.fraud, Fraud::TwiceTheSame | Fraud::Unsaid | Fraud::OtherReason) && unit == 0 {
            ledger.append(Record::new(last.unwrap())).unwrap();
        }
        ledger
    }

    /// Takes every entry of every commune in batches, turn by turn.
    fn mirror(&mut self, nodes: &[Ledger]) {
        let mut held = vec![Size::ZERO; nodes.len()];
        while (0..nodes.len()).any(|unit| held[unit] < nodes[unit].size()) {
            for (unit, node) in nodes.iter().enumerate() {
                if held[unit] == node.size() {
                    continue;
                }
                let end = Size::new((held[unit].get() + BATCH).min(node.size().get())).unwrap();
                let range = IndexRange::new(held[unit], end).unwrap();
                let entries: Vec<_> = node.read(range).unwrap().into_iter().map(|record| record.entry).collect();
                let signed = node.checkpoint_at(end).unwrap();
                let batch = Batch::new(origin(unit), held[unit], entries, signed.note().clone()).unwrap();
                let skipped = self.fraud == Fraud::Gap && unit == 0 && held[unit].get() == BATCH;
                if !skipped {
                    self.take(unit, &batch, &signed);
                }
                node.keep_receipt(mirror_key().verifier_key().name(), cosign(&signed).note()).unwrap();
                held[unit] = end;
            }
        }
    }

    fn take(&mut self, unit: usize, batch: &Batch, signed: &SignedCheckpoint) {
        let last = self.fraud == Fraud::SecretReceipt && unit == 0 && batch.range().len() < BATCH;
        if last {
            return;
        }
        let mut bytes = batch.encode();
        if self.fraud == Fraud::OtherBatch && unit == 0 {
            let end = bytes.len() - 40;
            bytes[end] ^= 1;
        }
        let packed = Attachment::pack(&bytes).unwrap();
        let cosigned = CheckpointCosigned {
            origin: origin(unit).to_string(),
            start: batch.range().start().get(),
            size: batch.range().end().get(),
            root: signed.root().to_string(),
            attachment_sha256: sha256(&packed),
        };
        self.state("checkpoint.cosigned", &cosigned, Some(packed));
        let speaker = Source::Unit(UNITS[unit].parse().unwrap());
        for (index, entry) in batch.range().iter().zip(batch.entries()) {
            if let Applied::Flagged(reason) = self.model.apply(&speaker, Evidence::new(index.get()), entry) {
                let reason = if self.fraud == Fraud::OtherReason { "not_canonical" } else { reason.code() };
                self.flags.push((unit, index.get(), reason.to_owned()));
            }
        }
    }

    fn flag(&mut self) {
        if self.fraud == Fraud::Slander {
            self.flags.push((0, 5, "duplicate_id".to_owned()));
        }
        for (unit, index, reason) in std::mem::take(&mut self.flags) {
            if self.fraud != Fraud::Unsaid {
                self.state("entry.flagged", &EntryFlagged { origin: origin(unit).to_string(), index, reason }, None);
            }
        }
    }

    /// Lists two operators, closes the year, lets them approve the draft, and publishes it.
    fn publish(&mut self) {
        let keys = [41, 42].map(|seed| OperatorKey::from_seed([seed; 32]));
        let posts = if self.fraud == Fraud::OnePost {
            ["Chủ tịch", "Chủ tịch"]
        } else {
            ["Chủ tịch", "Trưởng ban"]
        };
        for (key, post) in keys.iter().zip(posts) {
            let listed = OperatorListed { vkey: key.vkey().to_string(), post: post.to_owned() };
            self.state("ranking.operator_listed", &listed, None);
        }
        let rulebook_sha256 = Rulebook::rb_cqtt_0().sha256().to_owned();
        let opened = PeriodOpened { period: "2024".to_owned(), rulebook_sha256 };
        self.state("ranking.period_opened", &opened, None);
        let (closed, attached) = self.close(opened);
        self.state("ranking.period_closed", &closed, Some(attached.clone()));
        let draft = closed.draft_sha256.clone().unwrap();
        let mut approvals = Vec::new();
        for (at, key) in keys.iter().enumerate() {
            approvals.push(self.aggregator.size().get());
            let signer = if at == 1 && self.fraud == Fraud::ForgedApproval { &keys[0] } else { key };
            let sig = signer.sign(&approval_statement(aggregator_origin().as_str(), "2024", &draft));
            let vkey = key.vkey().to_string();
            let approved = RankingApproved { period: "2024".to_owned(), draft_sha256: draft.clone(), vkey, sig };
            self.state("ranking.approved", &approved, None);
        }
        if self.fraud == Fraud::Unapproved {
            approvals = vec![0, 1];
        }
        let documents = closed.documents.unwrap();
        let published = RankingPublished {
            period: closed.period,
            cut: closed.cut,
            inputs_count: documents.inputs_count,
            inputs_sha256: documents.inputs_sha256,
            rulebook_sha256: closed.rulebook_sha256,
            engine: documents.engine,
            output_sha256: documents.output_sha256,
            attachment_sha256: documents.attachment_sha256,
            draft_sha256: draft,
            approvals,
            excluded: closed.excluded,
            supersedes: None,
            reason: None,
        };
        self.state("ranking.published", &published, Some(attached));
    }

    /// A closing with its draft, and what is attached to it.
    fn close(&mut self, opened: PeriodOpened) -> (PeriodClosed, Vec<u8>) {
        let left_out = matches!(self.fraud, Fraud::LateLeftOut | Fraud::CompleteLeftOut);
        let reason = "Trạm hỏng".to_owned();
        let excluded: Vec<Exclusion> = UNITS
            .iter()
            .take(usize::from(left_out))
            .map(|unit| Exclusion { unit: unit.parse().unwrap(), reason: reason.clone() })
            .collect();
        let without = excluded.iter().map(|one| one.unit.clone()).collect();
        let aside = self.model.set_aside(&without);
        let mut ranking = rank(&self.model, &Rulebook::rb_cqtt_0(), &"2024".parse::<Period>().unwrap());
        let mut inputs = self.model.inputs_without(&without);
        self.model.put_back(aside);
        if self.fraud == Fraud::BetterRow {
            let row = &mut ranking.rows[0];
            row.score_centi += 1000;
            row.criteria[0].points_centi += 1000;
        }
        if self.fraud == Fraud::OtherInputs {
            inputs.inputs[0].size -= 1;
        }
        let (inputs_bytes, output) = (inputs.to_bytes(), ranking.to_bytes());
        let attached = Attachment::pack(&[&inputs_bytes, b"\n".as_slice(), &output, b"\n"].concat()).unwrap();
        let mut closed = PeriodClosed {
            period: opened.period,
            cut: self.aggregator.size().get(),
            rulebook_sha256: opened.rulebook_sha256,
            waiting: Vec::new(),
            excluded,
            supersedes: None,
            reason: None,
            documents: Some(DraftDocuments {
                inputs_count: u32::try_from(inputs.inputs.len()).unwrap(),
                inputs_sha256: sha256(&inputs_bytes),
                engine: Rulebook::rb_cqtt_0().engine().code().to_owned(),
                output_sha256: sha256(&output),
                attachment_sha256: sha256(&attached),
            }),
            draft_sha256: None,
        };
        let draft = RankingDraft::of_closing(aggregator_origin().as_str(), &closed).unwrap();
        closed.draft_sha256 = Some(draft.sha256().unwrap());
        (closed, attached)
    }
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
