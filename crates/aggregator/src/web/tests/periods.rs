//! The course of a period over HTTP: every step, and what is named when one is refused.

use danvan_event::OperatorKey;

use super::*;
use crate::trial::{POSTS, operator_keys, signed};

const YEAR: &str = "/api/v1/periods/2024";

/// Closes the year without the commune that sent nothing.
fn closing() -> Value {
    let silent = json!({ "unit": "gso2024-15100", "reason": "Trạm chưa gửi mục nào" });
    json!({ "period": "2024", "exclude": [silent] })
}

impl Site {
    pub(super) async fn step(&self, noun: &str, body: Value) -> (StatusCode, Value) {
        self.operator(&format!("/api/v1/admin/{noun}"), body).await
    }

    /// A step that must be taken.
    pub(super) async fn taken(&self, noun: &str, body: Value) -> Value {
        let (status, answer) = self.step(noun, body).await;
        assert!(status.is_success(), "{noun}: {answer}");
        answer
    }

    /// The codes that a refused step is given.
    async fn refused(&self, noun: &str, body: Value) -> Vec<String> {
        let (status, problem) = self.step(noun, body).await;
        assert_eq!(status, StatusCode::CONFLICT, "{noun}: {problem}");
        let errors = problem["errors"].as_array().expect("errors").iter();
        errors
            .map(|error| {
                assert!(error["vi"].as_str().is_some_and(|vi| !vi.is_empty()) && error["vi"] != error["en"], "{error}");
                error["code"].as_str().expect("a code").to_owned()
            })
            .collect()
    }

    async fn list_operators(&self) {
        for (key, post) in operator_keys().iter().zip(POSTS) {
            self.taken("operators", json!({ "vkey": key.vkey().to_string(), "post": post })).await;
        }
    }

    fn approval(&self, key: &OperatorKey, draft: &str) -> Value {
        let log = self.face.mirror.ledger.origin().to_string();
        let approval = signed(key, &log, &self.face.period, draft);
        json!({ "period": "2024", "draft_sha256": draft, "vkey": approval.vkey.to_string(), "sig": approval.sig })
    }

    /// Opened, and closed with a draft; its digest.
    async fn closed(&self) -> String {
        self.list_operators().await;
        self.taken("periods", json!({ "period": "2024" })).await;
        let closed = self.taken("closings", closing()).await;
        closed["closing"]["draft_sha256"].as_str().expect("a draft").to_owned()
    }

    /// A unit of which something is held, and nothing that was recorded after the year.
    fn late_unit(&self) -> TestNode {
        let mut node = TestNode::new(15100);
        node.recorded_after_ms = 0;
        node.open();
        node.answers(3);
        self.trial.receive(vec![node.whole()]);
        node
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_is_opened_closed_approved_by_two_and_published() {
    let site = Site::new();
    assert_eq!(site.json(YEAR).await["state"], "not_open");
    let draft = site.closed().await;
    let period = site.json(YEAR).await;
    assert_eq!(period["state"], "closing");
    assert_eq!(period["coverage"]["covered"], 1);
    assert_eq!(period["coverage"]["late"][0]["unit"], "gso2024-15100");
    assert_eq!((&period["coverage"]["late"][0]["size"], &period["coverage"]["absent"]), (&json!(0), &json!([])));
    assert_eq!(period["closing"]["excluded"][0]["reason"], "Trạm chưa gửi mục nào");
    assert_eq!(period["opened"]["rulebook_fixed"], "after");
    assert_eq!(period["opened"]["at"].as_str().map(|at| &at[..10]), Some("2025-01-02"));
    let served = site.json("/api/v1/periods/2024/draft").await;
    assert_eq!(served["draft_sha256"], draft);
    let digest = |name: &str| crate::publication::digest(served[name].as_str().expect("text").as_bytes());
    assert_eq!(served["draft"]["inputs_sha256"], digest("inputs"));
    assert_eq!(served["draft"]["output_sha256"], digest("ranking"));
    let [first, second, _] = operator_keys();
    site.taken("approvals", site.approval(&first, &draft)).await;
    let missing = site.refused("publications", json!({ "period": "2024" })).await;
    assert_eq!(missing, ["domain.approvals_missing", "missing"]);
    let approved = site.taken("approvals", site.approval(&second, &draft)).await;
    assert_eq!(approved["state"], "approved");
    let published = site.taken("publications", json!({ "period": "2024" })).await;
    assert_eq!(published["draft_sha256"], draft);
    let posts: Vec<&str> =
        published["approvals"].as_array().expect("a list").iter().filter_map(|one| one["post"].as_str()).collect();
    assert_eq!(posts, &POSTS[..2]);
    assert_eq!(site.json(YEAR).await["state"], "published");
    let again = site.taken("publications", json!({ "period": "2024" })).await;
    assert_eq!((&again["again"], &again["index"]), (&json!(true), &published["index"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_that_does_not_count_is_refused_by_name() {
    let site = Site::new();
    let draft = site.closed().await;
    let [first, second, third] = operator_keys();
    let stranger = OperatorKey::from_seed([9; 32]);
    assert_eq!(site.refused("approvals", site.approval(&stranger, &draft)).await, ["domain.unknown_operator"]);
    let mut forged = site.approval(&second, &draft);
    forged["vkey"] = json!(first.vkey().to_string());
    assert_eq!(site.refused("approvals", forged).await, ["bad_signature"]);
    let other = "0".repeat(64);
    assert_eq!(site.refused("approvals", site.approval(&first, &other)).await, ["domain.not_the_draft"]);
    site.taken("approvals", site.approval(&first, &draft)).await;
    assert_eq!(site.refused("approvals", site.approval(&first, &draft)).await, ["domain.approved_twice"]);
    site.taken("operators", json!({ "vkey": stranger.vkey().to_string(), "post": POSTS[0] })).await;
    assert_eq!(site.refused("approvals", site.approval(&stranger, &draft)).await, ["domain.approved_by_post"]);
    let before = site.face.mirror.ledger.size();
    site.taken("approvals", site.approval(&third, &draft)).await;
    assert_eq!(before.get() + 1, site.face.mirror.ledger.size().get(), "what is refused leaves no entry");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_who_left_approves_nothing_more_and_is_still_named() {
    let site = Site::new();
    let draft = site.closed().await;
    let [first, second, third] = operator_keys();
    site.taken("approvals", site.approval(&first, &draft)).await;
    let reason = "Nghỉ hưu theo Quyết định số 12-QĐ/HU";
    let delisting = |key: &OperatorKey| json!({ "vkey": key.vkey().to_string(), "reason": reason });
    let delisted = site.taken("delistings", delisting(&first)).await;
    let again = site.taken("delistings", delisting(&first)).await;
    assert_eq!((&again["again"], &again["index"]), (&json!(true), &delisted["index"]));
    site.taken("delistings", delisting(&third)).await;
    assert_eq!(site.refused("approvals", site.approval(&third, &draft)).await, ["domain.unknown_operator"]);
    let (status, problem) = site.step("delistings", delisting(&OperatorKey::from_seed([9; 32]))).await;
    assert_eq!((status, &problem["errors"][0]["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("unknown-operator")));
    let (status, problem) = site.step("delistings", json!({ "vkey": second.vkey().to_string(), "reason": " " })).await;
    assert_eq!((status, &problem["errors"][0]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/reason")));
    site.taken("approvals", site.approval(&second, &draft)).await;
    site.taken("publications", json!({ "period": "2024" })).await;
    let operators = site.json("/api/v1/operators").await;
    assert_eq!(operators["operators"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&operators["former"][0]["post"], &operators["former"][0]["reason"]),
        (&json!(POSTS[0]), &json!(reason))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_again_leaves_the_approval_of_a_key_behind_that_was_delisted_since() {
    let site = Site::new();
    site.list_operators().await;
    site.taken("periods", json!({ "period": "2024" })).await;
    let closed = site.taken("closings", closing()).await;
    let draft = closed["closing"]["draft_sha256"].as_str().expect("a draft").to_owned();
    let [first, second, _] = operator_keys();
    site.taken("approvals", site.approval(&first, &draft)).await;
    let again = site.taken("closings", closing()).await;
    assert_eq!((&again["again"], &again["index"]), (&json!(true), &closed["index"]));
    let stolen = json!({ "vkey": first.vkey().to_string(), "reason": "Khoá bị mất" });
    site.taken("delistings", stolen).await;
    let anew = site.taken("closings", closing()).await;
    assert_eq!(anew["again"], false);
    let draft = anew["closing"]["draft_sha256"].as_str().expect("another draft").to_owned();
    site.taken("approvals", site.approval(&second, &draft)).await;
    let (status, problem) = site.step("publications", json!({ "period": "2024" })).await;
    assert_ne!(status, StatusCode::CREATED, "one approval of two: {problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commune_that_sent_nothing_is_waited_for_until_it_is_left_out_with_a_reason() {
    let site = Site::new();
    site.list_operators().await;
    site.taken("periods", json!({ "period": "2024" })).await;
    let closed = site.taken("closings", json!({ "period": "2024" })).await;
    assert_eq!(closed["closing"]["waiting"][0]["unit"], "gso2024-15100");
    assert!(closed["closing"]["draft_sha256"].is_null());
    let closed = site.taken("closings", closing()).await;
    assert_eq!((&closed["closing"]["waiting"], &closed["again"]), (&json!([]), &json!(false)));
    assert!(closed["closing"]["draft_sha256"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn page_and_document_say_that_the_rulebook_was_fixed_when_the_year_was_over() {
    let site = Site::new();
    let words = "Bộ tiêu chí được ấn định sau khi kỳ đã kết thúc (ngày 02/01/2025)";
    assert!(!site.get("/?period=2024").await.1.contains(words));
    site.taken("periods", json!({ "period": "2024" })).await;
    assert!(site.get("/?period=2024").await.1.contains(words), "before anything is closed");
    let published = site.publish().await;
    let (_, html) = site.get(&format!("/?period=2024&published={published}")).await;
    assert!(html.contains(words) && html.contains("The rulebook was fixed after the period had ended"), "{html}");
    let ranking = site.json(&format!("/api/v1/rankings/published/{published}")).await;
    assert_eq!(ranking["rulebook_fixed"], "after");
    site.taken("periods", json!({ "period": "2026" })).await;
    assert_eq!(site.json("/api/v1/periods/2026").await["opened"]["rulebook_fixed"], "before");
    assert!(site.json("/api/v1/rankings?period=2026").await["rulebook_fixed"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn late_units_are_named_waited_for_or_left_out_with_a_reason() {
    let site = Site::new();
    site.list_operators().await;
    let mut node = site.late_unit();
    site.taken("periods", json!({ "period": "2024" })).await;
    let closed = site.taken("closings", json!({ "period": "2024" })).await;
    assert_eq!(closed["closing"]["waiting"][0]["unit"], "gso2024-15100");
    assert!(closed["closing"]["draft_sha256"].is_null());
    assert_eq!(site.get("/api/v1/periods/2024/draft").await.0, StatusCode::NOT_FOUND);
    let again = site.taken("closings", json!({ "period": "2024" })).await;
    assert_eq!((&again["again"], &again["index"]), (&json!(true), &closed["index"]));
    let missing = site.refused("publications", json!({ "period": "2024" })).await;
    assert_eq!(missing, ["domain.period_waiting", "late"]);
    let covered = json!({ "period": "2024", "exclude": [{ "unit": "gso2024-15097", "reason": "Không muốn" }] });
    assert_eq!(site.refused("closings", covered).await, ["not_late"]);
    let reason = "Trạm hỏng ổ đĩa";
    let excluded = json!({ "period": "2024", "exclude": [{ "unit": "gso2024-15100", "reason": reason }] });
    let closed = site.taken("closings", excluded).await;
    assert_eq!(closed["closing"]["excluded"][0]["reason"], reason);
    let served = site.json("/api/v1/periods/2024/draft").await;
    let inputs: Value = serde_json::from_str(served["inputs"].as_str().expect("text")).expect("JSON");
    assert_eq!(inputs["inputs"].as_array().expect("a list").len(), 1, "{inputs}");
    assert!(inputs["absent"][0].as_str().expect("an origin").ends_with("gso2024-15100"));
    node.recorded_after_ms = 400 * 86_400_000;
    node.answer(5);
    site.trial.receive(vec![node.message(4, 5)]);
    let closed = site.taken("closings", json!({ "period": "2024" })).await;
    assert_eq!(closed["closing"]["excluded"], json!([]), "what was late has come");
    assert!(closed["closing"]["draft_sha256"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_was_superseded_is_not_published_any_more() {
    let site = Site::new();
    let old = site.closed().await;
    let [first, second, third] = operator_keys();
    site.taken("approvals", site.approval(&first, &old)).await;
    site.taken("approvals", site.approval(&second, &old)).await;
    let mut node = TestNode::new(15100);
    node.answers(12);
    site.trial.receive(vec![node.whole()]);
    let new = site.taken("closings", json!({ "period": "2024" })).await;
    let new = new["closing"]["draft_sha256"].as_str().expect("a draft").to_owned();
    let of_old = json!({ "period": "2024", "draft_sha256": old });
    assert_eq!(site.refused("publications", of_old.clone()).await, ["domain.not_the_draft"]);
    assert_eq!(site.refused("approvals", site.approval(&third, &old)).await, ["domain.not_the_draft"]);
    site.taken("approvals", site.approval(&first, &new)).await;
    site.taken("approvals", site.approval(&third, &new)).await;
    site.taken("publications", json!({ "period": "2024" })).await;
    assert_eq!(site.refused("publications", of_old).await, ["domain.cut_backwards"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amendment_says_why_and_the_page_says_what_it_changed() {
    let site = Site::new();
    site.publish().await;
    let mut node = TestNode::new(15100);
    node.answers(12);
    site.trial.receive(vec![node.whole()]);
    let unfounded = site.refused("closings", json!({ "period": "2024" })).await;
    assert_eq!(unfounded, ["domain.amendment_unfounded"]);
    let second = site.publish().await;
    assert_eq!(site.json(YEAR).await["state"], "amended");
    let (_, html) = site.get(&format!("/?period=2024&published={second}")).await;
    assert!(html.contains("Phê duyệt") && html.contains(POSTS[0]) && html.contains(POSTS[1]), "{html}");
    assert!(html.contains("Dữ liệu đến sau") && html.contains("Điều chỉnh bản số 01"), "{html}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_that_is_not_over_or_not_open_is_not_closed() {
    let site = Site::new();
    assert_eq!(site.refused("closings", json!({ "period": "2024" })).await, ["domain.period_not_open"]);
    site.taken("periods", json!({ "period": "2025" })).await;
    assert_eq!(site.refused("closings", json!({ "period": "2025", "exclude": [] })).await[0], "domain.period_not_over");
    let again = site.taken("periods", json!({ "period": "2025" })).await;
    assert_eq!(again["again"], true);
    let (status, problem) = site.step("periods", json!({ "period": "2025", "rulebook_sha256": "0".repeat(64) })).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    let (status, problem) = site.step("closings", json!({ "period": "2025", "exclude": "all" })).await;
    assert_eq!((status, &problem["errors"][0]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/exclude")));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_periods_are_compared_by_what_was_published_and_the_parts_add_up() {
    let site = Site::new();
    site.publish().await;
    let compared = site.json("/api/v1/rankings/changes?from=2023&to=2024&unit=gso2024-15097").await;
    assert_eq!(
        (&compared["before"]["state"], &compared["after"]["state"]),
        (&json!("provisional"), &json!("official"))
    );
    let change = &compared["changes"][0];
    let terms = change["terms"].as_array().expect("terms").iter();
    let sum: i64 = terms.map(|term| term["delta_centi"].as_i64().expect("a number")).sum();
    assert_eq!(Some(sum), change["delta_centi"].as_i64(), "{change}");
    let all = site.json("/api/v1/rankings/changes?from=2023&to=2024").await;
    assert_eq!(all["changes"].as_array().expect("a list").len(), 2);
    assert_eq!(site.get("/api/v1/rankings/changes?from=2023").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        site.get("/api/v1/rankings/changes?from=2023&to=2024&unit=gso2024-99999").await.0,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rulebook_is_tried_before_it_is_adopted_and_a_period_keeps_the_one_that_it_was_opened_with() {
    let site = Site::new();
    site.taken("periods", json!({ "period": "2024" })).await;
    let entries_before = site.face.mirror.ledger.size();
    let tried = Request::post("/api/v1/trials?period=2024").body(Body::from(danvan_ranking::RB_CQTT_0));
    let (status, trial) = site.send(tried.expect("a request")).await;
    assert_eq!(status, StatusCode::OK, "{trial}");
    let trial: Value = serde_json::from_str(&trial).expect("JSON");
    assert_eq!((&trial["current"]["id"], &trial["candidate"]["id"]), (&json!("rb-cqtt-1"), &json!("rb-cqtt-0")));
    assert_eq!(site.face.mirror.ledger.size(), entries_before, "nothing was written");
    let token = std::fs::read_to_string(site.trial.path().join("operator.token")).expect("a token");
    let adopt = |file: &'static [u8], doc_no: &str| {
        let request = Request::post(format!("/api/v1/admin/rulebooks?doc_no={doc_no}"));
        let request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.trim()));
        request.body(Body::from(file)).expect("a request")
    };
    let (status, problem) = site.send(adopt(danvan_ranking::RB_CQTT_0, &"9".repeat(61))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let problem: Value = serde_json::from_str(&problem).expect("JSON");
    assert_eq!((&problem["errors"][0]["field"], &problem["errors"][0]["code"]), (&json!("/doc_no"), &json!("length")));
    assert_eq!(site.send(adopt(danvan_ranking::RB_CQTT_0, "54/Q%C4%90-UBND")).await.0, StatusCode::CREATED);
    assert_eq!(site.send(adopt(danvan_ranking::RB_CQTT_0, "")).await.0, StatusCode::OK);
    let adopted = site.json("/api/v1/rulebooks").await;
    assert_eq!(
        (&adopted["rulebooks"][0]["doc_no"], &adopted["rulebooks"][1]["doc_no"]),
        (&Value::Null, &json!("54/QĐ-UBND"))
    );
    let (status, problem) = site.send(adopt(b"id = 7\nfoo = 1\n", "")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(problem.matches("\"line\"").count() == 0 && problem.matches("Dòng ").count() > 1, "{problem}");
    let rulebook = |document: &Value| document["rulebook"]["id"].as_str().map(str::to_owned);
    assert_eq!(rulebook(&site.json("/api/v1/rankings?period=2024").await).as_deref(), Some("rb-cqtt-1"));
    assert_eq!(rulebook(&site.json("/api/v1/rankings?period=2025").await).as_deref(), Some("rb-cqtt-0"));
    for status in [StatusCode::CREATED, StatusCode::OK] {
        assert_eq!(site.send(adopt(danvan_ranking::RB_CQTT_1, "")).await.0, status, "back to the earlier rules");
    }
    assert_eq!(rulebook(&site.json("/api/v1/rankings?period=2025").await).as_deref(), Some("rb-cqtt-1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_point_of_a_unit_expands_to_events_with_their_ids() {
    let site = Site::new();
    let explained = site.json("/api/v1/units/gso2024-15097/explanation?period=2024").await;
    let entries = explained["entries"].as_array().expect("entries");
    assert_eq!(entries.len(), 20, "twenty answers: {explained}");
    for (entry, index) in entries.iter().zip(2..) {
        assert_eq!(entry["index"], index);
        assert_eq!(entry["type"], "vn.danvan.survey.answered.v1");
        assert!(entry["id"].as_str().is_some_and(|id| id.len() == 36) && entry["data"]["rating"] == 5, "{entry}");
    }
    let nothing = site.json("/api/v1/units/gso2024-15100/explanation").await;
    assert_eq!(nothing["entries"], json!([]));
    assert_eq!(site.get("/api/v1/units/gso2024-99999/explanation").await.0, StatusCode::NOT_FOUND);
}
