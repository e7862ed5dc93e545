//! sled 0.34.7. Its flush waits for the pages to reach the device and does not flush the device's cache, so it does less
//! than the others for each acknowledgement.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{SetUpError, Store};

/// Values under increasing keys, flushed after each commit.
pub struct Sled {
    db: ::sled::Db,
    next: AtomicU64,
}

impl Sled {
    /// A fresh database in `folder`.
    ///
    /// # Errors
    /// The database cannot be opened.
    pub fn open(folder: &Path) -> Result<Self, SetUpError> {
        Ok(Self { db: ::sled::open(folder.join("sled"))?, next: AtomicU64::new(0) })
    }
}

impl Store for Sled {
    fn append(&self, events: &[Vec<u8>]) {
        let first = self.next.fetch_add(events.len() as u64, Ordering::Relaxed);
        let mut batch = ::sled::Batch::default();
        for (place, event) in (first..).zip(events) {
            batch.insert(&place.to_be_bytes(), event.as_slice());
        }
        let flushed = self.db.apply_batch(batch).and_then(|()| self.db.flush());
        assert!(flushed.is_ok(), "sled failed: {flushed:?}");
    }
}
