//! The article of 8 March 2024, event by event: from the file through `danvan events import`, node, broker and aggregator
//! to the pages. (`crates/event/tests/seed_article.rs` holds every field beside its sentence.)

use anyhow::{Context, Result, ensure};
use danvan_event::EventTypeInfo;
use danvan_tests::binary::Danvan;
use danvan_tests::eventually::eventually;
use danvan_tests::fleet::Fleet;
use serde_json::Value;
use std::time::Duration;

const BINARY: &str = env!("CARGO_BIN_EXE_danvan");
const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/examples/loc-thinh-2024.jsonl");
const QUOTES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/examples/loc-thinh-2024.quotes");
const UNIT: &str = "gso2024-15097";
const PATIENCE: Duration = Duration::from_mins(1);

/// An event, words of the article that it rests on, and words of it that a reader of its page finds there.
struct Step {
    event: &'static str,
    rests_on: &'static str,
    shown: &'static str,
}

const fn step(event: &'static str, rests_on: &'static str, shown: &'static str) -> Step {
    Step { event, rests_on, shown }
}

#[rustfmt::skip]
const STEPS: &[Step] = &[
    step("model.registered", "Việc xây dựng mô hình điểm", "Chính quyền thân thiện vì Nhân dân phục vụ"),
    step("model.guidance_issued", "theo hướng dẫn của ban Dân vận Huyện ủy", "Ban Dân vận Huyện ủy"),
    step("model.coordination_plan_adopted", "trình bày kế hoạch phối của Khối dân vận và UBND xã", "Khối Dân vận xã Lộc Thịnh"),
    step("model.leadership_resolution_adopted", "Nghị quyết về lãnh đạo thực hiện mô hình", "model/chinh-quyen-than-thien"),
    step("model.steering_board_established", "quyết định thành lập ban điều hành", "model/chinh-quyen-than-thien"),
    step("model.launch_conference_held", "Khối Dân vận – UBND xã Lộc Thịnh đã tổ chức hội nghị ra mắt", "2024-03-08"),
    step("model.directive_given", "dự và phát biểu chỉ đạo tại hội ghị", "Tăng cường công tác tuyên truyền"),
    step("pledge.catalog_published", "nội dung “5 biết”. “3 không”, “4 thực hiện” năm 2024", "4 thực hiện"),
    step("pledge.signed", "ký cam kết quyết tâm thực hiện tốt nội dung", "5-biet-3-khong-4-thuc-hien"),
];

/// Where the plan, the resolution, the decision on the board and the conference stand: the node's log begins with the entry
/// that opened it, the article's events follow in their order.
const ROLLOUT: [u64; 4] = [3, 4, 5, 6];

async fn page(fleet: &Fleet, path: &str) -> Result<String> {
    let answer = fleet.http().get(fleet.aggregator.url(path)).send().await?;
    ensure!(answer.status().is_success(), "{path}: {}", answer.status());
    Ok(answer.text().await?)
}

#[tokio::test]
async fn every_event_of_the_article_reaches_the_ranking_page() -> Result<()> {
    let danvan = Danvan::new(BINARY);
    let mut fleet = Fleet::make(&danvan, BINARY, &[UNIT])?;
    fleet.start().await?;
    let node = &fleet.nodes[0];
    let token = node.dir.join("import.token").display().to_string();
    let import = ["events", "import", EXAMPLE, "--to", &node.url(""), "--token-file", &token].map(str::to_owned);
    let imported = danvan.document(&import)?;
    ensure!(imported["recorded"] == STEPS.len() && imported["refused"] == serde_json::json!([]), "{imported}");
    let again = danvan.document(&import)?;
    ensure!(again["recorded"] == 0 && again["duplicates"] == STEPS.len(), "a second import records nothing: {again}");
    fleet.all_receipted().await?;

    let unit = eventually("the last step is on the unit's page", PATIENCE, || async {
        let unit = page(&fleet, &format!("/units/{UNIT}?period=2024")).await.ok()?;
        unit.contains(&entry_path(STEPS.len())).then_some(unit)
    })
    .await?;
    assert_every_step_is_shown(&fleet, &unit).await?;
    assert_the_rollout_counts(&fleet).await?;
    eventually("the ranking page shows the ranking that counts the roll-out", PATIENCE, || async {
        let ranking: Value = serde_json::from_str(&page(&fleet, "/api/v1/rankings?period=2024").await.ok()?).ok()?;
        let row = ranking["rows"].as_array()?.iter().find(|row| row["unit"] == UNIT)?;
        let counts = row["criteria"].as_array()?.iter().any(|one| one["code"] == "A1" && one["k"] == ROLLOUT.len());
        let shown = page(&fleet, "/?period=2024").await.ok()?;
        let names = shown.contains(&format!("/units/{UNIT}")) && shown.contains("Lộc Thịnh");
        (counts && names && shown.contains(ranking["sha256"].as_str()?)).then_some(())
    })
    .await?;
    fleet.publish_and_prove("2024")
}

/// Every event has words of the article beside it, a link on the unit's page, and a page that says what it is and says.
async fn assert_every_step_is_shown(fleet: &Fleet, unit: &str) -> Result<()> {
    let (forms, quotes) = (std::fs::read_to_string(EXAMPLE)?, std::fs::read_to_string(QUOTES)?);
    for ((form, step), index) in forms.lines().zip(STEPS).zip(1..) {
        let form: Value = serde_json::from_str(form)?;
        let (id, kind) = (form["id"].as_str().context("an id")?, form["type"].as_str().context("a type")?);
        ensure!(kind == format!("vn.danvan.{}.v1", step.event), "{}: {}", step.event, step.rests_on);
        ensure!(quotes.contains(step.rests_on), "{}: the article does not say {}", step.event, step.rests_on);
        ensure!(unit.contains(&entry_path(index)), "{} ({}) has no link", step.event, step.rests_on);
        let entry = page(fleet, &entry_path(index)).await?;
        let title = EventTypeInfo::of(&kind.parse()?).context("a known type")?.title_vi;
        for words in [id, title, step.shown] {
            ensure!(entry.contains(words), "{} at {index} does not show {words}", step.event);
        }
    }
    Ok(())
}

/// The explanation counts the four acts of the roll-out and names their entries as its evidence.
async fn assert_the_rollout_counts(fleet: &Fleet) -> Result<()> {
    let explained: Value = serde_json::from_str(&page(fleet, &format!("/api/v1/units/{UNIT}?period=2024")).await?)?;
    let components = explained["components"].as_array().context("components")?;
    let mut criteria = components.iter().filter_map(|component| component["criteria"].as_array()).flatten();
    let rollout = criteria.find(|criterion| criterion["code"] == "A1").context("A1")?;
    ensure!(rollout["k"] == 4 && rollout["n"] == 4 && rollout["points_centi"] == rollout["max_centi"], "{rollout}");
    ensure!(rollout["favourable"] == serde_json::json!(ROLLOUT), "{rollout}");
    Ok(())
}

fn entry_path(index: usize) -> String {
    format!("/units/{UNIT}/entries/{index}")
}
