//! Opening an aggregator: settings and keys are read, the own ledger is replayed, the folding begins.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use danvan_daemon::{BearerToken, Clock, Metrics, MetricsError, Randomness};
use danvan_event::{Entry, Event, NodeEnrolled, UnitId};
use danvan_ledger::{Ledger, LedgerConfig, OpenError as LedgerOpenError, ReadError, Record};
use danvan_replication::{OriginState, unpack};
use danvan_tlog::{Batch, Index, Origin, SignedCheckpoint, Size};
use tokio::sync::Notify;

use crate::archive::{Archive, HeldBatch, steps};
use crate::fork::ForkCabinet;
use crate::metrics::{AggregatorMetrics, PREFIX};
use crate::mirror::{Desk, Mirror, StateError};
use crate::notary::Notary;
use crate::prepared::{CheckError, Prepared};
use crate::reading::{Durable, Reading};
use crate::roll::{Roll, RollError, enrolled_key};
use crate::scribe::Scribe;
use crate::settings::AggregatorSettings;
use crate::shelf::Shelf;
use crate::spool::SpoolMemory;
use crate::succession;

/// Records read at once while replaying; each may carry a batch of 256 KiB.
const REPLAY_STEP: u64 = 64;

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
    let Prepared { settings, layout, origin, token, log, mirror, operator, broker } = prepared;
    let (ledger, recovery) = Ledger::open(&layout.ledger(), origin, log, LedgerConfig::default())?;
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
    let mut replay = Replay {
        archive: &archive,
        reading: &reading,
        scribe: &mut scribe,
        signed: BTreeMap::new(),
        roll: Roll::default(),
    };
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
        enrolment,
        shelf: Shelf::default(),
        desk,
    };
    mirror.state_flags(&mut mirror.desk())?;
    Ok(Opened { settings, broker, operator, metrics, mirror: Arc::new(mirror), clock: ports.clock })
}

/// Rebuilds everything in memory from the own ledger, the only truth.
struct Replay<'a> {
    archive: &'a Archive,
    reading: &'a Reading,
    scribe: &'a mut Scribe,
    signed: BTreeMap<Origin, SignedCheckpoint>,
    roll: Roll,
}

impl Replay<'_> {
    fn run(&mut self, ledger: &Ledger) -> Result<(), OpenError> {
        for range in steps(Size::ZERO, ledger.size(), REPLAY_STEP) {
            for (own, record) in range.iter().zip(ledger.read(range)?) {
                self.take(own, record)?;
            }
        }
        Ok(())
    }

    fn take(&mut self, own: Index, record: Record) -> Result<(), OpenError> {
        let wrong = |reason: String| OpenError::OwnLog { index: own, reason };
        let entry = Entry::parse(record.entry.clone()).map_err(|error| wrong(error.to_string()))?;
        self.scribe.remember(entry.recordedtime());
        let batch = match entry.event() {
            Event::NodeEnrolled(fact) => {
                self.enrol(fact).map_err(|error| wrong(error.to_string()))?;
                None
            }
            Event::CheckpointCosigned(fact) => {
                let packed = record.attachment.ok_or_else(|| wrong("no batch is attached".to_owned()))?;
                let batch = unpack(&packed).map_err(|error| wrong(error.to_string()))?;
                if batch.origin().as_str() != fact.origin {
                    return Err(wrong("the attached batch is of another log".to_owned()));
                }
                Some(self.hold(own, batch).map_err(wrong)?)
            }
            _ => None,
        };
        self.reading.fold(&Durable { own, entry: record.entry, batch });
        Ok(())
    }

    fn enrol(&mut self, fact: &NodeEnrolled) -> Result<(), RollError> {
        self.roll.enrol(fact.unit.clone(), enrolled_key(&fact.origin, &fact.vkey)?);
        Ok(())
    }

    /// Takes a held batch into account. It was verified before it was written, and is followed again: a disk may lie.
    fn hold(&mut self, own: Index, batch: Batch) -> Result<(UnitId, Batch), String> {
        let origin = batch.origin().clone();
        let member = self.roll.get_mut(&origin).ok_or("the batch is of a log that is not enrolled")?;
        let vkey = member.state.vkey().clone();
        let (frontier, signed) = batch.follow(member.state.frontier(), &vkey).map_err(|error| error.to_string())?;
        self.archive.remember(&origin, HeldBatch { range: batch.range(), own }, &frontier);
        member.state = OriginState::restored(vkey, frontier, None);
        let unit = member.unit.clone();
        succession::end(&mut self.roll, self.archive, &batch);
        self.signed.insert(origin, signed);
        Ok((unit, batch))
    }

    /// Cosigns the last checkpoint of every log again, not earlier than the last word of the own log, and marks forks.
    fn finish(self, notary: &Notary, forks: &ForkCabinet) -> Roll {
        let mut roll = self.roll;
        notary.not_before(u64::try_from(self.scribe.last_ms().div_euclid(1000)).unwrap_or(0));
        for (origin, member) in roll.members_mut() {
            if let Some(signed) = self.signed.get(origin) {
                let frontier = member.state.frontier().clone();
                member.state.advance(frontier, notary.cosign(signed));
            }
            forks.recall(origin);
        }
        roll
    }
}
