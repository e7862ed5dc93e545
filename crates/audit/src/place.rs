//! Where logs lie: a data directory, one ledger, or an export.

use crate::error::AuditError;
use crate::export_log::ExportLog;
use crate::held_log::HeldLog;
use crate::ledger_log::LedgerLog;
use danvan_ledger::ended_beside;
use danvan_tlog::Policy;
use std::fs;
use std::path::{Path, PathBuf};

/// A directory that an audit can be pointed at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// `policy`, `aggregator/ledger` and `nodes/<unit>/ledger`: all processes of a deployment on one machine.
    Data(PathBuf),
    /// The directory of one ledger, or of the process that keeps it.
    OneLog(PathBuf),
    /// `policy`, `<hex SHA-256 of the origin>/…` and `objects/…`: what [`export_tlog`](crate::export_tlog) writes.
    Export(PathBuf),
}

/// A log that was opened, or why it was not.
pub(crate) type Opened = Result<Box<dyn HeldLog>, AuditError>;

impl Place {
    /// Tells by what is in it which kind of place a directory is.
    pub fn detect(directory: &Path) -> Result<Self, AuditError> {
        let own = || directory.to_owned();
        if directory.join("aggregator/ledger").is_dir() || directory.join("nodes").is_dir() {
            return Ok(Self::Data(own()));
        }
        if directory.join("ledger").is_dir() {
            return Ok(Self::OneLog(directory.join("ledger")));
        }
        if !log_directories(directory)?.is_empty() {
            return Ok(Self::Export(own()));
        }
        match LedgerLog::open(directory) {
            Ok(_) => Ok(Self::OneLog(own())),
            Err(_) => Err(AuditError::NotAPlace(own())),
        }
    }

    /// The directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        match self {
            Self::Data(directory) | Self::OneLog(directory) | Self::Export(directory) => directory,
        }
    }

    /// Reads the policy file that lies in the place. One ledger has none: the auditor brings one.
    pub fn policy(&self) -> Result<Policy, AuditError> {
        match self {
            Self::Data(directory) | Self::Export(directory) => read_policy(&directory.join("policy")),
            Self::OneLog(directory) => Err(AuditError::NoPolicy(directory.join("policy"))),
        }
    }

    /// Opens every log, an aggregator's last: on a running system it then knows every receipt that the units hold.
    /// Opening again shows what was appended since.
    pub(crate) fn open(&self) -> Result<Vec<Opened>, AuditError> {
        match self {
            Self::Export(directory) => {
                let logs = log_directories(directory)?;
                Ok(logs.iter().map(|log| ExportLog::open(directory, log).map(boxed)).collect())
            }
            Self::Data(_) | Self::OneLog(_) => {
                Ok(self.ledgers()?.iter().map(|ledger| LedgerLog::open(ledger).map(boxed)).collect())
            }
        }
    }

    /// The directories of the ledgers, of a unit those that ended too, an aggregator's last; an export has none.
    pub(crate) fn ledgers(&self) -> Result<Vec<PathBuf>, AuditError> {
        match self {
            Self::Data(directory) => {
                let nodes = subdirectories(&directory.join("nodes"))?;
                let mut ledgers = Vec::new();
                for ledger in nodes.iter().map(|node| node.join("ledger")) {
                    ledgers.extend(ended_beside(&ledger).map_err(AuditError::io(&ledger))?);
                    ledgers.push(ledger);
                }
                let aggregator = directory.join("aggregator/ledger");
                if aggregator.is_dir() {
                    ledgers.push(aggregator);
                }
                Ok(ledgers)
            }
            Self::OneLog(directory) => Ok(vec![directory.clone()]),
            Self::Export(_) => Ok(Vec::new()),
        }
    }
}

/// Reads a policy file.
fn read_policy(path: &Path) -> Result<Policy, AuditError> {
    let bytes = fs::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => AuditError::NoPolicy(path.to_owned()),
        _ => AuditError::Io { path: path.to_owned(), error },
    })?;
    Policy::parse(&bytes).map_err(|error| AuditError::Policy { path: path.to_owned(), error })
}

fn boxed(log: impl HeldLog + 'static) -> Box<dyn HeldLog> {
    Box::new(log)
}

/// The directories of an export that are named by the digest of an origin.
fn log_directories(directory: &Path) -> Result<Vec<PathBuf>, AuditError> {
    let is_digest = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    Ok(subdirectories(directory)?.into_iter().filter(is_digest).collect())
}

/// The directories in a directory, by name; none when it is not there.
pub(crate) fn subdirectories(directory: &Path) -> Result<Vec<PathBuf>, AuditError> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(AuditError::io(directory)(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(AuditError::io(directory))?.path();
        if path.is_dir() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
