//! Who may record what at a node.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::problem::{FieldProblem, ProblemCode};
use crate::{EventType, EventTypeInfo, Form, FormError};

/// The role behind a token, or the kiosk, which has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Officials of the unit.
    Staff,
    /// The evaluation board.
    Board,
    /// Bulk import of what a unit may record, erasures excepted.
    Import,
    /// Anybody in front of the kiosk.
    Kiosk,
}

/// Ways on which citizens speak for themselves, with nobody of the office between: no official records what comes by them.
const CHANNELS_OF_CITIZENS: [&str; 3] = ["kiosk", "qr", "zalo"];

/// The text is no role. Show the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a role is one of staff, board, import, kiosk")]
pub struct RoleError;

impl Role {
    /// The word in token files and problem documents.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Staff => "staff",
            Role::Board => "board",
            Role::Import => "import",
            Role::Kiosk => "kiosk",
        }
    }

    /// Whether a form of this type is taken from this role. What only our own processes write is taken from nobody.
    #[must_use]
    pub fn may_record(self, event_type: &EventType) -> bool {
        if !is_recorded_by_units(event_type) {
            return false;
        }
        match self {
            // What it destroys does not come back: no list does that, only an official who answers for it.
            Role::Import => event_type.family() != "privacy",
            Role::Kiosk => matches!(event_type.short(), "survey.answered.v1" | "feedback.received.v1"),
            Role::Board => is_the_boards(event_type),
            Role::Staff => !is_the_boards(event_type),
        }
    }

    /// Refuses a channel that is not this role's: officials write down what they were told at the desk, on the telephone or by
    /// letter, and nothing in a citizen's place; the kiosk speaks for itself. An import brings what was entered elsewhere.
    pub fn check_channel(self, form: &Form) -> Result<(), FormError> {
        if !matches!(form.event_type().short(), "feedback.received.v1" | "survey.answered.v1") {
            return Ok(());
        }
        let Some(channel) = form.data().get("channel").and_then(|channel| channel.as_str()) else { return Ok(()) };
        let (is_allowed, vi, en) = match self {
            Role::Staff => (
                !CHANNELS_OF_CITIZENS.contains(&channel),
                "kênh này chỉ nhận nội dung do chính người dân nhập; cán bộ ghi lại theo kênh đã tiếp nhận",
                "only citizens themselves speak through this channel; officials name the one by which they were told",
            ),
            Role::Kiosk => {
                (channel == "kiosk", "ki-ốt chỉ ghi kênh của ki-ốt", "the kiosk records its own channel only")
            }
            Role::Board | Role::Import => return Ok(()),
        };
        if is_allowed {
            return Ok(());
        }
        Err(FormError { problems: vec![FieldProblem::new("/data/channel", ProblemCode::NotAllowed, vi, en)] })
    }
}

/// What the evaluation board says; that the unit appeals against it is the unit's own word.
fn is_the_boards(event_type: &EventType) -> bool {
    event_type.family() == "evaluation" && event_type.name() != "appealed"
}

/// Whether forms of this type exist at all.
pub(crate) fn is_recorded_by_units(event_type: &EventType) -> bool {
    EventTypeInfo::of(event_type).is_some_and(EventTypeInfo::is_taken_from_forms)
}

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Role, RoleError> {
        [Role::Staff, Role::Board, Role::Import, Role::Kiosk]
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or(RoleError)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FeedbackChannel, FormLimits, known_types};

    fn allowed(role: Role) -> Vec<&'static str> {
        known_types()
            .iter()
            .filter(|info| role.may_record(&info.name.parse().unwrap()))
            .map(EventTypeInfo::short)
            .collect()
    }

    #[test]
    fn the_kiosk_takes_only_what_citizens_bring() {
        assert_eq!(allowed(Role::Kiosk), ["feedback.received.v1", "survey.answered.v1"]);
    }

    #[test]
    fn only_boards_and_imports_record_evaluations() {
        let verdicts = ["evaluation.appeal_decided.v1", "evaluation.conducted.v1"];
        assert_eq!(allowed(Role::Board), verdicts);
        assert!(verdicts.iter().all(|name| !allowed(Role::Staff).contains(name)));
        assert!(verdicts.iter().all(|name| allowed(Role::Import).contains(name)));
        assert!(allowed(Role::Staff).contains(&"evaluation.appealed.v1"));
    }

    #[test]
    fn nobody_records_what_our_processes_write() {
        for role in [Role::Staff, Role::Board, Role::Import, Role::Kiosk] {
            for family in ["node", "checkpoint", "ranking", "rulebook"] {
                assert!(allowed(role).iter().all(|name| !name.starts_with(&format!("{family}."))), "{role} {family}");
            }
            for name in [
                "unit.registered.v1",
                "unit.succeeded.v1",
                "unit.tree_published.v1",
                "unit.aggregator_assigned.v1",
                "evaluation.evaluator_delisted.v1",
                "evaluation.evaluator_listed.v1",
                "entry.flagged.v1",
                "privacy.disclosed.v1",
            ] {
                assert!(!allowed(role).contains(&name), "{role} {name}");
            }
        }
        assert!(!Role::Import.may_record(&"vn.danvan.survey.answered.v9".parse().unwrap()));
    }

    #[test]
    fn officials_speak_in_no_citizens_place_and_the_kiosk_for_itself() {
        let form = |kind: &str, channel: &str| {
            let data = match kind {
                "survey.answered" => format!(r#"{{"channel":"{channel}","rating":5}}"#),
                _ => format!(
                    r#"{{"channel":"{channel}","kind":"suggestion","text":"Đường xấu.","legal_ground":"state_task"}}"#
                ),
            };
            let text = format!(
                r#"{{"specversion":"1.0","type":"vn.danvan.{kind}.v1","time":"2024-03-08T07:00:00Z","data":{data}}}"#
            );
            Form::parse(text.as_bytes(), FormLimits::default()).unwrap()
        };
        let channels = |kind: &str, role: Role, all: &[&'static str]| -> Vec<&'static str> {
            all.iter().copied().filter(|channel| role.check_channel(&form(kind, channel)).is_ok()).collect()
        };
        let cases = ["kiosk", "qr", "zalo", "hotline", "box", "reception", "onestop", "portal_1022"];
        let answers = ["kiosk", "qr", "zalo", "paper", "phone"];
        assert_eq!(
            channels("feedback.received", Role::Staff, &cases),
            ["hotline", "box", "reception", "onestop", "portal_1022"]
        );
        assert_eq!(channels("survey.answered", Role::Staff, &answers), ["paper", "phone"]);
        assert_eq!(channels("feedback.received", Role::Kiosk, &cases), ["kiosk"]);
        assert_eq!(channels("survey.answered", Role::Kiosk, &answers), ["kiosk"]);
        assert_eq!(channels("feedback.received", Role::Import, &cases), cases);
        let refused = Role::Staff.check_channel(&form("feedback.received", "qr")).unwrap_err();
        assert_eq!(
            (refused.problems[0].field.as_str(), refused.problems[0].code),
            ("/data/channel", ProblemCode::NotAllowed)
        );
        for channel in cases {
            let read: FeedbackChannel = serde_json::from_value(channel.into()).unwrap();
            assert_eq!(CHANNELS_OF_CITIZENS.contains(&channel), read.is_the_citizens(), "{channel}");
        }
    }

    #[test]
    fn only_officials_erase() {
        for name in [
            "privacy.erased.v1",
            "privacy.erasure_requested.v1",
            "privacy.erasure_refused.v1",
            "privacy.consent_withdrawn.v1",
        ] {
            let erasers = [Role::Staff, Role::Board, Role::Import, Role::Kiosk].into_iter();
            let erasers: Vec<_> = erasers.filter(|role| allowed(*role).contains(&name)).collect();
            assert_eq!(erasers, [Role::Staff], "{name}");
        }
    }

    #[test]
    fn staff_record_the_work_of_the_unit() {
        for name in [
            "model.registered.v1",
            "pledge.signed.v1",
            "feedback.responded.v1",
            "service.counted.v1",
            "unit.staff_declared.v1",
            "survey.answered.v1",
            "entry.revoked.v1",
            "feedback.transferred.v1",
            "pledge.catalog_published.v1",
            "pledge.breach_confirmed.v1",
            "emulation.award_granted.v1",
            "model.replicated.v1",
        ] {
            assert!(allowed(Role::Staff).contains(&name), "{name}");
        }
    }
}
