//! Events about administrative units.

use serde::{Deserialize, Serialize};

use crate::{AggregatorName, UnitId};

/// A unit takes part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitRegistered {
    /// Its id.
    pub unit: UnitId,
    /// Its name without the kind, such as `Lộc Thịnh`.
    pub name: String,
    /// Its kind.
    pub kind: UnitKind,
    /// The name of the unit above it, with its kind.
    pub parent_name: String,
    /// The cluster in which it is ranked.
    pub cluster: String,
}

/// Kinds of units at the lowest tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    /// Xã.
    Xa,
    /// Phường.
    Phuong,
    /// Thị trấn.
    ThiTran,
    /// Đặc khu.
    DacKhu,
}

impl UnitKind {
    /// The word that stands before a unit's name.
    #[must_use]
    pub fn label_vi(self) -> &'static str {
        match self {
            UnitKind::Xa => "Xã",
            UnitKind::Phuong => "Phường",
            UnitKind::ThiTran => "Thị trấn",
            UnitKind::DacKhu => "Đặc khu",
        }
    }

    /// The kind with the given code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<UnitKind> {
        [UnitKind::Xa, UnitKind::Phuong, UnitKind::ThiTran, UnitKind::DacKhu]
            .into_iter()
            .find(|kind| kind.code() == code)
    }

    /// The code in data, such as `xa`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            UnitKind::Xa => "xa",
            UnitKind::Phuong => "phuong",
            UnitKind::ThiTran => "thi_tran",
            UnitKind::DacKhu => "dac_khu",
        }
    }
}

/// How many people serve in the unit: the denominator of pledge coverage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffDeclared {
    /// The day that it was true, `YYYY-MM-DD`.
    pub as_of: String,
    /// Cadres and civil servants.
    pub headcount: u32,
    /// The unit's own keys for them; never names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub staff_keys: Vec<String>,
    /// Who holds which position.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub positions: Vec<StaffPosition>,
}

/// A position and who holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffPosition {
    /// Code of the position, of the unit's own list.
    pub position_code: String,
    /// The unit's own key for who holds it; never a name.
    pub staff_key: String,
}

/// Units ended and others go on for them: a merger, a division or a new name. What the old ones recorded stays under their names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitSucceeded {
    /// The units that end.
    pub from_units: Vec<UnitId>,
    /// The units that go on.
    pub to_units: Vec<Successor>,
    /// The first day of the new units, `YYYY-MM-DD`.
    pub effective_on: String,
    /// Number of the legal act, such as `1686/NQ-UBTVQH15`.
    pub doc_no: String,
}

/// A unit that goes on for units that ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Successor {
    /// Its id.
    pub unit: UnitId,
    /// Thousandths of the old units that it takes over, where they were divided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share_permille: Option<u32>,
}

/// A tree of units is in force. The file is attached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitTreePublished {
    /// Its name, such as `thanh-hoa-2025`.
    pub tree: String,
    /// The first day that it holds, `YYYY-MM-DD`.
    pub valid_from: String,
    /// The first day that it holds no longer, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<String>,
    /// How many units are in it.
    pub units_count: u32,
    /// Number of the legal act that it follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc_no: Option<String>,
    /// SHA-256 of the stored attachment, hexadecimal.
    pub attachment_sha256: String,
}

/// An aggregator gathers what these units record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AggregatorAssigned {
    /// The aggregator.
    pub aggregator: AggregatorName,
    /// What its tier is called, such as `Huyện` or `Tỉnh`.
    pub tier: String,
    /// The units.
    pub units: Vec<UnitId>,
    /// The first day, `YYYY-MM-DD`.
    pub valid_from: String,
    /// The first day that it does so no longer, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<String>,
}
