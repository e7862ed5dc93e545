//! The draft of a publication as an operator checks it before signing: every digest recomputed, everything in it shown.

use clap::Args;
use danvan_event::RankingDraft;
use danvan_projection::RulebookFixed;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{ranked_units, ranking_table};
use crate::client::Client;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::Output;

/// `danvan rank draft`
#[derive(Debug, Args)]
pub(crate) struct ShowDraft {
    /// 2024, 2024-Q1 or 2024-03
    period: String,
    /// Address of the aggregator
    #[arg(long, value_name = "URL", default_value = super::AGGREGATOR)]
    from: String,
}

/// A draft of which every document is the one that its digest names.
#[derive(Debug)]
pub(crate) struct Draft {
    /// What is signed by its digest.
    pub(crate) document: RankingDraft,
    /// The digest.
    pub(crate) sha256: String,
    inputs: Value,
    ranking: Value,
    served: Value,
}

impl ShowDraft {
    pub(crate) async fn run(self, output: Output) -> Outcome {
        let draft = Draft::of(&Client::new(&self.from, None)?, &self.period).await?;
        output.result(&draft.served, &draft.text());
        Ok(Exit::Done)
    }
}

impl Draft {
    /// The draft that an aggregator holds ready for a period.
    pub(crate) async fn of(client: &Client, period: &str) -> Result<Self, Failure> {
        Self::checked(client.get(&format!("/api/v1/periods/{period}/draft")).await?, period)
    }

    /// Nothing that an aggregator serves is believed: the digests are recomputed from the documents.
    fn checked(served: Value, period: &str) -> Result<Self, Failure> {
        let differs = |what: &str| {
            Failure::failed(
                "bản dự thảo không khớp mã băm, không được ký",
                "the draft is not what its digest says: do not sign",
                what,
            )
        };
        let text = |name: &str| served[name].as_str().unwrap_or_default();
        let document: RankingDraft =
            serde_json::from_value(served["draft"].clone()).map_err(|error| differs(&format!("draft: {error}")))?;
        let sha256 = document.sha256().map_err(|error| differs(&format!("draft: {error}")))?;
        for (name, found, announced) in [
            ("draft_sha256", sha256.as_str(), text("draft_sha256")),
            ("inputs", digest(text("inputs")).as_str(), document.inputs_sha256.as_str()),
            ("ranking", digest(text("ranking")).as_str(), document.output_sha256.as_str()),
            ("period", document.period.as_str(), period),
        ] {
            if found != announced {
                return Err(differs(name));
            }
        }
        let parsed =
            |name: &str| serde_json::from_str(text(name)).map_err(|error| differs(&format!("{name}: {error}")));
        let (inputs, ranking) = (parsed("inputs")?, parsed("ranking")?);
        Ok(Self { document, sha256, inputs, ranking, served })
    }

    /// Everything that an approval answers for.
    pub(crate) fn text(&self) -> String {
        let draft = &self.document;
        let mut lines = vec![
            ranking_table(&ranked_units(&self.ranking)),
            format!("Kỳ {0}, mốc dữ liệu {1} | Period {0}, cut {1}; sổ | log {2}", draft.period, draft.cut, draft.log),
            format!("Sổ đầu vào | Logs that count: {}", draft.inputs_count),
        ];
        let absent = self.inputs["absent"].as_array().into_iter().flatten().filter_map(Value::as_str);
        lines.extend(absent.map(|origin| format!("Vắng | Absent: {origin}")));
        let left_out =
            draft.excluded.iter().map(|one| format!("Không đưa vào | Left out: {} ({})", one.unit, one.reason));
        lines.extend(left_out);
        if let (Some(earlier), Some(reason)) = (&draft.supersedes, &draft.reason) {
            lines.push(format!(
                "Điều chỉnh lần công bố ở mục {0} | Amends the publication at entry {0}: {reason}",
                earlier.index
            ));
        }
        lines.push(format!("Bộ tiêu chí | Rulebook: sha256 {}", draft.rulebook_sha256));
        let fixed = serde_json::from_value::<RulebookFixed>(self.ranking["rulebook_fixed"].clone());
        lines.extend(fixed.map(|fixed| format!("{} | {}", fixed.title_vi(), fixed.title_en())));
        lines.push(format!("Bản dự thảo | Draft: sha256 {}", self.sha256));
        lines.join("\n")
    }
}

fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn served() -> Value {
        let (inputs, ranking) = (r#"{"absent":["demo/u/x"],"inputs":[]}"#, r#"{"rows":[],"rulebook_fixed":"after"}"#);
        let draft = json!({
            "cut": 9, "engine": "e/1", "inputs_count": 0, "inputs_sha256": digest(inputs), "log": "demo/a/x",
            "output_sha256": digest(ranking), "period": "2024", "rulebook_sha256": "1".repeat(64),
            "excluded": [{ "unit": "gso2024-15100", "reason": "Trạm hỏng" }],
        });
        let sha256 = serde_json::from_value::<RankingDraft>(draft.clone()).unwrap().sha256().unwrap();
        json!({ "draft": draft, "draft_sha256": sha256, "inputs": inputs, "ranking": ranking })
    }

    #[test]
    fn an_operator_sees_who_is_absent_and_who_is_left_out() {
        let text = Draft::checked(served(), "2024").unwrap().text();
        for said in ["Vắng | Absent: demo/u/x", "gso2024-15100 (Trạm hỏng)", "mốc dữ liệu 9", "sau khi kỳ đã kết thúc"]
        {
            assert!(text.contains(said), "{text}");
        }
    }

    #[test]
    fn a_draft_that_was_tampered_with_is_not_signed() {
        for (name, value) in [
            ("/inputs", json!(r#"{"absent":[],"inputs":[]}"#)),
            ("/ranking", json!(r#"{"rows":[1]}"#)),
            ("/draft/cut", json!(10)),
            ("/draft/excluded/0/reason", json!("Không rõ")),
            ("/draft/log", json!("demo/a/y")),
            ("/draft_sha256", json!("0".repeat(64))),
        ] {
            let mut tampered = served();
            *tampered.pointer_mut(name).unwrap() = value;
            assert_eq!(Draft::checked(tampered, "2024").unwrap_err().exit(), Exit::Failed, "{name}");
        }
        assert!(Draft::checked(served(), "2025").is_err(), "the draft of another period");
    }
}
