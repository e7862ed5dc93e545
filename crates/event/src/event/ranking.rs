//! Events about periods, operators and published rankings.

use serde::{Deserialize, Serialize};

use crate::UnitId;

/// The aggregator accepts approvals of this key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorListed {
    /// Text of an [`crate::OperatorVkey`].
    pub vkey: String,
    /// The post that holds the key; never a name.
    pub post: String,
}

/// The aggregator accepts no more approvals of this key: its holder left the office, or the key is lost. What it approved
/// before stays approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorDelisted {
    /// Text of an [`crate::OperatorVkey`] that was listed.
    pub vkey: String,
    /// Why; a decision by its number, never a name.
    pub reason: String,
}

/// From now on a period is ranked by this rulebook: nobody chooses the rules after seeing the results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodOpened {
    /// The period.
    pub period: String,
    /// SHA-256 of the rulebook file, hexadecimal.
    pub rulebook_sha256: String,
}

/// A period was closed at a cut. Either units are waited for, or there is a draft to approve, whose documents are attached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodClosed {
    /// The period.
    pub period: String,
    /// Size of the aggregator's log that was judged.
    pub cut: u64,
    /// SHA-256 of the rulebook file, hexadecimal.
    pub rulebook_sha256: String,
    /// Units whose logs do not reach the end of the period and that are waited for, in the order of their ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<UnitId>,
    /// Units whose logs do not reach the end of the period and that are left out, in the order of their ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded: Vec<Exclusion>,
    /// The publication that is to be amended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<Superseded>,
    /// Why it is amended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What was computed; absent while units are waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documents: Option<DraftDocuments>,
    /// SHA-256 of the canonical bytes of the [`crate::RankingDraft`], hexadecimal; absent while units are waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft_sha256: Option<String>,
}

/// A unit that a ranking leaves out, as if nothing of its log were held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exclusion {
    /// The unit.
    pub unit: UnitId,
    /// Why it was not waited for.
    pub reason: String,
}

/// The documents of a draft by their digests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftDocuments {
    /// How many logs went in.
    pub inputs_count: u32,
    /// SHA-256 of the inputs document, hexadecimal.
    pub inputs_sha256: String,
    /// The version of the arithmetic.
    pub engine: String,
    /// SHA-256 of the ranking document, hexadecimal.
    pub output_sha256: String,
    /// SHA-256 of the stored attachment, hexadecimal.
    pub attachment_sha256: String,
}

/// An operator signed the draft of a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RankingApproved {
    /// The period.
    pub period: String,
    /// SHA-256 of the draft, hexadecimal.
    pub draft_sha256: String,
    /// Text of an [`crate::OperatorVkey`].
    pub vkey: String,
    /// Ed25519 signature over [`crate::approval_statement`], standard base64.
    pub sig: String,
}

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
    /// SHA-256 of the draft that was approved, hexadecimal.
    pub draft_sha256: String,
    /// The `ranking.approved` of that draft, by their indices in the same log, ascending.
    pub approvals: Vec<u64>,
    /// Units that were late and are left out, in the order of their ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded: Vec<Exclusion>,
    /// The publication that this one amends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<Superseded>,
    /// Why it amends that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// An earlier publication in the same log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Superseded {
    /// Its index.
    pub index: u64,
}
