//! An aggregator's own log: every entry sound, every attachment the one that is named, every batch a true continuation.

use crate::attachment::{sha256_hex, stored, unpacked};
use crate::finding::{Fault, Finding};
use crate::held_log::HeldLog;
use crate::history;
use crate::mirror_copy::MirrorCopy;
use crate::opening;
use crate::publication::Publication;
use crate::published_file::{catalogue_fault, tree_fault};
use crate::testimony::{Flagged, Point, Testimony};
use crate::walk::Walk;
use danvan_event::{
    CheckpointCosigned, Entry, EntryFlagged, Event, NodeEnrolled, PeriodClosed, RankingPublished, RulebookAdopted,
    Source,
};
use danvan_ledger::{Attachment, Record};
use danvan_projection::{Applied, Evidence, FlagReason, ReadModel};
use danvan_tlog::{Batch, Hash, Index, MAX_BATCH_UNPACKED_BYTES, Origin, Policy, Size, VerifierKey};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

/// The outcome of reading one aggregator's log.
pub(crate) struct AggregatorLog {
    pub(crate) walk: Walk,
    pub(crate) testimony: Testimony,
    pub(crate) findings: Vec<Finding>,
}

/// Reads an aggregator's log; remembers the roots at the `wanted` sizes. Entries of the `present` logs are judged where
/// those logs are read themselves.
pub(crate) fn read(
    log: &dyn HeldLog,
    policy: &Policy,
    wanted: BTreeSet<Size>,
    present: &BTreeSet<Origin>,
) -> AggregatorLog {
    let mut check = Check {
        log,
        policy,
        present,
        testimony: Testimony::new(log.origin().clone()),
        copies: BTreeMap::new(),
        findings: Vec::new(),
        model: ReadModel::default(),
        speaker: None,
    };
    let mut walk = Walk::new(wanted);
    let damage = log.visit(&mut |index, record| {
        let duplicate = walk.push(index, &record.entry);
        let opening = (index == Index::ZERO).then(|| opening::fault(&record.entry, log.origin(), policy)).flatten();
        for fault in duplicate.into_iter().chain(opening) {
            check.fault(index, fault);
        }
        match Entry::parse(record.entry.clone()) {
            Ok(entry) => check.entry(index, record, &entry),
            Err(error) => check.fault(index, Fault::Malformed { reason: error.to_string() }),
        }
        ControlFlow::Continue(())
    });
    let Check { testimony, mut findings, .. } = check;
    let origin = log.origin();
    findings.extend(damage.into_iter().map(|(index, fault)| Finding { origin: Some(origin.clone()), index, fault }));
    AggregatorLog { walk, testimony, findings }
}

struct Check<'a> {
    log: &'a dyn HeldLog,
    policy: &'a Policy,
    present: &'a BTreeSet<Origin>,
    testimony: Testimony,
    copies: BTreeMap<Origin, MirrorCopy>,
    findings: Vec<Finding>,
    /// The read model of this log alone: the rules that its entries must keep.
    model: ReadModel,
    speaker: Option<Source>,
}

impl Check<'_> {
    fn at(&self, index: Index, fault: Fault) -> Finding {
        Finding::at(self.log.origin().clone(), index, fault)
    }

    fn fault(&mut self, index: Index, fault: Fault) {
        let finding = self.at(index, fault);
        self.findings.push(finding);
    }

    fn entry(&mut self, index: Index, record: &Record, entry: &Entry) {
        self.rules(index, entry);
        match entry.event() {
            Event::CheckpointCosigned(cosigned) => self.cosigned(index, record, cosigned),
            Event::PeriodClosed(closed) => self.closed(index, record, closed),
            Event::RulebookAdopted(adopted) => self.adopted(index, record, adopted),
            Event::RankingPublished(published) => self.published(index, record, published),
            Event::PledgeCatalogPublished(published) => self.file(index, catalogue_fault(self.log, record, published)),
            Event::UnitTreePublished(published) => self.file(index, tree_fault(self.log, record, published)),
            event => {
                if record.attachment.is_some() {
                    self.fault(index, Fault::AttachmentUnclaimed);
                }
                match event {
                    Event::NodeOpened(_) => {
                        if let Source::Aggregator(name) = entry.source() {
                            self.testimony.aggregator = Some(name.clone());
                        }
                    }
                    Event::NodeEnrolled(enrolled) => self.enrolled(index, enrolled),
                    Event::EntryFlagged(flagged) => self.flagged(index, flagged),
                    _ => {}
                }
            }
        }
    }

    /// What was found in the file of a catalogue or a tree.
    fn file(&mut self, index: Index, found: Option<Fault>) {
        if let Some(fault) = found {
            self.fault(index, fault);
        }
    }

    /// Whether the entry keeps the rules of its log: who may approve, what may be published, and when.
    fn rules(&mut self, index: Index, entry: &Entry) {
        let speaker = self.speaker.get_or_insert_with(|| entry.source().clone()).clone();
        let applied = self.model.apply_entry(&speaker, Evidence::new(index.get()), entry);
        if let Applied::Flagged(reason @ (FlagReason::Rule(_) | FlagReason::BadSignature)) = applied {
            self.fault(index, Fault::AgainstRules { reason: reason.code().to_owned() });
        }
    }

    fn enrolled(&mut self, index: Index, enrolled: &NodeEnrolled) {
        let (Ok(log), Ok(_)) = (Origin::new(enrolled.origin.as_str()), enrolled.vkey.parse::<VerifierKey>()) else {
            let reason = format!("no log can be enrolled as {} under {}", enrolled.origin, enrolled.vkey);
            return self.fault(index, Fault::Malformed { reason });
        };
        if let Some(fault) = opening::key_fault(&enrolled.vkey, &log, self.policy) {
            self.fault(index, fault);
        }
        self.testimony.mirrors.entry(log).or_default().enrolled = true;
    }

    fn flagged(&mut self, index: Index, flagged: &EntryFlagged) {
        match (Origin::new(flagged.origin.as_str()), Index::new(flagged.index)) {
            (Ok(log), Some(entry)) => {
                let flagged = Flagged { log, index: entry, reason: flagged.reason.clone(), stated_at: index };
                self.testimony.flags.push(flagged);
            }
            _ => self.fault(index, Fault::Malformed { reason: "it flags no entry of a log".to_owned() }),
        }
    }

    fn cosigned(&mut self, index: Index, record: &Record, cosigned: &CheckpointCosigned) {
        let Some((log, point)) = point(index, cosigned) else {
            return self.fault(index, Fault::Malformed { reason: "it states no checkpoint".to_owned() });
        };
        let mirror = self.testimony.mirrors.entry(log.clone()).or_default();
        let (held, enrolled) = (mirror.size(), mirror.enrolled);
        mirror.points.push(point);
        if point.start != held {
            let fault = Fault::Discontinuous { log: log.clone(), expected: held, found: point.start };
            self.fault(index, fault);
        }
        if !enrolled {
            self.fault(index, Fault::NotEnrolled { log: log.clone() });
        }
        if !self.log.has_batches() {
            return;
        }
        if point.start.is_empty()
            && let (Some(batch), Some(mirror)) = (batch_of(self.log, record), self.testimony.mirrors.get_mut(&log))
        {
            mirror.previous = batch.entries().first().and_then(|first| history::previous_in(first));
        }
        let packed = unpacked(self.log, record, &cosigned.attachment_sha256, MAX_BATCH_UNPACKED_BYTES);
        let ids = !self.present.contains(&log);
        let copy = self.copies.entry(log.clone()).or_insert_with(|| MirrorCopy::new(ids));
        let faults = match packed {
            Ok(bytes) => copy.take(&bytes, &log, &point, self.policy),
            Err(fault) => {
                copy.give_up();
                vec![(None, fault)]
            }
        };
        if let (Some(signed), Some(mirror)) = (copy.believed(), self.testimony.mirrors.get_mut(&log)) {
            mirror.signed = signed;
        }
        for (mirrored, fault) in faults {
            match mirrored {
                Some(place) => self.findings.push(Finding::at(log.clone(), place, fault)),
                None => self.fault(index, fault),
            }
        }
    }

    fn adopted(&mut self, index: Index, record: &Record, adopted: &RulebookAdopted) {
        match unpacked(self.log, record, &adopted.attachment_sha256, Attachment::MAX_UNPACKED) {
            Ok(bytes) => {
                let found = sha256_hex(&bytes);
                if found != adopted.rulebook_sha256 {
                    let expected = adopted.rulebook_sha256.clone();
                    self.fault(index, Fault::AttachmentDiffers { expected, found: found.clone() });
                }
                self.testimony.rulebooks.insert(found);
            }
            Err(fault) => self.fault(index, fault),
        }
    }

    fn closed(&mut self, index: Index, record: &Record, closed: &PeriodClosed) {
        let Some(documents) = &closed.documents else {
            if record.attachment.is_some() {
                self.fault(index, Fault::AttachmentUnclaimed);
            }
            return;
        };
        self.documents(index, record, &documents.attachment_sha256, &documents.inputs_sha256, &documents.output_sha256);
    }

    fn documents(&mut self, index: Index, record: &Record, attachment: &str, inputs: &str, output: &str) {
        match Publication::read(self.log, record, attachment) {
            Ok(publication) => publication.faults(inputs, output).for_each(|fault| self.fault(index, fault)),
            Err(fault) => self.fault(index, fault),
        }
    }

    fn published(&mut self, index: Index, record: &Record, published: &RankingPublished) {
        let (inputs, output) = (&published.inputs_sha256, &published.output_sha256);
        self.documents(index, record, &published.attachment_sha256, inputs, output);
        if !self.testimony.rulebooks.contains(&published.rulebook_sha256) {
            self.fault(index, Fault::RulebookUnknown { sha256: published.rulebook_sha256.clone() });
        }
        match Size::new(published.cut) {
            Some(cut) if cut <= index.size_before() => {
                self.testimony.cuts.insert(cut);
            }
            cut => self.fault(index, Fault::CutBeyond { cut: cut.unwrap_or(Size::MAX) }),
        }
    }
}

fn point(index: Index, cosigned: &CheckpointCosigned) -> Option<(Origin, Point)> {
    let (start, size) = (Size::new(cosigned.start)?, Size::new(cosigned.size)?);
    let root: Hash = cosigned.root.parse().ok()?;
    let log = Origin::new(cosigned.origin.as_str()).ok()?;
    (start < size).then_some((log, Point { start, size, root, stated_at: index }))
}

/// The batch in the attachment of an entry that was found sound before.
pub(crate) fn batch_of(log: &dyn HeldLog, record: &Record) -> Option<Batch> {
    let entry = Entry::parse(record.entry.clone()).ok()?;
    let Event::CheckpointCosigned(cosigned) = entry.event() else { return None };
    let packed = stored(log, record, &cosigned.attachment_sha256).ok()?;
    Batch::decode(&Attachment::unpack(&packed, MAX_BATCH_UNPACKED_BYTES).ok()?).ok()
}
