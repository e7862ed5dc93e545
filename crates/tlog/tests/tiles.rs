//! Tiles and bundles against `tlog_tiles`, which holds the same hashes under its own names.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

use danvan_tlog::{BundleError, Size, TilePath, TileWriter, leaf_hash, tiles_at, unbundle};
use std::collections::BTreeMap;

fn entry(n: u32) -> Vec<u8> {
    vec![u8::try_from(n % 251).unwrap(); (n % 7) as usize]
}

fn files(size: u32) -> BTreeMap<TilePath, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut writer = TileWriter::new(|path, bytes| {
        assert_eq!(files.insert(path, bytes), None, "{path} was written twice");
        Ok::<(), BundleError>(())
    });
    for n in 0..size {
        assert_eq!(writer.push(&entry(n)), Ok(leaf_hash(&entry(n))));
    }
    assert_eq!(writer.finish(), Ok(Size::from(size)));
    files
}

struct StoredHashes(Vec<tlog_tiles::Hash>);

impl tlog_tiles::HashReader for StoredHashes {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        Ok(indexes.iter().map(|&at| self.0[usize::try_from(at).unwrap()]).collect())
    }
}

#[test]
fn a_log_of_any_size_has_exactly_the_files_that_its_size_asks_for() {
    for size in [0, 1, 255, 256, 257, 511, 512, 1000, 65_535, 65_536, 65_537] {
        let written: Vec<TilePath> = files(size).into_keys().collect();
        assert_eq!(written, tiles_at(Size::from(size)).collect::<Vec<_>>(), "size {size}");
    }
}

#[test]
fn tiles_hold_the_hashes_that_tlog_tiles_computes() {
    const SIZE: u32 = 66_000;
    let mut stored = StoredHashes(Vec::new());
    for n in 0..SIZE {
        let more = tlog_tiles::stored_hashes(u64::from(n), &entry(n), &stored).unwrap();
        stored.0.extend(more);
    }
    let mut compared = 0;
    for (path, bytes) in files(SIZE) {
        let Some(level) = path.level() else { continue };
        let theirs = tlog_tiles::Tile::new(8, level, path.number(), u32::from(path.width()), false);
        assert_eq!(bytes, theirs.read_data(&stored).unwrap(), "{path}");
        compared += 1;
    }
    assert_eq!(compared, 258 + 2 + 1);
}

#[test]
fn bundles_give_the_entries_back() {
    let size = 600;
    let mut read = Vec::new();
    for (path, bytes) in files(size).iter().filter(|(path, _)| path.level().is_none()) {
        read.extend(unbundle(*path, bytes).unwrap().into_iter().map(<[u8]>::to_vec));
    }
    assert_eq!(read, (0..size).map(entry).collect::<Vec<_>>());
}

#[test]
fn a_bundle_that_does_not_fit_its_name_is_refused() {
    let path = TilePath::entries(0, 2).unwrap();
    assert_eq!(unbundle(path, b"\0\x01a\0\x01b"), Ok(vec![b"a".as_slice(), b"b"]));
    assert_eq!(unbundle(path, b"\0\x01a"), Err(BundleError::Width { expected: 2, found: 1 }));
    assert_eq!(unbundle(path, b"\0\x01a\0\x01b\0\x01c"), Err(BundleError::Width { expected: 2, found: 3 }));
    assert_eq!(unbundle(path, b"\0\x01a\0\x02b"), Err(BundleError::CutOff));
    assert_eq!(unbundle(path, b"\0\x01a\0"), Err(BundleError::CutOff));
}

#[test]
fn an_entry_that_no_bundle_can_hold_is_refused() {
    let mut writer = TileWriter::new(|_, _| Ok::<(), BundleError>(()));
    assert!(writer.push(&vec![0; 65_535]).is_ok());
    assert_eq!(writer.push(&vec![0; 65_536]), Err(BundleError::EntryTooLong(65_536)));
}
