//! Officials ask about persons: what they are told, what the log says of it, and what they are not told.

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};

use crate::testbed::{Answer, Bed, feedback, id, survey};

const WORDS: &str = "Ông Tư ở thôn Ba làm ngơ";
const PHONE: &str = "0912 345 678";

async fn ask(bed: &Bed, role: &str, path: &str) -> Answer {
    let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {}", bed.role_token(role)));
    bed.ask(request.body(Body::empty()).unwrap()).await
}

async fn put(bed: &Bed, role: &str, path: &str, document: &Value) -> Answer {
    let request = Request::post(path).header(header::AUTHORIZATION, format!("Bearer {}", bed.role_token(role)));
    bed.ask(request.body(Body::from(document.to_string())).unwrap()).await
}

async fn look(bed: &Bed, document: &Value) -> Answer {
    put(bed, "staff", "/api/v1/privacy/disclosures", document).await
}

fn wanted(number: u8) -> Value {
    json!({ "event": id(number), "purpose": "answer_citizen", "staff_key": "mc01" })
}

/// An event about personal data, recorded by an official.
async fn say(bed: &Bed, number: u8, short: &str, data: Value) -> Answer {
    let form = json!({
        "specversion": "1.0", "type": format!("vn.danvan.privacy.{short}.v1"), "id": id(number), "data": data,
    });
    bed.post_as(&bed.role_token("staff"), "application/json", form.to_string()).await
}

fn assert_tells_nothing(answer: &Answer) {
    for secret in ["Tư", "thôn Ba", "0912", "345 678"] {
        assert!(!answer.text.contains(secret), "{secret}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_look_is_in_the_log_before_the_words_are_shown() {
    let bed = Bed::new().await;
    assert_eq!(bed.post(&feedback(1, WORDS)).await.status, 201);
    let answer = look(&bed, &wanted(1)).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    let shown = answer.json();
    let expected = json!([{ "pointer": "/data/contact", "value": PHONE }, { "pointer": "/data/text", "value": WORDS }]);
    assert_eq!((&shown["openings"], &shown["event"], &shown["index"]), (&expected, &json!(id(1)), &json!(2)));
    let entry: Value = serde_json::from_str(&bed.entries()[2]).unwrap();
    let data = json!({
        "event": id(1), "fields": ["/data/contact", "/data/text"], "purpose": "answer_citizen", "role": "staff", "staff_key": "mc01",
    });
    assert_eq!((&entry["type"], &entry["data"]), (&json!("vn.danvan.privacy.disclosed.v1"), &data));
    assert_eq!((&entry["id"], &entry["subject"]), (&shown["id"], &json!("unit/gso2024-15097")));

    let mut part = wanted(1);
    part["fields"] = json!(["/data/text", "/data/name"]);
    let part = look(&bed, &part).await.json();
    assert_eq!(part["openings"], json!([{ "pointer": "/data/text", "value": WORDS }]));
    assert!(bed.entries()[3].contains(r#""fields":["/data/text"]"#), "{}", bed.entries()[3]);
    let bed = bed.restarted().await;
    assert_eq!((bed.entries().len(), look(&bed, &wanted(1)).await.json()["index"].as_u64()), (4, Some(4)));
}

#[tokio::test]
async fn a_look_that_cannot_be_recorded_shows_nothing() {
    let bed = Bed::new().await;
    assert_eq!(bed.post(&feedback(1, WORDS)).await.status, 201);
    bed.node.ledger.clone().drain().unwrap();
    let answer = look(&bed, &wanted(1)).await;
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert_tells_nothing(&answer);
    let bed = bed.reopened().await;
    let answer = look(&bed, &wanted(1)).await;
    assert_eq!((answer.status, bed.entries().len()), (503, 2));
    assert_tells_nothing(&answer);
}

#[tokio::test]
async fn only_officials_look_and_search_and_count() {
    let bed = Bed::new().await;
    assert_eq!(bed.post(&feedback(1, WORDS)).await.status, 201);
    for role in ["board", "import"] {
        let answers = [
            put(&bed, role, "/api/v1/privacy/disclosures", &wanted(1)).await,
            put(&bed, role, "/api/v1/privacy/find", &json!({ "words": "thôn Ba" })).await,
            ask(&bed, role, &format!("/api/v1/privacy/records/{}", id(1))).await,
            ask(&bed, role, "/api/v1/privacy/requests").await,
            ask(&bed, role, "/api/v1/privacy/report").await,
        ];
        for answer in answers {
            assert_eq!(answer.status, 403, "{role}: {}", answer.text);
            assert_tells_nothing(&answer);
        }
    }
    assert_eq!(bed.get("/api/v1/privacy/report").await.status, 401);
    assert_eq!(bed.entries().len(), 2);
}

#[tokio::test]
async fn nothing_is_recorded_of_a_look_at_nothing() {
    let bed = Bed::new().await;
    assert_eq!(bed.post(&feedback(1, WORDS)).await.status, 201);
    assert_eq!(bed.post(&survey(2, 5)).await.status, 201);
    for (number, status) in [(2, 410), (3, 404)] {
        let answer = look(&bed, &wanted(number)).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
    let mut wrong = wanted(1);
    wrong["staff_key"] = "Nguyễn Văn A".into();
    assert_eq!(look(&bed, &wrong).await.status, 422);
    wrong["purpose"] = "curiosity".into();
    let answer = look(&bed, &wrong).await;
    assert_eq!((answer.status, answer.text.contains("curiosity")), (422, false));
    assert_eq!(say(&bed, 4, "erased", json!({ "event_ids": [id(1)], "reason": "requested" })).await.status, 201);
    assert_eq!(look(&bed, &wanted(1)).await.status, 410);
    assert_eq!(bed.entries().len(), 4);
    // A client cannot write that somebody looked.
    assert_eq!(say(&bed, 5, "disclosed", json!({})).await.status, 422);
}

#[tokio::test]
async fn a_search_names_records_and_fields_and_no_value() {
    let bed = Bed::new().await;
    assert_eq!(bed.post(&feedback(1, WORDS)).await.status, 201);
    assert_eq!(bed.post(&feedback(2, "Đèn đường hỏng")).await.status, 201);
    let find = async |query: Value| put(&bed, "staff", "/api/v1/privacy/find", &query).await;
    let answer = find(json!({ "words": "THON BA" })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let hit = json!({
        "id": id(1), "index": 1, "fields": ["/data/text"], "type": "vn.danvan.feedback.received.v1",
        "time": "2026-11-24T02:59:00.000Z", "date": "2026-11-24", "channel": "box",
    });
    assert_eq!(answer.json(), json!({ "hits": [hit], "left_off": 0 }));
    assert_tells_nothing(&answer);
    let both = find(json!({ "phone": "+84912345678" })).await.json();
    assert_eq!(both["hits"].as_array().unwrap().len(), 2);
    assert_eq!(find(json!({ "phone": "0999888777" })).await.json()["hits"], json!([]));
    for (query, field) in [(json!({}), ""), (json!({ "phone": "091" }), "/phone"), (json!({ "mail": "x" }), "")] {
        let answer = find(query).await;
        assert_eq!((answer.status, answer.json()["errors"][0]["field"].as_str()), (422, Some(field)));
    }
    assert_eq!(bed.entries().len(), 3, "a search is no look");
    assert!(bed.get("/metrics").await.text.contains("danvan_node_vault_searches_total 3"));
}

#[tokio::test]
async fn requests_are_listed_with_their_days_until_they_are_settled() {
    let bed = Bed::new().await;
    for number in [1, 2] {
        assert_eq!(bed.post(&feedback(number, WORDS)).await.status, 201);
    }
    let asked = say(&bed, 3, "erasure_requested", json!({ "event_ids": [id(1)], "channel": "reception" })).await;
    assert_eq!(asked.status, 201, "{}", asked.text);
    let withdrawn = say(&bed, 4, "consent_withdrawn", json!({ "event": id(2), "purposes": ["contact_me"] })).await;
    assert_eq!(withdrawn.status, 201, "{}", withdrawn.text);
    let list = ask(&bed, "staff", "/api/v1/privacy/requests").await.json();
    assert_eq!(
        list["requests"][1],
        json!({
            "id": id(3), "kind": "erasure", "events": [id(1)], "asked": "2026-11-24", "respond_by": "2026-11-26",
            "due": "2026-12-14", "latest": "2026-12-29", "state": "open",
        })
    );
    assert_eq!((&list["as_of"], &list["requests"][0]["due"]), (&json!("2026-11-24"), &json!("2026-12-09")));

    bed.clock.advance(20 * 86_400_000);
    let report = ask(&bed, "staff", "/api/v1/privacy/report").await.json();
    assert_eq!(report["requests"], json!({ "open": 2, "due_soon": 1, "overdue": 1 }), "{report}");
    assert_eq!(say(&bed, 5, "erased", json!({ "event_ids": [id(1)], "reason": "requested" })).await.status, 201);
    assert_eq!(say(&bed, 6, "erasure_refused", json!({ "request": id(4), "ground": "legal_duty" })).await.status, 201);
    assert_eq!(look(&bed, &wanted(2)).await.status, 201);
    let list = ask(&bed, "staff", "/api/v1/privacy/requests").await.json();
    let states: Vec<_> = list["requests"].as_array().unwrap().iter().map(|one| &one["state"]).collect();
    assert_eq!(states, ["refused", "erased"]);
    let report = ask(&bed, "staff", "/api/v1/privacy/report").await;
    assert_tells_nothing(&report);
    let month = |month: &str, counts: [u64; 6]| {
        let [recorded, held, looks, requests, refused, erased] = counts;
        json!({ "month": month, "recorded": recorded, "held": held, "looks": looks, "requests": requests, "refused": refused, "erased": erased })
    };
    let months = json!([month("2026-11", [2, 1, 0, 2, 0, 0]), month("2026-12", [0, 0, 1, 0, 1, 1])]);
    assert_eq!(report.json()["months"], months);
}

#[tokio::test]
async fn a_request_about_what_the_log_does_not_know_is_refused() {
    let bed = Bed::new().await;
    for (short, data, field) in [
        ("erasure_requested", json!({ "event_ids": [id(9)] }), "/data/event_ids/0"),
        ("consent_withdrawn", json!({ "event": id(9), "purposes": ["contact_me"] }), "/data/event"),
        ("erasure_refused", json!({ "request": id(9), "ground": "not_personal" }), "/data/request"),
    ] {
        let answer = say(&bed, 3, short, data).await;
        assert_eq!((answer.status, answer.json()["errors"][0]["field"].as_str()), (422, Some(field)), "{short}");
    }
    assert_eq!(bed.entries().len(), 1);
}

#[tokio::test]
async fn a_name_without_consent_is_not_kept() {
    let bed = Bed::new().await;
    let mut form = feedback(1, WORDS);
    form["data"].as_object_mut().unwrap().remove("consent");
    let answer = bed.post(&form).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    assert_eq!(answer.json()["type"], "urn:danvan:problem:no-consent");
    assert_eq!(answer.json()["errors"][0]["field"], "/data/contact");
    assert_tells_nothing(&answer);
    assert_eq!(std::fs::read_dir(bed.dir.path().join("vault")).unwrap().count(), 0);
    form["data"].as_object_mut().unwrap().remove("contact");
    form["data"]["legal_ground"] = "state_task".into();
    assert_eq!(bed.post(&form).await.status, 201);
    assert!(bed.entries()[1].contains(r#""legal_ground":"state_task""#));
}

#[tokio::test]
async fn public_text_that_looks_personal_is_asked_about_once() {
    let bed = Bed::new().await;
    assert_eq!(bed.post(&feedback(1, WORDS)).await.status, 201);
    let reply = json!({
        "specversion": "1.0", "type": "vn.danvan.feedback.responded.v1", "id": id(2), "subject": format!("feedback/{}", id(1)),
        "data": { "outcome": "resolved", "reply": "Đã gọi ông Tư, số 0912 345 678." },
    });
    let answer = bed.post(&reply).await;
    assert_eq!((answer.status, answer.json()["type"].as_str()), (422, Some("urn:danvan:problem:looks-personal")));
    assert_eq!((&answer.json()["errors"][0]["field"], bed.entries().len()), (&json!("/data/reply"), 2));
    assert_tells_nothing(&answer);

    let confirmed = Request::post("/api/v1/events")
        .header(header::AUTHORIZATION, format!("Bearer {}", bed.token))
        .header(header::CONTENT_TYPE, "application/json")
        .header("Danvan-Confirm", "looks-personal");
    let answer = bed.ask(confirmed.body(Body::from(reply.to_string())).unwrap()).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    // What is in the log needs no second word.
    assert_eq!(bed.post(&reply).await.status, 200);
}
