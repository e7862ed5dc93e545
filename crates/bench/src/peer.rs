//! Everything that stores events durably, behind one door: ours, the limit, and the peers.
//!
//! Each is set up as its documentation says for "an acknowledged write survives a power cut", with one exception that
//! is named where it is made: sled 0.34 has no such setting.

mod danvan;
mod postgres;
mod raft_engine;
mod raw_file;
mod sled;
mod sqlite;
#[cfg(feature = "umadb")]
mod umadb;

pub use danvan::{DanvanJournal, DanvanLedger};
pub use postgres::Postgres;
pub use raft_engine::RaftEngine;
pub use raw_file::{RawGroups, RawLone};
pub use sled::Sled;
pub use sqlite::Sqlite;
#[cfg(feature = "umadb")]
pub use umadb::Umadb;

/// Why a system could not be set up.
pub type SetUpError = Box<dyn std::error::Error + Send + Sync>;

/// A store of events on the disk under measurement. Dropping it ends it in order.
pub trait Store: Sync {
    /// Stores `events` as one commit and returns once they are durable.
    ///
    /// # Panics
    /// When the store fails: a figure of a failing store is none.
    fn append(&self, events: &[Vec<u8>]);

    /// Does what is still owed for what was appended; on the clock.
    fn settle(&self) {}
}
