//! What an aggregator is configured to be: settings, keys and secrets, all read before anything is opened.

use std::path::{Path, PathBuf};

use danvan_daemon::{
    BearerToken, Environment, KeyProblem, SecretFileError, SettingsError, load_settings_with, read_secret,
};
use danvan_replication::{AggregatorToken, TokenError};
use danvan_tlog::{LogKey, MirrorKey, NameError, Origin};

use crate::key_file::{KeyFileError, read_log_key, read_mirror_key};
use crate::layout::Layout;
use crate::settings::AggregatorSettings;

/// Why an aggregator cannot run as it is configured. Nothing was opened.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The settings are wrong; each problem names file, line and key.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A secret could not be read, or others can read it.
    #[error(transparent)]
    Secret(#[from] SecretFileError),
    /// A key cannot be read from its file.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The key in the file belongs to another name than the settings give.
    #[error("{} holds the key {found}, the settings ask for {expected}", .path.display())]
    ForeignKey {
        /// The file.
        path: PathBuf,
        /// By the settings.
        expected: String,
        /// In the file.
        found: String,
    },
    /// The operator's token is too weak: remove the file and write a longer one.
    #[error("{} holds no token of at least {} characters", .0.display(), BearerToken::MIN_CHARS)]
    WeakToken(PathBuf),
    /// The name cannot stand in a subject of the broker.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The names do not make an origin.
    #[error(transparent)]
    Name(#[from] NameError),
}

/// A configuration in which everything is there and fits together.
pub(crate) struct Prepared {
    pub(crate) settings: AggregatorSettings,
    pub(crate) layout: Layout,
    pub(crate) origin: Origin,
    pub(crate) token: AggregatorToken,
    pub(crate) log: LogKey,
    pub(crate) mirror: MirrorKey,
    pub(crate) operator: BearerToken,
    /// User and password at the broker.
    pub(crate) broker: Option<(String, String)>,
}

impl Prepared {
    /// Reads what lies in `dir`, under the environment of the process.
    pub(crate) fn load(dir: &Path) -> Result<Self, CheckError> {
        let layout = Layout::new(dir);
        let mut broker = None;
        let settings = load_settings_with(&layout.settings(), &Environment::of_process(), |settings| {
            let read = broker_user(&layout, settings);
            let problem = read.as_ref().err().map(|error| KeyProblem::new("nats.user", error));
            broker = read.unwrap_or(None);
            problem.into_iter().collect()
        })?;
        let (log, mirror) = keys(&layout, &settings)?;
        let operator = read_secret(&layout.operator_token())?;
        let operator = BearerToken::new(&operator).ok_or_else(|| CheckError::WeakToken(layout.operator_token()))?;
        let token = AggregatorToken::new(settings.aggregator.name.as_str())?;
        let origin = settings.origin()?;
        Ok(Self { settings, layout, origin, token, log, mirror, operator, broker })
    }
}

fn broker_user(layout: &Layout, settings: &AggregatorSettings) -> Result<Option<(String, String)>, SecretFileError> {
    let Some(user) = &settings.nats.user else { return Ok(None) };
    let password = read_secret(&layout.nats_password())?;
    Ok(Some((user.clone(), password.trim_end().to_owned())))
}

fn keys(layout: &Layout, settings: &AggregatorSettings) -> Result<(LogKey, MirrorKey), CheckError> {
    let (log, mirror) = (read_log_key(layout)?, read_mirror_key(layout)?);
    let expected = [
        (layout.log_key(), settings.origin()?.to_string(), log.verifier_key().name().to_string()),
        (layout.mirror_key(), settings.mirror_name()?.to_string(), mirror.verifier_key().name().to_string()),
    ];
    for (path, expected, found) in expected {
        if expected != found {
            return Err(CheckError::ForeignKey { path, expected, found });
        }
    }
    Ok((log, mirror))
}
