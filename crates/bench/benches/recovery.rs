//! What comes after a process was killed: opening a ledger of ten million entries, beside one of a tenth; reading every
//! byte and every hash of it, beside SHA-256 of the same files alone; and the derived state of a node, computed anew.
//!
//! The rate of the first rows is in openings, of the others in entries; the time of one operation is its p50.
#![expect(clippy::expect_used, reason = "a benchmark that cannot run should stop at once and say why")]
#![expect(clippy::print_stdout, reason = "its table is its result")]

use std::fs::File;
use std::io::Read as _;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use danvan_bench::{GrownLedger, Report, Row, Sample, Stopwatch, disk_folder, node_round, peak_memory};
use danvan_daemon::{TraceSettings, start_trace};
use danvan_ledger::{VerifyOptions, verify};
use sha2::{Digest as _, Sha256};

const ROUNDS: usize = 5;
const ENTRIES: u64 = 10_000_000;
const FEWER: u64 = ENTRIES / 10;
/// What a commune of the size of the preset gathers in several years.
const NODE_ENTRIES: usize = 200_000;
const READ_AT_ONCE: usize = 1 << 20;

fn main() {
    GrownLedger::grow_if_asked().expect("a ledger that grows");
    start_trace(&TraceSettings { filter: "error".to_owned(), ..TraceSettings::default() }).expect("a trace");
    let mut report = Report::default();
    let folder = disk_folder().expect("a folder on the disk to be measured");
    let fewer = GrownLedger::at(&folder.path().join("fewer")).expect("a name");
    let full = GrownLedger::at(&folder.path().join("full")).expect("a name");
    open(&mut report, &fewer, &full);
    read(&mut report, &full);
    println!("peak memory of opening and verifying: {} MiB", peak_memory().expect("Linux tells it") >> 20);
    let nodes: Vec<Sample> = (0..ROUNDS).map(|_| node_round(NODE_ENTRIES).expect("a node that starts")).collect();
    report.push(Row::new("danvan node, derived state anew", "start → intake", &nodes, None));
    println!("{}", report.table("the first of a kind", None));
    println!("{}", report.save("recovery").expect("target/bench can be written").display());
}

/// Each opening follows a kill in the middle of appending.
fn open(report: &mut Report, fewer: &GrownLedger, full: &GrownLedger) {
    let (mut small, mut large) = (Vec::new(), Vec::new());
    for _round in 0..ROUNDS {
        for (ledger, entries, samples) in [(fewer, FEWER, &mut small), (full, ENTRIES, &mut large)] {
            ledger.grow_and_kill(entries).expect("a ledger to open");
            samples.push(timed(|| {
                let (opened, _) = ledger.open().expect("a sound ledger");
                assert!(opened.size().get() >= entries, "the ledger was grown");
                1
            }));
        }
    }
    let names = [FEWER, ENTRIES].map(|entries| format!("danvan ledger, {} million", entries / 1_000_000));
    report.push(Row::new(&names[0], "open after SIGKILL", &small, None));
    report.push(Row::new(&names[1], "open after SIGKILL", &large, Some(&small)));
}

fn read(report: &mut Report, ledger: &GrownLedger) {
    let files = ledger.segments().expect("segments");
    let key = ledger.verifier_key();
    let verified = |threads: usize| {
        let options =
            VerifyOptions { threads: NonZeroUsize::new(threads), log: Some(&key), ..VerifyOptions::default() };
        let verdict = verify(ledger.directory(), options).expect("a ledger");
        assert!(verdict.is_sound(), "{:?}", verdict.findings);
        verdict.size.get()
    };
    let mut samples: [Vec<Sample>; 4] = Default::default();
    for _round in 0..ROUNDS {
        samples[0].push(timed(|| hashed(&files, 1)));
        samples[1].push(timed(|| hashed(&files, 2)));
        samples[2].push(timed(|| verified(1)));
        samples[3].push(timed(|| verified(2)));
    }
    let names =
        ["SHA-256 alone, 1 thread", "SHA-256 alone, 2 threads", "ledger verify, 1 thread", "ledger verify, 2 threads"];
    for (name, own) in names.iter().zip(&samples) {
        report.push(Row::new(name, "every byte read", own, Some(&samples[0])));
    }
}

/// SHA-256 of every file; gives the number of entries that they hold, which is what the other rows count.
fn hashed(files: &[PathBuf], threads: usize) -> u64 {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _thread in 0..threads {
            scope.spawn(|| {
                let mut buffer = vec![0; READ_AT_ONCE];
                while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut file = File::open(path).expect("a segment");
                    let mut digest = Sha256::new();
                    loop {
                        match file.read(&mut buffer).expect("a segment that can be read") {
                            0 => break,
                            bytes => digest.update(&buffer[..bytes]),
                        }
                    }
                    std::hint::black_box(digest.finalize());
                }
            });
        }
    });
    ENTRIES
}

fn timed(operation: impl FnOnce() -> u64) -> Sample {
    let watch = Stopwatch::start();
    let entries = operation();
    let elapsed = watch.elapsed();
    Sample::new(entries, elapsed, vec![elapsed])
}
