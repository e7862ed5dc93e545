//! What is counted, where, and with what evidence.

use danvan_event::SurveyChannel;
use danvan_projection::{Month, Places, Stage};
use serde_json::json;

use crate::log::{Log, Saying, UNIT};

#[test]
fn answers_are_counted_by_vietnamese_month_with_their_weight_and_place() {
    let mut log = Log::new(UNIT);
    let answer = |time: &'static str, rating: u8, assisted: bool| {
        let commitments = json!([{"code": "B1", "kept": rating > 3}, {"code": "K2", "kept": true}]);
        let data = json!({"channel": "kiosk", "rating": rating, "assisted": assisted, "commitments": commitments});
        Saying::new(time, "survey.answered", data)
    };
    log.given(&answer("2024-02-29T16:59:59.999Z", 4, false));
    log.given(&answer("2024-02-29T17:00:00.000Z", 5, true));
    log.given(&answer("2024-03-02T01:00:00.000Z", 3, false));
    let unit = log.model.unit(log.source.unit().unwrap()).unwrap();
    let month = |text: &str| unit.surveys().get(text.parse::<Month>().unwrap()).unwrap();
    assert_eq!(month("2024-02").answers(), 1);
    let march = month("2024-03");
    let indices = |places: &Places| -> Vec<u64> { places.iter().map(danvan_projection::Evidence::index).collect() };
    assert_eq!((indices(&march.places.satisfied), indices(&march.places.dissatisfied)), (vec![1], vec![2]));
    assert_eq!(indices(&march.places.at_kiosk), [1, 2]);
    let by_kiosk = march.channels().find(|(channel, _)| *channel == SurveyChannel::Kiosk).unwrap().1;
    let rated = by_kiosk.satisfaction;
    assert_eq!((rated.count(), rated.favourable_halves(), rated.halves()), (2, 1, 3));
    let rated = by_kiosk.commitments;
    assert_eq!((rated.favourable, rated.favourable_assisted), (3, 2));
    assert_eq!((rated.unfavourable, rated.unfavourable_assisted), (1, 0));
    assert_eq!((march.places.all_kept.len(), march.places.some_broken.len()), (1, 1));
    assert_eq!((unit.counted(), unit.synthetic()), (3, 3));
}

#[test]
fn the_rollout_keeps_the_earliest_date_of_each_stage() {
    let mut log = Log::new(UNIT);
    log.given(&Saying::new("2024-04-01T00:00:00Z", "model.launch_conference_held", json!({})));
    log.given(&Saying::new("2024-03-08T07:00:00Z", "model.launch_conference_held", json!({})));
    let unit = log.model.unit(log.source.unit().unwrap()).unwrap();
    let launch = unit.rollout().reached(Stage::Launch).unwrap();
    assert_eq!((launch.at.to_string().as_str(), launch.evidence.index()), ("2024-03-08T07:00:00.000Z", 1));
    assert_eq!(unit.rollout().facts(Stage::Launch).len(), 2);
    assert_eq!(unit.rollout().reached(Stage::Resolution), None);
}

#[test]
fn a_feedback_keeps_its_course() {
    let mut log = Log::new(UNIT);
    let received = json!({"channel": "zalo", "kind": "proposal", "due_days": 5});
    let id = log.given(&Saying::new("2024-03-01T00:00:00Z", "feedback.received", received));
    let subject = format!("feedback/{id}");
    let response = json!({"outcome": "explained", "reply": "Đã giải thích."});
    log.given(&Saying::new("2024-03-03T00:00:00Z", "feedback.responded", response).about(&subject));
    log.given(&Saying::new("2024-03-04T00:00:00Z", "feedback.confirmed", json!({"satisfied": true})).about(&subject));
    log.given(&Saying::new("2024-03-05T00:00:00Z", "feedback.result_published", json!({})).about(&subject));
    let unit = log.model.unit(log.source.unit().unwrap()).unwrap();
    let case = unit.feedback().about(&subject).unwrap();
    assert_eq!(case.due().to_string(), "2024-03-06T00:00:00.000Z");
    assert!(case.needs_answer());
    assert_eq!(case.first_response().map(|response| response.evidence.index()), Some(1));
    let places = [case.first_publication(), case.first_reopening()].map(|step| step.map(|step| step.evidence.index()));
    assert_eq!(places, [Some(3), None]);
    assert_eq!(case.last_confirmation().map(|step| (step.evidence.index(), step.value)), Some((2, true)));
}
