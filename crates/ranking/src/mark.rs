//! Remarks beside a criterion or a unit that a reader of the ranking must know.

use serde::{Deserialize, Serialize};

/// A remark. It explains points; it never changes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Fewer observations than the criterion needs: its prior stands in.
    ItDuLieu,
    /// No feedback in a period with many transactions.
    ImLangBatThuong,
    /// No board has evaluated the unit for this period.
    ChuaThamDinh,
    /// There is a self-assessment; it is shown and not scored.
    CoTuDanhGia,
    /// The number of officials was never declared.
    ChuaKhaiBaoCanBo,
    /// Nothing became overdue: nothing to apologise for.
    KhongQuaHan,
    /// The unit stated no transactions.
    ChuaCoSoGiaoDich,
    /// Nothing of the unit's log is held.
    VangNhatKy,
}

impl Mark {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Mark::ItDuLieu => "it_du_lieu",
            Mark::ImLangBatThuong => "im_lang_bat_thuong",
            Mark::ChuaThamDinh => "chua_tham_dinh",
            Mark::CoTuDanhGia => "co_tu_danh_gia",
            Mark::ChuaKhaiBaoCanBo => "chua_khai_bao_can_bo",
            Mark::KhongQuaHan => "khong_qua_han",
            Mark::ChuaCoSoGiaoDich => "chua_co_so_giao_dich",
            Mark::VangNhatKy => "vang_nhat_ky",
        }
    }

    /// The remark on Vietnamese screens.
    #[must_use]
    pub fn title_vi(self) -> &'static str {
        match self {
            Mark::ItDuLieu => "Ít dữ liệu, dùng mức chung",
            Mark::ImLangBatThuong => "Im lặng bất thường",
            Mark::ChuaThamDinh => "Hội đồng đánh giá chưa chấm điểm, dùng mức chung",
            Mark::CoTuDanhGia => "Có tự đánh giá (không tính điểm)",
            Mark::ChuaKhaiBaoCanBo => "Chưa khai báo số cán bộ, công chức",
            Mark::KhongQuaHan => "Không có phản ánh quá hạn",
            Mark::ChuaCoSoGiaoDich => "Chưa có số lượt giao dịch",
            Mark::VangNhatKy => "Chưa nhận được sổ của đơn vị",
        }
    }

    /// The remark in English.
    #[must_use]
    pub fn title_en(self) -> &'static str {
        match self {
            Mark::ItDuLieu => "Few data, the prior stands in",
            Mark::ImLangBatThuong => "Unusual silence",
            Mark::ChuaThamDinh => "Not yet evaluated by a board, the prior stands in",
            Mark::CoTuDanhGia => "Self-assessment present (not scored)",
            Mark::ChuaKhaiBaoCanBo => "Number of officials not declared",
            Mark::KhongQuaHan => "No overdue feedback",
            Mark::ChuaCoSoGiaoDich => "Number of transactions not stated",
            Mark::VangNhatKy => "Nothing received of the unit's log",
        }
    }
}
