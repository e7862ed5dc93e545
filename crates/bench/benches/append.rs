//! Durable appends: the ledger beside one raw write and one `fdatasync`, alone and with 64 writers.
#![expect(clippy::expect_used, reason = "a benchmark that cannot run should stop at once and say why")]
#![expect(clippy::print_stdout, reason = "its table is its result")]

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use danvan_bench::{RawFile, RawGroupCommit, Report, Row, Sample, corpus, disk_folder, drive_threads};
use danvan_ledger::{Ledger, LedgerConfig, Record};
use danvan_tlog::{KeyName, LogKey};

const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_millis(1500);
const EVENTS: usize = 16_384;

fn main() {
    let events = corpus(7, EVENTS);
    let mut report = Report::default();
    for writers in [1, 64] {
        let (mut raw, mut ledger) = (Vec::new(), Vec::new());
        for _round in 0..ROUNDS {
            let folder = disk_folder().expect("a folder on the disk to be measured");
            raw.push(raw_round(folder.path(), &events, writers));
            ledger.push(ledger_round(folder.path(), &events, writers));
        }
        let workload = format!("{writers} writer{}", if writers == 1 { "" } else { "s" });
        report.push(Row::new("raw write + fdatasync", &workload, &raw, None));
        report.push(Row::new("danvan ledger", &workload, &ledger, Some(&raw)));
    }
    println!("{}", report.table("raw"));
    println!("{}", report.save("append").expect("target/bench can be written").display());
}

fn raw_round(folder: &Path, events: &[Vec<u8>], writers: usize) -> Sample {
    let file = RawFile::create(&folder.join("raw")).expect("a raw file");
    if writers == 1 {
        let file = Mutex::new(file);
        return drive_threads(1, ROUND, 1, |_, turn| {
            file.lock().expect("one writer").commit(&events[turn % EVENTS]).expect("a durable write");
        });
    }
    let group = RawGroupCommit::start(file);
    drive_threads(writers, ROUND, 1, |thread, turn| {
        assert!(group.append(events[(thread * 257 + turn) % EVENTS].clone()), "the committing thread ended");
    })
}

fn ledger_round(folder: &Path, events: &[Vec<u8>], writers: usize) -> Sample {
    let key = LogKey::from_seed(KeyName::new("bench.danvan.demo/u/gso2024-15097").expect("a key name"), [7; 32]);
    let first = Record::new(br#"{"opened":true}"#.to_vec());
    let ledger = Ledger::create(&folder.join("ledger"), key.origin(), key, first, LedgerConfig::default())
        .expect("a fresh ledger");
    let sample = drive_threads(writers, ROUND, 1, |thread, turn| {
        let entry = events[(thread * 257 + turn) % EVENTS].clone();
        ledger.append(Record::new(entry)).expect("a durable append");
    });
    ledger.drain().expect("the ledger closes");
    sample
}
