//! Whose signatures are the board's: keys that come onto the list, off it, and onto it again.

use danvan_event::{EvaluatorKey, Timestamp};
use danvan_projection::{Applied, FlagReason, Rule, Snapshot};
use serde_json::{Value, json};

use crate::log::{Log, Saying};
use crate::scenario::{evaluation, given, told};

const TIME: &str = "2024-06-03T09:00:00+07:00";
const LOSS: &str = "2024-06-01T00:00:00.000Z";

fn vkey(seed: u8) -> String {
    EvaluatorKey::from_seed([seed; 32]).vkey().to_string()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn listing(seed: u8) -> Saying<'static> {
    Saying::new(TIME, "evaluation.evaluator_listed", json!({"vkey": vkey(seed), "post": "Ban Dân vận"}))
}

fn delisting(seed: u8, since: &str) -> Saying<'static> {
    let data = json!({"vkey": vkey(seed), "since": since, "reason": "Mất khoá"});
    Saying::new(TIME, "evaluation.evaluator_delisted", data)
}

fn aggregator(said: &[Saying<'_>]) -> Log {
    let mut log = Log::new("/a/ngoc-lac");
    for saying in said {
        log.given(saying);
    }
    log
}

/// What counts as the board's a moment before the loss, at it, and later.
fn counts(log: &Log) -> [bool; 3] {
    let registry = log.model.registry();
    let moments = ["2024-05-31T23:59:59.999Z", LOSS, "2024-12-01T00:00:00.000Z"];
    moments.map(|moment| {
        let (is_boards, delisted) = (registry.is_boards(&vkey(1), at(moment)), registry.delisted(&vkey(1), at(moment)));
        assert!(!(is_boards && delisted.is_some()), "{moment}");
        is_boards
    })
}

#[test]
fn the_last_statement_about_a_key_decides_what_of_it_is_the_boards() {
    let none: [Saying<'_>; 0] = [];
    assert_eq!(counts(&aggregator(&none)), [false; 3]);
    assert_eq!(counts(&aggregator(&[listing(1)])), [true; 3]);
    let delisted = aggregator(&[listing(1), delisting(1, LOSS)]);
    assert_eq!(counts(&delisted), [true, false, false]);
    assert_eq!(counts(&aggregator(&[listing(1), listing(2), delisting(2, LOSS)])), [true; 3], "another key");
    let again = [listing(1), delisting(1, LOSS), listing(1)];
    assert_eq!(counts(&aggregator(&again)), [true; 3], "the office takes its word back");
    let earlier = [listing(1), delisting(1, LOSS), listing(1), delisting(1, "2024-05-31T23:59:59.999Z")];
    assert_eq!(counts(&aggregator(&earlier)), [false; 3]);
    let later = [listing(1), delisting(1, LOSS), listing(1), delisting(1, "2024-06-01T00:00:00.001Z")];
    assert_eq!(counts(&aggregator(&later)), [true, true, false]);
}

#[test]
fn a_delisting_is_told_with_its_listing_until_the_key_is_listed_again() {
    let mut log = aggregator(&[listing(1), listing(2), delisting(1, LOSS)]);
    let former = &log.model.registry().former_evaluators()[&vkey(1)];
    assert_eq!((former.listed.evidence.index(), former.delisted.evidence.index()), (0, 2));
    assert_eq!((former.delisted.fact.since, former.delisted.fact.reason.as_str()), (at(LOSS), "Mất khoá"));
    let delisted = log.model.registry().delisted(&vkey(1), at(LOSS)).map(|former| former.delisted.evidence.index());
    assert_eq!(delisted, Some(2));
    assert_eq!(log.model.registry().delisted(&vkey(3), at(LOSS)), None, "a key that was never listed");
    let held = Snapshot { cursor: 3, model: log.model.clone() };
    assert_eq!(Snapshot::from_bytes(&held.to_bytes().unwrap()), Ok(held));
    log.given(&listing(1));
    assert!(log.model.registry().former_evaluators().is_empty());
    assert_eq!(log.model.registry().evaluators().len(), 2);
}

#[test]
fn a_key_that_was_never_listed_cannot_be_delisted_and_of_a_former_one_another_moment_may_be_stated() {
    let refused = Applied::Flagged(FlagReason::Rule(Rule::UnknownEvaluator));
    let mut log = aggregator(&[listing(1)]);
    assert_eq!(log.say(&delisting(2, LOSS)).0, refused, "never listed");
    assert_eq!(counts(&log), [true; 3], "what is flagged changes nothing");
    log.given(&delisting(1, LOSS));
    log.given(&delisting(1, "2024-01-01T00:00:00.000Z"));
    assert_eq!(counts(&log), [false; 3]);
    let former = &log.model.registry().former_evaluators()[&vkey(1)];
    assert_eq!((former.listed.evidence.index(), former.delisted.evidence.index()), (0, 3));
    log.given(&delisting(1, "2024-12-01T00:00:00.001Z"));
    assert_eq!(counts(&log), [true; 3], "the last statement decides");
}

#[test]
fn a_delisting_from_a_moment_that_never_was_is_no_entry() {
    let mut log = aggregator(&[listing(1)]);
    let (entry, _) = log.entry(&delisting(1, LOSS));
    let text = String::from_utf8(entry.into_bytes()).unwrap();
    for moment in ["2024-06-31T00:00:00.000Z", "2023-02-29T00:00:00.000Z", "2024-06-01T07:00:00.00+07"] {
        let forged = text.replace(LOSS, moment);
        let applied = log.append(forged.as_bytes());
        assert_eq!(applied, Applied::Flagged(FlagReason::SchemaViolation), "{moment}");
    }
    assert_eq!(counts(&log), [true; 3]);
}

#[test]
fn an_evaluation_and_a_decision_keep_when_they_were_recorded() {
    let appealed = told("evaluation.appealed", json!({"reason": "Thiếu một phiếu."}));
    let decided = told("evaluation.appeal_decided", json!({"decision": "kept", "reason": "Đúng."}));
    let scenario = given([
        evaluation("board", &[700, 650]).signed_by(1).on(3).a_moment_later(),
        appealed.citing("evaluation", "evaluation").called("appeal").on(4),
        decided.citing("appeal", "appeal").signed_by(1).on(5),
    ]);
    let unit = scenario.unit();
    assert_eq!(unit.evaluations()[0].recorded, at("2024-03-04T01:00:00.001Z"));
    assert_eq!(unit.appeals()[0].decisions[0].recorded, at("2024-03-06T01:00:00.000Z"));
    let mut late = Log::new(crate::log::UNIT);
    let panel: Value = json!([{"post": "a", "points_centi": 700}]);
    let data = json!({"period": "2024-Q1", "kind": "self", "panel": panel});
    late.given(&Saying {
        recorded: Some("2024-05-01T00:00:00Z"),
        ..Saying::new("2024-03-04T00:00:00Z", "evaluation.conducted", data)
    });
    let (_, known) = late.model.units().next().unwrap();
    let evaluation = &known.evaluations()[0];
    assert_eq!((evaluation.at, evaluation.recorded), (at("2024-03-04T00:00:00.000Z"), at("2024-05-01T00:00:00.000Z")));
}

#[test]
fn no_verdict_is_dated_back_by_an_entry_that_is_flagged_for_going_back() {
    let mut log = Log::new(crate::log::UNIT);
    let said = |time: &'static str| {
        let panel: Value = json!([{"post": "a", "points_centi": 700}]);
        let data = json!({"period": "2024-Q1", "kind": "self", "panel": panel});
        Saying { recorded: Some(time), ..Saying::new(time, "evaluation.conducted", data) }
    };
    log.given(&said("2024-06-20T00:00:00Z"));
    let back = log.say(&said("2024-03-04T00:00:00Z")).0;
    assert_eq!(back, Applied::Flagged(FlagReason::RecordedTimeBackwards));
    log.given(&said("2024-03-04T00:00:00Z"));
    let (_, known) = log.model.units().next().unwrap();
    let recorded: Vec<Timestamp> = known.evaluations().iter().map(|held| held.recorded).collect();
    assert_eq!(recorded, [at("2024-06-20T00:00:00.000Z"); 2]);
}
