//! `danvan rank explain`: every point of a unit, down to the events.

use clap::Args;
use danvan_event::UnitId;
use danvan_ranking::Mark;
use danvan_ui::points;
use serde_json::Value;

use crate::client::Client;
use crate::exit::{Exit, Outcome};
use crate::output::Output;

/// So many events are listed below a criterion when all criteria are shown.
const SHOWN: usize = 5;

/// `danvan rank explain`
#[derive(Debug, Args)]
#[command(after_help = "Example: danvan rank explain gso2024-15097 --period 2024 --criterion C1")]
pub(crate) struct Explain {
    /// The commune's id, such as gso2024-15097
    unit: UnitId,
    /// 2024, 2024-Q1 or 2024-03; the aggregator's own when absent
    #[arg(long)]
    period: Option<String>,
    /// Shows this criterion alone, with all of its events
    #[arg(long, value_name = "CODE")]
    criterion: Option<String>,
    /// Address of the aggregator
    #[arg(long, value_name = "URL", default_value = super::AGGREGATOR)]
    from: String,
}

impl Explain {
    pub(crate) async fn run(self, output: Output) -> Outcome {
        let query = self.period.as_ref().map_or_else(String::new, |period| format!("?period={period}"));
        let client = Client::new(&self.from, None)?;
        let document = client.get(&format!("/api/v1/units/{}/explanation{query}", self.unit)).await?;
        output.result(&document, &text(&document, self.criterion.as_deref()));
        Ok(Exit::Done)
    }
}

fn text(document: &Value, only: Option<&str>) -> String {
    let say = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let rank = document["rank"]
        .as_u64()
        .map_or_else(|| "chưa xếp hạng | not ranked".to_owned(), |rank| format!("hạng | rank {rank}"));
    let centi = |value: &Value, name: &str| points(value[name].as_i64().unwrap_or_default());
    let (name, unit, period) = (say(document, "name"), say(document, "unit"), say(document, "period"));
    let mut lines = vec![format!(
        "{name} ({unit}), kỳ | period {period}: {} điểm | points, {rank}",
        centi(document, "score_centi")
    )];
    lines.extend(["now", "formerly"].into_iter().filter_map(|time| succession(document, time)));
    let components = document["components"].as_array().into_iter().flatten().chain(document.get("bonus"));
    for criterion in components.flat_map(|component| component["criteria"].as_array().into_iter().flatten()) {
        let code = say(criterion, "code");
        if only.is_some_and(|only| only != code) {
            continue;
        }
        let (points, most) = (centi(criterion, "points_centi"), centi(criterion, "max_centi"));
        lines.push(format!("{code} {} | {}: {points}/{most}", say(criterion, "title_vi"), say(criterion, "title_en")));
        lines.push(format!("   {}", say(criterion, "formula")));
        lines.extend(criterion["marks"].as_array().into_iter().flatten().map(|code| format!("   ! {}", remark(code))));
        for (sign, side) in [("+", "favourable"), ("−", "unfavourable"), ("không tính | not counted:", "shown")] {
            let places: Vec<u64> = criterion[side].as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
            let shown = if only.is_some() { places.len() } else { SHOWN.min(places.len()) };
            lines.extend(places.iter().take(shown).map(|index| format!("   {sign} {}", event(document, *index))));
            if shown < places.len() {
                lines.push(format!("   {sign} … {} mục nữa | more", places.len() - shown));
            }
        }
    }
    lines.join("\n")
}

/// A remark in both languages; of a newer aggregator's, whose words are not known here, its code.
fn remark(code: &Value) -> String {
    let known: Option<Mark> = serde_json::from_value(code.clone()).ok();
    let words = known.map(|mark| format!("{} | {}", mark.title_vi(), mark.title_en()));
    words.unwrap_or_else(|| code.as_str().unwrap_or_default().to_owned())
}

/// What became of the unit, or what it was before, in both languages.
fn succession(document: &Value, time: &str) -> Option<String> {
    let said = |language: &str| document["succession"][format!("{time}_{language}")].as_str();
    Some(format!("{} | {}", said("vi")?, said("en")?))
}

/// One event in a line: its place, its id, when it happened, what it is.
fn event(document: &Value, index: u64) -> String {
    let entries = document["entries"].as_array().into_iter().flatten();
    let found = entries.into_iter().find(|entry| entry["index"].as_u64() == Some(index));
    let say = |name: &str| found.and_then(|entry| entry[name].as_str()).unwrap_or_default();
    format!("{index} {} {} {} | {}", say("id"), say("time"), say("title_vi"), say("title_en"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_criterion_says_why_a_signed_evaluation_does_not_count() {
        let marks = json!(["khoa_thoi_ghi_nhan", "a_remark_of_tomorrow"]);
        let document = json!({ "components": [{ "criteria": [{ "code": "B1", "marks": marks }] }] });
        let said = text(&document, None);
        let words = "   ! Có đánh giá, kết luận ký bằng khoá đã thôi ghi nhận (không tính điểm) | Signed by a key that was delisted (not scored)";
        assert!(said.contains(words) && said.contains("   ! a_remark_of_tomorrow"), "{said}");
    }

    #[test]
    fn every_criterion_names_its_events_by_place_and_id() {
        let document = json!({
            "name": "Lộc Thịnh", "unit": "gso2024-15097", "period": "2024", "rank": 1, "score_centi": 9_105,
            "succession": { "now_vi": "Nay thuộc xã Ngọc Liên (từ 01/7/2025)", "now_en": "Now part of xã Ngọc Liên" },
            "bonus": { "criteria": [{ "code": "T1", "title_vi": "Sáng kiến", "title_en": "Initiatives", "favourable": [9] }] },
            "components": [{ "criteria": [{
                "code": "D1", "title_vi": "Hài lòng", "title_en": "Satisfied", "points_centi": 2_000, "max_centi": 2_000,
                "formula": "(20 + 60 × 0.9) / (20 + 60)", "favourable": [1, 2, 3, 4, 5, 6], "unfavourable": [9], "shown": [9],
            }]}],
            "entries": [{ "index": 9, "id": "018e1cfa-1b40-7abc-8def-0123456789ab", "time": "2024-03-08T07:30:00.000Z",
                "title_vi": "Phiếu đánh giá", "title_en": "A survey" }],
        });
        let all = text(&document, None);
        assert!(all.contains("91,05") && all.contains("D1 Hài lòng | Satisfied: 20,00/20,00"), "{all}");
        assert!(all.contains("− 9 018e1cfa-1b40-7abc-8def-0123456789ab"), "{all}");
        assert!(all.contains("+ … 1 mục nữa | more"), "{all}");
        assert!(all.contains("   không tính | not counted: 9 018e1cfa-"), "{all}");
        assert!(all.contains("Nay thuộc xã Ngọc Liên (từ 01/7/2025) | Now part of"), "{all}");
        assert!(all.contains("T1 Sáng kiến | Initiatives"), "the bonus is told too: {all}");
        assert!(!text(&document, Some("D1")).contains("mục nữa"));
        assert!(!text(&document, Some("C1")).contains("D1"));
    }
}
