//! A board's key on the list, off it, and what readers are told.

use axum::http::StatusCode;
use danvan_event::{Canon, EvaluatorKey, Verdict, sign_evaluation};
use serde_json::{Value, json};

use super::Site;

const UNIT: &str = "/api/v1/units/gso2024-15097";
const POST: &str = "Ban Dân vận Huyện uỷ";
const REASON: &str = "Mất khoá, theo Biên bản số 07-BB/BDV";
/// The words of the remark on a page.
const WORDS: [&str; 2] = ["ký bằng khoá đã thôi ghi nhận", "Signed by a key that was delisted"];

fn key() -> EvaluatorKey {
    EvaluatorKey::from_seed([3; 32])
}

fn delisting(since: &str) -> Value {
    json!({ "vkey": key().vkey().to_string(), "since": since, "reason": REASON })
}

impl Site {
    /// Lets the board judge the commune, and says when its node recorded that.
    fn judged(&mut self) -> danvan_event::Timestamp {
        let panel = json!([{ "post": "Trưởng ban", "points_centi": 700 }, { "post": "Uỷ viên", "points_centi": 700 }]);
        let data = json!({ "period": "2024", "kind": "board", "panel": panel });
        let mut data = Canon::try_from(data).expect("canonical data");
        sign_evaluation(&key(), Verdict::Evaluation, &self.node.unit, &self.node.next_id(), &mut data);
        let held = self.node.entries.len() as u64;
        self.node.say("evaluation.conducted.v1", "unit/gso2024-15097", false, Value::from(data));
        self.trial.receive(vec![self.node.message(held, held + 1)]);
        let entry = danvan_event::Entry::parse(self.node.entries.last().expect("an entry").clone());
        entry.expect("an entry").recordedtime()
    }

    /// How many of the board's evaluations count, and the remarks beside them.
    async fn board(&self) -> (u64, Vec<String>) {
        let unit = self.json(UNIT).await;
        let components = unit["components"].as_array().expect("components").iter();
        let mut criteria = components.flat_map(|component| component["criteria"].as_array().expect("criteria"));
        let board = criteria.find(|criterion| criterion["code"] == "B1").expect("a criterion");
        let marks = board["marks"].as_array().into_iter().flatten();
        (board["n"].as_u64().expect("a number"), marks.map(|mark| mark.as_str().expect("a code").to_owned()).collect())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_key_is_taken_off_the_list_and_the_page_says_why_its_evaluation_counts_no_more() {
    let mut site = Site::new();
    let (recorded, vkey) = (site.judged(), key().vkey().to_string());
    site.taken("evaluators", json!({ "vkey": vkey, "post": POST })).await;
    assert_eq!(site.board().await, (1, vec![]));
    let moment_later = danvan_event::Timestamp::from_millis(recorded.as_millis() + 1).expect("a time");
    // The clock of the node is ahead of the aggregator's.
    site.trial.clock.advance(moment_later.as_millis() - site.trial.clock_ms());
    site.taken("evaluator-delistings", delisting(&moment_later.to_string())).await;
    assert_eq!(site.board().await, (1, vec![]), "it was recorded before the loss");
    let page = || async { site.get("/units/gso2024-15097?period=2024").await.1 };
    let html = page().await;
    assert!(WORDS.iter().all(|words| !html.contains(words)), "{html}");

    let delisted = site.taken("evaluator-delistings", delisting(&recorded.to_string())).await;
    assert_eq!(delisted["again"], false, "another moment takes the place of the one before");
    let marks = ["chua_tham_dinh", "khoa_thoi_ghi_nhan"].map(str::to_owned);
    assert_eq!(site.board().await, (0, marks.to_vec()));
    let html = page().await;
    assert!(WORDS.iter().all(|words| html.contains(words)), "{html}");

    let evaluators = site.json("/api/v1/evaluators").await;
    let former = json!([{
        "index": delisted["index"], "vkey": vkey, "post": POST, "since": recorded, "reason": REASON,
    }]);
    assert_eq!(evaluators, json!({ "evaluators": [], "former": former }));
    let stated = site.face.mirror.ledger.size();
    let (status, problem) = site.step("evaluators", json!({ "vkey": vkey, "post": POST })).await;
    assert_eq!(status, StatusCode::CONFLICT, "a command that is repeated reinstates no key: {problem}");
    let (status, problem) = site.step("evaluators", json!({ "vkey": vkey, "post": POST, "again": "yes" })).await;
    assert_eq!((status, &problem["errors"][0]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/again")));
    assert_eq!(site.face.mirror.ledger.size(), stated);
    site.taken("evaluators", json!({ "vkey": vkey, "post": POST, "again": true })).await;
    assert_eq!(site.board().await, (1, vec![]), "listed again, it counts again");
    let evaluators = site.json("/api/v1/evaluators").await;
    assert_eq!((&evaluators["former"], &evaluators["evaluators"][0]["vkey"]), (&json!([]), &json!(vkey)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delisting_is_stated_once_and_what_it_cannot_mean_is_refused_by_name() {
    let site = Site::new();
    let vkey = key().vkey().to_string();
    let loss = "2024-06-01T07:00:00+07:00";
    let refused = |body: Value| async { site.step("evaluator-delistings", body).await };
    let (status, problem) = refused(delisting(loss)).await;
    assert_eq!(
        (status, &problem["errors"][0]["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("unknown-evaluator"))
    );
    site.taken("evaluators", json!({ "vkey": vkey, "post": POST })).await;
    for (field, value) in [
        ("/since", json!("2024-06-31T07:00:00+07:00")),
        ("/since", json!("1/6/2024")),
        ("/since", json!("2190-01-01T00:00:00Z")),
        ("/reason", json!(" ")),
    ] {
        let mut body = delisting(loss);
        body[&field[1..]] = value;
        let (status, problem) = refused(body).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(field)));
    }
    let before = site.face.mirror.ledger.size();
    let delisted = site.taken("evaluator-delistings", delisting(loss)).await;
    let again = site.taken("evaluator-delistings", delisting("2024-06-01T00:00:00Z")).await;
    assert_eq!((&again["again"], &again["index"]), (&json!(true), &delisted["index"]), "the same moment");
    assert_eq!(site.face.mirror.ledger.size().get(), before.get() + 1, "stated once");
}
