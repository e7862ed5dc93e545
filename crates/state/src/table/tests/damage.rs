//! Every kind of damage to the files of sled. Whatever happens, a start shows the rows of some cursor, whole, and once the batches behind
//! that cursor are applied again nobody can tell that anything had happened.

use std::ops::Range;
use std::panic::catch_unwind;
use std::thread;

use super::*;

const SEEDS: u64 = 600;
/// sled lays out the same rows in another way each time: what damage can do depends on it.
const PER_TABLE: u64 = 20;

/// `SplitMix64`.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let word = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((word ^ (word >> 31)) % u64::try_from(end.max(1)).unwrap()).unwrap()
    }
}

fn files(dir: &Path, found: &mut Vec<PathBuf>) {
    for item in fs::read_dir(dir).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
    found.sort();
}

/// Damages one file, mostly the one that holds the rows; says what was done.
fn damage(dir: &Path, seed: u64) -> String {
    let mut dice = Dice(seed);
    let mut all = Vec::new();
    files(dir, &mut all);
    let path = match all.iter().position(|path| path.ends_with("db")) {
        Some(rows) if dice.below(4) > 0 => all.swap_remove(rows),
        _ => all.swap_remove(dice.below(all.len())),
    };
    let mut bytes = fs::read(&path).unwrap();
    let place = dice.below(bytes.len());
    let what = match seed % 10 {
        0..3 => {
            let bits = 1 + dice.below(8);
            for _ in 0..bits {
                let place = dice.below(bytes.len());
                if let Some(byte) = bytes.get_mut(place) {
                    *byte ^= 1 << dice.below(8);
                }
            }
            format!("{bits} bits flipped")
        }
        3..6 => {
            bytes.truncate(place);
            format!("cut at {place}")
        }
        6 | 7 => {
            let (start, sectors) = (place / 512 * 512, 1 + dice.below(64));
            let end = bytes.len().min(start + sectors * 512);
            bytes[start..end].fill(0);
            format!("{sectors} sectors zeroed at {start}")
        }
        8 => {
            bytes.clear();
            "emptied".to_owned()
        }
        _ => {
            fs::remove_file(&path).unwrap();
            return format!("seed {seed}: {} removed", path.display());
        }
    };
    fs::write(&path, bytes).unwrap();
    format!("seed {seed}: {} {what}", path.display())
}

/// What the table holds at every cursor.
struct Truth(Vec<BTreeMap<Vec<u8>, Vec<u8>>>);

impl Truth {
    fn new() -> Self {
        Self((0..=BATCHES).map(|cursor| model_at(size(cursor))).collect())
    }

    fn at(&self, cursor: Size) -> &BTreeMap<Vec<u8>, Vec<u8>> {
        &self.0[usize::try_from(cursor.get()).unwrap()]
    }

    /// What somebody who reads the table could find out; `None` when all is as it should be.
    fn differs(&self, table: &Table, cursor: Size) -> Result<Option<String>, StateError> {
        let truth = self.at(cursor);
        let rows: BTreeMap<_, _> = table.scan(b"")?.into_iter().collect();
        if rows != *truth || table.rows() != u64::try_from(truth.len()).unwrap() {
            return Ok(Some(format!("{} rows at {cursor}, not the {} that it had", rows.len(), truth.len())));
        }
        for (key, value) in truth.iter().step_by(7) {
            if table.get(key)?.as_ref() != Some(value) {
                return Ok(Some(format!("another value of {}", key.escape_ascii())));
            }
        }
        Ok(None)
    }
}

/// A process that starts, computes what is missing, and starts again; how it found the table. An error is what a user would see.
fn start(dir: &Path, guard: Guard, truth: &Truth) -> Result<String, String> {
    let mut found = String::new();
    // sled may notice damage late; then the process ends and is started again.
    for _ in 0..3 {
        match start_once(dir, guard, truth)? {
            (how, true) if found.is_empty() => return Ok(how),
            (_, true) => return Ok(found),
            (how, false) => found = format!("{how}, then out of order"),
        }
    }
    Err("the table never comes up".to_owned())
}

/// One start; whether the process lived.
fn start_once(dir: &Path, guard: Guard, truth: &Truth) -> Result<(String, bool), String> {
    let opened = Table::open_guarded(dir, VERSION, size(BATCHES), guard);
    let (table, opened) = opened.map_err(|error| format!("does not open: {error}"))?;
    let (cursor, how) = match opened {
        Opened::Loaded { cursor } if cursor == size(BATCHES) => (cursor, "unharmed"),
        Opened::Loaded { cursor } => (cursor, "rolled back"),
        Opened::Quarantined { reason } => (Size::ZERO, reason.as_str()),
        Opened::Fresh => return Err("taken for new".to_owned()),
    };
    match catch_up(&table, cursor, truth) {
        Ok(None) => Ok((how.to_owned(), true)),
        Ok(Some(wrong)) => Err(format!("{how}: {wrong}")),
        Err(StateError::OutOfOrder) => Ok((how.to_owned(), false)),
        Err(error) => Err(format!("{how}: {error}")),
    }
}

fn catch_up(table: &Table, cursor: Size, truth: &Truth) -> Result<Option<String>, StateError> {
    if let Some(wrong) = truth.differs(table, cursor)? {
        return Ok(Some(wrong));
    }
    for batch in cursor.get()..BATCHES {
        table.apply(size(batch + 1), rows_of(batch))?;
    }
    truth.differs(table, size(BATCHES))
}

type Outcomes = BTreeMap<String, u32>;

/// Lives through the damage of each seed; stops at the first one that a user would notice.
fn survey(guard: Guard, seeds: Range<u64>) -> Result<Outcomes, String> {
    let base = tempfile::tempdir().unwrap();
    let (whole, truth) = (base.path().join("whole"), Truth::new());
    let mut outcomes = Outcomes::new();
    for seed in seeds {
        if seed % PER_TABLE == 0 {
            let _ = fs::remove_dir_all(&whole);
            fill(&whole);
        }
        let dir = base.path().join("damaged");
        copy(&whole, &dir);
        let what = damage(&dir, seed);
        let lived = catch_unwind(|| {
            let found = start(&dir, guard, &truth)?;
            start(&dir, guard, &truth).map(|_| found)
        });
        let found =
            lived.unwrap_or_else(|_| Err("a panic got out".to_owned())).map_err(|seen| format!("{what}: {seen}"))?;
        *outcomes.entry(found).or_default() += 1;
        fs::remove_dir_all(&dir).unwrap();
    }
    Ok(outcomes)
}

#[test]
fn no_damage_is_ever_visible_beyond_a_rebuild() {
    let halves = [0..SEEDS / 2, SEEDS / 2..SEEDS].map(|seeds| thread::spawn(|| survey(every_row_is_sealed, seeds)));
    let mut outcomes = Outcomes::new();
    for half in halves {
        for (found, times) in half.join().unwrap().unwrap_or_else(|seen| panic!("{seen}")) {
            *outcomes.entry(found).or_default() += times;
        }
    }
    println!("{outcomes:?}");
    let both = outcomes.contains_key("unharmed") && outcomes.contains_key("emptied");
    assert!(both && outcomes.len() > 3, "the damage is of too few kinds: {outcomes:?}");
}

#[test]
fn a_guard_that_trusts_the_cursor_of_sled_is_found_out() {
    let trusting: Guard = |_, _| Ok(true);
    let seen = survey(trusting, 0..SEEDS);
    assert!(seen.is_err(), "nobody noticed anything: {seen:?}");
}
