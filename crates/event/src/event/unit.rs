//! Events about administrative units.

use serde::{Deserialize, Serialize};

use crate::UnitId;

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
}
