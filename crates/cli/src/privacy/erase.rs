//! `danvan privacy erase`: what the vault holds of events is destroyed, through the node. Without `--yes` only what would go is shown.

use clap::{Args, ValueEnum};
use danvan_event::EventId;
use serde_json::{Value, json};

use super::Desk;
use super::find::names;
use crate::client::{Client, ClientError};
use crate::exit::{Exit, Failure, Outcome};
use crate::new_event;
use crate::output::{Output, table};

/// Events that one erasure names, as in the schema of `privacy.erased`.
const MOST_EVENTS: usize = 1000;
/// How often a busy node is asked again with the same erasure.
const ATTEMPTS: u32 = 10;

/// `danvan privacy erase ID… --reason R`
#[derive(Debug, Args)]
#[command(
    after_help = "Example: danvan privacy erase 018e1cfa-1b40-7abc-8def-0123456789ab --reason requested --token-file staff.token
Without --yes nothing is erased; exit code 10 when something would be."
)]
pub(crate) struct Erase {
    /// Ids of the events, as `privacy find` shows them
    #[arg(required = true, value_name = "ID")]
    ids: Vec<EventId>,
    /// Why
    #[arg(long)]
    reason: Reason,
    /// Erase. It cannot be undone
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    desk: Desk,
}

/// Why personal data are erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Reason {
    /// Theo yêu cầu của người dân
    Requested,
    /// Hết thời hạn lưu giữ
    RetentionOver,
    /// Ghi nhầm
    WronglyRecorded,
}

impl Reason {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::RetentionOver => "retention_over",
            Self::WronglyRecorded => "wrongly_recorded",
        }
    }
}

impl Erase {
    pub(super) async fn run(mut self, output: Output) -> Outcome {
        self.ids.sort_unstable();
        self.ids.dedup();
        if self.ids.len() > MOST_EVENTS {
            return Err(Failure::new(
                Exit::Usage,
                format!("tối đa {MOST_EVENTS} sự kiện một lần"),
                format!("at most {MOST_EVENTS} events at once"),
            ));
        }
        let client = self.desk.client()?;
        let mut records = Vec::new();
        for id in &self.ids {
            records.push(client.get(&format!("/api/v1/privacy/records/{id}")).await?);
        }
        let held = records.iter().filter(|record| record["fields"] != json!([])).count();
        if !self.yes {
            output.result(&json!({ "records": records, "would_erase": held }), &rehearsed(&records, held));
            return Ok(if held > 0 { Exit::Different } else { Exit::Done });
        }
        let form = self.form()?;
        let recorded = send(&client, &form).await?;
        let text = format!("Đã xoá dữ liệu cá nhân của {held} sự kiện, ghi tại mục {} | erased", recorded["index"]);
        let document = json!({ "id": recorded["id"], "index": recorded["index"], "records": records, "erased": held });
        output.result(&document, &text);
        Ok(Exit::Done)
    }

    /// The erasure as a form with its own id, so that it may be sent again.
    fn form(&self) -> Result<Value, Failure> {
        let id = new_event::id()?;
        let ids: Vec<String> = self.ids.iter().map(ToString::to_string).collect();
        Ok(json!({
            "specversion": "1.0",
            "type": "vn.danvan.privacy.erased.v1",
            "id": id.to_string(),
            "data": { "event_ids": ids, "reason": self.reason.as_str() },
        }))
    }
}

async fn send(client: &Client, form: &Value) -> Result<Value, Failure> {
    let mut attempt = 1;
    loop {
        match client.post("/api/v1/events", form).await {
            Err(ClientError::Busy { pause, .. }) if attempt < ATTEMPTS => {
                tokio::time::sleep(pause).await;
                attempt += 1;
            }
            answered => return Ok(answered?),
        }
    }
}

fn rehearsed(records: &[Value], held: usize) -> String {
    let cell = |record: &Value, key: &str| record[key].as_str().unwrap_or("–").to_owned();
    let rows = records.iter().map(|record| {
        let fields = names(&record["fields"]);
        let fields = if fields.is_empty() { "(không còn gì | nothing held)".to_owned() } else { fields };
        vec![cell(record, "id"), cell(record, "date"), cell(record, "channel"), fields]
    });
    let table = table(&["Mã sự kiện", "Ngày", "Kênh", "Sẽ xoá"], rows, &[]);
    format!(
        "{table}\nSẽ xoá dữ liệu cá nhân của {held} sự kiện, không khôi phục được; thêm --yes để xoá.\n\
         {held} records would be erased for ever; add --yes to do it."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rehearsal_names_fields_and_says_how_to_go_on() {
        let records = [
            json!({ "id": "a", "date": "2026-11-24", "channel": "box", "fields": ["/data/contact", "/data/text"] }),
            json!({ "id": "b", "date": "2026-11-24", "fields": [] }),
        ];
        let text = rehearsed(&records, 1);
        assert!(text.contains("contact, text") && text.contains("không còn gì") && text.contains("--yes"), "{text}");
    }
}
