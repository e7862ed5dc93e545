//! Pairs of slots whose bytes change, vanish or come back: no single damage takes a confirmed fact away.

use danvan_journal::{MAX_SLOT_BYTES, MemoryStorage, SlotCopy, SlotError, Slots};
use danvan_testkit::Dice;
use std::collections::BTreeMap;

const BLOCK: usize = 4096;

/// The fact that is stored as number `n`: most are short, some fill several blocks.
fn fact(n: u64) -> Vec<u8> {
    let mut dice = Dice::new(n);
    let bytes = if n % 3 == 2 { 5000 + dice.place(9000) } else { 1 + dice.place(900) };
    dice.bytes(bytes)
}

/// The files of a pair in which so many facts were stored.
fn stored(facts: u64) -> BTreeMap<String, Vec<u8>> {
    let storage = MemoryStorage::new();
    let mut slots = Slots::open(&storage, "pair").unwrap();
    for n in 1..=facts {
        slots.store(&fact(n)).unwrap();
    }
    storage.files()
}

/// Both ways of reading, and a start and another fact after it.
fn newest(files: BTreeMap<String, Vec<u8>>) -> Result<Option<Vec<u8>>, SlotError> {
    let storage = MemoryStorage::with_files(files);
    let read = Slots::read(&storage, "pair");
    let opened = Slots::open(&storage, "pair").map(|slots| slots.get().map(<[u8]>::to_vec));
    assert_eq!(read.as_ref().ok(), opened.as_ref().ok());
    if let Ok(Some(held)) = &opened {
        // What was found is whole from now on: each file holds it, or the fact before it, twice.
        assert_eq!(Slots::read(&storage, "pair").unwrap().as_ref(), Some(held));
        assert!(Slots::copies(&storage, "pair").unwrap().iter().all(|(_, copy)| *copy != SlotCopy::Damaged));
        Slots::open(&storage, "pair").unwrap().store(b"goes on").unwrap();
        assert_eq!(Slots::read(&storage, "pair").unwrap().as_deref(), Some(&b"goes on"[..]));
    }
    opened
}

#[test]
fn the_newest_fact_comes_back_whatever_the_lengths() {
    for facts in 1..12 {
        assert_eq!(newest(stored(facts)).unwrap(), Some(fact(facts)), "{facts} facts");
    }
    assert_eq!(newest(stored(0)).unwrap(), None);
    let storage = MemoryStorage::new();
    let mut slots = Slots::open(&storage, "pair").unwrap();
    slots.store(&vec![7; MAX_SLOT_BYTES]).unwrap();
    assert!(matches!(slots.store(&vec![7; MAX_SLOT_BYTES + 1]), Err(SlotError::TooLong { .. })));
    assert_eq!(newest(storage.files()).unwrap(), Some(vec![7; MAX_SLOT_BYTES]));
}

#[test]
fn no_damaged_block_takes_a_confirmed_fact_away() {
    for facts in 1..8 {
        let files = stored(facts);
        for name in files.keys() {
            for block in 0..files[name].len() / BLOCK {
                let mut damaged = files.clone();
                damaged.get_mut(name).unwrap()[block * BLOCK..(block + 1) * BLOCK].fill(0);
                assert_eq!(
                    newest(damaged).unwrap(),
                    Some(fact(facts)),
                    "{facts} facts, block {block} of {name} zeroed"
                );
            }
            let mut dice = Dice::new(facts);
            for _ in 0..200 {
                let mut damaged = files.clone();
                let bytes = damaged.get_mut(name).unwrap();
                let at = dice.place(bytes.len());
                bytes[at] ^= 1 << dice.below(8);
                assert_eq!(newest(damaged).unwrap(), Some(fact(facts)), "{facts} facts, byte {at} of {name} flipped");
            }
        }
    }
}

#[test]
fn a_file_that_was_lost_beside_a_fact_is_damage() {
    for facts in 1..6 {
        for name in ["pair.a", "pair.b"] {
            let mut files = stored(facts);
            files.remove(name);
            let copies = Slots::copies(&MemoryStorage::with_files(files.clone()), "pair").unwrap();
            let damaged = copies.iter().find(|(_, copy)| *copy == SlotCopy::Damaged);
            assert_eq!(damaged.map(|(file, _)| file.as_str()), Some(name), "{facts} facts");
            // The first fact is in both files, each later one in the older of them.
            let is_newest = facts > 1 && (name == "pair.a") == (facts % 2 == 0);
            assert_eq!(
                newest(files).unwrap(),
                Some(fact(facts - u64::from(is_newest))),
                "{facts} facts without {name}"
            );
        }
    }
    let mut torn = stored(1);
    torn.get_mut("pair.a").unwrap().iter_mut().step_by(BLOCK).for_each(|byte| *byte ^= 0xff);
    torn.remove("pair.b");
    assert!(matches!(newest(torn), Err(SlotError::Damaged { .. })));
}

#[test]
fn nothing_that_happens_to_one_file_makes_the_first_fact_unsaid() {
    for name in ["pair.a", "pair.b"] {
        for left in [0, 1, BLOCK, 2 * BLOCK] {
            let mut files = stored(1);
            files.insert(name.to_owned(), vec![0; left]);
            assert_eq!(newest(files).unwrap(), Some(fact(1)), "{name} has {left} zeros");
        }
    }
}

#[test]
fn a_first_fact_in_the_first_file_alone_is_put_into_the_second_by_the_next_start() {
    let mut files = stored(1);
    files.get_mut("pair.b").unwrap().fill(0);
    let storage = MemoryStorage::with_files(files);
    assert_eq!(Slots::read(&storage, "pair").unwrap(), Some(fact(1)));
    drop(Slots::open(&storage, "pair").unwrap());
    assert_eq!(storage.files(), stored(1));
}

#[test]
fn a_pair_without_a_sound_copy_is_refused_unless_it_was_the_first_fact() {
    let spoil = |files: &mut BTreeMap<String, Vec<u8>>, name: &str| {
        files.get_mut(name).unwrap().iter_mut().step_by(BLOCK).for_each(|byte| *byte ^= 0xff);
    };
    let mut torn = stored(1);
    spoil(&mut torn, "pair.a");
    torn.get_mut("pair.b").unwrap().fill(0);
    assert_eq!(newest(torn).unwrap(), None);
    for facts in 2..5 {
        let mut damaged = stored(facts);
        spoil(&mut damaged, "pair.a");
        spoil(&mut damaged, "pair.b");
        assert!(matches!(newest(damaged.clone()), Err(SlotError::Damaged { .. })), "{facts} facts");
        damaged.remove("pair.a");
        assert!(matches!(newest(damaged), Err(SlotError::Damaged { .. })), "{facts} facts without the first file");
    }
}

/// Puts a number into the header of the first copy in a file, and the checksum that belongs to it.
fn number(copy: &mut [u8], at: usize, number: &[u8]) {
    let end = 32 + u32::from_le_bytes(copy[12..16].try_into().unwrap()) as usize;
    copy[at..at + number.len()].copy_from_slice(number);
    copy[24..28].fill(0);
    let checksum = crc32c::crc32c(&copy[..end]);
    copy[24..28].copy_from_slice(&checksum.to_le_bytes());
}

#[test]
fn a_newer_format_is_told_by_its_number() {
    let mut files = stored(3);
    number(files.get_mut("pair.a").unwrap(), 8, &2_u32.to_le_bytes());
    assert!(matches!(newest(files), Err(SlotError::Newer { version: 2, .. })));
}

#[test]
fn a_fact_that_nobody_can_have_counted_is_damage() {
    for generation in [0, u64::MAX] {
        let mut files = stored(3);
        number(files.get_mut("pair.b").unwrap(), 16, &generation.to_le_bytes());
        assert_eq!(newest(files).unwrap(), Some(fact(3)), "the second copy still has its number");
    }
    let mut files = stored(3);
    number(files.get_mut("pair.b").unwrap(), 16, &(u64::MAX - 1).to_le_bytes());
    let storage = MemoryStorage::with_files(files);
    assert_eq!(Slots::read(&storage, "pair").unwrap(), Some(fact(3)));
    let mut opened = Slots::open(&storage, "pair");
    let is_refused = opened.as_mut().map_or(true, |slots| slots.store(b"one more").is_err());
    assert!(is_refused, "there is no number for another fact");
}
