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
    /// Four stars.
    BonSao,
    /// Three stars.
    BaSao,
    /// Two stars.
    HaiSao,
    /// One star.
    MotSao,
    /// Evidence was falsified: not classed, not ranked, taking no place.
    KhongXepLoai,
    /// Too little data: not ranked, and taking no place.
    ChuaDuDuLieu,
}

impl Class {
    /// The classes that a rulebook can give by score, the better ones of each scale first.
    pub const SCORED: [Class; 9] = [
        Class::XuatSac,
        Class::Tot,
        Class::Kha,
        Class::TrungBinh,
        Class::Yeu,
        Class::BonSao,
        Class::BaSao,
        Class::HaiSao,
        Class::MotSao,
    ];

    /// Whether a unit of this class has a place in the ranking.
    #[must_use]
    pub fn is_ranked(self) -> bool {
        !matches!(self, Class::KhongXepLoai | Class::ChuaDuDuLieu)
    }

    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Class::XuatSac => "xuat_sac",
            Class::Tot => "tot",
            Class::Kha => "kha",
            Class::TrungBinh => "trung_binh",
            Class::Yeu => "yeu",
            Class::BonSao => "bon_sao",
            Class::BaSao => "ba_sao",
            Class::HaiSao => "hai_sao",
            Class::MotSao => "mot_sao",
            Class::KhongXepLoai => "khong_xep_loai",
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
            Class::BonSao => "4 sao",
            Class::BaSao => "3 sao",
            Class::HaiSao => "2 sao",
            Class::MotSao => "1 sao",
            Class::KhongXepLoai => "Không xếp loại",
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
            Class::BonSao => "4 stars",
            Class::BaSao => "3 stars",
            Class::HaiSao => "2 stars",
            Class::MotSao => "1 star",
            Class::KhongXepLoai => "Not classed",
            Class::ChuaDuDuLieu => "Not enough data",
        }
    }
}
