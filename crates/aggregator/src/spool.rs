//! How far the spool was read: a hint in a small file. Losing it costs a second reading, nothing else.

use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use danvan_daemon::write_atomic;
use danvan_replication::SpoolCursor;

/// The file is written at most this often; what it lags behind is read again and answered as held.
const WRITE_EVERY: Duration = Duration::from_secs(1);

/// The remembered cursor.
pub(crate) struct SpoolMemory {
    path: PathBuf,
    latest: Mutex<Latest>,
}

#[derive(Default)]
struct Latest {
    cursor: Option<SpoolCursor>,
    written: Option<(SpoolCursor, Instant)>,
}

impl SpoolMemory {
    /// Reads the file; one that is missing or unreadable counts as no cursor.
    pub(crate) fn load(path: PathBuf) -> Self {
        let cursor = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Self { path, latest: Mutex::new(Latest { cursor, written: None }) }
    }

    pub(crate) fn cursor(&self) -> Option<SpoolCursor> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).cursor
    }

    pub(crate) fn keep(&self, cursor: SpoolCursor) {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        latest.cursor = Some(cursor);
        if latest.written.is_none_or(|(_, at)| at.elapsed() >= WRITE_EVERY) {
            self.write(&mut latest);
        }
    }

    /// Writes what is remembered, at the end of the process.
    pub(crate) fn settle(&self) {
        self.write(&mut self.latest.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn write(&self, latest: &mut Latest) {
        let Some(cursor) = latest.cursor.filter(|cursor| latest.written.is_none_or(|(held, _)| held != *cursor)) else {
            return;
        };
        let bytes = serde_json::to_vec(&cursor).unwrap_or_default();
        match write_atomic(&self.path, &bytes) {
            Ok(()) => latest.written = Some((cursor, Instant::now())),
            Err(error) => tracing::warn!(%error, path = %self.path.display(), "the spool cursor was not written"),
        }
    }
}
