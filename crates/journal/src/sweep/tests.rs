//! What a sweep sees of sound and of damaged journals.

use super::*;
use crate::header::segment_number;
use crate::journal::{Config, Journal};
use crate::memory::MemoryStorage;
use crate::record::Record;
use std::collections::BTreeMap;

const RECORDS: u64 = 60;
const CONFIG: Config = Config {
    segment_bytes: 4096 + 3000,
    preallocate_bytes: 1200,
    queue_records: 64,
    queue_bytes: 1 << 20,
    reserve_bytes: 0,
};

type Files = BTreeMap<String, Vec<u8>>;

fn identity() -> Identity {
    Identity::new("example.vn/u/gso2024-15097").unwrap()
}

fn record(life: u8, n: u64) -> Record {
    let bytes: Vec<u8> = (0..40 + n * 7 % 200).map(|at| (at * n % 251) as u8 ^ life).collect();
    if n % 5 == 3 { Record::with_attachment(bytes.clone(), bytes) } else { Record::new(bytes) }
}

fn files(life: u8) -> Files {
    let memory = MemoryStorage::new();
    let journal = Journal::create(Arc::new(memory.clone()), &identity(), CONFIG).unwrap();
    for n in 0..RECORDS {
        journal.append(record(life, n)).unwrap();
    }
    drop(journal);
    memory.files()
}

struct Seen {
    indices: Vec<u64>,
    swept: Vec<Swept>,
    breaks: Vec<Corruption>,
}

impl Seen {
    fn kinds(&self) -> Vec<CorruptionKind> {
        let damage = self.swept.iter().flat_map(|swept| &swept.damage);
        damage.chain(&self.breaks).map(|corruption| corruption.kind).collect()
    }

    fn lost(&self) -> Vec<u64> {
        (0..RECORDS).filter(|n| !self.indices.contains(n)).collect()
    }
}

/// Sweeps from the last segment to the first: the order must not matter.
fn sweep(files: Files) -> Seen {
    sweep_promising(files, 0)
}

fn sweep_promising(files: Files, promised: u64) -> Seen {
    let sweep = Sweep::open(Arc::new(MemoryStorage::with_files(files)), Some(identity())).unwrap();
    let sweep = sweep.promising(Size::new(promised).unwrap());
    let mut indices = Vec::new();
    let mut swept: Vec<Swept> = (0..sweep.segments())
        .rev()
        .map(|place| {
            let see = &mut |index: Index, entry: &[u8], attachment: Option<&[u8]>| {
                let shown = Record { entry: entry.to_vec(), attachment: attachment.map(<[u8]>::to_vec) };
                assert_eq!(shown, record(0, index.get()), "a wrong record is shown at {index}");
                indices.push(index.get());
            };
            sweep.segment(place, see).unwrap()
        })
        .collect();
    swept.reverse();
    indices.sort_unstable();
    let breaks = Sweep::breaks(&swept);
    Seen { indices, swept, breaks }
}

fn name(number: u64) -> String {
    segment_name(number)
}

/// Where the frames of a segment begin.
fn frames(bytes: &[u8]) -> Vec<usize> {
    let salt = u64_at(bytes, 32).unwrap();
    let places = (HEADER_BYTES..bytes.len()).step_by(8);
    places.filter(|at| FrameHeader::decode(&bytes[*at..], salt).is_some()).collect()
}

/// One segment whose last eight records are one commit group, of which one is damaged.
fn damaged_in_the_last_group(n: u64) -> Files {
    let memory = MemoryStorage::new();
    let config = Config { segment_bytes: 1 << 20, ..CONFIG };
    let journal = Journal::create(Arc::new(memory.clone()), &identity(), config).unwrap();
    for n in 0..RECORDS - 8 {
        journal.append(record(0, n)).unwrap();
    }
    assert!(journal.append_all((RECORDS - 8..RECORDS).map(|n| record(0, n)).collect()).iter().all(Result::is_ok));
    drop(journal);
    let mut files = memory.files();
    let (bytes, entry) = (files.get_mut(&name(0)).unwrap(), record(0, n).entry);
    let at = bytes.windows(entry.len()).rposition(|window| window == entry).unwrap();
    bytes[at] ^= 1;
    files
}

#[test]
fn damage_in_the_last_group_hides_only_what_it_touched_where_the_records_were_promised() {
    let seen = sweep_promising(damaged_in_the_last_group(RECORDS - 6), RECORDS);
    assert_eq!((seen.lost(), seen.kinds()), (vec![RECORDS - 6], vec![CorruptionKind::Payload]));
    assert_eq!(seen.swept[0].torn_tail, None);
    // Where the promise ends before it, it is what a crash leaves of a group that nobody was told of.
    for promised in [0, RECORDS - 6] {
        let seen = sweep_promising(damaged_in_the_last_group(RECORDS - 6), promised);
        assert_eq!((seen.lost(), seen.kinds()), ((RECORDS - 6..RECORDS).collect(), vec![]));
        assert_eq!(seen.swept[0].torn_tail.as_ref().unwrap().size.get(), RECORDS - 6);
    }
}

#[test]
fn a_sound_journal_is_seen_whole() {
    let seen = sweep(files(0));
    assert_eq!((seen.lost(), seen.kinds()), (vec![], vec![]));
    assert!(seen.swept.len() > 3);
    let ends: Vec<Size> = seen.swept.iter().map(|swept| swept.end).collect();
    let starts: Vec<Size> = seen.swept.iter().filter_map(|swept| swept.start).collect();
    assert_eq!(starts[1..], ends[..ends.len() - 1]);
    assert_eq!(ends.last().unwrap().get(), RECORDS);
}

#[test]
fn a_damaged_frame_hides_no_other() {
    for (offset, kind) in [(45, CorruptionKind::Payload), (20, CorruptionKind::FrameHeader)] {
        let mut files = files(0);
        for number in 0..2 {
            let bytes = files.get_mut(&name(number)).unwrap();
            let frame = frames(bytes)[2];
            bytes[frame + offset] ^= 1;
        }
        let seen = sweep(files);
        assert_eq!((seen.lost().len(), seen.kinds()), (2, vec![kind; 2]));
    }
}

#[test]
fn a_damaged_segment_header_hides_no_record() {
    let mut files = files(0);
    files.get_mut(&name(1)).unwrap()[..512].fill(0);
    let seen = sweep(files);
    assert_eq!((seen.lost(), seen.kinds()), (vec![], vec![CorruptionKind::Header]));
    let mut files = self::files(0);
    files.get_mut(&name(1)).unwrap()[4000..4110].fill(0);
    let seen = sweep(files);
    let first = seen.swept[1].start.unwrap().get();
    assert_eq!((seen.lost(), seen.kinds()), (vec![first], vec![CorruptionKind::Header, CorruptionKind::FrameHeader]));
}

#[test]
fn damage_in_the_last_segment_is_told_from_a_torn_tail() {
    let whole = files(0);
    let last = whole.keys().filter(|name| name.ends_with(".segment")).max().unwrap().clone();
    let places = frames(&whole[&last]);
    let mut damaged = whole.clone();
    damaged.get_mut(&last).unwrap()[places[0] + 50] ^= 1;
    let seen = sweep(damaged);
    assert_eq!((seen.lost().len(), seen.kinds()), (1, vec![CorruptionKind::Payload]));
    let mut torn = whole;
    torn.get_mut(&last).unwrap()[places.last().unwrap() + 50] ^= 1;
    let seen = sweep(torn);
    assert_eq!((seen.lost(), seen.kinds()), (vec![RECORDS - 1], vec![]));
    assert_eq!(seen.swept.last().unwrap().torn_tail.as_ref().unwrap().size.get(), RECORDS - 1);
}

#[test]
fn a_missing_and_an_exchanged_segment_break_the_chain() {
    let mut missing = files(0);
    missing.remove(&name(1));
    assert_eq!(sweep(missing).kinds(), [CorruptionKind::Missing]);
    let mut exchanged = files(0);
    let other = files(1)[&name(0)].clone();
    exchanged.insert(name(0), other);
    let sweep = Sweep::open(Arc::new(MemoryStorage::with_files(exchanged)), None).unwrap();
    let swept: Vec<_> = (0..sweep.segments()).map(|at| sweep.segment(at, &mut |_, _, _| {}).unwrap()).collect();
    let breaks: Vec<_> = Sweep::breaks(&swept).into_iter().map(|b| (b.segment, b.kind)).collect();
    assert_eq!(breaks, [(1, CorruptionKind::Chain)]);
    let mut doubled = files(0);
    doubled.insert(name(2), doubled[&name(1)].clone());
    let seen = self::sweep(doubled);
    assert_eq!(seen.kinds(), [CorruptionKind::Chain]);
    assert!(!seen.lost().is_empty());
}

#[test]
fn no_flipped_bit_is_overlooked_or_shows_a_wrong_record() {
    let whole = files(0);
    for number in 0..2 {
        let length = whole[&name(number)].len();
        // Steps that share no factor with the frames touch every field of some frame.
        for at in (0..200).step_by(7).chain((4000..length).step_by(13)) {
            let mut files = whole.clone();
            files.get_mut(&name(number)).unwrap()[at] ^= 1 << (at % 8);
            let seen = sweep(files);
            assert!(!seen.kinds().is_empty(), "byte {at} of segment {number}");
            assert!(seen.lost().len() <= 1, "byte {at} of segment {number} hides {:?}", seen.lost());
        }
    }
}

#[test]
fn a_seal_that_lies_about_the_sparse_index_is_damage() {
    let mut files = files(0);
    let bytes = files.get_mut(&name(0)).unwrap();
    let at = *frames(bytes).last().unwrap();
    let salt = u64_at(bytes, 32).unwrap();
    let frame = FrameHeader::decode(&bytes[at..], salt).unwrap();
    let mut seal = Seal::of_frame(&frame, &bytes[at + FRAME_HEADER_BYTES..], at as u64).unwrap();
    seal.offsets[0] += 8;
    let lie = seal.encode(at as u64, salt);
    bytes[at..].copy_from_slice(&lie);
    assert_eq!(sweep(files).kinds(), [CorruptionKind::Seal]);
}

/// A disk on which one page of one file cannot be read.
struct BadPage {
    inner: MemoryStorage,
    file: String,
    page: u64,
}

struct BadFile {
    inner: Box<dyn File>,
    page: u64,
}

impl Storage for BadPage {
    fn names(&self) -> io::Result<Vec<String>> {
        self.inner.names()
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn File>> {
        self.inner.open(name)
    }

    fn open_to_read(&self, name: &str) -> io::Result<Box<dyn File>> {
        let inner = self.inner.open_to_read(name)?;
        Ok(if name == self.file { Box::new(BadFile { inner, page: self.page }) } else { inner })
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn File>> {
        self.inner.create(name)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.inner.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.inner.remove(name)
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.inner.sync_directory()
    }

    fn lock(&self) -> io::Result<Option<crate::storage::DirectoryLock>> {
        self.inner.lock()
    }

    fn salt(&self) -> io::Result<u64> {
        self.inner.salt()
    }
}

impl File for BadFile {
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let (start, end) = (self.page * 4096, (self.page + 1) * 4096);
        if offset < end && offset + into.len() as u64 > start {
            return Err(io::Error::other("input/output error"));
        }
        self.inner.read_at(offset, into)
    }

    fn len(&self) -> io::Result<u64> {
        self.inner.len()
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        self.inner.write_at(offset, bytes)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.inner.set_len(len)
    }

    fn allocate(&self, len: u64) -> io::Result<()> {
        self.inner.allocate(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.inner.sync_data()
    }

    fn sync_all(&self) -> io::Result<()> {
        self.inner.sync_all()
    }
}

#[test]
fn what_the_disk_does_not_give_back_is_damage_and_never_a_torn_tail() {
    let whole = files(0);
    let places: Vec<(String, u64)> = whole.keys().flat_map(|name| [(name.clone(), 0), (name.clone(), 1)]).collect();
    for (file, page) in places {
        let inner = MemoryStorage::with_files(whole.clone());
        let sweep = Sweep::open(Arc::new(BadPage { inner, file: file.clone(), page }), Some(identity())).unwrap();
        let mut seen = 0;
        let swept: Vec<_> =
            (0..sweep.segments()).map(|place| sweep.segment(place, &mut |_, _, _| seen += 1).unwrap()).collect();
        let damaged: Vec<_> = swept.iter().filter(|swept| !swept.damage.is_empty()).map(|s| s.segment).collect();
        assert_eq!(damaged, [segment_number(&file).unwrap()], "page {page} of {file}");
        assert!(swept.iter().all(|swept| swept.torn_tail.is_none()), "page {page} of {file}");
        if page == 0 {
            assert_eq!(seen, RECORDS, "the frames do not need the header of {file}");
        }
    }
}
