//! Events about published rankings.

use serde::{Deserialize, Serialize};

/// A ranking became official. Its inputs and rows are attached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RankingPublished {
    /// The period judged.
    pub period: String,
    /// Size of the aggregator's log that the publication rests on.
    pub cut: u64,
    /// How many logs went in.
    pub inputs_count: u32,
    /// SHA-256 of the inputs document, hexadecimal.
    pub inputs_sha256: String,
    /// SHA-256 of the rulebook file, hexadecimal.
    pub rulebook_sha256: String,
    /// The version of the arithmetic.
    pub engine: String,
    /// SHA-256 of the ranking document, hexadecimal.
    pub output_sha256: String,
    /// SHA-256 of the stored attachment, hexadecimal.
    pub attachment_sha256: String,
    /// The publication that this one amends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<Superseded>,
}

/// An earlier publication in the same log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Superseded {
    /// Its index.
    pub index: u64,
}
