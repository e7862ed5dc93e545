//! Durable appends: journal and ledger beside the raw limit and six stores, alone, with 64 writers, and 1,000 at a time.
//!
//! Systems take turns within a round; both ratios of a row, its rate over the limit's and the ledger's over its own, are taken round by
//! round. `DANVAN_BENCH_ONLY=ledger,raw` keeps only the systems whose name contains one of the words.
//!
//! Memory is resident memory of this process while the ledger alone takes in several rounds, the highest and the last, above what
//! was resident before it was opened. The stacks of the writers and the latencies of a round, which the benchmark keeps, are counted.
#![expect(clippy::expect_used, reason = "a benchmark that cannot run should stop at once and say why")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "its table is its result")]

use std::path::Path;
use std::time::Duration;

use danvan_bench::{
    DanvanJournal, DanvanLedger, Postgres, RaftEngine, RawGroups, RawLone, Report, Row, Sample, SetUpError, Sled,
    Sqlite, Stopwatch, Store, corpus, disk_folder, drive_threads, forget_peak_memory, peak_memory, resident_memory,
};

const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_millis(1500);
const EVENTS: usize = 16_000;
const LEDGER: &str = "danvan ledger";

/// How many write at once and how many events each of their commits has.
#[derive(Clone, Copy)]
struct Workload {
    name: &'static str,
    writers: usize,
    events_each: usize,
}

const WORKLOADS: [Workload; 3] = [
    Workload { name: "1 writer", writers: 1, events_each: 1 },
    Workload { name: "64 writers", writers: 64, events_each: 1 },
    Workload { name: "1,000 per commit", writers: 1, events_each: 1000 },
];

type Open<'p> = Box<dyn Fn(&Path, Workload) -> Result<Box<dyn Store + 'p>, SetUpError> + 'p>;

fn main() {
    let events = corpus(7, EVENTS);
    let postgres = Postgres::start().expect("PostgreSQL starts");
    if postgres.is_none() {
        eprintln!("PostgreSQL is left out: this machine has no server (Debian: postgresql)");
    }
    if !cfg!(feature = "umadb") {
        eprintln!("UmaDB is left out: `make bench` builds it too");
    }
    let systems = systems(postgres.as_ref());
    let mut report = Report::default();
    // First: what others leave behind in this process would hide what the ledger takes.
    if systems.iter().any(|(name, _)| *name == LEDGER) {
        for workload in WORKLOADS {
            memory(&mut report, &events, workload);
        }
    }
    for workload in WORKLOADS {
        let mut samples: Vec<Vec<Sample>> = systems.iter().map(|_| Vec::new()).collect();
        for _round in 0..ROUNDS {
            for (samples, (name, open)) in samples.iter_mut().zip(&systems) {
                let folder = disk_folder().expect("a folder on the disk to be measured");
                let store = open(folder.path(), workload).unwrap_or_else(|error| panic!("{name}: {error}"));
                samples.push(round(store.as_ref(), &events, workload));
            }
        }
        let ledger = systems.iter().position(|(name, _)| *name == LEDGER);
        for (place, (name, _)) in systems.iter().enumerate() {
            let reference = (place > 0).then(|| samples[0].as_slice());
            let row = Row::new(name, workload.name, &samples[place], reference);
            report.push(match ledger {
                Some(ledger) if ledger != place => row.beside(&samples[place], &samples[ledger]),
                _ => row,
            });
        }
    }
    let reference = systems.first().map_or("nothing", |(name, _)| *name);
    println!("{}", report.table(reference, Some(LEDGER)));
    println!("{}", report.figures());
    println!("{}", report.save("append").expect("target/bench can be written").display());
}

/// Every system under measurement, the limit first.
fn systems(postgres: Option<&Postgres>) -> Vec<(&'static str, Open<'_>)> {
    let mut all: Vec<(&'static str, Open<'_>)> = vec![
        ("raw write + fdatasync", Box::new(raw)),
        ("danvan journal", Box::new(|folder, _| Ok(Box::new(DanvanJournal::open(folder)?)))),
        (LEDGER, Box::new(|folder, _| Ok(Box::new(DanvanLedger::open(folder)?)))),
        ("raft-engine 0.4.2", Box::new(|folder, _| Ok(Box::new(RaftEngine::open(folder)?)))),
        ("SQLite WAL FULL", Box::new(|folder, _| Ok(Box::new(Sqlite::open(folder)?)))),
        ("sled 0.34.7 (no device flush)", Box::new(|folder, _| Ok(Box::new(Sled::open(folder)?)))),
    ];
    #[cfg(feature = "umadb")]
    all.push(("UmaDB 0.7.8", Box::new(|folder, _| Ok(Box::new(danvan_bench::Umadb::open(folder)?)))));
    if let Some(postgres) = postgres {
        all.push((
            "PostgreSQL",
            Box::new(move |_, workload| Ok(Box::new(postgres.open(workload.writers)?) as Box<dyn Store>)),
        ));
    }
    if let Some(only) = only() {
        all.retain(|(name, _)| only.iter().any(|word| name.contains(word.as_str())));
    }
    all
}

#[expect(clippy::disallowed_methods, reason = "a benchmark is told on the command line what to leave out")]
fn only() -> Option<Vec<String>> {
    Some(std::env::var("DANVAN_BENCH_ONLY").ok()?.split(',').map(str::to_owned).collect())
}

/// Many writers need the grouping that they are compared with; one needs none.
fn raw<'s>(folder: &Path, workload: Workload) -> Result<Box<dyn Store + 's>, SetUpError> {
    Ok(if workload.writers == 1 { Box::new(RawLone::open(folder)?) } else { Box::new(RawGroups::open(folder)?) })
}

fn round(store: &dyn Store, events: &[Vec<u8>], workload: Workload) -> Sample {
    let each = workload.events_each;
    let commits = events.len() / each;
    let sample = drive_threads(workload.writers, ROUND, each as u64, |thread, turn| {
        let first = (thread * 257 + turn) % commits * each;
        store.append(&events[first..first + each]);
    });
    let watch = Stopwatch::start();
    store.settle();
    sample.and(watch.elapsed())
}

/// What the ledger needs while it takes in round after round: the highest, and what is left when the last one is signed.
fn memory(report: &mut Report, events: &[Vec<u8>], workload: Workload) {
    let folder = disk_folder().expect("a folder on the disk to be measured");
    let before = resident_memory().expect("Linux tells it");
    forget_peak_memory().expect("Linux forgets it");
    let store = DanvanLedger::open(folder.path()).expect("a ledger");
    for _round in 0..ROUNDS {
        round(&store, events, workload);
    }
    let above = |bytes: u64| bytes.saturating_sub(before) >> 10;
    let peak = above(peak_memory().expect("Linux tells it"));
    let left = above(resident_memory().expect("Linux tells it"));
    report.figure(&format!("{LEDGER}, {}, peak resident", workload.name), peak, "KiB");
    report.figure(&format!("{LEDGER}, {}, resident after {ROUNDS} rounds", workload.name), left, "KiB");
}
