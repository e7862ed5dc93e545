//! What superiors ask for, and how far it is.

use serde::{Deserialize, Serialize};

use crate::EventId;

/// A superior told the unit what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectiveGiven {
    /// The post or posts of who gave it.
    pub by_post: String,
    /// What is asked for.
    pub items: Vec<DirectiveItem>,
}

/// One request of a directive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectiveItem {
    /// Its text.
    pub text: String,
    /// Topic code of the unit's own list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// The day by which it is to be done, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
}

/// How far the unit is with what a directive asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectiveProgressed {
    /// The event that gave the directive.
    pub directive: EventId,
    /// Which of its items, counted from 0; all of them where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<u32>,
    /// How far it is.
    pub status: DirectiveStatus,
    /// What was done, published on purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// SHA-256 of the documents and pictures that the office keeps as evidence, hexadecimal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
}

/// How far a request is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DirectiveStatus {
    /// Đang thực hiện.
    InProgress,
    /// Đã hoàn thành.
    Done,
    /// Gặp vướng mắc.
    Blocked,
}
