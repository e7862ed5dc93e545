//! What the shipper is told and what it asks for.

use crate::receipt::ReceiptStatus;
use danvan_tlog::{IndexRange, KeyName, Size};
use std::time::Duration;

/// The last message on the node's own subject in the spool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpoolLast {
    /// Its place in the stream.
    pub sequence: u64,
    /// Its entries, when it is a batch signed by the node's own key.
    pub range: Option<IndexRange>,
}

/// A receipt whose note was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The mirror key of the aggregator.
    pub by: KeyName,
    /// What it answers.
    pub status: ReceiptStatus,
    /// From where it wants more. Nobody signed this.
    pub next: Size,
    /// The size of the verified note; `None` when there is no note.
    pub cosigned: Option<Size>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// So many entries are durable now.
    Grew(Size),
    /// There is a connection to the broker, a new one.
    Linked,
    /// There is none.
    Unlinked,
    /// The batch is in the spool. This paces and proves nothing.
    Published {
        /// What the batch held.
        range: IndexRange,
        /// Its place in the stream.
        sequence: u64,
    },
    /// The spool holds another last message on the subject than was expected.
    PublishRefused,
    /// Nobody knows whether the batch is in the spool.
    PublishDoubtful,
    /// The batch was not sent: it could not be made.
    PublishFailed,
    /// The last message on the own subject; `None`: there is none.
    OwnLast(Option<SpoolLast>),
    /// A look-up brought no answer.
    LookUpFailed,
    /// A receipt, live or looked up.
    Receipt(Heard),
    /// Every stored receipt was looked up and handed in.
    ReceiptsLookedUp,
}

/// What the shipper wants done. The outcome comes back as an [`Input`]; until then it asks for nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Publish a batch that starts at `start` and holds as much below `limit` as fits. Answer: `Published` or one of
    /// its three failures.
    Publish {
        /// The first entry.
        start: Size,
        /// The durable size.
        limit: Size,
        /// The sequence that the last message on the subject must have; 0: there must be none.
        expected: u64,
    },
    /// Read the last message on the own subject. Answer: `OwnLast` or `LookUpFailed`.
    LookUpOwn,
    /// Read the stored receipt of every required aggregator. Answer: `Receipt` for each that there is, then
    /// `ReceiptsLookedUp`, or `LookUpFailed`.
    LookUpReceipts,
}

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Do this, then tell the outcome.
    Do(Action),
    /// Nothing before the next input or this moment (on the same clock as every `now`), whatever comes first.
    Wait(Option<Duration>),
}

/// The node's copy and an aggregator's do not belong to one history any more. The shipper stops; an operator decides.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Alarm {
    /// An aggregator has cosigned more than this node holds: the node has lost entries.
    #[error("{by} has cosigned {cosigned} entries, this node holds {held}")]
    LostEntries {
        /// Who has more; the node's own key when its own message in the spool has more.
        by: KeyName,
        /// How many.
        cosigned: Size,
        /// How many this node holds.
        held: Size,
    },
    /// The cosigned root is not this node's root of that size.
    #[error("{by} has cosigned another history of {size} entries")]
    Fork {
        /// The mirror key.
        by: KeyName,
        /// The size of the note.
        size: Size,
    },
}
