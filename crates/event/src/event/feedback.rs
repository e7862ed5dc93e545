//! Events about what citizens bring forward, from receipt to published result.

use serde::{Deserialize, Serialize};

/// Legal time to answer when the form names none, in days.
const DEFAULT_DUE_DAYS: u32 = 15;

/// Feedback that needs an answer. The citizen's words, name and contact are personal and lie in the vault.
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

/// The answer to a case, which the subject names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedbackResponded {
    /// How it ended.
    pub outcome: FeedbackOutcome,
    /// The answer, published on purpose.
    pub reply: String,
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

/// What the citizen says about the result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedbackConfirmed {
    /// Content with it, or not.
    pub satisfied: bool,
}

/// The citizen asks for another look. The reason is personal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedbackReopened {}

/// The result was made public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedbackResultPublished {
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}
