//! A unit that ended keeps its history under its name, and everything says where it is now.

use super::*;

const NOW: &str = "Nay thuộc xã Ngọc Liên (từ 01/7/2025)";
/// From the trial's first moment, 2 January 2025, to a day after 1 July 2025.
const HALF_A_YEAR_MS: i64 = 190 * 86_400_000;

fn merger() -> Value {
    json!({
        "from_units": ["gso2024-15097", "gso2024-15100"], "to_units": [{ "unit": "nso2025-15091" }],
        "effective_on": "2025-07-01", "doc_no": "1686/NQ-UBTVQH15",
    })
}

/// The merger, the successor's node, and the day after.
async fn merged() -> Site {
    let site = Site::new();
    let (status, stated) = site.operator("/api/v1/admin/successions", merger()).await;
    assert_eq!((status, &stated["again"]), (StatusCode::CREATED, &json!(false)), "{stated}");
    site.trial.clock.advance(HALF_A_YEAR_MS);
    site
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_a_unit_that_ended_says_where_it_is_now() {
    let site = merged().await;
    let index = site.publish().await;
    for path in ["/", &format!("/?period=2024&published={index}"), "/units/gso2024-15097", "/units/gso2024-15100"] {
        let (status, html) = site.get(path).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert!(html.contains(NOW) && html.contains("Now part of xã Ngọc Liên (since 2025-07-01)"), "{path}");
        assert!(html.contains("Lộc Thịnh") || path.ends_with("15100"), "{path} keeps the name");
    }
    let (_, html) = site.get("/units/gso2024-15097").await;
    assert!(html.contains("1686/NQ-UBTVQH15"), "the page names the legal act");
    let unit = site.json("/api/v1/units/gso2024-15097").await;
    let now = &unit["succession"]["now"];
    let turn =
        json!({ "unit": "nso2025-15091", "name": "xã Ngọc Liên", "since": "2025-07-01", "doc_no": "1686/NQ-UBTVQH15" });
    assert_eq!((&now[0], now.as_array().map(Vec::len), &unit["succession"]["now_vi"]), (&turn, Some(1), &json!(NOW)));
    assert_eq!(unit["succession"]["formerly"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_successor_says_what_it_was_formed_from() {
    let site = merged().await;
    let node = TestNode::of("nso2025-15091");
    let vkey = node.key.verifier_key().to_string();
    let (status, body) = site.operator("/api/v1/admin/units", json!({ "unit": node.unit, "vkey": vkey })).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let (_, html) = site.get("/units/nso2025-15091").await;
    let formerly = "Trước đây: xã Lộc Thịnh, xã Cao Thịnh (trước 01/7/2025)";
    assert!(html.contains(formerly) && html.contains("href=\"/units/gso2024-15097\""), "{html}");
    let unit = site.json("/api/v1/units/nso2025-15091").await;
    assert_eq!(unit["succession"]["formerly_vi"], formerly);
    let (_, html) = site.get("/units/gso2024-15097").await;
    assert!(html.contains("href=\"/units/nso2025-15091\""), "the old unit leads to the new one");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_said_before_the_day_of_the_merger() {
    let site = Site::new();
    let (status, _) = site.operator("/api/v1/admin/successions", merger()).await;
    assert_eq!(status, StatusCode::CREATED);
    for path in ["/", "/units/gso2024-15097"] {
        assert!(!site.get(path).await.1.contains("Nay thuộc"), "{path}");
    }
    let unit = site.json("/api/v1/units/gso2024-15097").await;
    assert_eq!(unit["succession"], json!({ "now": [], "formerly": [] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_succession_is_stated_once_and_what_is_wrong_with_one_is_named() {
    let site = Site::new();
    let path = "/api/v1/admin/successions";
    let (_, first) = site.operator(path, merger()).await;
    let (status, again) = site.operator(path, merger()).await;
    assert_eq!((status, &again["again"], &again["index"]), (StatusCode::OK, &json!(true), &first["index"]));
    let with = |name: &str, value: Value| {
        let mut body = merger();
        body[name] = value;
        body
    };
    let wrong = [
        (with("effective_on", json!(7)), StatusCode::UNPROCESSABLE_ENTITY, "type"),
        (with("effective_on", json!("2025-02-30")), StatusCode::UNPROCESSABLE_ENTITY, "unfit"),
        (with("to_units", json!(["nso2025-15091"])), StatusCode::UNPROCESSABLE_ENTITY, "value"),
        (with("from_units", json!([])), StatusCode::UNPROCESSABLE_ENTITY, "unfit"),
        (with("to_units", json!([{ "unit": "nso2025-99999" }])), StatusCode::UNPROCESSABLE_ENTITY, "unknown-unit"),
        (with("from_units", json!(["nso2025-15091"])), StatusCode::CONFLICT, "domain.succeeds_itself"),
        (with("parent", json!("x")), StatusCode::UNPROCESSABLE_ENTITY, "unknown"),
    ];
    for (body, expected, code) in wrong {
        let (status, problem) = site.operator(path, body.clone()).await;
        assert_eq!((status, &problem["errors"][0]["code"]), (expected, &json!(code)), "{body}: {problem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_unit_that_nobody_knows_is_named_by_its_place() {
    let site = Site::new();
    let stated = |from: [&str; 2], to: &str| json!({ "from_units": from, "to_units": [{ "unit": to }], "effective_on": "2025-07-01", "doc_no": "1/NQ" });
    for (document, place) in [
        (stated(["gso2024-15097", "gso2024-99999"], "nso2025-15091"), "/from_units/1"),
        (stated(["gso2024-15097", "gso2024-15100"], "nso2025-99999"), "/to_units/0/unit"),
    ] {
        let (status, problem) = site.operator("/api/v1/admin/successions", document).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(place)));
    }
}
