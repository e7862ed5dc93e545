//! Typed payloads, one per known type.
//!
//! Readers are tolerant: members that a type does not know are passed over, so that a minor addition of a newer program
//! does not blind an older one. The structs hold what is public; personal members never reach an entry.

mod checkpoint;
mod emulation;
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
pub use emulation::{
    AwardForm, AwardGranted, AwardRevocation, AwardRevoked, EmulationEntryRegistered, RecognitionForm,
    RecognitionGranted, ReviewHeld, ReviewKind,
};
pub use entry::{EntryFlagged, EntryRevoked, RevocationReason};
pub use evaluation::{
    AppealDecided, AppealDecision, EvaluationAppealed, EvaluationConducted, EvaluationItem, EvaluationKind,
    EvaluationOccasion, EvaluationSignature, EvaluatorDelisted, EvaluatorListed, PanelMember,
};
pub use feedback::{
    AttachmentKind, Consent, ConsentEvidence, ConsentPurpose, FeedbackAssigned, FeedbackAttachment, FeedbackChannel,
    FeedbackConfirmed, FeedbackKind, FeedbackOutcome, FeedbackReceived, FeedbackReopened, FeedbackResponded,
    FeedbackResultPublished, FeedbackTransferred, FeedbackWithdrawn, LegalGround, TransferReason, Urgency,
};
pub use model::{
    BoardKind, BoardMember, BoardRole, CoordinationPlanAdopted, DialogueHeld, DirectiveGiven, DirectiveItem,
    DirectiveProgressed, DirectiveStatus, FacilityInvested, FundingSource, Guest, GuidanceIssued, LaunchConferenceHeld,
    LeadershipResolutionAdopted, LessonRecorded, LetterKind, LetterSent, Level, ModelField, ModelRegistered,
    ModelReplicated, OutreachChannel, OutreachConducted, OwnerKind, PlanTask, PracticePublished, Session,
    SteeringBoardChanged, SteeringBoardEstablished,
};
pub use node::{
    ClockAdjusted, ClockKind, ClockSync, GapDetected, KeyRotated, NodeEnrolled, NodeOpened, NodeStarted, PreviousLog,
    SealReason, StorageSealed,
};
pub use pledge::{
    Attestation, BreachConfirmed, BreachSeverity, CatalogGroup, CatalogItem, CatalogStatus, PledgeCatalogPublished,
    PledgeRenewed, PledgeRevocation, PledgeRevoked, PledgeSigned, SigningMethod,
};
pub use privacy::{
    ConsentWithdrawn, DisclosurePurpose, DisclosureRole, ErasureReason, ErasureRefused, ErasureRequested,
    PrivacyDisclosed, PrivacyErased, RefusalGround, RequestChannel,
};
pub use ranking::{
    DraftDocuments, Exclusion, OperatorDelisted, OperatorListed, PeriodClosed, PeriodOpened, RankingApproved,
    RankingPublished, Superseded,
};
pub use rulebook::RulebookAdopted;
pub use service::ServiceCounted;
pub(crate) use service::ServiceCountedV1;
pub use survey::{CommitmentRating, SurveyAnswered, SurveyChannel};
pub use unit::{
    AggregatorAssigned, StaffDeclared, StaffPosition, Successor, UnitKind, UnitRegistered, UnitSucceeded,
    UnitTreePublished,
};

use serde::{Deserialize, Deserializer, Serialize};

use crate::known_type::{EventTypeInfo, Speaker};
use crate::subject::SubjectRule;

/// Declares every known type once: variant, name, earlier versions, speaker, rule of the subject, titles. In order of the
/// names. An earlier version has a struct of its own, which turns into that of the newest.
macro_rules! known_events {
    ($($variant:ident($payload:ident) $name:literal $([after $earlier:literal $earlier_payload:ident])*
        $speaker:ident $subject:expr, $vi:literal, $en:literal;)+) => {
        /// What happened, decoded. Every version of a type reads as the newest one: the bytes of an entry never change, and
        /// what its version could not say is absent.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[serde(untagged)]
        pub enum Event {
            $(#[doc = concat!("`vn.danvan.", $name, "`: ", $en, ".")] $variant($payload),)+
            /// A type that this program does not know: kept, mirrored, proved, shown; no effect on a ranking.
            Unknown,
        }

        pub(crate) const KNOWN: &[EventTypeInfo] = &[$(
            $(known_events!(@info $earlier, $name, $speaker, $subject, $vi, $en),)*
            known_events!(@info $name, $name, $speaker, $subject, $vi, $en),
        )+];

        impl Event {
            /// Decodes the `data` of a known type; `short` is the type without `vn.danvan.`.
            pub(crate) fn decode<'de, D: Deserializer<'de>>(short: &str, data: D) -> Result<Event, D::Error> {
                match short {
                    $($name => $payload::deserialize(data).map(Event::$variant),
                      $($earlier => $earlier_payload::deserialize(data).map(|said| Event::$variant(said.into())),)*)+
                    _ => Ok(Event::Unknown),
                }
            }
        }
    };
    (@info $name:literal, $newest:literal, $speaker:ident, $subject:expr, $vi:literal, $en:literal) => {
        EventTypeInfo {
            name: concat!("vn.danvan.", $name),
            newest: concat!("vn.danvan.", $newest),
            title_vi: $vi,
            title_en: $en,
            speaker: Speaker::$speaker,
            subject: $subject,
            schema: include_str!(concat!("../../../schemas/events/", $name, ".schema.json")),
        }
    };
}

known_events! {
    CheckpointCosigned(CheckpointCosigned) "checkpoint.cosigned.v1" Aggregator SubjectRule::Free,
        "Xác nhận đã giữ đủ dữ liệu của đơn vị", "A unit's log was mirrored and cosigned";
    AwardGranted(AwardGranted) "emulation.award_granted.v1" Unit SubjectRule::Model,
        "Khen thưởng", "An award was granted";
    AwardRevoked(AwardRevoked) "emulation.award_revoked.v1" Unit SubjectRule::Model,
        "Huỷ quyết định công nhận, khen thưởng", "A recognition or an award was revoked";
    EmulationEntryRegistered(EmulationEntryRegistered) "emulation.entry_registered.v1" Unit SubjectRule::Model,
        "Đăng ký thi đua \"Dân vận khéo\"", "A model was entered for the movement";
    RecognitionGranted(RecognitionGranted) "emulation.recognition_granted.v1" Unit SubjectRule::Model,
        "Công nhận mô hình", "A model was recognised";
    ReviewHeld(ReviewHeld) "emulation.review_held.v1" Unit SubjectRule::Model,
        "Sơ kết, tổng kết phong trào", "The movement was reviewed";
    EntryFlagged(EntryFlagged) "entry.flagged.v1" Aggregator SubjectRule::Free,
        "Đánh dấu mục dữ liệu không hợp lệ", "An entry was found faulty";
    EntryRevoked(EntryRevoked) "entry.revoked.v1" Unit SubjectRule::Unit,
        "Huỷ bỏ nội dung đã ghi", "An own record was revoked";
    AppealDecided(AppealDecided) "evaluation.appeal_decided.v1" Unit SubjectRule::Unit,
        "Kết luận kiến nghị xem xét lại", "An appeal was decided";
    EvaluationAppealed(EvaluationAppealed) "evaluation.appealed.v1" Unit SubjectRule::Unit,
        "Kiến nghị xem xét lại kết quả đánh giá", "An evaluation was appealed";
    EvaluationConducted(EvaluationConducted) "evaluation.conducted.v1" Unit SubjectRule::Unit,
        "Đánh giá, chấm điểm", "An evaluation was conducted";
    EvaluatorDelisted(EvaluatorDelisted) "evaluation.evaluator_delisted.v1" Aggregator SubjectRule::Free,
        "Thôi ghi nhận khoá ký của hội đồng đánh giá", "An evaluator's key was delisted";
    EvaluatorListed(EvaluatorListed) "evaluation.evaluator_listed.v1" Aggregator SubjectRule::Free,
        "Ghi nhận khoá ký của hội đồng đánh giá", "An evaluator's key was listed";
    FeedbackAssigned(FeedbackAssigned) "feedback.assigned.v1" Unit SubjectRule::Case,
        "Phân công xử lý", "A case was assigned";
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
    FeedbackTransferred(FeedbackTransferred) "feedback.transferred.v1" Unit SubjectRule::Case,
        "Chuyển cơ quan có thẩm quyền", "A case was transferred";
    FeedbackWithdrawn(FeedbackWithdrawn) "feedback.withdrawn.v1" Unit SubjectRule::Case,
        "Rút phản ánh", "The case was withdrawn";
    CoordinationPlanAdopted(CoordinationPlanAdopted) "model.coordination_plan_adopted.v1" Unit SubjectRule::Model,
        "Ban hành kế hoạch phối hợp", "A coordination plan was adopted";
    DialogueHeld(DialogueHeld) "model.dialogue_held.v1" Unit SubjectRule::Model,
        "Hội nghị đối thoại với Nhân dân", "A dialogue with the people was held";
    DirectiveGiven(DirectiveGiven) "model.directive_given.v1" Unit SubjectRule::Model,
        "Ý kiến chỉ đạo", "A directive was given";
    DirectiveProgressed(DirectiveProgressed) "model.directive_progressed.v1" Unit SubjectRule::Model,
        "Tiến độ thực hiện ý kiến chỉ đạo", "Progress on a directive was reported";
    FacilityInvested(FacilityInvested) "model.facility_invested.v1" Unit SubjectRule::Model,
        "Đầu tư cơ sở vật chất", "A facility was invested in";
    GuidanceIssued(GuidanceIssued) "model.guidance_issued.v1" Unit SubjectRule::Model,
        "Ban hành hướng dẫn", "Guidance was issued";
    LaunchConferenceHeld(LaunchConferenceHeld) "model.launch_conference_held.v1" Unit SubjectRule::Model,
        "Hội nghị ra mắt", "The launch conference was held";
    LeadershipResolutionAdopted(LeadershipResolutionAdopted) "model.leadership_resolution_adopted.v1" Unit SubjectRule::Model,
        "Ban hành nghị quyết lãnh đạo", "A leadership resolution was adopted";
    LessonRecorded(LessonRecorded) "model.lesson_recorded.v1" Unit SubjectRule::Model,
        "Bài học kinh nghiệm", "A lesson was recorded";
    LetterSent(LetterSent) "model.letter_sent.v1" Unit SubjectRule::Model,
        "Gửi thư cảm ơn, xin lỗi, chúc mừng, chia buồn", "A courtesy letter was sent";
    OutreachConducted(OutreachConducted) "model.outreach_conducted.v1" Unit SubjectRule::Model,
        "Hoạt động tuyên truyền", "Outreach was conducted";
    PracticePublished(PracticePublished) "model.practice_published.v1" Unit SubjectRule::Model,
        "Công bố cách làm hay", "A good practice was published";
    ModelRegistered(ModelRegistered) "model.registered.v1" Unit SubjectRule::Model,
        "Đăng ký mô hình", "A model was registered";
    ModelReplicated(ModelReplicated) "model.replicated.v1" Unit SubjectRule::Model,
        "Nhân rộng mô hình", "A practice was replicated";
    SteeringBoardChanged(SteeringBoardChanged) "model.steering_board_changed.v1" Unit SubjectRule::Model,
        "Kiện toàn ban điều hành (ban chỉ đạo)", "The steering board was changed";
    SteeringBoardEstablished(SteeringBoardEstablished) "model.steering_board_established.v1" Unit SubjectRule::Model,
        "Thành lập ban điều hành (ban chỉ đạo)", "The steering board was established";
    ClockAdjusted(ClockAdjusted) "node.clock_adjusted.v1" Unit SubjectRule::Free,
        "Điều chỉnh đồng hồ của trạm", "A node's clock was adjusted";
    NodeEnrolled(NodeEnrolled) "node.enrolled.v1" Aggregator SubjectRule::Free,
        "Ghi nhận trạm của đơn vị", "A unit's node was enrolled";
    GapDetected(GapDetected) "node.gap_detected.v1" Unit SubjectRule::Free,
        "Phát hiện thiếu dữ liệu", "A gap in a log was detected";
    KeyRotated(KeyRotated) "node.key_rotated.v1" Unit SubjectRule::Free,
        "Đổi khoá ký của trạm", "A node's key was rotated";
    NodeOpened(NodeOpened) "node.opened.v1" Both SubjectRule::Free,
        "Mở sổ dữ liệu", "A log was opened";
    NodeStarted(NodeStarted) "node.started.v1" Unit SubjectRule::Free,
        "Khởi động trạm", "A node started";
    StorageSealed(StorageSealed) "node.storage_sealed.v1" Unit SubjectRule::Free,
        "Đóng sổ dữ liệu", "A log was sealed";
    BreachConfirmed(BreachConfirmed) "pledge.breach_confirmed.v1" Unit SubjectRule::Unit,
        "Xác nhận vi phạm cam kết", "A breach of a pledge was confirmed";
    PledgeCatalogPublished(PledgeCatalogPublished) "pledge.catalog_published.v1" Both SubjectRule::Speaker,
        "Công bố nội dung cam kết", "The catalogue of pledges was published";
    PledgeRenewed(PledgeRenewed) "pledge.renewed.v1" Unit SubjectRule::Unit,
        "Ký lại cam kết", "A pledge was renewed";
    PledgeRevoked(PledgeRevoked) "pledge.revoked.v1" Unit SubjectRule::Unit,
        "Huỷ cam kết", "A pledge was revoked";
    PledgeSigned(PledgeSigned) "pledge.signed.v1" Unit SubjectRule::Unit,
        "Ký cam kết", "Pledges were signed";
    ConsentWithdrawn(ConsentWithdrawn) "privacy.consent_withdrawn.v1" Unit SubjectRule::Unit,
        "Rút lại đồng ý", "A consent was withdrawn";
    PrivacyDisclosed(PrivacyDisclosed) "privacy.disclosed.v1" Unit SubjectRule::Free,
        "Xem dữ liệu cá nhân", "Personal data were looked at";
    PrivacyErased(PrivacyErased) "privacy.erased.v1" Unit SubjectRule::Unit,
        "Xoá dữ liệu cá nhân", "Personal data were erased";
    ErasureRefused(ErasureRefused) "privacy.erasure_refused.v1" Unit SubjectRule::Unit,
        "Từ chối yêu cầu xoá dữ liệu cá nhân", "A request for erasure was refused";
    ErasureRequested(ErasureRequested) "privacy.erasure_requested.v1" Unit SubjectRule::Unit,
        "Yêu cầu xoá dữ liệu cá nhân", "An erasure was requested";
    RankingApproved(RankingApproved) "ranking.approved.v1" Aggregator SubjectRule::Free,
        "Phê duyệt dự thảo xếp hạng", "A draft was approved";
    OperatorDelisted(OperatorDelisted) "ranking.operator_delisted.v1" Aggregator SubjectRule::Free,
        "Thôi ghi nhận khoá ký của người phê duyệt", "An operator's key was delisted";
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
    ServiceCounted(ServiceCounted) "service.counted.v2" [after "service.counted.v1" ServiceCountedV1]
        Unit SubjectRule::Unit, "Số liệu giải quyết thủ tục hành chính", "A month's transactions were counted";
    SurveyAnswered(SurveyAnswered) "survey.answered.v1" Unit SubjectRule::Own("survey"),
        "Phiếu đánh giá mức độ hài lòng", "A satisfaction survey was answered";
    AggregatorAssigned(AggregatorAssigned) "unit.aggregator_assigned.v1" Aggregator SubjectRule::Free,
        "Gán cấp tổng hợp", "Units were assigned to an aggregator";
    UnitRegistered(UnitRegistered) "unit.registered.v1" Aggregator SubjectRule::Free,
        "Đăng ký đơn vị", "A unit was registered";
    StaffDeclared(StaffDeclared) "unit.staff_declared.v1" Unit SubjectRule::Unit,
        "Danh sách cán bộ, công chức", "The staff was declared";
    UnitSucceeded(UnitSucceeded) "unit.succeeded.v1" Aggregator SubjectRule::Free,
        "Sáp nhập, chia tách, đổi tên đơn vị", "Units were succeeded by others";
    UnitTreePublished(UnitTreePublished) "unit.tree_published.v1" Aggregator SubjectRule::Free,
        "Công bố cây đơn vị", "A tree of units was published";
}
