//! What a program that posts events is told, line by line of the promises about bad input.

use axum::http::header;
use danvan_daemon::UnixMillis;
use serde_json::{Value, json};

use crate::testbed::{Answer, Bed, NOW, UNIT, feedback, id, survey};

/// The refusal names field and reason in both languages, and nothing was stored.
fn assert_refused(bed: &Bed, answer: &Answer, status: u16, kind: &str, field: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json");
    let problem = answer.json();
    assert_problem(&problem, status, kind, field);
    assert_eq!(bed.entries().len(), 1, "only node.opened is in the log");
}

fn assert_problem(problem: &Value, status: u16, kind: &str, field: &str) {
    assert_eq!(problem["status"], status);
    assert_eq!(problem["type"], format!("urn:danvan:problem:{kind}"), "{problem}");
    assert!(!problem["title"].as_str().unwrap().is_empty() && !problem["title_en"].as_str().unwrap().is_empty());
    let errors = problem["errors"].as_array().unwrap_or_else(|| panic!("{problem}"));
    let error = errors.iter().find(|error| error["field"] == field).unwrap_or_else(|| panic!("{field}: {problem}"));
    for part in ["code", "vi", "en"] {
        assert!(!error[part].as_str().unwrap().is_empty(), "{problem}");
    }
}

#[tokio::test]
async fn a_form_is_recorded_and_its_repetition_is_the_same_event() {
    let bed = Bed::new().await;
    let first = bed.post(&survey(1, 5)).await;
    assert_eq!((first.status, first.json()), (201, json!({ "id": id(1), "index": 1 })));
    bed.clock.advance(60_000);
    let again = bed.post(&survey(1, 5)).await;
    assert_eq!((again.status, again.json()), (200, json!({ "id": id(1), "index": 1, "duplicate": true })));
    let entries = bed.entries();
    assert_eq!(entries.len(), 2);
    assert!(entries[1].contains(r#""recordedtime":"2026-11-24T03:00:00.000Z""#), "{}", entries[1]);
    assert!(entries[1].contains(&format!(r#""source":"/u/{UNIT}""#)), "{}", entries[1]);
}

#[tokio::test]
async fn a_form_without_an_id_gets_one() {
    let bed = Bed::new().await;
    let mut form = survey(1, 4);
    form.as_object_mut().unwrap().remove("id");
    let answer = bed.post(&form).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let minted = answer.json()["id"].as_str().unwrap().to_owned();
    assert!(bed.entries()[1].contains(&minted));
}

#[tokio::test]
async fn a_malformed_form_is_refused() {
    let bed = Bed::new().await;
    let answer = bed.post_as(&bed.token, "application/json", "{\"rating\": 5").await;
    assert_refused(&bed, &answer, 400, "not-json", "");
    let answer = bed.post(&survey(1, 6)).await;
    assert_refused(&bed, &answer, 422, "bad-form", "/data/rating");
    let mut form = survey(1, 5);
    form["type"] = "vn.danvan.survey.guessed.v1".into();
    let answer = bed.post(&form).await;
    assert_refused(&bed, &answer, 422, "bad-form", "/type");
    assert_eq!(bed.post_as(&bed.token, "application/json", "").await.status, 400);
    assert_eq!(bed.post_as(&bed.token, "text/plain", "{}").await.status, 415);
}

#[tokio::test]
async fn an_oversized_form_is_refused_by_its_length_alone_and_while_reading() {
    let bed = Bed::new().await;
    let large = " ".repeat(bed.node.face.limits.form_bytes + 1);
    let answer = bed.post_as(&bed.token, "application/json", large.clone()).await;
    assert_refused(&bed, &answer, 413, "too-large", "");
    let chunks = futures_util::stream::iter(
        large.into_bytes().chunks(1 << 14).map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec())).collect::<Vec<_>>(),
    );
    let answer = bed.post_as(&bed.token, "application/json", axum::body::Body::from_stream(chunks)).await;
    assert_refused(&bed, &answer, 413, "too-large", "");
}

#[tokio::test]
async fn a_form_of_another_unit_is_refused() {
    let bed = Bed::new().await;
    let mut form = survey(1, 5);
    form["source"] = "/u/gso2024-15100".into();
    let answer = bed.post(&form).await;
    assert_refused(&bed, &answer, 422, "bad-form", "/source");
}

#[tokio::test]
async fn a_form_from_the_future_is_refused_and_two_minutes_are_not_the_future() {
    let bed = Bed::new().await;
    let mut form = survey(1, 5);
    form["time"] = "2026-11-24T03:02:00.001Z".into();
    let answer = bed.post(&form).await;
    assert_refused(&bed, &answer, 422, "future-time", "/time");
    form["time"] = "2026-11-24T10:02:00+07:00".into();
    assert_eq!(bed.post(&form).await.status, 201);
}

#[tokio::test]
async fn a_role_records_only_what_is_its_own() {
    let bed = Bed::new().await;
    let form = survey(1, 5).to_string();
    let answer = bed.post_as(&bed.role_token("board"), "application/json", form.clone()).await;
    assert_refused(&bed, &answer, 403, "wrong-role", "/type");
    let answer = bed.post_as("0123456789012345678901234567890", "application/json", form.clone()).await;
    assert_refused(&bed, &answer, 401, "no-token", "Authorization");
    assert_eq!(answer.headers[header::WWW_AUTHENTICATE], "Bearer");
    let mut own = survey(1, 5);
    own["type"] = "vn.danvan.node.opened.v1".into();
    own["data"] = json!({ "origin": "x/u/y", "vkey": "x+00000000+AAAA", "clock": "system" });
    let answer = bed.post(&own).await;
    assert!([403, 422].contains(&answer.status), "{}", answer.text);
    assert_problem(
        &answer.json(),
        answer.status,
        if answer.status == 403 { "wrong-role" } else { "bad-form" },
        "/type",
    );
    assert_eq!(bed.post_as(&bed.role_token("staff"), "application/json", form).await.status, 201);
}

#[tokio::test]
async fn one_id_with_other_content_is_a_conflict() {
    let bed = Bed::new().await;
    assert_eq!(bed.post(&survey(1, 5)).await.status, 201);
    let answer = bed.post(&survey(1, 4)).await;
    assert_eq!(answer.status, 409, "{}", answer.text);
    assert_problem(&answer.json(), 409, "other-content", "/id");
    assert_eq!(bed.entries().len(), 2);
}

#[tokio::test]
async fn a_broken_rule_of_the_domain_is_named_before_anything_is_stored() {
    let bed = Bed::new().await;
    let mut reply = survey(2, 5);
    reply["type"] = "vn.danvan.feedback.responded.v1".into();
    reply["subject"] = format!("feedback/{}", id(1)).into();
    reply["data"] = json!({ "outcome": "resolved", "reply": "Đã sửa đường." });
    let answer = bed.post(&reply).await;
    assert_refused(&bed, &answer, 422, "broken-rule", "/subject");
    assert_eq!(answer.json()["errors"][0]["code"], "domain.unknown_feedback");
    assert_eq!(bed.post(&feedback(1, "Đường lầy")).await.status, 201);
    assert_eq!(bed.post(&reply).await.status, 201);
}

#[tokio::test]
async fn a_bad_line_costs_no_other_line() {
    let bed = Bed::new().await;
    let lines = [
        survey(1, 5).to_string(),
        "{not json".to_owned(),
        String::new(),
        survey(2, 9).to_string(),
        survey(1, 5).to_string(),
        survey(1, 4).to_string(),
        survey(3, 3).to_string(),
    ];
    let answer = bed.post_lines(&lines).await;
    assert_eq!((answer.status, &answer.headers[header::CONTENT_TYPE]), (200, &"application/x-ndjson".parse().unwrap()));
    let told: Vec<_> =
        answer.lines().iter().map(|line| (line["line"].as_u64().unwrap(), line["status"].as_u64().unwrap())).collect();
    assert_eq!(told, [(1, 201), (2, 400), (4, 422), (5, 200), (6, 409), (7, 201)]);
    let lines = answer.lines();
    assert_eq!((&lines[0]["index"], &lines[5]["index"]), (&json!(1), &json!(2)));
    assert_eq!(lines[3]["duplicate"], true);
    assert_eq!(lines[4]["id"], id(1));
    assert_problem(&lines[2]["problem"], 422, "bad-form", "/data/rating");
    assert_eq!(bed.entries().len(), 3);
}

#[tokio::test]
async fn too_many_lines_are_refused_before_the_first_is_stored() {
    let bed = Bed::new().await;
    let lines = vec!["{}".to_owned(); bed.node.face.limits.lines + 1];
    let answer = bed.post_lines(&lines).await;
    assert_refused(&bed, &answer, 413, "too-many-lines", "");
}

#[tokio::test]
async fn a_node_that_has_not_caught_up_asks_to_come_again() {
    let bed = Bed::starting().await;
    let answer = bed.post(&survey(1, 5)).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.headers[header::RETRY_AFTER], "2");
    assert_eq!(answer.json()["type"], "urn:danvan:problem:starting");
    assert_eq!(bed.get("/health/ready").await.status, 503);
    assert_eq!(bed.get("/health/live").await.status, 200);
}

#[tokio::test]
async fn a_clock_that_went_back_does_not_take_the_log_back() {
    let bed = Bed::new().await;
    assert_eq!(bed.post(&survey(1, 5)).await.status, 201);
    bed.clock.advance(-30_000);
    assert_eq!(bed.post(&survey(2, 5)).await.status, 201);
    assert!(bed.entries()[2].contains(r#""recordedtime":"2026-11-24T03:00:00.000Z""#));
    bed.clock.reach(UnixMillis::new(NOW + 1));
    assert_eq!(bed.post(&survey(3, 5)).await.status, 201);
    assert!(bed.entries()[3].contains(r#""recordedtime":"2026-11-24T03:00:00.001Z""#));
}

#[tokio::test]
async fn the_status_tells_size_and_backlog() {
    let bed = Bed::new().await;
    bed.post(&survey(1, 5)).await;
    let status = bed.get("/api/v1/status").await.json();
    assert_eq!((status["size"].as_u64(), status["backlog"].as_u64()), (Some(2), Some(0)));
    assert_eq!(status["origin"], format!("test.danvan.demo/u/{UNIT}"));
    assert_eq!((&status["connected"], &status["receipted"]), (&json!(false), &json!({})));
    assert_eq!(bed.get("/health/sync").await.json()["size"], 2);
    assert!(bed.get("/metrics").await.text.contains("danvan_node_ledger_entries 2"));
}
