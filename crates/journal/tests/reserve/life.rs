//! A journal with a reserve, and who was told what.

use danvan_journal::{AppendError, Config, Identity, Journal, OpenError, Record, Storage};
use danvan_testkit::{Dice, FaultyStorage};
use danvan_tlog::{Index, Size};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Segments so small that a full disk is met in the middle of groups, at seals and at rotations.
pub(crate) const CONFIG: Config = Config {
    segment_bytes: 4096 + 2000,
    preallocate_bytes: 700,
    queue_records: 64,
    queue_bytes: 1 << 20,
    reserve_bytes: RESERVE_BYTES as u64,
};

/// Room for the header of a segment and a few records.
pub(crate) const RESERVE_BYTES: usize = 9000;

/// The frame of a control record with its header, at most.
pub(crate) const CONTROL_FRAME_BYTES: usize = 40 + 96;

pub(crate) fn identity() -> Identity {
    Identity::new("example.vn/u/gso2024-15097").unwrap()
}

pub(crate) fn ordinary(n: u64) -> Record {
    let mut dice = Dice::new(n);
    Record::new([b"ordinary".to_vec(), dice.bytes(dice.clone().place(300))].concat())
}

pub(crate) fn control(n: u64) -> Record {
    let mut dice = Dice::new(1000 + n);
    Record::new([b"control".to_vec(), dice.bytes(dice.clone().place(80))].concat())
}

pub(crate) fn has_reserve(disk: &FaultyStorage) -> bool {
    disk.files().get("reserve").is_some_and(|bytes| bytes.len() == RESERVE_BYTES)
}

pub(crate) fn open(storage: Arc<dyn Storage>) -> Result<Journal, OpenError> {
    Ok(Journal::open(storage, &identity(), Size::ZERO, CONFIG)?.0)
}

/// One life of a journal, and everything that it acknowledged or refused.
#[derive(Default)]
pub(crate) struct Life {
    pub(crate) acknowledged: BTreeMap<u64, Record>,
    pub(crate) refused: Vec<Record>,
    /// Records whose fate only the next start knows.
    pub(crate) in_doubt: Vec<Record>,
    next: u64,
}

impl Life {
    pub(crate) fn note(&mut self, record: Record, outcome: &Result<Index, AppendError>) -> bool {
        match outcome {
            Ok(index) => assert_eq!(self.acknowledged.insert(index.get(), record), None, "{index} was given twice"),
            Err(AppendError::NoSpace) => self.refused.push(record),
            Err(_) => {
                self.in_doubt.push(record);
                return false;
            }
        }
        true
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Appends ordinary records in groups until one is refused; false when the journal failed.
    pub(crate) fn fill(&mut self, journal: &Journal) -> bool {
        for _ in 0..2000 {
            let group: Vec<Record> = (0..3).map(|_| ordinary(self.number())).collect();
            let outcomes = journal.append_all(group.clone());
            let is_full = outcomes.contains(&Err(AppendError::NoSpace));
            let noted: Vec<bool> = group.into_iter().zip(outcomes).map(|(r, outcome)| self.note(r, &outcome)).collect();
            if is_full || noted.contains(&false) {
                return !noted.contains(&false);
            }
        }
        panic!("the disk is never full");
    }

    /// Appends a control record; whether it was acknowledged.
    pub(crate) fn control(&mut self, journal: &Journal) -> Result<Index, AppendError> {
        let record = control(self.number());
        let outcome = journal.append_control(record.clone());
        self.note(record, &outcome);
        outcome
    }

    /// Appends an ordinary record; whether it was acknowledged.
    pub(crate) fn ordinary(&mut self, journal: &Journal) -> Result<Index, AppendError> {
        let record = ordinary(self.number());
        let outcome = journal.append(record.clone());
        self.note(record, &outcome);
        outcome
    }

    /// What a reopened journal does not hold of this life, or holds and should not.
    pub(crate) fn broken_promises(&self, journal: &Journal) -> Vec<String> {
        let mut broken = Vec::new();
        let records = match journal.read(journal.size().range()) {
            Ok(records) => records,
            Err(error) => return vec![format!("cannot read back: {error}")],
        };
        for (index, record) in &self.acknowledged {
            if usize::try_from(*index).ok().and_then(|at| records.get(at)) != Some(record) {
                broken.push(format!("the acknowledged record {index} is lost or another one"));
            }
        }
        for (index, record) in (0_u64..).zip(&records) {
            if self.refused.contains(record) {
                broken.push(format!("a refused record came back as {index}"));
            }
            if !self.acknowledged.contains_key(&index) && !self.in_doubt.contains(record) {
                broken.push(format!("nobody submitted what is record {index}"));
            }
        }
        broken
    }
}
