//! Where an aggregator keeps its files.

use std::path::{Path, PathBuf};

/// The directory of one aggregator.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    root: PathBuf,
}

impl Layout {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// Written last by `init`: where it stands, the rest is complete.
    pub(crate) fn settings(&self) -> PathBuf {
        self.root.join("aggregator.toml")
    }

    pub(crate) fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    pub(crate) fn log_key(&self) -> PathBuf {
        self.keys().join("log.key")
    }

    pub(crate) fn mirror_key(&self) -> PathBuf {
        self.keys().join("mirror.key")
    }

    pub(crate) fn log_vkey(&self) -> PathBuf {
        self.keys().join("log.vkey")
    }

    pub(crate) fn mirror_vkey(&self) -> PathBuf {
        self.keys().join("mirror.vkey")
    }

    /// Bearer token of the operator, 0600.
    pub(crate) fn operator_token(&self) -> PathBuf {
        self.root.join("operator.token")
    }

    /// Password at the broker, 0600; absent where the broker asks for none.
    pub(crate) fn nats_password(&self) -> PathBuf {
        self.root.join("nats.password")
    }

    pub(crate) fn ledger(&self) -> PathBuf {
        self.root.join("ledger")
    }

    /// Both sides of every fork, one directory per log.
    pub(crate) fn forks(&self) -> PathBuf {
        self.root.join("forks")
    }

    /// Derived and disposable.
    pub(crate) fn state(&self) -> PathBuf {
        self.root.join("state")
    }

    pub(crate) fn spool_cursor(&self) -> PathBuf {
        self.state().join("spool-cursor.json")
    }

    /// Read model and mirror's memory, to start from.
    pub(crate) fn snapshot(&self) -> PathBuf {
        self.state().join("snapshot")
    }
}
