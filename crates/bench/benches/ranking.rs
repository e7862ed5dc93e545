//! The read model and the ranking of all communes of the country after a year: folding decoded entries, ranking 3,321 units
//! with their explanations, one more entry, reading a snapshot, and the memory of a unit.
//!
//! The rate of the first rows is in entries, of the others in units or operations; the time of one operation is its p50. Ranking all
//! and explaining one are timed by the wall, because the cores share the work; all other times are those of one core, as the
//! processor counts them: what else runs on the machine makes them longer by its caches only.
//! Memory is resident memory of the process before and after folding, divided by the units folded: what the allocator keeps for
//! itself is counted.
#![expect(clippy::expect_used, reason = "a benchmark that cannot run should stop at once and say why")]
#![expect(clippy::print_stdout, reason = "its table is its result")]

use std::hint::black_box;
use std::time::Duration;

use danvan_bench::{CoreTime, Country, Report, Row, Sample, Stopwatch, disk_folder, resident_memory, year_of};
use danvan_event::{Entry, Source, UnitId};
use danvan_projection::{Applied, Evidence, Period, ReadModel, Snapshot};
use danvan_ranking::{Followed, Rulebook, Standings, explain};

const ROUNDS: usize = 7;
/// Communes whose logs differ.
const LOGS: u64 = 32;
/// Times that each of them is folded for the figure of memory.
const COPIES: usize = 12;
/// What a batch of the replication holds.
const BATCH: usize = 256;
const CLUSTERS: usize = 34;

struct Log {
    source: Source,
    entries: Vec<Entry>,
}

fn main() {
    let logs: Vec<Log> = (0..LOGS).map(log).collect();
    let mut report = Report::default();
    fold(&mut report, &logs);
    let folded = memory(&mut report, &logs);
    let before = resident_memory().expect("Linux tells it");
    let country = Country::of(&folded, CLUSTERS).expect("a country");
    let grown = resident_memory().expect("Linux tells it").saturating_sub(before);
    report.figure("read model of a unit as read back, resident", grown / country.units.len() as u64, "bytes");
    drop(folded);
    let before = resident_memory().expect("Linux tells it");
    let standings = Standings::of(&country.model, &Rulebook::rb_cqtt_1(), &"2024".parse().expect("a period"));
    let grown = resident_memory().expect("Linux tells it").saturating_sub(before);
    report.figure("standings of a unit, resident", grown / country.units.len() as u64, "bytes");
    drop(standings);
    for rulebook in [Rulebook::rb_cqtt_0(), Rulebook::rb_cqtt_1()] {
        ranking(&mut report, &country, &rulebook);
    }
    update(&mut report, country.model.clone(), &country.units, &logs);
    snapshot(&mut report, country);
    println!("{}", report.table("the first of a kind", None));
    println!("{}", report.figures());
    println!("{}", report.save("ranking").expect("target/bench can be written").display());
}

fn log(seed: u64) -> Log {
    let unit: UnitId = format!("gso2024-{:05}", seed + 1).parse().expect("a unit");
    Log { entries: year_of(&unit, seed), source: Source::Unit(unit) }
}

fn entries(logs: &[Log]) -> u64 {
    logs.iter().map(|log| log.entries.len() as u64).sum()
}

/// One log after the other, as a start does, and batch by batch in turn, as they arrive. Entries are decoded just before they are
/// folded, so each batch is copied first, outside the time that is measured.
fn fold(report: &mut Report, logs: &[Log]) {
    let (mut whole, mut in_turn) = (Vec::new(), Vec::new());
    for _round in 0..ROUNDS {
        for (samples, turns) in [(&mut whole, log_by_log(logs)), (&mut in_turn, batches_in_turn(logs))] {
            let mut time = Duration::ZERO;
            black_box(folded(logs, &turns, &mut time));
            samples.push(Sample::new(entries(logs), time, Vec::new()));
        }
    }
    report.push(Row::new("fold, log by log", "a year of 32 units", &whole, None));
    report.push(Row::new("fold, batches of 256 in turn", "a year of 32 units", &in_turn, Some(&whole)));
}

/// Which log's batch comes, and its first entry.
fn log_by_log(logs: &[Log]) -> Vec<(usize, usize)> {
    let starts = |(place, log): (usize, &Log)| (0..log.entries.len()).step_by(BATCH).map(move |start| (place, start));
    logs.iter().enumerate().flat_map(starts).collect()
}

fn batches_in_turn(logs: &[Log]) -> Vec<(usize, usize)> {
    let mut turns = log_by_log(logs);
    turns.sort_by_key(|(place, start)| (*start, *place));
    turns
}

fn folded(logs: &[Log], turns: &[(usize, usize)], time: &mut Duration) -> ReadModel {
    let mut model = ReadModel::default();
    for (place, start) in turns {
        let log = &logs[*place];
        let batch: Vec<Entry> = log.entries.iter().skip(*start).take(BATCH).cloned().collect();
        let watch = CoreTime::start();
        for (index, entry) in (*start as u64..).zip(&batch) {
            assert_eq!(model.apply_entry(&log.source, Evidence::new(index), entry), Applied::Counted, "{index}");
        }
        *time += watch.elapsed();
    }
    model
}

fn memory(report: &mut Report, logs: &[Log]) -> ReadModel {
    let before = resident_memory().expect("Linux tells it");
    let turns = batches_in_turn(logs);
    let mut time = Duration::ZERO;
    let models: Vec<ReadModel> = (0..COPIES).map(|_| folded(logs, &turns, &mut time)).collect();
    let after = resident_memory().expect("Linux tells it");
    let units = (COPIES * logs.len()) as u64;
    report.figure("cores", std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64), "cores");
    report.figure("entries of a unit's year", entries(logs) / logs.len() as u64, "entries");
    report.figure("read model of a unit as folded, resident", after.saturating_sub(before) / units, "bytes");
    models.into_iter().next().expect("at least one")
}

fn ranking(report: &mut Report, country: &Country, rulebook: &Rulebook) {
    let period: Period = "2024".parse().expect("a period");
    let units = country.units.len() as u64;
    let mut rounds = Vec::new();
    let mut standings = Standings::of(&country.model, rulebook, &period);
    for _round in 0..ROUNDS {
        let watch = Stopwatch::start();
        let anew = black_box(Standings::of(&country.model, rulebook, &period));
        let elapsed = watch.elapsed();
        // Those of the round before are thrown away outside the time that is measured.
        standings = anew;
        rounds.push(Sample::new(units, elapsed, vec![elapsed]));
    }
    report.push(Row::new(&format!("rank all, {}", rulebook.id()), "3,321 units", &rounds, None));
    let documents: Vec<Sample> = (0..ROUNDS)
        .map(|_| {
            let watch = CoreTime::start();
            black_box(standings.ranking().to_bytes());
            Sample::new(units, watch.elapsed(), vec![watch.elapsed()])
        })
        .collect();
    report.push(Row::new(&format!("write the document, {}", rulebook.id()), "3,321 units", &documents, None));
    let held = explained(country, |unit| {
        standings.follow(&country.model);
        black_box(standings.explain(&country.model, unit));
    });
    report.push(Row::new(&format!("explain one, {}", rulebook.id()), "3,321 units", &[held], None));
    let anew = explained(country, |unit| drop(black_box(explain(&country.model, rulebook, &period, unit))));
    report.push(Row::new(&format!("explain one, all scored anew, {}", rulebook.id()), "3,321 units", &[anew], None));
}

/// Fifty units of the country, explained one after the other.
fn explained(country: &Country, mut explain: impl FnMut(&UnitId)) -> Sample {
    let mut latencies = Vec::new();
    for unit in country.units.iter().step_by(country.units.len() / 50) {
        let watch = Stopwatch::start();
        explain(unit);
        latencies.push(watch.elapsed());
    }
    Sample::new(latencies.len() as u64, latencies.iter().sum::<Duration>(), latencies)
}

/// One more answer of a survey in a unit's log; then the standings find out whose log moved, and bring it to its new place.
fn update(report: &mut Report, mut model: ReadModel, units: &[UnitId], logs: &[Log]) {
    let period: Period = "2024".parse().expect("a period");
    let rulebook = Rulebook::rb_cqtt_1();
    let more: Vec<(UnitId, Vec<Entry>)> =
        units.iter().step_by(331).map(|unit| (unit.clone(), year_of(unit, 1_000))).collect();
    let size = logs.iter().map(|log| log.entries.len()).max().unwrap_or(0) as u64;
    let mut standings = Standings::of(&model, &rulebook, &period);
    let sample = single(2_000, |turn| {
        let (unit, entries) = &more[turn % more.len()];
        let entry = &entries[entries.len() - 1 - turn / more.len()];
        model.apply_entry(&Source::Unit(unit.clone()), Evidence::new(size + turn as u64), entry);
        assert_ne!(black_box(standings.follow(&model)), Followed::Anew);
    });
    report.push(Row::new("one entry and its unit's new place", "3,321 units", &[sample], None));
}

fn single(turns: usize, mut operation: impl FnMut(usize)) -> Sample {
    let mut latencies = Vec::new();
    for turn in 0..turns {
        let watch = CoreTime::start();
        operation(turn);
        latencies.push(watch.elapsed());
    }
    Sample::new(turns as u64, latencies.iter().sum::<Duration>(), latencies)
}

fn snapshot(report: &mut Report, country: Country) {
    let units = country.units.len() as u64;
    let folder = disk_folder().expect("a folder on the disk to be measured");
    let path = folder.path().join("snapshot");
    let snapshot = Snapshot { cursor: 1, model: country.model };
    let bytes = snapshot.to_bytes().expect("a snapshot");
    drop(snapshot);
    report.figure("snapshot of a unit", bytes.len() as u64 / units, "bytes");
    std::fs::write(&path, bytes).expect("a file");
    let rounds: Vec<Sample> = (0..ROUNDS)
        .map(|_| {
            let watch = CoreTime::start();
            let read = std::fs::read(&path).expect("the file");
            black_box(Snapshot::from_bytes(&read).expect("a sound snapshot"));
            Sample::new(units, watch.elapsed(), vec![watch.elapsed()])
        })
        .collect();
    report.push(Row::new("read a snapshot file", "3,321 units", &rounds, None));
}
