//! `danvan rank diff` and `danvan rank try`: who moves, and why.

use std::path::PathBuf;

use clap::Args;
use danvan_event::UnitId;
use danvan_ranking::Rulebook;
use danvan_ui::points;
use serde_json::Value;

use crate::client::Client;
use crate::exit::{Exit, Failure, Outcome};
use crate::input;
use crate::output::{Output, table};

/// What a rulebook's file is called over HTTP.
pub(crate) const TOML: &str = "application/toml";

/// `danvan rank diff`
#[derive(Debug, Args)]
#[command(
    after_help = "Example: danvan rank diff 2024-Q1 2024-Q2 --unit gso2024-15097\n\n2024@1 is the first publication of \
    2024: danvan rank diff 2024@1 2024@2 tells what an amendment changed."
)]
pub(crate) struct Diff {
    /// The earlier period: its official ranking, or the provisional one when there is none; 2024@1: its publication number 1
    before: String,
    /// The later period
    after: String,
    /// Tells of this unit alone, with everything that the difference adds up from
    #[arg(long)]
    unit: Option<UnitId>,
    /// Address of the aggregator
    #[arg(long, value_name = "URL", default_value = super::AGGREGATOR)]
    from: String,
}

/// `danvan rank try`
#[derive(Debug, Args)]
#[command(after_help = "Example: danvan rank try rulebook.toml --period 2024\n\nExit code 10: a unit would move.")]
pub(crate) struct Try {
    /// A rulebook that is not adopted yet
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// 2024, 2024-Q1 or 2024-03; the aggregator's own when absent
    #[arg(long)]
    period: Option<String>,
    /// Address of the aggregator
    #[arg(long, value_name = "URL", default_value = super::AGGREGATOR)]
    from: String,
}

impl Diff {
    pub(crate) async fn run(self, output: Output) -> Outcome {
        let mut query = format!("/api/v1/rankings/changes?from={}&to={}", self.before, self.after);
        if let Some(unit) = &self.unit {
            query = format!("{query}&unit={unit}");
        }
        let document = Client::new(&self.from, None)?.get(&query).await?;
        let changes = document["changes"].as_array().cloned().unwrap_or_default();
        let text = if self.unit.is_some() { changes.iter().map(told).collect() } else { changes_table(&changes) };
        output.result(&document, &text);
        Ok(Exit::Done)
    }
}

impl Try {
    pub(crate) async fn run(self, output: Output) -> Outcome {
        let file = input::read(&self.file)?;
        let candidate = Rulebook::parse(&file).map_err(|errors| refused(&self.file, &errors))?;
        let query = self.period.as_ref().map_or_else(String::new, |period| format!("?period={period}"));
        let client = Client::new(&self.from, None)?;
        let trial = client.post_file(&format!("/api/v1/trials{query}"), file, TOML).await?;
        let changes = trial["changes"].as_array().cloned().unwrap_or_default();
        let number = |name: &str| trial["summary"][name].as_u64().unwrap_or_default();
        let (units, moved, reclassed) = (number("units"), number("moved"), number("reclassed"));
        let summary = format!(
            "{}: {moved}/{units} đơn vị đổi hạng, {reclassed} đổi xếp loại | {moved} of {units} units would move, {reclassed} \
             change class",
            candidate.id()
        );
        output.result(&trial, &format!("{}\n{summary}", changes_table(&changes)));
        Ok(if changes.is_empty() { Exit::Done } else { Exit::Different })
    }
}

/// Every error of a rulebook at once, each with its line.
pub(crate) fn refused(file: &std::path::Path, errors: &[danvan_ranking::RulebookError]) -> Failure {
    let place = file.display();
    let lines = |words: fn(&danvan_ranking::RulebookError) -> String| {
        let each = errors.iter().map(|error| format!("\n  {place}:{}: {}: {}", error.line, error.key, words(error)));
        each.collect::<String>()
    };
    Failure::new(
        Exit::Usage,
        format!("bộ tiêu chí có lỗi:{}", lines(|error| error.fault.vi())),
        format!("the rulebook has errors:{}", lines(|error| error.fault.en())),
    )
}

fn changes_table(changes: &[Value]) -> String {
    let text = |change: &Value, name: &str| change[name].as_str().unwrap_or_default().to_owned();
    let place =
        |change: &Value, name: &str| change[name].as_u64().map_or_else(|| "–".to_owned(), |rank| rank.to_string());
    let rows = changes.iter().map(|change| {
        vec![
            text(change, "name"),
            format!("{} → {}", place(change, "rank_before"), place(change, "rank_after")),
            signed(&change["delta_centi"]),
            text(change, "words_vi"),
        ]
    });
    table(&["Đơn vị", "Hạng", "Điểm ±", "Vì sao"], rows, &[1, 2])
}

/// One unit in full: the sentence in both languages, and the terms that add up to the difference.
fn told(change: &Value) -> String {
    let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let mut lines = vec![text(change, "words_vi"), text(change, "words_en")];
    for term in change["terms"].as_array().into_iter().flatten() {
        let name = if term["code"].is_string() { text(term, "code") } else { text(term, "part") };
        lines.push(format!(
            "  {name:>8} {:>8}  {} | {}",
            signed(&term["delta_centi"]),
            text(term, "words_vi"),
            text(term, "words_en")
        ));
    }
    lines.push(format!("  {:>8} {:>8}", "=", signed(&change["delta_centi"])));
    lines.join("\n")
}

fn signed(centi: &Value) -> String {
    let centi = centi.as_i64().unwrap_or_default();
    if centi > 0 { format!("+{}", points(centi)) } else { points(centi) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_told_of_a_unit_ends_with_the_sum_of_its_terms() {
        let change = json!({
            "words_vi": "Tăng", "words_en": "Up", "delta_centi": 150,
            "terms": [
                { "part": "criterion", "code": "C1", "delta_centi": 200, "words_vi": "a", "words_en": "b" },
                { "part": "cap", "delta_centi": -50, "words_vi": "c", "words_en": "d" },
            ],
        });
        let said = told(&change);
        assert!(said.contains("C1") && said.contains("+2,00") && said.contains("cap"), "{said}");
        assert!(said.trim_end().ends_with("+1,50"), "{said}");
    }

    #[test]
    fn every_error_of_a_rulebook_is_told_with_its_line_in_both_languages() {
        let errors = Rulebook::parse(b"id = 7\nfoo = 1\n").unwrap_err();
        let said = refused(std::path::Path::new("rb.toml"), &errors).text();
        assert!(errors.len() > 1 && said.matches("rb.toml:").count() == 2 * errors.len(), "{said}");
    }
}
