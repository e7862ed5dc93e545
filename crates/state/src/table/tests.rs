//! What the guard promises: the rows of some cursor, whole, or an empty table that says why.

use super::*;

const VERSION: &str = "sample 1";
const BATCHES: u64 = 60;
const ROWS_PER_BATCH: u64 = 40;

fn size(value: u64) -> Size {
    Size::new(value).unwrap()
}

/// What batch `batch` writes: new rows, an overwritten row and a removed one.
fn rows_of(batch: u64) -> Vec<Row> {
    let mut rows: Vec<_> = (0..ROWS_PER_BATCH)
        .map(|row| Row::put(format!("key {batch:04} {row:04}"), format!("value {batch} {row}").repeat(3)))
        .collect();
    rows.push(Row::put("newest", batch.to_be_bytes()));
    if batch > 0 {
        rows.push(Row::remove(format!("key {:04} 0007", batch - 1)));
    }
    rows
}

/// What the table holds when the batches below `cursor` are in.
fn model_at(cursor: Size) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut model = BTreeMap::new();
    for row in (0..cursor.get()).flat_map(rows_of) {
        match row.value {
            Some(value) => model.insert(row.key, value),
            None => model.remove(&row.key),
        };
    }
    model
}

fn assert_holds(table: &Table, cursor: Size) {
    assert_eq!(table.cursor(), cursor);
    let rows: BTreeMap<_, _> = table.scan(b"").unwrap().into_iter().collect();
    assert_eq!(rows, model_at(cursor));
}

fn fill(dir: &Path) {
    let (table, opened) = Table::open(dir, VERSION).unwrap();
    assert_eq!(opened, Opened::Fresh);
    for batch in 0..BATCHES {
        table.apply(size(batch + 1), rows_of(batch)).unwrap();
    }
    assert_holds(&table, size(BATCHES));
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for item in fs::read_dir(from).unwrap() {
        let path = item.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

fn files(dir: &Path, found: &mut Vec<PathBuf>) {
    for item in fs::read_dir(dir).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
    found.sort();
}

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

fn damage(dir: &Path, seed: u64) -> String {
    let mut dice = Dice(seed);
    let mut all = Vec::new();
    files(dir, &mut all);
    let path = all.swap_remove(dice.below(all.len()));
    let mut bytes = fs::read(&path).unwrap();
    let place = dice.below(bytes.len());
    let what = match seed % 4 {
        0 | 1 if !bytes.is_empty() => {
            bytes[place] ^= 1 << dice.below(8);
            "a bit flipped"
        }
        2 => {
            bytes.truncate(place);
            "truncated"
        }
        _ => {
            let end = bytes.len().min(place + 512);
            bytes[place..end].fill(0);
            "a sector zeroed"
        }
    };
    fs::write(&path, bytes).unwrap();
    format!("seed {seed}: {what} at {place} of {}", path.display())
}

#[test]
fn rows_and_cursor_come_back_after_a_reopen() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path());
    let (table, opened) = Table::open(dir.path(), VERSION).unwrap();
    assert_eq!(opened, Opened::Loaded { cursor: size(BATCHES) });
    assert_holds(&table, size(BATCHES));
    assert_eq!(table.get(b"newest").unwrap(), Some((BATCHES - 1).to_be_bytes().to_vec()));
    assert_eq!(table.get(b"absent").unwrap(), None);
}

#[test]
fn damage_never_gives_a_wrong_answer_only_a_rebuild() {
    let base = tempfile::tempdir().unwrap();
    fill(&base.path().join("whole"));
    let mut outcomes = BTreeMap::<&str, u32>::new();
    for seed in 0..160 {
        let dir = base.path().join(format!("damaged-{seed}"));
        copy(&base.path().join("whole"), &dir);
        let what = damage(&dir, seed);
        let (table, opened) = Table::open(&dir, VERSION).unwrap_or_else(|error| panic!("{what}: {error}"));
        let (cursor, outcome) = match opened {
            Opened::Loaded { cursor } if cursor == size(BATCHES) => (cursor, "unharmed"),
            Opened::Loaded { cursor } => (cursor, "rolled back"),
            Opened::Quarantined { reason } => (Size::ZERO, reason.as_str()),
            Opened::Fresh => panic!("{what}: taken for new"),
        };
        println!("{what}: {opened:?}");
        assert_holds(&table, cursor);
        for batch in cursor.get()..BATCHES {
            table.apply(size(batch + 1), rows_of(batch)).unwrap();
        }
        assert_holds(&table, size(BATCHES));
        *outcomes.entry(outcome).or_default() += 1;
        drop(table);
        fs::remove_dir_all(&dir).unwrap();
    }
    println!("{outcomes:?}");
}

#[test]
fn an_open_that_killed_the_process_is_not_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path());
    fs::write(dir.path().join(directory_name(VERSION)).join(MARKER), b"").unwrap();
    let (table, opened) = Table::open(dir.path(), VERSION).unwrap();
    assert_eq!(opened, Opened::Quarantined { reason: QuarantineReason::InterruptedOpen });
    assert_holds(&table, Size::ZERO);
}

#[test]
fn rows_that_were_changed_behind_the_seal_are_noticed() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path());
    let db = sled::open(dir.path().join(directory_name(VERSION))).unwrap();
    db.insert(row_key(b"key 0001 0001"), b"forged").unwrap();
    drop(db);
    let (_, opened) = Table::open(dir.path(), VERSION).unwrap();
    assert_eq!(opened, Opened::Quarantined { reason: QuarantineReason::Contradictory });
}

#[test]
fn a_cursor_beyond_the_log_is_odd_and_another_version_starts_empty() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path());
    let (table, opened) = Table::open_up_to(dir.path(), VERSION, size(3)).unwrap();
    assert_eq!(opened, Opened::Quarantined { reason: QuarantineReason::Ahead });
    drop(table);
    assert_eq!(Table::open(dir.path(), "sample 2").unwrap().1, Opened::Fresh);
    assert!(!dir.path().join(directory_name(VERSION)).exists());
}

#[test]
fn the_cursor_never_goes_back() {
    let dir = tempfile::tempdir().unwrap();
    let (table, _) = Table::open(dir.path(), VERSION).unwrap();
    table.apply(size(2), [Row::put("a", "b")]).unwrap();
    assert!(matches!(table.apply(size(1), []), Err(StateError::Backwards { .. })));
    assert_eq!(table.cursor(), size(2));
}
