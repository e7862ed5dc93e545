//! The transparency log as values: RFC 6962 trees and the C2SP texts around them.
//!
//! | concern | type |
//! |---|---|
//! | a place in a log, a number of entries | [`Index`], [`Size`], [`IndexRange`] |
//! | hashing | [`Hash`], [`leaf_hash`], [`node_hash`] |
//! | a tree that grows | [`Frontier`], [`CompactRange`] |
//! | a tree that proves | [`HashReader`], [`Leaves`], [`InclusionProof`], [`ConsistencyProof`] |
//! | who speaks | [`Origin`], [`KeyName`], [`VerifierKey`], [`LogKey`], [`MirrorKey`] |
//! | what is said | [`Checkpoint`], [`Note`], [`SignedCheckpoint`], [`CosignedAt`] |
//! | whom an auditor trusts | [`Policy`] |
//! | what travels | [`Batch`] |
//! | what is served | [`TilePath`], [`TileWriter`], [`unbundle`] |
//!
//! The texts, the batch and the layout of tiles are described in `schemas/tlog.md`.
//!
//! # In scope
//!
//! Pure functions and values over bytes. Parsers are strict: one value has exactly one accepted spelling, so that
//! parsing and writing again gives the same bytes.
//!
//! # Out of scope
//!
//! Keeping entries and keys on a disk (`ledger`), moving batches (`replication`), judging whole directories (`audit`).
//!
//! # Must never know
//!
//! Files, the network, the clock (a cosignature's time is an argument), randomness (a key's seed is an argument), and
//! what an entry means.

mod batch;
mod checkpoint;
mod compact_range;
mod consistency;
mod frontier;
mod hash;
mod inclusion;
mod key;
mod name;
mod note;
mod policy;
mod position;
mod quorum;
mod signed;
mod signer;
mod spelling;
mod tile;
mod tile_writer;
mod tree;

pub use batch::{Batch, BatchError, MAX_BATCH_ENTRIES, MAX_BATCH_UNPACKED_BYTES, MAX_ENTRY_BYTES};
pub use checkpoint::{Checkpoint, CheckpointTextError};
pub use compact_range::{CompactRange, NotAdjacent};
pub use consistency::ConsistencyProof;
pub use frontier::{Frontier, FrontierError};
pub use hash::{Hash, HashTextError, leaf_hash, node_hash};
pub use inclusion::{InclusionProof, ProofError};
pub use key::{Algorithm, KeyId, KeyTextError, VerifierKey};
pub use name::{KeyName, NameError, Origin};
pub use note::{MAX_NOTE_BYTES, MAX_SIGNATURES, Note, NoteTextError, Signature};
pub use policy::{Checked, Policy, PolicyError, PolicyTextError};
pub use position::{Index, IndexRange, PositionError, Size};
pub use signed::{CosignedAt, NoteError, SignedCheckpoint};
pub use signer::{LogKey, MirrorKey};
pub use tile::{TILE_WIDTH, TilePath, TilePathError, tiles_at};
pub use tile_writer::{BundleError, TileWriter, unbundle};
pub use tree::{HashReader, Leaves, NoSuchLeaves};
