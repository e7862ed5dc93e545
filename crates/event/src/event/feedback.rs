//! Events about what citizens bring forward, from receipt to published result.

use serde::{Deserialize, Serialize};

use crate::UnitId;

/// Legal time to answer when the form names none, in days.
const DEFAULT_DUE_DAYS: u32 = 15;

/// Feedback that needs an answer. Personal are the citizen's words, name and contact, the number of the case in another system, and
/// the digests of what was handed over; they lie in the vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedbackReceived {
    /// How it came.
    pub channel: FeedbackChannel,
    /// What it is.
    pub kind: FeedbackKind,
    /// Topic code of the unit's own list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Days allowed for the answer, if not the usual 15; read it with [`FeedbackReceived::days_allowed`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_days: Option<u32>,
    /// Codes of the pledges that it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commitments: Vec<String>,
    /// How pressing it is; normal where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgency: Option<Urgency>,
    /// What the citizen agreed to about personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// On what personal fields are kept that the citizen did not agree to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_ground: Option<LegalGround>,
    /// What the citizen handed over; the office keeps the files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<FeedbackAttachment>,
}

impl FeedbackReceived {
    /// Days allowed for the answer.
    #[must_use]
    pub fn days_allowed(&self) -> u32 {
        self.due_days.unwrap_or(DEFAULT_DUE_DAYS)
    }
}

/// How feedback came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackChannel {
    /// The kiosk of the one-stop desk.
    Kiosk,
    /// A printed QR code.
    Qr,
    /// Zalo.
    Zalo,
    /// The telephone line.
    Hotline,
    /// The letter box.
    Box,
    /// A reception day for citizens.
    Reception,
    /// The one-stop desk.
    Onestop,
    /// Tổng đài, cổng thông tin 1022 of the province.
    #[serde(rename = "portal_1022")]
    Portal1022,
}

impl FeedbackChannel {
    /// Whether the citizen enters it without anybody between: it stands in the log before the office can judge whether it is
    /// welcome.
    #[must_use]
    pub fn is_the_citizens(self) -> bool {
        matches!(self, FeedbackChannel::Kiosk | FeedbackChannel::Qr | FeedbackChannel::Zalo)
    }
}

/// What feedback is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackKind {
    /// Góp ý.
    Suggestion,
    /// Phản ánh.
    Complaint,
    /// Kiến nghị.
    Proposal,
    /// Khen.
    Praise,
}

/// A file that a citizen handed over. Its digest is personal: whoever has the picture could tell whose case this is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedbackAttachment {
    /// What it is.
    pub kind: AttachmentKind,
}

/// What a citizen handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttachmentKind {
    /// Ảnh.
    Picture,
    /// Đoạn phim.
    Video,
    /// Ghi âm.
    Sound,
    /// Văn bản.
    Document,
}

/// How pressing feedback is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// Bình thường.
    Normal,
    /// Khẩn.
    Urgent,
}

/// A citizen's free agreement to what is done with personal data; silence is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// To what.
    pub purposes: Vec<ConsentPurpose>,
    /// What shows it.
    pub evidence: ConsentEvidence,
    /// When, where it is not the day of the receipt, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_on: Option<String>,
}

/// On what personal data are kept without consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegalGround {
    /// Nhiệm vụ của cơ quan nhà nước: the citizen's words, not who the citizen is.
    StateTask,
    /// Pháp luật về khiếu nại, tố cáo: name and address too.
    ComplaintLaw,
}

/// What personal data may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentPurpose {
    /// Giải quyết phản ánh.
    HandleCase,
    /// Liên hệ để trả lời.
    ContactMe,
    /// Công khai nội dung, không nêu tên.
    PublishWords,
}

/// What shows an agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentEvidence {
    /// Tự đánh dấu trên phiếu.
    Ticked,
    /// Bằng văn bản.
    Written,
    /// Ghi âm.
    Recorded,
}

/// The answer to a case, which the subject names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedbackResponded {
    /// How it ended.
    pub outcome: FeedbackOutcome,
    /// The answer, published on purpose.
    pub reply: String,
    /// SHA-256 of the documents and pictures that the office keeps as evidence, hexadecimal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
}

/// How a case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackOutcome {
    /// Đã xử lý.
    Resolved,
    /// Giải thích.
    Explained,
    /// Không thuộc thẩm quyền.
    NotCompetent,
    /// Không có cơ sở.
    Unfounded,
}

/// What the citizen says about the result. Said `by_anyone` it is on record, and no word of the citizen's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedbackConfirmed {
    /// Content with it, or not.
    pub satisfied: bool,
    /// Somebody else than the citizen who brought the case forward says so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_anyone: bool,
}

/// The citizen asks for another look. It counts the same `by_anyone`. The reason is personal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedbackReopened {
    /// Somebody else than the citizen who brought the case forward says so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_anyone: bool,
}

/// The result was made public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedbackResultPublished {
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Address of the page on which it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// SHA-256 of the documents and pictures that the office keeps as evidence, hexadecimal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
}

/// Somebody in the unit has the case now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedbackAssigned {
    /// The post that has it; never a name.
    pub post: String,
    /// The unit's own key for a member of staff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff_key: Option<String>,
    /// Days allowed for the answer from now on, counted from the receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_days: Option<u32>,
}

/// The case went to another body, which is to answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedbackTransferred {
    /// The body.
    pub to_body: String,
    /// The body's unit, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_unit: Option<UnitId>,
    /// Why.
    pub reason: TransferReason,
    /// Days allowed for the answer from now on, counted from the receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_days: Option<u32>,
}

/// Why a case goes to another body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferReason {
    /// Không thuộc thẩm quyền.
    NotCompetent,
    /// Thuộc địa bàn khác.
    OtherTerritory,
    /// Vượt thẩm quyền, báo cáo cấp trên.
    Escalated,
}

/// The citizen takes the case back. The reason is personal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedbackWithdrawn {}
