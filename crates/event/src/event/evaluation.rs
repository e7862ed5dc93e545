//! Events about evaluations and those who make them.

use serde::{Deserialize, Serialize};

use crate::{EventId, Timestamp};

/// Points given to a unit for a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluationConducted {
    /// The period judged: `2024`, `2024-Q1` or `2024-03`.
    pub period: String,
    /// By whom.
    pub kind: EvaluationKind,
    /// One vote per member; at least two for a board.
    pub panel: Vec<PanelMember>,
    /// What occasioned it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occasion: Option<EvaluationOccasion>,
    /// The points by criterion, as the panel agreed on them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<EvaluationItem>,
    /// A board's evaluation counts as such only with a listed evaluator's signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<EvaluationSignature>,
}

/// Who evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvaluationKind {
    /// The unit itself.
    #[serde(rename = "self")]
    SelfAssessment,
    /// An evaluation board.
    Board,
}

/// What occasions an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvaluationOccasion {
    /// Thường xuyên.
    Regular,
    /// Đột xuất.
    Surprise,
    /// Cuối năm.
    YearEnd,
}

/// Points for one criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluationItem {
    /// Code of the criterion, such as `B1`.
    pub criterion: String,
    /// Hundredths of a point.
    pub points_centi: u32,
    /// What the panel says to it, published on purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// SHA-256 of the documents and pictures that the office keeps as evidence, hexadecimal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
}

/// One vote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PanelMember {
    /// The post of the member; never a name.
    pub post: String,
    /// Hundredths of a point, 0 to 800.
    pub points_centi: u32,
}

/// An evaluator's signature over [`crate::evaluation_statement`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluationSignature {
    /// Text of an [`crate::EvaluatorVkey`].
    pub vkey: String,
    /// Ed25519 signature, standard base64.
    pub sig: String,
}

/// The aggregator accepts signatures of this key as the board's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluatorListed {
    /// Text of an [`crate::EvaluatorVkey`].
    pub vkey: String,
    /// The post that holds the key.
    pub post: String,
}

/// The key is the board's no more: it is lost or stolen, or its holder left the board. What a unit recorded before [`since`]
/// under this key stays the board's.
///
/// [`since`]: EvaluatorDelisted::since
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluatorDelisted {
    /// Text of an [`crate::EvaluatorVkey`] that was listed.
    pub vkey: String,
    /// What was recorded from this moment on under this key does not count as the board's; of a lost key, the moment of the loss.
    pub since: Timestamp,
    /// Why; a decision by its number, never a name.
    pub reason: String,
}

/// The unit asks for another look at an evaluation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluationAppealed {
    /// The event that evaluated it.
    pub evaluation: EventId,
    /// Code of the criterion in question; the whole where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub criterion: Option<String>,
    /// Why, published on purpose.
    pub reason: String,
}

/// The board decided about an appeal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppealDecided {
    /// The event that appealed.
    pub appeal: EventId,
    /// What it decided.
    pub decision: AppealDecision,
    /// Hundredths of a point by which the evaluation changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points_delta_centi: Option<i32>,
    /// Why, published on purpose.
    pub reason: String,
    /// The decision counts only with a listed evaluator's signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<EvaluationSignature>,
}

/// What a board decides about an appeal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppealDecision {
    /// Giữ nguyên kết quả.
    Kept,
    /// Điều chỉnh điểm.
    Adjusted,
    /// Huỷ kết quả, đánh giá lại.
    Annulled,
}
