//! The errors of a backup, one enum per operation.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::manifest::ManifestNumber;
use crate::object::ObjectFault;

/// Why no copy was taken. What earlier ones left is untouched.
#[derive(Debug, Error)]
pub enum CreateError {
    /// The ledger cannot be copied: verify it, and repair it from a mirror before anything else is lost.
    #[error("the ledger cannot be copied: {0}")]
    Ledger(#[from] danvan_ledger::PartsError),
    /// A file could not be read or written: free space or correct the rights, and try again.
    #[error("{}: {error}", .path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The backup would lie inside the directory that it is of: choose another place, best another disk.
    #[error("the backup must not lie inside the directory that it is a copy of")]
    Inside,
    /// The ledger was repaired while it was copied, and another directory has its place now: try again.
    #[error("the ledger was replaced while it was copied")]
    Replaced,
    /// Somebody else takes a copy or reads the backup: try again later.
    #[error("the backup is in use")]
    Busy,
    /// What the backup already holds cannot be listed.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Why a backup cannot be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// There is no manifest: check the path.
    #[error("{} holds no backup", .0.display())]
    Empty(PathBuf),
    /// There is no such manifest.
    #[error("there is no manifest {0}")]
    Missing(ManifestNumber),
    /// A manifest is not what was written: use an older one, or another copy of the backup.
    #[error("manifest {number} cannot be used: {reason}")]
    Manifest {
        /// Its number.
        number: ManifestNumber,
        /// What is wrong.
        reason: String,
    },
    /// The copy was taken for other keys: find the one that belongs to it.
    #[error("this key cannot read manifest {number}, which was taken for {}", .recipients.join(", "))]
    Identity {
        /// The number of the manifest.
        number: ManifestNumber,
        /// The public keys that it was taken for.
        recipients: Vec<String>,
    },
    /// Somebody takes a copy at this moment: try again later.
    #[error("a copy is being taken at this moment")]
    Busy,
    /// A file could not be read.
    #[error("{}: {error}", .path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

/// Why nothing was restored. Nothing has the name that was asked for.
#[derive(Debug, Error)]
pub enum RestoreError {
    /// It is there already; restoring never overwrites. Choose another name.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// An attempt that was interrupted left this: remove it.
    #[error("{} is what an interrupted attempt left, with keys and openings in clear: remove it", .0.display())]
    Interrupted(PathBuf),
    /// The backup cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// An object is missing or damaged: use another manifest, or another copy of the backup.
    #[error("{path}: {fault}")]
    Object {
        /// What it would have become.
        path: String,
        /// What is wrong.
        fault: ObjectFault,
    },
    /// The ledger that came out of it is not sound: use another manifest.
    #[error("the restored ledger is not sound: {0}")]
    Ledger(String),
    /// A file could not be written.
    #[error("{}: {error}", .path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

macro_rules! at_path {
    ($($kind:ident),*) => {
        $(impl $kind {
            /// The failure of an operation on `path`.
            pub(crate) fn at(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
                let path = path.into();
                move |error| Self::Io { path, error }
            }
        })*
    };
}

at_path!(CreateError, ReadError, RestoreError);
