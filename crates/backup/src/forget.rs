//! What a backup no longer needs: old manifests, and objects that no manifest names.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::num::NonZeroUsize;
use std::path::Path;

use crate::error::CreateError;
use crate::manifest::{self, Listed, ManifestNumber};
use crate::object;

/// What was forgotten.
#[derive(Debug, Default)]
pub(crate) struct Forgotten {
    /// How many objects were removed.
    pub(crate) removed: usize,
    /// Manifests that stay and cannot be read. What they need is not known, so nothing was removed.
    pub(crate) unreadable: Vec<ManifestNumber>,
}

/// Removes all manifests but the newest `keep`, and then the objects that none of those names, what an interrupted copy left
/// among them. The caller holds the lock.
pub(crate) fn forget(backup: &Path, keep: Option<NonZeroUsize>) -> Result<Forgotten, CreateError> {
    let listed = Listed::all(backup)?;
    let old = keep.map_or(0, |keep| listed.len().saturating_sub(keep.get()));
    let (old, kept) = listed.split_at(old);
    let mut forgotten = Forgotten::default();
    let mut needed = BTreeSet::new();
    for listed in kept {
        match listed.read() {
            Ok(manifest) => needed.extend(manifest.items().map(|item| item.object)),
            Err(_) => forgotten.unreadable.push(listed.number),
        }
    }
    if !forgotten.unreadable.is_empty() {
        return Ok(forgotten);
    }
    for listed in old {
        fs::remove_file(&listed.path).map_err(CreateError::at(&listed.path))?;
    }
    // A manifest that came back after a power cut without its objects would be a false alarm.
    let place = manifest::directory(backup);
    File::open(&place).and_then(|place| place.sync_all()).map_err(CreateError::at(place))?;
    let objects = object::directory(backup);
    for name in object::all(backup).map_err(CreateError::at(&objects))? {
        if !needed.contains(&name) {
            let path = name.path(backup);
            fs::remove_file(&path).map_err(CreateError::at(path))?;
            forgotten.removed += 1;
        }
    }
    for unfinished in [object::unfinished(backup), manifest::directory(backup).join(manifest::UNFINISHED)] {
        match fs::remove_file(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(CreateError::at(unfinished)(error)),
            _ => {}
        }
    }
    Ok(forgotten)
}
