//! What a directory was made of at one time. Plain text: names, lengths, digests of what is encrypted; no secret and no
//! personal datum, and no digest of either.
//!
//! The name of a manifest ends with the SHA-256 of its bytes, so that no byte of it changes unseen.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::error::ReadError;
use crate::object::{ObjectName, Sealed};
use crate::source::{LEDGER, STATE};

/// A manifest that was never finished has this name.
pub(crate) const UNFINISHED: &str = "unfinished.new";
/// The version of the manifest's form.
const FORMAT: u32 = 1;
const DIGITS: usize = 10;
/// Permission bits; nothing else of a mode is believed.
const PERMISSIONS: u32 = 0o777;

/// Manifests count from 1; the newest has the greatest number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ManifestNumber(u32);

impl ManifestNumber {
    /// The number of the first one.
    pub(crate) const FIRST: Self = Self(1);

    /// The number as an operator types it.
    #[must_use]
    pub fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }

    pub(crate) fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for ManifestNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One file of the directory, one segment of its ledger, or one fact beside that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Item {
    /// A path below the directory or below the ledger, `/` between names; or the name of the fact's pair.
    pub(crate) path: String,
    /// Permission bits.
    pub(crate) mode: u32,
    /// Length in bytes before encryption.
    pub(crate) bytes: u64,
    /// Equal as long as the contents are. Never derived from contents that may be secret; empty when it says nothing.
    pub(crate) stamp: String,
    /// The object that holds the contents.
    pub(crate) object: ObjectName,
    /// Its length in bytes.
    pub(crate) object_bytes: u64,
}

impl Item {
    pub(crate) fn sealed(&self) -> Sealed {
        Sealed { object: self.object, object_bytes: self.object_bytes }
    }
}

/// The ledger inside the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LedgerItems {
    /// Whose log it is.
    pub(crate) origin: String,
    /// How many entries the copy holds.
    pub(crate) size: u64,
    /// The facts beside the segments, in the order in which they are stored again.
    pub(crate) facts: Vec<Item>,
    /// Its segments, in order.
    pub(crate) segments: Vec<Item>,
}

/// What a directory was made of at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    pub(crate) format: u32,
    /// Milliseconds since the Unix epoch by the clock of the machine that took the copy.
    pub(crate) created_ms: u64,
    /// The public keys that every object is encrypted for, sorted.
    pub(crate) recipients: Vec<String>,
    pub(crate) ledger: LedgerItems,
    /// The files beside the ledger.
    pub(crate) files: Vec<Item>,
}

/// A manifest as it lies in its directory, unread.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(crate) number: ManifestNumber,
    digest: Digest,
    pub(crate) path: PathBuf,
}

impl Manifest {
    pub(crate) fn new(created_ms: u64, recipients: Vec<String>, ledger: LedgerItems, files: Vec<Item>) -> Self {
        Self { format: FORMAT, created_ms, recipients, ledger, files }
    }

    /// Everything that it is made of.
    pub(crate) fn items(&self) -> impl Iterator<Item = &Item> {
        self.ledger.facts.iter().chain(&self.ledger.segments).chain(&self.files)
    }

    /// The bytes and the name of its file.
    pub(crate) fn to_file(&self, number: ManifestNumber) -> io::Result<(Vec<u8>, String)> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        let name = format!("{:0DIGITS$}-{}.json", number.0, Digest::of(&bytes));
        Ok((bytes, name))
    }

    /// The manifest of that number, or the newest.
    pub(crate) fn pick(backup: &Path, number: Option<ManifestNumber>) -> Result<(ManifestNumber, Self), ReadError> {
        let all = Listed::all(backup)?;
        let newest = all.last().ok_or_else(|| ReadError::Empty(backup.to_owned()))?.number;
        let number = number.unwrap_or(newest);
        let mut found = all.iter().filter(|listed| listed.number == number);
        let listed = found.next().ok_or(ReadError::Missing(number))?;
        if found.next().is_some() {
            return Err(ReadError::Manifest { number, reason: "there are two of that number".to_owned() });
        }
        Ok((number, listed.read()?))
    }

    /// It comes from a place that others may write to: it must not lead out of the directory or into what is not its own.
    fn check(&self) -> Result<(), String> {
        if self.format != FORMAT {
            return Err(format!("its form is {}, this program knows {FORMAT}", self.format));
        }
        let plain = self.ledger.segments.iter().chain(&self.ledger.facts);
        if let Some(item) = plain.into_iter().find(|item| !is_inside(&item.path) || item.path.contains('/')) {
            return Err(format!("{:?} is no name of a file of a ledger", item.path));
        }
        let is_own = |path: &str| is_inside(path) && ![LEDGER, STATE].contains(&path.split('/').next().unwrap_or(path));
        if let Some(item) = self.files.iter().find(|item| !is_own(&item.path)) {
            return Err(format!("{:?} is no path of a file beside the ledger", item.path));
        }
        match self.items().find(|item| item.mode & !PERMISSIONS != 0) {
            Some(item) => Err(format!("{:o} is no mode of a file", item.mode)),
            None => Ok(()),
        }
    }
}

impl Listed {
    /// All manifests of a backup, ascending; none where there is no directory of them.
    pub(crate) fn all(backup: &Path) -> Result<Vec<Self>, ReadError> {
        let place = directory(backup);
        let entries = match fs::read_dir(&place) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(ReadError::at(place)(error)),
        };
        let mut all = Vec::new();
        for entry in entries {
            let path = entry.map_err(ReadError::at(&place))?.path();
            all.extend(Self::of(path));
        }
        all.sort_by_key(|listed| (listed.number, listed.digest));
        Ok(all)
    }

    fn of(path: PathBuf) -> Option<Self> {
        let (digits, digest) = path.file_name()?.to_str()?.strip_suffix(".json")?.split_once('-')?;
        let is_number = digits.len() == DIGITS && digits.bytes().all(|b| b.is_ascii_digit());
        let number = ManifestNumber(digits.parse().ok().filter(|_| is_number)?);
        let digest = digest.to_owned().try_into().ok()?;
        Some(Self { number, digest, path })
    }

    /// Reads and judges it.
    pub(crate) fn read(&self) -> Result<Manifest, ReadError> {
        let bytes = fs::read(&self.path).map_err(ReadError::at(&self.path))?;
        let wrong = |reason: String| ReadError::Manifest { number: self.number, reason };
        if Digest::of(&bytes) != self.digest {
            return Err(wrong("it is not what was written".to_owned()));
        }
        let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        manifest.check().map_err(wrong)?;
        Ok(manifest)
    }
}

/// Where manifests lie.
pub(crate) fn directory(backup: &Path) -> PathBuf {
    backup.join("manifests")
}

fn is_inside(path: &str) -> bool {
    !path.is_empty() && path.split('/').all(|name| !matches!(name, "" | "." | "..") && !name.contains('\0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(path: &str) -> Item {
        let object = Digest::of(b"x").into();
        Item { path: path.to_owned(), mode: 0o600, bytes: 1, stamp: String::new(), object, object_bytes: 1 }
    }

    fn manifest(segment: &str, file: &str) -> Manifest {
        let ledger = LedgerItems {
            origin: "example.vn/u/x".to_owned(),
            size: 1,
            facts: vec![item("checkpoint")],
            segments: vec![item(segment)],
        };
        Manifest::new(1, Vec::new(), ledger, vec![item(file)])
    }

    #[test]
    fn no_path_leads_out_of_the_directory_or_into_the_ledger() {
        for fine in ["node.toml", "keys/node.key", "ledger.damaged-1/0000000000.segment"] {
            assert_eq!(manifest("0000000000.segment", fine).check(), Ok(()));
        }
        for wrong in ["", "/etc/passwd", "../x", "a/../../x", "a//b", ".", "ledger/restored", "ledger", "state/x"] {
            assert!(manifest("0000000000.segment", wrong).check().is_err(), "{wrong:?}");
        }
        for wrong in ["", "../0000000000.segment", "a/b", "/x"] {
            assert!(manifest(wrong, "node.toml").check().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_mode_gives_no_more_than_permissions() {
        let mut manifest = manifest("0000000000.segment", "node.toml");
        manifest.files[0].mode = 0o4755;
        assert!(manifest.check().is_err());
    }

    #[test]
    fn any_changed_byte_of_a_manifest_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let number = ManifestNumber::new(41);
        let (bytes, name) = manifest("0000000000.segment", "node.toml").to_file(number).unwrap();
        let path = dir.path().join(name);
        fs::write(&path, &bytes).unwrap();
        let listed = Listed::of(path.clone()).unwrap();
        assert_eq!((listed.number, listed.read().unwrap()), (number, manifest("0000000000.segment", "node.toml")));
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            fs::write(&path, changed).unwrap();
            assert!(matches!(listed.read(), Err(ReadError::Manifest { .. })), "byte {at}");
        }
    }

    #[test]
    fn only_whole_names_are_manifests() {
        let digest = Digest::of(b"");
        assert!(Listed::of(format!("/b/0000000041-{digest}.json").into()).is_some());
        for wrong in
            [format!("41-{digest}.json"), format!("0000000041-{digest}.json.new"), "0000000041.json".to_owned()]
        {
            assert!(Listed::of(wrong.clone().into()).is_none(), "{wrong}");
        }
    }
}
