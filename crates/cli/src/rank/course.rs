//! The steps of a period: open, close, approve, publish, amend.

use std::path::PathBuf;

use clap::Args;
use danvan_event::{OperatorKey, approval_statement};
use serde_json::{Value, json};

use super::draft::Draft;
use crate::client::Client;
use crate::exit::{Exit, Failure, Outcome};
use crate::input;
use crate::operator;
use crate::output::Output;

/// The aggregator that a step is asked of.
#[derive(Debug, Args)]
pub(crate) struct Target {
    /// Address of the aggregator
    #[arg(long, value_name = "URL", default_value = super::AGGREGATOR)]
    to: String,
    /// File with the operator's token, readable by its owner only
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,
}

/// `danvan rank open`
#[derive(Debug, Args)]
#[command(after_help = "Example: danvan rank open 2024 --token-file ./aggregator/operator.token")]
pub(crate) struct Open {
    /// 2024, 2024-Q1 or 2024-03
    period: String,
    /// SHA-256 of an adopted rulebook; the one adopted last when absent
    #[arg(long, value_name = "SHA256")]
    rulebook: Option<String>,
    #[command(flatten)]
    target: Target,
}

/// `danvan rank close`
#[derive(Debug, Args)]
#[command(after_help = "Example: danvan rank close 2024 --exclude \"gso2024-15100=Trạm hỏng ổ đĩa\" \
    --token-file ./aggregator/operator.token")]
pub(crate) struct Close {
    /// 2024, 2024-Q1 or 2024-03
    period: String,
    #[command(flatten)]
    left_out: LeftOut,
    #[command(flatten)]
    target: Target,
}

/// `danvan rank amend`
#[derive(Debug, Args)]
#[command(after_help = "Example: danvan rank amend 2024 --reason \"Dữ liệu của xã Lộc Thịnh đến sau ngày chốt\" \
    --token-file ./aggregator/operator.token")]
pub(crate) struct Amend {
    /// 2024, 2024-Q1 or 2024-03
    period: String,
    /// Why the official ranking is amended; it is published
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    left_out: LeftOut,
    #[command(flatten)]
    target: Target,
}

/// Late units that are not waited for, those that sent nothing among them.
#[derive(Debug, Args)]
pub(crate) struct LeftOut {
    /// Leaves a unit that is late, or whose enrolled node sent nothing yet, out of the ranking, with a reason that is published; may be repeated
    #[arg(long, value_name = "UNIT=REASON", value_parser = exclusion)]
    exclude: Vec<Value>,
}

/// `danvan rank approve`
#[derive(Debug, Args)]
#[command(
    after_help = "Example: danvan rank approve 2024 --key ./operator.key --token-file ./aggregator/operator.token"
)]
pub(crate) struct Approve {
    /// 2024, 2024-Q1 or 2024-03
    period: String,
    /// File with the operator's secret key, readable by its owner only
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Signs only the draft with this SHA-256, the one that was looked at before
    #[arg(long, value_name = "SHA256")]
    draft: Option<String>,
    #[command(flatten)]
    target: Target,
}

/// `danvan rank publish`
#[derive(Debug, Args)]
#[command(after_help = "Example: danvan rank publish 2024 --token-file ./aggregator/operator.token")]
pub(crate) struct Publish {
    /// 2024, 2024-Q1 or 2024-03
    period: String,
    /// Publishes only the draft with this SHA-256
    #[arg(long, value_name = "SHA256")]
    draft: Option<String>,
    #[command(flatten)]
    target: Target,
}

impl Target {
    fn client(&self) -> Result<Client, Failure> {
        Client::new(&self.to, Some(input::secret(&self.token_file)?))
    }
}

impl Open {
    pub(crate) async fn run(self, output: Output) -> Outcome {
        let opened = open(&self.target.client()?, &self.period, self.rulebook.as_deref()).await?;
        output.result(&opened, &format!("Đã mở kỳ {0} | The period {0} is open", self.period));
        Ok(Exit::Done)
    }
}

impl Close {
    pub(crate) async fn run(self, output: Output) -> Outcome {
        let closed = close(&self.target.client()?, &self.period, &self.left_out.exclude, None).await?;
        Ok(told(output, &closed))
    }
}

impl Amend {
    pub(crate) async fn run(self, output: Output) -> Outcome {
        let closed = close(&self.target.client()?, &self.period, &self.left_out.exclude, Some(&self.reason)).await?;
        Ok(told(output, &closed))
    }
}

impl Approve {
    pub(crate) async fn run(self, output: Output) -> Outcome {
        let key = operator::key_of(&self.key)?;
        let client = self.target.client()?;
        let draft = Draft::of(&client, &self.period).await?;
        if let Some(wanted) = self.draft.filter(|wanted| *wanted != draft.sha256) {
            let both = format!("{} ≠ {wanted}", draft.sha256);
            return Err(Failure::failed(
                "bản dự thảo đã khác, chưa ký",
                "the draft is another one, nothing was signed",
                both,
            ));
        }
        output.talk(&draft.text());
        let approved = approve(&client, &draft, &key).await?;
        output.result(&approved, &format!("Đã ký và gửi phê duyệt | Signed and sent: {}", draft.sha256));
        Ok(Exit::Done)
    }
}

impl Publish {
    pub(crate) async fn run(self, output: Output) -> Outcome {
        let published = publish(&self.target.client()?, &self.period, self.draft.as_deref()).await?;
        let (vi, en) = if published["again"] == true {
            ("Đã công bố từ trước", "Published before")
        } else {
            ("Đã công bố", "Published")
        };
        let number = published["number"].as_u64().unwrap_or_default();
        let digest = published["output_sha256"].as_str().unwrap_or_default();
        output.result(&published, &format!("{vi} | {en}: {} số {number:02}, sha256 {digest}", self.period));
        Ok(Exit::Done)
    }
}

/// Opens a period under a rulebook, the last adopted one when none is named.
pub(crate) async fn open(client: &Client, period: &str, rulebook: Option<&str>) -> Result<Value, Failure> {
    let mut request = json!({ "period": period });
    if let Some(sha256) = rulebook {
        request["rulebook_sha256"] = json!(sha256);
    }
    Ok(client.post("/api/v1/admin/periods", &request).await?)
}

/// Closes a period, or, with a reason, draws up the amendment of its last publication.
pub(crate) async fn close(
    client: &Client,
    period: &str,
    exclude: &[Value],
    reason: Option<&str>,
) -> Result<Value, Failure> {
    let mut request = json!({ "period": period, "exclude": exclude });
    if let Some(reason) = reason {
        request["reason"] = json!(reason);
    }
    Ok(client.post("/api/v1/admin/closings", &request).await?)
}

/// Signs a draft that was checked, and hands the signature over.
pub(crate) async fn approve(client: &Client, draft: &Draft, key: &OperatorKey) -> Result<Value, Failure> {
    let (log, period) = (&draft.document.log, &draft.document.period);
    let request = json!({
        "period": period,
        "draft_sha256": draft.sha256,
        "vkey": key.vkey().to_string(),
        "sig": key.sign(&approval_statement(log, period, &draft.sha256)),
    });
    Ok(client.post("/api/v1/admin/approvals", &request).await?)
}

/// Publishes the approved draft of a period; gives back what the aggregator recorded.
pub(crate) async fn publish(client: &Client, period: &str, draft: Option<&str>) -> Result<Value, Failure> {
    let mut request = json!({ "period": period });
    if let Some(sha256) = draft {
        request["draft_sha256"] = json!(sha256);
    }
    Ok(client.post("/api/v1/admin/publications", &request).await?)
}

/// Says what came of a closing: a draft, or who is waited for.
fn told(output: Output, closed: &Value) -> Exit {
    let closing = &closed["closing"];
    let waiting = closing["waiting"].as_array().cloned().unwrap_or_default();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let lines = if waiting.is_empty() {
        let digest = text(closing, "draft_sha256");
        format!("Bản dự thảo chờ phê duyệt | The draft to approve: sha256 {digest}")
    } else {
        let units = waiting.iter().map(|row| format!("\n  {} ({})", text(row, "name"), text(row, "unit")));
        format!("Còn chờ dữ liệu của | Waiting for the data of:{}", units.collect::<String>())
    };
    output.result(closed, &lines);
    if waiting.is_empty() { Exit::Done } else { Exit::Incomplete }
}

/// `UNIT=REASON`
fn exclusion(text: &str) -> Result<Value, String> {
    let shape = "cần ĐƠN_VỊ=LÝ_DO, ví dụ gso2024-15100=Trạm hỏng ổ đĩa | expected UNIT=REASON";
    let (unit, reason) = text.split_once('=').ok_or(shape)?;
    let unit: danvan_event::UnitId = unit
        .trim()
        .parse()
        .map_err(|error: danvan_event::UnitIdError| format!("mã đơn vị {} không đúng | {error}", unit.trim()))?;
    if reason.trim().is_empty() {
        return Err("loại một đơn vị ra phải nêu lý do | a unit is left out with a reason".to_owned());
    }
    Ok(json!({ "unit": unit, "reason": reason.trim() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_left_out_with_a_reason_or_not_at_all() {
        let left_out = exclusion("gso2024-15100=Trạm hỏng = chờ sửa").unwrap();
        assert_eq!(left_out, json!({ "unit": "gso2024-15100", "reason": "Trạm hỏng = chờ sửa" }));
        for (wrong, vi) in [
            ("gso2024-15100", "cần ĐƠN_VỊ=LÝ_DO"),
            ("gso2024-15100= ", "phải nêu lý do"),
            ("15100=x", "mã đơn vị 15100 không đúng"),
        ] {
            let told = exclusion(wrong).unwrap_err();
            assert!(told.contains(vi), "{told}");
            assert!(told.contains(" | "), "Vietnamese first, English beside it: {told}");
        }
    }
}
