//! Directories that are not opened, and why; records that are not taken.

use crate::workload::{CONFIG, complete, identity, record};
use danvan_journal::{
    AppendError, Config, FORMAT_VERSION, Identity, Journal, MAX_ATTACHMENT_BYTES, MAX_ENTRY_BYTES, MemoryStorage,
    OpenError, Record, Storage,
};
use danvan_testkit::FaultyStorage;
use danvan_tlog::Size;
use std::sync::Arc;

type Layer<'l> = &'l dyn Fn(Arc<dyn Storage>) -> Arc<dyn Storage>;

fn open(storage: &Arc<dyn Storage>) -> Result<Journal, OpenError> {
    Ok(Journal::open(Arc::clone(storage), &identity(), Size::ZERO, CONFIG)?.0)
}

pub(crate) fn second_writer_is_refused(layer: Layer<'_>) -> bool {
    let storage = layer(Arc::new(complete().0));
    let first = open(&storage);
    let refused = matches!(open(&storage), Err(OpenError::Locked));
    drop(first);
    refused && open(&storage).is_ok()
}

#[test]
fn a_second_writer_is_refused_until_the_first_is_gone() {
    assert!(second_writer_is_refused(&|storage| storage));
}

#[test]
fn a_newer_format_is_refused_by_its_name() {
    let mut files = complete().0.files();
    let segment = files.get_mut("0000000000.segment").unwrap();
    segment[8..12].copy_from_slice(&(FORMAT_VERSION + 1).to_le_bytes());
    let checksum = crc32c::crc32c(&segment[..4092]).to_le_bytes();
    segment[4092..4096].copy_from_slice(&checksum);
    let storage: Arc<dyn Storage> = Arc::new(FaultyStorage::with_files(files));
    let error = open(&storage).err().unwrap();
    assert!(matches!(error, OpenError::NewerFormat { version: 2, known: 1, .. }), "{error}");
    assert_eq!(error.to_string(), "segment 0 has format version 2; this program knows versions up to 1");
}

#[test]
fn another_owners_directory_is_refused() {
    let other = Identity::new("example.vn/u/gso2024-15061").unwrap();
    let opened = Journal::open(Arc::new(complete().0), &other, Size::ZERO, CONFIG).err();
    assert!(matches!(opened, Some(OpenError::Foreign { .. })), "{opened:?}");
}

#[test]
fn a_missing_segment_is_corruption_and_an_empty_directory_is_not() {
    let mut files = complete().0.files();
    files.remove("0000000001.segment");
    let storage: Arc<dyn Storage> = Arc::new(FaultyStorage::with_files(files));
    assert!(matches!(open(&storage), Err(OpenError::Corrupt(_))));
    let empty: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
    assert!(matches!(open(&empty), Err(OpenError::Missing)));
    let full: Arc<dyn Storage> = Arc::new(complete().0);
    assert!(matches!(Journal::create(full, &identity(), CONFIG), Err(OpenError::Exists)));
}

#[test]
fn records_at_the_limits_fit_and_longer_ones_are_refused() {
    let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
    let journal = Journal::create(Arc::clone(&storage), &identity(), CONFIG).unwrap();
    let largest = Record::with_attachment(vec![1; MAX_ENTRY_BYTES], vec![2; MAX_ATTACHMENT_BYTES]);
    journal.append(largest.clone()).unwrap();
    let long_entry = Record::new(vec![1; MAX_ENTRY_BYTES + 1]);
    assert!(matches!(journal.append(long_entry), Err(AppendError::Record(_))));
    let long_attachment = Record::with_attachment(Vec::new(), vec![2; MAX_ATTACHMENT_BYTES + 1]);
    assert!(matches!(journal.append(long_attachment), Err(AppendError::Record(_))));
    // More than one group's worth at once.
    let many: Vec<_> = journal.append_all(vec![largest.clone(); 7]);
    assert_eq!(many.iter().map(|o| o.as_ref().unwrap().get()).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7]);
    drop(journal);
    assert_eq!(open(&storage).unwrap().read(Size::from(8).range()).unwrap(), vec![largest; 8]);
}

#[test]
fn a_closed_journal_answers_closed_and_still_reads() {
    let journal = Journal::create(Arc::new(MemoryStorage::new()), &identity(), Config::default()).unwrap();
    journal.append(record(0)).unwrap();
    journal.close().unwrap();
    assert_eq!(journal.append(record(1)), Err(AppendError::Closed));
    assert_eq!(journal.read(Size::from(1).range()).unwrap(), [record(0)]);
}
