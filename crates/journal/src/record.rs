//! What is appended: an entry and, with some, an attachment.

use thiserror::Error;

/// Longest entry in bytes: the length field of a C2SP entry bundle has 16 bits (<https://c2sp.org/tlog-tiles>).
pub const MAX_ENTRY_BYTES: usize = 65_535;

/// Longest attachment in bytes, as stored.
pub const MAX_ATTACHMENT_BYTES: usize = 1 << 20;

/// One record of a journal. The journal never looks into either part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The exact bytes of the entry, at most [`MAX_ENTRY_BYTES`].
    pub entry: Vec<u8>,
    /// Bytes that travel with the entry and that the entry vouches for, at most [`MAX_ATTACHMENT_BYTES`].
    pub attachment: Option<Vec<u8>>,
}

impl Record {
    /// A record without an attachment.
    #[must_use]
    pub fn new(entry: Vec<u8>) -> Self {
        Self { entry, attachment: None }
    }

    /// A record with an attachment.
    #[must_use]
    pub fn with_attachment(entry: Vec<u8>, attachment: Vec<u8>) -> Self {
        Self { entry, attachment: Some(attachment) }
    }

    /// Whether both parts are within their limits.
    pub fn check(&self) -> Result<(), RecordError> {
        if self.entry.len() > MAX_ENTRY_BYTES {
            return Err(RecordError::EntryTooLong { bytes: self.entry.len() });
        }
        match &self.attachment {
            Some(bytes) if bytes.len() > MAX_ATTACHMENT_BYTES => {
                Err(RecordError::AttachmentTooLong { bytes: bytes.len() })
            }
            _ => Ok(()),
        }
    }
}

/// Why a record cannot be appended; send another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RecordError {
    /// The entry is over [`MAX_ENTRY_BYTES`].
    #[error("the entry has {bytes} bytes; at most {MAX_ENTRY_BYTES} fit")]
    EntryTooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// The attachment is over [`MAX_ATTACHMENT_BYTES`].
    #[error("the attachment has {bytes} bytes; at most {MAX_ATTACHMENT_BYTES} fit")]
    AttachmentTooLong {
        /// Its length in bytes.
        bytes: usize,
    },
}
