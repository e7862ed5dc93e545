//! Small files that must survive a power cut: written whole, fsynced, and their directory fsynced too.
//!
//! A rename is only durable once the directory is, and a new file only has a name once its directory was written
//! (fsync(2), Notes).

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// Owner only.
const PRIVATE_FILE: u32 = 0o600;
const PRIVATE_DIR: u32 = 0o700;
/// Anyone may read.
const PUBLIC_FILE: u32 = 0o644;

/// Creates the directory (0700) and its parents; one that exists is left as it is.
pub fn create_private_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(PRIVATE_DIR).create(path)?;
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or(Ok(()), sync_dir)
}

/// Creates a new file (0600) with these bytes, durably. Fails with `AlreadyExists` when there is one: a secret or a vault
/// file is never overwritten. After any other failure no file of that name is left.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).mode(PRIVATE_FILE).open(path)?;
    let written = fill(file, bytes);
    if written.is_err() {
        fs::remove_file(path)?;
    }
    written?;
    sync_dir(parent(path))
}

/// Puts a file with these bytes (0644) in the place of whatever has that name: a reader sees the old bytes or the new ones,
/// also after a power cut. One writer per name.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(PUBLIC_FILE).open(&new)?;
    fill(file, bytes)?;
    fs::rename(&new, path)?;
    sync_dir(parent(path))
}

/// Removes the file and makes that durable. A file that is already gone is fine, and its directory is fsynced even then: the
/// removal may have been lost by an earlier power cut.
pub fn remove_durably(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    sync_dir(parent(path))
}

/// Fsyncs a directory, so that names made or removed in it are durable.
pub fn sync_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Free bytes for an unprivileged writer on the disk that holds `path`.
pub fn free_bytes(path: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(path)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Why a secret was not read.
#[derive(Debug, thiserror::Error)]
pub enum SecretFileError {
    /// Others may read it. The operator runs `chmod 600` and replaces the secret if others had access.
    #[error("{} can be read by others than its owner (mode {mode:o}): chmod 600", .path.display())]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It could not be read as text.
    #[error("{}: {error}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

/// The text of a file that only its owner may read.
pub fn read_secret(path: &Path) -> Result<String, SecretFileError> {
    let failed = |error| SecretFileError::Io { path: path.to_owned(), error };
    let mode = fs::metadata(path).map_err(failed)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(SecretFileError::TooOpen { path: path.to_owned(), mode });
    }
    fs::read_to_string(path).map_err(failed)
}

fn fill(mut file: File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    file.sync_all()
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_private_file_is_for_its_owner_and_is_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let keys = dir.path().join("a/keys");
        create_private_dir(&keys).unwrap();
        assert_eq!(mode(&keys), 0o700);
        let path = keys.join("node.key");
        write_private(&path, b"secret").unwrap();
        assert_eq!(mode(&path), 0o600);
        assert_eq!(write_private(&path, b"other").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(read_secret(&path).unwrap(), "secret");
    }

    #[test]
    fn a_secret_that_others_can_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tokens.toml");
        write_atomic(&path, b"x").unwrap();
        let error = read_secret(&path).unwrap_err();
        assert!(matches!(error, SecretFileError::TooOpen { mode: 0o644, .. }), "{error}");
    }

    #[test]
    fn an_atomic_write_replaces_and_leaves_nothing_beside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("policy");
        write_atomic(&path, b"one").unwrap();
        write_atomic(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn removing_a_file_twice_is_fine() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("opening.json");
        write_private(&path, b"{}").unwrap();
        remove_durably(&path).unwrap();
        remove_durably(&path).unwrap();
        assert!(!path.exists());
    }
}
