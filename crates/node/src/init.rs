//! Making a node's directory: keys, tokens, settings, and the log with its first entry.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use danvan_daemon::{
    Clock, ClockKind, ListenAddress, OsRandomness, Randomness, SecretFileError, Settings as _, SystemClock, UnixMillis,
    create_private_dir, read_secret, write_atomic, write_private,
};
use danvan_event::{
    Canon, CanonError, EntryError, EventId, GapDetected, NodeOpened, OwnEvent, PreviousLog, Role, Source, Timestamp,
    TimestampError, UnitId, make_entry,
};
use danvan_ledger::{CreateError, Ledger, LedgerConfig, Record};
use danvan_tlog::{IndexRange, KeyTextError, LogKey, Origin, VerifierKey};

use crate::privacy::PrivacySettings;
use crate::settings::{
    AggregatorSettings, ClockSettings, DrainSettings, HeartbeatSettings, HttpSettings, IntakeSettings, KioskSettings,
    NatsSettings, NodeSettings,
};
use crate::tokens::{TokenFile, TokenLine};

/// 1 January 2024 in Vietnam: where a simulated clock stands before the first form.
const SIMULATED_START: UnixMillis = UnixMillis::new(1_704_042_000_000);
const NODE_OPENED: &str = "vn.danvan.node.opened.v1";
const NODE_GAP_DETECTED: &str = "vn.danvan.node.gap_detected.v1";
/// Bytes of randomness in a token.
const TOKEN_BYTES: usize = 32;

/// What a new node is told.
#[derive(Clone, Debug)]
pub struct InitOptions {
    /// The unit whose node this is.
    pub unit: UnitId,
    /// The deployment, the first part of every log's name, such as `ngoc-lac-2024.danvan.demo`.
    pub deployment: String,
    /// The name on the screens; the gazetteer's when absent.
    pub name: Option<String>,
    /// Where HTTP is served; 127.0.0.1:8410 when absent.
    pub listen: Option<SocketAddr>,
    /// The broker; a node without one keeps everything until it is given one.
    pub nats_url: Option<String>,
    /// User and password at the broker.
    pub nats_user: Option<(String, String)>,
    /// The mirror keys of the aggregators whose receipts make an entry delivered.
    pub aggregators: Vec<VerifierKey>,
    /// The clock behind `recordedtime`. Simulated only inside a directory that `demo` made.
    pub clock: ClockKind,
}

/// What others must know of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeIdentity {
    /// The name of its log.
    pub origin: Origin,
    /// The key that signs the log, to be given to the aggregator.
    pub vkey: VerifierKey,
    /// The unit.
    pub unit: UnitId,
}

/// Why no node was made.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// There is a node already. Choose another directory.
    #[error("{} holds a node already", .0.display())]
    Exists(PathBuf),
    /// The options contradict the rules of the settings; one per line.
    #[error("{0}")]
    Options(String),
    /// A file could not be written. Correct the place and run it again: what is there is taken over.
    #[error("{}: {error}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A key that an earlier attempt left cannot be read.
    #[error(transparent)]
    Secret(#[from] SecretFileError),
    /// A key that an earlier attempt left is no key.
    #[error("keys/node.key: {0}")]
    Key(#[from] KeyTextError),
    /// The machine has no randomness.
    #[error("no randomness: {0}")]
    Randomness(io::Error),
    /// The machine's clock is far off. Set it and try again.
    #[error("the machine's clock is out of order: {0}")]
    Clock(#[from] TimestampError),
    /// The first entry could not be made.
    #[error("the first entry: {0}")]
    Entry(#[from] EntryError),
    /// The log could not be made.
    #[error("the ledger: {0}")]
    Ledger(#[from] CreateError),
}

/// Makes the directory of a node. `node.toml` is written last, so that an interrupted attempt can be repeated.
pub fn init(dir: &Path, options: &InitOptions) -> Result<NodeIdentity, InitError> {
    init_at(dir, options, &SystemClock)
}

/// As [`init`], by any clock.
pub(crate) fn init_at(dir: &Path, options: &InitOptions, clock: &dyn Clock) -> Result<NodeIdentity, InitError> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |error| InitError::Io { path, error }
    };
    let settings_file = dir.join("node.toml");
    if settings_file.exists() {
        return Err(InitError::Exists(dir.to_owned()));
    }
    let settings = settings_of(options);
    let problems = settings.check();
    let Some(origin) = settings.origin().filter(|_| problems.is_empty()) else {
        let lines: Vec<_> = problems.iter().map(|problem| format!("{}: {}", problem.key, problem.reason)).collect();
        return Err(InitError::Options(lines.join("\n")));
    };
    for place in [dir.to_owned(), dir.join("keys"), dir.join("vault"), dir.join("pending")] {
        create_private_dir(&place).map_err(at(&place))?;
    }
    let key = make_key(&dir.join("keys/node.key"), &origin)?;
    let vkey = key.verifier_key().clone();
    make_tokens(dir)?;
    if let Some((_, password)) = &options.nats_user {
        write_once(&dir.join("nats.password"), password.as_bytes())?;
    }
    match Ledger::create(
        &dir.join("ledger"),
        origin.clone(),
        key,
        first_record(&settings, (&origin, &vkey), None, clock)?,
        LedgerConfig::default(),
    ) {
        Ok(_) | Err(CreateError::Exists { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let text = toml::to_string(&settings).map_err(|error| InitError::Options(error.to_string()))?;
    write_atomic(&settings_file, text.as_bytes()).map_err(at(&settings_file))?;
    Ok(NodeIdentity { origin, vkey, unit: options.unit.clone() })
}

pub(crate) fn settings_of(options: &InitOptions) -> NodeSettings {
    let mut http = HttpSettings::default();
    if let Some(listen) = options.listen {
        http.listen = ListenAddress(listen);
    }
    let nats = NatsSettings {
        url: options.nats_url.clone(),
        user: options.nats_user.as_ref().map(|(user, _)| user.clone()),
        password_file: options.nats_user.as_ref().map(|_| "nats.password".into()),
        ca_file: None,
    };
    NodeSettings {
        unit: options.unit.clone(),
        deployment: options.deployment.clone(),
        name: options.name.clone(),
        http,
        nats,
        clock: ClockSettings { kind: options.clock },
        intake: IntakeSettings::default(),
        kiosk: KioskSettings::default(),
        heartbeat: HeartbeatSettings::default(),
        drain: DrainSettings::default(),
        privacy: PrivacySettings::default(),
        trace: danvan_daemon::TraceSettings::default(),
        aggregators: options.aggregators.iter().map(|key| AggregatorSettings { mirror: key.clone() }).collect(),
    }
}

/// The key that lies in `file` from an interrupted attempt, or a new one; what verifies it is put beside it.
pub(crate) fn make_key(file: &Path, origin: &Origin) -> Result<LogKey, InitError> {
    let key = if file.exists() {
        LogKey::from_secret_text(read_secret(file)?.trim())?
    } else {
        let mut seed = [0; 32];
        OsRandomness.fill(&mut seed).map_err(InitError::Randomness)?;
        let key = LogKey::from_seed(origin.key_name(), seed);
        write_once(file, format!("{}\n", key.to_secret_text()).as_bytes())?;
        key
    };
    let path = file.with_extension("vkey");
    let written = write_atomic(&path, format!("{}\n", key.verifier_key()).as_bytes());
    written.map_err(|error| InitError::Io { path, error })?;
    Ok(key)
}

/// One token per role, and those that the command line uses each in a file of its own: for `danvan events import` and `danvan privacy`.
fn make_tokens(dir: &Path) -> Result<(), InitError> {
    let file = dir.join("tokens.toml");
    if file.exists() {
        return Ok(());
    }
    let mut tokens = Vec::new();
    for role in [Role::Staff, Role::Board, Role::Import] {
        let mut bytes = [0; TOKEN_BYTES];
        OsRandomness.fill(&mut bytes).map_err(InitError::Randomness)?;
        let secret = URL_SAFE_NO_PAD.encode(bytes);
        if role != Role::Board {
            let alone = dir.join(format!("{role}.token"));
            let replaced = fs::remove_file(&alone);
            if let Err(error) = replaced
                && error.kind() != io::ErrorKind::NotFound
            {
                return Err(InitError::Io { path: alone, error });
            }
            write_once(&alone, format!("{secret}\n").as_bytes())?;
        }
        tokens.push(TokenLine { name: role.as_str().to_owned(), role, secret: toml::Spanned::new(0..0, secret) });
    }
    let text = toml::to_string(&TokenFile { tokens }).map_err(|error| InitError::Options(error.to_string()))?;
    write_once(&file, text.as_bytes())
}

fn write_once(path: &Path, bytes: &[u8]) -> Result<(), InitError> {
    match write_private(path, bytes) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        written => written.map_err(|error| InitError::Io { path: path.to_owned(), error }),
    }
}

/// `node.opened`, entry 0; of a log that goes on for another, with the one that ended.
pub(crate) fn first_record(
    settings: &NodeSettings,
    (origin, vkey): (&Origin, &VerifierKey),
    previous: Option<PreviousLog>,
    clock: &dyn Clock,
) -> Result<Record, InitError> {
    let kind = match settings.clock.kind {
        ClockKind::System => danvan_event::ClockKind::System,
        ClockKind::Simulated => danvan_event::ClockKind::Simulated,
    };
    let opened = NodeOpened { origin: origin.as_str().to_owned(), vkey: vkey.to_string(), clock: kind, previous };
    own_record(settings, (NODE_OPENED, false), Canon::encode(&opened), now(settings, clock))
}

fn now(settings: &NodeSettings, clock: &dyn Clock) -> UnixMillis {
    match settings.clock.kind {
        ClockKind::System => clock.now(),
        ClockKind::Simulated => SIMULATED_START,
    }
}

/// `node.gap_detected`: entries of the log that ended are lost. It is marked as made up where the log is one of a demonstration, and
/// never recorded before the entry in front of it, which was recorded at `in_front`.
pub(crate) fn gap_record(
    settings: &NodeSettings,
    (origin, gap): (&Origin, IndexRange),
    in_front: Option<Timestamp>,
    clock: &dyn Clock,
) -> Result<Record, InitError> {
    let at = UnixMillis::new(now(settings, clock).get().max(in_front.map_or(i64::MIN, Timestamp::as_millis)));
    let origin = origin.as_str().to_owned();
    let told = GapDetected { origin, start: gap.start().get(), end: gap.end().get(), repaired: false };
    let is_synthetic = settings.clock.kind == ClockKind::Simulated;
    own_record(settings, (NODE_GAP_DETECTED, is_synthetic), Canon::encode(&told), at)
}

/// What a node says into its log before it runs.
fn own_record(
    settings: &NodeSettings,
    (event_type, synthetic): (&str, bool),
    data: Result<Canon, CanonError>,
    now: UnixMillis,
) -> Result<Record, InitError> {
    let mut random = [0; 10];
    OsRandomness.fill(&mut random).map_err(InitError::Randomness)?;
    let id = EventId::from_parts(u64::try_from(now.get()).unwrap_or(0), random);
    let time = Timestamp::from_millis(now.get())?;
    let own = OwnEvent {
        id,
        event_type: &event_type.parse().map_err(|_| EntryError::Attribute("type"))?,
        source: &Source::Unit(settings.unit.clone()),
        subject: &format!("unit/{}", settings.unit),
        time,
        recordedtime: time,
        synthetic,
        data: data.map_err(|_| EntryError::Attribute("data"))?,
    };
    Ok(Record::new(make_entry(own)?.into_bytes()))
}
