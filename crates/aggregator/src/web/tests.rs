//! The pages and the API over a real ledger in a temporary directory.

mod evaluators;
mod pages;
mod periods;
mod problems;
mod published_files;
mod succession;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use danvan_daemon::DrainToken;
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::{Face, router};
use crate::running::face;
use crate::settings::Attribution;
use crate::standing::stand;
use crate::trial::{TestNode, Trial};

/// A trial with a face over it. Lộc Thịnh has generated answers and one real fact, Ngọc Sơn nothing.
struct Site {
    trial: Trial,
    face: Arc<Face>,
    node: TestNode,
}

impl Site {
    fn new() -> Self {
        Self::with(Vec::new())
    }

    /// With these words about real facts in the settings.
    fn with(attribution: Vec<Attribution>) -> Self {
        let mut trial = Trial::new();
        trial.opened.as_mut().expect("an open aggregator").settings.attribution = attribution;
        let mut node = trial.enrol(15097);
        let registered = json!({ "model_id": "than-thien", "title": "<script>alert(1)</script>", "pilot": true });
        node.say("model.registered.v1", "model/than-thien", false, registered);
        node.answers(20);
        trial.enrol(15100);
        trial.receive(vec![node.whole()]);
        let opened = trial.opened.as_ref().expect("an open aggregator");
        let face = face(opened, DrainToken::new()).expect("a face");
        Self { trial, face, node }
    }

    fn app(&self) -> Router {
        router(Arc::clone(&self.face))
    }

    /// What the aggregator's own task does when the read model moved.
    fn rank_again(&self) {
        let standing = stand(&self.face.mirror, &self.face.period, 0).expect("a rulebook");
        self.face.standing.send_replace(Arc::new(standing));
    }

    async fn publish(&self) -> u64 {
        self.trial.approved(&self.face.period);
        let (status, body) = self.operator("/api/v1/admin/publications", json!({ "period": "2024" })).await;
        assert!(status.is_success(), "{body}");
        body["index"].as_u64().expect("an index")
    }

    async fn get(&self, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        self.send(request).await
    }

    async fn json(&self, path: &str) -> Value {
        let (status, body) = self.get(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        serde_json::from_str(&body).expect("JSON")
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, String) {
        let response = self.app().oneshot(request).await.expect("an answer");
        let status = response.status();
        let body = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
        (status, String::from_utf8(body.to_vec()).expect("text"))
    }

    async fn operator(&self, path: &str, body: Value) -> (StatusCode, Value) {
        let token = std::fs::read_to_string(self.trial.path().join("operator.token")).expect("a token");
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", token.trim()))
            .body(Body::from(body.to_string()))
            .expect("a request");
        let (status, body) = self.send(request).await;
        (status, serde_json::from_str(&body).unwrap_or(Value::Null))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_vietnamese_first_and_asks_no_other_host() {
    let site = Site::new();
    let pages = [
        ("/", StatusCode::OK),
        ("/?period=2024-Q1&q=loc+thinh&live=off", StatusCode::OK),
        ("/units/gso2024-15097", StatusCode::OK),
        ("/units/gso2024-15100?period=2024-03", StatusCode::OK),
        ("/units/gso2024-15097/entries/1", StatusCode::OK),
        ("/fleet", StatusCode::OK),
        ("/units/gso2024-99999", StatusCode::NOT_FOUND),
        ("/units/gso2024-15097/entries/4000", StatusCode::NOT_FOUND),
        ("/nowhere", StatusCode::NOT_FOUND),
    ];
    for (path, expected) in pages {
        let (status, html) = site.get(path).await;
        assert_eq!(status, expected, "{path}");
        assert!(html.contains("<html lang=\"vi\""), "{path}");
        assert!(html.contains("lang=\"en\""), "{path} has English beside it");
        for foreign in ["http://", "https://", "src=\"//", "href=\"//", "<style", "style=\"", " onclick="] {
            assert!(!html.contains(foreign), "{path} contains {foreign}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_the_policy_that_keeps_it_to_itself() {
    let site = Site::new();
    for path in ["/", "/api/v1/rankings", "/health/live", "/metrics"] {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let response = site.app().oneshot(request).await.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().expect("text");
        assert!(policy.starts_with("default-src 'self';"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ranking_page_names_units_marks_simulated_data_and_says_what_waits() {
    let site = Site::new();
    let (_, html) = site.get("/").await;
    for expected in ["Xã Lộc Thịnh", "Mô phỏng", "Tạm tính", "Chưa đủ dữ liệu", "Huyện Ngọc Lặc"]
    {
        assert!(html.contains(expected), "{expected}");
    }
    assert!(html.contains("Đã nhận 1/2 đơn vị"));
    assert!(html.contains(&site.face.standing.borrow().digest), "the digest of the ranking is on the page");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_without_diacritics_finds_a_unit() {
    let site = Site::new();
    let (_, html) = site.get("/?q=loc%20thinh").await;
    assert!(html.contains("u-gso2024-15097") && !html.contains("u-gso2024-15100"));
    let (_, html) = site.get("/?q=%3Cb%3E").await;
    assert!(html.contains("Không có đơn vị nào khớp") && !html.contains("“<b>”"));
}

#[tokio::test(flavor = "multi_thread")]
async fn words_out_of_an_entry_are_shown_as_words() {
    let site = Site::new();
    for path in ["/units/gso2024-15097", "/units/gso2024-15097/entries/1"] {
        let (_, html) = site.get(path).await;
        assert!(html.contains("alert(1)"), "{path} shows the title");
        assert!(!html.contains("<script>alert"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_is_shown_with_its_leaf_hash_and_the_checkpoint_that_covers_it() {
    let site = Site::new();
    let leaf = danvan_tlog::leaf_hash(&site.node.entries[1]).to_string();
    let (_, html) = site.get("/units/gso2024-15097/entries/1").await;
    assert!(html.contains(&leaf.replace('+', "&#43;")) || html.contains(&leaf), "{leaf}");
    assert!(html.contains("ngoc-lac-2024.danvan.test/u/gso2024-15097\n22\n"), "the checkpoint's text");
    let entry = site.json("/api/v1/units/gso2024-15097/entries/1").await;
    assert_eq!(entry["leaf_hash"], leaf);
    assert_eq!(entry["entry"].as_str().expect("text").as_bytes(), site.node.entries[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_tells_ranking_unit_and_fleet() {
    let site = Site::new();
    let ranking = site.json("/api/v1/rankings").await;
    assert_eq!(ranking["state"], "provisional");
    assert_eq!(ranking["rows"].as_array().expect("rows").len(), 2);
    assert_eq!(
        ranking["completeness"],
        json!({
            "units": 2, "units_received": 1, "entries_known": 22, "entries_received": 22,
        })
    );
    let unit = site.json("/api/v1/units/gso2024-15097").await;
    assert_eq!(unit["name"], "Lộc Thịnh");
    assert_eq!(unit["log"]["size"], 22);
    assert!(unit["components"][3]["criteria"][0]["favourable"].as_array().is_some_and(|evidence| evidence.len() == 20));
    let fleet = site.json("/api/v1/fleet").await;
    assert_eq!(fleet["entries"], 22);
    assert_eq!(fleet["units"][0]["unit"], "gso2024-15097");
    assert_eq!(site.get("/api/v1/rankings?period=soon").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(site.get("/api/v1/units/gso2024-99999").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operators_request_needs_the_operators_token() {
    let site = Site::new();
    let nouns = ["units", "successions", "evaluators", "operators", "periods", "closings", "approvals", "publications"];
    let published = ["catalogues", "trees", "assignments", "delistings", "evaluator-delistings"];
    for path in nouns.iter().chain(&published).map(|noun| format!("/api/v1/admin/{noun}")) {
        let path = path.as_str();
        for token in [None, Some("Bearer 0123456789abcdef0123456789abcdef")] {
            let mut request = Request::post(path);
            if let Some(token) = token {
                request = request.header(header::AUTHORIZATION, token);
            }
            let request = request.body(Body::from(r#"{"period":"2024"}"#)).expect("a request");
            assert_eq!(site.send(request).await.0, StatusCode::UNAUTHORIZED, "{path}");
        }
    }
    assert!(site.face.mirror.published(&site.face.period).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_enrolled_over_http_and_mistakes_are_named() {
    let site = Site::new();
    let node = TestNode::new(15103);
    let vkey = node.key.verifier_key().to_string();
    let (status, body) = site.operator("/api/v1/admin/units", json!({ "unit": node.unit, "vkey": vkey })).await;
    assert_eq!((status, &body["again"]), (StatusCode::OK, &json!(false)), "{body}");
    let (_, body) = site.operator("/api/v1/admin/units", json!({ "unit": node.unit, "vkey": vkey })).await;
    assert_eq!(body["again"], true);
    let wrong = json!({ "unit": "gso2024-15097", "vkey": vkey });
    let (status, body) = site.operator("/api/v1/admin/units", wrong).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(body["errors"][0]["field"], "/vkey");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_names_the_cluster_in_which_a_unit_is_ranked() {
    let site = Site::new();
    let vkey = site.node.key.verifier_key().to_string();
    let request = |cluster: Value| json!({ "unit": "gso2024-15097", "vkey": vkey, "cluster": cluster });
    let (status, body) = site.operator("/api/v1/admin/units", request(json!("Xã miền núi"))).await;
    assert_eq!((status, &body["again"]), (StatusCode::OK, &json!(false)), "{body}");
    site.rank_again();
    let ranking = site.json("/api/v1/rankings").await;
    let rows = ranking["rows"].as_array().expect("rows").iter();
    let clusters: Vec<_> = rows.map(|row| (row["unit"].as_str(), row["cluster"].as_str())).collect();
    let expected = [("gso2024-15100", "Huyện Ngọc Lặc"), ("gso2024-15097", "Xã miền núi")];
    assert_eq!(clusters, expected.map(|(unit, cluster)| (Some(unit), Some(cluster))));
    for odd in [json!(" "), json!("x".repeat(81)), json!(7)] {
        let (status, body) = site.operator("/api/v1/admin/units", request(odd)).await;
        assert_eq!((status, &body["errors"][0]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/cluster")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publication_makes_the_page_official_and_is_made_once() {
    let site = Site::new();
    site.trial.approved(&site.face.period);
    let (status, first) = site.operator("/api/v1/admin/publications", json!({ "period": "2024" })).await;
    assert_eq!(status, StatusCode::CREATED, "{first}");
    let (status, again) = site.operator("/api/v1/admin/publications", json!({ "period": "2024" })).await;
    assert_eq!((status, &again["index"]), (StatusCode::OK, &first["index"]));
    let ranking = site.json("/api/v1/rankings").await;
    assert_eq!(ranking["state"], "official");
    assert_eq!(ranking["sha256"], first["output_sha256"]);
    let (_, html) = site.get("/").await;
    assert!(html.contains("Chính thức · số 01"));
    let listed = site.json("/api/v1/rankings/published").await;
    assert_eq!(listed["publications"].as_array().expect("a list").len(), 1);
    let (status, bytes) = site.get(&format!("/api/v1/rankings/published/{}", first["index"])).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(crate::publication::digest(bytes.as_bytes()), first["output_sha256"]);
    let (status, html) = site.get(&format!("/?period=2024&published={}", first["index"])).await;
    assert!(status == StatusCode::OK && html.contains("Chính thức · số 01"));
    let receipts = site.face.mirror.ledger.receipts();
    let covered = receipts.get(site.face.mirror.notary.name()).expect("the own log is cosigned").size();
    assert!(covered.get() > first["index"].as_u64().expect("an index"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_lags_behind_hears_of_it_at_once_and_again_after_every_change() {
    let site = Site::new();
    let request = Request::get("/live?seen=something-else").body(Body::empty()).expect("a request");
    let response = site.app().oneshot(request).await.expect("an answer");
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
    let mut stream = response.into_body().into_data_stream();
    let mut next =
        async || String::from_utf8(stream.next().await.expect("a chunk").expect("sound").to_vec()).expect("text");
    assert!(next().await.contains("event: ranking"));
    let mut node = TestNode::new(15100);
    node.answers(12);
    site.trial.receive(vec![node.whole()]);
    site.rank_again();
    assert!(next().await.contains(&site.face.standing.borrow().digest));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_hears_of_a_publication_that_changes_no_row() {
    let site = Site::new();
    // The document says when the period was opened, so that comes first.
    site.face.mirror.open_period(&site.face.period, None).expect("opened");
    site.rank_again();
    let (_, html) = site.get("/").await;
    let seen = html.split("/live?seen=").nth(1).and_then(|rest| rest.split('"').next()).expect("a line to follow");
    let request = Request::get(format!("/live?seen={seen}")).body(Body::empty()).expect("a request");
    let response = site.app().oneshot(request).await.expect("an answer");
    let mut stream = response.into_body().into_data_stream();
    let before = site.face.standing.borrow().digest.clone();
    let index = site.publish().await;
    let news = String::from_utf8(stream.next().await.expect("a chunk").expect("sound").to_vec()).expect("text");
    assert!(news.contains("event: ranking") && news.contains(&format!("{before}-{index}")), "{news}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_publication_the_ranking_is_the_published_one_at_once() {
    let site = Site::new();
    let mut node = TestNode::new(15100);
    node.answers(12);
    site.trial.receive(vec![node.whole()]);
    let index = site.publish().await;
    let ranking = site.json("/api/v1/rankings").await;
    assert_eq!((&ranking["state"], &ranking["publication"]["index"]), (&json!("official"), &json!(index)));
    assert_eq!(ranking["sha256"], ranking["publication"]["output_sha256"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_taken_up_again_tells_nothing_that_its_reader_has_seen() {
    let site = Site::new();
    let key = site.face.standing.borrow().key();
    let request = Request::get("/live?seen=long-ago").header("last-event-id", &key).body(Body::empty());
    let response = site.app().oneshot(request.expect("a request")).await.expect("an answer");
    let mut stream = response.into_body().into_data_stream();
    let index = site.publish().await;
    let news = String::from_utf8(stream.next().await.expect("a chunk").expect("sound").to_vec()).expect("text");
    assert!(news.contains(&format!("-{index}")), "the first news is the publication: {news}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_readers_choice_of_text_size_and_contrast_is_followed() {
    let site = Site::new();
    let request = Request::get("/").header(header::COOKIE, "danvan_size=large; danvan_contrast=high");
    let (_, html) = site.send(request.body(Body::empty()).expect("a request")).await;
    assert!(html.contains("data-size=\"large\" data-contrast=\"high\""));
}
