//! What can be wrong with the bytes on a disk, told apart.

use danvan_tlog::{Index, Size};
use std::sync::Arc;
use thiserror::Error;

/// A place in a journal whose bytes are not what was written, and that no crash explains.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("segment {segment}, byte {offset}: {kind}")]
pub struct Corruption {
    /// Number of the segment.
    pub segment: u64,
    /// Byte offset in its file.
    pub offset: u64,
    /// The first index that cannot be read because of it; `None` when even that cannot be told.
    pub index: Option<Index>,
    /// What is wrong.
    pub kind: CorruptionKind,
}

/// The kinds of corruption.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CorruptionKind {
    /// The segment's header is not what was written.
    #[error("the segment header is damaged")]
    Header,
    /// The header is sound and says something else than its place demands.
    #[error("the segment does not continue the one before it")]
    Chain,
    /// A segment between two others, or the first one, is not there.
    #[error("a segment is missing")]
    Missing,
    /// A segment that others follow does not end in a seal.
    #[error("the segment does not end in a seal")]
    Seal,
    /// A frame's header is not what was written.
    #[error("a frame header is damaged")]
    FrameHeader,
    /// A frame's header is sound and its payload is not.
    #[error("a payload is damaged")]
    Payload,
    /// Sound frames that do not follow each other.
    #[error("a frame is out of order")]
    Order,
    /// More bytes than one commit group can have are unreadable at the end.
    #[error("more is damaged at the end than one commit group can hold")]
    LongTail,
    /// The disk does not give the bytes back.
    #[error("the disk cannot read it")]
    Unreadable,
}

/// The remains of the last commit group, which was never acknowledged: what a power cut leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TornTail {
    /// Number of the segment, always the last.
    pub segment: u64,
    /// Byte offset of the first byte that was given up.
    pub offset: u64,
    /// How many bytes, up to the last one that is not zero.
    pub bytes: u64,
    /// The size that remains.
    pub size: Size,
    /// The file that keeps those bytes; `None` where nothing was repaired.
    pub kept_in: Option<String>,
}

/// Why an entry could not be read.
#[derive(Debug, Clone, Error)]
pub enum ReadError {
    /// The range ends beyond the durable size: ask for less.
    #[error("size {asked} is beyond the durable size {durable}")]
    BeyondEnd {
        /// The end asked for.
        asked: Size,
        /// The durable size.
        durable: Size,
    },
    /// The bytes are damaged: stop appending, repair from a mirror.
    #[error(transparent)]
    Corrupt(#[from] Corruption),
    /// The disk could not be read: stop and look at the disk.
    #[error("cannot read the journal: {0}")]
    Io(#[from] SharedIoError),
}

/// One finding while walking through a journal.
#[derive(Debug, Clone, Error)]
pub enum Damage {
    /// Bytes that no crash explains.
    #[error(transparent)]
    Corrupt(#[from] Corruption),
    /// A file that could not be read at all.
    #[error("cannot read the journal: {0}")]
    Io(#[from] SharedIoError),
}

/// An I/O error that several waiters are told of.
#[derive(Debug, Clone, Error)]
#[error(transparent)]
pub struct SharedIoError(Arc<std::io::Error>);

impl From<std::io::Error> for SharedIoError {
    fn from(error: std::io::Error) -> Self {
        Self(Arc::new(error))
    }
}

impl From<std::io::Error> for ReadError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error.into())
    }
}

impl From<std::io::Error> for Damage {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error.into())
    }
}
