//! `danvan privacy report`: how much is held, looked at, asked for and erased, by month; and which requests wait. Never a value.

use std::fmt::Write as _;

use clap::Args;
use danvan_ui::count;
use serde_json::{Value, json};

use super::Desk;
use crate::exit::{Exit, Outcome};
use crate::output::{Output, table};

/// The columns of the table: key of the count and heading.
const COLUMNS: [(&str, &str); 6] = [
    ("recorded", "Đã ghi"),
    ("held", "Còn giữ"),
    ("looks", "Lượt xem"),
    ("requests", "Yêu cầu"),
    ("refused", "Từ chối"),
    ("erased", "Đã xoá"),
];

/// `danvan privacy report`
#[derive(Debug, Args)]
#[command(after_help = "Example: danvan privacy report --token-file staff.token
Exit code 1 when the day of a request has passed.")]
pub(crate) struct Report {
    #[command(flatten)]
    desk: Desk,
}

impl Report {
    pub(super) async fn run(self, output: Output) -> Outcome {
        let client = self.desk.client()?;
        let mut report = client.get("/api/v1/privacy/report").await?;
        let mut requests = client.get("/api/v1/privacy/requests").await?;
        let mut waiting = requests["requests"].as_array_mut().map(std::mem::take).unwrap_or_default();
        waiting.retain(|request| request.get("settled").is_none());
        report["waiting"] = json!(waiting);
        output.result(&report, &text(&report));
        let overdue = report["requests"]["overdue"].as_u64().unwrap_or_default();
        Ok(if overdue > 0 { Exit::Failed } else { Exit::Done })
    }
}

fn text(report: &Value) -> String {
    let counts = |first: &str, counts: &Value| {
        let numbers = COLUMNS.iter().map(|(key, _)| count(counts[*key].as_u64().unwrap_or_default()));
        std::iter::once(first.to_owned()).chain(numbers).collect::<Vec<_>>()
    };
    let months = report["months"].as_array().into_iter().flatten();
    let rows = months.map(|month| counts(month["month"].as_str().unwrap_or_default(), month));
    let rows = rows.chain([counts("Tổng | Total", &report["total"])]);
    let header: Vec<&str> = std::iter::once("Tháng").chain(COLUMNS.iter().map(|(_, title)| *title)).collect();
    let mut text = table(&header, rows, &[1, 2, 3, 4, 5, 6]);
    let number = |key: &str| report["requests"][key].as_u64().unwrap_or_default();
    let (open, soon, overdue) = (number("open"), number("due_soon"), number("overdue"));
    let _ = write!(
        text,
        "\nYêu cầu chưa xong: {open}, sắp đến hạn: {soon}, quá hạn: {overdue} | {open} open, {soon} due soon, {overdue} overdue"
    );
    let waiting = report["waiting"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !waiting.is_empty() {
        let cell = |request: &Value, key: &str| request[key].as_str().unwrap_or("–").to_owned();
        let rows = waiting.iter().map(|request| {
            vec![
                cell(request, "id"),
                word(&request["kind"]),
                cell(request, "asked"),
                cell(request, "respond_by"),
                cell(request, "due"),
                word(&request["state"]),
            ]
        });
        let header = ["Mã yêu cầu", "Loại", "Ngày nhận", "Trả lời trước", "Hạn", "Tình trạng"];
        let _ = write!(text, "\n{}", table(&header, rows, &[]));
    }
    text
}

/// The word of the API as an official reads it.
fn word(code: &Value) -> String {
    match code.as_str().unwrap_or_default() {
        "erasure" => "xoá | erasure",
        "withdrawal" => "rút đồng ý | withdrawal",
        "overdue" => "QUÁ HẠN | overdue",
        "due_soon" => "sắp đến hạn | due soon",
        "open" => "còn hạn | open",
        other => other,
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_stands_under_the_counts_with_its_day() {
        let month = json!({ "month": "2026-11", "recorded": 1200, "held": 2 });
        let report = json!({
            "months": [month], "total": month, "requests": { "open": 1, "due_soon": 0, "overdue": 1 },
            "waiting": [{ "id": "018e", "kind": "erasure", "asked": "2026-11-01", "respond_by": "2026-11-03", "due": "2026-11-21", "state": "overdue" }],
        });
        let text = text(&report);
        for part in ["2026-11", "1.200", "quá hạn: 1", "QUÁ HẠN", "2026-11-21"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
