//! raft-engine 0.4.2: a log engine with group commit, checksums and an index in memory; it hashes nothing.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use raft_engine::{Config, Engine, LogBatch, ReadableSize};

use super::{SetUpError, Store};

/// Its unit of independent logs; writers spread over them as they do in its home.
const REGIONS: u64 = 64;

/// Values under increasing keys, uncompressed, each write synced.
pub struct RaftEngine {
    engine: Engine,
    next: AtomicU64,
}

impl RaftEngine {
    /// A fresh engine in `folder`.
    ///
    /// # Errors
    /// The engine cannot be opened.
    pub fn open(folder: &Path) -> Result<Self, SetUpError> {
        let config = Config {
            dir: folder.join("raft-engine").to_string_lossy().into_owned(),
            batch_compression_threshold: ReadableSize(0),
            ..Config::default()
        };
        Ok(Self { engine: Engine::open(config)?, next: AtomicU64::new(0) })
    }
}

impl Store for RaftEngine {
    fn append(&self, events: &[Vec<u8>]) {
        let mut batch = LogBatch::with_capacity(events.len());
        let first = self.next.fetch_add(events.len() as u64, Ordering::Relaxed);
        for (place, event) in (first..).zip(events) {
            // Its internal keys begin with two underscores; numbers do not.
            let put = batch.put(1 + place % REGIONS, place.to_be_bytes().to_vec(), event.clone());
            assert!(put.is_ok(), "raft-engine refused: {put:?}");
        }
        let written = self.engine.write(&mut batch, true);
        assert!(written.is_ok(), "raft-engine failed: {written:?}");
    }
}
