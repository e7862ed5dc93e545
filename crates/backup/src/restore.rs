//! The way back: into a new directory, checked, and marked.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use danvan_ledger::{Fact, VerifyOptions, mark_restored, put_facts};
use danvan_tlog::VerifierKey;

use crate::error::{ReadError, RestoreError};
use crate::key::Identity;
use crate::lock;
use crate::manifest::{Item, Manifest, ManifestNumber};
use crate::source::{LEDGER, parent_of};
use crate::verify::expect_recipient;

const PRIVATE_DIR: u32 = 0o700;
const PRIVATE_FILE: u32 = 0o600;
/// The end of the name of a directory that is being restored.
const UNFINISHED: &str = ".restoring";
/// The end of the name of a file with a verifier key.
const VKEY: &str = ".vkey";

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The manifest that was used.
    pub number: ManifestNumber,
    /// When that copy was taken, in milliseconds since the Unix epoch by the clock of that machine.
    pub created_ms: u64,
    /// Whose log it is.
    pub origin: String,
    /// How many entries the restored ledger holds.
    pub entries: u64,
    /// How many files lie beside it.
    pub files: usize,
    /// Whether the signatures of the ledger's notes were verified; else no file of the copy is the log's key.
    pub signatures_verified: bool,
}

/// Restores the newest manifest, or that of `number`, as the new directory `target`.
///
/// Everything is written beside it under `<target>.restoring`: decrypted, synced, verified byte by byte as a ledger, and
/// marked as restored, so that nothing is appended before others were asked what they hold of the log. Only then it gets
/// its name. After a failure it is removed.
pub fn restore(
    backup: &Path,
    number: Option<ManifestNumber>,
    identity: &Identity,
    target: &Path,
) -> Result<Restored, RestoreError> {
    let _held = lock::shared(backup).ok_or(ReadError::Busy)?;
    let (number, manifest) = Manifest::pick(backup, number)?;
    expect_recipient(number, &manifest, identity)?;
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(UNFINISHED);
    let unfinished = target.with_file_name(name);
    let is_there = |place: &Path| place.symlink_metadata().is_ok();
    if is_there(target) {
        return Err(RestoreError::Exists(target.to_owned()));
    }
    if is_there(&unfinished) {
        return Err(RestoreError::Interrupted(unfinished));
    }
    let way = Way { backup, identity, number, manifest: &manifest };
    let restored = way.restore(&unfinished).and_then(|signatures_verified| {
        let named = fs::rename(&unfinished, target).and_then(|()| File::open(parent_of(target))?.sync_all());
        named.map_err(RestoreError::at(target))?;
        Ok(signatures_verified)
    });
    let signatures_verified = restored.inspect_err(|_| remove(&unfinished))?;
    let Manifest { created_ms, ledger, files, .. } = manifest;
    let (origin, entries, files) = (ledger.origin, ledger.size, files.len());
    Ok(Restored { number, created_ms, origin, entries, files, signatures_verified })
}

/// Keys and openings in plain text are not left behind.
fn remove(unfinished: &Path) {
    match fs::remove_dir_all(unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::error!(%error, directory = %unfinished.display(), "left behind with secrets in it: remove it");
        }
        _ => {}
    }
}

struct Way<'w> {
    backup: &'w Path,
    identity: &'w Identity,
    number: ManifestNumber,
    manifest: &'w Manifest,
}

impl Way<'_> {
    /// Makes all of it; whether the signatures were verified.
    fn restore(&self, directory: &Path) -> Result<bool, RestoreError> {
        let ledger = directory.join(LEDGER);
        make_dir(&ledger)?;
        for item in &self.manifest.ledger.segments {
            self.file(item, &ledger)?;
        }
        self.facts(&ledger)?;
        for item in &self.manifest.files {
            self.file(item, directory)?;
        }
        let key = self.log_key(directory);
        self.check_ledger(&ledger, key.as_ref())?;
        let created = self.manifest.created_ms;
        let about = format!("manifest {} of a backup, taken at {created} ms since 1970\n", self.number);
        mark_restored(&ledger, &about).map_err(RestoreError::at(&ledger))?;
        sync_tree(directory)?;
        Ok(key.is_some())
    }

    fn file(&self, item: &Item, below: &Path) -> Result<(), RestoreError> {
        let place = below.join(&item.path);
        if let Some(parent) = place.parent() {
            make_dir(parent)?;
        }
        let mut options = OpenOptions::new();
        let created = options.write(true).create_new(true).mode(PRIVATE_FILE).open(&place);
        let mut file = created.map_err(RestoreError::at(&place))?;
        self.open(item, &mut file, &place)?;
        let finish = || {
            file.set_permissions(Permissions::from_mode(item.mode))?;
            file.sync_all()
        };
        finish().map_err(RestoreError::at(&place))
    }

    fn facts(&self, ledger: &Path) -> Result<(), RestoreError> {
        let mut facts = Vec::new();
        for item in &self.manifest.ledger.facts {
            let mut bytes = Vec::new();
            self.open(item, &mut bytes, ledger)?;
            facts.push(Fact { name: item.path.clone(), bytes });
        }
        put_facts(ledger, &facts).map_err(|error| RestoreError::Ledger(error.to_string()))
    }

    fn open(&self, item: &Item, to: &mut impl io::Write, place: &Path) -> Result<(), RestoreError> {
        let opened = item.sealed().open(self.backup, self.identity, item.bytes, to);
        let opened = opened.map_err(|fault| RestoreError::Object { path: item.path.clone(), fault })?;
        opened.map_err(RestoreError::at(place))
    }

    /// The key of the log, where one of the restored files is it.
    fn log_key(&self, directory: &Path) -> Option<VerifierKey> {
        let files = self.manifest.files.iter().filter(|item| item.path.ends_with(VKEY));
        let keys = files.filter_map(|item| fs::read_to_string(directory.join(&item.path)).ok()?.trim().parse().ok());
        keys.into_iter().find(|key: &VerifierKey| key.name().as_str() == self.manifest.ledger.origin)
    }

    fn check_ledger(&self, ledger: &Path, log: Option<&VerifierKey>) -> Result<(), RestoreError> {
        let unsound = RestoreError::Ledger;
        let options = VerifyOptions { log, ..VerifyOptions::default() };
        let verdict = danvan_ledger::verify(ledger, options).map_err(|error| unsound(error.to_string()))?;
        if let Some(finding) = verdict.findings.first() {
            return Err(unsound(finding.to_string()));
        }
        let (origin, size) = (verdict.origin.as_str(), verdict.size.get());
        let (expected, entries) = (&self.manifest.ledger.origin, self.manifest.ledger.size);
        if (origin, size) == (expected.as_str(), entries) {
            return Ok(());
        }
        Err(unsound(format!("it holds {size} entries of {origin}, not {entries} of {expected}")))
    }
}

fn make_dir(path: &Path) -> Result<(), RestoreError> {
    DirBuilder::new().recursive(true).mode(PRIVATE_DIR).create(path).map_err(RestoreError::at(path))
}

/// Makes every name below `directory` durable.
fn sync_tree(directory: &Path) -> Result<(), RestoreError> {
    let mut open: Vec<PathBuf> = vec![directory.to_owned()];
    while let Some(place) = open.pop() {
        let sync = |open: &mut Vec<PathBuf>| -> io::Result<()> {
            for entry in fs::read_dir(&place)? {
                let entry = entry?;
                if entry.file_type()?.is_dir() {
                    open.push(entry.path());
                }
            }
            File::open(&place)?.sync_all()
        };
        sync(&mut open).map_err(RestoreError::at(&place))?;
    }
    Ok(())
}
