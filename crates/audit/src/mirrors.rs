//! What lies in a place as mirrors of one log: copies of its ledger, an aggregator's batches, an export. Nothing that they
//! say is believed here; whoever repairs from them verifies it.

use crate::aggregator_log::batch_of;
use crate::attachment::{named_by, sha256_hex};
use crate::error::AuditError;
use crate::export_log::ExportLog;
use crate::held_log::HeldLog;
use crate::ledger_log::LedgerLog;
use crate::place::Place;
use danvan_event::{Entry, Event};
use danvan_ledger::{LedgerCopy, LedgerReader, MirrorError, MirrorSource, Record, SilentMirror, Supplied};
use danvan_tlog::{Index, IndexRange, Note, Origin, Size};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

/// Everything in `place` that may hold entries of the log `origin`, but not the ledger in the directory `damaged` itself.
///
/// What cannot be opened comes as a mirror that says why when it is asked, so that no source is passed over in silence.
pub fn mirrors(place: &Place, origin: &Origin, damaged: &Path) -> Result<Vec<Box<dyn MirrorSource>>, AuditError> {
    if let Place::Export(root) = place {
        let log = ExportLog::open(root, &root.join(origin.directory()));
        let name = root.display().to_string();
        return Ok(vec![match log {
            Ok(log) => Box::new(ExportMirror { name, log }),
            Err(error) => Box::new(SilentMirror::new(name, error.to_string())),
        }]);
    }
    let own = damaged.canonicalize().ok();
    let ledgers = place.ledgers()?.into_iter();
    let others = ledgers.filter(|ledger| own.is_none() || ledger.canonicalize().ok() != own);
    Ok(others.map(|ledger| in_ledger(&ledger, origin)).collect())
}

fn in_ledger(ledger: &Path, origin: &Origin) -> Box<dyn MirrorSource> {
    let name = ledger.display().to_string();
    match LedgerReader::open(ledger) {
        Ok(reader) if reader.origin() == origin => Box::new(LedgerCopy::of(name, reader)),
        Ok(reader) => Box::new(BatchMirror { name, log: LedgerLog::of(ledger, reader), batches: BTreeMap::new() }),
        Err(error) => Box::new(SilentMirror::new(name, error.to_string())),
    }
}

/// The attachment of an entry that comes from a mirror, which perhaps `offered` one: the entry says which it must be.
#[must_use]
pub fn supply_attachment(entry: &[u8], offered: Option<Vec<u8>>) -> Supplied {
    match (named_by(entry), offered) {
        (None, _) => Supplied::NotNeeded,
        (Some(sha256), Some(bytes)) if sha256_hex(&bytes) == sha256 => Supplied::Found(bytes),
        (Some(_), _) => Supplied::Missing,
    }
}

/// The batches of one log in an aggregator's ledger.
struct BatchMirror {
    name: String,
    log: LedgerLog,
    /// The place of each batch in the aggregator's log, by the size at its end; without a gap from 0 on.
    batches: BTreeMap<Size, Index>,
}

impl MirrorSource for BatchMirror {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn newest(&mut self, origin: &Origin) -> Result<Option<Note>, MirrorError> {
        let (mut batches, mut held, mut last) = (BTreeMap::new(), Size::ZERO, None);
        let damage = self.log.visit(&mut |index, record| {
            let Ok(entry) = Entry::parse(record.entry.clone()) else { return ControlFlow::Continue(()) };
            if let Event::CheckpointCosigned(cosigned) = entry.event()
                && cosigned.origin == origin.as_str()
                && cosigned.start == held.get()
                && let Some(end) = Size::new(cosigned.size)
            {
                batches.insert(end, index);
                (held, last) = (end, Some(record.clone()));
            }
            ControlFlow::Continue(())
        });
        self.batches = batches;
        match (last.map(|record| batch_of(&self.log, &record)), damage.into_iter().next()) {
            (Some(Some(batch)), _) => Ok(Some(batch.note().clone())),
            (Some(None), _) => Err(MirrorError::new("its last batch cannot be read")),
            (None, Some((_, fault))) => Err(MirrorError::new(fault.en())),
            (None, None) => Ok(None),
        }
    }

    fn records(&mut self, range: IndexRange) -> Result<Vec<Record>, MirrorError> {
        let missing = || MirrorError::new(format!("it has no batch of the entries {range}"));
        let behind = range.start().next_index().size_after();
        let (_, place) = self.batches.range(behind..).next().ok_or_else(missing)?;
        let record = self.log.record(*place)?.ok_or_else(missing)?;
        let batch = batch_of(&self.log, &record).ok_or_else(|| MirrorError::new("a batch cannot be read"))?;
        let entries = batch.range().iter().zip(batch.entries());
        let wanted = entries.filter(|(index, _)| range.contains(*index));
        Ok(wanted.map(|(_, entry)| Record::new(entry.clone())).collect())
    }
}

/// One log of an export.
struct ExportMirror {
    name: String,
    log: ExportLog,
}

impl MirrorSource for ExportMirror {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn newest(&mut self, origin: &Origin) -> Result<Option<Note>, MirrorError> {
        if self.log.origin() != origin {
            return Ok(None);
        }
        let bytes = self.log.notes().into_iter().next().map(|note| note.bytes).unwrap_or_default();
        Note::parse(&bytes).map(Some).map_err(|error| MirrorError::new(error.to_string()))
    }

    fn records(&mut self, range: IndexRange) -> Result<Vec<Record>, MirrorError> {
        let bundle = self.log.bundle_at(range.start().next_index()).map_err(|fault| MirrorError::new(fault.en()))?;
        let wanted = bundle.into_iter().filter(|(index, _)| range.contains(*index));
        Ok(wanted.map(|(_, record)| self.log.with_attachment(record)).collect())
    }
}
