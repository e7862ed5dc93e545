//! The classes that a score falls into.

use serde::{Deserialize, Serialize};

/// A class of scores, or the absence of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Excellent.
    XuatSac,
    /// Good.
    Tot,
    /// Fairly good.
    Kha,
    /// Average.
    TrungBinh,
    /// Weak.
    Yeu,
    /// Too little data: not ranked, and taking no place.
    ChuaDuDuLieu,
}

impl Class {
    /// The classes that a rulebook gives by score, the best first.
    pub const SCORED: [Class; 5] = [Class::XuatSac, Class::Tot, Class::Kha, Class::TrungBinh, Class::Yeu];

    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Class::XuatSac => "xuat_sac",
            Class::Tot => "tot",
            Class::Kha => "kha",
            Class::TrungBinh => "trung_binh",
            Class::Yeu => "yeu",
            Class::ChuaDuDuLieu => "chua_du_du_lieu",
        }
    }

    /// The name on Vietnamese screens.
    #[must_use]
    pub fn title_vi(self) -> &'static str {
        match self {
            Class::XuatSac => "Xuất sắc",
            Class::Tot => "Tốt",
            Class::Kha => "Khá",
            Class::TrungBinh => "Trung bình",
            Class::Yeu => "Yếu",
            Class::ChuaDuDuLieu => "Chưa đủ dữ liệu",
        }
    }

    /// The name in English.
    #[must_use]
    pub fn title_en(self) -> &'static str {
        match self {
            Class::XuatSac => "Excellent",
            Class::Tot => "Good",
            Class::Kha => "Fairly good",
            Class::TrungBinh => "Average",
            Class::Yeu => "Weak",
            Class::ChuaDuDuLieu => "Not enough data",
        }
    }
}
