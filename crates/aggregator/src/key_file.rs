//! The files of an aggregator's two secret keys.

use std::path::PathBuf;

use danvan_daemon::{SecretFileError, read_secret};
use danvan_tlog::{KeyTextError, LogKey, MirrorKey};

use crate::layout::Layout;

/// Why there is no key in a file. The operator puts the right file there, readable by its owner only.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It cannot be read, or others can read it too.
    #[error(transparent)]
    Secret(#[from] SecretFileError),
    /// It can be read and is no key. Where there is no ledger yet nothing was signed by it: remove the file.
    #[error("{}: {error}", .path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: KeyTextError,
    },
}

/// The key that signs the own log.
pub(crate) fn read_log_key(layout: &Layout) -> Result<LogKey, KeyFileError> {
    read(layout.log_key(), LogKey::from_secret_text)
}

/// The key that cosigns what is held.
pub(crate) fn read_mirror_key(layout: &Layout) -> Result<MirrorKey, KeyFileError> {
    read(layout.mirror_key(), MirrorKey::from_secret_text)
}

fn read<Key>(path: PathBuf, parse: fn(&str) -> Result<Key, KeyTextError>) -> Result<Key, KeyFileError> {
    parse(read_secret(&path)?.trim_end()).map_err(|error| KeyFileError::NoKey { path, error })
}
