//! Ours: the journal alone, and the ledger with tree, re-reading and signatures.

use std::path::Path;
use std::sync::Arc;

use danvan_journal::{Config, DiskStorage, Identity, Journal, Record as JournalRecord};
use danvan_ledger::{Ledger, LedgerConfig, Record};
use danvan_tlog::{KeyName, LogKey};

use super::{SetUpError, Store};
use crate::home::ORIGIN;

/// Frames, checksums, group commit; payload-blind.
pub struct DanvanJournal(Journal);

impl DanvanJournal {
    /// A fresh journal with the settings that ship.
    ///
    /// # Errors
    /// The folder cannot be used.
    pub fn open(folder: &Path) -> Result<Self, SetUpError> {
        let storage = Arc::new(DiskStorage::create(&folder.join("journal"))?);
        Ok(Self(Journal::create(storage, &Identity::new(ORIGIN)?, Config::default())?))
    }
}

impl Store for DanvanJournal {
    fn append(&self, events: &[Vec<u8>]) {
        match events {
            [event] => assert!(self.0.append(JournalRecord::new(event.clone())).is_ok(), "the journal failed"),
            events => {
                let records = events.iter().cloned().map(JournalRecord::new).collect();
                assert!(self.0.append_all(records).iter().all(Result::is_ok), "the journal failed");
            }
        }
    }
}

/// The journal as a transparency log that signs beside the appends.
pub struct DanvanLedger(Ledger);

impl DanvanLedger {
    /// A fresh ledger with the settings that ship.
    ///
    /// # Errors
    /// The folder cannot be used.
    pub fn open(folder: &Path) -> Result<Self, SetUpError> {
        let key = LogKey::from_seed(KeyName::new(ORIGIN)?, [7; 32]);
        let first = Record::new(br#"{"opened":true}"#.to_vec());
        Ok(Self(Ledger::create(&folder.join("ledger"), key.origin(), key, first, LedgerConfig::default())?))
    }
}

impl Store for DanvanLedger {
    fn append(&self, events: &[Vec<u8>]) {
        match events {
            [event] => assert!(self.0.append(Record::new(event.clone())).is_ok(), "the ledger failed"),
            events => {
                let records = events.iter().cloned().map(Record::new).collect();
                assert!(self.0.append_all(records).iter().all(Result::is_ok), "the ledger failed");
            }
        }
    }

    /// The entries that no checkpoint covers yet are read back, hashed and signed.
    fn settle(&self) {
        let signed = self.0.sign_latest();
        assert!(signed.is_ok(), "the ledger failed: {signed:?}");
    }
}
