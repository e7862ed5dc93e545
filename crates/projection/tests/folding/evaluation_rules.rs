//! Evaluations by boards and by the unit itself, appeals and decisions.

use danvan_event::{Canon, EvaluatorKey};
use danvan_projection::{FlagReason, Rule};
use serde_json::{Value, json};

use crate::scenario::{Told, counted, evaluation, given, refused, told};

fn appealed() -> Told {
    told("evaluation.appealed", json!({"reason": "Thiếu một phiếu."}))
        .citing("evaluation", "evaluation")
        .called("appeal")
}

fn decided() -> Told {
    let data = json!({"decision": "adjusted", "points_delta_centi": 50, "reason": "Bổ sung phiếu."});
    told("evaluation.appeal_decided", data).citing("appeal", "appeal")
}

#[test]
fn a_board_has_three_members_when_two_are_far_apart() {
    given([]).when(evaluation("board", &[580, 700])).then(counted());
    given([]).when(evaluation("board", &[579, 700])).then(refused(Rule::ThirdMemberNeeded));
    given([]).when(evaluation("board", &[100, 800, 700])).then(counted());
    given([]).when(evaluation("self", &[700])).then(counted());
}

#[test]
fn the_verdict_is_the_median_and_the_spread_is_kept() {
    let judged = given([evaluation("board", &[800, 500, 640])]);
    let evaluation = &judged.unit().evaluations()[0];
    assert_eq!((evaluation.doubled_median_centi(), evaluation.spread_centi()), (1_280, 300));
    let two = given([evaluation_of_two()]);
    assert_eq!(two.unit().evaluations()[0].doubled_median_centi(), 1_301);
}

fn evaluation_of_two() -> Told {
    evaluation("board", &[701, 600])
}

#[test]
fn an_evaluation_without_a_signature_is_the_units_own() {
    let both = given([
        evaluation("board", &[700, 650]),
        evaluation("board", &[700, 650]).signed_by(1),
        evaluation("self", &[800]),
    ]);
    let signers: Vec<bool> =
        both.unit().evaluations().iter().map(|evaluation| evaluation.signed_by.is_some()).collect();
    assert_eq!(signers, [false, true, false]);
    assert_eq!((both.unit().signed_evaluations().count(), both.unit().self_assessments().count()), (1, 2));
}

#[test]
fn an_appeal_names_an_evaluation_and_a_decision_names_an_appeal() {
    given([]).when(appealed()).then(refused(Rule::UnknownEvaluation));
    given([evaluation("board", &[700, 650]).signed_by(1)]).when(appealed()).then(counted());
    given([]).when(decided().signed_by(1)).then(refused(Rule::UnknownAppeal));
}

#[test]
fn nobodys_decision_takes_the_place_of_the_boards() {
    let appeal = given([evaluation("board", &[700, 650]).signed_by(1), appealed()]);
    let decided_by_all = appeal
        .when(decided())
        .then(counted())
        .when(decided().signed_by(2))
        .then(counted())
        .when(decided().signed_by(1))
        .then(counted());
    let keys: Vec<Option<String>> =
        decided_by_all.unit().appeals()[0].decisions.iter().map(|decision| decision.signed_by.clone()).collect();
    let key = |seed: u8| Some(EvaluatorKey::from_seed([seed; 32]).vkey().to_string());
    assert_eq!(keys, [None, key(2), key(1)]);
    assert_eq!(decided_by_all.unit().appeals()[0].decisions[2].points_delta_centi, 50);
    decided_by_all
        .when(decided().signed_by(1).on(1))
        .then(refused(Rule::AppealDecidedTwice))
        .when(decided().on(1))
        .then(refused(Rule::AppealDecidedTwice));
}

#[test]
fn a_decision_signed_as_an_evaluation_is_no_decision() {
    let mut signed = Canon::try_from(&json!({"decision": "kept", "reason": "Đúng."})).unwrap();
    let key = EvaluatorKey::from_seed([1; 32]);
    let unit = "gso2024-15100".parse().unwrap();
    let id = "018e1cfa-1b40-7abc-8def-0123456789ab".parse().unwrap();
    danvan_event::sign_evaluation(&key, danvan_event::Verdict::Evaluation, &unit, &id, &mut signed);
    let appeal = given([evaluation("board", &[700, 650]), appealed()]);
    let forged = told("evaluation.appeal_decided", Value::from(signed)).citing("appeal", "appeal");
    appeal.when(forged).then(refused(FlagReason::BadSignature));
}
