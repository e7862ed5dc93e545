//! A process's directory and its backup beside it.

use danvan_backup::{CreateError, CreateOptions, Created, Identity, Recipient, create, verify};
use danvan_ledger::{Ledger, LedgerConfig, Record};
use danvan_tlog::{LogKey, Origin};
use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

pub(crate) fn origin() -> Origin {
    Origin::new("example.vn/u/gso2024-15097").unwrap()
}

pub(crate) fn key() -> LogKey {
    LogKey::from_seed(origin().key_name(), [7; 32])
}

pub(crate) fn record(n: u64) -> Record {
    Record::new(format!("{{\"n\":{n},\"text\":\"{}\"}}", "x".repeat((n % 97) as usize)).into_bytes())
}

/// Segments of some forty entries.
pub(crate) fn small() -> LedgerConfig {
    LedgerConfig { segment_bytes: 8 << 10, preallocate_bytes: 4 << 10, ..LedgerConfig::default() }
}

/// Every file below a directory: contents and permission bits.
pub(crate) fn tree(directory: &Path) -> BTreeMap<String, (Vec<u8>, u32)> {
    let mut found = BTreeMap::new();
    let mut open = vec![directory.to_owned()];
    while let Some(place) = open.pop() {
        for entry in fs::read_dir(&place).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(directory).unwrap().display().to_string();
                let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
                found.insert(name, (fs::read(&path).unwrap(), mode));
            }
        }
    }
    found
}

/// What a check of the newest manifest finds, by path.
pub(crate) fn fault_paths(machine: &Machine, identity: Option<&Identity>) -> Vec<String> {
    let checked = verify(&machine.backup(), None, identity).unwrap();
    checked.faults.into_iter().map(|fault| fault.path).collect()
}

pub(crate) struct Machine {
    pub(crate) dir: PathBuf,
    pub(crate) identity: Identity,
    root: tempfile::TempDir,
}

impl Machine {
    /// A directory with so many entries in its ledger.
    pub(crate) fn new(entries: u64) -> Self {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("machine");
        for folder in ["keys", "vault", "state"] {
            fs::create_dir_all(dir.join(folder)).unwrap();
        }
        for (path, text, mode) in [
            ("keys/node.key", "PRIVATE".to_owned(), 0o600),
            ("keys/node.vkey", format!("{}\n", key().verifier_key()), 0o644),
            ("nats.password", "123456".to_owned(), 0o600),
            ("vault/a.json", "{\"salt\":\"7\",\"value\":\"chị Hoa\"}".to_owned(), 0o600),
            ("state/derived", "nothing".to_owned(), 0o644),
        ] {
            fs::write(dir.join(path), text).unwrap();
            fs::set_permissions(dir.join(path), fs::Permissions::from_mode(mode)).unwrap();
        }
        Ledger::create(&dir.join("ledger"), origin(), key(), record(0), small()).unwrap().drain().unwrap();
        let machine = Self { dir, identity: Identity::generate(), root };
        machine.grow(entries - 1);
        machine
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub(crate) fn backup(&self) -> PathBuf {
        self.path("backup")
    }

    pub(crate) fn open(&self) -> Ledger {
        Ledger::open(&self.dir.join("ledger"), origin(), key(), small()).unwrap().0
    }

    /// Appends and closes.
    pub(crate) fn grow(&self, entries: u64) {
        let ledger = self.open();
        let size = ledger.size().get();
        for outcome in ledger.append_all((size..size + entries).map(record).collect()) {
            outcome.unwrap();
        }
        ledger.drain().unwrap();
    }

    pub(crate) fn create(&self, keep: Option<usize>) -> Result<Created, CreateError> {
        self.create_in(&self.backup(), keep)
    }

    pub(crate) fn create_in(&self, backup: &Path, keep: Option<usize>) -> Result<Created, CreateError> {
        let recipients = vec![self.identity.recipient()];
        let keep = keep.and_then(NonZeroUsize::new);
        create(&self.dir, backup, &CreateOptions { recipients, created_ms: 1_709_883_000_000, keep })
    }

    pub(crate) fn create_for(&self, recipients: &[Recipient]) -> Result<Created, CreateError> {
        let options = CreateOptions { recipients: recipients.to_vec(), created_ms: 1_709_883_000_000, keep: None };
        create(&self.dir, &self.backup(), &options)
    }

    /// How many facts lie beside the segments.
    pub(crate) fn facts(&self) -> usize {
        danvan_ledger::parts(&self.dir.join("ledger")).unwrap().facts.len()
    }

    pub(crate) fn sealed_segments(&self) -> usize {
        let parts = danvan_ledger::parts(&self.dir.join("ledger")).unwrap();
        parts.segments.iter().filter(|segment| segment.is_sealed).count()
    }

    pub(crate) fn objects(&self) -> Vec<PathBuf> {
        self.files("objects/")
    }

    /// In the order of their numbers.
    pub(crate) fn manifests(&self) -> Vec<PathBuf> {
        self.files("manifests/")
    }

    fn files(&self, below: &str) -> Vec<PathBuf> {
        let all = tree(&self.backup()).into_keys().filter(|path| path.starts_with(below));
        all.map(|path| self.backup().join(path)).collect()
    }
}
