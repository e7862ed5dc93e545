//! Making a new aggregator: keys, settings, and a ledger whose first words say who speaks and by which rules.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use danvan_daemon::{Clock, ListenAddress, OsRandomness, Randomness, Settings, SystemClock, TraceSettings};
use danvan_daemon::{create_private_dir, write_atomic, write_private};
use danvan_event::{AggregatorName, ClockKind, NodeOpened, RulebookAdopted};
use danvan_ledger::{
    AppendError, Attachment, AttachmentError, CreateError, DrainError, Ledger, LedgerConfig, ReceiptError, Record,
};
use danvan_projection::Period;
use danvan_ranking::{RB_CQTT_0, Rulebook};
use danvan_tlog::{LogKey, MirrorKey, NameError, Origin, VerifierKey};
use sha2::{Digest, Sha256};

use crate::layout::Layout;
use crate::notary::Notary;
use crate::scribe::{Scribe, ScribeError, Statement};
use crate::settings::{AggregatorSettings, HttpSettings, IdentitySettings, NatsSettings};

/// What an operator decides once.
#[derive(Debug, Clone)]
pub struct InitOptions {
    /// Slug of this aggregator.
    pub name: AggregatorName,
    /// The deployment that it belongs to, the first part of every origin.
    pub deployment: String,
    /// The place on every page, such as "Huyện Ngọc Lặc".
    pub place: String,
    /// The word for this tier.
    pub level_label: String,
    /// The period shown first; the year of the clock without it.
    pub period: Option<Period>,
    /// Address of the pages and the API.
    pub listen: SocketAddr,
    /// The broker.
    pub nats_url: String,
    /// User and password at the broker, where it asks for them.
    pub nats_user: Option<(String, String)>,
    /// `host:port` of the broker's monitoring.
    pub nats_monitor: Option<String>,
}

/// Who the aggregator is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its own log.
    pub origin: Origin,
    /// The key that signs its own log.
    pub log: VerifierKey,
    /// The key that cosigns what it holds.
    pub mirror: VerifierKey,
}

/// Why no aggregator was made.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The directory holds one already: choose another, or run that one.
    #[error("{0} already holds an aggregator")]
    Exists(String),
    /// A setting is wrong; the message names the key.
    #[error("{0}")]
    Settings(String),
    /// The names do not make an origin.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A file could not be written, or randomness is out of order. Remove what was made and try again.
    #[error("cannot write the aggregator's files: {0}")]
    Io(#[from] io::Error),
    /// The settings could not be put into words.
    #[error("cannot write the settings: {0}")]
    Toml(#[from] toml::ser::Error),
    /// The ledger could not be made.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// The first words could not be written.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The first words do not make entries.
    #[error(transparent)]
    Scribe(#[from] ScribeError),
    /// The rulebook could not be packed.
    #[error(transparent)]
    Attachment(#[from] AttachmentError),
    /// The own log could not be cosigned.
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
    /// The first checkpoint could not be signed.
    #[error(transparent)]
    Drain(#[from] DrainError),
}

/// Makes an aggregator in `dir`, with keys drawn here that never leave it.
pub fn init(dir: &Path, options: &InitOptions) -> Result<Identity, InitError> {
    init_with(dir, options, Arc::new(SystemClock), Arc::new(OsRandomness))
}

/// As [`init`], with the time and the randomness handed in.
pub fn init_with(
    dir: &Path,
    options: &InitOptions,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
) -> Result<Identity, InitError> {
    let layout = Layout::new(dir);
    if layout.settings().exists() || layout.ledger().exists() {
        return Err(InitError::Exists(dir.display().to_string()));
    }
    let settings = settings_of(options);
    if let Some(problem) = settings.check().first() {
        return Err(InitError::Settings(format!("{}: {}", problem.key, problem.reason)));
    }
    let origin = settings.origin()?;
    let log = LogKey::from_seed(origin.key_name(), seed(&*randomness)?);
    let mirror = MirrorKey::from_seed(settings.mirror_name()?, seed(&*randomness)?);
    let identity =
        Identity { origin: origin.clone(), log: log.verifier_key().clone(), mirror: mirror.verifier_key().clone() };
    for path in [dir.to_owned(), layout.keys(), layout.state()] {
        create_private_dir(&path)?;
    }
    write_private(&layout.log_key(), line(&log.to_secret_text()).as_bytes())?;
    write_private(&layout.mirror_key(), line(&mirror.to_secret_text()).as_bytes())?;
    write_atomic(&layout.log_vkey(), line(&identity.log.to_string()).as_bytes())?;
    write_atomic(&layout.mirror_vkey(), line(&identity.mirror.to_string()).as_bytes())?;
    write_private(&layout.operator_token(), line(&hex::encode(seed(&*randomness)?)).as_bytes())?;
    if let Some((_, password)) = &options.nats_user {
        write_private(&layout.nats_password(), line(password).as_bytes())?;
    }
    let mut scribe = Scribe::new(options.name.clone(), clock.clone(), randomness);
    open_ledger(&layout, &identity, log, &mut scribe, &Notary::new(mirror, clock))?;
    write_atomic(&layout.settings(), commented(&toml::to_string_pretty(&settings)?).as_bytes())?;
    Ok(identity)
}

fn open_ledger(
    layout: &Layout,
    identity: &Identity,
    key: LogKey,
    scribe: &mut Scribe,
    notary: &Notary,
) -> Result<(), InitError> {
    let opened = scribe.write(&Statement::Opened(NodeOpened {
        origin: identity.origin.to_string(),
        vkey: identity.log.to_string(),
        clock: ClockKind::System,
        previous: None,
    }))?;
    let first = Record::new(opened.into_bytes());
    let ledger = Ledger::create(&layout.ledger(), identity.origin.clone(), key, first, LedgerConfig::default())?;
    let file = Attachment::pack(RB_CQTT_0)?;
    let adopted = scribe.write(&Statement::RulebookAdopted(RulebookAdopted {
        rulebook: Rulebook::rb_cqtt_0().id().to_owned(),
        attachment_sha256: hex::encode(Sha256::digest(&file)),
    }))?;
    ledger.append(Record::with_attachment(adopted.into_bytes(), file))?;
    notary.cosign_own(&ledger)?;
    ledger.drain()?;
    Ok(())
}

fn settings_of(options: &InitOptions) -> AggregatorSettings {
    AggregatorSettings {
        aggregator: IdentitySettings {
            name: options.name.clone(),
            deployment: options.deployment.clone(),
            place: options.place.clone(),
            level_label: options.level_label.clone(),
            period: options.period,
        },
        http: HttpSettings { listen: ListenAddress(options.listen), behind_proxy: None },
        nats: NatsSettings {
            url: options.nats_url.clone(),
            user: options.nats_user.as_ref().map(|(user, _)| user.clone()),
            monitor: options.nats_monitor.clone(),
        },
        trace: TraceSettings::default(),
        attribution: Vec::new(),
    }
}

fn commented(settings: &str) -> String {
    format!(
        "# Every key is described in schemas/config/aggregator.md. Secrets are in files beside this one.\n{settings}"
    )
}

fn seed(randomness: &dyn Randomness) -> io::Result<[u8; 32]> {
    let mut seed = [0; 32];
    randomness.fill(&mut seed)?;
    Ok(seed)
}

fn line(text: &str) -> String {
    format!("{text}\n")
}
