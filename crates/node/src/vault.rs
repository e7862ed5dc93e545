//! The vault: the openings of personal fields, one file (0600) per record, on this machine only.
//!
//! Order: the file is fsynced, then the entry is appended, then the client is answered. A crash between the first two leaves
//! openings of an entry that does not exist; the next start destroys them.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use danvan_daemon::{create_private_dir, remove_durably, sync_dir, write_private};
use danvan_event::{EventId, Opening};
use serde::{Deserialize, Serialize};

const SUFFIX: &str = ".json";

/// The directory of the openings. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Vault(PathBuf);

#[derive(Serialize, Deserialize)]
struct VaultFile {
    id: EventId,
    openings: Vec<Opening>,
}

impl Vault {
    /// The vault of a node's directory; made if it is missing.
    pub(crate) fn open(dir: &Path) -> io::Result<Self> {
        let vault = dir.join("vault");
        create_private_dir(&vault)?;
        Ok(Self(vault))
    }

    /// Keeps the openings of `id` durably. What an attempt that came to nothing left under that id is replaced: the caller has made sure
    /// that no entry has it.
    pub(crate) fn keep(&self, id: EventId, openings: Vec<Opening>) -> io::Result<()> {
        let path = self.path(id);
        let bytes = serde_json::to_vec(&VaultFile { id, openings })?;
        match write_private(&path, &bytes) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                remove_durably(&path)?;
                write_private(&path, &bytes)
            }
            written => written,
        }
    }

    /// The openings of `id`; none when there are none or they were erased.
    pub(crate) fn openings(&self, id: EventId) -> io::Result<Vec<Opening>> {
        match fs::read(self.path(id)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            read => Ok(serde_json::from_slice::<VaultFile>(&read?)?.openings),
        }
    }

    /// The ids of all records, in order of their ids. A file that is no opening is left out.
    pub(crate) fn ids(&self) -> io::Result<Vec<EventId>> {
        let names = fs::read_dir(&self.0)?.map(|item| Ok(item?.file_name()));
        let mut ids: Vec<EventId> =
            names.filter_map(|name| name.map(|name| id_of(&name)).transpose()).collect::<io::Result<_>>()?;
        ids.sort_unstable();
        Ok(ids)
    }

    /// Shows every record to `see`, in order of the ids. What is destroyed meanwhile is passed over.
    pub(crate) fn each(&self, mut see: impl FnMut(EventId, &[Opening])) -> io::Result<()> {
        for id in self.ids()? {
            see(id, &self.openings(id)?);
        }
        Ok(())
    }

    /// Destroys the openings of `id`.
    pub(crate) fn destroy(&self, id: EventId) -> io::Result<()> {
        remove_durably(&self.path(id))
    }

    /// Destroys the openings of all these ids, of those that have none too; how many records that were.
    pub(crate) fn destroy_all<'i>(&self, ids: impl IntoIterator<Item = &'i EventId>) -> io::Result<u64> {
        let mut destroyed = 0;
        for id in ids {
            match fs::remove_file(self.path(*id)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                removed => destroyed += u64::from(removed.is_ok()),
            }
        }
        // Even where nothing was left: an earlier removal may have been lost by a power cut.
        sync_dir(&self.0)?;
        Ok(destroyed)
    }

    /// Destroys every opening whose id is not `known`; how many records that were. A file that is no opening is left and traced.
    pub(crate) fn destroy_orphans<E>(&self, known: impl Fn(EventId) -> Result<bool, E>) -> Result<u64, OrphanError<E>> {
        let mut destroyed = 0;
        for item in fs::read_dir(&self.0)? {
            let name = item?.file_name();
            let Some(id) = id_of(&name) else {
                tracing::warn!(file = %name.display(), "a foreign file lies in the vault");
                continue;
            };
            if !known(id).map_err(OrphanError::Keys)? {
                self.destroy(id)?;
                destroyed += 1;
            }
        }
        Ok(destroyed)
    }

    fn path(&self, id: EventId) -> PathBuf {
        self.0.join(format!("{id}{SUFFIX}"))
    }
}

/// The record that a file of this name opens.
fn id_of(name: &OsStr) -> Option<EventId> {
    name.to_str()?.strip_suffix(SUFFIX)?.parse().ok()
}

/// Why the orphans were not destroyed. The node must not start its intake.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OrphanError<E> {
    /// The vault cannot be read or changed.
    #[error("the vault: {0}")]
    Io(#[from] io::Error),
    /// The keys cannot be asked.
    #[error(transparent)]
    Keys(E),
}

#[cfg(test)]
mod tests {
    use super::*;
    use danvan_event::{Canon, Salt};
    use std::convert::Infallible;
    use std::os::unix::fs::PermissionsExt as _;

    fn opening(text: &str) -> Opening {
        let value = Canon::from(text);
        Opening { pointer: "/data/text".into(), salt: Salt::new([7; 16]), name: "text".into(), value }
    }

    #[test]
    fn openings_are_private_and_come_back() {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(dir.path()).unwrap();
        let id = EventId::from_parts(1, [1; 10]);
        vault.keep(id, vec![opening("một")]).unwrap();
        vault.keep(id, vec![opening("hai")]).unwrap();
        assert_eq!(vault.openings(id).unwrap(), [opening("hai")]);
        assert_eq!(fs::metadata(vault.path(id)).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(vault.openings(EventId::from_parts(2, [1; 10])).unwrap(), []);
    }

    #[test]
    fn openings_without_an_entry_are_destroyed_and_the_others_stay() {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(dir.path()).unwrap();
        let (kept, orphan) = (EventId::from_parts(1, [1; 10]), EventId::from_parts(2, [2; 10]));
        vault.keep(kept, vec![opening("một")]).unwrap();
        vault.keep(orphan, vec![opening("hai")]).unwrap();
        fs::write(dir.path().join("vault/README"), b"not ours").unwrap();
        let destroyed = vault.destroy_orphans(|id| Ok::<_, Infallible>(id == kept)).unwrap();
        assert_eq!(destroyed, 1);
        assert!(vault.path(kept).exists() && !vault.path(orphan).exists());
    }
}
