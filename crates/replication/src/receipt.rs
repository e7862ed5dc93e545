//! Receipts: what an aggregator answers to a batch.

use crate::subject::AggregatorToken;
use danvan_tlog::{NoteError, Origin, SignedCheckpoint, Size, VerifierKey};
use serde::{Deserialize, Serialize};

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub enum ReceiptStatus {
    /// Held, fsynced and cosigned up to `size`.
    Cosigned,
    /// The batch is not signed by the key that is enrolled for this origin. An operator has to look.
    UnknownKey,
    /// No such origin is enrolled for this unit. The node tries again later.
    UnknownOrigin,
    /// The batch does not continue what is held; the node sends again from `next`.
    Resend,
    /// The batch breaks the log: framing, limits, root, or a fork. An operator has to look.
    BrokenLog,
}

impl ReceiptStatus {
    /// The number in the document, after the HTTP status of the same meaning.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::Cosigned => 200,
            Self::UnknownKey => 403,
            Self::UnknownOrigin => 404,
            Self::Resend => 409,
            Self::BrokenLog => 422,
        }
    }

    /// True when sending the same bytes again changes nothing before somebody acts.
    #[must_use]
    pub const fn is_refusal(self) -> bool {
        matches!(self, Self::UnknownKey | Self::UnknownOrigin | Self::BrokenLog)
    }
}

impl TryFrom<u16> for ReceiptStatus {
    type Error = ReceiptError;

    fn try_from(code: u16) -> Result<Self, ReceiptError> {
        [Self::Cosigned, Self::UnknownKey, Self::UnknownOrigin, Self::Resend, Self::BrokenLog]
            .into_iter()
            .find(|status| status.code() == code)
            .ok_or(ReceiptError::Status(code))
    }
}

impl From<ReceiptStatus> for u16 {
    fn from(status: ReceiptStatus) -> Self {
        status.code()
    }
}

impl std::fmt::Display for ReceiptStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.code().fmt(f)
    }
}

/// Why a receipt is not believed. The caller drops it and counts it: a true one comes again.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// Not the JSON of a receipt.
    #[error("the receipt is not a document of the expected shape: {0}")]
    Json(#[from] serde_json::Error),
    /// A status that is not in use.
    #[error("the receipt has the unknown status {0}")]
    Status(u16),
    /// `size`, `next`, `status` and `note` contradict one another.
    #[error("the receipt contradicts itself")]
    Contradiction,
    /// The receipt is about another log.
    #[error("the receipt is about the log {0}")]
    Origin(Origin),
    /// Its note was not signed by the log and cosigned by the aggregator.
    #[error("the note of the receipt cannot be believed: {0}")]
    Note(#[from] NoteError),
}

/// An aggregator's answer, as it travels in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Document", into = "Document")]
pub struct Receipt {
    status: ReceiptStatus,
    aggregator: AggregatorToken,
    origin: Origin,
    size: Size,
    next: Size,
    note: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Document {
    status: ReceiptStatus,
    aggregator: AggregatorToken,
    origin: Origin,
    size: Size,
    next: Size,
    note: Option<String>,
}

impl Receipt {
    /// Everything up to the size of `held` is fsynced; `held` carries the cosignature of this aggregator.
    #[must_use]
    pub fn cosigned(aggregator: AggregatorToken, held: &SignedCheckpoint) -> Self {
        Self::about(ReceiptStatus::Cosigned, aggregator, held.origin().clone(), held.size(), Some(held))
    }

    /// The batch does not continue what is held: the node shall send from `next`. `last` is the last cosigned one.
    #[must_use]
    pub fn resend(aggregator: AggregatorToken, origin: Origin, next: Size, last: Option<&SignedCheckpoint>) -> Self {
        Self::about(ReceiptStatus::Resend, aggregator, origin, next, last)
    }

    /// The batch was refused with `status`. `last` is the last cosigned one.
    #[must_use]
    pub fn refused(
        status: ReceiptStatus,
        aggregator: AggregatorToken,
        origin: Origin,
        last: Option<&SignedCheckpoint>,
    ) -> Self {
        let held = last.map_or(Size::ZERO, SignedCheckpoint::size);
        Self::about(status, aggregator, origin, held, last)
    }

    fn about(
        status: ReceiptStatus,
        aggregator: AggregatorToken,
        origin: Origin,
        next: Size,
        last: Option<&SignedCheckpoint>,
    ) -> Self {
        let size = last.map_or(Size::ZERO, SignedCheckpoint::size);
        let note = last.map(|held| String::from_utf8_lossy(&held.to_bytes()).into_owned());
        Self { status, aggregator, origin, size, next, note }
    }

    /// Reads a receipt from the bytes of a message.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReceiptError> {
        Ok(serde_json::from_slice(bytes)?)
    }

    /// The bytes of the message.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// What became of the batch.
    #[must_use]
    pub const fn status(&self) -> ReceiptStatus {
        self.status
    }

    /// Who answers.
    #[must_use]
    pub const fn aggregator(&self) -> &AggregatorToken {
        &self.aggregator
    }

    /// The log that the receipt is about.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The size of the note; 0 without one.
    #[must_use]
    pub const fn size(&self) -> Size {
        self.size
    }

    /// Where the node goes on. Not signed: it may make a node send again, nothing else.
    #[must_use]
    pub const fn next(&self) -> Size {
        self.next
    }

    /// The text of the last note that this aggregator cosigned for the log.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// The note, once the log's signature and the aggregator's cosignature on it are verified; `None` when the aggregator
    /// holds nothing yet. `log` is the key of the log that the receipt must be about.
    pub fn verify(&self, log: &VerifierKey, mirror: &VerifierKey) -> Result<Option<SignedCheckpoint>, ReceiptError> {
        if self.origin != log.name().origin() {
            return Err(ReceiptError::Origin(self.origin.clone()));
        }
        let Some(note) = &self.note else {
            return Ok(None);
        };
        let signed = SignedCheckpoint::open(note.as_bytes(), log)?;
        signed.cosigned_by(mirror)?;
        if signed.size() == self.size { Ok(Some(signed)) } else { Err(ReceiptError::Contradiction) }
    }
}

impl TryFrom<Document> for Receipt {
    type Error = ReceiptError;

    fn try_from(document: Document) -> Result<Self, ReceiptError> {
        let Document { status, aggregator, origin, size, next, note } = document;
        let sound = match status {
            ReceiptStatus::Cosigned => note.is_some() && next == size,
            _ => note.is_some() || size.is_empty(),
        };
        if sound { Ok(Self { status, aggregator, origin, size, next, note }) } else { Err(ReceiptError::Contradiction) }
    }
}

impl From<Receipt> for Document {
    fn from(receipt: Receipt) -> Self {
        let Receipt { status, aggregator, origin, size, next, note } = receipt;
        Self { status, aggregator, origin, size, next, note }
    }
}

#[cfg(test)]
#[path = "receipt/tests.rs"]
mod tests;
