//! Events of the roll-out of a model, from guidance to daily practice.

mod board;
mod directive;
mod practice;

pub use board::{BoardKind, BoardMember, BoardRole, SteeringBoardChanged, SteeringBoardEstablished};
pub use directive::{DirectiveGiven, DirectiveItem, DirectiveProgressed, DirectiveStatus};
pub use practice::{DialogueHeld, FacilityInvested, FundingSource, LessonRecorded, ModelReplicated, PracticePublished};

use serde::{Deserialize, Serialize};

/// A unit takes up a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelRegistered {
    /// Slug by which later events of the unit name the model.
    pub model_id: String,
    /// Its title.
    pub title: String,
    /// The field of the movement, where the registration names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<ModelField>,
    /// A pilot ("mô hình điểm"), from which others are to learn.
    pub pilot: bool,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objectives: Vec<String>,
    /// The term of office it belongs to, such as `2020-2025`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<String>,
    /// The tier at which it is registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// Whose model it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_kind: Option<OwnerKind>,
    /// Where it is carried out: a model has a concrete address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The period it is registered for: `2024`, `2024-Q1` or `2024-03`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
}

/// A tier of the movement, at which models are registered and recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Cấp xã.
    Commune,
    /// Cấp huyện, đến ngày 30/6/2025.
    District,
    /// Cấp tỉnh.
    Province,
    /// Cấp trung ương.
    Central,
}

/// Whose a model is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerKind {
    /// Tập thể.
    Collective,
    /// Cá nhân.
    Individual,
}

/// The four fields of the movement "Dân vận khéo".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelField {
    /// Kinh tế.
    KinhTe,
    /// Văn hoá – xã hội.
    VanHoaXaHoi,
    /// Quốc phòng – an ninh.
    QuocPhongAnNinh,
    /// Xây dựng hệ thống chính trị.
    HeThongChinhTri,
}

/// A superior body issued guidance that the unit follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuidanceIssued {
    /// Who issued it.
    pub issuer: String,
    /// Number of the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc_no: Option<String>,
    /// Date of the document, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The steps that it asks for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<String>,
    /// SHA-256 of the file of the document that the office keeps, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc_sha256: Option<String>,
}

/// The parties agreed who does what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoordinationPlanAdopted {
    /// The bodies that coordinate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parties: Vec<String>,
    /// Number of the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc_no: Option<String>,
    /// Date of the document, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The period it is for: `2024`, `2024-Q1` or `2024-03`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// Who does what by when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<PlanTask>,
    /// SHA-256 of the file of the document that the office keeps, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc_sha256: Option<String>,
}

/// One task of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanTask {
    /// What is to be done.
    pub title: String,
    /// The post or body that does it; never a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_post: Option<String>,
    /// The last day, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
}

/// A resolution on leading the model's roll-out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadershipResolutionAdopted {
    /// Who adopted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Number of the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc_no: Option<String>,
    /// Date of the document, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// SHA-256 of the file of the document that the office keeps, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc_sha256: Option<String>,
}

/// The model was presented to the public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaunchConferenceHeld {
    /// The day, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The half of the day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Session>,
    /// Guests, by post.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guests: Vec<Guest>,
    /// The bodies that held it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub organisers: Vec<String>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// How many people attended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attendees: Option<u32>,
    /// What stood on its programme.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<String>,
}

/// Half of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Session {
    /// Buổi sáng.
    Morning,
    /// Buổi chiều.
    Afternoon,
}

/// A guest of a conference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guest {
    /// The post or posts; never a name.
    pub post: String,
}

/// People were told about the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutreachConducted {
    /// By what means.
    pub channel: OutreachChannel,
    /// The day, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// People reached, as estimated by the unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach: Option<u32>,
    /// SHA-256 of the documents and pictures that the office keeps as evidence, hexadecimal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
}

/// Means of outreach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutreachChannel {
    /// Loa truyền thanh.
    Loudspeaker,
    /// Hội nghị, họp thôn.
    Meeting,
    /// Pa-nô, khẩu hiệu.
    Poster,
    /// Mạng xã hội.
    SocialMedia,
    /// Hình thức khác.
    Other,
}

/// A courtesy letter went out; to whom is not recorded. The number of the dossier that it is about is personal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterSent {
    /// Its kind.
    pub kind: LetterKind,
    /// The case it belongs to, as `feedback/<event id>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feedback: Option<String>,
    /// Why, as a code of the unit's own list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Kinds of courtesy letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterKind {
    /// Thư cảm ơn.
    Thank,
    /// Thư xin lỗi.
    Apology,
    /// Thư chúc mừng.
    Congratulation,
    /// Thư chia buồn.
    Condolence,
}
