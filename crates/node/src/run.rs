//! Running a node: from the settings to the last checkpoint.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use danvan_daemon::{
    BindError, ClockKind, DrainToken, Gate, Health, Metrics, MetricsError, OsRandomness, ServeError, bind,
    drain_on_signals, notify_ready, notify_status, notify_stopping, serve, start_trace,
};
use danvan_event::Source;
use danvan_ledger::{DrainError, Ledger, OpenError};
use danvan_replication::{
    ConnectError, HeartbeatPublisher, ShipperHandle, ShipperService, ShipperSettings, TokenError,
};
use danvan_tlog::LogKey;
use tokio::net::TcpListener;
use tokio::task::spawn_blocking;

use crate::broker::{Broker, draw_seed};
use crate::catch_up::{CatchUpError, catch_up};
use crate::face::{Face, router};
use crate::failure::Failure;
use crate::first_look::Standing;
use crate::handing_on::hand_on;
use crate::history::History;
use crate::intake::Intake;
use crate::intake_keys::IntakeKeys;
use crate::kiosk::{Pending, follow_pending, unit_word};
use crate::ledger_watch::{stopped, unopened, watch_ledger};
use crate::machine::{follow_clock, mark_stopped, record_start, take_stopped};
use crate::metrics::ShipperMetrics;
use crate::node_clock::NodeClock;
use crate::prepared::{CheckError, Prepared};
use crate::recorder::{FoldError, Recorder};
use crate::rejoining::{OpenedLedger, open_ledger};
use crate::settings::NodeSettings;
use crate::shell::Shell;
use crate::sync::SyncState;
use crate::vault::Vault;

/// What the command line puts over the settings.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Instead of `http.listen`.
    pub listen: Option<SocketAddr>,
    /// Instead of `nats.url`.
    pub nats_url: Option<String>,
    /// Aggregators, by name or mirror key, or `spool`, whose silence the operator accepts when the ledger has to catch up.
    pub without: Vec<String>,
    /// Cancelled by the caller to drain the node. Without one, SIGTERM and SIGINT drain.
    pub drain: Option<DrainToken>,
}

/// Why a node ended. Its supervisor starts it again; what was acknowledged is safe.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The configuration is wrong; no port was opened.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// The ledger refuses to open; its message says what to do.
    #[error("{}", unopened(.0))]
    Open(#[from] OpenError),
    /// The ledger has to catch up and cannot; the message says what to do.
    #[error("{0}")]
    Rejoin(String),
    /// The port is taken.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// Serving failed.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// The broker's address cannot be used.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The unit's id cannot be part of a subject.
    #[error("unit: {0}")]
    Unit(#[from] TokenError),
    /// Two metrics share a name: a mistake of the program.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// The system refused a thread, a file or a signal handler.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The last checkpoint was not signed; every acknowledged entry is safe.
    #[error(transparent)]
    Drain(#[from] DrainError),
    /// The node could not go on.
    #[error("{0}")]
    Failed(String),
}

/// Checks settings, tokens and key of a node; opens no port and no ledger.
pub fn check(dir: &Path, overrides: &Overrides) -> Result<(), CheckError> {
    Prepared::load(dir, overrides).map(drop)
}

/// Runs the node of `dir` until it is drained.
pub async fn run(dir: &Path, overrides: Overrides) -> Result<(), RunError> {
    // Names of directories that a crash left in between are put right first.
    danvan_ledger::ended(&dir.join("ledger"))?;
    let prepared = Prepared::load(dir, &overrides)?;
    let clock = prepared.clock();
    // A trace that the caller has started stays.
    let _ = start_trace(&prepared.settings.trace);
    let drain = match overrides.drain {
        Some(drain) => drain,
        None => drain_on_signals()?,
    };
    let mut shell = Shell::new()?;
    let Some(opened) = open_ledger(dir, &prepared, &mut shell, &drain).await? else { return Ok(()) };
    let node = Node::open(dir, prepared, opened, shell, clock, drain.clone())?;
    let served = node.serve().await;
    drain.cancel();
    served
}

/// A node whose ledger is open.
pub(crate) struct Node {
    dir: PathBuf,
    settings: NodeSettings,
    broker: Option<Broker>,
    pub(crate) face: Arc<Face>,
    pub(crate) ledger: Ledger,
    /// The logs that ended before, with their keys.
    ended_logs: Vec<(PathBuf, LogKey)>,
    standing: Standing,
    health: Health,
    metrics: Metrics,
    pub(crate) failure: Failure,
    ledger_gate: Gate,
    /// The port, where it was opened while the ledger caught up.
    listener: Option<TcpListener>,
    drain: DrainToken,
}

impl Node {
    pub(crate) fn open(
        dir: &Path,
        prepared: Prepared,
        opened: OpenedLedger,
        shell: Shell,
        clock: NodeClock,
        drain: DrainToken,
    ) -> Result<Self, RunError> {
        let OpenedLedger { ledger, standing } = opened;
        let broker = Broker::of(dir, &prepared)?;
        let ended_logs = prepared.ended_logs(dir)?;
        let Prepared { settings, tokens, ended, .. } = prepared;
        let Shell { health, metrics, counters: node_metrics, ledger_gate, listener } = shell;
        let failure = Failure::new(drain.clone());
        ledger_gate.open();
        let (source, tolerance) = (Source::Unit(settings.unit.clone()), settings.intake.future_seconds);
        let history = History::open(&ended, ledger.clone())?;
        let recorder = Recorder::new(ledger.clone(), history.clone(), source.clone(), clock, tolerance, drain.clone());
        let intake = Arc::new(Intake {
            source,
            form_bytes: settings.intake.form_bytes,
            ledger: ledger.clone(),
            history,
            recorder: Arc::new(recorder),
            keys: IntakeKeys::default(),
            vault: Vault::open(dir)?,
            randomness: Arc::new(OsRandomness),
            gate: health.gate("intake"),
            metrics: node_metrics.clone(),
            failure: failure.clone(),
        });
        let required = settings.aggregators.iter().map(|aggregator| aggregator.mirror.name().clone()).collect();
        let sync = Arc::new(SyncState::new(
            ledger.clone(),
            dir.to_owned(),
            settings.unit.to_string(),
            settings.clock.kind.as_str(),
            required,
            node_metrics,
        ));
        let reported = sync.clone();
        health.report_sync(Arc::new(move || serde_json::to_value(reported.status()).unwrap_or_default()));
        let face = Arc::new(Face {
            place: settings.place(),
            unit: unit_word(&settings.unit, &settings.place()),
            synthetic: settings.clock.kind == ClockKind::Simulated,
            idle_seconds: settings.kiosk.idle_seconds,
            limits: settings.intake,
            pending: Arc::new(Pending::open(dir, Duration::from_secs(settings.kiosk.idle_seconds.into()))?),
            intake,
            tokens,
            privacy: settings.privacy.clone(),
            sync,
        });
        Ok(Self {
            dir: dir.to_owned(),
            settings,
            broker,
            face,
            ledger,
            ended_logs,
            standing,
            health,
            metrics,
            failure,
            ledger_gate,
            listener,
            drain,
        })
    }

    /// Serves at once; intake is answered with 503 until it has caught up.
    async fn serve(mut self) -> Result<(), RunError> {
        let listener = match self.listener.take() {
            Some(listener) => listener,
            None => bind(self.settings.http.listen.0).await?,
        };
        let stop_shipping = DrainToken::new();
        let shipper = self.ship(&stop_shipping).await?;
        let app = self.router();
        let flushing = tokio::spawn(follow_pending(self.face.pending.clone(), self.face.intake.clone()));
        let watching = tokio::spawn(watch_ledger(
            self.ledger.clone(),
            shipper.as_ref().map(ShipperHandle::watch),
            self.ledger_gate.clone(),
            self.failure.clone(),
        ));
        let grace = Duration::from_secs(self.settings.drain.grace_seconds);
        let starting =
            tokio::spawn(start(self.face.intake.clone(), self.dir.clone(), self.standing, self.is_of_machine()));
        let comparing =
            self.is_of_machine().then(|| tokio::spawn(follow_clock(self.face.intake.clone(), self.standing)));
        let served = serve(listener, app, self.drain.clone(), grace).await;
        notify_stopping();
        starting.await.map_err(std::io::Error::other)?;
        if let Some(comparing) = comparing {
            comparing.abort();
        }
        flushing.abort();
        watching.abort();
        self.face.pending.flush(&self.face.intake, true).await;
        self.face.intake.gate.shut("draining");
        stop_shipping.cancel();
        if let Some(shipper) = shipper {
            shipper.join().await;
        }
        let (ledger, dir) = (self.ledger.clone(), self.dir.clone());
        let drained = spawn_blocking(move || ledger.drain()).await.map_err(std::io::Error::other)?;
        if let Some(error) = self.ledger.failure() {
            self.failure.raise(stopped(&self.ledger, &error));
        }
        if let Some(reason) = self.failure.reason() {
            return Err(RunError::Failed(reason.to_owned()));
        }
        served?;
        drained?;
        mark_stopped(&dir)?;
        tracing::info!("drained");
        Ok(())
    }

    /// Whether the clock is the machine's, so that what becomes of the machine has a time.
    fn is_of_machine(&self) -> bool {
        self.settings.clock.kind == ClockKind::System
    }

    /// Everything that is served.
    pub(crate) fn router(&self) -> Router {
        let patience = Duration::from_secs(self.settings.http.request_seconds);
        router(self.face.clone(), self.health.clone(), self.metrics.clone(), patience)
    }

    /// Starts the shipper and the heartbeat, if there is a broker.
    async fn ship(&mut self, stop: &DrainToken) -> Result<Option<ShipperHandle>, RunError> {
        let Some(broker) = &self.broker else {
            tracing::warn!("no broker is configured: entries are kept and not sent");
            return Ok(None);
        };
        let nats = broker.connect().await?;
        let required: Vec<_> = self.settings.aggregators.iter().map(|aggregator| aggregator.mirror.clone()).collect();
        let ended = std::mem::take(&mut self.ended_logs);
        let handed_on = hand_on(ended, nats.clone(), broker.unit().clone(), required.clone(), stop.clone());
        let shipper = ShipperService::spawn(
            handed_on,
            nats.clone(),
            self.ledger.clone(),
            broker.unit(),
            self.ledger.verifier_key().clone(),
            required,
            ShipperSettings::default(),
            draw_seed()?,
            ShipperMetrics::observer(self.face.intake.metrics.clone()),
            stop.clone(),
        );
        self.face.sync.follow(shipper.watch());
        let sync = self.face.sync.clone();
        let every = Duration::from_secs(self.settings.heartbeat.every_seconds);
        HeartbeatPublisher::spawn(nats, broker.unit(), every, move || sync.heartbeat(), stop.clone());
        Ok(Some(shipper))
    }
}

/// Lets intake catch up, then opens its gate.
async fn start(intake: Arc<Intake>, dir: PathBuf, standing: Standing, is_of_machine: bool) {
    let (reading, failure) = (intake.clone(), intake.failure.clone());
    let caught_up = spawn_blocking(move || {
        catch_up(&reading, &dir, standing)?;
        Ok(take_stopped(&dir)?)
    });
    match caught_up.await {
        Ok(Ok(stopped_in_order)) => {
            if is_of_machine {
                record_start(&intake, standing, stopped_in_order).await;
            }
            intake.gate.open();
            notify_ready();
            notify_status("đang nhận phiếu / taking forms");
        }
        Ok(Err(CatchUpError::Fold(FoldError::Drained))) => {}
        Ok(Err(error)) => failure.raise(error),
        Err(error) => failure.raise(error),
    }
}

#[cfg(test)]
mod tests;
