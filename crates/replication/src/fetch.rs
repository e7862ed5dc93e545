//! Fetching: a node that lost entries asks one aggregator for them. Question and answers as they travel, and the port behind
//! which the answers are found.
//!
//! Nothing that is answered is believed: a note is verified with the keys of the log and of the aggregator, entries by the
//! roots of such notes.

use crate::packing::{self, MAX_ENTRIES_BYTES, MAX_PACKED_BYTES, PackError, UnpackError};
use crate::receipt::{Receipt, ReceiptError};
use crate::subject::UnitToken;
use danvan_tlog::{Batch, BatchError, IndexRange, MAX_BATCH_ENTRIES, Note, Origin, PositionError, Size};
use serde::{Deserialize, Serialize};

/// The most bytes of a question.
const MAX_REQUEST_BYTES: usize = 4096;

/// Why bytes are no question. Nobody is answered.
#[derive(Debug, thiserror::Error)]
pub enum FetchRequestError {
    /// Longer than any question.
    #[error("the question has {0} bytes, over the limit of {MAX_REQUEST_BYTES}")]
    TooLong(usize),
    /// Not the JSON of a question, or a range that ends before it starts.
    #[error("the question is not a document of the expected shape: {0}")]
    Json(#[from] serde_json::Error),
}

/// Which entries of which log are wanted. An empty range asks only where the log stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Document", into = "Document")]
pub struct FetchRequest {
    origin: Origin,
    range: IndexRange,
}

#[derive(Serialize, Deserialize)]
struct Document {
    origin: Origin,
    start: Size,
    end: Size,
}

impl TryFrom<Document> for FetchRequest {
    type Error = PositionError;

    fn try_from(Document { origin, start, end }: Document) -> Result<Self, PositionError> {
        Ok(Self { origin, range: IndexRange::new(start, end)? })
    }
}

impl From<FetchRequest> for Document {
    fn from(FetchRequest { origin, range }: FetchRequest) -> Self {
        Self { origin, start: range.start(), end: range.end() }
    }
}

impl FetchRequest {
    /// Asks for the entries of the range, or the first of them.
    #[must_use]
    pub const fn entries(origin: Origin, range: IndexRange) -> Self {
        Self { origin, range }
    }

    /// Asks where the log stands.
    #[must_use]
    pub fn standing(origin: Origin) -> Self {
        Self { origin, range: Size::ZERO.range() }
    }

    /// The log.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// What is wanted.
    #[must_use]
    pub const fn range(&self) -> IndexRange {
        self.range
    }

    /// What of it is to be read where `held` entries are held: no more than one answer can take, and perhaps nothing.
    #[must_use]
    pub fn readable(&self, held: Size) -> Option<IndexRange> {
        let start = self.range.start();
        let most = start.checked_add(MAX_BATCH_ENTRIES).unwrap_or(Size::MAX);
        let range = IndexRange::new(start, self.range.end().min(held).min(most)).ok()?;
        (!range.is_empty()).then_some(range)
    }

    /// The bytes of the message.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads what [`FetchRequest::to_bytes`] wrote.
    pub fn parse(bytes: &[u8]) -> Result<Self, FetchRequestError> {
        if bytes.len() > MAX_REQUEST_BYTES {
            return Err(FetchRequestError::TooLong(bytes.len()));
        }
        Ok(serde_json::from_slice(bytes)?)
    }
}

/// Why entries make no answer. Nobody is answered; the trace tells why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchReplyError {
    /// They are no batch.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// They cannot be packed.
    #[error(transparent)]
    Pack(#[from] PackError),
}

/// Why an answer is of no use. The asker counts it as silence.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Longer than an answer may be.
    #[error("the answer has {0} bytes, over the limit of {MAX_PACKED_BYTES}")]
    TooLong(usize),
    /// It begins like a receipt and is none.
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
    /// It is neither a receipt nor a packed batch.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    /// It is about another log.
    #[error("the answer is about the log {0}")]
    Origin(Origin),
    /// It holds other entries than were asked for.
    #[error("the answer holds the entries {0}")]
    Range(IndexRange),
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FetchReply {
    /// No entry: where the log stands, in the words of a receipt. 404: it is not enrolled for this unit. 409: the range
    /// starts at or beyond `next`, where what is held ends.
    Standing(Receipt),
    /// Entries from the start of the range on, packed as a batch whose note is the last one that the aggregator cosigned,
    /// whatever its size.
    Entries(Vec<u8>),
}

impl FetchReply {
    /// As many of these consecutive entries as one message takes, at least one.
    pub fn entries(
        origin: &Origin,
        start: Size,
        mut entries: Vec<Vec<u8>>,
        note: &Note,
    ) -> Result<Self, FetchReplyError> {
        let mut room = MAX_ENTRIES_BYTES;
        let fits = entries.iter().take_while(|entry| match room.checked_sub(2 + entry.len()) {
            Some(left) => {
                room = left;
                true
            }
            None => false,
        });
        let most = fits.count().min(usize::try_from(MAX_BATCH_ENTRIES).unwrap_or(usize::MAX));
        entries.truncate(most);
        loop {
            let batch = Batch::new(origin.clone(), start, entries, note.clone())?;
            match packing::pack(&batch) {
                Ok(packed) => return Ok(Self::Entries(packed)),
                Err(PackError::TooLarge) if batch.entries().len() > 1 => {
                    entries = batch.into_entries();
                    entries.truncate(entries.len() / 2);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The bytes of the message.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Standing(receipt) => receipt.to_bytes(),
            Self::Entries(packed) => packed,
        }
    }
}

/// An answer, read and held against its question. Its shape was checked, its truth was not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// No entry: where the log stands.
    Standing(Receipt),
    /// The entries from the start of the range on; at least one.
    Entries(Vec<Vec<u8>>),
}

impl Fetched {
    /// Reads the answer to `asked`. A receipt begins with a brace, which no zstd frame does.
    pub fn parse(bytes: &[u8], asked: &FetchRequest) -> Result<Self, FetchError> {
        if bytes.len() > MAX_PACKED_BYTES {
            return Err(FetchError::TooLong(bytes.len()));
        }
        if bytes.first() == Some(&b'{') {
            let receipt = Receipt::parse(bytes)?;
            let is_about = receipt.origin() == asked.origin();
            return if is_about {
                Ok(Self::Standing(receipt))
            } else {
                Err(FetchError::Origin(receipt.origin().clone()))
            };
        }
        let batch = packing::unpack(bytes)?;
        if batch.origin() != asked.origin() {
            return Err(FetchError::Origin(batch.origin().clone()));
        }
        let range = batch.range();
        if range.start() != asked.range.start() || range.end() > asked.range.end() {
            return Err(FetchError::Range(range));
        }
        Ok(Self::Entries(batch.into_entries()))
    }
}

/// What an aggregator holds, for those who ask.
pub trait HeldLogs: Send + Sync + 'static {
    /// Answers a question that came by the subject of `unit`: of a log that is not enrolled for this unit nothing is told
    /// but 404. May block. An error is no answer: it is traced and counted, and the unit asks again.
    fn answer(&self, unit: &UnitToken, asked: &FetchRequest) -> Result<FetchReply, HeldLogsError>;
}

/// Why nothing can be answered now; for the trace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct HeldLogsError(pub String);

/// What became of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchOutcome {
    /// Entries were given.
    Entries,
    /// It was told where the log stands.
    Standing,
    /// The log is not enrolled for the unit.
    Unknown,
    /// It was no question.
    Malformed,
    /// What is held could not be read, or the answer not be sent.
    Failed,
}

impl FetchOutcome {
    /// One word for a metric's label.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Entries => "entries",
            Self::Standing => "standing",
            Self::Unknown => "unknown",
            Self::Malformed => "malformed",
            Self::Failed => "failed",
        }
    }
}

#[cfg(test)]
#[path = "fetch/tests.rs"]
mod tests;
