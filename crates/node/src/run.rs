//! Running a node: from the settings to the last checkpoint.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use danvan_daemon::{
    BindError, ClockKind, DrainToken, Environment, Gate, Health, Metrics, MetricsError, OsRandomness, Randomness as _,
    SecretFileError, ServeError, SettingsError, SystemClock, bind, drain_on_signals, notify_ready, notify_status,
    notify_stopping, read_secret, serve, start_trace,
};
use danvan_event::Source;
use danvan_ledger::{DrainError, Ledger, LedgerConfig, OpenError};
use danvan_replication::{
    ConnectError, HeartbeatPublisher, Nats, NatsConfig, ShipperHandle, ShipperService, ShipperSettings, TokenError,
    UnitToken,
};
use danvan_tlog::{KeyTextError, LogKey};
use tokio::task::spawn_blocking;

use crate::catch_up::{CatchUpError, catch_up};
use crate::face::{Face, router};
use crate::failure::Failure;
use crate::intake::Intake;
use crate::intake_keys::IntakeKeys;
use crate::kiosk::{Pending, follow_pending, unit_word};
use crate::ledger_watch::{stopped, unopened, watch_ledger};
use crate::metrics::{NodeMetrics, ShipperMetrics};
use crate::node_clock::NodeClock;
use crate::recorder::{FoldError, Recorder};
use crate::settings::NodeSettings;
use crate::sync::{SyncState, VERSION};
use crate::tokens::{Tokens, TokensError};
use crate::vault::Vault;

/// What the command line puts over the settings.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Instead of `http.listen`.
    pub listen: Option<SocketAddr>,
    /// Instead of `nats.url`.
    pub nats_url: Option<String>,
    /// Cancelled by the caller to drain the node. Without one, SIGTERM and SIGINT drain.
    pub drain: Option<DrainToken>,
}

/// What is wrong with a node's directory. The operator corrects each named place.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// `node.toml` or the environment.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// `tokens.toml`.
    #[error(transparent)]
    Tokens(#[from] TokensError),
    /// The key cannot be read, or others can read it too.
    #[error(transparent)]
    Secret(#[from] SecretFileError),
    /// The key is no key.
    #[error("{}: {error}", .file.display())]
    Key {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        error: KeyTextError,
    },
    /// The key signs for another log than the settings name.
    #[error("keys/node.key signs for {found}; unit and deployment of node.toml make {expected}")]
    OtherLog {
        /// The log of the key.
        found: String,
        /// The log of the settings.
        expected: String,
    },
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
    let prepared = Prepared::load(dir, &overrides)?;
    // A trace that the caller has started stays.
    let _ = start_trace(&prepared.settings.trace);
    let drain = match overrides.drain {
        Some(drain) => drain,
        None => drain_on_signals()?,
    };
    let clock = prepared.clock();
    let node = Node::open(dir, prepared, clock, drain.clone()).await?;
    let served = node.serve().await;
    drain.cancel();
    served
}

pub(crate) struct Prepared {
    settings: NodeSettings,
    tokens: Tokens,
    key: LogKey,
    /// User and password at the broker.
    login: Option<(String, String)>,
}

impl Prepared {
    pub(crate) fn load(dir: &Path, overrides: &Overrides) -> Result<Self, CheckError> {
        let mut environment = Environment::of_process();
        if let Some(listen) = overrides.listen {
            environment = environment.with("http.listen", "--listen", &listen.to_string());
        }
        if let Some(url) = &overrides.nats_url {
            environment = environment.with("nats.url", "--nats", url);
        }
        let settings = NodeSettings::load(dir, &environment)?;
        let tokens = Tokens::load(dir)?;
        let login = settings.nats_login(dir)?;
        let file = dir.join("keys/node.key");
        let key =
            LogKey::from_secret_text(read_secret(&file)?.trim()).map_err(|error| CheckError::Key { file, error })?;
        let expected = settings.origin().map(|origin| origin.as_str().to_owned()).unwrap_or_default();
        let found = key.origin().as_str().to_owned();
        if found == expected {
            Ok(Self { settings, tokens, key, login })
        } else {
            Err(CheckError::OtherLog { found, expected })
        }
    }
}

impl Prepared {
    /// The clock that the settings ask for.
    pub(crate) fn clock(&self) -> NodeClock {
        match self.settings.clock.kind {
            ClockKind::System => NodeClock::Machine(Arc::new(SystemClock)),
            ClockKind::Simulated => NodeClock::simulated(),
        }
    }
}

/// A node whose ledger is open.
pub(crate) struct Node {
    dir: PathBuf,
    settings: NodeSettings,
    login: Option<(String, String)>,
    pub(crate) face: Arc<Face>,
    pub(crate) ledger: Ledger,
    key: danvan_tlog::VerifierKey,
    health: Health,
    metrics: Metrics,
    pub(crate) failure: Failure,
    ledger_gate: Gate,
    drain: DrainToken,
}

impl Node {
    pub(crate) async fn open(
        dir: &Path,
        prepared: Prepared,
        clock: NodeClock,
        drain: DrainToken,
    ) -> Result<Self, RunError> {
        let Prepared { settings, tokens, key, login } = prepared;
        let verifier = key.verifier_key().clone();
        let (path, origin) = (dir.join("ledger"), key.origin());
        let opened = spawn_blocking(move || Ledger::open(&path, origin, key, LedgerConfig::default()));
        let (ledger, recovery) = opened.await.map_err(std::io::Error::other)??;
        tracing::info!(size = ledger.size().get(), ?recovery, version = VERSION, "ledger open");
        let (health, metrics) = (Health::new(), Metrics::new("danvan_node"));
        let node_metrics = NodeMetrics::new(&metrics)?;
        node_metrics.build_info.with_label_values(&[VERSION]).set(1);
        let failure = Failure::new(drain.clone());
        let ledger_gate = health.gate("ledger");
        ledger_gate.open();
        let source = Source::Unit(settings.unit.clone());
        let tolerance = settings.intake.future_seconds;
        let recorder = Recorder::new(ledger.clone(), source.clone(), clock, tolerance, drain.clone());
        let intake = Arc::new(Intake {
            source,
            form_bytes: settings.intake.form_bytes,
            ledger: ledger.clone(),
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
            sync,
        });
        let dir = dir.to_owned();
        Ok(Self { dir, settings, login, face, ledger, key: verifier, health, metrics, failure, ledger_gate, drain })
    }

    /// Serves at once; intake is answered with 503 until it has caught up.
    async fn serve(self) -> Result<(), RunError> {
        let listener = bind(self.settings.http.listen.0).await?;
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
        let (intake, dir, failure) = (self.face.intake.clone(), self.dir.clone(), self.failure.clone());
        let start = spawn_blocking(move || match catch_up(&intake, &dir) {
            Ok(()) => {
                notify_ready();
                notify_status("đang nhận phiếu / taking forms");
            }
            Err(CatchUpError::Fold(FoldError::Drained)) => {}
            Err(error) => failure.raise(error),
        });
        let served = serve(listener, app, self.drain.clone(), grace).await;
        notify_stopping();
        start.await.map_err(std::io::Error::other)?;
        flushing.abort();
        watching.abort();
        self.face.pending.flush(&self.face.intake, true).await;
        self.face.intake.gate.shut("draining");
        stop_shipping.cancel();
        if let Some(shipper) = shipper {
            shipper.join().await;
        }
        let ledger = self.ledger.clone();
        let drained = spawn_blocking(move || ledger.drain()).await.map_err(std::io::Error::other)?;
        if let Some(error) = self.ledger.failure() {
            self.failure.raise(stopped(&self.ledger, &error));
        }
        if let Some(reason) = self.failure.reason() {
            return Err(RunError::Failed(reason.to_owned()));
        }
        served?;
        drained?;
        tracing::info!("drained");
        Ok(())
    }

    /// Everything that is served.
    pub(crate) fn router(&self) -> Router {
        let patience = Duration::from_secs(self.settings.http.request_seconds);
        router(self.face.clone(), self.health.clone(), self.metrics.clone(), patience)
    }

    /// Starts the shipper and the heartbeat, if there is a broker.
    async fn ship(&self, stop: &DrainToken) -> Result<Option<ShipperHandle>, RunError> {
        let Some(url) = &self.settings.nats.url else {
            tracing::warn!("no broker is configured: entries are kept and not sent");
            return Ok(None);
        };
        let mut seed = [0; 8];
        OsRandomness.fill(&mut seed)?;
        let seed = u64::from_le_bytes(seed);
        let unit = UnitToken::new(self.settings.unit.as_str())?;
        let mut config = NatsConfig::new(url, unit.as_str(), seed);
        if let Some((user, password)) = &self.login {
            config = config.with_user(user, password);
        }
        if let Some(file) = &self.settings.nats.ca_file {
            config = config.with_ca(self.dir.join(file));
        }
        let nats = Nats::connect(&config).await?;
        let required = self.settings.aggregators.iter().map(|aggregator| aggregator.mirror.clone()).collect();
        let shipper = ShipperService::spawn(
            nats.clone(),
            self.ledger.clone(),
            &unit,
            self.key.clone(),
            required,
            ShipperSettings::default(),
            seed,
            ShipperMetrics::observer(self.face.intake.metrics.clone()),
            stop.clone(),
        );
        self.face.sync.follow(shipper.watch());
        let sync = self.face.sync.clone();
        let every = Duration::from_secs(self.settings.heartbeat.every_seconds);
        HeartbeatPublisher::spawn(nats, &unit, every, move || sync.heartbeat(), stop.clone());
        Ok(Some(shipper))
    }
}

#[cfg(test)]
mod tests;
