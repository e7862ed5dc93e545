//! Which cases are judged: those that were handed on or taken back, and those that the office wrote down itself.

use danvan_event::{EvaluatorKey, EventId};
use danvan_ranking::{Rulebook, explain, rank};
use serde_json::{Value, json};

use super::{PROMPT, criterion, registry, rulebook, strong};
use crate::league::{Log, Story, UNIT, folded, noon, year};

/// A citizen complains on the 301st day, and an answer is due on the 316th; what the complaint is called.
fn complaint(log: &mut Log) -> String {
    let received = json!({"channel": "qr", "kind": "complaint", "due_days": 15});
    format!("feedback/{}", log.say(&noon(301), "feedback.received", &received))
}

#[test]
fn a_case_that_was_handed_on_before_it_was_due_is_not_judged_and_one_handed_on_late_is() {
    let key = EvaluatorKey::from_seed([3; 32]);
    let judged = |after: i64, rulebook: &Rulebook| {
        let mut log = strong(&key);
        let case = complaint(&mut log);
        let transferred = json!({"to_body": "Công an xã", "reason": "not_competent"});
        log.say_about(&noon(301 + after), "feedback.transferred", Some(&case), &transferred);
        let ranking = rank(&folded(&[&registry(&[]), &log]), rulebook, &year());
        let on_time = criterion(&ranking.rows[0], "C1");
        (on_time.k, on_time.n)
    };
    assert_eq!(judged(10, &rulebook()), (Some(60), 60));
    assert_eq!(judged(20, &rulebook()), (Some(60), 61));
    assert_eq!(judged(10, &Rulebook::rb_cqtt_0()), (Some(60), 61), "the first procedure knows no handing on");
}

#[test]
fn a_late_word_that_a_case_was_handed_on_or_taken_back_in_time_holds_only_when_the_machine_stood_still() {
    let key = EvaluatorKey::from_seed([3; 32]);
    let judged = |step: &str, data: &Value, running: &[i64]| {
        let mut log = strong(&key);
        let case = complaint(&mut log);
        for day in running {
            log.say(&noon(*day), "model.outreach_conducted", &json!({"channel": "meeting"}));
        }
        log.say_about(&noon(310), step, Some(&case), data);
        let ranking = rank(&folded(&[&registry(&[]), &log]), &rulebook(), &year());
        criterion(&ranking.rows[0], "C1").n
    };
    let transferred = json!({"to_body": "Công an xã", "reason": "not_competent"});
    for (step, data) in [("feedback.transferred", &transferred), ("feedback.withdrawn", &json!({}))] {
        assert_eq!(judged(step, data, &[305, 320]), 60, "{step}: dark from the 306th day to the 319th");
        assert_eq!(judged(step, data, &[305, 312, 320]), 61, "{step}: it could have been said on the 312th");
    }
}

#[test]
fn the_explanation_names_the_cases_that_the_office_wrote_down_and_that_do_not_count() {
    let mut story = Story::default();
    for number in 0..12 {
        story.tell_case(number, &PROMPT);
    }
    let mut log = story.into_log(UNIT);
    let written_down = json!({"channel": "hotline", "kind": "complaint", "due_days": 10});
    let case = format!("feedback/{}", log.say(&noon(200), "feedback.received", &written_down));
    let answer = json!({"outcome": "resolved", "reply": "Đã xem xét."});
    let answered = log.say_about(&noon(205), "feedback.responded", Some(&case), &answer);
    let explanation = explain(&folded(&[&registry(&[]), &log]), &rulebook(), &year(), &UNIT.parse().unwrap()).unwrap();
    let mut criteria = explanation.components.iter().flat_map(|component| &component.criteria);
    let on_time = criteria.find(|criterion| criterion.row.code == "C1").unwrap();
    let shown: Vec<EventId> =
        on_time.shown.iter().map(|at| log.entries[usize::try_from(at.index()).unwrap()].id()).collect();
    assert_eq!((on_time.row.n, shown), (12, vec![answered]));
    let words = on_time.words_vi.as_deref().unwrap();
    assert!(words.ends_with(". 1 lần xét vụ việc do cơ quan tự ghi được công khai, không tính vào điểm"), "{words}");
}
