//! Encrypted copies of a process's directory, taken while it runs, and the way back.
//!
//! A backup is a directory of **objects**, each an [age](https://age-encryption.org/v1) file for the operator's key, and of
//! **manifests**, one for each time a copy was taken. A machine that makes backups cannot read them: it has the public key
//! only. Objects and manifests are written once, under the SHA-256 of their bytes, and are never changed; so damage is
//! seen without any key, a second copy costs what is new, and a tool like restic or rsync carries off what is new. The
//! layout is described in `schemas/backup.md`.
//!
//! | concern | type |
//! |---|---|
//! | who can read a backup | [`Recipient`], [`Identity`] |
//! | taking a copy | [`create`], [`CreateOptions`], [`Created`] |
//! | checking it, with or without the identity | [`verify`], [`Verified`], [`Fault`] |
//! | the way back | [`restore`], [`Restored`] |
//!
//! # In scope
//!
//! Which files count, their order while the process writes, encryption, checking, forgetting old copies, and the mark by
//! which a restored ledger knows that others may hold more of it.
//!
//! # Out of scope
//!
//! Carrying a backup anywhere (restic, rsync); catching up before the first append and erasing again what was erased (the
//! process, at its start).
//!
//! # Must never know
//!
//! What an entry means, NATS, HTTP.

mod create;
mod digest;
mod error;
mod forget;
mod key;
mod lock;
mod manifest;
mod object;
mod restore;
mod source;
mod verify;

pub use create::{CreateOptions, Created, create};
pub use error::{CreateError, ReadError, RestoreError};
pub use key::{Identity, KeyError, Recipient};
pub use manifest::ManifestNumber;
pub use object::ObjectFault;
pub use restore::{Restored, restore};
pub use verify::{Fault, Verified, verify};
