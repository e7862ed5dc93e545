//! The errors of a ledger, one enum per operation.

use crate::contradiction::Contradiction;
use danvan_journal::{ReadError, RecordError, SlotError};
use danvan_tlog::{Hash, KeyName, Origin, Size};
use std::io;
use thiserror::Error;

/// Why a ledger could not be created.
#[derive(Debug, Error)]
pub enum CreateError {
    /// The directory already holds entries: open it instead.
    #[error("the directory already holds a ledger of {size} entries")]
    Exists {
        /// How many.
        size: Size,
    },
    /// The key signs for another origin: give the right one.
    #[error("the key {key} does not sign for {origin}")]
    WrongKey {
        /// The name of the key.
        key: KeyName,
        /// The origin asked for.
        origin: Origin,
    },
    /// The first record is over a limit: give another.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The directory cannot be made or read: fix it and try again.
    #[error("cannot use the ledger's directory: {0}")]
    Io(#[from] io::Error),
    /// The journal below failed; its message says what to do.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The first entry could not be made durable; fix the disk and try again.
    #[error(transparent)]
    Append(#[from] danvan_journal::AppendError),
    /// The first checkpoint could not be signed or stored; fix the disk and try again.
    #[error(transparent)]
    Sign(#[from] DrainError),
}

/// Why a ledger could not be opened. None of these changes a byte of it.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The key signs for another origin: give the right one.
    #[error("the key {key} does not sign for {origin}")]
    WrongKey {
        /// The name of the key.
        key: KeyName,
        /// The origin asked for.
        origin: Origin,
    },
    /// The log has ended here and goes on under another origin: open that one. Reading goes on.
    #[error("the log ended at {size}; it goes on as {successor}")]
    Frozen {
        /// Its last size.
        size: Size,
        /// The log that goes on.
        successor: Origin,
    },
    /// The log has not ended: open it as one that goes on.
    #[error("{origin} has not ended here")]
    NotEnded {
        /// The log asked for.
        origin: Origin,
    },
    /// The directory came out of a backup: ask every aggregator what it holds of this log before anything is appended.
    #[error("the ledger was restored from a backup, and others may hold more of it")]
    Restored,
    /// The directory cannot be used: fix it and try again.
    #[error("cannot use the ledger's directory: {0}")]
    Io(#[from] io::Error),
    /// The journal refused: locked, foreign, newer, corrupt, or shorter than what was signed or receipted.
    #[error(transparent)]
    Journal(#[from] danvan_journal::OpenError),
    /// Both copies of a small file beside the journal are damaged: restore them from the backup or a mirror.
    #[error(transparent)]
    Slots(#[from] SlotError),
    /// A file beside the journal holds a note that this ledger did not sign: it belongs elsewhere.
    #[error("the file pair {name} holds a note that is not by this ledger's key")]
    ForeignNote {
        /// The name of the pair.
        name: String,
    },
    /// The entries do not have the root that was signed for them: the disk has other bytes than were signed. Repair
    /// from a mirror before anything is appended.
    #[error("the entries below {size} have the root {found}; {signed} was signed")]
    RootDiffers {
        /// The size of the checkpoint.
        size: Size,
        /// Its root.
        signed: Hash,
        /// The root of the bytes on the disk.
        found: Hash,
    },
    /// Entries below the signed size cannot be read back.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Why no checkpoint of that size can be given.
#[derive(Debug, Clone, Error)]
pub enum CheckpointError {
    /// That size is not durable yet: ask again once it is.
    #[error("size {asked} is beyond the durable size {durable}")]
    NotDurable {
        /// The size asked for.
        asked: Size,
        /// The durable size.
        durable: Size,
    },
    /// Entries below that size cannot be read back: stop and repair.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The entries do not have the root that was signed before: the disk has other bytes. Stop and repair.
    #[error("the entries below {size} have the root {found}; {signed} was signed")]
    RootDiffers {
        /// The size of the checkpoint.
        size: Size,
        /// The root that was signed.
        signed: Hash,
        /// The root of the bytes on the disk.
        found: Hash,
    },
    /// The intent to sign could not be made durable, so nothing was signed: stop the process, fix the disk.
    #[error("the intent to sign could not be stored: {0}")]
    Intent(std::sync::Arc<SlotError>),
}

/// Why a receipt was not kept.
#[derive(Debug, Error)]
pub enum ReceiptError {
    /// The note is not a checkpoint of this log, signed by its key: drop it.
    #[error(transparent)]
    Note(#[from] danvan_tlog::NoteError),
    /// The note carries no signature line of that aggregator: drop it.
    #[error("the note carries no signature of {by}")]
    NotCosigned {
        /// The aggregator's key.
        by: KeyName,
    },
    /// The receipt covers more than is held here: this ledger has lost entries. Stop appending and catch up.
    #[error("the receipt covers {receipted} entries; the ledger holds {held}")]
    BeyondLedger {
        /// The size of the receipt.
        receipted: Size,
        /// The durable size.
        held: Size,
    },
    /// The receipt's root is not ours at that size: a fork. Alarm.
    #[error("the receipt for size {size} has another root than this ledger")]
    RootDiffers {
        /// The size of the receipt.
        size: Size,
    },
    /// Our own root at that size could not be computed.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The receipt could not be stored: it will come again.
    #[error(transparent)]
    Slots(#[from] SlotError),
}

/// Why a note that came back from elsewhere was not found to agree with the ledger.
#[derive(Debug, Error)]
pub enum ConfrontError {
    /// The note is not a checkpoint of this log, signed by its key: drop it.
    #[error(transparent)]
    Note(#[from] danvan_tlog::NoteError),
    /// This disk has lost or changed entries. The ledger takes nothing in any more: end the process.
    #[error(transparent)]
    Contradiction(#[from] Contradiction),
    /// Our own root at that size could not be computed.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

/// Why the latest checkpoint could not be signed. Every acknowledged entry is safe all the same.
#[derive(Debug, Error)]
pub enum DrainError {
    /// It could not be signed.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// It could not be stored.
    #[error(transparent)]
    Slots(#[from] SlotError),
    /// The journal's writer ended by a failure of the disk: the next start recovers.
    #[error(transparent)]
    Journal(#[from] danvan_journal::AppendError),
}
