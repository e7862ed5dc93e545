//! What became of one entry in the fold.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The outcome of [`ReadModel::apply`](crate::ReadModel::apply) for one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// The entry changed the read model.
    Counted,
    /// The entry is sound and changes nothing: a type that this version does not know, or an index that was folded before.
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

/// A rule of the domain that an entry can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// `node.opened` stands anywhere but at index 0.
    OpenedLater,
    /// A feedback was received twice under one subject.
    FeedbackReceivedTwice,
    /// A step of a feedback that was never received.
    UnknownFeedback,
    /// A step of a feedback is dated before the feedback itself.
    StepBeforeReceipt,
    /// A feedback was confirmed, reopened or its result published before any response.
    NotYetAnswered,
    /// A feedback was reopened more than 15 days after the response.
    ReopenedTooLate,
    /// A second answer for one visit.
    VisitTokenReused,
    /// An evaluation by a board of fewer than two members.
    PanelTooSmall,
    /// A pledge to a catalogue, or a version of it, that the unit never published.
    UnknownCatalogue,
    /// Numbers of a month that had not begun when they were recorded.
    CountOfTheFuture,
    /// A period that is not written `2024`, `2024-Q1` or `2024-03`.
    PeriodShape,
    /// A period was opened before.
    PeriodOpenedTwice,
    /// A period was opened or closed under a rulebook that was not adopted, or not the one that it was opened with.
    RulebookNotAdopted,
    /// A period was never opened.
    PeriodNotOpen,
    /// A period was closed before its end.
    PeriodNotOver,
    /// A cut below an earlier one of the same period, or beyond its own place.
    CutBackwards,
    /// A closing amends another publication than the last one, or does not say why, or gives a reason and amends none.
    AmendmentUnfounded,
    /// A unit that is left out or waited for is not registered, named twice, or has no reason.
    ExclusionUnfounded,
    /// Units are waited for: nothing can be approved or published.
    PeriodWaiting,
    /// An approval or a publication of another draft than the one that lies ready.
    NotTheDraft,
    /// The key is no listed operator's.
    UnknownOperator,
    /// The same key approved the draft before.
    ApprovedTwice,
    /// Another key of the same post approved the draft before.
    ApprovedByPost,
    /// Fewer than two operators of different posts approved the draft.
    ApprovalsMissing,
    /// The same was published before.
    PublishedTwice,
}

/// One line per reason: the code in documents, the words on Vietnamese and English screens.
const TEXTS: [(FlagReason, &str, &str, &str); 33] = [
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
    (
        FlagReason::Rule(Rule::OpenedLater),
        "domain.opened_later",
        "Sự kiện mở sổ không nằm ở đầu sổ",
        "The opening of the log does not stand at its start",
    ),
    (
        FlagReason::Rule(Rule::FeedbackReceivedTwice),
        "domain.feedback_received_twice",
        "Phản ánh đã được tiếp nhận trước đó",
        "The feedback was received before",
    ),
    (
        FlagReason::Rule(Rule::UnknownFeedback),
        "domain.unknown_feedback",
        "Không có phản ánh này trong sổ",
        "No such feedback in this log",
    ),
    (
        FlagReason::Rule(Rule::StepBeforeReceipt),
        "domain.step_before_receipt",
        "Ghi ngày trước khi tiếp nhận phản ánh",
        "Dated before the feedback was received",
    ),
    (
        FlagReason::Rule(Rule::NotYetAnswered),
        "domain.not_yet_answered",
        "Phản ánh chưa được trả lời",
        "The feedback has no response yet",
    ),
    (
        FlagReason::Rule(Rule::ReopenedTooLate),
        "domain.reopened_too_late",
        "Yêu cầu xử lý lại sau hạn 15 ngày",
        "Reopened more than 15 days after the response",
    ),
    (
        FlagReason::Rule(Rule::VisitTokenReused),
        "domain.visit_token_reused",
        "Lượt giao dịch này đã được đánh giá",
        "This visit was rated before",
    ),
    (
        FlagReason::Rule(Rule::PanelTooSmall),
        "domain.panel_too_small",
        "Hội đồng đánh giá có ít hơn hai thành viên",
        "The board has fewer than two members",
    ),
    (
        FlagReason::Rule(Rule::UnknownCatalogue),
        "domain.unknown_catalogue",
        "Đơn vị chưa công bố nội dung cam kết này",
        "The unit never published this catalogue",
    ),
    (
        FlagReason::Rule(Rule::CountOfTheFuture),
        "domain.count_of_the_future",
        "Số liệu của tháng chưa bắt đầu",
        "Numbers of a month that had not begun",
    ),
    (
        FlagReason::Rule(Rule::PeriodShape),
        "domain.period_shape",
        "Kỳ không viết đúng dạng 2024, 2024-Q1 hoặc 2024-03",
        "A period is written 2024, 2024-Q1 or 2024-03",
    ),
    (
        FlagReason::Rule(Rule::PeriodOpenedTwice),
        "domain.period_opened_twice",
        "Kỳ này đã được mở trước đó",
        "The period was opened before",
    ),
    (
        FlagReason::Rule(Rule::RulebookNotAdopted),
        "domain.rulebook_not_adopted",
        "Bộ tiêu chí chưa được áp dụng hoặc không phải bộ tiêu chí của kỳ",
        "The rulebook was not adopted, or is not the one of the period",
    ),
    (
        FlagReason::Rule(Rule::PeriodNotOpen),
        "domain.period_not_open",
        "Kỳ này chưa được mở",
        "The period was never opened",
    ),
    (
        FlagReason::Rule(Rule::PeriodNotOver),
        "domain.period_not_over",
        "Kỳ này chưa kết thúc",
        "The period is not over yet",
    ),
    (
        FlagReason::Rule(Rule::CutBackwards),
        "domain.cut_backwards",
        "Mốc dữ liệu lùi so với lần trước của kỳ, hoặc vượt quá vị trí của mục",
        "The cut lies before an earlier one of the period, or beyond its own place",
    ),
    (
        FlagReason::Rule(Rule::AmendmentUnfounded),
        "domain.amendment_unfounded",
        "Điều chỉnh phải nêu lần công bố cuối cùng của kỳ và lý do",
        "An amendment names the last publication of the period and its reason",
    ),
    (
        FlagReason::Rule(Rule::ExclusionUnfounded),
        "domain.exclusion_unfounded",
        "Đơn vị không đưa vào xếp hạng hoặc còn chờ phải đã đăng ký, nêu một lần và có lý do",
        "A unit that is left out or waited for is registered, named once, and has a reason",
    ),
    (
        FlagReason::Rule(Rule::PeriodWaiting),
        "domain.period_waiting",
        "Kỳ này còn chờ dữ liệu của đơn vị",
        "Units are still waited for",
    ),
    (
        FlagReason::Rule(Rule::NotTheDraft),
        "domain.not_the_draft",
        "Không phải bản dự thảo hiện hành của kỳ",
        "Not the draft of the period that lies ready",
    ),
    (
        FlagReason::Rule(Rule::UnknownOperator),
        "domain.unknown_operator",
        "Khoá này không thuộc người phê duyệt nào đã được ghi nhận",
        "The key is no listed operator's",
    ),
    (
        FlagReason::Rule(Rule::ApprovedTwice),
        "domain.approved_twice",
        "Khoá này đã phê duyệt bản dự thảo",
        "This key approved the draft before",
    ),
    (
        FlagReason::Rule(Rule::ApprovedByPost),
        "domain.approved_by_post",
        "Chức vụ này đã phê duyệt bản dự thảo",
        "This post approved the draft before",
    ),
    (
        FlagReason::Rule(Rule::ApprovalsMissing),
        "domain.approvals_missing",
        "Chưa đủ hai phê duyệt của hai chức vụ khác nhau",
        "Two approvals of two different posts are needed",
    ),
    (
        FlagReason::Rule(Rule::PublishedTwice),
        "domain.published_twice",
        "Nội dung này đã được công bố",
        "The same was published before",
    ),
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
        TEXTS.iter().find(|(_, known, _, _)| *known == code).map(|(reason, ..)| *reason)
    }

    fn texts(self) -> (&'static str, &'static str, &'static str) {
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
        for (reason, code, ..) in TEXTS {
            assert_eq!(reason.code(), code);
            assert_eq!(FlagReason::from_code(code), Some(reason));
            assert_eq!(TEXTS.iter().filter(|(_, other, ..)| *other == code).count(), 1, "{code}");
        }
        assert_eq!(FlagReason::from_code("domain.no_such_rule"), None);
    }
}
