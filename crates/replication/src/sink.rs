//! What stands behind the receiver: durability, cosigning and the memory of how far the spool was read.

use crate::receipt::Receipt;
use crate::subject::UnitToken;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

/// How far the spool was read. Losing it costs time only: everything is read again and answered as held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpoolCursor {
    /// When the stream was created, in nanoseconds since the Unix epoch by the broker's clock. Another number means
    /// another stream, whose sequences say nothing about this one.
    pub created: i64,
    /// The last sequence that was dealt with.
    pub sequence: u64,
}

/// One message of the spool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The unit under whose subject it was published. The broker's permissions vouch for it, nothing else does.
    pub unit: UnitToken,
    /// The packed batch, not looked at.
    pub packed: Vec<u8>,
}

/// The sink could not make a group durable. The receiver delivers it again after a while.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the batches could not be taken in: {0}")]
pub struct SinkError(pub String);

/// Takes in batches. Every call may block; the receiver makes one at a time, off the asynchronous threads.
///
/// `danvan_testkit::sink_suite` says in tests what an implementation owes.
pub trait BatchSink: Send + Sync + 'static {
    /// Judges the batches in order, makes what is accepted durable with as few fsyncs as the order within each log allows, and
    /// returns one receipt for each, in the same order. What the receipts say must be durable when this returns.
    fn receive(&self, batches: Vec<Received>) -> Result<Vec<Receipt>, SinkError>;

    /// How far the spool was read, as last given to [`BatchSink::keep_cursor`]; `None` reads it from its beginning.
    fn cursor(&self) -> Option<SpoolCursor>;

    /// Remembers how far the spool was read. Called after `receive`; needs no fsync.
    fn keep_cursor(&self, cursor: SpoolCursor);

    /// Where every enrolled log stands: its last cosigned receipt; 422 where it has forked; where nothing of it is held, a
    /// request to send from the beginning. Told anew when the broker may have lost the receipts or the sink may be an older one, because
    /// a node that has nothing to send would never hear of it.
    fn receipts_to_republish(&self) -> Vec<(UnitToken, Receipt)>;

    /// The same for the logs that were enrolled since this was last asked, each once: a node that was refused as unknown
    /// would wait for minutes before it sends again.
    fn newly_enrolled(&self) -> Vec<(UnitToken, Receipt)>;

    /// Wakes when [`BatchSink::newly_enrolled`] has something to tell.
    fn enrolment(&self) -> &Notify;
}
