//! Typed payloads, one per known type.
//!
//! Readers are tolerant: members that a type does not know are passed over, so that a minor addition of a newer program
//! does not blind an older one. The structs hold what is public; personal members never reach an entry.

mod checkpoint;
mod entry;
mod evaluation;
mod feedback;
mod model;
mod node;
mod pledge;
mod privacy;
mod ranking;
mod rulebook;
mod service;
mod survey;
mod unit;

pub use checkpoint::CheckpointCosigned;
pub use entry::EntryFlagged;
pub use evaluation::{EvaluationConducted, EvaluationKind, EvaluationSignature, EvaluatorListed, PanelMember};
pub use feedback::{
    FeedbackChannel, FeedbackConfirmed, FeedbackKind, FeedbackOutcome, FeedbackReceived, FeedbackReopened,
    FeedbackResponded, FeedbackResultPublished,
};
pub use model::{
    CoordinationPlanAdopted, DirectiveGiven, DirectiveItem, Guest, GuidanceIssued, LaunchConferenceHeld,
    LeadershipResolutionAdopted, LetterKind, LetterSent, ModelField, ModelRegistered, OutreachChannel,
    OutreachConducted, Session, SteeringBoardEstablished,
};
pub use node::{ClockKind, NodeEnrolled, NodeOpened, PreviousLog};
pub use pledge::{CatalogGroup, CatalogItem, PledgeCatalogPublished, PledgeSigned};
pub use privacy::{ErasureReason, PrivacyErased};
pub use ranking::{
    DraftDocuments, Exclusion, OperatorListed, PeriodClosed, PeriodOpened, RankingApproved, RankingPublished,
    Superseded,
};
pub use rulebook::RulebookAdopted;
pub use service::ServiceCounted;
pub use survey::{CommitmentRating, SurveyAnswered, SurveyChannel};
pub use unit::{StaffDeclared, UnitKind, UnitRegistered};

use serde::Serialize;

use crate::known_type::{EventTypeInfo, Speaker};
use crate::subject::SubjectRule;
use crate::{Canon, DecodeError};

/// Declares every known type once: variant, name, speaker, rule of the subject, titles. In order of the names.
macro_rules! known_events {
    ($($variant:ident($payload:ident) $name:literal $speaker:ident $subject:expr, $vi:literal, $en:literal;)+) => {
        /// What happened, decoded.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[serde(untagged)]
        pub enum Event {
            $(#[doc = concat!("`vn.danvan.", $name, "`: ", $en, ".")] $variant($payload),)+
            /// A type that this program does not know: kept, mirrored, proved, shown; no effect on a ranking.
            Unknown,
        }

        pub(crate) const KNOWN: &[EventTypeInfo] = &[$(EventTypeInfo {
            name: concat!("vn.danvan.", $name),
            title_vi: $vi,
            title_en: $en,
            speaker: Speaker::$speaker,
            subject: $subject,
            schema: include_str!(concat!("../../../schemas/events/", $name, ".schema.json")),
        }),+];

        impl Event {
            /// Decodes the `data` of a known type; `short` is the type without `vn.danvan.`.
            pub(crate) fn decode(short: &str, data: &Canon) -> Result<Event, DecodeError> {
                match short {
                    $($name => data.decode().map(Event::$variant),)+
                    _ => Ok(Event::Unknown),
                }
            }
        }
    };
}

known_events! {
    CheckpointCosigned(CheckpointCosigned) "checkpoint.cosigned.v1" Aggregator SubjectRule::Free,
        "Xác nhận đã giữ đủ dữ liệu của đơn vị", "A unit's log was mirrored and cosigned";
    EntryFlagged(EntryFlagged) "entry.flagged.v1" Aggregator SubjectRule::Free,
        "Đánh dấu mục dữ liệu không hợp lệ", "An entry was found faulty";
    EvaluationConducted(EvaluationConducted) "evaluation.conducted.v1" Unit SubjectRule::Unit,
        "Đánh giá, chấm điểm", "An evaluation was conducted";
    EvaluatorListed(EvaluatorListed) "evaluation.evaluator_listed.v1" Aggregator SubjectRule::Free,
        "Ghi nhận khoá ký của hội đồng đánh giá", "An evaluator's key was listed";
    FeedbackConfirmed(FeedbackConfirmed) "feedback.confirmed.v1" Unit SubjectRule::Case,
        "Người dân xác nhận kết quả", "The citizen confirmed the result";
    FeedbackReceived(FeedbackReceived) "feedback.received.v1" Unit SubjectRule::Own("feedback"),
        "Tiếp nhận phản ánh, góp ý", "Feedback was received";
    FeedbackReopened(FeedbackReopened) "feedback.reopened.v1" Unit SubjectRule::Case,
        "Yêu cầu xử lý lại", "The case was reopened";
    FeedbackResponded(FeedbackResponded) "feedback.responded.v1" Unit SubjectRule::Case,
        "Trả lời phản ánh, góp ý", "Feedback was answered";
    FeedbackResultPublished(FeedbackResultPublished) "feedback.result_published.v1" Unit SubjectRule::Case,
        "Công khai kết quả xử lý", "The result was made public";
    CoordinationPlanAdopted(CoordinationPlanAdopted) "model.coordination_plan_adopted.v1" Unit SubjectRule::Model,
        "Ban hành kế hoạch phối hợp", "A coordination plan was adopted";
    DirectiveGiven(DirectiveGiven) "model.directive_given.v1" Unit SubjectRule::Model,
        "Ý kiến chỉ đạo", "A directive was given";
    GuidanceIssued(GuidanceIssued) "model.guidance_issued.v1" Unit SubjectRule::Model,
        "Ban hành hướng dẫn", "Guidance was issued";
    LaunchConferenceHeld(LaunchConferenceHeld) "model.launch_conference_held.v1" Unit SubjectRule::Model,
        "Hội nghị ra mắt", "The launch conference was held";
    LeadershipResolutionAdopted(LeadershipResolutionAdopted) "model.leadership_resolution_adopted.v1" Unit SubjectRule::Model,
        "Ban hành nghị quyết lãnh đạo", "A leadership resolution was adopted";
    LetterSent(LetterSent) "model.letter_sent.v1" Unit SubjectRule::Model,
        "Gửi thư cảm ơn, xin lỗi, chúc mừng, chia buồn", "A courtesy letter was sent";
    OutreachConducted(OutreachConducted) "model.outreach_conducted.v1" Unit SubjectRule::Model,
        "Hoạt động tuyên truyền", "Outreach was conducted";
    ModelRegistered(ModelRegistered) "model.registered.v1" Unit SubjectRule::Model,
        "Đăng ký mô hình", "A model was registered";
    SteeringBoardEstablished(SteeringBoardEstablished) "model.steering_board_established.v1" Unit SubjectRule::Model,
        "Thành lập ban điều hành (ban chỉ đạo)", "The steering board was established";
    NodeEnrolled(NodeEnrolled) "node.enrolled.v1" Aggregator SubjectRule::Free,
        "Ghi nhận trạm của đơn vị", "A unit's node was enrolled";
    NodeOpened(NodeOpened) "node.opened.v1" Both SubjectRule::Free,
        "Mở sổ dữ liệu", "A log was opened";
    PledgeCatalogPublished(PledgeCatalogPublished) "pledge.catalog_published.v1" Unit SubjectRule::Unit,
        "Công bố nội dung cam kết", "The catalogue of pledges was published";
    PledgeSigned(PledgeSigned) "pledge.signed.v1" Unit SubjectRule::Unit,
        "Ký cam kết", "Pledges were signed";
    PrivacyErased(PrivacyErased) "privacy.erased.v1" Unit SubjectRule::Unit,
        "Xoá dữ liệu cá nhân", "Personal data were erased";
    RankingApproved(RankingApproved) "ranking.approved.v1" Aggregator SubjectRule::Free,
        "Phê duyệt dự thảo xếp hạng", "A draft was approved";
    OperatorListed(OperatorListed) "ranking.operator_listed.v1" Aggregator SubjectRule::Free,
        "Ghi nhận khoá ký của người phê duyệt", "An operator's key was listed";
    PeriodClosed(PeriodClosed) "ranking.period_closed.v1" Aggregator SubjectRule::Free,
        "Chốt kỳ xếp hạng", "A period was closed";
    PeriodOpened(PeriodOpened) "ranking.period_opened.v1" Aggregator SubjectRule::Free,
        "Mở kỳ xếp hạng", "A period was opened";
    RankingPublished(RankingPublished) "ranking.published.v1" Aggregator SubjectRule::Free,
        "Công bố xếp hạng", "A ranking was published";
    RulebookAdopted(RulebookAdopted) "rulebook.adopted.v1" Aggregator SubjectRule::Free,
        "Áp dụng bộ tiêu chí chấm điểm", "A rulebook was adopted";
    ServiceCounted(ServiceCounted) "service.counted.v1" Unit SubjectRule::Unit,
        "Số liệu giải quyết thủ tục hành chính", "A month's transactions were counted";
    SurveyAnswered(SurveyAnswered) "survey.answered.v1" Unit SubjectRule::Own("survey"),
        "Phiếu đánh giá mức độ hài lòng", "A satisfaction survey was answered";
    UnitRegistered(UnitRegistered) "unit.registered.v1" Aggregator SubjectRule::Free,
        "Đăng ký đơn vị", "A unit was registered";
    StaffDeclared(StaffDeclared) "unit.staff_declared.v1" Unit SubjectRule::Unit,
        "Danh sách cán bộ, công chức", "The staff was declared";
}
