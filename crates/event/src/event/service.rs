//! Events about administrative services.

use serde::{Deserialize, Serialize};

/// How many transactions the one-stop desk handled in a month. A later event for the same month replaces an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceCounted {
    /// The month, `YYYY-MM`.
    pub period: String,
    /// Transactions handled.
    pub transactions: u32,
    /// Of these, settled in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_time: Option<u32>,
    /// Of these, overdue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overdue: Option<u32>,
}
