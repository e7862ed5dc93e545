//! Where the measured files lie.

use std::io;
use std::path::PathBuf;

use tempfile::TempDir;

/// `target/bench` of this workspace, made when it is missing: on the disk of the build, never on a memory file system.
///
/// # Errors
/// The folder cannot be made.
pub fn bench_folder() -> io::Result<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/bench"));
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// A fresh folder on the disk of the build; it goes with the value.
///
/// # Errors
/// The folder cannot be made.
pub fn disk_folder() -> io::Result<TempDir> {
    TempDir::new_in(bench_folder()?)
}
