//! A reader that was written from the description alone, in another language, sees in a ledger what ours sees.

use crate::ledger::{RECORDS, files_of, fixture, record};
use crate::stories::{key, next_key};
use danvan_ledger::{
    Ledger, LedgerConfig, LedgerReader, Record, RepairOptions, RepairSources, Signing, Successor, Supplied, ended,
    succeed,
};
use danvan_tlog::{Checkpoint, Frontier, LogKey, Note, leaf_hash};
use std::path::Path;
use std::process::{Command, Output};

const CONFIG: LedgerConfig = LedgerConfig {
    segment_bytes: 4096 + 5000,
    preallocate_bytes: 2000,
    queue_records: 256,
    queue_bytes: 1 << 20,
    reserve_bytes: 0,
    signing: Signing::OnDemand,
};
/// Entries of the log that ends, and of the one that goes on.
const ENTRIES: u32 = 120;
/// An entry that is lost, in the middle; two others before it were appended four times.
const LOST: u32 = 50;
const ENDS_AT: u32 = LOST + 2 * 3;

fn read(directory: &Path) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/read_ledger.py");
    Command::new("python3").arg(script).arg(directory).output().unwrap()
}

/// What our own reader sees, in the words of the other one.
fn seen(directory: &Path) -> String {
    let reader = LedgerReader::open(directory).unwrap();
    let records: Vec<Record> = reader.entries().map(|item| item.unwrap().1).collect();
    let parts = records.iter().flat_map(|record| [&record.entry[..], record.attachment.as_deref().unwrap_or_default()]);
    let content: Vec<u8> =
        parts.flat_map(|part| [&u32::try_from(part.len()).unwrap().to_le_bytes(), part].concat()).collect();
    let after =
        reader.previous().map(|it| format!("\"after\": \"{} of {}\", ", it.size, it.origin)).unwrap_or_default();
    let attachments = records.iter().filter(|record| record.attachment.is_some()).count();
    // Of a log that ended no checkpoint may be left that is not for more than it has.
    let size_of = |note: &Note| note.text().parse::<Checkpoint>().unwrap().size();
    let signed =
        reader.checkpoints().last().map(size_of).map(|size| format!("\"signed\": {size}, ")).unwrap_or_default();
    format!(
        "{{{after}\"attachments\": {attachments}, \"content\": \"{}\", \"entries\": {}, \"origin\": \"{}\", \
         \"root\": \"{}\", {signed}\"torn\": {}}}\n",
        leaf_hash(&content).hex(),
        records.len(),
        reader.origin(),
        Frontier::of(records.iter().map(|record| leaf_hash(&record.entry))).root(),
        reader.torn_tail().is_some(),
    )
}

fn assert_seen_alike(directory: &Path) -> String {
    let (other, ours) = (read(directory), seen(directory));
    assert_eq!(String::from_utf8(other.stdout).unwrap(), ours, "{}", String::from_utf8_lossy(&other.stderr));
    ours
}

/// Appends what the fixture holds, some of it together, and signs now and then.
fn fill(ledger: &Ledger, from: u32) {
    for n in from..ENTRIES {
        let records = if n % 30 == 11 { vec![record(n); 4] } else { vec![record(n)] };
        assert!(ledger.append_all(records).iter().all(Result::is_ok));
        if n % 50 == 0 {
            ledger.sign_latest().unwrap();
        }
    }
    ledger.sign_latest().unwrap();
}

fn segments(directory: &Path) -> Vec<String> {
    files_of(directory).into_keys().filter(|name| name.ends_with("segment")).collect()
}

fn spoil(directory: &Path, name: &str, spoil: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(directory.join(name)).unwrap();
    spoil(&mut bytes);
    std::fs::write(directory.join(name), bytes).unwrap();
}

/// Makes the log on a disk, lets it end for a lost entry, and returns what goes on.
fn with_an_ended_log(directory: &Path) -> Ledger {
    fill(&Ledger::create(directory, key().origin(), key(), record(0), CONFIG).unwrap(), 1);
    assert!(segments(directory).len() > 2);
    let lost = record(LOST).entry;
    let holds = |name: &&String| {
        let bytes = std::fs::read(directory.join(name)).unwrap();
        bytes.windows(lost.len()).any(|window| window == lost)
    };
    let name = segments(directory).iter().find(holds).unwrap().clone();
    spoil(directory, &name, |bytes| {
        let at = bytes.windows(lost.len()).position(|window| window == lost).unwrap();
        bytes[at] ^= 1;
    });
    assert!(!read(directory).status.success(), "the damage is not seen");
    let successor = Successor {
        key: next_key(),
        first: &mut |_| Ok(Record::new(b"goes on".to_vec())),
        lost: &mut |_| Ok(Vec::new()),
        carry: &mut |_, record| Some(record),
    };
    let sources = RepairSources { mirrors: vec![], attachments: &mut |_, _, _| Supplied::NotNeeded };
    let options = RepairOptions { config: CONFIG, ..RepairOptions::default() };
    succeed((directory, key().verifier_key()), sources, options, successor).unwrap();
    let next: LogKey = next_key();
    Ledger::open(directory, next.origin(), next_key(), CONFIG).unwrap().0
}

#[test]
fn the_fixture_is_seen_alike() {
    let seen = assert_seen_alike(&fixture());
    assert!(seen.contains("\"attachments\": 16,") && seen.contains(&format!("\"signed\": {RECORDS}, \"torn\": false")));
    let damaged = tempfile::tempdir().unwrap();
    for (name, bytes) in files_of(&fixture()) {
        std::fs::write(damaged.path().join(name), bytes).unwrap();
    }
    spoil(damaged.path(), "0000000000.segment", |bytes| bytes[4096 + 50] ^= 1);
    assert!(!read(damaged.path()).status.success());
}

#[test]
fn a_fresh_ledger_of_two_incarnations_with_a_torn_tail_is_seen_alike() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("ledger");
    let ledger = with_an_ended_log(&directory);
    fill(&ledger, 0);
    ledger.append(Record::with_attachment(b"never signed, and torn".to_vec(), vec![7; 900])).unwrap();
    drop(ledger);
    let last = segments(&directory).pop().unwrap();
    spoil(&directory, &last, |bytes| {
        let end = bytes.iter().rposition(|byte| *byte != 0).unwrap();
        bytes[end - 300..=end].fill(0);
    });
    let seen = assert_seen_alike(&directory);
    let after = format!("{{\"after\": \"{ENDS_AT} of ");
    assert!(seen.starts_with(&after) && seen.contains("\"torn\": true"), "{seen}");
    assert!(segments(&directory).len() > 6 && !seen.contains("\"attachments\": 0"), "{seen}");

    let [old] = ended(&directory).unwrap().try_into().unwrap();
    assert!(assert_seen_alike(&old).contains(&format!("\"entries\": {ENDS_AT},")));
    // What a start leaves of it is seen alike too.
    drop(Ledger::open(&directory, next_key().origin(), next_key(), CONFIG).unwrap());
    assert!(assert_seen_alike(&directory).contains("\"torn\": false"));
}
