//! Opening an aggregator: settings and keys are read, the own ledger is replayed from the last snapshot on, the folding begins.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use danvan_daemon::{BearerToken, Clock, Metrics, MetricsError, Randomness};
use danvan_ledger::{Ledger, LedgerConfig, OpenError as LedgerOpenError, ReadError, Recovery};
use danvan_tlog::{Index, LogKey, Origin};
use tokio::sync::Notify;

use crate::archive::Archive;
use crate::fork::ForkCabinet;
use crate::held_standings::HeldStandings;
use crate::keeping::SnapshotFile;
use crate::metrics::{AggregatorMetrics, PREFIX};
use crate::mirror::{Desk, Mirror, StateError};
use crate::notary::Notary;
use crate::prepared::{CheckError, Prepared};
use crate::reading::Reading;
use crate::replay::Replay;
use crate::scribe::Scribe;
use crate::settings::AggregatorSettings;
use crate::shelf::Shelf;
use crate::spool::SpoolMemory;

/// Why an aggregator could not be opened. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open: stop that one, or ask it over HTTP.
    #[error("the aggregator is running: another process holds its ledger")]
    Running,
    /// Its directory came out of a backup. Whoever read the log at a later time holds entries that this copy lacks and that
    /// would get other contents: give them back from exports and copies, and say that there are no others.
    #[error(
        "máy tổng hợp được phục hồi từ bản sao lưu; trước khi chạy hãy lấy lại các mục mới hơn từ mọi bản xuất, bản sao còn có | the \
         aggregator came out of a backup; before it runs, take back from every later export and copy what it lacks: \
         danvan ledger repair DIR --rejoin --from SOURCE"
    )]
    Restored,
    /// The configuration is wrong; nothing was opened.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// The ledger refused; the message says what an operator does.
    #[error(transparent)]
    Ledger(LedgerOpenError),
    /// The ledger cannot be read back.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The own log contradicts itself: repair it from a copy.
    #[error("entry {index} of the own log: {reason}")]
    OwnLog {
        /// Its index.
        index: Index,
        /// What is wrong.
        reason: String,
    },
    /// The own log could not be written while opening.
    #[error(transparent)]
    State(#[from] StateError),
    /// The system refused a thread or a directory.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A mistake of the program.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
}

impl From<LedgerOpenError> for OpenError {
    fn from(error: LedgerOpenError) -> Self {
        match error {
            LedgerOpenError::Journal(danvan_ledger::JournalOpenError::Locked) => Self::Running,
            LedgerOpenError::Restored => Self::Restored,
            other => Self::Ledger(other),
        }
    }
}

/// The ports of the process.
pub(crate) struct Ports {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) randomness: Arc<dyn Randomness>,
}

/// An open aggregator, not yet listening to anyone.
pub(crate) struct Opened {
    pub(crate) settings: AggregatorSettings,
    /// User and password at the broker.
    pub(crate) broker: Option<(String, String)>,
    pub(crate) operator: BearerToken,
    pub(crate) metrics: Metrics,
    pub(crate) mirror: Arc<Mirror>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Opens everything in `dir`.
pub(crate) fn open(dir: &Path, ports: Ports) -> Result<Opened, OpenError> {
    open_prepared(Prepared::load(dir)?, ports)
}

/// Opens the ledger of what was prepared, and rebuilds everything from it.
pub(crate) fn open_prepared(prepared: Prepared, ports: Ports) -> Result<Opened, OpenError> {
    open_with(prepared, ports, |directory, origin, log| Ledger::open(directory, origin, log, LedgerConfig::default()))
}

/// [`open_prepared`], the ledger being opened as the caller says.
pub(crate) fn open_with(
    prepared: Prepared,
    ports: Ports,
    open_ledger: impl FnOnce(&Path, Origin, LogKey) -> Result<(Ledger, Recovery), LedgerOpenError>,
) -> Result<Opened, OpenError> {
    let Prepared { settings, layout, origin, token, log, mirror, operator, broker } = prepared;
    let (ledger, recovery) = open_ledger(&layout.ledger(), origin, log)?;
    if let Some(torn) = &recovery.torn_tail {
        tracing::info!(?torn, "a torn tail was cut off; nothing of it was ever acknowledged");
    }
    let metrics = Metrics::new(PREFIX);
    let counters = AggregatorMetrics::register(&metrics)?;
    let name = settings.aggregator.name.clone();
    let notary = Notary::new(mirror, ports.clock.clone());
    let mut scribe = Scribe::new(name, ports.clock.clone(), ports.randomness);
    let reading = Reading::new(scribe.source().clone(), counters.clone());
    let archive = Arc::new(Archive::new(ledger.clone()));
    let snapshot = SnapshotFile::new(layout.snapshot());
    let mut replay = Replay::new(&archive, &reading, &mut scribe);
    if let Some(resumed) = snapshot.resume(&ledger, &counters) {
        replay.resume(&ledger, resumed)?;
    }
    replay.run(&ledger)?;
    let forks = ForkCabinet::new(layout.forks());
    let roll = replay.finish(&notary, &forks);
    let desk = Mutex::new(Desk { roll, scribe, folding: reading.start_folding()?, untold: BTreeSet::new() });
    let spool = SpoolMemory::load(layout.spool_cursor());
    let enrolment = Notify::new();
    let mirror = Mirror {
        token,
        ledger,
        archive,
        notary,
        reading,
        forks,
        metrics: counters,
        spool,
        snapshot,
        enrolment,
        shelf: Shelf::default(),
        standings: HeldStandings::default(),
        desk,
    };
    mirror.state_flags(&mut mirror.desk())?;
    Ok(Opened { settings, broker, operator, metrics, mirror: Arc::new(mirror), clock: ports.clock })
}
