//! What the office takes back never counted; what others said it cannot take back.

use danvan_projection::Rule;
use proptest::prelude::*;
use serde_json::json;

use crate::scenario::{
    Scenario, Told, catalogue, counted, evaluation, feedback, given, pledge, refused, response, told,
};

fn revoked(name: &'static str) -> Told {
    told("entry.revoked", json!({"reason": "wrong_content"})).citing("event", name).on(90)
}

fn survey() -> Told {
    told("survey.answered", json!({"channel": "kiosk", "rating": 5, "visit_token": "abcd1234"}))
}

/// One of each kind that an office may take back.
fn office() -> Vec<Told> {
    let decision =
        || json!({"form": "sign", "level": "province", "issuer": "UBND tỉnh", "doc_no": "1/QĐ", "date": "2024-03-01"});
    let award = json!({"form": "commendation", "level": "province", "issuer": "UBND tỉnh", "doc_no": "1/QĐ", "date": "2024-03-01"});
    let items = json!([{"text": "Bổ sung ghế chờ."}]);
    vec![
        told("unit.staff_declared", json!({"as_of": "2024-03-01", "headcount": 24})),
        told("model.guidance_issued", json!({"issuer": "Ban Dân vận"})),
        told("model.registered", json!({"model_id": "mot-cua", "title": "Chính quyền thân thiện", "pilot": true})),
        told("model.coordination_plan_adopted", json!({"parties": ["Khối Dân vận", "UBND xã"]})),
        told("model.leadership_resolution_adopted", json!({})),
        told("model.steering_board_established", json!({})),
        told("model.steering_board_changed", json!({"doc_no": "9/QĐ"})),
        told("model.launch_conference_held", json!({})),
        told("model.directive_given", json!({"by_post": "Trưởng ban", "items": items})),
        told("model.outreach_conducted", json!({"channel": "meeting"})),
        told("model.facility_invested", json!({"item_code": "ghe_cho"})),
        told("model.dialogue_held", json!({"date": "2024-03-01"})),
        told("model.letter_sent", json!({"kind": "thank"})),
        told("model.lesson_recorded", json!({"text": "Gọi trước khi đến."})),
        told("model.practice_published", json!({"practice": "sms", "title": "Nhắn tin"})),
        told(
            "model.replicated",
            json!({"practice": "sms", "source_unit": "gso2024-15100", "target_unit": "gso2024-15097"}),
        ),
        told("service.counted", json!({"period": "2024-02", "transactions": 90})),
        told("service.counted", json!({"period": "2024-02", "transactions": 95})),
        evaluation("self", &[700]),
        told("emulation.entry_registered", json!({"model_id": "mot-cua", "level": "district", "year": 2024})),
        told("emulation.recognition_granted", decision()),
        told("emulation.award_granted", award),
        told("emulation.review_held", json!({"kind": "interim", "period": "2024-Q2", "date": "2024-06-28"})),
        catalogue("1"),
        catalogue("2"),
    ]
}

/// The same place in the log, taken by an event that this program does not know.
fn nothing() -> Told {
    told("model.of_a_newer_program", json!({}))
}

fn told_all(past: impl IntoIterator<Item = Told>) -> Scenario {
    past.into_iter().fold(given([]), Scenario::when)
}

#[test]
fn everything_that_an_office_records_can_be_taken_back_without_a_trace() {
    for told in office() {
        let taken_back = given([told.called("wrong")]).when(revoked("wrong")).then(counted());
        assert_eq!(taken_back.acts(), told_all([nothing(), nothing().on(90)]).acts());
        let kept: Vec<_> = taken_back.unit().revoked().iter().map(|one| (one.entry.index(), one.by.index())).collect();
        assert_eq!(kept, [(0, 1)]);
    }
}

#[test]
fn what_is_taken_back_once_is_gone() {
    let gone = given([survey(), office().remove(0).called("wrong"), revoked("wrong")]);
    gone.when(revoked("wrong").on(91))
        .then(refused(Rule::NotRevocable))
        .when(revoked("never"))
        .then(refused(Rule::UnknownEntry));
}

#[test]
fn what_others_said_is_not_the_offices_to_take_back() {
    let confirmed = told("feedback.confirmed", json!({"satisfied": false})).about("case").called("word");
    let breach = json!({"commitment": "K1", "severity": "minor", "doc_no": "12/QĐ-UBND"});
    let breach = told("pledge.breach_confirmed", breach).citing("pledge", "pledge").called("breach");
    let ended = told("pledge.revoked", json!({"reason": "left_post"})).citing("pledge", "pledge").called("end");
    let log = given([
        survey().called("rating"),
        feedback(),
        response("resolved").called("answer"),
        confirmed,
        catalogue("1"),
        pledge(),
        breach,
        ended,
        evaluation("board", &[700, 650]).signed_by(1).called("verdict"),
    ]);
    ["rating", "case", "answer", "word", "breach", "end", "verdict"]
        .into_iter()
        .fold(log, |log, name| log.when(revoked(name)).then(refused(Rule::NotRevocable)));
}

#[test]
fn a_renewal_that_is_taken_back_leaves_no_trace_on_its_pledge() {
    let renewed = told("pledge.renewed", json!({"period": "2025"})).citing("pledge", "pledge").called("wrong");
    let taken_back = told_all([catalogue("1"), pledge(), renewed]).when(revoked("wrong")).then(counted());
    let never = told_all([catalogue("1"), pledge(), nothing(), nothing().on(90)]);
    assert_eq!(taken_back.acts(), never.acts());
}

#[test]
fn what_later_entries_rest_on_stays_until_they_are_gone() {
    let renewed = told("pledge.renewed", json!({"period": "2025"})).citing("pledge", "pledge").called("renewal");
    given([catalogue("1").called("catalogue"), pledge(), renewed])
        .when(revoked("catalogue"))
        .then(refused(Rule::StillCited))
        .when(revoked("pledge"))
        .then(refused(Rule::StillCited))
        .when(revoked("renewal"))
        .then(counted())
        .when(revoked("pledge"))
        .then(counted())
        .when(revoked("catalogue"))
        .then(counted());
    let items = json!([{"text": "Bổ sung ghế chờ."}]);
    let directive = told("model.directive_given", json!({"by_post": "Trưởng ban", "items": items})).called("directive");
    let report =
        told("model.directive_progressed", json!({"status": "done"})).citing("directive", "directive").called("report");
    given([directive, report])
        .when(revoked("directive"))
        .then(refused(Rule::StillCited))
        .when(revoked("report"))
        .then(counted())
        .when(revoked("directive"))
        .then(counted());
    let appeal = told("evaluation.appealed", json!({"reason": "Thiếu phiếu."}))
        .citing("evaluation", "evaluation")
        .called("appeal");
    let decision =
        told("evaluation.appeal_decided", json!({"decision": "kept", "reason": "Đúng."})).citing("appeal", "appeal");
    given([evaluation("self", &[700]), appeal])
        .when(revoked("evaluation"))
        .then(refused(Rule::StillCited))
        .when(decision)
        .when(revoked("appeal"))
        .then(refused(Rule::StillCited));
}

#[test]
fn the_count_before_the_revoked_one_stands_again() {
    let count = |transactions: u32| told("service.counted", json!({"period": "2024-02", "transactions": transactions}));
    let log = given([count(90), count(95).called("wrong"), revoked("wrong")]);
    let stated: Vec<_> = log.unit().services().iter().map(|(_, stated)| stated.transactions).collect();
    assert_eq!((stated, log.unit().counted()), (vec![90], 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_revocation_leaves_the_model_in_which_the_entry_never_counted(
        past in prop::collection::vec((any::<prop::sample::Index>(), 0_i64..60), 1..30),
        wrong in any::<prop::sample::Index>(),
    ) {
        let kinds: Vec<Told> = office().into_iter().chain([survey()]).collect();
        let past: Vec<Told> = past.iter().map(|(kind, day)| kinds[kind.index(kinds.len())].clone().on(*day)).collect();
        let wrong = wrong.index(past.len());
        let with = past.iter().cloned().enumerate().map(|(place, told)| if place == wrong { told.called("wrong") } else { told });
        let without = past.iter().cloned().enumerate().map(|(place, told)| if place == wrong { told.replaced_by(nothing()) } else { told });
        let revoked = told_all(with).when(revoked("wrong"));
        if revoked.counts() {
            prop_assert_eq!(revoked.acts(), told_all(without).when(nothing().on(90)).acts());
        } else {
            // A survey: everything is as it was.
            prop_assert_eq!(revoked.acts(), told_all(past).acts());
        }
    }
}
