//! The rules that an entry must keep beside the past of its own log.
//!
//! The node refuses a form that breaks one and names it; the aggregator keeps such an entry of a mirror, flags it and leaves it
//! out of the score. Both ask the same functions, in `fold`.

/// Declares every rule once: its name in the program, its code in documents, the words on Vietnamese and English screens.
macro_rules! rules {
    ($($(#[$doc:meta])+ $rule:ident $code:literal, $vi:literal, $en:literal;)+) => {
        /// A rule of the domain that an entry can break.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $($(#[$doc])+ $rule,)+
        }

        impl Rule {
            /// All rules.
            pub const ALL: &[Rule] = &[$(Rule::$rule),+];

            /// The stable code, as problems and `entry.flagged` carry it.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self {
                    $(Rule::$rule => concat!("domain.", $code),)+
                }
            }

            /// What is wrong, in Vietnamese.
            #[must_use]
            pub fn title_vi(self) -> &'static str {
                match self {
                    $(Rule::$rule => $vi,)+
                }
            }

            /// What is wrong, in English.
            #[must_use]
            pub fn title_en(self) -> &'static str {
                match self {
                    $(Rule::$rule => $en,)+
                }
            }

            /// The rule with the given code, if this version knows it.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Rule> {
                Rule::ALL.iter().copied().find(|rule| rule.code() == code)
            }
        }
    };
}

rules! {
    /// `node.opened` stands anywhere but at index 0.
    OpenedLater "opened_later",
        "Sự kiện mở sổ không nằm ở đầu sổ",
        "The opening of the log does not stand at its start";
    /// A step of a feedback that was never received.
    UnknownFeedback "unknown_feedback",
        "Không có phản ánh này trong sổ",
        "No such feedback in this log";
    /// A step of a feedback is dated before the feedback itself.
    StepBeforeReceipt "step_before_receipt",
        "Ghi ngày trước khi tiếp nhận phản ánh",
        "Dated before the feedback was received";
    /// What follows a response is dated before the first one.
    StepBeforeResponse "step_before_response",
        "Ghi ngày trước khi trả lời phản ánh",
        "Dated before the feedback was answered";
    /// A feedback was confirmed, reopened or its result published before any response; or confirmed or reopened again
    /// before a response to the last reopening.
    NotYetAnswered "not_yet_answered",
        "Phản ánh chưa được trả lời",
        "The feedback has no response yet";
    /// A feedback was reopened more than 15 days after the response.
    ReopenedTooLate "reopened_too_late",
        "Yêu cầu xử lý lại sau hạn 15 ngày",
        "Reopened more than 15 days after the response";
    /// A step of a feedback that the citizen took back.
    FeedbackWithdrawn "feedback_withdrawn",
        "Người dân đã rút phản ánh này",
        "The citizen took this feedback back";
    /// The due date of a feedback was put off a second time.
    ExtendedTwice "extended_twice",
        "Hạn trả lời chỉ được gia hạn một lần",
        "The due date can be put off once only";
    /// The due date of a feedback was put off after it had passed.
    ExtendedTooLate "extended_too_late",
        "Không thể gia hạn khi đã quá hạn trả lời",
        "The due date cannot be put off after it has passed";
    /// The due date of a feedback was put off by more days than had been allowed: an extension is no longer than the term that it extends.
    ExtendedTooFar "extended_too_far",
        "Chỉ được gia hạn thêm tối đa bằng số ngày đã cho phép trước đó",
        "The due date can be put off by as many days as were allowed before, not by more";
    /// A second answer for one visit within seven days.
    VisitTokenReused "visit_token_reused",
        "Lượt giao dịch này đã được đánh giá",
        "This visit was rated before";
    /// Two members of a board differ by more than 15 hundredths of the scale, and no third gave points.
    ThirdMemberNeeded "third_member_needed",
        "Hai thành viên chấm lệch quá 15% thang điểm, cần thành viên thứ ba",
        "Two members differ by more than 15% of the scale: a third is needed";
    /// An appeal against an evaluation that is not in the log.
    UnknownEvaluation "unknown_evaluation",
        "Không có kết quả đánh giá này trong sổ",
        "No such evaluation in this log";
    /// A decision about an appeal that is not in the log.
    UnknownAppeal "unknown_appeal",
        "Không có kiến nghị xem xét lại này trong sổ",
        "No such appeal in this log";
    /// A second decision of the same board about one appeal.
    AppealDecidedTwice "appeal_decided_twice",
        "Kiến nghị này đã có kết luận",
        "This appeal was decided before";
    /// A pledge to a catalogue, or a version of it, that the unit never published.
    UnknownCatalogue "unknown_catalogue",
        "Đơn vị chưa công bố nội dung cam kết này",
        "The unit never published this catalogue";
    /// An aggregator published this version of a catalogue before.
    CataloguePublishedBefore "catalogue_published_before",
        "Phiên bản này của bộ cam kết đã được công bố",
        "This version of the catalogue was published before";
    /// The unit published this version of a catalogue before, and it said something else.
    CatalogueChanged "catalogue_changed",
        "Phiên bản này đã được công bố với nội dung khác; nội dung mới cần số phiên bản mới",
        "This version was published with another content; what is new needs a version of its own";
    /// A renewal, revocation or breach of a pledge that is not in the log.
    UnknownPledge "unknown_pledge",
        "Không có cam kết này trong sổ",
        "No such pledge in this log";
    /// A renewal or a second revocation of a pledge that was revoked.
    PledgeEnded "pledge_ended",
        "Cam kết này đã bị huỷ",
        "This pledge was revoked";
    /// Progress on a directive, or on an item of it, that is not in the log.
    UnknownDirective "unknown_directive",
        "Không có ý kiến chỉ đạo này trong sổ",
        "No such directive, or no such item of it, in this log";
    /// A replication between two other units, or of a unit with itself.
    ForeignReplication "foreign_replication",
        "Đơn vị không phải là một bên của việc nhân rộng",
        "The unit is not one of the two sides of this replication";
    /// An award or recognition was taken back that is not in the log.
    UnknownAward "unknown_award",
        "Không có quyết định công nhận, khen thưởng này trong sổ",
        "No such recognition or award in this log";
    /// An award or recognition was taken back a second time.
    AwardRevokedTwice "award_revoked_twice",
        "Quyết định này đã bị huỷ",
        "This recognition or award was taken back before";
    /// A revocation, or something about personal data, of an event that is not in the log.
    UnknownEntry "unknown_entry",
        "Không có sự kiện này trong sổ",
        "No such event in this log";
    /// A refusal of a request about personal data that nobody made: no such event, or one that asks for nothing.
    UnknownRequest "unknown_request",
        "Không có yêu cầu về dữ liệu cá nhân này trong sổ",
        "No such request about personal data in this log";
    /// A revocation of what the office may not revoke: what citizens, boards or other bodies said, what does not
    /// count, what was revoked before.
    NotRevocable "not_revocable",
        "Nội dung này đơn vị không được huỷ, hoặc đã huỷ",
        "The office may not revoke this, or has revoked it";
    /// A revocation of something that later entries rest on.
    StillCited "still_cited",
        "Có nội dung ghi sau dựa vào nội dung này",
        "Later entries rest on this one";
    /// Numbers of a month that had not begun when they were recorded.
    CountOfTheFuture "count_of_the_future",
        "Số liệu của tháng chưa bắt đầu",
        "Numbers of a month that had not begun";
    /// A period that is not written `2024`, `2024-Q1` or `2024-03`.
    PeriodShape "period_shape",
        "Kỳ không viết đúng dạng 2024, 2024-Q1 hoặc 2024-03",
        "A period is written 2024, 2024-Q1 or 2024-03";
    /// A period was opened before.
    PeriodOpenedTwice "period_opened_twice",
        "Kỳ này đã được mở trước đó",
        "The period was opened before";
    /// A period was opened or closed under a rulebook that was not adopted, or not the one that it was opened with.
    RulebookNotAdopted "rulebook_not_adopted",
        "Bộ tiêu chí chưa được áp dụng hoặc không phải bộ tiêu chí của kỳ",
        "The rulebook was not adopted, or is not the one of the period";
    /// A period was never opened.
    PeriodNotOpen "period_not_open",
        "Kỳ này chưa được mở",
        "The period was never opened";
    /// A period was closed before its end.
    PeriodNotOver "period_not_over",
        "Kỳ này chưa kết thúc",
        "The period is not over yet";
    /// A cut below an earlier one of the same period, or beyond its own place.
    CutBackwards "cut_backwards",
        "Mốc dữ liệu lùi so với lần trước của kỳ, hoặc vượt quá vị trí của mục",
        "The cut lies before an earlier one of the period, or beyond its own place";
    /// A closing amends another publication than the last one, or does not say why, or gives a reason and amends none.
    AmendmentUnfounded "amendment_unfounded",
        "Điều chỉnh phải nêu lần công bố cuối cùng của kỳ và lý do",
        "An amendment names the last publication of the period and its reason";
    /// A unit that is left out or waited for is not registered, named twice, or has no reason.
    ExclusionUnfounded "exclusion_unfounded",
        "Đơn vị không đưa vào xếp hạng hoặc còn chờ phải đã đăng ký, nêu một lần và có lý do",
        "A unit that is left out or waited for is registered, named once, and has a reason";
    /// A closing is silent about an enrolled unit of whose log nothing ever came.
    PeriodIncomplete "period_incomplete",
        "Đơn vị chưa gửi mục ghi nào phải được chờ hoặc được loại ra kèm lý do",
        "A unit that sent nothing yet is waited for or left out with a reason";
    /// Units are waited for: nothing can be approved or published.
    PeriodWaiting "period_waiting",
        "Kỳ này còn chờ dữ liệu của đơn vị",
        "Units are still waited for";
    /// An approval or a publication of another draft than the one that lies ready.
    NotTheDraft "not_the_draft",
        "Không phải bản dự thảo hiện hành của kỳ",
        "Not the draft of the period that lies ready";
    /// The key is no evaluator's who was ever listed.
    UnknownEvaluator "unknown_evaluator",
        "Khoá này chưa từng được ghi nhận cho hội đồng đánh giá nào",
        "No evaluator of this key was ever listed";
    /// The key is no listed operator's.
    UnknownOperator "unknown_operator",
        "Khoá này không thuộc người phê duyệt nào đã được ghi nhận",
        "The key is no listed operator's";
    /// The same key approved the draft before.
    ApprovedTwice "approved_twice",
        "Khoá này đã phê duyệt bản dự thảo",
        "This key approved the draft before";
    /// Another key of the same post approved the draft before.
    ApprovedByPost "approved_by_post",
        "Chức vụ này đã phê duyệt bản dự thảo",
        "This post approved the draft before";
    /// Fewer than two operators of different posts approved the draft.
    ApprovalsMissing "approvals_missing",
        "Chưa đủ hai phê duyệt của hai chức vụ khác nhau",
        "Two approvals of two different posts are needed";
    /// The same was published before.
    PublishedTwice "published_twice",
        "Nội dung này đã được công bố",
        "The same was published before";
    /// A day that is in no calendar, or before 2001.
    DayShape "day_shape",
        "Ngày không có thật, hoặc trước năm 2001",
        "No such day, or one before 2001";
    /// Something that ends on or before the day that it begins.
    SpanReversed "span_reversed",
        "Ngày hết hiệu lực không sau ngày có hiệu lực",
        "It ends no later than it begins";
    /// A unit that goes on for itself alone, which is no succession.
    SucceedsItself "succeeds_itself",
        "Đơn vị không thể kế tục chính mình",
        "A unit cannot succeed itself alone";
}
