//! Keys of entries, in a table in memory.

use danvan_ledger::{KeyTable, KeyTableError};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// The key of an entry that has one.
pub(crate) fn key_of(entry: &[u8]) -> Option<Vec<u8>> {
    entry.strip_prefix(b"once ").map(<[u8]>::to_vec)
}

pub(crate) fn keyed(key: u8) -> Vec<u8> {
    format!("once key {key}").into_bytes()
}

/// A table whose rows outlive a process, until somebody throws it away.
#[derive(Default)]
pub(crate) struct Table(Mutex<(u64, BTreeMap<Vec<u8>, u64>)>);

impl KeyTable for Table {
    fn find(&self, key: &[u8]) -> Result<Option<u64>, KeyTableError> {
        Ok(self.0.lock().unwrap().1.get(key).copied())
    }

    fn noted(&self) -> Result<u64, KeyTableError> {
        Ok(self.0.lock().unwrap().0)
    }

    fn note(&self, upto: u64, keys: &[(Vec<u8>, u64)]) -> Result<(), KeyTableError> {
        let mut rows = self.0.lock().unwrap();
        assert!(rows.0 <= upto, "the table went back from {} to {upto}", rows.0);
        rows.0 = upto;
        for (key, number) in keys {
            assert_eq!(rows.1.insert(key.clone(), *number), None, "a key has two entries");
        }
        Ok(())
    }
}
