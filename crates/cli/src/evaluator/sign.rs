//! `danvan evaluator sign`: what makes a form the board's word, on the board's own machine.
//!
//! Nothing is sent: whoever holds a token of the node gives it the form. The form is judged here as the node will judge it, as far as
//! that needs nothing of the unit's log.

use std::path::{Path, PathBuf};

use clap::Args;
use danvan_event::{
    Canon, EvaluatorKey, EventId, FieldProblem, Form, FormError, FormLimits, ProblemCode, Salt, Source, Timestamp,
    UnitId, Verdict, sign_evaluation,
};
use danvan_projection::{FlagReason, ReadModel, Rule};

use crate::exit::{Exit, Failure, Outcome};
use crate::input;
use crate::new_event;
use crate::output::Output;

/// `danvan evaluator sign FORM --unit U --key FILE`
#[derive(Debug, Args)]
#[command(
    after_help = "Example: danvan evaluator sign danh-gia.json --unit nso2025-15091 --key ./evaluator.key > signed.jsonl\n\n\
    Chữ ký gắn với đơn vị, mã sự kiện và toàn bộ mục data, không gồm thời điểm | The signature covers the unit, the id and all of\n\
    data, and not the time: a form whose data is changed afterwards is signed again."
)]
pub(crate) struct Sign {
    /// Intake form of `evaluation.conducted` (kind `board`) or `evaluation.appeal_decided`, one JSON document; without an id it gets one
    #[arg(value_name = "FORM")]
    form: PathBuf,
    /// The unit in whose log it is to be recorded
    #[arg(long, value_name = "UNIT")]
    unit: UnitId,
    /// The file that `danvan evaluator key new` made
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

impl Sign {
    /// Does it.
    pub(super) fn run(self, output: Output) -> Outcome {
        let key = key_of(&self.key)?;
        let form = input::read(&self.form)?;
        let refused =
            |error: FormError| input::refused(&self.form, &error, ["phiếu chưa ký được", "the form cannot be signed"]);
        let signed = signed(&form, &self.unit, &key, (new_event::id()?, new_event::now()?)).map_err(refused)?;
        let (unit, vkey) = (&self.unit, key.vkey());
        output.talk(&format!("Đã ký cho đơn vị {unit} bằng khoá {vkey} | Signed for {unit} by {vkey}"));
        output.data(&signed.to_bytes());
        Ok(Exit::Done)
    }
}

/// The key in a file that only its owner can read.
fn key_of(file: &Path) -> Result<EvaluatorKey, Failure> {
    EvaluatorKey::from_secret_text(&input::secret(file)?).map_err(|error| {
        let place = file.display();
        Failure::usage("không phải khoá của hội đồng đánh giá", "not an evaluator's key", format!("{place}: {error}"))
    })
}

/// The form with its id, a new one where it had none, and with the signature; it is judged as if it were recorded now.
fn signed(
    bytes: &[u8],
    unit: &UnitId,
    key: &EvaluatorKey,
    (new_id, now): (EventId, Timestamp),
) -> Result<Canon, FormError> {
    let form = Form::parse(bytes, FormLimits::default())?;
    let verdict = verdict_of(&form)?;
    let id = form.id().unwrap_or(new_id);
    let mut data = form.data().clone();
    sign_evaluation(key, verdict, unit, &id, &mut data);
    let mut members = Canon::parse_lenient(bytes).map_err(FieldProblem::from)?.as_map().cloned().unwrap_or_default();
    members.insert("id".to_owned(), Canon::Str(id.to_string()));
    members.insert("data".to_owned(), data);
    let signed = Canon::Map(members);
    judge(&signed.to_bytes(), unit, now)?;
    Ok(signed)
}

/// What the form is, unless a board's signature under it would say nothing, or another one's would be lost.
fn verdict_of(form: &Form) -> Result<Verdict, FormError> {
    let not_allowed = |field: &str, vi: &str, en: &str| Err(problem(field, vi.to_owned(), en.to_owned()));
    let Some(verdict) = Verdict::of(form.event_type()) else {
        return not_allowed(
            "/type",
            "Chỉ ký kết quả đánh giá (evaluation.conducted.v1) hoặc kết luận kiến nghị (evaluation.appeal_decided.v1).",
            "Only an evaluation (evaluation.conducted.v1) or a decision about an appeal (evaluation.appeal_decided.v1) is signed.",
        );
    };
    if verdict == Verdict::Evaluation && form.data().get("kind").and_then(Canon::as_str) != Some("board") {
        return not_allowed(
            "/data/kind",
            "Hội đồng chỉ ký đánh giá của hội đồng (board); tự đánh giá không mang chữ ký.",
            "A board signs evaluations of the kind board only; a self-assessment carries no signature.",
        );
    }
    if form.data().get("signature").is_some() {
        return not_allowed(
            "/data/signature",
            "Phiếu đã có chữ ký; hãy bỏ mục này nếu muốn ký lại.",
            "The form is signed already; take this away to sign it again.",
        );
    }
    Ok(verdict)
}

/// Asks what the node will ask. What its log knows of appeals is not known here.
fn judge(signed: &[u8], unit: &UnitId, now: Timestamp) -> Result<(), FormError> {
    let form = Form::parse(signed, FormLimits::default())?;
    let source = Source::Unit(unit.clone());
    let (entry, _) = form.into_entry(&source, now, &mut || Salt::new([0; 16]))?;
    match ReadModel::default().check(&source, &entry) {
        Ok(()) | Err(FlagReason::Rule(Rule::UnknownAppeal)) => Ok(()),
        Err(reason) => {
            let (vi, en) = (format!("{}.", reason.title_vi()), format!("{}.", reason.title_en()));
            Err(problem(reason.field(entry.event_type()), vi, en))
        }
    }
}

fn problem(field: &str, vi: String, en: String) -> FormError {
    FieldProblem { field: field.to_owned(), code: ProblemCode::NotAllowed, vi, en }.into()
}

#[cfg(test)]
mod tests {
    use danvan_event::verify_evaluation;
    use serde_json::{Value, json};

    use super::*;

    const UNIT: &str = "gso2024-15097";
    /// 1 August 2024, in milliseconds.
    const NOW: u64 = 1_722_470_400_000;
    const ID: &str = "018e1cfa-1b40-7abc-8def-0123456789ab";

    fn evaluation() -> Value {
        let panel = [700, 650].map(|points| json!({ "post": "Thành viên", "points_centi": points }));
        json!({
            "specversion": "1.0", "type": "vn.danvan.evaluation.conducted.v1", "time": "2024-07-02T09:00:00+07:00",
            "data": { "period": "2024-Q2", "kind": "board", "panel": panel },
        })
    }

    fn decision() -> Value {
        json!({
            "specversion": "1.0", "type": "vn.danvan.evaluation.appeal_decided.v1", "id": ID,
            "data": { "appeal": ID, "decision": "kept", "reason": "Đã xem đủ phiếu." },
        })
    }

    fn sign(form: &Value) -> Result<Canon, FormError> {
        let new = (EventId::from_parts(NOW, [9; 10]), Timestamp::from_millis(NOW.cast_signed()).unwrap());
        signed(form.to_string().as_bytes(), &UNIT.parse().unwrap(), &EvaluatorKey::from_seed([3; 32]), new)
    }

    #[test]
    fn a_signed_form_is_one_that_a_node_takes_as_the_boards_and_says_the_same_otherwise() {
        let unit: UnitId = UNIT.parse().unwrap();
        for (mut form, verdict) in [(evaluation(), Verdict::Evaluation), (decision(), Verdict::AppealDecision)] {
            let mut signed = Value::from(sign(&form).unwrap());
            let taken = Form::parse(signed.to_string().as_bytes(), FormLimits::default()).unwrap();
            let id = taken.id().unwrap();
            let by = verify_evaluation(verdict, &unit, &id, taken.data()).unwrap();
            assert_eq!(by, EvaluatorKey::from_seed([3; 32]).vkey());
            assert_eq!(form["id"].is_string(), id.to_string() == ID, "an id that was given stays");
            signed["data"].as_object_mut().unwrap().remove("signature");
            for form in [&mut signed, &mut form] {
                form.as_object_mut().unwrap().remove("id");
            }
            assert_eq!(signed, form);
        }
    }

    #[test]
    fn every_bad_form_is_named_by_field_and_reason_and_not_signed() {
        let with = |pointer: &str, value: Value| {
            let mut form = evaluation();
            match pointer.strip_prefix("/data/") {
                Some(name) => form["data"][name] = value,
                None => form[&pointer[1..]] = value,
            }
            form
        };
        let apart = [500, 700].map(|points| json!({ "post": "Thành viên", "points_centi": points }));
        for (form, field) in [
            (json!([]), ""),
            (with("/type", json!("vn.danvan.survey.answered.v1")), "/data/channel"),
            (
                json!({
                    "specversion": "1.0", "type": "vn.danvan.model.outreach_conducted.v1", "data": { "channel": "meeting" },
                }),
                "/type",
            ),
            (with("/id", json!("7")), "/id"),
            (with("/source", json!("/u/gso2024-15100")), "/source"),
            (with("/subject", json!("feedback/7")), "/subject"),
            (with("/time", json!("hôm qua")), "/time"),
            (with("/time", json!("2024-09-02T09:00:00+07:00")), "/time"),
            (with("/data/kind", json!("self")), "/data/kind"),
            (with("/data/panel", json!(apart)), "/data/panel"),
            (with("/data/panel", json!([])), "/data/panel"),
            (with("/data/period", json!("2024-Q9")), "/data/period"),
            (with("/data/points", json!(7)), "/data/points"),
            (Value::from(sign(&evaluation()).unwrap()), "/data/signature"),
        ] {
            let problems = sign(&form).unwrap_err().problems;
            let named = problems.iter().find(|problem| problem.field == field);
            assert!(named.is_some_and(|problem| problem.vi != problem.en), "{field}: {problems:?}");
        }
    }

    #[test]
    fn a_refusal_says_where_in_both_languages_and_a_file_without_a_key_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let (file, form) = (dir.path().join("evaluator.key"), dir.path().join("form.json"));
        crate::secret_key::keep(&file, "not a key\n").unwrap();
        assert_eq!(key_of(&file).unwrap_err().exit(), Exit::Usage);
        std::fs::remove_file(&file).unwrap();
        crate::secret_key::keep(&file, &format!("{}\n", EvaluatorKey::from_seed([3; 32]).to_secret_text())).unwrap();
        let mut bad = evaluation();
        bad["data"]["kind"] = json!("self");
        std::fs::write(&form, bad.to_string()).unwrap();
        let sign = Sign { form, unit: UNIT.parse().unwrap(), key: file };
        let said = sign.run(Output::new(false)).unwrap_err();
        assert_eq!((said.exit(), said.text().matches("form.json: /data/kind: ").count()), (Exit::Usage, 2));
    }
}
