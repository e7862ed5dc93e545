//! Mirrors that tell the truth, and mirrors that do not.

use crate::commune::{cosigned, entry, has_attachment, key, origin, root_of, size};
use danvan_ledger::{MirrorError, MirrorSource, Record, Supplied};
use danvan_tlog::{Index, IndexRange, LogKey, Note, Origin};

/// How a mirror fails those who ask it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It does not.
    Honest,
    /// The bytes of one entry are others.
    Alters(u64),
    /// Two entries changed places.
    Swaps(u64),
    /// An entry too long to be one.
    TooLong,
    /// Its note is signed by another key.
    ForeignNote,
    /// It says nothing.
    Silent,
    /// It shows a note and gives no entries.
    Empty,
}

pub(crate) const LIES: [Fault; 6] =
    [Fault::Alters(60), Fault::Swaps(60), Fault::TooLong, Fault::ForeignNote, Fault::Silent, Fault::Empty];

/// An aggregator that holds so many entries.
pub(crate) struct Aggregator {
    pub(crate) entries: u64,
    pub(crate) fault: Fault,
    /// Most entries of one answer.
    pub(crate) at_once: u64,
    pub(crate) asked: u64,
}

pub(crate) fn aggregator(entries: u64) -> Aggregator {
    Aggregator { entries, fault: Fault::Honest, at_once: 17, asked: 0 }
}

impl Aggregator {
    pub(crate) fn that(self, fault: Fault) -> Self {
        Self { fault, ..self }
    }

    fn entry(&self, n: u64) -> Vec<u8> {
        match self.fault {
            Fault::Alters(at) if n >= at => [entry(n), b"!".to_vec()].concat(),
            Fault::Swaps(at) if n >= at => entry(n ^ 1),
            Fault::TooLong => vec![0; 70_000],
            _ => entry(n),
        }
    }
}

impl MirrorSource for Aggregator {
    fn name(&self) -> String {
        format!("{:?}", self.fault)
    }

    fn newest(&mut self, asked: &Origin) -> Result<Option<Note>, MirrorError> {
        assert_eq!(*asked, origin());
        match self.fault {
            Fault::Silent => Err(MirrorError::new("no answer")),
            Fault::ForeignNote => {
                let other = LogKey::from_seed(key().verifier_key().name().clone(), [9; 32]);
                Ok(Some(other.sign(size(self.entries), root_of(self.entries)).note().clone()))
            }
            _ => Ok(Some(cosigned(self.entries).note().clone())),
        }
    }

    fn records(&mut self, range: IndexRange) -> Result<Vec<Record>, MirrorError> {
        assert!(!range.is_empty() && range.end().get() <= self.entries, "asked for {range}");
        if self.fault == Fault::Empty {
            return Ok(Vec::new());
        }
        self.asked += 1;
        let most = usize::try_from(self.at_once).unwrap();
        Ok(range.iter().take(most).map(|index| Record::new(self.entry(index.get()))).collect())
    }
}

/// The attachments of the commune, from wherever it keeps them.
pub(crate) fn supply(index: Index, bytes: &[u8], _: Option<Vec<u8>>) -> Supplied {
    let n = index.get();
    if has_attachment(n) && bytes == entry(n) { Supplied::Found(entry(n + 1000)) } else { Supplied::NotNeeded }
}
