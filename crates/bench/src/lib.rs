//! The peers and the physical limit measured beside us, in one run.
//!
//! A figure alone says little on a shared machine, a ratio inside one run says much. Every benchmark therefore
//! interleaves its systems round by round, feeds all of them the same events, prints one table of medians with their
//! range, and leaves the rows in `target/bench/<name>.json`.
//!
//! In scope: the workloads, the raw limit, the peers, the report. Out of scope: verdicts; a benchmark asserts nothing.

mod commune;
mod corpus;
mod grown;
mod home;
mod jetstream_peer;
mod measure;
mod memory;
mod nats_server;
mod node_start;
mod peer;
mod place;
mod report;
mod year;

pub use commune::{Commune, CommuneError};
pub use corpus::corpus;
pub use grown::GrownLedger;
pub use jetstream_peer::{PeerError, jetstream_round};
pub use measure::{CoreTime, Sample, Stopwatch, drive_threads};
pub use memory::{forget_peak_memory, peak_memory, resident_memory};
pub use nats_server::{NatsServer, SyncPolicy};
pub use node_start::node_round;
#[cfg(feature = "umadb")]
pub use peer::Umadb;
pub use peer::{
    DanvanJournal, DanvanLedger, Postgres, RaftEngine, RawGroups, RawLone, SetUpError, Sled, Sqlite, Store,
};
pub use place::{bench_folder, disk_folder};
pub use report::{Report, Row, Spread};
pub use year::{Country, year_of};
