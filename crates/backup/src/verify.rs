//! Checking a backup: without the identity that every object is what was written, with it that each can be read.

use std::io;
use std::path::Path;

use thiserror::Error;

use crate::error::ReadError;
use crate::key::Identity;
use crate::lock;
use crate::manifest::{Item, Manifest, ManifestNumber};
use crate::object::ObjectFault;

/// What is wrong with one file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{path}: {fault}")]
pub struct Fault {
    /// What the object would become: a path below the directory, or the name of a file or a fact of its ledger.
    pub path: String,
    /// Where the object lies, below the backup.
    pub object: String,
    /// What is wrong.
    pub fault: ObjectFault,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The manifest that was checked.
    pub number: ManifestNumber,
    /// When the copy was taken, in milliseconds since the Unix epoch by the clock of that machine.
    pub created_ms: u64,
    /// Whose log it is.
    pub origin: String,
    /// How many entries the copy holds.
    pub entries: u64,
    /// Objects that were checked.
    pub objects: usize,
    /// Whether they were decrypted too.
    pub decrypted: bool,
    /// Everything that is wrong; empty for a sound copy.
    pub faults: Vec<Fault>,
}

/// Checks every byte that the newest manifest needs, or that of `number`. With an identity every object is decrypted too.
pub fn verify(
    backup: &Path,
    number: Option<ManifestNumber>,
    identity: Option<&Identity>,
) -> Result<Verified, ReadError> {
    let _held = lock::shared(backup).ok_or(ReadError::Busy)?;
    let (number, manifest) = Manifest::pick(backup, number)?;
    if let Some(identity) = identity {
        expect_recipient(number, &manifest, identity)?;
    }
    let (mut objects, mut faults) = (0, Vec::new());
    for item in manifest.items() {
        objects += 1;
        if let Err(fault) = judge(backup, item, identity) {
            let place = item.object.path(backup);
            let object = place.strip_prefix(backup).unwrap_or(&place).display().to_string();
            faults.push(Fault { path: item.path.clone(), object, fault });
        }
    }
    let (origin, entries, created_ms) = (manifest.ledger.origin, manifest.ledger.size, manifest.created_ms);
    Ok(Verified { number, created_ms, origin, entries, objects, decrypted: identity.is_some(), faults })
}

/// Refuses a key that the copy was not taken for, before every single object says so.
pub(crate) fn expect_recipient(
    number: ManifestNumber,
    manifest: &Manifest,
    identity: &Identity,
) -> Result<(), ReadError> {
    let own = identity.recipient().to_string();
    if manifest.recipients.contains(&own) {
        return Ok(());
    }
    Err(ReadError::Identity { number, recipients: manifest.recipients.clone() })
}

fn judge(backup: &Path, item: &Item, identity: Option<&Identity>) -> Result<(), ObjectFault> {
    let Some(identity) = identity else { return item.sealed().check(backup) };
    let opened = item.sealed().open(backup, identity, item.bytes, &mut io::sink())?;
    opened.map_err(|error| ObjectFault::Unreadable(error.to_string()))
}
