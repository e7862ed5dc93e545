//! What reading a whole ledger found.

use crate::beside::Promise;
use danvan_journal::{Corruption, TornTail};
use danvan_tlog::{Hash, IndexRange, NoteError, Origin, Size};
use thiserror::Error;

/// The outcome of [`crate::verify`].
#[derive(Debug)]
pub struct Verdict {
    /// The log whose entries these are.
    pub origin: Origin,
    /// How many entries from the first one on are there without a gap.
    pub size: Size,
    /// Their root, from their bytes.
    pub root: Hash,
    /// How many sound entries were read, those behind gaps included.
    pub entries: u64,
    /// How many segments were read.
    pub segments: usize,
    /// How many bytes of segments were read.
    pub bytes: u64,
    /// The promises that were compared with a root and kept.
    pub kept: Vec<(Promise, Size)>,
    /// The remains of a group that was never acknowledged, which the next start of a writer cuts off.
    pub torn_tail: Option<TornTail>,
    /// Small files of which the other copy is used. A crash may leave one of each pair, until a writer opens the ledger.
    pub damaged_copies: Vec<String>,
    /// Everything that no crash explains; empty for a sound ledger.
    pub findings: Vec<Finding>,
}

impl Verdict {
    /// Whether every byte is what was written and every promise is kept.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }
}

/// One thing that is wrong with a ledger: it is repaired from a mirror before anything is appended.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Finding {
    /// Bytes of a segment are not what was written.
    #[error(transparent)]
    Damaged(#[from] Corruption),
    /// Between entries that can be read there are some that cannot.
    #[error("the entries {0} cannot be read")]
    Missing(IndexRange),
    /// Fewer entries can be read from the first one on than were promised.
    #[error("{promise} covers {promised} entries, {held} are there without a gap")]
    Short {
        /// To whom.
        promise: Promise,
        /// The size that was promised.
        promised: Size,
        /// The size that is there.
        held: Size,
    },
    /// The entries are not those that were promised.
    #[error("the entries below {size} have the root {found}; {promise} says {signed}")]
    RootDiffers {
        /// To whom.
        promise: Promise,
        /// The size that was promised.
        size: Size,
        /// The root that was promised.
        signed: Hash,
        /// The root of the entries.
        found: Hash,
    },
    /// A small file beside the journal holds something sound that does not belong there.
    #[error("{file} holds something else than it should")]
    ForeignSlot {
        /// Its name.
        file: String,
    },
    /// A note beside the journal is not one of this log.
    #[error("{promise} does not belong to this log: {reason}")]
    ForeignNote {
        /// What it stands for.
        promise: Promise,
        /// Why not.
        reason: NoteError,
    },
    /// Both copies of a small file beside the journal are damaged.
    #[error("both copies of {name} are damaged")]
    SlotsLost {
        /// The name of the pair.
        name: String,
    },
}

impl Finding {
    /// A stable word for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Damaged(_) => "damaged",
            Self::Missing(_) => "missing",
            Self::Short { .. } => "short",
            Self::RootDiffers { .. } => "root_differs",
            Self::ForeignSlot { .. } => "foreign_slot",
            Self::ForeignNote { .. } => "foreign_note",
            Self::SlotsLost { .. } => "slots_lost",
        }
    }
}
