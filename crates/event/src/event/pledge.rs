//! Events about pledges.

use serde::{Deserialize, Serialize};

/// What the unit's officials pledge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PledgeCatalogPublished {
    /// Slug of the catalogue.
    pub catalog: String,
    /// Its version.
    pub version: String,
    /// Groups such as "5 biết".
    pub groups: Vec<CatalogGroup>,
}

/// A group of pledges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogGroup {
    /// Code, such as `biet`.
    pub code: String,
    /// The label that the unit uses, such as `5 biết`.
    pub label: String,
    /// How many pledges it has.
    pub count: u32,
    /// Their texts, where the unit publishes them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<CatalogItem>,
}

/// One pledge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogItem {
    /// Code, such as `B1`.
    pub code: String,
    /// Its text.
    pub text: String,
}

/// Pledges were signed, by one official or by a group at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PledgeSigned {
    /// Slug of the catalogue.
    pub catalog: String,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Many signed at once.
    pub collective: bool,
    /// Who signed, as the unit's own key for a member of staff; never a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff_key: Option<String>,
    /// How many signed, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signers: Option<u32>,
    /// The period pledged for: `2024`, `2024-Q1` or `2024-03`.
    pub period: String,
}
