//! The board that steers a model.

use serde::{Deserialize, Serialize};

/// The decision that sets up the board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SteeringBoardEstablished {
    /// Number of the decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc_no: Option<String>,
    /// Date of the decision, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// What the unit calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub board_kind: Option<BoardKind>,
    /// Who sits on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<BoardMember>,
    /// SHA-256 of the file of the document that the office keeps, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc_sha256: Option<String>,
}

/// A decision that changes who sits on the board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SteeringBoardChanged {
    /// Number of the decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc_no: Option<String>,
    /// Date of the decision, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// What the unit calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub board_kind: Option<BoardKind>,
    /// Who sits on it from now on, the whole board.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<BoardMember>,
    /// SHA-256 of the file of the document that the office keeps, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc_sha256: Option<String>,
}

/// What the board is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoardKind {
    /// Ban điều hành.
    Operating,
    /// Ban chỉ đạo.
    Steering,
}

/// A seat on the board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardMember {
    /// The post or posts; never a name.
    pub post: String,
    /// The part on the board.
    pub role: BoardRole,
    /// The unit's own key for a member of staff, where the seat is one of its officials'.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff_key: Option<String>,
}

/// A part on the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoardRole {
    /// Trưởng ban.
    Head,
    /// Phó trưởng ban.
    Deputy,
    /// Thư ký.
    Secretary,
    /// Thành viên.
    Member,
}
