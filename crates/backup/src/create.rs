//! Taking a copy beside the running process.
//!
//! The order makes the copy one that a power cut could have left: the facts first (what was promised to others), then the
//! segments (which hold at least that), then everything else, the vault among it (which holds the openings of at least
//! those entries, unless they were erased).

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io;
use std::num::NonZeroUsize;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use danvan_ledger::{Fact, LedgerParts, SegmentFile, check_segment, parts};
use danvan_tlog::Origin;

use crate::digest::Digest;
use crate::error::CreateError;
use crate::forget::forget;
use crate::key::Recipient;
use crate::lock;
use crate::manifest::{self, Item, LedgerItems, Listed, Manifest, ManifestNumber};
use crate::object::{self, Sealed};
use crate::source::{self, LEDGER, Source, parent_of};

/// How often a file that changes under our hands is looked at again.
const LOOKS: usize = 3;
/// How much of each end of a sealed segment makes its stamp: more than the header, and all of most seals.
const END_BYTES: u64 = 64 << 10;
/// Permission bits of the small files of facts, which are written anew.
const FACT_MODE: u32 = 0o600;

/// How a copy is taken.
#[derive(Debug, Clone)]
pub struct CreateOptions {
    /// Whose keys will read it; at least one.
    pub recipients: Vec<Recipient>,
    /// The time now, in milliseconds since the Unix epoch.
    pub created_ms: u64,
    /// How many copies stay, this one among them; all when absent. What was erased leaves the backup after that many copies.
    pub keep: Option<NonZeroUsize>,
}

/// What taking a copy did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// The number of the new manifest.
    pub number: ManifestNumber,
    /// Whose log was copied.
    pub origin: Origin,
    /// How many entries the copy holds.
    pub entries: u64,
    /// Objects that were written.
    pub written: usize,
    /// Objects that were there already.
    pub reused: usize,
    /// Bytes that were read and encrypted.
    pub bytes: u64,
    /// Objects that no manifest needs and that were removed.
    pub removed: usize,
    /// Files that no copy holds: links, sockets, names that are no text.
    pub left_out: Vec<PathBuf>,
    /// Manifests that cannot be read. As long as there are some that should be kept, no object is removed: look at
    /// them, and remove them by hand.
    pub unreadable: Vec<ManifestNumber>,
}

/// Copies `directory`, which holds a `ledger`, into `backup`, whether the process whose directory it is runs or not.
///
/// Nothing of an earlier copy is changed, and the new one is there once its manifest is: a process that dies on the way
/// leaves only objects that the next call removes.
pub fn create(directory: &Path, backup: &Path, options: &CreateOptions) -> Result<Created, CreateError> {
    refuse_inside(directory, backup)?;
    for place in [object::directory(backup), manifest::directory(backup)] {
        make_directory(&place).map_err(CreateError::at(&place))?;
    }
    let _held = lock::exclusive(backup).map_err(CreateError::at(backup))?.ok_or(CreateError::Busy)?;
    let listed = Listed::all(backup)?;
    let mut recipients: Vec<String> = options.recipients.iter().map(Recipient::to_string).collect();
    recipients.sort();
    // Objects of a copy for other keys would be of no use to these.
    let previous = listed.iter().rev().find_map(|listed| listed.read().ok());
    let previous = previous.filter(|manifest| manifest.recipients == recipients);
    let mut copy =
        Copy { directory, backup, recipients: &options.recipients, known: known(previous), tally: Tally::default() };
    let copied = Named::of(&directory.join(LEDGER))?;
    let parts = parts(&directory.join(LEDGER))?;
    let origin = parts.origin.clone();
    let ledger = copy.ledger(&parts)?;
    copied.is_still_there()?;
    let Source { files, left_out } = Source::of(directory)?;
    let mut items = Vec::new();
    for path in files {
        items.extend(copy.file(path)?);
    }
    let tally = copy.tally;
    let manifest = Manifest::new(options.created_ms, recipients, ledger, items);
    let number = listed.last().map_or(ManifestNumber::FIRST, |last| last.number.next());
    write_manifest(backup, number, &manifest)?;
    let forgotten = forget(backup, options.keep)?;
    Ok(Created {
        number,
        origin,
        entries: parts.size.get(),
        written: tally.written,
        reused: tally.reused,
        bytes: tally.bytes,
        removed: forgotten.removed,
        left_out,
        unreadable: forgotten.unreadable,
    })
}

/// A directory by what it is, not by its name alone: a repair gives the name to another one, and segments of both would make a
/// copy of neither.
struct Named {
    path: PathBuf,
    place: (u64, u64),
}

impl Named {
    fn of(path: &Path) -> Result<Self, CreateError> {
        let found = fs::metadata(path).map_err(CreateError::at(path))?;
        Ok(Self { path: path.to_owned(), place: (found.dev(), found.ino()) })
    }

    fn is_still_there(&self) -> Result<(), CreateError> {
        let is_same = Self::of(&self.path).is_ok_and(|now| now.place == self.place);
        if is_same { Ok(()) } else { Err(CreateError::Replaced) }
    }
}

/// Makes a directory and those above it that are missing, and their names durable.
fn make_directory(place: &Path) -> io::Result<()> {
    let missing: Vec<_> = place.ancestors().take_while(|above| !above.exists()).collect();
    fs::create_dir_all(place)?;
    missing.into_iter().try_for_each(|made| File::open(parent_of(made))?.sync_all())
}

/// A backup inside of what it is a copy of would hold itself, and be lost with it.
fn refuse_inside(directory: &Path, backup: &Path) -> Result<(), CreateError> {
    let directory = directory.canonicalize().map_err(CreateError::at(directory))?;
    let absolute = std::path::absolute(backup).map_err(CreateError::at(backup))?;
    let existing = absolute.ancestors().find_map(|above| above.canonicalize().ok());
    if existing.is_some_and(|above| above.starts_with(&directory)) { Err(CreateError::Inside) } else { Ok(()) }
}

/// What may be taken over from the copy before: by what it is and the stamp that shows that it is still the same.
type Known = BTreeMap<(String, String), Item>;

fn known(previous: Option<Manifest>) -> Known {
    let Some(Manifest { ledger, files, .. }) = previous else { return Known::new() };
    let inside = ledger.facts.into_iter().chain(ledger.segments).map(|item| (ledger_key(&item.path), item));
    let beside = files.into_iter().map(|item| (item.path.clone(), item));
    let stamped = inside.chain(beside).filter(|(_, item)| !item.stamp.is_empty());
    stamped.map(|(key, item)| ((key, item.stamp.clone()), item)).collect()
}

/// No file beside the ledger has such a path.
fn ledger_key(name: &str) -> String {
    format!("{LEDGER}/{name}")
}

#[derive(Default)]
struct Tally {
    written: usize,
    reused: usize,
    bytes: u64,
}

struct Copy<'c> {
    directory: &'c Path,
    backup: &'c Path,
    recipients: &'c [Recipient],
    known: Known,
    tally: Tally,
}

impl Copy<'_> {
    fn ledger(&mut self, parts: &LedgerParts) -> Result<LedgerItems, CreateError> {
        let facts = parts.facts.iter().map(|fact| self.fact(fact)).collect::<Result<_, _>>()?;
        let mut segments = Vec::with_capacity(parts.segments.len());
        for (place, segment) in parts.segments.iter().enumerate() {
            let is_sound = || check_segment(&self.directory.join(LEDGER), &parts.origin, place);
            segments.push(match self.known_segment(segment)? {
                Ok(item) => item,
                Err(stamp) => {
                    if segment.is_sealed {
                        is_sound()?;
                    }
                    self.segment(segment, stamp)?
                }
            });
        }
        Ok(LedgerItems { origin: parts.origin.to_string(), size: parts.size.get(), facts, segments })
    }

    fn fact(&mut self, fact: &Fact) -> Result<Item, CreateError> {
        // Notes and roots are public.
        let stamp = format!("sha256 {}", Digest::of(&fact.bytes));
        if let Some(item) = self.reuse(&ledger_key(&fact.name), &stamp) {
            return Ok(item);
        }
        let bytes = fact.bytes.len() as u64;
        let sealed = object::write(self.backup, &fact.bytes[..], bytes, self.recipients);
        let sealed = sealed.map_err(CreateError::at(self.backup))?;
        Ok(self.written(fact.name.clone(), FACT_MODE, bytes, stamp, sealed))
    }

    /// The segment as the copy before has it, or the stamp that it has now.
    fn known_segment(&mut self, segment: &SegmentFile) -> Result<Result<Item, String>, CreateError> {
        let place = self.directory.join(LEDGER).join(&segment.name);
        let stamp =
            File::open(&place).and_then(|file| segment_stamp(&file, segment)).map_err(CreateError::at(&place))?;
        Ok(self.reuse(&ledger_key(&segment.name), &stamp).ok_or(stamp))
    }

    fn segment(&mut self, segment: &SegmentFile, stamp: String) -> Result<Item, CreateError> {
        let place = self.directory.join(LEDGER).join(&segment.name);
        let file = File::open(&place).map_err(CreateError::at(&place))?;
        let mode = source::mode(&file.metadata().map_err(CreateError::at(&place))?);
        let sealed = object::write(self.backup, &file, segment.bytes, self.recipients);
        let sealed = sealed.map_err(|error| self.blame(error, place))?;
        Ok(self.written(segment.name.clone(), mode, segment.bytes, stamp, sealed))
    }

    /// `None` for a file that is gone by now.
    fn file(&mut self, path: String) -> Result<Option<Item>, CreateError> {
        let place = self.directory.join(&path);
        for look in 1..=LOOKS {
            let opened = File::open(&place).and_then(|file| Ok((file.metadata()?, file)));
            let (before, file) = match opened {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                opened => opened.map_err(CreateError::at(&place))?,
            };
            let stamp = source::stamp(&before);
            if let Some(item) = self.reuse(&path, &stamp) {
                return Ok(Some(item));
            }
            let sealed = object::write(self.backup, &file, before.len(), self.recipients);
            let is_same = file.metadata().is_ok_and(|after| is_unchanged(&before, &after));
            if is_same || look == LOOKS {
                // Whoever writes here never rests: what was read is taken, and read again the next time.
                let stamp = if is_same { stamp } else { String::new() };
                let sealed = sealed.map_err(|error| self.blame(error, place))?;
                return Ok(Some(self.written(path, source::mode(&before), before.len(), stamp, sealed)));
            }
        }
        Ok(None)
    }

    fn reuse(&mut self, key: &str, stamp: &str) -> Option<Item> {
        let item = self.known.get(&(key.to_owned(), stamp.to_owned()))?;
        let item = Some(item.clone()).filter(|item| item.sealed().is_there(self.backup))?;
        self.tally.reused += 1;
        Some(item)
    }

    fn written(&mut self, path: String, mode: u32, bytes: u64, stamp: String, sealed: Sealed) -> Item {
        self.tally.written += 1;
        self.tally.bytes += bytes;
        Item { path, mode, bytes, stamp, object: sealed.object, object_bytes: sealed.object_bytes }
    }

    /// The failure of writing an object: of the backup's disk, or of what was read.
    fn blame(&self, error: io::Error, read: PathBuf) -> CreateError {
        let is_full = matches!(
            error.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::ReadOnlyFilesystem
        );
        CreateError::at(if is_full { self.backup.to_owned() } else { read })(error)
    }
}

/// A file whose attributes alone changed, such as the number of its names, holds what it held.
fn is_unchanged(before: &Metadata, after: &Metadata) -> bool {
    before.len() == after.len() && before.modified().ok() == after.modified().ok()
}

/// Of the last segment, the digest of what belongs to the copy. Of a sealed one, which is large and never changes, that of
/// its two ends: the header with its salt and the chain so far, and the seal with the digest of every frame.
fn segment_stamp(file: &File, segment: &SegmentFile) -> io::Result<String> {
    if !segment.is_sealed {
        let (digest, read) = Digest::of_stream(io::Read::take(file, segment.bytes))?;
        return if read == segment.bytes {
            Ok(format!("sha256 {digest}"))
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        };
    }
    let end = END_BYTES.min(segment.bytes);
    let length = usize::try_from(end).map_err(io::Error::other)?;
    let mut ends = vec![0; 2 * length];
    let (head, tail) = ends.split_at_mut(length);
    file.read_exact_at(head, 0)?;
    file.read_exact_at(tail, segment.bytes - end)?;
    Ok(format!("ends {}", Digest::of(&ends)))
}

/// The manifest appears whole, and only after everything that it names is durable.
fn write_manifest(backup: &Path, number: ManifestNumber, manifest: &Manifest) -> Result<(), CreateError> {
    let place = manifest::directory(backup);
    let write = || {
        object::sync_folders(backup)?;
        let (bytes, name) = manifest.to_file(number)?;
        let unfinished = place.join(manifest::UNFINISHED);
        let mut file = File::create(&unfinished)?;
        io::Write::write_all(&mut file, &bytes)?;
        file.sync_all()?;
        fs::rename(&unfinished, place.join(name))?;
        // The name of the backup itself is perhaps new, too.
        for directory in [&place, backup, parent_of(backup)] {
            File::open(directory)?.sync_all()?;
        }
        Ok(())
    };
    write().map_err(CreateError::at(&place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_that_another_has_the_name_of_is_noticed() {
        let home = tempfile::tempdir().unwrap();
        let (ledger, repaired) = (home.path().join("ledger"), home.path().join("ledger.repaired-1"));
        for directory in [&ledger, &repaired] {
            fs::create_dir(directory).unwrap();
        }
        let copied = Named::of(&ledger).unwrap();
        copied.is_still_there().unwrap();
        fs::rename(&ledger, home.path().join("ledger.damaged-1")).unwrap();
        assert!(matches!(copied.is_still_there(), Err(CreateError::Replaced)), "there is none");
        fs::rename(&repaired, &ledger).unwrap();
        assert!(matches!(copied.is_still_there(), Err(CreateError::Replaced)), "there is another");
    }
}
