//! Events of the emulation movement "Dân vận khéo": registered, recognised, rewarded are three different things.

use serde::{Deserialize, Serialize};

use super::model::Level;
use crate::EventId;

/// A model was entered for the movement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmulationEntryRegistered {
    /// Slug of the model.
    pub model_id: String,
    /// At which tier.
    pub level: Level,
    /// For which year.
    pub year: u32,
}

/// A model was recognised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecognitionGranted {
    /// In which form.
    pub form: RecognitionForm,
    /// At which tier.
    pub level: Level,
    /// Who decided.
    pub issuer: String,
    /// Number of the decision.
    pub doc_no: String,
    /// Date of the decision, `YYYY-MM-DD`.
    pub date: String,
    /// Slug of the model; the unit itself where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_id: Option<String>,
    /// SHA-256 of the file of the document that the office keeps, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc_sha256: Option<String>,
}

/// Forms of recognition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecognitionForm {
    /// Giấy công nhận.
    Certificate,
    /// Biển "Chính quyền thân thiện".
    Sign,
}

/// The unit, or a model of it, was rewarded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwardGranted {
    /// In which form.
    pub form: AwardForm,
    /// At which tier.
    pub level: Level,
    /// Who decided.
    pub issuer: String,
    /// Number of the decision.
    pub doc_no: String,
    /// Date of the decision, `YYYY-MM-DD`.
    pub date: String,
    /// Slug of the model; the unit itself where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_id: Option<String>,
    /// SHA-256 of the file of the document that the office keeps, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc_sha256: Option<String>,
}

/// Forms of awards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AwardForm {
    /// Giấy khen.
    Commendation,
    /// Bằng khen.
    MeritCertificate,
    /// Cờ thi đua.
    EmulationFlag,
}

/// A recognition or an award was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwardRevoked {
    /// The event that granted it.
    pub award: EventId,
    /// Why.
    pub ground: AwardRevocation,
    /// Number of the decision.
    pub doc_no: String,
    /// Date of the decision, `YYYY-MM-DD`.
    pub date: String,
}

/// Why a recognition or an award is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AwardRevocation {
    /// Gian dối trong kê khai thành tích.
    Fraud,
    /// Hồ sơ giả, xác nhận sai.
    FalseDossier,
    /// Sai thẩm quyền, trình tự, thủ tục.
    WrongProcedure,
}

/// The movement was reviewed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewHeld {
    /// Half-way or at the end.
    pub kind: ReviewKind,
    /// The period reviewed: `2024`, `2024-Q1` or `2024-03`.
    pub period: String,
    /// The day, `YYYY-MM-DD`.
    pub date: String,
    /// SHA-256 of the file of the document that the office keeps, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc_sha256: Option<String>,
}

/// Kinds of reviews.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewKind {
    /// Sơ kết.
    Interim,
    /// Tổng kết.
    Final,
}
