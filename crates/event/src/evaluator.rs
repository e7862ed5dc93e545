//! Signatures of evaluators: what makes an evaluation the board's.

use crate::office_key::{Office, OfficeKey, OfficeVkey};
use crate::{Canon, EventId, EventType, UnitId};

/// The office of those who judge communes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Evaluator;

impl Office for Evaluator {
    const PUBLIC: &'static str = "ed25519:";
    const SECRET: &'static str = "ed25519-secret:";
}

/// The secret key of an evaluator; stays on the board's machine.
pub type EvaluatorKey = OfficeKey<Evaluator>;

/// The public key of an evaluator, `ed25519:<base64>`.
pub type EvaluatorVkey = OfficeVkey<Evaluator>;

/// A verdict does not carry a right signature. Treat it as the unit's own word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationSignatureError {
    /// There is none.
    #[error("the evaluation is not signed")]
    Unsigned,
    /// There is something that cannot be read as one.
    #[error("the signature cannot be read")]
    Malformed,
    /// It does not fit unit, id and data.
    #[error("the signature does not match the evaluation")]
    Mismatch,
}

/// What an evaluator signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The data of an `evaluation.conducted`.
    Evaluation,
    /// The data of an `evaluation.appeal_decided`.
    AppealDecision,
}

impl Verdict {
    /// What a signature in the data of this type is about; `None` for types that carry none.
    #[must_use]
    pub fn of(event_type: &EventType) -> Option<Verdict> {
        match event_type.short() {
            "evaluation.conducted.v1" => Some(Verdict::Evaluation),
            "evaluation.appeal_decided.v1" => Some(Verdict::AppealDecision),
            _ => None,
        }
    }

    /// The `type` that the statement names. Evaluations name none, and no other statement may name none: maps with other
    /// keys are never the same bytes.
    fn named_type(self) -> Option<&'static str> {
        match self {
            Verdict::Evaluation => None,
            Verdict::AppealDecision => Some("vn.danvan.evaluation.appeal_decided.v1"),
        }
    }
}

/// The bytes that an evaluator signs: the canonical map of `unit`, `id`, the `data` without its `signature`, and `type`
/// where it is no evaluation. Naming unit and id keeps a verdict from being moved to another unit or replayed as a second
/// one; naming the type keeps a verdict of one kind from being shown as one of another.
#[must_use]
pub fn evaluation_statement(verdict: Verdict, unit: &UnitId, id: &EventId, data: &Canon) -> Vec<u8> {
    let unsigned = match data {
        Canon::Map(members) => Canon::Map(
            members.iter().filter(|(key, _)| *key != "signature").map(|(k, v)| (k.clone(), v.clone())).collect(),
        ),
        other => other.clone(),
    };
    let named_type = verdict.named_type().map(|name| ("type", Canon::from(name)));
    let members = [("data", unsigned), ("id", Canon::Str(id.to_string())), ("unit", Canon::Str(unit.to_string()))];
    Canon::map(members.into_iter().chain(named_type)).to_bytes()
}

/// Puts the evaluator's signature into the `data` of a verdict; an earlier one is replaced.
pub fn sign_evaluation(key: &EvaluatorKey, verdict: Verdict, unit: &UnitId, id: &EventId, data: &mut Canon) {
    let sig = key.sign(&evaluation_statement(verdict, unit, id, data));
    if let Canon::Map(members) = data {
        let signature = Canon::map([("vkey", key.vkey().to_string()), ("sig", sig)]);
        members.insert("signature".to_owned(), signature);
    }
}

/// The key that signed the `data` of a verdict. Whether it is a listed evaluator's is the caller's question.
pub fn verify_evaluation(
    verdict: Verdict,
    unit: &UnitId,
    id: &EventId,
    data: &Canon,
) -> Result<EvaluatorVkey, EvaluationSignatureError> {
    let signature = data.get("signature").ok_or(EvaluationSignatureError::Unsigned)?;
    let text = |key| signature.get(key).and_then(Canon::as_str).ok_or(EvaluationSignatureError::Malformed);
    let vkey: EvaluatorVkey = text("vkey")?.parse().map_err(|_| EvaluationSignatureError::Malformed)?;
    if vkey.verify(&evaluation_statement(verdict, unit, id, data), text("sig")?) {
        Ok(vkey)
    } else {
        Err(EvaluationSignatureError::Mismatch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evaluation() -> (UnitId, EventId, Canon) {
        let data = br#"{"period":"2024","kind":"board","panel":[{"post":"a","points_centi":700},{"post":"b","points_centi":650}]}"#;
        let id = "018e1cfa-1b40-7abc-8def-0123456789ab".parse().unwrap();
        ("gso2024-15097".parse().unwrap(), id, Canon::parse_lenient(data).unwrap())
    }

    #[test]
    fn a_signed_evaluation_names_its_signer() {
        let (unit, id, mut data) = evaluation();
        let key = EvaluatorKey::from_seed([3; 32]);
        assert_eq!(verify_evaluation(Verdict::Evaluation, &unit, &id, &data), Err(EvaluationSignatureError::Unsigned));
        sign_evaluation(&key, Verdict::Evaluation, &unit, &id, &mut data);
        assert_eq!(verify_evaluation(Verdict::Evaluation, &unit, &id, &data), Ok(key.vkey()));
    }

    #[test]
    fn a_signature_holds_for_one_unit_one_id_one_content() {
        let (unit, id, mut data) = evaluation();
        sign_evaluation(&EvaluatorKey::from_seed([3; 32]), Verdict::Evaluation, &unit, &id, &mut data);
        let other_unit = "gso2024-15100".parse().unwrap();
        let other_id = EventId::from_parts(1, [0; 10]);
        let mut other_data = data.clone();
        if let Canon::Map(members) = &mut other_data {
            members.insert("period".into(), Canon::from("2025"));
        }
        for (unit, id, data) in [(&other_unit, &id, &data), (&unit, &other_id, &data), (&unit, &id, &other_data)] {
            assert_eq!(verify_evaluation(Verdict::Evaluation, unit, id, data), Err(EvaluationSignatureError::Mismatch));
        }
    }

    #[test]
    fn a_verdict_of_one_kind_is_none_of_another() {
        let (unit, id, data) = evaluation();
        let key = EvaluatorKey::from_seed([3; 32]);
        for (signed, shown) in
            [(Verdict::Evaluation, Verdict::AppealDecision), (Verdict::AppealDecision, Verdict::Evaluation)]
        {
            let mut data = data.clone();
            sign_evaluation(&key, signed, &unit, &id, &mut data);
            assert_eq!(verify_evaluation(signed, &unit, &id, &data), Ok(key.vkey()));
            assert_eq!(verify_evaluation(shown, &unit, &id, &data), Err(EvaluationSignatureError::Mismatch));
        }
    }

    #[test]
    fn every_type_with_a_signature_is_a_verdict() {
        for info in crate::known_types() {
            let event_type: EventType = info.name.parse().unwrap();
            let schema: serde_json::Value = serde_json::from_str(info.schema).unwrap();
            let signed = schema["properties"].get("signature").is_some();
            assert_eq!(Verdict::of(&event_type).is_some(), signed, "{}", info.name);
        }
    }
}
