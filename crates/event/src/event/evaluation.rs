//! Events about evaluations and those who make them.

use serde::{Deserialize, Serialize};

/// Points given to a unit for a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluationConducted {
    /// The period judged: `2024`, `2024-Q1` or `2024-03`.
    pub period: String,
    /// By whom.
    pub kind: EvaluationKind,
    /// One vote per member; at least two for a board.
    pub panel: Vec<PanelMember>,
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

/// One vote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PanelMember {
    /// The post of the member; never a name.
    pub post: String,
    /// Hundredths of a point, 0 to 800.
    pub points_centi: u32,
}

/// Signature over [`crate::evaluation_statement`].
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
