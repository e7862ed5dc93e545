//! The numbers of one ledger that its operator may choose.

use std::time::Duration;

/// Settings of a [`crate::Ledger`]; the defaults suit a commune's PC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerConfig {
    /// A segment is sealed and the next one begun before it grows over this many bytes.
    pub segment_bytes: u64,
    /// Space that is reserved ahead of the append position, in bytes.
    pub preallocate_bytes: u64,
    /// How many records may wait for the writer; one more is answered with `Busy`.
    pub queue_records: usize,
    /// How many bytes of records may wait for the writer.
    pub queue_bytes: usize,
    /// Space that is kept back for control records, in bytes; with 0 a full disk refuses them too.
    pub reserve_bytes: u64,
    /// When the latest checkpoint is signed.
    pub signing: Signing,
}

/// When a ledger signs its latest checkpoint by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// On a thread of its own: at once when idle, else once per `interval`, the least time between two checkpoints of
    /// a busy ledger.
    Background {
        /// The least time between two checkpoints.
        interval: Duration,
    },
    /// Only in [`crate::Ledger::sign_latest`] and at the end: nothing runs beside the caller, so that one order of
    /// calls is one order of operations on the disk, every time. A process that serves people does not want this.
    OnDemand,
}

impl Default for LedgerConfig {
    fn default() -> Self {
        Self {
            segment_bytes: 64 << 20,
            preallocate_bytes: 4 << 20,
            queue_records: 4096,
            queue_bytes: 32 << 20,
            reserve_bytes: 8 << 20,
            signing: Signing::Background { interval: Duration::from_millis(20) },
        }
    }
}

impl LedgerConfig {
    pub(crate) fn journal(self) -> danvan_journal::Config {
        danvan_journal::Config {
            segment_bytes: self.segment_bytes,
            preallocate_bytes: self.preallocate_bytes,
            queue_records: self.queue_records,
            queue_bytes: self.queue_bytes,
            reserve_bytes: self.reserve_bytes,
        }
    }
}
