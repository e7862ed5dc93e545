//! Events about rulebooks.

use serde::{Deserialize, Serialize};

/// The aggregator ranks by this rulebook from now on. The file is attached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulebookAdopted {
    /// Its name, such as `rb-cqtt-0`.
    pub rulebook: String,
    /// SHA-256 of the file, hexadecimal: what rankings and periods name it by.
    pub rulebook_sha256: String,
    /// SHA-256 of the stored attachment, hexadecimal.
    pub attachment_sha256: String,
    /// Number of the decision by which it was adopted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc_no: Option<String>,
}
