//! Why an audit could not be done. None of these says that anything is wrong with a log.

use danvan_tlog::{BundleError, Hash, Index, Origin, PolicyTextError, Size};
use std::path::{Path, PathBuf};

/// Why an audit or an export could not be done.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The directory is neither a data directory, nor a ledger, nor an export. The caller names another one.
    #[error("{} is neither a data directory, nor a ledger, nor an export", .0.display())]
    NotAPlace(PathBuf),
    /// The policy file is missing from the place. The caller names one.
    #[error("there is no policy file at {}", .0.display())]
    NoPolicy(PathBuf),
    /// The policy file is malformed. The caller corrects it.
    #[error("{}: {error}", path.display())]
    Policy {
        /// The file.
        path: PathBuf,
        /// The line and what is wrong with it.
        error: PolicyTextError,
    },
    /// A file cannot be read or written. The caller looks at the disk or the permissions.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// A log cannot be opened at all.
    #[error("{place}: {reason}")]
    Unreadable {
        /// The directory.
        place: String,
        /// Why.
        reason: String,
    },
    /// There is no aggregator's log in the place, and so no publication.
    #[error("there is no log of an aggregator here")]
    NoAggregator,
    /// Nothing was published yet.
    #[error("no ranking was published")]
    NothingPublished,
    /// There is no publication at this index.
    #[error("entry {0} of the aggregator's log publishes no ranking")]
    NoSuchPublication(Index),
    /// An export was to be made of something that holds no ledger. The caller names an aggregator's directory.
    #[error("{} holds no ledger of an aggregator", .0.display())]
    NoLedger(PathBuf),
    /// The directory to export to holds files. The caller names an empty or a new one.
    #[error("{} is not empty", .0.display())]
    NotEmpty(PathBuf),
    /// The log to be exported is not sound; fsck says more.
    #[error("the log {origin} is not sound at size {size}: the entries have the root {computed}, signed is {signed}")]
    RootDiffers {
        /// The log.
        origin: Origin,
        /// The size of its checkpoint.
        size: Size,
        /// The root of the entries.
        computed: Hash,
        /// The root that was signed.
        signed: Hash,
    },
    /// An entry does not fit a tile.
    #[error(transparent)]
    Bundle(#[from] BundleError),
}

impl AuditError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Io { path, error }
    }
}
