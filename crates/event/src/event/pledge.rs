//! Events about pledges.

use serde::{Deserialize, Serialize};

use crate::EventId;

/// What officials pledge: a unit's own catalogue, or one that an aggregator publishes with the file attached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PledgeCatalogPublished {
    /// Slug of the catalogue.
    pub catalog: String,
    /// Its version.
    pub version: String,
    /// Groups such as "5 biết".
    pub groups: Vec<CatalogGroup>,
    /// Whether the unit has confirmed the texts as its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<CatalogStatus>,
    /// Number of the document that it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis_doc_no: Option<String>,
    /// SHA-256 of the catalogue's file, hexadecimal: of the attachment in an aggregator's log, of the file cited in a unit's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment_sha256: Option<String>,
}

/// How far the texts of a catalogue can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CatalogStatus {
    /// Nội dung mẫu, cần đơn vị xác nhận.
    Sample,
    /// Đơn vị đã xác nhận.
    Confirmed,
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
    /// How the wording is attested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attestation: Option<Attestation>,
}

/// How the wording of a pledge is attested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attestation {
    /// Có văn bản của địa phương.
    Attested,
    /// Có văn bản của địa phương khác.
    AttestedElsewhere,
    /// Chưa kiểm chứng.
    Unverified,
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
    /// Code of the signer's position, of the unit's own list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position_code: Option<String>,
    /// How it was signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<SigningMethod>,
    /// SHA-256 of the scan or the signed file that the office keeps, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scan_sha256: Option<String>,
}

/// How a pledge is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SigningMethod {
    /// Ký trên giấy.
    Paper,
    /// Ký số.
    Digital,
}

/// A pledge was signed again for a later period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PledgeRenewed {
    /// The event that signed it.
    pub pledge: EventId,
    /// The period pledged for now: `2024`, `2024-Q1` or `2024-03`.
    pub period: String,
    /// The version of the catalogue, where it is another one now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// A pledge holds no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PledgeRevoked {
    /// The event that signed it.
    pub pledge: EventId,
    /// Why.
    pub reason: PledgeRevocation,
}

/// Why a pledge holds no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PledgeRevocation {
    /// Thôi giữ chức vụ, chuyển công tác.
    LeftPost,
    /// Có bộ cam kết mới.
    CatalogReplaced,
    /// Ký nhầm, ghi nhầm.
    SignedInError,
}

/// A competent body found that a pledge was broken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreachConfirmed {
    /// The event that signed it.
    pub pledge: EventId,
    /// Code of the pledge that was broken, such as `K1`.
    pub commitment: String,
    /// How grave it is.
    pub severity: BreachSeverity,
    /// Number of the decision.
    pub doc_no: String,
    /// Date of the decision, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Who broke it, as the unit's own key for a member of staff; never a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff_key: Option<String>,
    /// The case that showed it, as `feedback/<event id>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feedback: Option<String>,
}

/// How grave a breach is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BreachSeverity {
    /// Nhẹ.
    Minor,
    /// Nghiêm trọng.
    Serious,
}
