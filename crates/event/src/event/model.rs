//! Events of the roll-out of a model, from guidance to daily practice.

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
}

/// The decision that sets up the board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SteeringBoardEstablished {
    /// Number of the decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc_no: Option<String>,
    /// Date of the decision, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
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

/// A superior told the unit what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectiveGiven {
    /// The post or posts of who gave it.
    pub by_post: String,
    /// What is asked for.
    pub items: Vec<DirectiveItem>,
}

/// One request of a directive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectiveItem {
    /// Its text.
    pub text: String,
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

/// A courtesy letter went out; to whom is not recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterSent {
    /// Its kind.
    pub kind: LetterKind,
    /// The case it belongs to, as `feedback/<event id>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feedback: Option<String>,
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
