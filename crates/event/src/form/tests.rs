//! Forms: problems all at once, entries always the same, personal data nowhere but in the openings.

use proptest::prelude::*;

use super::*;
use crate::{EvaluatorKey, Verdict, sign_evaluation};

fn unit() -> Source {
    "/u/gso2024-15097".parse().unwrap()
}

fn recorded() -> Timestamp {
    "2024-03-08T07:30:00.412Z".parse().unwrap()
}

fn salts() -> impl FnMut() -> Salt {
    let mut next = 0_u8;
    move || {
        next += 1;
        Salt::new([next; 16])
    }
}

fn survey(data: &str, more: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"018e1cfa-1b40-7abc-8def-0123456789ab","type":"vn.danvan.survey.answered.v1",{more}"data":{data}}}"#
    )
}

fn parse(json: &str) -> Result<Form, FormError> {
    Form::parse(json.as_bytes(), FormLimits::default())
}

fn found(outcome: Result<Form, FormError>) -> Vec<(String, ProblemCode)> {
    outcome.expect_err("problems").problems.into_iter().map(|problem| (problem.field, problem.code)).collect()
}

#[test]
fn the_entry_of_the_design_comes_out_to_the_byte() {
    let form = survey(
        r#"{"rating":5,"commitments":[{"kept":true,"code":"B1"}],"channel":"kiosk"}"#,
        r#""time":"2024-03-08T14:30:00+07:00","#,
    );
    let (entry, openings) = parse(&form).unwrap().into_entry(&unit(), recorded(), &mut salts()).unwrap();
    assert!(openings.is_empty());
    assert_eq!(
        String::from_utf8_lossy(entry.bytes()),
        r#"{"data":{"channel":"kiosk","commitments":[{"code":"B1","kept":true}],"rating":5},"id":"018e1cfa-1b40-7abc-8def-0123456789ab","recordedtime":"2024-03-08T07:30:00.412Z","source":"/u/gso2024-15097","specversion":"1.0","subject":"survey/018e1cfa-1b40-7abc-8def-0123456789ab","time":"2024-03-08T07:30:00.000Z","type":"vn.danvan.survey.answered.v1"}"#
    );
}

#[test]
fn a_form_without_time_happened_when_it_was_recorded() {
    let form = parse(&survey(r#"{"rating":5,"channel":"kiosk"}"#, "")).unwrap();
    let (entry, _) = form.into_entry(&unit(), recorded(), &mut salts()).unwrap();
    assert_eq!(entry.time(), recorded());
}

#[test]
fn times_beyond_the_limit_are_refused() {
    let limits = FormLimits { latest_time: Some(recorded()), ..FormLimits::default() };
    for (time, taken) in [("2024-03-08T07:30:00.412Z", true), ("2024-03-08T07:30:00.413Z", false)] {
        let form = survey(r#"{"rating":5,"channel":"kiosk"}"#, &format!(r#""time":"{time}","#));
        let outcome = Form::parse(form.as_bytes(), limits);
        if taken {
            assert!(outcome.is_ok());
        } else {
            assert_eq!(found(outcome), [("/time".into(), ProblemCode::FutureTime)]);
        }
    }
}

#[test]
fn a_form_beyond_the_limit_is_not_even_read() {
    let limits = FormLimits { max_bytes: 10, ..FormLimits::default() };
    assert_eq!(found(Form::parse(b"[           ", limits)), [(String::new(), ProblemCode::TooLarge)]);
}

#[test]
fn a_public_text_that_makes_the_entry_too_large_is_refused() {
    let item = format!(r#"{{"text":"{}"}}"#, "ệ".repeat(1000));
    let data = format!(r#"{{"by_post":"x","items":[{}]}}"#, vec![item; 25].join(","));
    let form = survey(&data, "").replace("survey.answered", "model.directive_given");
    let error = parse(&form).unwrap().into_entry(&unit(), recorded(), &mut salts()).expect_err("too large");
    assert_eq!(found(Err(error)), [(String::new(), ProblemCode::TooLarge)]);
}

#[test]
fn every_problem_is_told_at_once_in_both_languages() {
    let problems = parse(r#"{"type":"vn.danvan.survey.answered.v1","time":7,"stars":5,"data":{"rating":9,"sao":1}}"#)
        .expect_err("problems")
        .problems;
    let fields: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(fields, ["/data/channel", "/data/rating", "/data/sao", "/specversion", "/stars", "/time"]);
    assert!(problems.iter().all(|problem| !problem.vi.is_empty() && !problem.en.is_empty()));
    assert_eq!(problems[1].vi, "Mức độ hài lòng không được lớn hơn 5.");
    assert_eq!(problems[1].en, "Satisfaction must be 5 or less.");
}

#[test]
fn types_of_our_own_processes_and_unknown_types_are_not_taken() {
    for (name, code) in [
        ("vn.danvan.node.opened.v1", ProblemCode::ReservedType),
        ("vn.danvan.ranking.published.v1", ProblemCode::ReservedType),
        ("vn.danvan.survey.answered.v2", ProblemCode::UnknownType),
        ("survey", ProblemCode::BadFormat),
    ] {
        let form = format!(r#"{{"specversion":"1.0","type":"{name}","data":{{}}}}"#);
        assert_eq!(found(parse(&form)), [("/type".into(), code)], "{name}");
    }
}

#[test]
fn another_unit_and_a_missing_id_are_named() {
    let form =
        parse(&survey(r#"{"rating":5,"channel":"kiosk"}"#, r#""source":"/u/gso2024-15100","subject":"unit/x","#))
            .unwrap();
    let error = form.into_entry(&unit(), recorded(), &mut salts()).expect_err("refused");
    assert_eq!(
        found(Err(error)),
        [("/source".into(), ProblemCode::WrongSource), ("/subject".into(), ProblemCode::BadSubject)]
    );
    let form =
        parse(r#"{"specversion":"1.0","type":"vn.danvan.survey.answered.v1","data":{"rating":1,"channel":"qr"}}"#)
            .unwrap();
    let error = form.clone().into_entry(&unit(), recorded(), &mut salts()).expect_err("refused");
    assert_eq!(found(Err(error)), [("/id".into(), ProblemCode::Missing)]);
    assert!(form.with_id(EventId::from_parts(1, [0; 10])).into_entry(&unit(), recorded(), &mut salts()).is_ok());
}

#[test]
fn a_signature_is_checked_before_the_evaluation_is_taken() {
    let id: EventId = "018e1cfa-1b40-7abc-8def-0123456789ab".parse().unwrap();
    let board = br#"{"period":"2024","kind":"board","panel":[{"post":"a","points_centi":700},{"post":"b","points_centi":650}]}"#;
    let mut data = Canon::parse_lenient(board).unwrap();
    sign_evaluation(
        &EvaluatorKey::from_seed([1; 32]),
        Verdict::Evaluation,
        &"gso2024-15097".parse().unwrap(),
        &id,
        &mut data,
    );
    let form = survey(&data.to_string(), "").replace("survey.answered", "evaluation.conducted");
    assert!(parse(&form).unwrap().into_entry(&unit(), recorded(), &mut salts()).is_ok());
    let forged = parse(&form.replace("700", "800")).unwrap();
    let error = forged.into_entry(&unit(), recorded(), &mut salts()).expect_err("refused");
    assert_eq!(found(Err(error)), [("/data/signature".into(), ProblemCode::BadFormat)]);
    let without_id = form.replace(r#""id":"018e1cfa-1b40-7abc-8def-0123456789ab","#, "");
    assert_eq!(found(parse(&without_id)), [("/id".into(), ProblemCode::Missing)]);
}

fn secret() -> impl Strategy<Value = String> {
    // Long enough not to stand in an entry by chance.
    "[a-zA-ZăâđêôơưạảấầẩẫậÀ-ỹ0-9 .,\"\\\\\n😀]{12,60}"
}

proptest! {
    #[test]
    fn personal_text_lies_in_openings_only_and_openings_open_the_digests(text in secret(), name in secret(), contact in prop::option::of(secret())) {
        let mut data = serde_json::json!({"channel": "box", "kind": "proposal", "text": text, "name": name});
        if let Some(contact) = &contact {
            data["contact"] = contact.clone().into();
        }
        let json = survey(&data.to_string(), "").replace("survey.answered", "feedback.received");
        let form = parse(&json).unwrap();
        let expected: Vec<String> = form.personal_fields().into_iter().map(|field| field.pointer).collect();
        prop_assert!(form.has_personal_fields());
        let (entry, openings) = form.clone().into_entry(&unit(), recorded(), &mut salts()).unwrap();

        let pointers: Vec<&str> = openings.iter().map(|opening| opening.pointer.as_str()).collect();
        prop_assert_eq!(&pointers, &expected);
        prop_assert!(pointers.is_sorted());
        for opening in &openings {
            let field = &opening.pointer[1..].split_once('/').unwrap().1;
            prop_assert_eq!(Some(&opening.value), form.data().get(field));
            let (raw, shown) = (opening.value.as_str().unwrap(), opening.value.to_string());
            let bytes = String::from_utf8_lossy(entry.bytes());
            prop_assert!(!bytes.contains(raw) && !bytes.contains(shown.trim_matches('"')));
            prop_assert!(!bytes.contains(&opening.salt.to_string()));
        }

        let mut digests: Vec<String> = openings.iter().map(Opening::digest).collect();
        digests.sort_unstable();
        let held: Vec<&str> = entry.data().get("_sd").unwrap().as_list().unwrap().iter().filter_map(Canon::as_str).collect();
        prop_assert_eq!(held, digests);

        let (again, _) = form.into_entry(&unit(), recorded(), &mut salts()).unwrap();
        prop_assert_eq!(again.bytes(), entry.bytes());
        prop_assert_eq!(&Entry::parse(entry.bytes().to_vec()).unwrap(), &entry);
    }

    #[test]
    fn no_problem_repeats_a_value(value in secret()) {
        let quoted = serde_json::to_string(&value).unwrap();
        let data = format!(r#"{{"channel":{quoted},"kind":{quoted},"due_days":{quoted},"text":[{quoted}],"name":{{"x":{quoted}}}}}"#);
        let json = survey(&data, &format!(r#""time":{quoted},"source":{quoted},"subject":[{quoted}],"#)).replace("survey.answered", "feedback.received");
        let error = parse(&json).expect_err("problems");
        prop_assert!(error.problems.len() >= 7);
        let told = format!("{error} {error:?} {}", serde_json::to_string(&error).unwrap());
        prop_assert!(!told.contains(&value) && !told.contains(quoted.trim_matches('"')));
    }
}
