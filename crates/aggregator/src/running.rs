//! The process: what is started, in which order, and how it ends.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use danvan_daemon::{
    BindError, DrainToken, Gate, Health, OsRandomness, Randomness, ServeError, SystemClock, TraceError, bind,
    drain_on_signals, notify_ready, notify_stopping, serve, start_trace,
};
use danvan_ledger::{AppendError, DrainError};
use danvan_replication::{
    BatchSink as _, ConnectError, FetchResponder, HeartbeatListener, Nats, NatsConfig, ReceiverHandle, ReceiverService,
    ReceiverSettings, ReceiverStatus, SpoolSettings,
};
use danvan_tlog::Size;
use tokio::sync::watch;

use crate::fleet::Fleet;
use crate::keeping::keep_snapshots;
use crate::mirror::Mirror;
use crate::opening::{OpenError, Opened, Ports, open_prepared};
use crate::prepared::{CheckError, Prepared};
use crate::proof::ProofError;
use crate::reading::FoldingGone;
use crate::standing::{keep, stand};
use crate::web::{Face, completeness_json, router, year_of};

/// How long requests in flight may take once the process drains.
const GRACE: Duration = Duration::from_secs(3);
/// How long flags wait that could not be written down.
const FLAGS_AGAIN_AFTER: Duration = Duration::from_secs(5);
/// How often the own log is cosigned while it grows.
const COSIGN_EVERY: Duration = Duration::from_secs(1);
/// How often it is looked whether the process must end.
const WATCH_EVERY: Duration = Duration::from_secs(1);

/// What a caller decides instead of the settings.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// Ends the process in order when cancelled; without it, SIGTERM and SIGINT do.
    pub drain: Option<DrainToken>,
    /// Listens here instead.
    pub listen: Option<SocketAddr>,
}

/// Why the process could not start, or ended early.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The configuration is wrong; no port was opened.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// The trace could not start.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// The aggregator could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The broker's address cannot be used.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The clock shows a year that no ranking can judge. Set it, or name a period in the settings.
    #[error("the clock shows a year that no ranking can judge: set it, or set aggregator.period")]
    Clock,
    /// The rulebook of the period that is shown first cannot be read back: the own log needs repair.
    #[error("{0}")]
    Rulebook(String),
    /// The own ledger's disk failed. The process ends at once; the next start finds out what lies on the disk.
    #[error("the own ledger failed: {0}")]
    Ledger(AppendError),
    /// The read model does not follow any more. The process ends at once; the next start folds anew.
    #[error(transparent)]
    Folding(#[from] FoldingGone),
    /// The port is taken.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// Serving ended.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// Signals or threads cannot be had.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The own log could not be closed in order; everything acknowledged is safe.
    #[error(transparent)]
    Drain(#[from] DrainError),
}

/// Checks settings, keys and secrets: no port is opened, no ledger touched.
pub fn check(dir: &Path) -> Result<(), CheckError> {
    Prepared::load(dir).map(drop)
}

/// Runs the aggregator in `dir` until it is told to stop. Must be called within a tokio runtime with several threads.
pub async fn run(dir: &Path, overrides: Overrides) -> Result<(), RunError> {
    let prepared = Prepared::load(dir)?;
    match start_trace(&prepared.settings.trace) {
        // A trace that the caller has started stays.
        Ok(()) | Err(TraceError::Started) => {}
        Err(error) => return Err(error.into()),
    }
    let drain = match overrides.drain {
        Some(drain) => drain,
        None => drain_on_signals()?,
    };
    let listen = overrides.listen.unwrap_or_else(|| prepared.settings.listen());
    let ports = Ports { clock: Arc::new(SystemClock), randomness: Arc::new(OsRandomness) };
    let opened = tokio::task::spawn_blocking(move || open_prepared(prepared, ports)).await;
    let opened = opened.map_err(io::Error::other)??;
    let listener = bind(listen).await?;
    let mirror = Arc::clone(&opened.mirror);
    let face = face(&opened, drain.clone())?;
    let nats = connect(&opened).await?;
    let receiver = receive(&opened, &nats, drain.clone())?;
    report_sync(&face, &receiver);
    let mut tasks = companions(&opened, &face, &nats, drain.clone());
    tasks.push(tokio::spawn(guard_spool(spool_gate(&face), receiver.watch(), drain.clone())));
    let app = router(face);
    tracing::info!(address = %listener.local_addr()?, origin = %mirror.ledger.origin(), size = %mirror.ledger.size(), "listening");
    notify_ready();
    let served = serve(listener, app, drain.clone(), GRACE).await;
    notify_stopping();
    drain.cancel();
    receiver.join().await;
    for task in tasks {
        if let Err(error) = task.await {
            tracing::error!(%error, "a task ended abnormally");
        }
    }
    drop(opened);
    end(mirror).await?;
    Ok(served?)
}

/// The end of what nobody asks for anything any more: in order, unless it has failed.
async fn end(mirror: Arc<Mirror>) -> Result<(), RunError> {
    let folding = mirror.reading.failure();
    if let Some(failure) = mirror.ledger.failure() {
        return Err(RunError::Ledger(failure));
    }
    tokio::task::spawn_blocking(move || close(mirror)).await.map_err(io::Error::other)??;
    Ok(folding.map_or(Ok(()), Err)?)
}

/// Keeps what the next start goes on from, signs and cosigns the last words, and closes the ledger.
fn close(mirror: Arc<Mirror>) -> Result<(), DrainError> {
    mirror.spool.settle();
    mirror.keep_snapshot_if_possible();
    if let Err(error) = mirror.notary.cosign_own(&mirror.ledger) {
        tracing::error!(%error, "the own log was not cosigned at the end; the next start does it");
    }
    let ledger = mirror.ledger.clone();
    drop(mirror);
    ledger.drain()?;
    tracing::info!("closed");
    Ok(())
}

pub(crate) fn face(opened: &Opened, drain: DrainToken) -> Result<Arc<Face>, RunError> {
    let clock = Arc::clone(&opened.clock);
    let at_ms = clock.now().get();
    let period = opened.settings.aggregator.period.or_else(|| year_of(at_ms)).ok_or(RunError::Clock)?;
    let health = Health::new();
    health.gate("ledger").open();
    let first = stand(&opened.mirror, &period, at_ms).map_err(|error| RunError::Rulebook(error.to_string()))?;
    Ok(Arc::new(Face {
        settings: opened.settings.clone(),
        operator: opened.operator.clone(),
        mirror: Arc::clone(&opened.mirror),
        fleet: Fleet::default(),
        period,
        standing: watch::Sender::new(Arc::new(first)),
        health,
        metrics: opened.metrics.clone(),
        clock,
        drain,
    }))
}

/// Says on `/health/sync` how far the spool was read and how complete the data is.
fn report_sync(face: &Arc<Face>, receiver: &ReceiverHandle) {
    let (reported, status) = (Arc::downgrade(face), receiver.watch());
    face.health.report_sync(Arc::new(move || {
        let Some(face) = reported.upgrade() else { return serde_json::json!({}) };
        let status = status.borrow().clone();
        let mut document = completeness_json(&face);
        document["connected"] = status.connected.into();
        document["streams_stood"] = status.streams_stood.into();
        document["reading"] = status.reading.into();
        document["last_error"] = serde_json::json!(status.last_error);
        document["spool_cursor"] = serde_json::json!(status.cursor);
        document["spool_last"] = status.spool_last.into();
        document["broker_syncs_always"] = serde_json::json!(status.broker_syncs_always);
        document
    }));
}

/// An aggregator that has never read a spool is not ready before there is one: an operator who sets it up must see what is
/// missing. Once it has, a broker that is away keeps nobody from reading what is held; `/health/sync` tells of it.
fn spool_gate(face: &Face) -> Option<Gate> {
    face.mirror.cursor().is_none().then(|| face.health.gate("spool"))
}

async fn guard_spool(gate: Option<Gate>, mut status: watch::Receiver<ReceiverStatus>, drain: DrainToken) {
    let Some(gate) = gate else { return };
    loop {
        let last_error = {
            let status = status.borrow_and_update();
            if status.streams_stood {
                break gate.open();
            }
            status.last_error.clone()
        };
        gate.shut(last_error.as_deref().unwrap_or("the broker was not reached yet"));
        if !matches!(drain.run_until_cancelled(status.changed()).await, Some(Ok(()))) {
            return;
        }
    }
}

async fn connect(opened: &Opened) -> Result<Nats, RunError> {
    let nats = &opened.settings.nats;
    let mut config = NatsConfig::new(&nats.url, opened.settings.aggregator.name.as_str(), draw_seed()?);
    if let Some((user, password)) = &opened.broker {
        config = config.with_user(user, password);
    }
    Ok(Nats::connect(&config).await?)
}

fn draw_seed() -> io::Result<u64> {
    let mut seed = [0; 8];
    OsRandomness.fill(&mut seed)?;
    Ok(u64::from_le_bytes(seed))
}

fn receive(opened: &Opened, nats: &Nats, drain: DrainToken) -> Result<ReceiverHandle, RunError> {
    let spool = SpoolSettings { max_bytes: opened.settings.spool.max_bytes, ..SpoolSettings::default() };
    let monitor = opened.settings.nats.monitor.clone();
    let settings = ReceiverSettings { monitor, spool, ..ReceiverSettings::default() };
    let mirror = Arc::clone(&opened.mirror);
    let observer = Arc::new(mirror.metrics.clone());
    let token = mirror.token.clone();
    Ok(ReceiverService::spawn(nats.clone(), token, mirror, settings, draw_seed()?, observer, drain))
}

/// Everything that runs beside serving and receiving.
fn companions(opened: &Opened, face: &Arc<Face>, nats: &Nats, drain: DrainToken) -> Vec<tokio::task::JoinHandle<()>> {
    let (listening, clock) = (Arc::clone(face), Arc::clone(&opened.clock));
    let hear = move |unit, heartbeat| listening.fleet.hear(&unit, heartbeat, clock.now());
    let clock = Arc::clone(&opened.clock);
    let now_ms = move || clock.now().get();
    let mirror = &opened.mirror;
    let sender = face.standing.clone();
    let observer = Arc::new(mirror.metrics.clone());
    vec![
        HeartbeatListener::spawn(nats.clone(), hear, drain.clone()),
        FetchResponder::spawn(nats.clone(), &mirror.token, Arc::clone(mirror) as _, observer, drain.clone()),
        tokio::spawn(keep(Arc::clone(mirror), face.period, now_ms, sender, drain.clone())),
        tokio::spawn(state_flags(Arc::clone(mirror), drain.clone())),
        tokio::spawn(cosign_own(Arc::clone(mirror), drain.clone())),
        tokio::spawn(keep_snapshots(Arc::clone(mirror), drain.clone())),
        tokio::spawn(prove_model(Arc::clone(mirror), drain.clone())),
        tokio::spawn(watch_failures(Arc::clone(mirror), drain)),
    ]
}

/// Proves the read model of a start from a snapshot behind the start, so that no operator waits for it who closes a period.
async fn prove_model(mirror: Arc<Mirror>, drain: DrainToken) {
    let proving = tokio::task::spawn_blocking(move || mirror.prove_model_unless(|| drain.is_cancelled()));
    match proving.await {
        Ok(Ok(()) | Err(ProofError::Ended)) => {}
        Ok(Err(error)) => tracing::error!(%error, "the read model is not proven"),
        Err(error) => tracing::error!(%error, "proving the read model ended abnormally"),
    }
}

/// Writes flags down as the fold finds them; what could not be written is tried again after a while.
async fn state_flags(mirror: Arc<Mirror>, drain: DrainToken) {
    while drain.run_until_cancelled(mirror.reading.flagged()).await.is_some() {
        loop {
            let writing = Arc::clone(&mirror);
            let written = tokio::task::spawn_blocking(move || writing.state_flags(&mut writing.desk())).await;
            match written {
                Ok(Err(error)) => tracing::error!(%error, "flags were not written down; they are tried again"),
                Ok(Ok(number)) if number > 0 => {
                    tracing::warn!(number, "entries do not count; the own log says which and why");
                    break;
                }
                _ => break,
            }
            if drain.run_until_cancelled(tokio::time::sleep(FLAGS_AGAIN_AFTER)).await.is_none() {
                return;
            }
        }
    }
}

/// Ends the process when the ledger's disk failed, because nothing may be acknowledged after that, and when the read model
/// does not follow any more, because nothing could be published or enrolled.
async fn watch_failures(mirror: Arc<Mirror>, drain: DrainToken) {
    let mut ticks = tokio::time::interval(WATCH_EVERY);
    while drain.run_until_cancelled(ticks.tick()).await.is_some() {
        if let Some(failure) = mirror.ledger.failure() {
            tracing::error!(%failure, "the own ledger failed: ending");
            drain.cancel();
        }
        if let Some(failure) = mirror.reading.failure() {
            tracing::error!(%failure, "ending");
            drain.cancel();
        }
    }
}

/// Cosigns the own log while it grows, so that one policy covers every log at any time.
async fn cosign_own(mirror: Arc<Mirror>, drain: DrainToken) {
    let mut ticks = tokio::time::interval(COSIGN_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut done = Size::ZERO;
    while drain.run_until_cancelled(ticks.tick()).await.is_some() {
        let size = mirror.ledger.size();
        if size == done {
            continue;
        }
        let signing = Arc::clone(&mirror);
        match tokio::task::spawn_blocking(move || signing.notary.cosign_own(&signing.ledger)).await {
            Ok(Ok(_)) => done = size,
            Ok(Err(error)) => tracing::error!(%error, "the own log was not cosigned"),
            Err(error) => tracing::error!(%error, "cosigning the own log ended abnormally"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_aggregator_that_never_read_a_spool_is_ready_once_there_is_one() {
        let (health, drain) = (Health::new(), DrainToken::new());
        let (status, watched) = watch::channel(ReceiverStatus::default());
        let guarding = tokio::spawn(guard_spool(Some(health.gate("spool")), watched, drain.clone()));
        status.send_modify(|status| status.last_error = Some("no room".to_owned()));
        assert!(!health.is_ready());
        status.send_modify(|status| status.streams_stood = true);
        guarding.await.expect("it ends");
        assert!(health.is_ready());
        guard_spool(None, status.subscribe(), drain).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_failed_sync_ends_the_aggregator_and_no_receipt_is_given() {
        use danvan_ledger::{AppendError, Ledger, LedgerConfig};
        use danvan_replication::BatchSink as _;
        use danvan_testkit::FailingSync;

        let mut trial = crate::trial::Trial::new();
        let mut node = trial.enrol(15097);
        node.answers(2);
        trial.receive(vec![node.message(0, 2)]);
        let mut disk = None;
        trial.restart_with(|directory, origin, key| {
            let failing = FailingSync::on(directory).expect("a directory");
            let storage = disk.insert(failing).storage();
            Ledger::open_on(storage, origin, key, LedgerConfig::default())
        });
        let opened = trial.opened.take().expect("open");
        let (mirror, drain) = (Arc::clone(&opened.mirror), DrainToken::new());
        let watching = tokio::spawn(watch_failures(Arc::clone(&mirror), drain.clone()));
        let size = mirror.ledger.size();
        disk.expect("a disk").fail();
        let (taking, more) = (Arc::clone(&mirror), node.message(2, 3));
        let taken = tokio::task::spawn_blocking(move || taking.receive(vec![more])).await.expect("an answer");
        assert!(taken.is_err(), "a receipt for what is not on the disk: {taken:?}");
        drain.cancelled().await;
        watching.await.expect("it ends");
        assert_eq!(mirror.ledger.size(), size);
        drop(opened);
        let ended = end(mirror).await;
        assert!(
            matches!(&ended, Err(RunError::Ledger(AppendError::Poisoned { reason })) if reason.contains("does not sync")),
            "{ended:?}"
        );
    }

    #[test]
    fn an_orderly_end_leaves_what_the_next_start_goes_on_from() {
        let mut trial = crate::trial::Trial::new();
        let mut node = trial.enrol(15097);
        node.answers(5);
        trial.receive(vec![node.whole()]);
        let opened = trial.opened.take().expect("open");
        let mirror = Arc::clone(&opened.mirror);
        drop(opened);
        close(mirror).expect("it closes");
        trial.start();
        let mirror = trial.mirror();
        assert_eq!(mirror.metrics.records_folded.get(), 0, "everything was there");
        assert_eq!(mirror.reading.folded(), mirror.ledger.size());
    }

    #[tokio::test]
    async fn an_aggregator_that_has_read_a_spool_is_ready_without_a_broker() {
        let mut trial = crate::trial::Trial::new();
        let face = face(trial.opened.as_ref().expect("open"), DrainToken::new()).expect("a face");
        assert!(spool_gate(&face).is_some());
        drop(face);
        trial.mirror().keep_cursor(danvan_replication::SpoolCursor { created: 1, sequence: 1 });
        trial.restart();
        let face = super::face(trial.opened.as_ref().expect("open"), DrainToken::new()).expect("a face");
        assert!(spool_gate(&face).is_none() && face.health.is_ready());
    }
}
