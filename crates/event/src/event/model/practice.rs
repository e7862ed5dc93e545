//! What a model brings: facilities, dialogue, lessons, and practices that others take over.

use serde::{Deserialize, Serialize};

use super::ModelField;
use crate::UnitId;

/// Something was bought or built for the place where citizens are received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FacilityInvested {
    /// Code of the item on the unit's checklist, such as `ghe_cho`.
    pub item_code: String,
    /// What it cost, in whole đồng.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_vnd: Option<u64>,
    /// Who paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub funding: Option<FundingSource>,
    /// The day that it was ready, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_on: Option<String>,
    /// SHA-256 of the documents and pictures that the office keeps as evidence, hexadecimal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
}

/// Where the money of an investment came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FundingSource {
    /// Ngân sách nhà nước.
    Budget,
    /// Xã hội hoá.
    Contribution,
    /// Nguồn khác.
    Other,
}

/// The leaders of the unit answered the people in a public meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DialogueHeld {
    /// The day, `YYYY-MM-DD`.
    pub date: String,
    /// The post of who chaired it; never a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chair_post: Option<String>,
    /// How many people came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attendees: Option<u32>,
    /// Issues that people raised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issues_raised: Option<u32>,
    /// Of these, settled there and then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issues_resolved: Option<u32>,
    /// SHA-256 of the documents and pictures that the office keeps as evidence, hexadecimal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
}

/// What the unit learned, published on purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LessonRecorded {
    /// The lesson.
    pub text: String,
    /// The period that it was learned in: `2024`, `2024-Q1` or `2024-03`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
}

/// A good practice was described so that others can take it over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PracticePublished {
    /// Slug by which replications name it.
    pub practice: String,
    /// Its title.
    pub title: String,
    /// What is done, and what it brings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The field of the movement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<ModelField>,
    /// SHA-256 of the file of the document that the office keeps, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc_sha256: Option<String>,
}

/// A practice of one unit was taken over by another; one of the two is the unit that records it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelReplicated {
    /// Slug of the practice, as its own unit published it.
    pub practice: String,
    /// The unit whose practice it is.
    pub source_unit: UnitId,
    /// The unit that took it over.
    pub target_unit: UnitId,
    /// Since when, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// SHA-256 of the documents and pictures that the office keeps as evidence, hexadecimal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
}
