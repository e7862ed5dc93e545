//! What the services let others count.

use crate::fetch::FetchOutcome;
use crate::receipt::ReceiptStatus;
use danvan_tlog::KeyName;

/// Counts of the services; every method may be called from any thread and must not block.
pub trait Observer: Send + Sync + 'static {
    /// A batch is in the spool.
    fn published(&self, _entries: u64, _packed_bytes: usize) {}
    /// A publish or a look-up failed.
    fn broker_failed(&self) {}
    /// A verified receipt came in.
    fn receipt_heard(&self, _by: &KeyName, _status: ReceiptStatus) {}
    /// A receipt that cannot be believed came in.
    fn receipt_disbelieved(&self) {}
    /// A group of batches was taken in.
    fn group_received(&self, _batches: usize, _packed_bytes: usize) {}
    /// A receipt was published.
    fn receipt_sent(&self, _status: ReceiptStatus) {}
    /// Both streams were looked at: whether they stand as they must, or could be made so.
    fn streams_stand(&self, _stand: bool) {}
    /// A unit asked for entries.
    fn fetch_answered(&self, _outcome: FetchOutcome) {}
    /// Reading the spool began anew, after a reconnect, a gap, an error or a stall.
    fn reading_restarted(&self) {}
}

/// Counts nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl Observer for Unobserved {}
