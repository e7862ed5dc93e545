//! What the guard promises: the rows of some cursor, whole, or an empty table that says why.

mod damage;

use super::*;

const VERSION: &str = "sample 1";
const BATCHES: u64 = 60;
const ROWS_PER_BATCH: u64 = 40;

fn size(value: u64) -> Size {
    Size::new(value).unwrap()
}

/// What batch `batch` writes: new rows, rows that every batch writes anew, rows of an older batch, and a removed one.
fn rows_of(batch: u64) -> Vec<Row> {
    let key = |batch, row| format!("key {batch:04} {row:04}");
    let mut rows: Vec<_> =
        (0..ROWS_PER_BATCH).map(|row| Row::put(key(batch, row), format!("value {batch} {row} ").repeat(60))).collect();
    rows.extend((0..20).map(|row| Row::put(format!("hot {row:02}"), format!("value of batch {batch} ").repeat(30))));
    rows.extend((20..25).map(|row| Row::put(key(batch / 2, row), format!("again in batch {batch} ").repeat(30))));
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
fn a_table_that_starts_over_is_empty_and_what_was_there_is_kept_aside() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path());
    let (table, _) = Table::open(dir.path(), VERSION).unwrap();
    assert_eq!(table.rows(), u64::try_from(model_at(size(BATCHES)).len()).unwrap());
    let table = table.start_over(QuarantineReason::Stale).unwrap();
    assert_eq!(table.rows(), 0);
    assert_holds(&table, Size::ZERO);
    table.apply(size(1), rows_of(0)).unwrap();
    drop(table);
    assert!(dir.path().join("quarantine-1").exists());
    let (table, opened) = Table::open(dir.path(), VERSION).unwrap();
    assert_eq!(opened, Opened::Loaded { cursor: size(1) });
    assert_holds(&table, size(1));
}

#[test]
fn the_cursor_never_goes_back() {
    let dir = tempfile::tempdir().unwrap();
    let (table, _) = Table::open(dir.path(), VERSION).unwrap();
    table.apply(size(2), [Row::put("a", "b")]).unwrap();
    assert!(matches!(table.apply(size(1), []), Err(StateError::Backwards { .. })));
    assert_eq!(table.cursor(), size(2));
}
