//! A log in an export: entries in bundles, hashes in tiles, attachments as objects.

use crate::attachment::named_by;
use crate::error::AuditError;
use crate::finding::Fault;
use crate::held_log::{Damage, HeldLog, HeldNote, Visitor};
use danvan_ledger::Record;
use danvan_tlog::{
    BundleError, Checkpoint, Index, IndexRange, Note, Origin, Size, TILE_WIDTH, TilePath, TileWriter, tiles_at,
    unbundle,
};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) struct ExportLog {
    origin: Origin,
    size: Size,
    note: Vec<u8>,
    directory: PathBuf,
    objects: PathBuf,
}

impl ExportLog {
    /// Opens the log in `directory` of the export `root`. The size is that of its checkpoint, believed or not.
    pub(crate) fn open(root: &Path, directory: &Path) -> Result<Self, AuditError> {
        let unreadable = |reason: String| AuditError::Unreadable { place: directory.display().to_string(), reason };
        let path = directory.join("checkpoint");
        let note = fs::read(&path).map_err(AuditError::io(&path))?;
        let parsed = Note::parse(&note).map_err(|error| unreadable(error.to_string()))?;
        let checkpoint: Checkpoint =
            parsed.text().parse().map_err(|error: danvan_tlog::CheckpointTextError| unreadable(error.to_string()))?;
        let origin = checkpoint.origin().clone();
        if directory.file_name().and_then(|name| name.to_str()) != Some(origin.directory().as_str()) {
            return Err(unreadable(format!("it holds the log {origin}, whose directory has another name")));
        }
        let objects = root.join("objects");
        Ok(Self { origin, size: checkpoint.size(), note, directory: directory.to_owned(), objects })
    }

    fn read_tile(&self, path: TilePath) -> Result<Vec<u8>, Fault> {
        fs::read(self.directory.join(path.to_string())).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Fault::FileMissing { path: path.to_string() },
            _ => Fault::Unreadable { place: path.to_string(), reason: error.to_string() },
        })
    }

    /// The records of the bundle that holds the entry `index`, without their attachments.
    pub(crate) fn bundle_at(&self, index: Index) -> Result<Vec<(Index, Record)>, Fault> {
        let wide = u64::from(TILE_WIDTH);
        let number = index.get() / wide;
        let start = Size::new(number * wide).unwrap_or(Size::MAX);
        let width = u16::try_from(self.size.entries_since(start).min(wide)).unwrap_or(TILE_WIDTH);
        let beyond = || Fault::FileMissing { path: format!("tile/entries/{number}") };
        let path = TilePath::entries(number, width).ok_or_else(beyond)?;
        let bytes = self.read_tile(path)?;
        let damaged = |error: BundleError| Fault::Damaged { reason: format!("{path}: {error}") };
        let entries = unbundle(path, &bytes).map_err(damaged)?;
        let end = start.checked_add(entries.len() as u64).ok_or_else(beyond)?;
        let range = IndexRange::new(start, end).map_err(|_| beyond())?;
        Ok(range.iter().zip(entries).map(|(index, entry)| (index, Record::new(entry.to_vec()))).collect())
    }

    /// A record with the attachment that its entry names, where that is an object.
    pub(crate) fn with_attachment(&self, record: Record) -> Record {
        let attachment = named_by(&record.entry).and_then(|sha256| self.attachment(&record, &sha256));
        Record { attachment, ..record }
    }

    /// Every file below `tile/`, as a path below the directory of the log.
    fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut open = vec![self.directory.join("tile")];
        while let Some(directory) = open.pop() {
            let Ok(entries) = fs::read_dir(&directory) else { continue };
            for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
                if path.is_dir() {
                    open.push(path);
                } else if let Ok(below) = path.strip_prefix(&self.directory) {
                    found.push(below.display().to_string());
                }
            }
        }
        found
    }
}

impl HeldLog for ExportLog {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn notes(&self) -> Vec<HeldNote> {
        vec![HeldNote { name: "checkpoint".to_owned(), receipt_by: None, bytes: self.note.clone() }]
    }

    /// Rebuilds every tile from the bundles and compares it with the file.
    fn faults(&self) -> Vec<Fault> {
        let faults = RefCell::new(Vec::new());
        let mut writer = TileWriter::new(|path: TilePath, bytes: Vec<u8>| {
            if path.level().is_some() {
                match self.read_tile(path) {
                    Ok(stored) if stored == bytes => {}
                    Ok(_) => faults.borrow_mut().push(Fault::FileDiffers { path: path.to_string() }),
                    Err(fault) => faults.borrow_mut().push(fault),
                }
            }
            Ok::<(), BundleError>(())
        });
        let damage = self.visit(&mut |_, record| match writer.push(&record.entry) {
            Ok(_) => std::ops::ControlFlow::Continue(()),
            Err(_) => std::ops::ControlFlow::Break(()),
        });
        // A damaged bundle is reported where the entries are read; tiles above it cannot be rebuilt.
        if damage.is_empty() {
            let _complete = writer.finish();
        }
        let expected: BTreeSet<String> = tiles_at(self.size).map(|path| path.to_string()).collect();
        let mut faults = faults.into_inner();
        let unexpected = self.files().into_iter().filter(|path| !expected.contains(path));
        faults.extend(unexpected.map(|path| Fault::FileUnexpected { path }));
        faults
    }

    fn visit(&self, visitor: &mut Visitor<'_>) -> Vec<Damage> {
        let mut damage = Vec::new();
        let mut next = Size::ZERO;
        for path in tiles_at(self.size).take_while(|path| path.level().is_none()) {
            let index = Some(next.next_index());
            let bytes = match self.read_tile(path) {
                Ok(bytes) => bytes,
                Err(fault) => {
                    damage.push((index, fault));
                    return damage;
                }
            };
            let entries = match unbundle(path, &bytes) {
                Ok(entries) => entries,
                Err(error) => {
                    damage.push((index, Fault::Damaged { reason: format!("{path}: {error}") }));
                    return damage;
                }
            };
            for entry in entries {
                if visitor(next.next_index(), &Record::new(entry.to_vec())).is_break() {
                    return damage;
                }
                next = next.next_index().size_after();
            }
        }
        damage
    }

    fn attachment(&self, _record: &Record, sha256: &str) -> Option<Vec<u8>> {
        let is_digest = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_digest.then(|| fs::read(self.objects.join(sha256)).ok()).flatten()
    }

    fn has_batches(&self) -> bool {
        false
    }
}
