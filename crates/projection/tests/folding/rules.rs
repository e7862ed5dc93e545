//! Every rule: the entry that breaks it is flagged with its reason and changes nothing else.

use danvan_event::{Canon, EvaluatorKey, Timestamp, Verdict, sign_evaluation};
use danvan_projection::{Applied, Evidence, FlagReason, OfficeDates, Rule, SurveyTally, When};
use serde_json::{Value, json};

use crate::log::{Log, Saying, UNIT};

const DAY_1: &str = "2024-03-01T08:00:00+07:00";
const DAY_2: &str = "2024-03-02T08:00:00+07:00";
const DAY_5: &str = "2024-03-05T08:00:00+07:00";

fn flagged(reason: impl Into<FlagReason>) -> Applied {
    Applied::Flagged(reason.into())
}

fn survey(time: &str) -> Saying<'_> {
    Saying::new(time, "survey.answered", json!({"channel": "kiosk", "rating": 5}))
}

fn answers(log: &Log) -> u64 {
    let unit = log.model.unit(log.source.unit().unwrap()).unwrap();
    unit.surveys().values().map(SurveyTally::answers).sum()
}

/// A log with one feedback received on day 1; returns the feedback's subject.
fn with_feedback() -> (Log, String) {
    let mut log = Log::new(UNIT);
    let received = Saying::new(DAY_1, "feedback.received", json!({"channel": "box", "kind": "complaint"}));
    let id = log.given(&received);
    (log, format!("feedback/{id}"))
}

fn response() -> Value {
    json!({"outcome": "resolved", "reply": "Đã xử lý."})
}

#[test]
fn bytes_that_are_no_canonical_entry_are_flagged() {
    let mut log = Log::new(UNIT);
    let (entry, _) = log.entry(&survey(DAY_1));
    let spaced = String::from_utf8(entry.bytes().to_vec()).unwrap().replace("\":", "\": ");
    assert_eq!(log.append(spaced.as_bytes()), flagged(FlagReason::NotCanonical));
    assert_eq!(log.append(b"\xff\x00"), flagged(FlagReason::NotCanonical));
    assert_eq!(log.append(b""), flagged(FlagReason::NotCanonical));
    assert_eq!(answers(&log), 0);
}

#[test]
fn data_that_breaks_its_schema_is_flagged() {
    let mut log = Log::new(UNIT);
    let (entry, _) = log.entry(&survey(DAY_1));
    let rating_9 = String::from_utf8(entry.bytes().to_vec()).unwrap().replace("\"rating\":5", "\"rating\":9");
    assert_eq!(log.append(rating_9.as_bytes()), flagged(FlagReason::SchemaViolation));
}

#[test]
fn what_no_rule_needs_to_say_twice_is_flagged_all_the_same() {
    let (mut log, subject) = with_feedback();
    let case = subject.strip_prefix("feedback/").unwrap().parse().unwrap();
    let again = Saying::new(DAY_2, "feedback.received", json!({"channel": "box", "kind": "complaint"}));
    assert_eq!(log.say(&Saying { id: Some(case), ..again }).0, flagged(FlagReason::DuplicateId));
    let member = json!({"post": "Trưởng ban", "points_centi": 700});
    let pair = json!({"period": "2024-Q1", "kind": "board", "panel": [member, member]});
    let (entry, _) = log.entry(&Saying::new(DAY_2, "evaluation.conducted", pair));
    let alone = String::from_utf8(entry.bytes().to_vec()).unwrap().replacen(&format!("{member},"), "", 1);
    assert_ne!(alone.as_bytes(), entry.bytes());
    assert_eq!(log.append(alone.as_bytes()), flagged(FlagReason::SchemaViolation));
    log.append(entry.bytes());
    assert_eq!(log.model.unit(log.source.unit().unwrap()).unwrap().evaluations().len(), 1);
}

#[test]
fn a_type_of_a_newer_program_is_ignored_and_not_flagged() {
    let mut log = Log::new(UNIT);
    let (entry, _) = log.entry(&survey(DAY_1));
    let newer = String::from_utf8(entry.bytes().to_vec()).unwrap().replace("survey.answered.v1", "survey.answered.v9");
    assert_eq!(log.append(newer.as_bytes()), Applied::Ignored);
}

#[test]
fn an_erasure_is_known_and_changes_nothing_that_counts() {
    let mut log = Log::new(UNIT);
    let id = log.given(&survey(DAY_1));
    let erasure = Saying::new(DAY_5, "privacy.erased", json!({"event_ids": [id.to_string()], "reason": "requested"}));
    assert_eq!(log.say(&erasure).0, Applied::Ignored);
    let (entry, _) = log.entry(&erasure);
    let told = String::from_utf8(entry.bytes().to_vec()).unwrap().replace("\"requested\"", "\"by Ông Tư\"");
    assert_eq!(log.append(told.as_bytes()), flagged(FlagReason::SchemaViolation));
    assert_eq!(answers(&log), 1);
}

#[test]
fn another_source_in_the_log_is_flagged_and_does_not_use_up_the_id() {
    let mut log = Log::new(UNIT);
    let foreign = Saying { source: Some("/u/gso2024-15097"), ..survey(DAY_1) };
    let (applied, id) = log.say(&foreign);
    assert_eq!(applied, flagged(FlagReason::ForeignSource));
    log.given(&Saying { id: Some(id), ..survey(DAY_1) });
}

#[test]
fn an_id_counts_once_in_a_log() {
    let mut log = Log::new(UNIT);
    let id = log.given(&survey(DAY_1));
    assert_eq!(log.say(&Saying { id: Some(id), ..survey(DAY_5) }).0, flagged(FlagReason::DuplicateId));
    assert_eq!(answers(&log), 1);
}

#[test]
fn a_clock_that_runs_backwards_costs_the_entry_and_not_its_successors() {
    let mut log = Log::new(UNIT);
    log.given(&Saying { recorded: Some("2150-01-01T00:00:00Z"), ..survey(DAY_1) });
    let back = Saying { recorded: Some(DAY_5), ..survey(DAY_1) };
    assert_eq!(log.say(&back).0, flagged(FlagReason::RecordedTimeBackwards));
    log.given(&Saying { recorded: Some("2024-03-06T00:00:00Z"), ..survey(DAY_1) });
}

#[test]
fn no_answer_is_dated_back_by_an_entry_that_is_flagged_for_going_back() {
    let mut log = Log::new(UNIT);
    let received = Saying::new(DAY_1, "feedback.received", json!({"channel": "kiosk", "kind": "complaint"}));
    let case = log.given(&received);
    for day in ["2024-03-10T08:00:00+07:00", "2024-03-20T08:00:00+07:00", "2024-03-30T08:00:00+07:00"] {
        log.given(&survey(day));
    }
    let back = Saying { recorded: Some(DAY_5), ..survey(DAY_5) };
    assert_eq!(log.say(&back).0, flagged(FlagReason::RecordedTimeBackwards));
    let subject = format!("feedback/{case}");
    let response = json!({"outcome": "resolved", "reply": "Đã xử lý."});
    let answered = Saying::new(DAY_5, "feedback.responded", response).about(&subject);
    log.given(&Saying { recorded: Some(DAY_5), ..answered });
    let (_, known) = log.model.units().next().unwrap();
    let dates = OfficeDates { claim_days: 1, extensions: true };
    let recorded: Timestamp = "2024-03-30T01:00:00.000Z".parse().unwrap();
    assert_eq!(known.feedback().get(&case).unwrap().times(dates).answered, When::from(recorded));
}

#[test]
fn nobody_records_what_has_not_happened_yet() {
    let mut log = Log::new(UNIT);
    let recorded = "2024-03-01T08:00:00.000+07:00";
    log.given(&Saying { recorded: Some(recorded), ..survey("2024-03-01T08:02:00.000+07:00") });
    let ahead = Saying { recorded: Some(recorded), ..survey("2024-03-01T08:02:00.001+07:00") };
    assert_eq!(log.say(&ahead).0, flagged(FlagReason::TimeAheadOfRecord));
}

#[test]
fn a_unit_may_not_speak_as_an_aggregator() {
    let mut log = Log::new(UNIT);
    let unit =
        json!({"unit": "gso2024-15100", "name": "Cao Thịnh", "kind": "xa", "parent_name": "Ngọc Lặc", "cluster": "a"});
    assert_eq!(log.say(&Saying::new(DAY_1, "unit.registered", unit)).0, flagged(FlagReason::WrongSpeaker));
    assert!(log.model.registry().units().is_empty());
}

#[test]
fn a_log_is_opened_by_its_first_entry_and_never_again() {
    let mut log = Log::new(UNIT);
    let opened =
        json!({"origin": "demo/u/gso2024-15100", "vkey": "demo/u/gso2024-15100+1a2b3c4d+ATEST", "clock": "system"});
    let opening = Saying { subject: Some("node/x"), ..Saying::new(DAY_1, "node.opened", opened) };
    log.given(&opening);
    assert_eq!(log.say(&opening).0, flagged(Rule::OpenedLater));
}

#[test]
fn a_log_past_repair_goes_on_in_its_next_life() {
    let (mut log, subject) = with_feedback();
    let (held, carried) = log.entry(&survey(DAY_2));
    log.append(held.bytes());
    let (before, folded) = (answers(&log), log.next);
    let opened = json!({
        "origin": "demo/u/gso2024-15100/2", "vkey": "demo/u/gso2024-15100/2+1a2b3c4d+ATEST", "clock": "system",
        "previous": {"origin": "demo/u/gso2024-15100", "size": folded, "root": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="},
    });
    let opening = Saying { subject: Some("node/x"), ..Saying::new(DAY_5, "node.opened", opened) };
    log.next = Evidence::in_incarnation(2, 0).index();
    log.given(&opening);
    // What was acknowledged behind the end comes with the times of its recording; what is held already counts once.
    let again = Saying { id: Some(carried), recorded: Some(DAY_2), ..survey(DAY_2) };
    assert_eq!(log.say(&again).0, flagged(FlagReason::DuplicateId));
    log.given(&Saying { recorded: Some(DAY_2), ..survey(DAY_2) });
    let answer = Saying::new(DAY_2, "feedback.responded", response()).about(&subject);
    log.given(&Saying { recorded: Some(DAY_2), ..answer });
    let unit = log.model.unit(log.source.unit().unwrap()).unwrap();
    let evidence = unit.feedback().about(&subject).unwrap().last_response().unwrap().evidence;
    assert_eq!((evidence.incarnation(), evidence.index_in_incarnation()), (2, 3));
    assert_eq!((answers(&log), unit.size()), (before + 1, folded + 4));
    assert_eq!(log.model.apply(&log.source, Evidence::new(folded), held.bytes()), Applied::Ignored);
    assert_eq!(log.say(&opening).0, flagged(Rule::OpenedLater));
}

#[test]
fn a_step_of_a_feedback_needs_the_feedback() {
    let (mut log, _) = with_feedback();
    let unknown = "feedback/018e1cfa-1b40-7abc-8def-0123456789ab";
    for (event_type, data) in [
        ("feedback.responded", response()),
        ("feedback.confirmed", json!({"satisfied": true})),
        ("feedback.reopened", json!({})),
        ("feedback.result_published", json!({})),
    ] {
        let step = Saying::new(DAY_5, event_type, data).about(unknown);
        assert_eq!(log.say(&step).0, flagged(Rule::UnknownFeedback), "{event_type}");
    }
    let letter = Saying::new(DAY_5, "model.letter_sent", json!({"kind": "apology", "feedback": unknown}));
    assert_eq!(log.say(&letter).0, flagged(Rule::UnknownFeedback));
}

#[test]
fn nothing_follows_an_answer_that_was_not_given() {
    let (mut log, subject) = with_feedback();
    for (event_type, data) in [
        ("feedback.confirmed", json!({"satisfied": true})),
        ("feedback.reopened", json!({})),
        ("feedback.result_published", json!({})),
    ] {
        let step = Saying::new(DAY_5, event_type, data).about(&subject);
        assert_eq!(log.say(&step).0, flagged(Rule::NotYetAnswered), "{event_type}");
    }
}

#[test]
fn an_answer_may_not_be_dated_before_the_question() {
    let (mut log, subject) = with_feedback();
    let early = Saying::new("2024-02-29T08:00:00+07:00", "feedback.responded", response()).about(&subject);
    assert_eq!(log.say(&early).0, flagged(Rule::StepBeforeReceipt));
}

#[test]
fn a_case_may_be_reopened_for_fifteen_days_after_the_last_answer() {
    let (mut log, subject) = with_feedback();
    log.given(&Saying::new(DAY_5, "feedback.responded", response()).about(&subject));
    let late = Saying::new("2024-03-20T08:00:00.001+07:00", "feedback.reopened", json!({})).about(&subject);
    assert_eq!(log.say(&late).0, flagged(Rule::ReopenedTooLate));
    // The clock stands at the entry before; this one is claimed for the last moment of the fifteenth day.
    log.given(&Saying::new("2024-03-20T08:00:00.000+07:00", "feedback.reopened", json!({})).about(&subject));
    log.given(&Saying::new("2024-03-25T08:00:00+07:00", "feedback.responded", response()).about(&subject));
    log.given(&Saying::new("2024-04-05T08:00:00+07:00", "feedback.reopened", json!({})).about(&subject));
}

#[test]
fn a_visit_is_rated_once_and_a_token_of_last_week_is_a_new_visit() {
    let mut log = Log::new(UNIT);
    let visit = json!({"channel": "kiosk", "rating": 5, "visit_token": "abcd1234"});
    log.given(&Saying::new(DAY_1, "survey.answered", visit.clone()));
    let again = |time: &'static str| Saying::new(time, "survey.answered", visit.clone());
    assert_eq!(log.say(&again("2024-03-08T08:00:00+07:00")).0, flagged(Rule::VisitTokenReused));
    log.given(&again("2024-03-08T08:00:00.001+07:00"));
    assert_eq!(answers(&log), 2);
}

#[test]
fn a_pledge_names_a_catalogue_and_a_version_that_the_unit_published_before() {
    let mut log = Log::new(UNIT);
    let pledge = |version: &str| {
        let data = json!({"catalog": "mau", "version": version, "collective": true, "period": "2024"});
        Saying::new(DAY_5, "pledge.signed", data)
    };
    assert_eq!(log.say(&pledge("1")).0, flagged(Rule::UnknownCatalogue));
    let groups = json!([{"code": "biet", "label": "5 biết", "count": 5}]);
    let catalogue = json!({"catalog": "mau", "version": "1", "groups": groups});
    log.given(&Saying::new(DAY_1, "pledge.catalog_published", catalogue));
    log.given(&pledge("1"));
    assert_eq!(log.say(&pledge("2")).0, flagged(Rule::UnknownCatalogue));
    let any_version = json!({"catalog": "mau", "collective": true, "period": "2024-Q1"});
    log.given(&Saying::new(DAY_5, "pledge.signed", any_version));
    let year_2000 = json!({"catalog": "mau", "collective": true, "period": "2000"});
    assert_eq!(log.say(&Saying::new(DAY_5, "pledge.signed", year_2000)).0, flagged(Rule::PeriodShape));
}

#[test]
fn a_month_is_counted_when_it_has_begun_and_the_last_count_stands() {
    let mut log = Log::new(UNIT);
    let count = |month: &str, transactions: u32| {
        Saying::new(DAY_1, "service.counted", json!({"period": month, "transactions": transactions}))
    };
    assert_eq!(log.say(&count("2024-04", 9)).0, flagged(Rule::CountOfTheFuture));
    log.given(&count("2024-03", 10));
    log.given(&count("2024-03", 11));
    let unit = log.model.unit(log.source.unit().unwrap()).unwrap();
    let stated: Vec<_> =
        unit.services().iter().map(|(_, stated)| (stated.transactions, stated.evidence.index())).collect();
    assert_eq!(stated, [(11, 2)]);
}

#[test]
fn a_count_of_the_second_version_counts_like_one_of_the_first_and_replaces_it() {
    let mut log = Log::new(UNIT);
    let first = json!({"period": "2024-03", "transactions": 10, "on_time": 9});
    let second = json!({"period": "2024-03", "received": 12, "online": 7, "source_system": "igate"});
    let march = |log: &Log| {
        let unit = log.model.unit(log.source.unit().unwrap()).unwrap();
        unit.services().iter().map(|(_, stated)| stated.transactions).collect::<Vec<_>>()
    };
    log.given(&Saying::new(DAY_1, "service.counted", first.clone()));
    assert_eq!(march(&log), [10]);
    log.given(&Saying::new(DAY_1, "service.counted.v2", second));
    assert_eq!(march(&log), [12]);
    let early = json!({"period": "2024-04", "received": 9});
    assert_eq!(log.say(&Saying::new(DAY_1, "service.counted.v2", early)).0, flagged(Rule::CountOfTheFuture));
    log.given(&Saying::new(DAY_1, "service.counted", first));
    assert_eq!(march(&log), [10], "the last statement stands, whatever its version");
}

#[test]
fn a_verdict_signed_for_another_unit_is_flagged_and_an_unsigned_one_is_the_units_own() {
    let key = EvaluatorKey::from_seed([1; 32]);
    let panel = json!([{"post": "A", "points_centi": 700}, {"post": "B", "points_centi": 600}]);
    let board = json!({"period": "2024", "kind": "board", "panel": panel});
    let mut log = Log::new(UNIT);
    let unsigned = Saying::new(DAY_1, "evaluation.conducted", board.clone());
    log.given(&unsigned);
    for (unit, sound) in [("gso2024-15097", false), ("gso2024-15100", true)] {
        let (_, id) = Log::new(UNIT).entry(&Saying::new(DAY_5, "evaluation.conducted", board.clone()));
        let mut data = Canon::try_from(&board).unwrap();
        sign_evaluation(&key, Verdict::Evaluation, &unit.parse().unwrap(), &id, &mut data);
        let signed = Saying { id: Some(id), ..Saying::new(DAY_5, "evaluation.conducted", Value::from(data)) };
        let expected = if sound { Applied::Counted } else { flagged(FlagReason::BadSignature) };
        let mut log = Log::new(UNIT);
        assert_eq!(log.say(&signed).0, expected);
        let unit = log.model.unit(log.source.unit().unwrap()).unwrap();
        let signers: Vec<_> = unit.evaluations().iter().map(|evaluation| evaluation.signed_by.clone()).collect();
        assert_eq!(signers, if sound { vec![Some(key.vkey().to_string())] } else { Vec::new() });
    }
    let unit = log.model.unit(log.source.unit().unwrap()).unwrap();
    assert_eq!(
        (unit.evaluations()[0].points_centi.as_slice(), &unit.evaluations()[0].signed_by),
        (&[600, 700][..], &None)
    );
}

#[test]
fn a_flagged_entry_is_remembered_with_its_reason_and_folding_again_changes_nothing() {
    let mut log = Log::new(UNIT);
    log.given(&survey(DAY_1));
    let (entry, _) = log.entry(&Saying { source: Some("/u/gso2024-15097"), ..survey(DAY_1) });
    log.append(entry.bytes());
    let unit = log.model.unit(log.source.unit().unwrap()).unwrap();
    assert_eq!(unit.flagged().get(&Evidence::new(1)), Some(&FlagReason::ForeignSource));
    assert_eq!((unit.size(), unit.counted()), (2, 1));
    let before = log.model.clone();
    assert_eq!(log.model.apply(&log.source.clone(), Evidence::new(0), entry.bytes()), Applied::Ignored);
    assert_eq!(log.model, before);
}

#[test]
fn intake_is_told_the_rule_before_anything_is_recorded() {
    let (mut log, subject) = with_feedback();
    let step = Saying::new(DAY_5, "feedback.reopened", json!({})).about(&subject);
    let (entry, _) = log.entry(&step);
    let before = log.model.clone();
    assert_eq!(log.model.check(&log.source, &entry), Err(FlagReason::Rule(Rule::NotYetAnswered)));
    assert_eq!(log.model, before);
}
