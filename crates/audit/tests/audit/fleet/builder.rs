//! How the fleet comes about: what the communes record, what the aggregator mirrors, states and publishes, and where it cheats.

use super::{
    AFTER_MS, BATCH, PHANTOM, Pen, START_MS, UNITS, aggregator_key, aggregator_origin, config, cosign, key, mirror_key,
    node_ledger, origin, outreach, phantom, sha256,
};
use crate::files;
use crate::fraud::Fraud;
use danvan_event::{
    CheckpointCosigned, DraftDocuments, EntryFlagged, Exclusion, Form, FormLimits, NodeEnrolled, OperatorKey,
    OperatorListed, PeriodClosed, PeriodOpened, RankingApproved, RankingDraft, RankingPublished, RulebookAdopted, Salt,
    Source, Timestamp, UnitId, UnitKind, UnitRegistered, approval_statement,
};
use danvan_ledger::{Attachment, Ledger, Record};
use danvan_projection::{Applied, Evidence, Period, ReadModel};
use danvan_ranking::{RB_CQTT_0, Rulebook, rank};
use danvan_simulation::{Scenario, simulate};
use danvan_tlog::{Batch, IndexRange, LogKey, Origin, SignedCheckpoint, Size};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub(super) struct Builder {
    data: PathBuf,
    fraud: Fraud,
    pub(super) aggregator: Ledger,
    pen: Pen,
    model: ReadModel,
    forms: BTreeMap<UnitId, Vec<serde_json::Value>>,
    flags: Vec<(usize, u64, String)>,
}

impl Builder {
    pub(super) fn new(data: &Path, fraud: Fraud) -> Self {
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
            builder.register(&unit, format!("Xã {number}"));
            if fraud == Fraud::Stranger && number == 0 {
                continue;
            }
            builder.enrol(&origin(number), &key(number), unit);
        }
        let phantom_unit: UnitId = PHANTOM.parse().unwrap();
        if fraud == Fraud::SilentPublished {
            builder.register(&phantom_unit, "Xã chưa gửi gì".to_owned());
        }
        if matches!(fraud, Fraud::Phantom | Fraud::SilentPublished) {
            builder.enrol(&phantom(), &LogKey::from_seed(phantom().key_name(), [66; 32]), phantom_unit);
        }
        builder
    }

    fn register(&mut self, unit: &UnitId, name: String) {
        let registered = UnitRegistered {
            unit: unit.clone(),
            name,
            kind: UnitKind::Xa,
            parent_name: "Ngọc Lặc".to_owned(),
            cluster: "ngoc-lac".to_owned(),
        };
        self.state("unit.registered", &registered, None);
    }

    fn enrol(&mut self, origin: &Origin, key: &LogKey, unit: UnitId) {
        let vkey = key.verifier_key().to_string();
        self.state("node.enrolled", &NodeEnrolled { origin: origin.to_string(), vkey, unit }, None);
    }

    /// Appends an entry of the aggregator's own.
    fn state(&mut self, name: &str, data: &impl Serialize, attachment: Option<Vec<u8>>) {
        let entry = self.pen.write(name, data);
        self.model.apply_entry(&self.pen.source, Evidence::new(self.aggregator.size().get()), &entry);
        self.aggregator.append(Record { entry: entry.into_bytes(), attachment }).unwrap();
    }

    /// The ledger of a commune with its year of events.
    pub(super) fn node(&self, unit: usize) -> Ledger {
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
    pub(super) fn mirror(&mut self, nodes: &[Ledger]) {
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

    pub(super) fn flag(&mut self) {
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
    pub(super) fn publish(&mut self) {
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
