//! The read model as it was at a cut: the aggregator's entries below it and the entries that were mirrored by then.

use crate::aggregator_log::batch_of;
use crate::attachment::{sha256_hex, unpacked};
use crate::held_log::HeldLog;
use danvan_event::{Entry, Event, Source};
use danvan_ledger::{Attachment, Record};
use danvan_projection::{Applied, Evidence, FlagReason, Inputs, ReadModel};
use danvan_tlog::{Frontier, Hash, Index, Note, Origin, SignedCheckpoint, Size, VerifierKey, leaf_hash};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// Everything that a publication with this cut may rest on.
#[derive(Default)]
pub(crate) struct Fold {
    /// The read model.
    pub(crate) model: ReadModel,
    /// The rulebook files that were adopted, by the digest of their bytes.
    pub(crate) rulebooks: BTreeMap<String, Vec<u8>>,
    /// The mirrored entries that do not count.
    pub(crate) flags: BTreeMap<(Origin, Index), FlagReason>,
    /// The mirrored logs as they were folded.
    logs: BTreeMap<Origin, MirroredLog>,
}

struct MirroredLog {
    speaker: Source,
    frontier: Frontier,
    /// The note of the last batch; `None` in an export, where the checkpoint lies beside the log.
    note: Option<Note>,
}

impl Fold {
    /// Folds the entries of `aggregator` below `cut` and, from its batches or from the exported `logs`, every entry that
    /// was mirrored by then.
    pub(crate) fn at(aggregator: &dyn HeldLog, logs: &[&dyn HeldLog], cut: Size) -> Self {
        let mut fold = Self::default();
        let mut speaker = None;
        aggregator.visit(&mut |index, record| {
            if !cut.covers(index) {
                return ControlFlow::Break(());
            }
            let entry = Entry::parse(record.entry.clone()).ok();
            if index == Index::ZERO {
                speaker = entry.as_ref().map(|entry| entry.source().clone());
            }
            if let (Some(speaker), Some(entry)) = (&speaker, entry) {
                fold.own_entry(aggregator, speaker, index, record, &entry);
            }
            ControlFlow::Continue(())
        });
        if !aggregator.has_batches() {
            fold.exported(logs);
        }
        fold
    }

    /// The inputs of which the folded entries do not have the root.
    pub(crate) fn untrue_input(&self, inputs: &Inputs) -> Option<UntrueInput> {
        inputs.inputs.iter().find_map(|input| {
            let log = Origin::new(input.origin.as_str()).ok();
            let frontier = log.and_then(|log| self.logs.get(&log)).map(|log| &log.frontier);
            let (size, root) = frontier.map_or((Size::ZERO, Hash::EMPTY_ROOT), |held| (held.size(), held.root()));
            let sound = size.get() == input.size && root.to_string() == input.root;
            (!sound).then(|| UntrueInput { origin: input.origin.clone(), size, root })
        })
    }

    /// How many entries of a log were folded.
    pub(crate) fn size_of(&self, origin: &Origin) -> Size {
        self.logs.get(origin).map_or(Size::ZERO, |log| log.frontier.size())
    }

    /// How many of the folded entries of a log are signed by `key`, in the note of the last batch.
    pub(crate) fn signed_size(&self, origin: &Origin, key: &VerifierKey) -> Size {
        let Some((frontier, note)) = self.logs.get(origin).and_then(|log| Some((&log.frontier, log.note.clone()?)))
        else {
            return Size::ZERO;
        };
        let signed = SignedCheckpoint::open_note(note, key).ok();
        let covers = |signed: &SignedCheckpoint| (signed.size(), signed.root()) == (frontier.size(), frontier.root());
        signed.filter(covers).map_or(Size::ZERO, |signed| signed.size())
    }

    fn own_entry(&mut self, log: &dyn HeldLog, speaker: &Source, index: Index, record: &Record, entry: &Entry) {
        self.model.apply_entry(speaker, Evidence::new(index.get()), entry);
        if entry.source() != speaker {
            return;
        }
        match entry.event() {
            Event::NodeEnrolled(enrolled) => {
                if let Ok(origin) = Origin::new(enrolled.origin.as_str()) {
                    let speaker = Source::Unit(enrolled.unit.clone());
                    let log = MirroredLog { speaker, frontier: Frontier::empty(), note: None };
                    self.logs.entry(origin).or_insert(log);
                }
            }
            Event::RulebookAdopted(adopted) => {
                if let Ok(bytes) = unpacked(log, record, &adopted.attachment_sha256, Attachment::MAX_UNPACKED) {
                    self.rulebooks.insert(sha256_hex(&bytes), bytes);
                }
            }
            Event::CheckpointCosigned(_) if log.has_batches() => {
                if let Some(batch) = batch_of(log, record) {
                    for (index, entry) in batch.range().iter().zip(batch.entries()) {
                        self.mirrored_entry(batch.origin(), index, entry);
                    }
                    if let Some(log) = self.logs.get_mut(batch.origin()) {
                        log.note = Some(batch.note().clone());
                    }
                }
            }
            _ => {}
        }
    }

    fn exported(&mut self, logs: &[&dyn HeldLog]) {
        let mut inputs = self.model.inputs().inputs;
        // The incarnations of a log in their order; between the logs of different units there is none.
        inputs.sort_by_key(|input| Origin::new(&*input.origin).map_or(1, |origin| origin.incarnation()));
        for input in inputs {
            let Some(log) = logs.iter().find(|log| log.origin().as_str() == input.origin) else { continue };
            log.visit(&mut |index, record| {
                if index.get() >= input.size {
                    return ControlFlow::Break(());
                }
                self.mirrored_entry(log.origin(), index, &record.entry);
                ControlFlow::Continue(())
            });
        }
    }

    fn mirrored_entry(&mut self, origin: &Origin, index: Index, entry: &[u8]) {
        let Some(log) = self.logs.get_mut(origin) else { return };
        if index == log.frontier.size().next_index() {
            log.frontier.push(leaf_hash(entry));
            if let Applied::Flagged(reason) =
                self.model.apply(&log.speaker, Evidence::in_incarnation(origin.incarnation(), index.get()), entry)
            {
                self.flags.insert((origin.clone(), index), reason);
            }
        }
    }
}

/// An input whose entries are not those that were counted.
pub(crate) struct UntrueInput {
    pub(crate) origin: String,
    pub(crate) size: Size,
    pub(crate) root: Hash,
}
