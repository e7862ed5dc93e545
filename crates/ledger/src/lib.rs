//! A journal whose entries form a transparency log of one origin.
//!
//! An append is acknowledged after one `fdatasync`. Off that path the bytes are read back, hashed into the tree and
//! signed, so that every checkpoint speaks of what is on the disk, not of what was meant to be.
//!
//! | concern | type |
//! |---|---|
//! | appending, reading, checkpoints, receipts | [`Ledger`], [`LedgerConfig`], [`Signing`] |
//! | what was found at the start | [`Recovery`] |
//! | one entry for each key | [`Once`], [`KeyTable`] |
//! | an auditor's view, without lock or key | [`LedgerReader`] |
//! | a glance at a directory | [`status`], [`Status`], [`Trouble`] |
//! | every byte and every promise, judged | [`verify`], [`Verdict`], [`Finding`] |
//! | a damaged ledger made whole from mirrors | [`repair`], [`MirrorSource`], [`RepairOutcome`] |
//! | a log past repair, and how it goes on | [`succeed`], [`ended`], [`Succession`], [`Loss`] |
//! | what a copy is made of, beside a running writer | [`parts`], [`LedgerParts`] |
//! | a copy of an earlier time, put back, and how it catches up | [`put_facts`], [`mark_restored`], [`rejoin`] |
//! | bytes that travel beside an entry | [`Attachment`] |
//!
//! # In scope
//!
//! The order of durability and signature; the latest checkpoint and the receipts that never go back; refusing to
//! append to a ledger that is shorter than what it signed or holds receipts for; proving, repairing and ending a log.
//!
//! # Out of scope
//!
//! Sending or fetching anything over a network (`replication`), what an entry means (`event`), judging a whole fleet
//! (`audit`).
//!
//! # Must never know
//!
//! The domain, NATS, HTTP.

mod attachment;
mod beside;
mod config;
mod contradiction;
mod directories;
mod error;
mod fact;
mod forgone;
mod frozen;
mod incarnation;
mod ledger;
mod mirror_source;
mod once;
mod parts;
mod promises;
mod reader;
mod receipts;
mod rejoin;
mod repair;
mod restored;
mod signer;
mod status;
mod tree;
mod verdict;
mod verify;

pub use attachment::{Attachment, AttachmentError};
pub use beside::Promise;
pub use config::{LedgerConfig, Signing};
pub use contradiction::Contradiction;
pub use danvan_journal::{
    AppendError, Busy, Corruption, CorruptionKind, Damage, Done, Extent, Holder, MAX_ATTACHMENT_BYTES, MAX_ENTRY_BYTES,
    OpenError as JournalOpenError, ReadError, Record, RecordError, Recovery, SegmentFile, SharedIoError, SlotError,
    Storage, TornTail,
};
pub use error::{CheckpointError, ConfrontError, CreateError, DrainError, OpenError, ReceiptError};
pub use forgone::Forgone;
pub use frozen::{Frozen, Previous};
pub use incarnation::{
    FirstEntryError, SucceedError, Succession, Successor, TellLost, ended, ended_beside, succeed, succeed_on,
};
pub use ledger::{Kept, Ledger};
pub use mirror_source::{Attachments, LedgerCopy, MirrorError, MirrorSource, SilentMirror, Supplied};
pub use once::{Appended, Claim, KeyTable, KeyTableError, KeysError, Once, OnceError, Place, Turn, Wake};
pub use parts::{
    Fact, LedgerParts, PartsError, PutFactsError, check_segment, parts, parts_on, put_facts, put_facts_on,
};
pub use reader::LedgerReader;
pub use rejoin::{RejoinError, Rejoined, rejoin, rejoin_on};
pub use repair::{
    Fetched, FrozenAt, Loss, LossCause, RefusedMirror, RepairError, RepairOptions, RepairOutcome, RepairSources,
    Repaired, rehearse_repair, repair, repair_on,
};
pub use restored::{mark_restored, mark_restored_on};
pub use status::{Contradicted, Status, Trouble, status, status_on};
pub use verdict::{Finding, Verdict};
pub use verify::{VerifyOptions, VerifyProgress, verify, verify_on};
