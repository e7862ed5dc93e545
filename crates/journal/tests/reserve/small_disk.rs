//! The same on a file system of the kernel that is really full.

use crate::life::{Life, identity};
use danvan_journal::{AppendError, Config, DiskStorage, Journal, Storage};
use danvan_tlog::Size;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

const MARK: &str = "this-disk-is-small";
const CONFIG: Config = Config {
    segment_bytes: 64 << 10,
    preallocate_bytes: 16 << 10,
    queue_records: 64,
    queue_bytes: 1 << 20,
    reserve_bytes: 128 << 10,
};

/// Mounts a memory file system of 512 KiB, for itself alone, on the directory `$1`, and runs the rest there.
const ON_A_SMALL_DISK: &str =
    "mount -t tmpfs -o size=512k none \"$1\" && cd \"$1\" && touch \"$2\" && shift 2 && exec \"$@\"";

fn on_a_small_disk(directory: &Path, command: &[&str]) -> Command {
    let mut small = Command::new("unshare");
    small.args(["--user", "--map-root-user", "--mount", "sh", "-c", ON_A_SMALL_DISK, "sh"]);
    small.arg(directory).arg(MARK).args(command);
    small
}

/// A container may forbid name spaces; the disk in memory has shown the same then. The program itself is part of every Debian: a
/// CI without it tests less than it says.
fn why_there_is_no_small_disk(directory: &Path) -> Option<String> {
    match on_a_small_disk(directory, &["true"]).output() {
        Ok(probe) if probe.status.success() => None,
        Ok(probe) => Some(String::from_utf8_lossy(&probe.stderr).trim().to_owned()),
        Err(error) => {
            #[expect(clippy::disallowed_methods, reason = "how a CI says that it is one")]
            let is_ci = std::env::var("CI").is_ok_and(|value| value == "true");
            assert!(!is_ci, "unshare (util-linux) cannot be started: {error}");
            Some(format!("unshare (util-linux) cannot be started: {error}"))
        }
    }
}

#[test]
fn a_full_file_system_takes_control_records_and_recovers() {
    if Path::new(MARK).exists() {
        return fill_and_recover();
    }
    let directory = tempfile::tempdir().unwrap();
    if let Some(reason) = why_there_is_no_small_disk(directory.path()) {
        eprintln!("LEFT OUT, no small file system can be mounted here: {reason}");
        return;
    }
    let this = std::env::current_exe().unwrap();
    let name = "small_disk::a_full_file_system_takes_control_records_and_recovers";
    let output = on_a_small_disk(directory.path(), &[this.to_str().unwrap(), "--exact", name]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}{}", String::from_utf8_lossy(&output.stderr));
}

fn fill_and_recover() {
    let here = Path::new(".");
    let storage: Arc<dyn Storage> = Arc::new(DiskStorage::create(&here.join("journal")).unwrap());
    let journal = Journal::create(Arc::clone(&storage), &identity(), CONFIG).unwrap();
    std::fs::write(here.join("others"), vec![1; 128 << 10]).unwrap();
    let mut life = Life::default();
    assert!(life.fill(&journal));
    assert!(here.join("journal/reserve").exists());
    // More than a segment, so that sealing and beginning need the space too.
    for n in 0..1200 {
        life.control(&journal).unwrap_or_else(|error| panic!("control record {n}: {error}"));
    }
    assert!(!here.join("journal/reserve").exists());
    assert_eq!(life.ordinary(&journal), Err(AppendError::NoSpace));
    std::fs::remove_file(here.join("others")).unwrap();
    life.ordinary(&journal).unwrap();
    assert_eq!(std::fs::metadata(here.join("journal/reserve")).unwrap().len(), CONFIG.reserve_bytes);
    drop(journal);
    let (journal, _) = Journal::open(storage, &identity(), Size::ZERO, CONFIG).unwrap();
    assert_eq!(life.broken_promises(&journal), Vec::<String>::new());
}
