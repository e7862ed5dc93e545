//! What became of one entry in the fold.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::rule::Rule;

/// The outcome of [`ReadModel::apply`](crate::ReadModel::apply) for one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// The entry changed the read model.
    Counted,
    /// The entry is sound and changes nothing that is counted: about personal data, of a type that this version does not know, or at an
    /// index that was folded before.
    Ignored,
    /// The entry stays in the log, is shown with its reason, and never counts.
    Flagged(FlagReason),
}

/// Why an entry of a sound log is left out of the score. Written as its code, for example `domain.unknown_feedback`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum FlagReason {
    /// The bytes are not the one spelling of an entry.
    NotCanonical,
    /// The attributes or the data do not fit the schema of their type.
    SchemaViolation,
    /// The entry names another log as its source.
    ForeignSource,
    /// A unit states what only an aggregator may state, or the reverse.
    WrongSpeaker,
    /// The id was used by an earlier entry of the same log.
    DuplicateId,
    /// `recordedtime` is earlier than that of the entry before it.
    RecordedTimeBackwards,
    /// `time` is more than 120 s after `recordedtime`: nobody records what has not happened yet.
    TimeAheadOfRecord,
    /// A signature is present and does not verify.
    BadSignature,
    /// The entry breaks a rule of the domain.
    Rule(Rule),
}

/// One line per reason that is no rule of the domain: the code in documents, the words on Vietnamese and English screens.
const TEXTS: [(FlagReason, &str, &str, &str); 8] = [
    (
        FlagReason::NotCanonical,
        "not_canonical",
        "Không đúng dạng chuẩn của một mục ghi",
        "Not the canonical form of an entry",
    ),
    (
        FlagReason::SchemaViolation,
        "schema_violation",
        "Nội dung không đúng cấu trúc của loại sự kiện",
        "The content does not fit the schema of its type",
    ),
    (FlagReason::ForeignSource, "foreign_source", "Ghi tên nguồn của đơn vị khác", "Names another log as its source"),
    (
        FlagReason::WrongSpeaker,
        "wrong_speaker",
        "Loại sự kiện này không thuộc quyền ghi của nguồn",
        "This source may not state an event of this type",
    ),
    (FlagReason::DuplicateId, "duplicate_id", "Mã sự kiện đã được dùng", "The id was used before"),
    (
        FlagReason::RecordedTimeBackwards,
        "recordedtime_backwards",
        "Thời điểm ghi lùi so với mục trước",
        "Recorded earlier than the entry before it",
    ),
    (
        FlagReason::TimeAheadOfRecord,
        "time_ahead_of_record",
        "Thời điểm xảy ra sau thời điểm ghi",
        "Dated after it was recorded",
    ),
    (FlagReason::BadSignature, "bad_signature", "Chữ ký không hợp lệ", "The signature does not verify"),
];

impl FlagReason {
    /// The stable code, as `entry.flagged` carries it.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.texts().0
    }

    /// The reason in Vietnamese.
    #[must_use]
    pub fn title_vi(self) -> &'static str {
        self.texts().1
    }

    /// The reason in English.
    #[must_use]
    pub fn title_en(self) -> &'static str {
        self.texts().2
    }

    /// The reason with the given code, if this version knows it.
    #[must_use]
    pub fn from_code(code: &str) -> Option<FlagReason> {
        let general = TEXTS.iter().find(|(_, known, _, _)| *known == code).map(|(reason, ..)| *reason);
        general.or_else(|| Rule::from_code(code).map(FlagReason::Rule))
    }

    fn texts(self) -> (&'static str, &'static str, &'static str) {
        if let FlagReason::Rule(rule) = self {
            return (rule.code(), rule.title_vi(), rule.title_en());
        }
        TEXTS
            .iter()
            .find(|(reason, ..)| *reason == self)
            .map_or(("unknown", "Không rõ lý do", "Unknown reason"), |(_, code, vi, en)| (code, vi, en))
    }
}

impl From<Rule> for FlagReason {
    fn from(rule: Rule) -> FlagReason {
        FlagReason::Rule(rule)
    }
}

impl fmt::Display for FlagReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl From<FlagReason> for String {
    fn from(reason: FlagReason) -> String {
        reason.code().to_owned()
    }
}

/// A code that this version does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown reason for a flag: {0}")]
pub struct UnknownFlagReason(String);

impl TryFrom<String> for FlagReason {
    type Error = UnknownFlagReason;

    fn try_from(code: String) -> Result<FlagReason, UnknownFlagReason> {
        FlagReason::from_code(&code).ok_or(UnknownFlagReason(code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_one_code_and_is_found_by_it() {
        let rules = Rule::ALL.iter().map(|rule| (FlagReason::Rule(*rule), rule.code()));
        let all: Vec<(FlagReason, &str)> =
            TEXTS.iter().map(|(reason, code, ..)| (*reason, *code)).chain(rules).collect();
        for (reason, code) in &all {
            assert_eq!(reason.code(), *code);
            assert_eq!(FlagReason::from_code(code), Some(*reason));
            assert_eq!(all.iter().filter(|(_, other)| other == code).count(), 1, "{code}");
        }
        assert_eq!(FlagReason::from_code("domain.no_such_rule"), None);
    }
}
