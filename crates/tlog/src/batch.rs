//! The unit of replication: consecutive entries and the checkpoint whose size is their end.
//!
//! Framing, big-endian, after C2SP tlog-mirror's `add-entries` (`schemas/tlog.md`):
//! `u16 length ‖ origin · u64 start · u64 end · (u16 length ‖ entry) × (end − start) · note`.

use crate::frontier::Frontier;
use crate::hash::{Hash, leaf_hash};
use crate::key::VerifierKey;
use crate::name::{NameError, Origin};
use crate::note::{Note, NoteTextError};
use crate::position::{IndexRange, PositionError, Size};
use crate::signed::{NoteError, SignedCheckpoint};

/// The longest entry in bytes: C2SP bundles and our batches count it in 16 bits.
pub const MAX_ENTRY_BYTES: usize = u16::MAX as usize;
/// The most entries of one batch.
pub const MAX_BATCH_ENTRIES: u64 = 1024;
/// The most bytes of one batch before packing, 4 MiB.
pub const MAX_BATCH_UNPACKED_BYTES: usize = 4 * 1024 * 1024;

/// Why a batch is refused. Nothing of it may be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// More than [`MAX_BATCH_UNPACKED_BYTES`]. The sender makes smaller batches.
    #[error("a batch must not be longer than {MAX_BATCH_UNPACKED_BYTES} bytes")]
    TooLong,
    /// No entry, or more than [`MAX_BATCH_ENTRIES`]. The sender makes smaller batches.
    #[error("a batch must have between 1 and {MAX_BATCH_ENTRIES} entries, not {0}")]
    Entries(u64),
    /// An entry of more than [`MAX_ENTRY_BYTES`].
    #[error("entry {0} of the batch is longer than {MAX_ENTRY_BYTES} bytes")]
    Entry(usize),
    /// The bytes end before what they announce.
    #[error("the batch is cut off")]
    CutOff,
    /// The origin is no name.
    #[error("the batch names no origin")]
    Origin(#[from] NameError),
    /// The start or the end is not a size, or they are in the wrong order.
    #[error(transparent)]
    Range(#[from] PositionError),
    /// What follows the entries is no note.
    #[error(transparent)]
    NoteText(#[from] NoteTextError),
    /// The note is no checkpoint of this origin, signed by its key.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The checkpoint is of another size than the batch's end.
    #[error("the batch ends at {end}, its checkpoint at {signed}")]
    End {
        /// The end of the batch.
        end: Size,
        /// The size of the checkpoint.
        signed: Size,
    },
    /// The batch does not begin where the receiver's copy ends. The receiver asks for what comes next.
    #[error("the batch starts at {start}, the copy ends at {held}")]
    NotNext {
        /// The start of the batch.
        start: Size,
        /// The size of the receiver's copy.
        held: Size,
    },
    /// The entries do not lead to the signed root: they, or the receiver's copy, are not those of the signer.
    #[error("the entries lead to the root {computed}, the checkpoint says {signed}")]
    Root {
        /// The root over the receiver's copy and the entries.
        computed: Hash,
        /// The root that was signed.
        signed: Hash,
    },
}

/// Consecutive entries of one log with the note of the checkpoint at their end.
///
/// Its shape was checked, its truth was not: [`Batch::open`] and [`Batch::follow`] do that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    origin: Origin,
    range: IndexRange,
    entries: Vec<Vec<u8>>,
    note: Note,
}

impl Batch {
    /// The entries from `start` on, and the note of the checkpoint at the size after them.
    pub fn new(origin: Origin, start: Size, entries: Vec<Vec<u8>>, note: Note) -> Result<Self, BatchError> {
        let count = entries.len() as u64;
        check_count(count)?;
        let end = start.checked_add(count).ok_or(PositionError::TooLarge(u64::MAX))?;
        let range = IndexRange::new(start, end)?;
        if let Some(at) = entries.iter().position(|entry| entry.len() > MAX_ENTRY_BYTES) {
            return Err(BatchError::Entry(at));
        }
        let batch = Self { origin, range, entries, note };
        if batch.encoded_len() > MAX_BATCH_UNPACKED_BYTES { Err(BatchError::TooLong) } else { Ok(batch) }
    }

    /// The log.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The places of the entries.
    #[must_use]
    pub const fn range(&self) -> IndexRange {
        self.range
    }

    /// The entries in order; never empty.
    #[must_use]
    pub fn entries(&self) -> &[Vec<u8>] {
        &self.entries
    }

    /// The entries in order, given away.
    #[must_use]
    pub fn into_entries(self) -> Vec<Vec<u8>> {
        self.entries
    }

    /// The note that came with them, not verified.
    #[must_use]
    pub const fn note(&self) -> &Note {
        &self.note
    }

    /// The leaf hash of each entry.
    pub fn leaves(&self) -> impl Iterator<Item = Hash> {
        self.entries.iter().map(|entry| leaf_hash(entry))
    }

    /// Verifies that the note is a checkpoint of this origin, signed by `log`, at the end of the batch.
    pub fn open(&self, log: &VerifierKey) -> Result<SignedCheckpoint, BatchError> {
        let signed = SignedCheckpoint::open_note(self.note.clone(), log)?;
        if *signed.origin() != self.origin {
            let (expected, found) = (self.origin.clone(), signed.origin().clone());
            return Err(NoteError::Origin { expected, found }.into());
        }
        if signed.size() != self.range.end() {
            return Err(BatchError::End { end: self.range.end(), signed: signed.size() });
        }
        Ok(signed)
    }

    /// Verifies the batch against the copy that the receiver holds, and returns the frontier after it.
    ///
    /// Equal roots prove both that the signer's log continues everything in the copy and that the entries are whole:
    /// no consistency proof is needed.
    pub fn follow(&self, held: &Frontier, log: &VerifierKey) -> Result<(Frontier, SignedCheckpoint), BatchError> {
        let signed = self.open(log)?;
        if self.range.start() != held.size() {
            return Err(BatchError::NotNext { start: self.range.start(), held: held.size() });
        }
        let mut frontier = held.clone();
        frontier.extend(self.leaves());
        let computed = frontier.root();
        if computed != signed.root() {
            return Err(BatchError::Root { computed, signed: signed.root() });
        }
        Ok((frontier, signed))
    }

    /// The bytes that travel (before packing).
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.encoded_len());
        put_framed(&mut bytes, self.origin.as_str().as_bytes());
        bytes.extend_from_slice(&self.range.start().get().to_be_bytes());
        bytes.extend_from_slice(&self.range.end().get().to_be_bytes());
        for entry in &self.entries {
            put_framed(&mut bytes, entry);
        }
        bytes.extend_from_slice(&self.note.to_bytes());
        bytes
    }

    /// Reads what [`Batch::encode`] wrote; encoding the result gives exactly these bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, BatchError> {
        if bytes.len() > MAX_BATCH_UNPACKED_BYTES {
            return Err(BatchError::TooLong);
        }
        let mut rest = bytes;
        let origin = str::from_utf8(take_framed(&mut rest)?).map_err(|_| NameError::Character('\u{fffd}'))?;
        let origin = Origin::new(origin)?;
        let start = Size::try_from(take_u64(&mut rest)?)?;
        let end = Size::try_from(take_u64(&mut rest)?)?;
        let range = IndexRange::new(start, end)?;
        check_count(range.len())?;
        let entries =
            range.iter().map(|_| take_framed(&mut rest).map(<[u8]>::to_vec)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { origin, range, entries, note: Note::parse(rest)? })
    }

    fn encoded_len(&self) -> usize {
        let entries: usize = self.entries.iter().map(|entry| 2 + entry.len()).sum();
        2 + self.origin.as_str().len() + 16 + entries + self.note.to_bytes().len()
    }
}

const fn check_count(count: u64) -> Result<(), BatchError> {
    if count == 0 || count > MAX_BATCH_ENTRIES { Err(BatchError::Entries(count)) } else { Ok(()) }
}

/// `u16 length ‖ bytes`; the caller has checked the length.
pub(crate) fn put_framed(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&bytes[..usize::from(length)]);
}

fn take_framed<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], BatchError> {
    split_framed(rest).ok_or(BatchError::CutOff)
}

/// Takes `u16 length ‖ bytes` off the front.
pub(crate) fn split_framed<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, tail) = rest.split_first_chunk::<2>()?;
    let (framed, tail) = tail.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    *rest = tail;
    Some(framed)
}

fn take_u64(rest: &mut &[u8]) -> Result<u64, BatchError> {
    let (number, tail) = rest.split_first_chunk::<8>().ok_or(BatchError::CutOff)?;
    *rest = tail;
    Ok(u64::from_be_bytes(*number))
}
