//! Rows of medians, a table for people and a file for programs.

use std::io;
use std::path::PathBuf;

use comfy_table::{CellAlignment, Table};
use serde::Serialize;

use crate::{Sample, bench_folder};

/// Median with the range of the rounds.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Spread {
    median: f64,
    min: f64,
    max: f64,
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |place: usize| values.get(place).copied().unwrap_or(f64::NAN);
        Self { median: at(values.len() / 2), min: at(0), max: at(values.len().saturating_sub(1)) }
    }

    /// The median.
    #[must_use]
    pub fn median(&self) -> f64 {
        self.median
    }
}

/// One system under one workload.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    system: String,
    workload: String,
    events_per_s: Spread,
    p50_us: Option<f64>,
    p99_us: Option<f64>,
    /// Rate over the reference's rate, round by round; absent for the reference itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    ratio: Option<Spread>,
    /// The rate of the subject of the benchmark over this one, round by round.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject_ratio: Option<Spread>,
}

impl Row {
    /// The row of `samples`, one a round, with the ratio to `reference` of the same rounds.
    #[must_use]
    pub fn new(system: &str, workload: &str, samples: &[Sample], reference: Option<&[Sample]>) -> Self {
        let micros = |per_mille: usize| {
            let quantiles: Vec<f64> =
                samples.iter().filter_map(|s| s.quantile(per_mille)).map(|d| d.as_secs_f64() * 1e6).collect();
            (!quantiles.is_empty()).then(|| Spread::of(quantiles).median())
        };
        let ratio = reference.map(|reference| ratio(samples, reference));
        Self {
            system: system.to_owned(),
            workload: workload.to_owned(),
            events_per_s: Spread::of(samples.iter().map(Sample::events_per_s).collect()),
            p50_us: micros(500),
            p99_us: micros(990),
            ratio,
            subject_ratio: None,
        }
    }

    /// Adds how many times as fast the subject of the benchmark is, whose `samples` and `subject`s are of the same rounds.
    #[must_use]
    pub fn beside(mut self, samples: &[Sample], subject: &[Sample]) -> Self {
        self.subject_ratio = Some(ratio(subject, samples));
        self
    }
}

/// One rate over the other, round by round.
fn ratio(over: &[Sample], under: &[Sample]) -> Spread {
    Spread::of(over.iter().zip(under).map(|(over, under)| over.events_per_s() / under.events_per_s()).collect())
}

/// All rows of one benchmark.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    rows: Vec<Row>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    figures: Vec<Figure>,
}

/// A number that is no rate.
#[derive(Debug, Serialize)]
struct Figure {
    name: String,
    value: u64,
    unit: String,
}

impl Report {
    /// Adds a row.
    pub fn push(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Adds a number that is no rate.
    pub fn figure(&mut self, name: &str, value: u64, unit: &str) {
        self.figures.push(Figure { name: name.to_owned(), value, unit: unit.to_owned() });
    }

    /// The numbers that are no rates, one a line.
    #[must_use]
    pub fn figures(&self) -> String {
        let lines = self.figures.iter().map(|figure| format!("{}: {} {}", figure.name, figure.value, figure.unit));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The table for people; `reference` names what the ratio is taken to, and `subject` whose rate is taken over that of each row.
    #[must_use]
    pub fn table(&self, reference: &str, subject: Option<&str>) -> String {
        let mut table = Table::new();
        table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED);
        table.set_header(
            ["workload", "system", "events/s median", "min–max", "p50 µs", "p99 µs", &format!("× {reference}")]
                .into_iter()
                .map(str::to_owned)
                .chain(subject.map(|subject| format!("{subject} ÷ this"))),
        );
        for row in &self.rows {
            let rate = row.events_per_s;
            let micros = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |v| format!("{v:.0}"));
            let of = |ratio: Spread| format!("{:.2} [{:.2}–{:.2}]", ratio.median, ratio.min, ratio.max);
            let ratio = row.ratio.map_or_else(|| "1".to_owned(), of);
            let subject = subject.map(|_| row.subject_ratio.map_or_else(|| "–".to_owned(), of));
            let cells = [
                row.workload.clone(),
                row.system.clone(),
                format!("{:.0}", rate.median),
                format!("{:.0}–{:.0}", rate.min, rate.max),
                micros(row.p50_us),
                micros(row.p99_us),
                ratio,
            ];
            table.add_row(cells.into_iter().chain(subject));
        }
        for column in table.column_iter_mut().skip(2) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table.to_string()
    }

    /// Writes `target/bench/<name>.json` of this workspace and gives its path.
    ///
    /// # Errors
    /// The folder or the file cannot be written.
    pub fn save(&self, name: &str) -> io::Result<PathBuf> {
        let path = bench_folder()?.join(format!("{name}.json"));
        std::fs::write(&path, serde_json::to_vec_pretty(self)?)?;
        Ok(path)
    }
}
