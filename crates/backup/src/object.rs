//! Objects: age files that are written once, under the SHA-256 of their own bytes.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::digest::{Digest, Hashed, copy};
use crate::key::{Identity, Recipient};

/// An object that was never finished has this name.
const UNFINISHED: &str = "unfinished.new";
const SUFFIX: &str = ".age";

/// The name of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ObjectName(Digest);

/// An object that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sealed {
    /// Its name.
    pub(crate) object: ObjectName,
    /// Its length in bytes.
    pub(crate) object_bytes: u64,
}

/// What is wrong with an object.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ObjectFault {
    /// It is not there.
    #[error("the object is missing")]
    Missing,
    /// Its bytes are not those that were written.
    #[error("the object is not what was written")]
    Changed,
    /// It was encrypted for another key.
    #[error("the object is not for this key")]
    NotForKey,
    /// It holds something else than the manifest says.
    #[error("the object does not hold what the manifest says")]
    Contents,
    /// It could not be read.
    #[error("the object cannot be read: {0}")]
    Unreadable(String),
}

impl From<Digest> for ObjectName {
    fn from(digest: Digest) -> Self {
        Self(digest)
    }
}

impl ObjectName {
    /// Where it lies.
    pub(crate) fn path(self, backup: &Path) -> PathBuf {
        let name = self.0.to_string();
        directory(backup).join(&name[..2]).join(format!("{}{SUFFIX}", &name[2..]))
    }

    /// The object that a file in the folder `folder` is by its name.
    pub(crate) fn of_file(folder: &str, file: &str) -> Option<Self> {
        let rest = file.strip_suffix(SUFFIX)?;
        (folder.len() == 2).then(|| format!("{folder}{rest}").try_into().ok().map(Self))?
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Sealed {
    /// Whether something of its name and length is there; what it holds is not looked at.
    pub(crate) fn is_there(self, backup: &Path) -> bool {
        fs::metadata(self.object.path(backup)).is_ok_and(|found| found.len() == self.object_bytes)
    }

    /// Whether the object is there and is what was written.
    pub(crate) fn check(self, backup: &Path) -> Result<(), ObjectFault> {
        let read = File::open(self.object.path(backup)).and_then(Digest::of_stream);
        let found = read.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => ObjectFault::Missing,
            _ => ObjectFault::Unreadable(error.to_string()),
        })?;
        if found == (self.object.0, self.object_bytes) { Ok(()) } else { Err(ObjectFault::Changed) }
    }

    /// Gives the contents of the object, which must be `bytes` long, to `to`. The inner error is of `to`.
    pub(crate) fn open(
        self,
        backup: &Path,
        identity: &Identity,
        bytes: u64,
        to: &mut impl Write,
    ) -> Result<io::Result<()>, ObjectFault> {
        self.check(backup)?;
        let unreadable = |error: &dyn fmt::Display| ObjectFault::Unreadable(error.to_string());
        let file = File::open(self.object.path(backup)).map_err(|error| unreadable(&error))?;
        let decryptor = age::Decryptor::new_buffered(io::BufReader::new(file)).map_err(|error| unreadable(&error))?;
        let opened = decryptor.decrypt(std::iter::once(identity.inner() as &dyn age::Identity));
        let mut opened = opened.map_err(|error| match error {
            age::DecryptError::NoMatchingKeys => ObjectFault::NotForKey,
            error => unreadable(&error),
        })?;
        let mut guarded = Guarded { to, failed: None };
        let copied = copy(&mut opened, &mut guarded);
        if let Some(error) = guarded.failed {
            return Ok(Err(error));
        }
        match copied {
            Ok(copied) if copied == bytes => Ok(Ok(())),
            Ok(_) => Err(ObjectFault::Contents),
            Err(error) => Err(unreadable(&error)),
        }
    }
}

/// Keeps the failure of a writer apart from that of the reader beside it.
struct Guarded<'w, W> {
    to: &'w mut W,
    failed: Option<io::Error>,
}

impl<W: Write> Write for Guarded<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.to.write(bytes).map_err(|error| {
            let kind = error.kind();
            self.failed = Some(error);
            kind.into()
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Where objects lie.
pub(crate) fn directory(backup: &Path) -> PathBuf {
    backup.join("objects")
}

/// Where an object lies that is being written.
pub(crate) fn unfinished(backup: &Path) -> PathBuf {
    directory(backup).join(UNFINISHED)
}

/// Encrypts the next `bytes` of `from`, which must have that many. The object is durable once its folder is synced.
pub(crate) fn write(backup: &Path, from: impl Read, bytes: u64, recipients: &[Recipient]) -> io::Result<Sealed> {
    let unfinished = unfinished(backup);
    let file = File::create(&unfinished)?;
    let mut hashed = Hashed::new(&file);
    let keys = recipients.iter().map(|recipient| recipient.inner() as &dyn age::Recipient);
    let encryptor = age::Encryptor::with_recipients(keys).map_err(io::Error::other)?;
    let mut sealing = encryptor.wrap_output(&mut hashed)?;
    if copy(from.take(bytes), &mut sealing)? != bytes {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    sealing.finish()?;
    let (digest, object_bytes) = hashed.finish();
    file.sync_all()?;
    let sealed = Sealed { object: ObjectName(digest), object_bytes };
    let path = sealed.object.path(backup);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::rename(&unfinished, &path)?;
    Ok(sealed)
}

/// Every object by its name. Whatever else lies among them is left out.
pub(crate) fn all(backup: &Path) -> io::Result<Vec<ObjectName>> {
    let mut found = Vec::new();
    for folder in fs::read_dir(directory(backup))? {
        let folder = folder?;
        if !folder.file_type()?.is_dir() {
            continue;
        }
        for file in fs::read_dir(folder.path())? {
            let (folder, file) = (folder.file_name(), file?.file_name());
            found.extend(
                folder.to_str().zip(file.to_str()).and_then(|(folder, file)| ObjectName::of_file(folder, file)),
            );
        }
    }
    Ok(found)
}

/// Makes the names in all folders of objects durable.
pub(crate) fn sync_folders(backup: &Path) -> io::Result<()> {
    for folder in fs::read_dir(directory(backup))? {
        let folder = folder?;
        if folder.file_type()?.is_dir() {
            File::open(folder.path())?.sync_all()?;
        }
    }
    File::open(directory(backup))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(contents: &[u8], identity: &Identity) -> (tempfile::TempDir, Sealed) {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(directory(dir.path())).unwrap();
        let sealed = write(dir.path(), contents, contents.len() as u64, &[identity.recipient()]).unwrap();
        (dir, sealed)
    }

    #[test]
    fn an_object_comes_back_for_its_key_and_for_no_other() {
        let identity = Identity::generate();
        let contents: Vec<u8> = (0..=252).cycle().take(200_000).collect();
        let (dir, sealed) = sealed(&contents, &identity);
        assert!(sealed.is_there(dir.path()));
        let mut back = Vec::new();
        sealed.open(dir.path(), &identity, contents.len() as u64, &mut back).unwrap().unwrap();
        assert_eq!(back, contents);
        let other = sealed.open(dir.path(), &Identity::generate(), contents.len() as u64, &mut io::sink());
        assert_eq!(other.unwrap_err(), ObjectFault::NotForKey);
        let longer = sealed.open(dir.path(), &identity, contents.len() as u64 + 1, &mut io::sink());
        assert_eq!(longer.unwrap_err(), ObjectFault::Contents);
    }

    #[test]
    fn any_flipped_byte_is_seen_without_a_key() {
        let (dir, sealed) = sealed(b"mot hai ba", &Identity::generate());
        let path = sealed.object.path(dir.path());
        let bytes = fs::read(&path).unwrap();
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x40;
            fs::write(&path, flipped).unwrap();
            assert_eq!(sealed.check(dir.path()), Err(ObjectFault::Changed), "byte {at}");
        }
        fs::remove_file(&path).unwrap();
        assert_eq!(sealed.check(dir.path()), Err(ObjectFault::Missing));
    }

    #[test]
    fn a_source_that_is_too_short_leaves_no_object() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(directory(dir.path())).unwrap();
        let written = write(dir.path(), &b"abc"[..], 4, &[Identity::generate().recipient()]);
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(all(dir.path()).unwrap(), []);
    }

    #[test]
    fn only_whole_names_are_objects() {
        let name = ObjectName(Digest::of(b"x"));
        let text = name.to_string();
        assert_eq!(ObjectName::of_file(&text[..2], &format!("{}.age", &text[2..])), Some(name));
        for (folder, file) in [("2d", "x.age"), ("2", &format!("{}.age", &text[1..])), ("2d", UNFINISHED)] {
            assert_eq!(ObjectName::of_file(folder, file), None, "{folder}/{file}");
        }
    }
}
