//! Which files of a process's directory a backup takes beside its ledger.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::error::CreateError;

/// The directory of the ledger, which is copied in its own way.
pub(crate) const LEDGER: &str = "ledger";
/// Derived state: it is computed again.
pub(crate) const STATE: &str = "state";
/// The end of the name of a file that somebody is in the middle of writing.
const UNFINISHED: &str = ".new";

/// What lies beside the ledger.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// Regular files, by path below the directory, `/` between names.
    pub(crate) files: Vec<String>,
    /// What no backup takes: links, sockets, names that are no text.
    pub(crate) left_out: Vec<PathBuf>,
}

impl Source {
    /// Walks through the directory. What vanishes meanwhile is left out.
    pub(crate) fn of(directory: &Path) -> Result<Self, CreateError> {
        let mut found = Self::default();
        let mut open = vec![String::new()];
        while let Some(prefix) = open.pop() {
            let place = directory.join(&prefix);
            let entries = match fs::read_dir(&place) {
                Err(error) if error.kind() == io::ErrorKind::NotFound && !prefix.is_empty() => continue,
                entries => entries.map_err(CreateError::at(&place))?,
            };
            for entry in entries {
                let entry = entry.map_err(CreateError::at(&place))?;
                let name = entry.file_name();
                let kind = match entry.file_type() {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    kind => kind.map_err(CreateError::at(entry.path()))?,
                };
                match name.to_str() {
                    Some(LEDGER | STATE) if prefix.is_empty() => {}
                    Some(name) if name.ends_with(UNFINISHED) => {}
                    Some(name) if kind.is_dir() => open.push(format!("{prefix}{name}/")),
                    Some(name) if kind.is_file() => found.files.push(format!("{prefix}{name}")),
                    _ => found.left_out.push(entry.path()),
                }
            }
        }
        found.files.sort();
        found.left_out.sort();
        Ok(found)
    }
}

/// Equal as long as nobody changed the file: the number of its place on the disk, and when contents and attributes last
/// changed. Says nothing of what it holds, which may be secret.
pub(crate) fn stamp(file: &Metadata) -> String {
    let (modified, changed) = ((file.mtime(), file.mtime_nsec()), (file.ctime(), file.ctime_nsec()));
    format!("{} {}.{:09} {}.{:09}", file.ino(), modified.0, modified.1, changed.0, changed.1)
}

/// The directory in which a path has its name.
pub(crate) fn parent_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Permission bits.
pub(crate) fn mode(file: &Metadata) -> u32 {
    file.mode() & 0o777
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_derived_unfinished_or_a_link_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["ledger", "state", "keys", "vault/deep"] {
            fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        for file in ["node.toml", "node.toml.new", "keys/node.key", "vault/deep/ledger", "ledger/lock", "state/x"] {
            fs::write(dir.path().join(file), b"x").unwrap();
        }
        std::os::unix::fs::symlink("/etc/hostname", dir.path().join("link")).unwrap();
        let source = Source::of(dir.path()).unwrap();
        assert_eq!(source.files, ["keys/node.key", "node.toml", "vault/deep/ledger"]);
        assert_eq!(source.left_out, [dir.path().join("link")]);
    }

    #[test]
    fn a_file_that_was_replaced_has_another_stamp() {
        let dir = tempfile::tempdir().unwrap();
        let (file, new) = (dir.path().join("x"), dir.path().join("y"));
        fs::write(&file, b"one").unwrap();
        let before = stamp(&fs::metadata(&file).unwrap());
        assert_eq!(stamp(&fs::metadata(&file).unwrap()), before);
        fs::write(&new, b"two").unwrap();
        fs::rename(&new, &file).unwrap();
        assert_ne!(stamp(&fs::metadata(&file).unwrap()), before);
    }
}
