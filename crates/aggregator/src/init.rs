//! Making a new aggregator: keys, settings, and a ledger whose first words say who speaks and by which rules.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use danvan_daemon::{Clock, ListenAddress, OsRandomness, Randomness, Settings, SystemClock, TraceSettings};
use danvan_daemon::{create_private_dir, remove_durably, write_atomic, write_private};
use danvan_event::{AggregatorName, ClockKind, FormError, NodeOpened, RulebookAdopted, UnitTree};
use danvan_ledger::{
    AppendError, Attachment, AttachmentError, CreateError, DrainError, Ledger, LedgerConfig,
    OpenError as LedgerOpenError, ReceiptError, Record,
};
use danvan_projection::Period;
use danvan_ranking::{RB_CQTT_1, Rulebook};
use danvan_tlog::{Index, KeyName, LogKey, MirrorKey, NameError, Origin, Size, VerifierKey};

use crate::key_file::{KeyFileError, read_log_key, read_mirror_key};
use crate::layout::Layout;
use crate::notary::Notary;
use crate::publication::digest;
use crate::scribe::{Scribe, ScribeError, Statement};
use crate::settings::{AggregatorSettings, HttpSettings, IdentitySettings, NatsSettings, SpoolLimits};

/// A ledger in which only its opening was said.
const OPENED: Size = Index::ZERO.size_after();
/// How many entries stand there once the first rulebook was adopted.
const WITH_RULEBOOK: u64 = 2;

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
    /// The file of the unit tree that is published from the beginning; without it none is.
    pub tree: Option<&'static [u8]>,
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
    /// The directory holds a whole one already: choose another, or run that one.
    #[error("{0} already holds an aggregator")]
    Exists(String),
    /// A setting is wrong; the message names the key.
    #[error("{0}")]
    Settings(String),
    /// The names do not make an origin.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A file could not be written, or randomness is out of order. Correct that and do it again: what is there is taken over.
    #[error("cannot write the aggregator's files: {0}")]
    Io(#[from] io::Error),
    /// A key that an earlier attempt left cannot be used.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// An earlier attempt was for another aggregator. Repeat its name and deployment, or choose another directory.
    #[error("{} holds the key of {found}, not of {expected}", .path.display())]
    OtherAttempt {
        /// The file.
        path: PathBuf,
        /// By the options.
        expected: KeyName,
        /// In the file.
        found: KeyName,
    },
    /// What an earlier attempt left of the ledger cannot be opened.
    #[error(transparent)]
    Open(#[from] LedgerOpenError),
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
    /// The file of the unit tree is none; these are all of its errors.
    #[error(transparent)]
    Tree(#[from] FormError),
    /// The rulebook or the tree could not be packed.
    #[error(transparent)]
    Attachment(#[from] AttachmentError),
    /// The own log could not be cosigned.
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
    /// The first checkpoint could not be signed.
    #[error(transparent)]
    Drain(#[from] DrainError),
}

/// Makes an aggregator in `dir`, with keys drawn here that never leave it. The settings are written last, so that an interrupted
/// attempt can be repeated: what it left is taken over.
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
    if layout.settings().exists() {
        return Err(InitError::Exists(dir.display().to_string()));
    }
    let settings = settings_of(options);
    if let Some(problem) = settings.check().first() {
        return Err(InitError::Settings(format!("{}: {}", problem.key, problem.reason)));
    }
    for path in [dir.to_owned(), layout.keys(), layout.state()] {
        create_private_dir(&path)?;
    }
    let (log, mirror) = keys(&layout, &settings, &*randomness)?;
    let origin = settings.origin()?;
    let identity = Identity { origin, log: log.verifier_key().clone(), mirror: mirror.verifier_key().clone() };
    write_atomic(&layout.log_vkey(), line(&identity.log.to_string()).as_bytes())?;
    write_atomic(&layout.mirror_vkey(), line(&identity.mirror.to_string()).as_bytes())?;
    write_over(&layout.operator_token(), line(&hex::encode(seed(&*randomness)?)).as_bytes())?;
    if let Some((_, password)) = &options.nats_user {
        write_over(&layout.nats_password(), line(password).as_bytes())?;
    }
    let mut scribe = Scribe::new(options.name.clone(), clock.clone(), randomness);
    let ledger = open_ledger(&layout, &identity, log, &mut scribe)?;
    speak_first(&ledger, options.tree, &mut scribe)?;
    Notary::new(mirror, clock).cosign_own(&ledger)?;
    ledger.drain()?;
    write_atomic(&layout.settings(), commented(&toml::to_string_pretty(&settings)?).as_bytes())?;
    Ok(identity)
}

/// The keys that lie there from an interrupted attempt, or new ones: a key may have signed something already.
fn keys(
    layout: &Layout,
    settings: &AggregatorSettings,
    randomness: &dyn Randomness,
) -> Result<(LogKey, MirrorKey), InitError> {
    let (log_name, mirror_name) = (settings.origin()?.key_name(), settings.mirror_name()?);
    let same = |path: PathBuf, expected: KeyName, found: &KeyName| {
        if *found == expected { Ok(()) } else { Err(InitError::OtherAttempt { path, expected, found: found.clone() }) }
    };
    let (log_file, mirror_file) = (layout.log_key(), layout.mirror_key());
    let log = if log_file.exists() {
        read_log_key(layout)?
    } else {
        let drawn = LogKey::from_seed(log_name.clone(), seed(randomness)?);
        write_private(&log_file, line(&drawn.to_secret_text()).as_bytes())?;
        drawn
    };
    let mirror = if mirror_file.exists() {
        read_mirror_key(layout)?
    } else {
        let drawn = MirrorKey::from_seed(mirror_name.clone(), seed(randomness)?);
        write_private(&mirror_file, line(&drawn.to_secret_text()).as_bytes())?;
        drawn
    };
    same(log_file, log_name, log.verifier_key().name())?;
    same(mirror_file, mirror_name, mirror.verifier_key().name())?;
    Ok((log, mirror))
}

/// Makes the ledger with its opening, or takes over the one that an interrupted attempt left.
fn open_ledger(layout: &Layout, identity: &Identity, key: LogKey, scribe: &mut Scribe) -> Result<Ledger, InitError> {
    let opened = scribe.write(&Statement::Opened(NodeOpened {
        origin: identity.origin.to_string(),
        vkey: identity.log.to_string(),
        clock: ClockKind::System,
        previous: None,
    }))?;
    let first = Record::new(opened.into_bytes());
    let (directory, origin) = (layout.ledger(), identity.origin.clone());
    match Ledger::create(&directory, origin.clone(), key, first, LedgerConfig::default()) {
        Err(CreateError::Exists { .. }) => {
            Ok(Ledger::open(&directory, origin, read_log_key(layout)?, LedgerConfig::default())?.0)
        }
        created => Ok(created?),
    }
}

/// Says by which rules is ranked and, where a tree of units is named, which units there are: whatever of it is unsaid yet.
fn speak_first(ledger: &Ledger, tree: Option<&[u8]>, scribe: &mut Scribe) -> Result<(), InitError> {
    if ledger.size() == OPENED {
        let (file, rulebook) = (Attachment::pack(RB_CQTT_1)?, Rulebook::rb_cqtt_1());
        let adopted = scribe.write(&Statement::RulebookAdopted(RulebookAdopted {
            doc_no: None,
            rulebook: rulebook.id().to_owned(),
            rulebook_sha256: rulebook.sha256().to_owned(),
            attachment_sha256: digest(&file),
        }))?;
        ledger.append(Record::with_attachment(adopted.into_bytes(), file))?;
    }
    if let Some(tree) = tree
        && ledger.size().get() == WITH_RULEBOOK
    {
        let (file, tree) = (Attachment::pack(tree)?, UnitTree::parse(tree)?);
        let published = scribe.write(&Statement::TreePublished(tree.published(digest(&file))))?;
        ledger.append(Record::with_attachment(published.into_bytes(), file))?;
    }
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
        spool: SpoolLimits::default(),
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

/// Writes a secret in the place of what an interrupted attempt left.
fn write_over(path: &Path, bytes: &[u8]) -> io::Result<()> {
    remove_durably(path)?;
    write_private(path, bytes)
}

fn line(text: &str) -> String {
    format!("{text}\n")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use danvan_daemon::{SeededRandomness, SimulatedClock, UnixMillis};
    use danvan_event::{Entry, Event};

    use super::*;
    use crate::trial::{START_MS, options};

    fn attempt(dir: &Path, seed: u64) -> Result<Identity, InitError> {
        let clock = Arc::new(SimulatedClock::at(UnixMillis::new(START_MS)));
        init_with(dir, &options("test.danvan.demo"), clock, Arc::new(SeededRandomness::new(seed)))
    }

    /// What is left of an aggregator after a power cut while it was being made, by what is missing.
    fn interrupted(dir: &Path, missing: &[&str]) {
        for name in missing {
            let path = dir.join(name);
            if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.expect("removed");
        }
    }

    #[test]
    fn an_interrupted_attempt_can_be_repeated() {
        let settings = "aggregator.toml";
        for (place, missing) in [
            &[settings][..],
            &[settings, "ledger"],
            &[settings, "ledger", "operator.token"],
            &[settings, "ledger", "operator.token", "keys/mirror.vkey", "keys/log.vkey", "keys/mirror.key"],
            &[settings, "ledger", "operator.token", "keys"],
        ]
        .into_iter()
        .enumerate()
        {
            let root = tempfile::tempdir().expect("a directory");
            let dir = root.path().join("aggregator");
            let first = attempt(&dir, 1).expect("made");
            assert!(matches!(attempt(&dir, 2), Err(InitError::Exists(_))), "a whole one is made once");
            interrupted(&dir, missing);
            let second = attempt(&dir, 2).expect("made");
            assert_eq!(second == first, place < 3, "{missing:?}: a key that is there is kept");
            let clock = Arc::new(SystemClock);
            let ports = crate::opening::Ports { clock, randomness: Arc::new(OsRandomness) };
            let opened = crate::opening::open(&dir, ports).expect("it opens");
            assert_eq!(opened.mirror.ledger.size(), Size::from(2));
        }
    }

    #[test]
    fn a_ledger_that_was_only_opened_gets_its_rulebook() {
        let root = tempfile::tempdir().expect("a directory");
        let dir = root.path().join("aggregator");
        let identity = attempt(&dir, 1).expect("made");
        let layout = Layout::new(&dir);
        let text = danvan_daemon::read_secret(&layout.log_key()).expect("a key");
        let key = || LogKey::from_secret_text(text.trim_end()).expect("a key");
        let first = {
            let (ledger, _) =
                Ledger::open(&layout.ledger(), identity.origin.clone(), key(), LedgerConfig::default()).expect("opens");
            ledger.read_one(Index::ZERO).expect("reads")
        };
        interrupted(&dir, &["aggregator.toml", "ledger"]);
        let ledger = Ledger::create(&layout.ledger(), identity.origin.clone(), key(), first, LedgerConfig::default());
        drop(ledger.expect("made"));
        assert_eq!(attempt(&dir, 2).expect("made"), identity);
        let reader = danvan_ledger::LedgerReader::open(&layout.ledger()).expect("opens");
        let second = reader.entries().nth(1).expect("an entry").expect("reads").1;
        let entry = Entry::parse(second.entry).expect("an entry");
        assert!(matches!(entry.event(), Event::RulebookAdopted(_)), "{}", entry.event_type());
    }

    #[test]
    fn a_repeated_attempt_leaves_the_rulebook_that_an_office_adopted_the_last_one() {
        let root = tempfile::tempdir().expect("a directory");
        let dir = root.path().join("aggregator");
        attempt(&dir, 1).expect("made");
        crate::rulebook_adopt(&dir, danvan_ranking::RB_CQTT_0, None).expect("adopted");
        interrupted(&dir, &["aggregator.toml"]);
        attempt(&dir, 2).expect("made");
        let reader = danvan_ledger::LedgerReader::open(&Layout::new(&dir).ledger()).expect("opens");
        let last = reader.entries().last().expect("an entry").expect("reads").1;
        let entry = Entry::parse(last.entry).expect("an entry");
        let Event::RulebookAdopted(fact) = entry.event() else { panic!("{}", entry.event_type()) };
        assert_eq!(fact.rulebook, "rb-cqtt-0");
    }

    #[test]
    fn the_tree_of_a_preset_is_published_from_the_beginning_and_once() {
        let root = tempfile::tempdir().expect("a directory");
        let dir = root.path().join("aggregator");
        let tree = danvan_event::Gazetteer::preset("thanh-hoa-2025").map(danvan_event::Preset::tree);
        let with_tree = InitOptions { tree, ..options("test.danvan.demo") };
        for _ in 0..2 {
            init(&dir, &with_tree).expect("made");
            interrupted(&dir, &["aggregator.toml"]);
        }
        let reader = danvan_ledger::LedgerReader::open(&Layout::new(&dir).ledger()).expect("opens");
        let last = reader.entries().last().expect("an entry").expect("reads").1;
        let entry = Entry::parse(last.entry).expect("an entry");
        let Event::UnitTreePublished(fact) = entry.event() else { panic!("{}", entry.event_type()) };
        assert_eq!((reader.size().get(), fact.tree.as_str(), fact.units_count), (3, "thanh-hoa-2025", 167));
        assert_eq!(fact.attachment_sha256, digest(&last.attachment.expect("a file")));
    }

    #[test]
    fn the_key_of_another_aggregator_is_not_taken_over() {
        let root = tempfile::tempdir().expect("a directory");
        let dir = root.path().join("aggregator");
        attempt(&dir, 1).expect("made");
        interrupted(&dir, &["aggregator.toml"]);
        let other = InitOptions { name: "another".parse().expect("a name"), ..options("test.danvan.demo") };
        let refused = init(&dir, &other);
        assert!(matches!(refused, Err(InitError::OtherAttempt { .. })), "{refused:?}");
    }
}
