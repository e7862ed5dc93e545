//! The article of 8 March 2024, event by event: from the file through `danvan events import`, node, broker and aggregator
//! to the pages. (`crates/event/tests/seed_article.rs` holds every field beside its sentence.)

use anyhow::{Context, Result, ensure};
use danvan_tests::binary::Danvan;
use danvan_tests::eventually::eventually;
use danvan_tests::fleet::Fleet;
use serde_json::Value;
use std::time::Duration;

const BINARY: &str = env!("CARGO_BIN_EXE_danvan");
const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/examples/loc-thinh-2024.jsonl");
const UNIT: &str = "gso2024-15097";
const PATIENCE: Duration = Duration::from_mins(1);

/// An event, the words of the article that it rests on, and words of it that a reader of the unit's page finds.
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
    step("model.registered", "Việc xây dựng mô hình điểm “Chính quyền thân thiện vì Nhân dân phục vụ” tại xã Lộc Thịnh", "Chính quyền thân thiện vì Nhân dân phục vụ"),
    step("model.guidance_issued", "theo hướng dẫn của ban Dân vận Huyện ủy", "Ban Dân vận Huyện ủy"),
    step("model.coordination_plan_adopted", "trình bày kế hoạch phối của Khối dân vận và UBND xã", "Khối Dân vận xã Lộc Thịnh"),
    step("model.leadership_resolution_adopted", "Nghị quyết về lãnh đạo thực hiện mô hình", ""),
    step("model.steering_board_established", "quyết định thành lập ban điều hành", ""),
    step("model.launch_conference_held", "Khối Dân vận – UBND xã Lộc Thịnh đã tổ chức hội nghị ra mắt", "UBND xã Lộc Thịnh"),
    step("model.directive_given", "dự và phát biểu chỉ đạo tại hội ghị", "Tăng cường công tác tuyên truyền"),
    step("pledge.catalog_published", "nội dung “5 biết”. “3 không”, “4 thực hiện” năm 2024", "5 biết"),
    step("pledge.signed", "ký cam kết quyết tâm thực hiện tốt nội dung", ""),
];

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

    let board = page(&fleet, "/?period=2024").await?;
    ensure!(board.contains(&format!("/units/{UNIT}")) && board.contains("Lộc Thịnh"), "{board}");
    let unit = eventually("the last step is on the unit's page", PATIENCE, || async {
        let unit = page(&fleet, &format!("/units/{UNIT}?period=2024")).await.ok()?;
        unit.contains(&entry_path(STEPS.len())).then_some(unit)
    })
    .await?;
    let forms = std::fs::read_to_string(EXAMPLE)?;
    for ((form, step), index) in forms.lines().zip(STEPS).zip(1..) {
        let form: Value = serde_json::from_str(form)?;
        let id = form["id"].as_str().context("an id")?;
        ensure!(form["type"] == format!("vn.danvan.{}.v1", step.event), "{}: {}", step.event, step.rests_on);
        ensure!(unit.contains(&entry_path(index)), "{} ({}) has no link", step.event, step.rests_on);
        ensure!(unit.contains(step.shown), "{} ({}) does not show {}", step.event, step.rests_on, step.shown);
        let entry = page(&fleet, &entry_path(index)).await?;
        ensure!(entry.contains(id), "{} does not stand at {index}", step.event);
    }
    fleet.publish_and_prove("2024")
}

fn entry_path(index: usize) -> String {
    format!("/units/{UNIT}/entries/{index}")
}
