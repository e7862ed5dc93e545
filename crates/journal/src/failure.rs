//! Why a step of the writer failed: refused with nothing changed, or with the state of the disk unknown.

use crate::committer::AppendError;
use std::io;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    NoSpace,
    Fatal(String),
}

impl Failure {
    pub(crate) fn fatal(action: &str, error: &io::Error) -> Self {
        Self::Fatal(format!("{action}: {error}"))
    }

    /// Lack of space is an answer, everything else a broken disk.
    pub(crate) fn of(action: &str, error: &io::Error) -> Self {
        if is_lack_of_space(error) { Self::NoSpace } else { Self::fatal(action, error) }
    }
}

/// Whether the disk, or the share of it that this user may use, is full.
pub(crate) fn is_lack_of_space(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

impl From<Failure> for AppendError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NoSpace => Self::NoSpace,
            Failure::Fatal(reason) => Self::Poisoned { reason },
        }
    }
}

impl From<Failure> for io::Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NoSpace => Self::from(io::ErrorKind::StorageFull),
            Failure::Fatal(reason) => Self::other(reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_quota_is_a_full_disk_and_a_broken_disk_is_not() {
        for errno in [rustix::io::Errno::NOSPC, rustix::io::Errno::DQUOT] {
            assert_eq!(Failure::of("writing", &io::Error::from(errno)), Failure::NoSpace);
        }
        let broken = Failure::of("writing", &io::Error::from(rustix::io::Errno::IO));
        assert!(matches!(broken, Failure::Fatal(reason) if reason.starts_with("writing: ")));
    }
}
