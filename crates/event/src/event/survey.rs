//! Events about satisfaction surveys.

use serde::{Deserialize, Serialize};

/// A citizen rated a visit. The comment is personal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurveyAnswered {
    /// How it was asked.
    pub channel: SurveyChannel,
    /// 1 (rất không hài lòng) to 5 (rất hài lòng); 4 and 5 count as satisfied.
    pub rating: u8,
    /// Which pledges were kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commitments: Vec<CommitmentRating>,
    /// Opaque token of the visit: at most one answer counts per token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visit_token: Option<String>,
    /// Staff helped to fill it in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub assisted: bool,
    /// Code of the service used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The survey that asked, as its slug, where it was one with a beginning and an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub survey: Option<String>,
    /// The round of that survey, such as `2024-1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wave: Option<String>,
}

/// How a survey was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SurveyChannel {
    /// The kiosk of the one-stop desk.
    Kiosk,
    /// A printed QR code.
    Qr,
    /// Zalo.
    Zalo,
    /// A paper form.
    Paper,
    /// A call.
    Phone,
}

/// One pledge, kept or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitmentRating {
    /// Code of the pledge, such as `B1`.
    pub code: String,
    /// The citizen's answer.
    pub kept: bool,
}
