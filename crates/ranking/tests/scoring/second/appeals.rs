//! Appeals against a board's verdict, and what was decided about them.

use danvan_event::{EvaluatorKey, EventId, Verdict};
use danvan_ranking::{Mark, rank};
use serde_json::{Value, json};

use super::{points, registry, row, rulebook, signed, strong};
use crate::league::{Log, folded, noon, year};

/// The unit appeals against the evaluation that its log ends with.
fn appeal(log: &mut Log) -> EventId {
    let evaluation = log.entries.last().unwrap().id().to_string();
    log.say(&noon(301), "evaluation.appealed", &json!({"evaluation": evaluation, "reason": "Sai sót."}))
}

fn decision(appeal: EventId, verdict: &str, delta_centi: i64) -> Value {
    json!({
        "appeal": appeal.to_string(), "decision": verdict, "reason": "Đã xem lại.", "points_delta_centi": delta_centi,
    })
}

#[test]
fn a_decision_about_an_appeal_counts_when_a_listed_evaluator_signed_it() {
    let key = EvaluatorKey::from_seed([3; 32]);
    let log = strong(&key);
    let with = |verdict: &str, delta: i64, signer: Option<&EvaluatorKey>| {
        let mut log = log.clone();
        let data = decision(appeal(&mut log), verdict, delta);
        match signer {
            Some(signer) => drop(signed(&mut log, signer, Verdict::AppealDecision, "evaluation.appeal_decided", data)),
            None => drop(log.say(&noon(302), "evaluation.appeal_decided", &data)),
        }
        points(&row(&log, &key), "B1")
    };
    assert_eq!(points(&row(&log, &key), "B1"), 700);
    assert_eq!(with("adjusted", 50, Some(&key)), 750);
    assert_eq!(with("adjusted", 500, Some(&key)), 800, "never more than there is");
    assert_eq!(with("adjusted", 50, Some(&EvaluatorKey::from_seed([4; 32]))), 700, "a key that is not listed");
    assert_eq!(with("adjusted", 50, None), 700, "the unit's own word");
    assert_eq!(with("annulled", 0, Some(&key)), 600, "the prior stands in");
}

#[test]
fn of_two_decisions_about_one_appeal_the_last_one_counts_and_only_once() {
    let (key, other) = (EvaluatorKey::from_seed([3; 32]), EvaluatorKey::from_seed([4; 32]));
    let mut log = strong(&key);
    let appeal = appeal(&mut log);
    let board_points = |decisions: [(&EvaluatorKey, &str, i64); 2]| {
        let mut log = log.clone();
        for (signer, verdict, delta) in decisions {
            let data = decision(appeal, verdict, delta);
            signed(&mut log, signer, Verdict::AppealDecision, "evaluation.appeal_decided", data);
        }
        let listed = registry(&[key.vkey().to_string(), other.vkey().to_string()]);
        points(&rank(&folded(&[&listed, &log]), &rulebook(), &year()).rows[0], "B1")
    };
    assert_eq!(
        board_points([(&key, "adjusted", 20), (&other, "adjusted", 20)]),
        720,
        "the same verdict of two members"
    );
    assert_eq!(board_points([(&key, "adjusted", 20), (&other, "adjusted", 50)]), 750);
    assert_eq!(board_points([(&other, "adjusted", 50), (&key, "adjusted", 20)]), 720);
    assert_eq!(board_points([(&key, "annulled", 0), (&other, "adjusted", 20)]), 720);
    assert_eq!(board_points([(&key, "adjusted", 20), (&other, "annulled", 0)]), 600, "the prior stands in");
    let unlisted = EvaluatorKey::from_seed([5; 32]);
    assert_eq!(board_points([(&key, "adjusted", 20), (&unlisted, "annulled", 0)]), 720, "a key that is not listed");
}

#[test]
fn an_appeal_stands_beside_the_unit_until_a_listed_evaluator_has_decided() {
    let key = EvaluatorKey::from_seed([3; 32]);
    let mut log = strong(&key);
    let is_marked = |log: &Log| row(log, &key).marks.contains(&Mark::KienNghiChuaKetLuan);
    assert!(!is_marked(&log));
    let appeal = appeal(&mut log);
    assert!(is_marked(&log));
    let before = points(&row(&log, &key), "B1");
    let data = json!({"appeal": appeal.to_string(), "decision": "kept", "reason": "Đã xem lại."});
    log.say(&noon(302), "evaluation.appeal_decided", &data);
    assert!(is_marked(&log), "the unit's own word decides nothing");
    signed(&mut log, &key, Verdict::AppealDecision, "evaluation.appeal_decided", data);
    assert!(!is_marked(&log));
    assert_eq!(points(&row(&log, &key), "B1"), before, "a mark moves no point");
}
