//! What is read and judged before anything is opened: settings, tokens, key, the operator's decisions.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use danvan_daemon::{ClockKind, Environment, SecretFileError, SettingsError, SystemClock, read_secret};
use danvan_replication::{AggregatorToken, SPOOL_SOURCE};
use danvan_tlog::{KeyTextError, LogKey};

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
    /// The key signs for another log than the settings name.
    #[error("keys/node.key signs for {found}; unit and deployment of node.toml make {expected}")]
    OtherLog {
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
        let key = read_secret(&dir.join("keys/node.key"))?.trim().to_owned();
        let prepared = Self { settings, tokens, key, login, without };
        let expected = prepared.settings.origin().map(|origin| origin.as_str().to_owned()).unwrap_or_default();
        let found = prepared.key(dir)?.origin().as_str().to_owned();
        if found == expected { Ok(prepared) } else { Err(CheckError::OtherLog { found, expected }) }
    }

    /// The signing key.
    pub(crate) fn key(&self, dir: &Path) -> Result<LogKey, CheckError> {
        LogKey::from_secret_text(&self.key).map_err(|error| CheckError::Key { file: dir.join("keys/node.key"), error })
    }

    /// The clock that the settings ask for.
    pub(crate) fn clock(&self) -> NodeClock {
        match self.settings.clock.kind {
            ClockKind::System => NodeClock::Machine(Arc::new(SystemClock)),
            ClockKind::Simulated => NodeClock::simulated(),
        }
    }
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
