//! What the pages claim: nothing is called real, official, current or dated that is not.

use std::collections::BTreeMap;

use danvan_event::{CatalogGroup, CatalogueFile, PledgeCatalogPublished};

use super::*;

const NOTICE: &str = "<strong>Dữ liệu mô phỏng.</strong>";

fn attribution() -> Attribution {
    Attribution {
        unit: "gso2024-15097".parse().expect("a unit"),
        vi: "Các mục 1 đến 1 là thật.".to_owned(),
        en: "Entries 1 to 1 are real.".to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_the_settings_makes_a_fact_real() {
    let site = Site::new();
    let mut node = TestNode::new(15100);
    node.answers(12);
    let subject = format!("survey/{}", node.next_id());
    node.say("survey.answered.v1", &subject, false, json!({ "channel": "kiosk", "rating": 5 }));
    site.trial.receive(vec![node.whole()]);
    site.rank_again();
    for path in ["/", "/units/gso2024-15097", "/units/gso2024-15100", "/fleet"] {
        let (_, html) = site.get(path).await;
        for claim in ["sự kiện thật", "báo chí", "are real"] {
            assert!(!html.contains(claim), "{path} claims: {claim}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_tapped_at_the_kiosk_is_named_and_linked_on_the_page_as_not_counted() {
    let site = Site::new();
    let mut node = TestNode::new(15100);
    let subject = format!("survey/{}", node.next_id());
    node.say("survey.answered.v1", &subject, true, json!({ "channel": "kiosk", "rating": 5 }));
    site.trial.receive(vec![node.whole()]);
    site.rank_again();
    let (_, html) = site.get("/units/gso2024-15100").await;
    let last = node.entries.len() - 1;
    assert!(html.contains("Phiếu tại ki-ốt: công khai, không tính vào điểm"), "{html}");
    let links = format!(
        "Không tính <span lang=\"en\" class=\"en\">Not counted</span>: <a href=\"/units/gso2024-15100/entries/{last}\">"
    );
    assert!(html.contains(&links), "{html}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_settings_say_stands_on_the_ranking_and_on_the_pages_of_that_unit_alone() {
    let site = Site::with(vec![attribution()]);
    let said = |html: &str| html.contains("Các mục 1 đến 1 là thật.") && html.contains("Entries 1 to 1 are real.");
    let (_, board) = site.get("/").await;
    assert!(said(&board) && board.contains("Có sự kiện thật"));
    assert!(board.contains("href=\"/units/gso2024-15097?period=2024\""));
    assert!(said(&site.get("/units/gso2024-15097").await.1));
    assert!(said(&site.get("/units/gso2024-15097/entries/1").await.1));
    assert!(!said(&site.get("/units/gso2024-15097/entries/2").await.1), "that entry is generated");
    assert!(!said(&site.get("/units/gso2024-15100").await.1));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_that_rests_on_simulated_data_says_so() {
    let site = Site::new();
    let index = site.publish().await;
    let published = format!("/?period=2024&published={index}");
    let pages = [
        "/",
        "/?live=off",
        &published,
        "/fleet",
        "/units/gso2024-15097",
        "/units/gso2024-15097/entries/1",
        "/units/gso2024-15097/entries/2",
    ];
    for path in pages {
        let (_, html) = site.get(path).await;
        assert!(html.contains(NOTICE) && html.contains("Synthetic data."), "{path}");
    }
    let (_, html) = site.get("/units/gso2024-15100").await;
    assert!(!html.contains(NOTICE), "nothing of this unit is held");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publication_is_shown_with_its_own_numbers_and_names() {
    let site = Site::new();
    let index = site.publish().await;
    let path = format!("/?period=2024&published={index}");
    let (_, before) = site.get(&path).await;
    let mut node = TestNode::new(15100);
    node.answers(12);
    site.trial.receive(vec![node.whole()]);
    site.rank_again();
    let (_, after) = site.get(&path).await;
    assert_eq!(before, after, "what came later changes nothing");
    let (_, live) = site.get("/").await;
    let (was, is) = ("Ý kiến được tính\">20</td>", "Ý kiến được tính\">12</td>");
    assert!(after.contains(was) && !after.contains(is), "the answers of the document");
    assert!(live.contains(was) && live.contains(is), "the answers of today");
    assert!(after.contains(">Lộc Thịnh</a>") && live.contains(">Xã Lộc Thịnh</a>"));
    assert!(live.contains("Dữ liệu <span") && !after.contains("Dữ liệu <span"), "no column tells today's completeness");
    assert!(!after.contains("hx-get") && !after.contains("id=\"frame-badge\""));
    assert!(after.contains("<dd>1<span class=\"of\">/2</span></dd>"), "units with data, as of the cut");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_publication_says_that_it_was_superseded() {
    let site = Site::new();
    let first = site.publish().await;
    let mut node = TestNode::new(15100);
    node.answers(12);
    site.trial.receive(vec![node.whole()]);
    let second = site.publish().await;
    let (_, html) = site.get(&format!("/?period=2024&published={first}")).await;
    assert!(html.contains("đã thay bằng số 02") && !html.contains("Chính thức"));
    let (_, html) = site.get(&format!("/?period=2024&published={second}")).await;
    assert!(html.contains("Chính thức · số 02"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_page_refreshes_includes_its_proof_and_its_badge() {
    let site = Site::new();
    let (_, html) = site.get("/").await;
    let refreshed = html.split("hx-select-oob=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a list");
    assert_eq!(refreshed, "#proof,#frame-badge");
    for id in refreshed.split(',') {
        let marked = format!("id=\"{}\"", id.trim_start_matches('#'));
        assert_eq!(html.matches(&marked).count(), 1, "{id}");
    }
    let (_, proof) = html.split_once("id=\"proof\"").expect("the proof");
    assert!(proof.contains(&site.face.standing.borrow().digest));
}

#[tokio::test(flavor = "multi_thread")]
async fn refreshing_can_be_paused_and_resumed_without_scripts() {
    let site = Site::new();
    for (path, paused) in [("/", "/?live=off"), ("/fleet", "/fleet?live=off")] {
        let (_, html) = site.get(path).await;
        assert!(html.contains("hx-trigger") && html.contains(&format!("id=\"toggle\" href=\"{paused}\"")), "{path}");
        let (_, html) = site.get(paused).await;
        assert!(!html.contains("hx-trigger") && !html.contains("hx-sse"), "{paused}");
        assert!(html.contains(&format!("id=\"toggle\" href=\"{path}\"")), "{paused} leads back");
    }
    let (_, html) = site.get("/?period=2023").await;
    assert!(!html.contains("id=\"toggle\""), "another period stands still by itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_keeps_the_view_that_it_was_typed_in() {
    let site = Site::new();
    let index = site.publish().await;
    let (_, html) = site.get(&format!("/?period=2024&published={index}&live=off&q=loc")).await;
    for (name, value) in [("period", "2024"), ("published", &index.to_string()), ("live", "off")] {
        assert!(html.contains(&format!("name=\"{name}\" value=\"{value}\"")), "{name}");
    }
    assert!(html.contains(&format!("/?period=2024&#38;published={index}&#38;live=off\">Xem tất cả")), "{html}");
}

#[tokio::test(flavor = "multi_thread")]
async fn times_are_told_as_claims_and_missing_dates_as_missing() {
    let site = Site::new();
    let (_, entry) = site.get("/units/gso2024-15097/entries/1").await;
    assert!(entry.contains("Thời điểm nêu trong phiếu") && !entry.contains("Xảy ra lúc"));
    assert!(entry.contains("đồng hồ mô phỏng"));
    let (_, unit) = site.get("/units/gso2024-15097").await;
    assert_eq!(unit.matches("Nguồn không nêu ngày ban hành").count(), 1, "the registration has no date");
}

#[tokio::test]
async fn an_entry_that_does_not_count_is_shown_with_its_reason() {
    let mut site = Site::new();
    let index = site.node.entries.len() as u64;
    site.node.entries.push(b"{\"not\":  \"canonical\"}".to_vec());
    site.node.answer(4);
    site.trial.receive(vec![site.node.message(index, index + 2)]);
    site.rank_again();
    let (status, page) = site.get("/units/gso2024-15097").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("Mục không được tính"), "{page}");
    assert!(page.contains(&format!("<a href=\"/units/gso2024-15097/entries/{index}\">mục {index}</a>")), "{page}");
}

/// A site whose Lộc Thịnh published this catalogue.
fn with_catalogue(catalogue: &PledgeCatalogPublished) -> Site {
    let mut site = Site::new();
    let held = site.node.entries.len() as u64;
    site.node.say("pledge.catalog_published.v1", "unit/gso2024-15097", true, json!(catalogue));
    site.trial.receive(vec![site.node.message(held, held + 1)]);
    site
}

fn sample() -> PledgeCatalogPublished {
    let published = CatalogueFile::thanhhoa_2024().published(&BTreeMap::new(), String::new());
    PledgeCatalogPublished { attachment_sha256: None, ..published }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_catalogue_says_so_on_the_units_page_with_the_source_of_each_pledge() {
    let site = with_catalogue(&sample());
    let (_, html) = site.get("/units/gso2024-15097").await;
    let badge =
        "nội dung mẫu – cần đơn vị xác nhận <span lang=\"en\" class=\"en\">sample content, to be confirmed by the unit";
    assert_eq!(html.matches(badge).count(), 1, "{html}");
    assert!(html.contains("<li>“5 biết”, “3 không”, “4 thực hiện”</li>"), "labels are labels and no more: {html}");
    let line = |code: &str, text: &str, vi: &str, en: &str| {
        format!(
            "<li><span class=\"code\">{code}</span> {text} <span class=\"soft\">– {vi} <span lang=\"en\" class=\"en\">{en}</span></span></li>"
        )
    };
    let listened = line("B1", "Biết nghe dân nói", "có văn bản của địa phương khác", "in a document of another place");
    let prompt = line("T4", "Giải quyết công việc nhanh chóng, đúng hẹn", "chưa kiểm chứng", "not verified");
    assert!(html.contains(&listened) && html.contains(&prompt), "{html}");
    assert_eq!(html.matches("in a document of another place").count(), 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_tells_programs_what_the_words_of_a_catalogue_are_worth() {
    let site = with_catalogue(&sample());
    let catalogue = &site.json("/api/v1/units/gso2024-15097").await["catalogues"][0];
    assert_eq!((&catalogue["catalog"], &catalogue["index"]), (&json!("thanhhoa-2024"), &json!(22)));
    let status = ["status", "status_vi", "status_en"].map(|name| catalogue[name].as_str().unwrap_or_default());
    assert_eq!(status, ["sample", "nội dung mẫu – cần đơn vị xác nhận", "sample content, to be confirmed by the unit"]);
    let expected = json!({
        "code": "K1", "text": "Không cửa quyền, hách dịch, gây khó khăn, phiền hà",
        "attestation": "unverified", "attestation_vi": "chưa kiểm chứng", "attestation_en": "not verified",
    });
    assert_eq!(catalogue["groups"][1]["items"][0], expected);
    assert_eq!(site.json("/api/v1/units/gso2024-15100").await["catalogues"], json!([]), "it published none");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_said_of_a_catalogue_that_says_nothing_of_itself() {
    let bare = |group: &CatalogGroup| CatalogGroup { items: Vec::new(), ..group.clone() };
    let groups = sample().groups.iter().map(bare).collect();
    let site = with_catalogue(&PledgeCatalogPublished { status: None, groups, ..sample() });
    let (_, html) = site.get("/units/gso2024-15097").await;
    assert!(html.contains("“4 thực hiện”") && !html.contains("class=\"pledges\"") && !html.contains("nội dung mẫu"));
    let catalogue = &site.json("/api/v1/units/gso2024-15097").await["catalogues"][0];
    assert_eq!((catalogue.get("status_vi"), &catalogue["groups"][0]["count"]), (None, &json!(5)));
}
