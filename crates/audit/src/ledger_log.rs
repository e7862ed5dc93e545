//! A log in a ledger's directory.

use crate::error::AuditError;
use crate::finding::Fault;
use crate::held_log::{Damage, HeldLog, HeldNote, Visitor};
use crate::history::History;
use danvan_ledger::{Damage as JournalDamage, LedgerReader, ReadError, Record};
use danvan_tlog::{Index, IndexRange, Origin};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

pub(crate) struct LedgerLog {
    directory: PathBuf,
    reader: LedgerReader,
}

impl LedgerLog {
    pub(crate) fn open(directory: &Path) -> Result<Self, AuditError> {
        let unreadable = |reason: String| AuditError::Unreadable { place: directory.display().to_string(), reason };
        let reader = LedgerReader::open(directory).map_err(|error| unreadable(error.to_string()))?;
        Ok(Self::of(directory, reader))
    }

    /// A log that is open already.
    pub(crate) fn of(directory: &Path, reader: LedgerReader) -> Self {
        Self { directory: directory.to_owned(), reader }
    }

    /// One record, without reading what is before it.
    pub(crate) fn record(&self, index: Index) -> Result<Option<Record>, ReadError> {
        let Ok(range) = IndexRange::new(index.size_before(), index.size_after()) else { return Ok(None) };
        let mut found = None;
        self.reader.visit(range, |_, entry, attachment| {
            found = Some(Record { entry: entry.to_vec(), attachment: attachment.map(<[u8]>::to_vec) });
            false
        })?;
        Ok(found)
    }
}

impl HeldLog for LedgerLog {
    fn origin(&self) -> &Origin {
        self.reader.origin()
    }

    fn notes(&self) -> Vec<HeldNote> {
        let checkpoints = self.reader.checkpoints().iter().map(|note| HeldNote {
            name: "checkpoint".to_owned(),
            receipt_by: None,
            bytes: note.to_bytes(),
        });
        let receipts = self.reader.receipts().iter().map(|(by, note)| HeldNote {
            name: format!("receipt of {by}"),
            receipt_by: Some(by.clone()),
            bytes: note.to_bytes(),
        });
        let contradiction = self.reader.contradiction().map(|note| HeldNote {
            name: "contradiction".to_owned(),
            receipt_by: None,
            bytes: note.to_bytes(),
        });
        checkpoints.chain(receipts).chain(contradiction).collect()
    }

    fn history(&self) -> History {
        History::of_ledger(&self.reader)
    }

    /// Only what is damaged at a second look too: a running writer may have been in the middle of one copy.
    fn faults(&self) -> Vec<Fault> {
        let first = self.reader.damaged_slots();
        if first.is_empty() {
            return Vec::new();
        }
        let again = LedgerReader::open(&self.directory);
        let still = again.map_or_else(|_| first.to_vec(), |again| again.damaged_slots().to_vec());
        still.into_iter().filter(|place| first.contains(place)).map(|place| Fault::DamagedNote { place }).collect()
    }

    fn visit(&self, visitor: &mut Visitor<'_>) -> Vec<Damage> {
        let first = visit(&self.reader, visitor);
        if first.is_empty() {
            return first;
        }
        // A running writer moves the end while it is read. What is damaged is so at a second look too.
        let again = LedgerReader::open(&self.directory);
        let Ok(again) = again else { return first };
        let again = visit(&again, &mut |_, _| ControlFlow::Continue(()));
        first.into_iter().filter(|found| again.contains(found)).collect()
    }

    fn attachment(&self, record: &Record, _sha256: &str) -> Option<Vec<u8>> {
        record.attachment.clone()
    }

    fn has_batches(&self) -> bool {
        true
    }
}

fn visit(reader: &LedgerReader, visitor: &mut Visitor<'_>) -> Vec<Damage> {
    let mut damage = Vec::new();
    for item in reader.entries() {
        match item {
            Ok((index, record)) => {
                if visitor(index, &record).is_break() {
                    break;
                }
            }
            Err(found) => damage.push(damaged(&found)),
        }
    }
    if let Some(corruption) = reader.corruption() {
        let found = damaged(&corruption.clone().into());
        if !damage.contains(&found) {
            damage.push(found);
        }
    }
    damage
}

fn damaged(damage: &JournalDamage) -> (Option<Index>, Fault) {
    let index = match damage {
        JournalDamage::Corrupt(corruption) => corruption.index,
        JournalDamage::Io(_) => None,
    };
    (index, Fault::Damaged { reason: damage.to_string() })
}
