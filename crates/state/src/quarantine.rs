//! Where odd directories go: renamed, the newest few kept for a curious engineer, never read again.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// How many quarantined directories are kept; on a small disk the evidence must not crowd out the truth.
const KEPT: usize = 2;
const PREFIX: &str = "quarantine-";

/// Why a directory was moved aside. The caller rebuilds the table and counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuarantineReason {
    /// An earlier open did not come to its end: the process died in it.
    InterruptedOpen,
    /// sled panicked.
    Panicked,
    /// sled did not return in time.
    Hung,
    /// sled reported an error.
    Unreadable,
    /// The directory exists and its rows are gone, with their seal.
    Emptied,
    /// Rows and seal contradict each other.
    Contradictory,
    /// The cursor is beyond the ledger that the rows are derived from.
    Ahead,
    /// Rows and seal agree, and the ledger knows of no such rows. Only the caller finds that.
    Stale,
}

impl QuarantineReason {
    /// A word for a metric's label.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InterruptedOpen => "interrupted_open",
            Self::Panicked => "panicked",
            Self::Hung => "hung",
            Self::Unreadable => "unreadable",
            Self::Emptied => "emptied",
            Self::Contradictory => "contradictory",
            Self::Ahead => "ahead",
            Self::Stale => "stale",
        }
    }
}

/// Moves `live` aside, inside `dir`.
pub(crate) fn move_aside(dir: &Path, live: &Path) -> io::Result<()> {
    let mut older = quarantined(dir)?;
    let next = older.last().map_or(1, |(number, _)| number + 1);
    fs::rename(live, dir.join(format!("{PREFIX}{next}")))?;
    let surplus = (older.len() + 1).saturating_sub(KEPT);
    for (_, path) in older.drain(..surplus) {
        fs::remove_dir_all(path)?;
    }
    Ok(())
}

/// The quarantined directories, oldest first.
fn quarantined(dir: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut found = Vec::new();
    for item in fs::read_dir(dir)? {
        let path = item?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if let Some(number) = name.strip_prefix(PREFIX).and_then(|number| number.parse().ok()) {
            found.push((number, path));
        }
    }
    found.sort_unstable();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_quarantined_directories_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        for _ in 0..12 {
            let live = dir.path().join("live");
            fs::create_dir(&live).unwrap();
            move_aside(dir.path(), &live).unwrap();
        }
        let numbers: Vec<_> = quarantined(dir.path()).unwrap().into_iter().map(|(number, _)| number).collect();
        assert_eq!(numbers, [11, 12]);
    }
}
