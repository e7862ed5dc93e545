//! Crash-safe append-only segments behind a storage port.
//!
//! A record that was acknowledged is on the disk, once, at its index, for ever; a record that was not acknowledged is
//! there whole or not at all. The format is described byte by byte in `schemas/journal.md`.
//!
//! | concern | type |
//! |---|---|
//! | the directory of files | [`Storage`], [`File`]: [`DiskStorage`], [`MemoryStorage`] |
//! | appending | [`Journal`], [`Record`], [`Config`] |
//! | what was found at the start | [`Recovery`], [`TornTail`], [`Corruption`] |
//! | reading without a lock | [`JournalReader`], [`Damage`]; every byte, [`Sweep`] |
//! | how much lies there, and who writes it | [`Extent`], [`Holder`] |
//! | small facts beside the journal | [`Slots`] |
//! | proof that bytes have one spelling | [`rewrite`] |
//! | whole directories that change places | [`Siblings`], [`DiskSiblings`] |
//!
//! # In scope
//!
//! Framing, checksums, group commit, preallocation, a reserve for the full disk, rotation, sealing, recovery, and telling a
//! torn tail from corruption.
//!
//! # Out of scope
//!
//! Hashing entries into a tree, signing, repairing from elsewhere (`ledger` and above).
//!
//! # Must never know
//!
//! What the bytes mean, NATS, HTTP, tokio. Of `tlog` it knows `Index`, `Size` and `IndexRange` only.

mod committer;
mod corruption;
mod disk;
mod extent;
mod failure;
mod frame;
mod header;
mod holder;
mod job;
mod journal;
mod memory;
mod outcomes;
mod reader;
mod record;
mod recovery;
mod reserve;
pub mod rewrite;
mod scan;
mod seal;
mod segment;
mod siblings;
mod slots;
mod space;
mod storage;
mod survey;
mod sweep;
mod tolerant;
mod writer;

pub use committer::{AppendError, Busy, Done};
pub use corruption::{Corruption, CorruptionKind, Damage, ReadError, SharedIoError, TornTail};
pub use disk::DiskStorage;
pub use extent::Extent;
pub use frame::MAX_GROUP_BYTES;
pub use header::{FORMAT_VERSION, Identity, IdentityError};
pub use holder::Holder;
pub use journal::{Config, Journal};
pub use memory::MemoryStorage;
pub use reader::{Entries, JournalReader, SegmentFile};
pub use record::{MAX_ATTACHMENT_BYTES, MAX_ENTRY_BYTES, Record, RecordError};
pub use recovery::{OpenError, Recovery};
pub use siblings::{DiskSiblings, Siblings};
pub use slots::{MAX_SLOT_BYTES, SlotCopy, SlotError, Slots};
pub use storage::{DirectoryLock, File, Storage, allocate_fully, check_name, read_up_to, write_fully};
pub use sweep::{See, Sweep, Swept};
