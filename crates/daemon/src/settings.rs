//! Settings: one TOML file, overridden by the environment, checked whole before anything is opened.
//!
//! The variable `DANVAN__SECTION__KEY` (two underscores between the parts, any case) overrides `key` of `[section]`. Its value is
//! read as a TOML value where it is one (`8410`, `true`, `["a"]`) and the setting takes such a value, else as text.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

mod environment;
mod place;

pub use environment::Environment;
use place::{Places, line_at};

/// Settings of a process. `deny_unknown_fields` on every section makes a misspelt key an error.
pub trait Settings: DeserializeOwned {
    /// Everything that types alone do not catch; empty when all is well.
    fn check(&self) -> Vec<KeyProblem>;
}

/// One setting that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyProblem {
    /// Dotted, such as `http.listen`.
    pub key: String,
    /// A lower-case clause without full stop.
    pub reason: String,
}

impl KeyProblem {
    /// The setting `key` is wrong because of `reason`.
    pub fn new(key: impl Into<String>, reason: impl fmt::Display) -> Self {
        Self { key: key.into(), reason: reason.to_string() }
    }
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A line of the file, from 1; `None` when the file does not mention the key.
    File(Option<usize>),
    /// The variable of that name.
    Environment(String),
}

/// One problem with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsProblem {
    /// The file.
    pub file: PathBuf,
    /// Line or variable.
    pub origin: Origin,
    /// Dotted; empty when the file is not TOML.
    pub key: String,
    /// What is wrong.
    pub reason: String,
}

/// Why a process may not start. The operator corrects each named place.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("{}: {error}", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// One or more settings are wrong; one per line of the message.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Wrong(Vec<SettingsProblem>),
}

/// An address to listen on, as `ip:port`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ListenAddress(pub SocketAddr);

impl ListenAddress {
    /// Whether only this machine can reach it.
    #[must_use]
    pub fn is_loopback(self) -> bool {
        self.0.ip().is_loopback()
    }
}

/// Reads, overrides, types and checks the settings.
pub fn load_settings<S: Settings>(file: &Path, environment: &Environment) -> Result<S, SettingsError> {
    load_settings_with(file, environment, |_| Vec::new())
}

/// As [`load_settings`], with checks that need more than the settings themselves, such as the files that they name.
pub fn load_settings_with<S: Settings>(
    file: &Path,
    environment: &Environment,
    check: impl FnOnce(&S) -> Vec<KeyProblem>,
) -> Result<S, SettingsError> {
    let text =
        std::fs::read_to_string(file).map_err(|error| SettingsError::Unreadable { file: file.to_owned(), error })?;
    let wrong = |origin, key: &str, reason: String| {
        let key = key.to_owned();
        SettingsError::Wrong(vec![SettingsProblem { file: file.to_owned(), origin, key, reason }])
    };
    let mut table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map(|span| line_at(&text, span.start));
        wrong(Origin::File(line), "", error.message().to_owned())
    })?;
    let places = Places::of(&text);
    environment
        .override_in(&mut table)
        .map_err(|(variable, key)| wrong(Origin::Environment(variable), &key, "is not inside a section".to_owned()))?;
    let origin = |key: &str| match environment.variable_of(key) {
        Some(variable) => Origin::Environment(variable.to_owned()),
        None => Origin::File(places.line_of(key)),
    };
    let settings: S =
        typed(table, environment).map_err(|KeyProblem { key, reason }| wrong(origin(&key), &key, reason))?;
    let problems: Vec<_> = settings
        .check()
        .into_iter()
        .chain(check(&settings))
        .map(|KeyProblem { key, reason }| SettingsProblem { file: file.to_owned(), origin: origin(&key), key, reason })
        .collect();
    if problems.is_empty() { Ok(settings) } else { Err(SettingsError::Wrong(problems)) }
}

/// Gives the values their types. A variable that reads as a number or a date where the settings want text is text.
fn typed<S: Settings>(mut table: toml::Table, environment: &Environment) -> Result<S, KeyProblem> {
    let mut retried: Option<KeyProblem> = None;
    loop {
        let error = match serde_path_to_error::deserialize(toml::Value::Table(table.clone())) {
            Ok(settings) => return Ok(settings),
            Err(error) => error,
        };
        let reason = error.inner().message().to_owned();
        let problem = KeyProblem { key: unknown_key(&error.path().to_string(), &reason), reason };
        if let Some(first) = retried.filter(|first| first.key == problem.key) {
            return Err(first);
        }
        if !environment.override_with_text(&problem.key, &mut table) {
            return Err(problem);
        }
        retried = Some(problem);
    }
}

/// The key that an error is about: for a missing or unknown field the path ends at its section, and only the message names it.
fn unknown_key(path: &str, reason: &str) -> String {
    let path = if path == "." { "" } else { path };
    let named = reason.strip_prefix("unknown field `").or_else(|| reason.strip_prefix("missing field `"));
    match named.and_then(|rest| rest.split_once('`')) {
        Some((field, _)) if path.is_empty() => field.to_owned(),
        Some((field, _)) if path != field && !path.ends_with(&format!(".{field}")) => format!("{path}.{field}"),
        _ => path.to_owned(),
    }
}

impl fmt::Display for SettingsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        match &self.origin {
            Origin::File(Some(line)) => write!(f, ":{line}")?,
            Origin::File(None) => {}
            Origin::Environment(variable) => write!(f, " (overridden by {variable})")?,
        }
        if self.key.is_empty() { write!(f, ": {}", self.reason) } else { write!(f, ": {}: {}", self.key, self.reason) }
    }
}

#[cfg(test)]
mod tests;
