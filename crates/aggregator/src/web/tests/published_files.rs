//! Catalogues and trees over HTTP: published with the operator's token, listed, served byte by byte, and found beside a unit.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use danvan_event::{CatalogueFile, Gazetteer, Preset, THANHHOA_2024};
use serde_json::{Value, json};

use super::Site;
use crate::publication::digest;

impl Site {
    async fn send_file(&self, noun: &str, file: &[u8]) -> (StatusCode, Value) {
        let token = std::fs::read_to_string(self.trial.path().join("operator.token")).expect("a token");
        let request = Request::post(format!("/api/v1/admin/{noun}"))
            .header(header::AUTHORIZATION, format!("Bearer {}", token.trim()))
            .body(Body::from(file.to_vec()))
            .expect("a request");
        let (status, body) = self.send(request).await;
        (status, serde_json::from_str(&body).expect("JSON"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalogue_is_published_listed_with_its_label_and_served_byte_by_byte() {
    let site = Site::new();
    assert_eq!(site.json("/api/v1/catalogues").await, json!({ "catalogues": [] }));
    let (status, stated) = site.send_file("catalogues", THANHHOA_2024).await;
    assert_eq!((status, &stated["again"]), (StatusCode::CREATED, &json!(false)), "{stated}");
    let (status, again) = site.send_file("catalogues", THANHHOA_2024).await;
    assert_eq!((status, &again["index"], &again["again"]), (StatusCode::OK, &stated["index"], &json!(true)));
    let listed = &site.json("/api/v1/catalogues").await["catalogues"][0];
    assert_eq!((&listed["catalog"], &listed["version"]), (&json!("thanhhoa-2024"), &json!("1")));
    assert_eq!(listed["status_vi"], "nội dung mẫu – cần đơn vị xác nhận");
    assert_eq!(listed["groups"][1]["items"][0]["attestation"], "unverified");
    assert_eq!(listed["sha256"], digest(THANHHOA_2024));
    let (status, file) = site.get(&format!("/api/v1/catalogues/{}", stated["index"])).await;
    assert_eq!((status, file.as_bytes()), (StatusCode::OK, THANHHOA_2024));
    for (path, expected) in [
        ("/api/v1/catalogues/1", StatusCode::NOT_FOUND),
        ("/api/v1/catalogues/4000", StatusCode::NOT_FOUND),
        ("/api/v1/catalogues/one", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        assert_eq!(site.get(path).await.0, expected, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_errors_is_refused_whole_and_nothing_is_written() {
    let site = Site::new();
    let before = site.face.mirror.ledger.size();
    let text = String::from_utf8(THANHHOA_2024.to_vec()).expect("text");
    let broken = text.replace("\"version\"", "\"edition\"").replace("\"B2\"", "\"B1\"");
    let (status, problem) = site.send_file("catalogues", broken.as_bytes()).await;
    let fields: Vec<_> =
        problem["errors"].as_array().expect("errors").iter().map(|error| error["field"].clone()).collect();
    assert_eq!((status, fields), (StatusCode::UNPROCESSABLE_ENTITY, vec![json!("/edition"), json!("/version")]));
    let (status, problem) = site.send_file("trees", b"[").await;
    assert_eq!((status, &problem["errors"][0]["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("not_json")));
    let endless = vec![b' '; danvan_event::MAX_FILE_BYTES + 1];
    assert_eq!(site.send_file("trees", &endless).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(site.face.mirror.ledger.size(), before);
    assert_eq!(site.send_file("catalogues", THANHHOA_2024).await.0, StatusCode::CREATED);
    let other = text.replace("\"sample\"", "\"confirmed\"");
    let (status, problem) = site.send_file("catalogues", other.as_bytes()).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tree_in_force_is_the_one_of_the_day() {
    let site = Site::new();
    let file = |preset: &str| Gazetteer::preset(preset).map(Preset::tree).expect("a tree");
    let (_, before) = site.send_file("trees", file("ngoc-lac-2024")).await;
    let (_, after) = site.send_file("trees", file("thanh-hoa-2025")).await;
    for (day, expected) in [
        ("2023-12-31", &Value::Null),
        ("2024-01-01", &before["index"]),
        ("2025-06-30", &before["index"]),
        ("2025-07-01", &after["index"]),
    ] {
        assert_eq!(site.json(&format!("/api/v1/trees?on={day}")).await["in_force"], *expected, "{day}");
    }
    let all = site.json("/api/v1/trees").await;
    assert_eq!((&all["trees"][0]["units_count"], &all["trees"][1]["doc_no"]), (&json!(23), &json!("1686/NQ-UBTVQH15")));
    let (status, bytes) = site.get(&format!("/api/v1/trees/{}", after["index"])).await;
    assert_eq!((status, bytes.as_bytes()), (StatusCode::OK, file("thanh-hoa-2025")));
    assert_eq!(digest(bytes.as_bytes()), all["trees"][1]["sha256"]);
    assert_eq!(site.get("/api/v1/trees?on=01/07/2025").await.0, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_that_uses_the_same_file_is_shown_to_use_the_aggregators_catalogue() {
    let mut site = Site::new();
    let catalogue = CatalogueFile::parse(THANHHOA_2024).expect("a catalogue");
    for sha256 in [digest(THANHHOA_2024), "0".repeat(64)] {
        let mut fact = catalogue.published(&std::collections::BTreeMap::new(), sha256.clone());
        if sha256.starts_with("00") {
            fact.catalog = "cua-xa".to_owned();
        }
        let subject = format!("unit/{}", site.node.unit);
        site.node.say("pledge.catalog_published.v1", &subject, false, json!(fact));
    }
    site.trial.receive(vec![site.node.message(22, 24)]);
    let unused = site.json("/api/v1/units/gso2024-15097").await;
    assert_eq!((unused["catalogues"][0]["index"].as_u64(), unused["catalogues"][0].get("published")), (Some(22), None));
    let (_, stated) = site.send_file("catalogues", THANHHOA_2024).await;
    let unit = site.json("/api/v1/units/gso2024-15097").await;
    let used = unit["catalogues"].as_array().expect("a list").iter();
    let told = used.map(|row| (row["catalog"].clone(), row["index"].clone(), row.get("published").cloned()));
    let expected =
        [(json!("thanhhoa-2024"), json!(22), Some(stated["index"].clone())), (json!("cua-xa"), json!(23), None)];
    assert_eq!(told.collect::<Vec<_>>(), expected);
    let (_, html) = site.get("/units/gso2024-15097").await;
    assert_eq!(html.matches("Theo bộ cam kết do cấp tổng hợp công bố").count(), 1);
    assert_eq!(html.matches("<span lang=\"en\" class=\"en\">The catalogue that the aggregator published").count(), 1);
    assert!(html.contains("nội dung mẫu – cần đơn vị xác nhận"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_says_who_gathers_it() {
    let site = Site::new();
    let assignment = json!({
        "aggregator": "ngoc-lac", "tier": "Huyện", "units": ["gso2024-15097"], "valid_from": "2024-01-01",
    });
    let (status, stated) = site.operator("/api/v1/admin/assignments", assignment.clone()).await;
    assert_eq!(status, StatusCode::CREATED, "{stated}");
    assert_eq!(site.operator("/api/v1/admin/assignments", assignment.clone()).await.0, StatusCode::OK);
    let unit = site.json("/api/v1/units/gso2024-15097").await;
    assert_eq!((&unit["assigned"]["aggregator"], &unit["assigned"]["index"]), (&json!("ngoc-lac"), &stated["index"]));
    assert_eq!(site.json("/api/v1/units/gso2024-15100").await.get("assigned"), None);
    let mut unknown = assignment;
    unknown["units"] = json!(["gso2024-15100", "gso2024-99999"]);
    let (status, problem) = site.operator("/api/v1/admin/assignments", unknown).await;
    assert_eq!((status, &problem["errors"][0]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/units/1")));
}
