//! Handing logs to others: every log of a deployment in the public layout, from the aggregator's ledger alone.

use crate::aggregator_log::batch_of;
use crate::attachment::{named_by, stored};
use crate::error::AuditError;
use crate::finding::Fault;
use crate::held_log::{HeldLog, HeldNote};
use crate::ledger_log::LedgerLog;
use crate::note_check::claimed_size;
use crate::place::{Place, subdirectories};
use danvan_ledger::{Record, ended_beside};
use danvan_tlog::{Checked, Frontier, Hash, Index, Note, Origin, Policy, SignedCheckpoint, Size, TilePath, TileWriter};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// Logs, the aggregator's own included.
    pub logs: usize,
    /// Entries of all logs.
    pub entries: u64,
    /// Attachments.
    pub objects: usize,
    /// Logs whose checkpoint carries no quorum of cosignatures, because no receipt of that size and no [`Cosigner`] was at
    /// hand. An [`fsck`](crate::fsck) of the export finds each of them.
    pub uncosigned: Vec<Origin>,
}

/// Makes a cosigned checkpoint of one that the aggregator's ledger says it cosigned before.
pub type Cosigner<'a> = dyn Fn(&SignedCheckpoint) -> SignedCheckpoint + 'a;

/// Writes the logs that the aggregator in `place` holds, a data directory or its ledger, to the new or empty directory `out`, in
/// the layout of `schemas/tlog.md` and with `policy` beside them. A unit's ledger gives its own log alone. A running process is
/// not disturbed.
///
/// Every mirrored log ends at the last size that the aggregator's log, up to its latest checkpoint, says it cosigned. Its
/// cosigned note is taken from the receipts of the nodes in `place`; where there is none of that size, `cosigner` makes it
/// again.
pub fn export_tlog(
    place: &Place,
    policy: &Policy,
    out: &Path,
    cosigner: Option<&Cosigner<'_>>,
) -> Result<Exported, AuditError> {
    let (ledger, nodes) = match place {
        Place::Data(data) => (data.join("aggregator/ledger"), Some(data.join("nodes"))),
        Place::OneLog(ledger) => (ledger.clone(), None),
        Place::Export(export) => return Err(AuditError::NoLedger(export.clone())),
    };
    if out.exists() && fs::read_dir(out).map_err(AuditError::io(out))?.next().is_some() {
        return Err(AuditError::NotEmpty(out.to_owned()));
    }
    let receipts = nodes.map_or(Ok(BTreeMap::new()), |nodes| receipts(&nodes, policy))?;
    let aggregator = LedgerLog::open(&ledger)?;
    let own = best_note(&aggregator.notes(), policy, cosigner.is_some()).ok_or_else(|| AuditError::Unreadable {
        place: aggregator.origin().to_string(),
        reason: "nothing of it is signed".to_owned(),
    })?;
    let mut export = Export { out, logs: BTreeMap::new(), objects: 0 };
    let damage = export.fill(&aggregator, own.size())?;
    if let Some(fault) = damage {
        return Err(AuditError::Unreadable { place: aggregator.origin().to_string(), reason: fault.en() });
    }
    let mut exported = Exported { objects: export.objects, ..Exported::default() };
    for (origin, log) in std::mem::take(&mut export.logs) {
        let note = if origin == *own.origin() { Some(own.clone()) } else { log.cosigned_note(&receipts, policy) };
        let Some(mut signed) = note else {
            return Err(AuditError::Unreadable {
                place: origin.to_string(),
                reason: "nothing of it is signed".to_owned(),
            });
        };
        let has_quorum = |signed: &SignedCheckpoint| policy.check(&signed.to_bytes()).is_ok();
        if let (false, Some(cosigner)) = (has_quorum(&signed), cosigner) {
            signed = cosigner(&signed);
        }
        if !has_quorum(&signed) {
            exported.uncosigned.push(origin.clone());
        }
        exported.entries += log.finish(&signed)?.get();
        exported.logs += 1;
        write(&out.join(origin.directory()).join("checkpoint"), &signed.to_bytes())?;
    }
    write(&out.join("policy"), policy.to_string().as_bytes())?;
    Ok(exported)
}

/// The receipts that the nodes in a directory hold, by log and size.
fn receipts(nodes: &Path, policy: &Policy) -> Result<BTreeMap<(Origin, Size), SignedCheckpoint>, AuditError> {
    let mut found = BTreeMap::new();
    for node in subdirectories(nodes)? {
        let ledger = node.join("ledger");
        let ended = ended_beside(&ledger).map_err(AuditError::io(&ledger))?;
        let logs = ended.into_iter().chain([ledger]).filter_map(|directory| LedgerLog::open(&directory).ok());
        for note in logs.flat_map(|log| log.notes()) {
            if let Ok(checked) = policy.check(&note.bytes) {
                found.insert((checked.signed.origin().clone(), checked.signed.size()), checked.signed);
            }
        }
    }
    Ok(found)
}

/// The largest believed note that others need not add to: one with a quorum, where it cannot be cosigned again.
fn best_note(notes: &[HeldNote], policy: &Policy, can_cosign: bool) -> Option<SignedCheckpoint> {
    let believed =
        notes.iter().filter(|note| claimed_size(note).is_some()).filter_map(|note| policy.open(&note.bytes).ok());
    let worth = |checked: &Checked| (checked.quorum || can_cosign, checked.signed.size(), checked.cosigned.len());
    believed.max_by_key(worth).map(|checked| checked.signed)
}

struct Export<'a> {
    out: &'a Path,
    logs: BTreeMap<Origin, LogExport>,
    objects: usize,
}

impl Export<'_> {
    /// Writes the aggregator's entries below `limit`, the entries of the batches among them, and the other attachments.
    fn fill(&mut self, aggregator: &LedgerLog, limit: Size) -> Result<Option<Fault>, AuditError> {
        let mut failed = None;
        let damage = aggregator.visit(&mut |index, record| {
            if !limit.covers(index) {
                return ControlFlow::Break(());
            }
            match self.record(aggregator, index, record) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failed = Some(error);
                    ControlFlow::Break(())
                }
            }
        });
        match failed {
            Some(error) => Err(error),
            None => Ok(damage.into_iter().next().map(|(_, fault)| fault)),
        }
    }

    fn record(&mut self, aggregator: &LedgerLog, index: Index, record: &Record) -> Result<(), AuditError> {
        self.log(aggregator.origin()).push(index, &record.entry)?;
        if let Some(batch) = batch_of(aggregator, record) {
            let log = self.log(batch.origin());
            for (index, entry) in batch.range().iter().zip(batch.entries()) {
                log.push(index, entry)?;
            }
            log.note = Some(batch.note().clone());
            return Ok(());
        }
        let Some(sha256) = named_by(&record.entry) else { return Ok(()) };
        let bytes = stored(aggregator, record, &sha256).map_err(|fault| AuditError::Unreadable {
            place: format!("{} at {index}", aggregator.origin()),
            reason: fault.en(),
        })?;
        self.objects += 1;
        write(&self.out.join("objects").join(sha256), &bytes)
    }

    fn log(&mut self, origin: &Origin) -> &mut LogExport {
        let directory = self.out.join(origin.directory());
        self.logs.entry(origin.clone()).or_insert_with(|| LogExport::new(directory))
    }
}

type Sink = Box<dyn FnMut(TilePath, Vec<u8>) -> Result<(), AuditError>>;

struct LogExport {
    tiles: TileWriter<Sink>,
    frontier: Frontier,
    /// The note of the last batch, signed by the log alone.
    note: Option<Note>,
}

impl LogExport {
    fn new(directory: PathBuf) -> Self {
        let sink: Sink = Box::new(move |path, bytes| write(&directory.join(path.to_string()), &bytes));
        Self { tiles: TileWriter::new(sink), frontier: Frontier::empty(), note: None }
    }

    /// Takes the next entry; one that was written before is passed over.
    fn push(&mut self, index: Index, entry: &[u8]) -> Result<(), AuditError> {
        if index == self.frontier.size().next_index() {
            self.frontier.push(self.tiles.push(entry)?);
        }
        Ok(())
    }

    fn cosigned_note(
        &self,
        receipts: &BTreeMap<(Origin, Size), SignedCheckpoint>,
        policy: &Policy,
    ) -> Option<SignedCheckpoint> {
        let signed = policy.open(&self.note.as_ref()?.to_bytes()).ok()?.signed;
        let receipt = receipts.get(&(signed.origin().clone(), signed.size())).filter(|r| r.root() == signed.root());
        Some(receipt.cloned().unwrap_or(signed))
    }

    /// Writes the partial tiles, once the entries have the root that was signed.
    fn finish(self, signed: &SignedCheckpoint) -> Result<Size, AuditError> {
        let computed: Hash = self.frontier.root();
        if (self.frontier.size(), computed) != (signed.size(), signed.root()) {
            let (origin, size) = (signed.origin().clone(), signed.size());
            return Err(AuditError::RootDiffers { origin, size, computed, signed: signed.root() });
        }
        self.tiles.finish()
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), AuditError> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(AuditError::io(directory))?;
    }
    fs::write(path, bytes).map_err(AuditError::io(path))
}
