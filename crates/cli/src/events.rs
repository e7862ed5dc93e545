//! `danvan events import`: facts from a file into a node, through its HTTP.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::Value;

use crate::client::{Client, ClientError, problem_line};
use crate::exit::{Exit, Failure, Outcome};
use crate::input;
use crate::output::Output;

/// Forms in one request: small enough that a busy node answers soon, large enough for its group commit.
pub(crate) const FORMS_PER_REQUEST: usize = 100;
/// How often a busy node is asked again before the import gives up.
const ATTEMPTS: u32 = 150;
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// `danvan events …`
#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// Nhập sự kiện từ tệp vào trạm | Sends intake forms, one JSON per line, to a node
    Import(Import),
}

/// `danvan events import FILE --to URL --token-file F`
#[derive(Debug, Args)]
#[command(
    after_help = "Example: danvan events import loc-thinh-2024.jsonl --to http://127.0.0.1:8410 --token-file import.token"
)]
pub(crate) struct Import {
    /// Intake forms as NDJSON: one CloudEvents JSON per line
    file: PathBuf,
    /// Address of the node
    #[arg(long, value_name = "URL")]
    to: String,
    /// File with the bearer token of the role `import`, readable by its owner only
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,
    /// Public text that looks personal (a phone or identity number, an e-mail address) was looked at and is meant
    #[arg(long)]
    confirm_public_text: bool,
}

/// What became of the forms of one import.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Imported {
    /// Recorded now.
    pub(crate) recorded: u64,
    /// Recorded before: the same form with the same id.
    pub(crate) duplicates: u64,
    /// Refused: nothing of them is stored.
    pub(crate) refused: Vec<RefusedForm>,
    /// The log's size that covers every acknowledged form.
    pub(crate) size: u64,
    /// Where each acknowledged form stands in the log.
    #[serde(skip)]
    pub(crate) indices: Vec<u64>,
}

/// A form that the node did not take.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RefusedForm {
    /// 1-based line of the file.
    pub(crate) line: usize,
    /// HTTP status of the form's own answer.
    pub(crate) status: u64,
    /// What is wrong, in both languages.
    pub(crate) problem: String,
}

impl EventsCommand {
    /// Does it.
    pub(crate) async fn run(self, output: Output) -> Outcome {
        match self {
            Self::Import(import) => import.run(output).await,
        }
    }
}

impl Import {
    async fn run(self, output: Output) -> Outcome {
        let text = String::from_utf8(input::read(&self.file)?)
            .map_err(|error| Failure::usage("tệp không phải UTF-8", "the file is not UTF-8", error))?;
        let client = Client::new(&self.to, Some(input::secret(&self.token_file)?))?;
        let client = client.confirming_public_text(self.confirm_public_text);
        let imported = import(&client, &lines(&text), |_| {}).await?;
        for refused in &imported.refused {
            output.talk(&format!("{}:{}: {} {}", self.file.display(), refused.line, refused.status, refused.problem));
        }
        let text = format!(
            "{} sự kiện đã ghi, {} đã có từ trước, {} bị từ chối | {0} recorded, {1} known before, {2} refused",
            imported.recorded,
            imported.duplicates,
            imported.refused.len()
        );
        output.result(&imported, &text);
        Ok(if imported.refused.is_empty() { Exit::Done } else { Exit::Failed })
    }
}

/// The forms of an NDJSON text with their 1-based line numbers.
pub(crate) fn lines(text: &str) -> Vec<(usize, String)> {
    let numbered = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    numbered.map(|(before, line)| (before + 1, line.to_owned())).collect()
}

/// Sends every form in order, again where the node was busy, until each has an answer. `progress` hears how many more
/// were answered.
pub(crate) async fn import(
    client: &Client,
    forms: &[(usize, String)],
    progress: impl Fn(u64),
) -> Result<Imported, Failure> {
    let mut imported = Imported::default();
    for chunk in forms.chunks(FORMS_PER_REQUEST) {
        let mut waiting = chunk.to_vec();
        for attempt in 0..ATTEMPTS {
            let before = waiting.len();
            waiting = send(client, waiting, attempt, &mut imported).await?;
            progress((before - waiting.len()) as u64);
            if waiting.is_empty() {
                break;
            }
        }
        if !waiting.is_empty() {
            return Err(Failure::unreachable("trạm bận quá lâu", "the node is busy for too long", client.base()));
        }
    }
    Ok(imported)
}

/// One request; gives back the forms that were not stored because the node was busy.
async fn send(
    client: &Client,
    forms: Vec<(usize, String)>,
    attempt: u32,
    imported: &mut Imported,
) -> Result<Vec<(usize, String)>, Failure> {
    let bodies: Vec<String> = forms.iter().map(|(_, form)| form.clone()).collect();
    let answers = match client.post_lines("/api/v1/events", &bodies).await {
        Ok(answers) => answers,
        Err(ClientError::Busy { pause, .. }) => {
            rest(pause, attempt).await;
            return Ok(forms);
        }
        Err(error) => return Err(error.into()),
    };
    if answers.len() != forms.len() {
        let counts = format!("{} ≠ {}", answers.len(), forms.len());
        return Err(Failure::failed("số dòng trả lời sai", "the node answered another number of lines", counts));
    }
    let mut again = Vec::new();
    for ((line, form), answer) in forms.into_iter().zip(&answers) {
        if !imported.take(line, answer) {
            again.push((line, form));
        }
    }
    if !again.is_empty() {
        rest(LONGEST_PAUSE / 10, attempt).await;
    }
    Ok(again)
}

async fn rest(pause: Duration, attempt: u32) {
    tokio::time::sleep((pause * (attempt + 1)).min(LONGEST_PAUSE)).await;
}

impl Imported {
    /// Counts one answer; `false` when the form has to be sent again.
    fn take(&mut self, line: usize, answer: &Value) -> bool {
        if let Some(index) = answer["index"].as_u64() {
            if answer["duplicate"] == true {
                self.duplicates += 1;
            } else {
                self.recorded += 1;
            }
            self.size = self.size.max(index + 1);
            self.indices.push(index);
            return true;
        }
        let problem = answer.get("problem").unwrap_or(answer);
        let status = answer["status"].as_u64().or_else(|| problem["status"].as_u64()).unwrap_or_default();
        if status == 503 {
            return false;
        }
        self.refused.push(RefusedForm { line, status, problem: problem_line(problem) });
        true
    }

    /// Adds what became of other forms of the same node.
    pub(crate) fn add(&mut self, other: Self) {
        self.recorded += other.recorded;
        self.duplicates += other.duplicates;
        self.refused.extend(other.refused);
        self.size = self.size.max(other.size);
        self.indices.extend(other.indices);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_answer_is_counted_once_and_a_busy_one_is_sent_again() {
        let mut imported = Imported::default();
        assert!(imported.take(1, &json!({ "id": "a", "index": 4 })));
        assert!(imported.take(2, &json!({ "id": "b", "index": 2, "duplicate": true })));
        assert!(!imported.take(3, &json!({ "status": 503 })));
        assert!(imported.take(4, &json!({ "status": 422, "problem": { "title": "Sai" } })));
        assert_eq!((imported.recorded, imported.duplicates, imported.size), (1, 1, 5));
        assert_eq!(imported.refused[0].line, 4);
        assert_eq!(imported.refused[0].problem, "Sai");
    }

    #[test]
    fn empty_lines_are_no_forms_and_keep_the_count_of_lines() {
        assert_eq!(lines("{}\n\n{}\n"), [(1, "{}".to_owned()), (3, "{}".to_owned())]);
    }
}
