//! `danvan rank`: the ranking of a period, from its opening to its publication and amendments.

mod changes;
mod course;
mod draft;
mod explanation;

use clap::{Args, Subcommand};
use danvan_ranking::Class;
use danvan_ui::points;
use serde_json::{Value, json};

use crate::client::Client;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{Output, table};

pub(crate) use changes::{TOML, refused};
pub(crate) use course::{approve, close, open, publish};
pub(crate) use draft::Draft;

/// Where an aggregator listens when nothing else is said.
const AGGREGATOR: &str = "http://127.0.0.1:8420";

/// What stands above every table that rests on generated facts.
const SYNTHETIC: &str = "Dữ liệu mô phỏng / Synthetic data";

/// `danvan rank …`
#[derive(Debug, Subcommand)]
pub(crate) enum RankCommand {
    /// Xem xếp hạng | Shows the ranking as it stands
    Show(Show),
    /// Vì sao có điểm này | Explains every point of a unit: criteria, inputs, events
    Explain(explanation::Explain),
    /// Vì sao thay đổi hạng | Why places differ between two periods; the parts add up exactly
    Diff(changes::Diff),
    /// Chạy thử bộ tiêu chí | Tries a rulebook on history: who would move, and why
    Try(changes::Try),
    /// Mở kỳ | Opens a period: from now on its rulebook is fixed
    Open(course::Open),
    /// Chốt kỳ | Closes a period: names who is late, or draws up the draft
    Close(course::Close),
    /// Xem dự thảo | Shows the draft that waits for approval, every digest recomputed
    Draft(draft::ShowDraft),
    /// Phê duyệt dự thảo | Signs the draft with an operator's key, on this machine
    Approve(course::Approve),
    /// Công bố | Publishes the draft that two operators approved
    Publish(course::Publish),
    /// Điều chỉnh | Draws up an amendment of the official ranking, to be approved and published again
    Amend(course::Amend),
}

/// `danvan rank show`
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// 2024, 2024-Q1 or 2024-03; the aggregator's own when absent
    #[arg(long)]
    period: Option<String>,
    /// Address of the aggregator
    #[arg(long, value_name = "URL", default_value = AGGREGATOR)]
    from: String,
}

/// One line of a ranking as the demonstration and the table show it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct RankedUnit {
    /// `None` for "chưa đủ dữ liệu".
    pub(crate) rank: Option<u64>,
    /// The unit's id.
    pub(crate) unit: String,
    /// Its name.
    pub(crate) name: String,
    /// Points × 100.
    pub(crate) score_centi: i64,
    /// Code of the class.
    pub(crate) class: String,
    /// Whether something that counts for it is generated.
    #[serde(skip)]
    pub(crate) synthetic: bool,
}

impl RankCommand {
    /// Does it.
    pub(crate) async fn run(self, output: Output) -> Outcome {
        match self {
            Self::Show(show) => show.run(output).await,
            Self::Explain(explain) => explain.run(output).await,
            Self::Diff(diff) => diff.run(output).await,
            Self::Try(attempt) => attempt.run(output).await,
            Self::Open(open) => open.run(output).await,
            Self::Close(close) => close.run(output).await,
            Self::Draft(draft) => draft.run(output).await,
            Self::Approve(approve) => approve.run(output).await,
            Self::Publish(publish) => publish.run(output).await,
            Self::Amend(amend) => amend.run(output).await,
        }
    }
}

impl Show {
    async fn run(self, output: Output) -> Outcome {
        let document = ranking(&Client::new(&self.from, None)?, self.period.as_deref()).await?;
        let state =
            if document["state"] == "official" { "Chính thức | Official" } else { "Tạm tính | Provisional" };
        output.result(&document, &format!("{}\n{state}", ranking_table(&ranked_units(&document))));
        Ok(Exit::Done)
    }
}

/// The ranking document of a period.
pub(crate) async fn ranking(client: &Client, period: Option<&str>) -> Result<Value, Failure> {
    let query = period.map_or_else(String::new, |period| format!("?period={period}"));
    Ok(client.get(&format!("/api/v1/rankings{query}")).await?)
}

/// The exact bytes of the ranking that the publication at this index of the aggregator's log made official.
pub(crate) async fn published(client: &Client, index: u64) -> Result<Vec<u8>, Failure> {
    Ok(client.bytes(&format!("/api/v1/rankings/published/{index}")).await?)
}

/// The rows of a ranking document.
pub(crate) fn ranked_units(document: &Value) -> Vec<RankedUnit> {
    let rows = document["rows"].as_array().or_else(|| document["ranking"]["rows"].as_array());
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    rows.into_iter()
        .flatten()
        .map(|row| RankedUnit {
            rank: row["rank"].as_u64(),
            unit: text(row, "unit"),
            name: text(row, "name"),
            score_centi: row["score_centi"].as_i64().unwrap_or_default(),
            class: text(row, "class"),
            synthetic: row["synthetic"] == true,
        })
        .collect()
}

/// The ranking as people read it; above it, when anything in it is generated, that it is.
pub(crate) fn ranking_table(units: &[RankedUnit]) -> String {
    let rows = units.iter().map(|unit| {
        vec![
            unit.rank.map_or_else(|| "–".to_owned(), |rank| rank.to_string()),
            unit.name.clone(),
            unit.unit.clone(),
            points(unit.score_centi),
            class_title(&unit.class),
        ]
    });
    let table = table(&["Hạng", "Đơn vị", "Mã", "Điểm", "Xếp loại"], rows, &[0, 3]);
    let synthetic = units.iter().filter(|unit| unit.synthetic).count();
    if synthetic == 0 {
        return table;
    }
    format!("{SYNTHETIC} ({synthetic}/{} đơn vị | units)\n{table}", units.len())
}

/// The name of a class; its code where a newer aggregator knows more classes than this program.
fn class_title(code: &str) -> String {
    serde_json::from_value(json!(code)).map_or_else(|_| code.to_owned(), |class: Class| class.title_vi().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_without_enough_data_has_no_rank() {
        let document = json!({ "rows": [
            { "rank": 1, "unit": "gso2024-15097", "name": "Lộc Thịnh", "score_centi": 9_105, "class": "xuat_sac" },
            { "rank": null, "unit": "gso2024-15061", "name": "Ngọc Lặc", "score_centi": 4_000, "class": "chua_du_du_lieu" },
        ]});
        let units = ranked_units(&document);
        assert_eq!((units[0].rank, units[1].rank), (Some(1), None));
        let table = ranking_table(&units);
        assert!(table.contains("91,05") && table.contains("Chưa đủ dữ liệu"), "{table}");
        assert!(!table.contains(SYNTHETIC), "{table}");
    }

    #[test]
    fn a_ranking_with_one_generated_fact_says_so_above_the_table() {
        let document = json!({ "rows": [
            { "rank": 1, "unit": "gso2024-15097", "name": "Lộc Thịnh", "score_centi": 1, "class": "yeu", "synthetic": true },
            { "rank": 2, "unit": "gso2024-15061", "name": "Ngọc Lặc", "score_centi": 0, "class": "sao", "synthetic": false },
        ]});
        let table = ranking_table(&ranked_units(&document));
        assert!(table.starts_with("Dữ liệu mô phỏng / Synthetic data (1/2 đơn vị | units)\n"), "{table}");
        assert!(table.contains("sao"), "a class that is not known is shown by its code: {table}");
    }
}
