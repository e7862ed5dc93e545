//! A year from its closing to its publication and an amendment, with real processes: every step that must not be taken is
//! refused by name, and an auditor recomputes what was published.

use anyhow::{Context, Result, ensure};
use danvan_event::{OperatorKey, approval_statement};
use danvan_tests::binary::Danvan;
use danvan_tests::fleet::{Fleet, Machine};
use danvan_tests::publishing::POSTS;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_danvan");
const ON_TIME: &str = "gso2024-15097";
const LATE: &str = "gso2024-15100";
const YEAR: &str = "2024";

/// Answers in March and, where the year is to be complete, one act of January after it.
fn facts(answers: usize, next_year: bool) -> String {
    let form = |kind: &str, time: &str, data: Value| json!({ "specversion": "1.0", "type": format!("vn.danvan.{kind}.v1"), "time": time, "synthetic": true, "data": data });
    let answer = |at: usize| {
        let time = format!("2024-03-08T09:{at:02}:00+07:00");
        form("survey.answered", &time, json!({ "channel": "kiosk", "rating": 5 }))
    };
    let outreach = || form("model.outreach_conducted", "2025-01-02T08:00:00+07:00", json!({ "channel": "meeting" }));
    let forms = (0..answers).map(answer).chain(next_year.then(outreach));
    forms.map(|form| form.to_string() + "\n").collect()
}

async fn record(fleet: &Fleet, danvan: &Danvan, node: &Machine, facts: &str) -> Result<()> {
    let file = fleet.root().join("facts.jsonl");
    std::fs::write(&file, facts)?;
    let (file, token) = (file.display().to_string(), node.dir.join("import.token").display().to_string());
    let imported = danvan.document(&["events", "import", &file, "--to", &node.url(""), "--token-file", &token])?;
    ensure!(imported["refused"] == json!([]), "{imported}");
    fleet.all_receipted().await
}

fn draft_of(closed: &Value) -> Result<String> {
    Ok(closed["closing"]["draft_sha256"].as_str().with_context(|| closed.to_string())?.to_owned())
}

fn says(said: &str, wanted: &[&str]) -> Result<()> {
    wanted.iter().try_for_each(|words| {
        ensure!(said.contains(words), "{words} is not said:\n{said}");
        Ok(())
    })
}

#[tokio::test]
async fn a_year_is_closed_approved_by_two_published_amended_and_recomputed() -> Result<()> {
    let danvan = Danvan::new(BINARY);
    let mut fleet = Fleet::simulated(&danvan, BINARY, &[ON_TIME, LATE])?;
    fleet.start().await?;
    record(&fleet, &danvan, &fleet.nodes[0], &facts(12, true)).await?;
    record(&fleet, &danvan, &fleet.nodes[1], &facts(12, false)).await?;

    says(&fleet.rank_ends(1, &["close", YEAR])?, &["Kỳ này chưa được mở", "never opened"])?;
    fleet.rank(&["open", YEAR])?;
    says(&fleet.rank_ends(3, &["close", YEAR])?, &["Còn chờ dữ liệu", LATE])?;
    says(&fleet.rank_ends(1, &["publish", YEAR])?, &["Còn chờ dữ liệu", LATE])?;
    let first = left_out(&fleet, "Trạm chưa gửi đủ")?;
    refuse_what_is_no_approval(&fleet, &danvan)?;
    says(&fleet.rank_ends(1, &["publish", YEAR])?, &["Còn thiếu 1 phê duyệt", POSTS[0], "1 approvals are missing"])?;
    fleet.approve(YEAR, 1)?;

    let second = left_out(&fleet, "Trạm hỏng ổ đĩa, đã hẹn bổ sung")?;
    says(&fleet.rank_ends(1, &["publish", YEAR])?, &["Còn thiếu 2 phê duyệt"])?;
    replay_an_old_approval(&fleet, &first).await?;
    fleet.approve(YEAR, 0)?;
    fleet.approve(YEAR, 1)?;
    let published = fleet.rank(&["publish", YEAR])?;
    ensure!(published["number"] == 1 && published["draft_sha256"] == *second, "{published}");
    ensure!(published["excluded"][0]["unit"] == LATE, "{published}");
    ensure!(fleet.rank(&["publish", YEAR])?["again"] == true, "nothing is published twice");
    says(&fleet.rank_ends(1, &["publish", YEAR, "--draft", &first])?, &["Mốc dữ liệu lùi"])?;
    fleet.prove()?;

    amend(&fleet, &danvan).await?;
    let replay = fleet.prove()?;
    ensure!(replay["publications"].as_array().is_some_and(|all| all.len() == 2), "{replay}");
    explained(&fleet, &danvan)
}

/// Closes the year without the late commune; the digest of the draft.
fn left_out(fleet: &Fleet, reason: &str) -> Result<String> {
    let closed = fleet.rank(&["close", YEAR, "--exclude", &format!("{LATE}={reason}")])?;
    draft_of(&closed)
}

/// Wrong keys, the same key twice, the same post twice, another draft: each is refused by name, and the first operator's
/// approval stands.
fn refuse_what_is_no_approval(fleet: &Fleet, danvan: &Danvan) -> Result<()> {
    let stranger = fleet.root().join("stranger.key").display().to_string();
    danvan.document(&["operator", "key", "new", "--post", "Không rõ", "--out", &stranger])?;
    let again = danvan.output(&["operator", "key", "new", "--post", "Không rõ", "--out", &stranger])?;
    ensure!(!again.status.success(), "a key is never overwritten");
    let unlisted = fleet.rank_ends(1, &["approve", YEAR, "--key", &stranger])?;
    says(&unlisted, &["không thuộc người phê duyệt nào", "no listed operator"])?;
    let key = |number: usize| fleet.operator_key(number).display().to_string();
    let other = fleet.rank_ends(1, &["approve", YEAR, "--key", &key(0), "--draft", &"0".repeat(64)])?;
    says(&other, &["chưa ký", "nothing was signed"])?;
    fleet.approve(YEAR, 0)?;
    says(&fleet.rank_ends(1, &["approve", YEAR, "--key", &key(0)])?, &["Khoá này đã phê duyệt"])?;
    fleet.new_operator(2, POSTS[0])?;
    says(&fleet.rank_ends(1, &["approve", YEAR, "--key", &key(2)])?, &["Chức vụ này đã phê duyệt"])?;
    let operators = fleet.delist_operator(2, "Nghỉ hưu")?;
    ensure!(
        operators["former"][0]["reason"] == "Nghỉ hưu" && operators["former"][0]["post"] == POSTS[0],
        "{operators}"
    );
    says(&fleet.rank_ends(1, &["approve", YEAR, "--key", &key(2)])?, &["không thuộc người phê duyệt nào"])
}

/// A true signature of a draft that does not lie ready any more is sent again.
async fn replay_an_old_approval(fleet: &Fleet, old: &str) -> Result<()> {
    let secret = std::fs::read_to_string(fleet.operator_key(1))?;
    let key = OperatorKey::from_secret_text(secret.lines().next().context("a line")?)?;
    let current: Value =
        fleet.http().get(fleet.aggregator.url("/api/v1/periods/2024/draft")).send().await?.json().await?;
    let log = current["draft"]["log"].as_str().with_context(|| current.to_string())?;
    let sig = key.sign(&approval_statement(log, YEAR, old));
    let body = json!({ "period": YEAR, "draft_sha256": old, "vkey": key.vkey().to_string(), "sig": sig });
    let token = std::fs::read_to_string(fleet.aggregator.dir.join("operator.token"))?;
    let request = fleet.http().post(fleet.aggregator.url("/api/v1/admin/approvals")).bearer_auth(token.trim());
    let answer = request.json(&body).send().await?;
    ensure!(answer.status().as_u16() == 409, "{}", answer.status());
    let problem: Value = answer.json().await?;
    ensure!(problem["errors"][0]["code"] == "domain.not_the_draft", "{problem}");
    Ok(())
}

/// The late commune sends what was missing, and the official ranking is amended.
async fn amend(fleet: &Fleet, danvan: &Danvan) -> Result<()> {
    record(fleet, danvan, &fleet.nodes[1], &facts(0, true)).await?;
    says(&fleet.rank_ends(1, &["close", YEAR])?, &["Điều chỉnh phải nêu", "its reason"])?;
    let reason = "Dữ liệu đến sau ngày chốt";
    let closed = fleet.rank(&["amend", YEAR, "--reason", reason])?;
    ensure!(closed["closing"]["excluded"] == json!([]), "what was late has come: {closed}");
    fleet.approve(YEAR, 0)?;
    fleet.approve(YEAR, 1)?;
    let amended = fleet.rank(&["publish", YEAR])?;
    ensure!(amended["number"] == 2 && amended["reason"] == reason, "{amended}");
    let page = fleet.http().get(fleet.aggregator.url("/?period=2024")).send().await?.text().await?;
    says(&page, &["Chính thức · số 02", "Điều chỉnh bản số 01", reason, POSTS[0], POSTS[1]])
}

/// Every point expands to events that are named by their ids.
fn explained(fleet: &Fleet, danvan: &Danvan) -> Result<()> {
    let from = fleet.aggregator.url("");
    let document = danvan.document(&["rank", "explain", ON_TIME, "--period", YEAR, "--from", &from])?;
    let entries = document["entries"].as_array().context("entries")?;
    ensure!(entries.len() == 12 && entries.iter().all(|entry| entry["id"].is_string()), "{document}");
    Ok(())
}
