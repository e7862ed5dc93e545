//! What is read and judged before anything is opened: settings, tokens, key, the operator's decisions.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use danvan_daemon::{ClockKind, Environment, SecretFileError, SettingsError, SystemClock, read_secret};
use danvan_ledger::ended_beside;
use danvan_replication::{AggregatorToken, SPOOL_SOURCE};
use danvan_tlog::{KeyTextError, LogKey, NameError, Origin};

use crate::node_clock::NodeClock;
use crate::run::Overrides;
use crate::settings::NodeSettings;
use crate::tokens::{Tokens, TokensError};

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
    /// `--without` names nobody whose answer this node needs.
    #[error("--without {name}: no such aggregator is required here; there are: {}", known.join(", "))]
    Without {
        /// What was named.
        name: String,
        /// Who could be named.
        known: Vec<String>,
    },
    /// The directories beside the ledger cannot be listed.
    #[error("the ledger's directories: {0}")]
    Incarnations(#[from] io::Error),
    /// A later incarnation of the log has no name any more.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The key signs for another log than the settings name.
    #[error("{} signs for {found}; unit and deployment of node.toml make {expected}", .file.display())]
    OtherLog {
        /// The file.
        file: PathBuf,
        /// The log of the key.
        found: String,
        /// The log of the settings.
        expected: String,
    },
}

/// A node's directory, read.
pub(crate) struct Prepared {
    pub(crate) settings: NodeSettings,
    pub(crate) tokens: Tokens,
    /// The directories of the logs that ended before the one that goes on, in order.
    pub(crate) ended: Vec<PathBuf>,
    /// The text of the signing key, which is spent by every attempt to open the ledger.
    key: String,
    /// User and password at the broker.
    pub(crate) login: Option<(String, String)>,
    /// The mirror keys, and perhaps the spool, whose silence an operator accepts.
    pub(crate) without: BTreeSet<String>,
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
        let without = without(&settings, &overrides.without)?;
        let ended = ended_beside(&dir.join("ledger"))?;
        let incarnation = ended.len() as u64 + 1;
        let file = key_file(dir, incarnation);
        let key = read_secret(&file)?.trim().to_owned();
        let prepared = Self { settings, tokens, ended, key, login, without };
        let expected = origin_in(&prepared.settings, incarnation)?.map(|origin| origin.to_string()).unwrap_or_default();
        let found = prepared.key(dir)?.origin().as_str().to_owned();
        if found == expected { Ok(prepared) } else { Err(CheckError::OtherLog { file, found, expected }) }
    }

    /// The signing key of the log that goes on.
    pub(crate) fn key(&self, dir: &Path) -> Result<LogKey, CheckError> {
        let file = key_file(dir, self.ended.len() as u64 + 1);
        LogKey::from_secret_text(&self.key).map_err(|error| CheckError::Key { file, error })
    }

    /// The directory and the key of each log that ended, in order.
    pub(crate) fn ended_logs(&self, dir: &Path) -> Result<Vec<(PathBuf, LogKey)>, CheckError> {
        let read = |(directory, incarnation): (&PathBuf, u64)| {
            let file = key_file(dir, incarnation);
            let key = LogKey::from_secret_text(read_secret(&file)?.trim());
            Ok((directory.clone(), key.map_err(|error| CheckError::Key { file, error })?))
        };
        self.ended.iter().zip(1..).map(read).collect()
    }

    /// The clock that the settings ask for.
    pub(crate) fn clock(&self) -> NodeClock {
        match self.settings.clock.kind {
            ClockKind::System => NodeClock::Machine(Arc::new(SystemClock)),
            ClockKind::Simulated => NodeClock::simulated(),
        }
    }
}

/// The file of the key that signs an incarnation of the log.
pub(crate) fn key_file(dir: &Path, incarnation: u64) -> PathBuf {
    dir.join(if incarnation == 1 { "keys/node.key".to_owned() } else { format!("keys/node-{incarnation}.key") })
}

/// The log of the settings in one of its incarnations.
pub(crate) fn origin_in(settings: &NodeSettings, incarnation: u64) -> Result<Option<Origin>, NameError> {
    let Some(first) = settings.origin() else { return Ok(None) };
    (1..incarnation).try_fold(first, |origin, _| origin.next_incarnation()).map(Some)
}

/// The sources that an operator named, by aggregator or by mirror key.
fn without(settings: &NodeSettings, named: &[String]) -> Result<BTreeSet<String>, CheckError> {
    let keys = settings.aggregators.iter().map(|aggregator| aggregator.mirror.name());
    let mut known: Vec<(String, String)> = keys
        .map(|key| {
            let short = AggregatorToken::of_mirror(key).map_or_else(String::new, |token| token.as_str().to_owned());
            (short, key.as_str().to_owned())
        })
        .collect();
    known.push((SPOOL_SOURCE.to_owned(), SPOOL_SOURCE.to_owned()));
    let sources = |name: &String| {
        let found: Vec<_> = known.iter().filter(|(short, long)| short == name || long == name).collect();
        let known = || known.iter().map(|(short, _)| short.clone()).collect();
        if found.is_empty() {
            return Err(CheckError::Without { name: name.clone(), known: known() });
        }
        Ok(found.into_iter().map(|(_, long)| long.clone()))
    };
    Ok(named.iter().map(sources).collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}
