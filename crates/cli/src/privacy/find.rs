//! `danvan privacy find`: which records are about a person. Their words are shown only after the log says who looks and why.

use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use super::Desk;
use crate::exit::{Exit, Failure, Outcome};
use crate::input;
use crate::output::{Output, table};

/// Most records that one command opens.
const MOST_SHOWN: usize = 20;

/// `danvan privacy find --phone|--name|--words|--code`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  danvan privacy find --name - --token-file staff.token             # the name is typed, and stays out of the shell's history
  danvan privacy find --code 0123-4567-89AB --show --purpose answer-citizen --staff-key mc01 --token-file staff.token")]
pub(crate) struct Find {
    #[command(flatten)]
    wanted: Wanted,
    /// Show the words. Each record that is shown is first recorded in the log as looked at
    #[arg(long, requires_all = ["purpose", "staff_key"])]
    show: bool,
    /// What the words are looked at for
    #[arg(long, requires = "show")]
    purpose: Option<Purpose>,
    /// The unit's own key of the official who looks; never a name
    #[arg(long, value_name = "KEY", requires = "show")]
    staff_key: Option<String>,
    #[command(flatten)]
    desk: Desk,
}

/// What is looked for. Of what is given, all must be in one record; diacritics and case do not matter. `-` reads a line of standard input.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct Wanted {
    /// A phone number, however it is written
    #[arg(long)]
    phone: Option<String>,
    /// A name: whole words in their order
    #[arg(long)]
    name: Option<String>,
    /// Words, in any order
    #[arg(long)]
    words: Option<String>,
    /// The code that the kiosk gave with its thanks
    #[arg(long)]
    code: Option<String>,
}

/// What a record is looked at for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Purpose {
    /// Giải quyết phản ánh
    HandleCase,
    /// Liên hệ trả lời người dân
    AnswerCitizen,
    /// Thực hiện yêu cầu về dữ liệu cá nhân
    ErasureRequest,
    /// Thanh tra, kiểm tra
    Inspection,
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::HandleCase => "handle_case",
            Self::AnswerCitizen => "answer_citizen",
            Self::ErasureRequest => "erasure_request",
            Self::Inspection => "inspection",
        }
    }
}

impl Wanted {
    fn question(self) -> Result<Value, Failure> {
        let mut question = Map::new();
        for (member, given) in [("phone", self.phone), ("name", self.name), ("words", self.words), ("code", self.code)]
        {
            match given.as_deref() {
                Some("-") => question.insert(member.to_owned(), input::line()?.into()),
                Some(text) => question.insert(member.to_owned(), text.into()),
                None => None,
            };
        }
        Ok(question.into())
    }
}

impl Find {
    pub(super) async fn run(self, output: Output) -> Outcome {
        let client = self.desk.client()?;
        let mut found = client.post("/api/v1/privacy/find", &self.wanted.question()?).await?;
        let mut stopped = None;
        if let (true, Some(purpose), Some(staff_key)) = (self.show, self.purpose, self.staff_key) {
            let hits = found["hits"].as_array_mut().map(std::mem::take).unwrap_or_default();
            if hits.len() > MOST_SHOWN {
                return Err(too_many(hits.len()));
            }
            let mut shown = Vec::new();
            for mut hit in hits {
                let look = json!({ "event": hit["id"], "purpose": purpose.as_str(), "staff_key": staff_key });
                match client.post("/api/v1/privacy/disclosures", &look).await {
                    Ok(disclosed) => {
                        hit["disclosure"] = disclosed["id"].clone();
                        hit["openings"] = disclosed["openings"].clone();
                        shown.push(hit);
                    }
                    Err(error) => {
                        stopped = Some(Failure::from(error));
                        break;
                    }
                }
            }
            found["hits"] = shown.into();
        }
        output.result(&found, &text(&found));
        // What was looked at is told, whatever came after.
        stopped.map_or(Ok(Exit::Done), Err)
    }
}

fn too_many(number: usize) -> Failure {
    Failure::new(
        Exit::Usage,
        format!(
            "tìm thấy {number} phiếu: chỉ mở tối đa {MOST_SHOWN} phiếu một lần, hãy tìm hẹp hơn; chưa mở phiếu nào"
        ),
        format!("{number} records: at most {MOST_SHOWN} are opened at once, look for less; none was opened"),
    )
}

fn text(found: &Value) -> String {
    let hits = found["hits"].as_array().map(Vec::as_slice).unwrap_or_default();
    if hits.is_empty() {
        return "Không tìm thấy phiếu nào | No record".to_owned();
    }
    let cell = |hit: &Value, key: &str| hit[key].as_str().unwrap_or("–").to_owned();
    let rows = hits.iter().map(|hit| {
        let mut fields = names(&hit["fields"]);
        for opening in hit["openings"].as_array().into_iter().flatten() {
            let value = opening["value"].as_str().map_or_else(|| opening["value"].to_string(), str::to_owned);
            fields = format!("{fields}\n{} = {value}", name(&opening["pointer"]));
        }
        vec![cell(hit, "id"), cell(hit, "date"), cell(hit, "channel"), fields]
    });
    let mut text = table(&["Mã sự kiện", "Ngày", "Kênh", "Có ở mục"], rows, &[]);
    if let Some(more) = found["left_off"].as_u64().filter(|more| *more > 0) {
        text = format!("{text}\nCòn {more} phiếu nữa, hãy tìm hẹp hơn | {more} more, look for less");
    }
    text
}

/// The names of fields, without the path that all share.
pub(super) fn names(pointers: &Value) -> String {
    let names: Vec<&str> = pointers.as_array().into_iter().flatten().map(name).collect();
    names.join(", ")
}

fn name(pointer: &Value) -> &str {
    let pointer = pointer.as_str().unwrap_or_default();
    pointer.strip_prefix("/data/").unwrap_or(pointer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_in_the_table_only_where_they_were_opened() {
        let mut found = json!({
            "hits": [{ "id": "018e", "date": "2026-11-24", "channel": "kiosk", "fields": ["/data/name"] }], "left_off": 3,
        });
        let closed = text(&found);
        assert!(closed.contains("018e") && closed.contains("┆ name") && closed.contains("Còn 3"), "{closed}");
        found["hits"][0]["openings"] = json!([{ "pointer": "/data/name", "value": "Lò Thị Mô Phỏng" }]);
        assert!(text(&found).contains("name = Lò Thị Mô Phỏng"));
        assert!(text(&json!({ "hits": [] })).starts_with("Không tìm thấy"));
    }
}
