//! Remarks beside a criterion or a unit that a reader of the ranking must know.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::rulebook::CapGround;

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
    /// An evaluation, or a decision about one, is signed by a key that was delisted, and was not recorded before the moment that the
    /// delisting names; not scored.
    KhoaThoiGhiNhan,
    /// The unit asked for another look at a board's evaluation, and no board has decided.
    KienNghiChuaKetLuan,
    /// The number of officials was never declared.
    ChuaKhaiBaoCanBo,
    /// Nothing became overdue: nothing to apologise for.
    KhongQuaHan,
    /// The unit stated no transactions.
    ChuaCoSoGiaoDich,
    /// Nothing of the unit's log is held.
    VangNhatKy,
    /// The unit was not active the whole period.
    KhongTronKy,
    /// Its interval overlaps that of a neighbour in the ranking: the two can hardly be told apart.
    XapXi,
    /// A serious breach of a pledge was confirmed.
    ViPhamNghiemTrong,
    /// Evidence was found to be falsified.
    MinhChungSaiSuThat,
}

/// The remarks beside one criterion of one unit, in the order in which they were made. Hardly one needs memory elsewhere.
pub(crate) type Marks = SmallVec<[Mark; 8]>;

impl Mark {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Mark::ItDuLieu => "it_du_lieu",
            Mark::ImLangBatThuong => "im_lang_bat_thuong",
            Mark::ChuaThamDinh => "chua_tham_dinh",
            Mark::CoTuDanhGia => "co_tu_danh_gia",
            Mark::KhoaThoiGhiNhan => "khoa_thoi_ghi_nhan",
            Mark::KienNghiChuaKetLuan => "kien_nghi_chua_ket_luan",
            Mark::ChuaKhaiBaoCanBo => "chua_khai_bao_can_bo",
            Mark::KhongQuaHan => "khong_qua_han",
            Mark::ChuaCoSoGiaoDich => "chua_co_so_giao_dich",
            Mark::VangNhatKy => "vang_nhat_ky",
            Mark::KhongTronKy => "khong_tron_ky",
            Mark::XapXi => "xap_xi",
            Mark::ViPhamNghiemTrong => "vi_pham_nghiem_trong",
            Mark::MinhChungSaiSuThat => "minh_chung_sai_su_that",
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
            Mark::KhoaThoiGhiNhan => "Có đánh giá, kết luận ký bằng khoá đã thôi ghi nhận (không tính điểm)",
            Mark::KienNghiChuaKetLuan => "Kiến nghị xem xét lại chưa có kết luận",
            Mark::ChuaKhaiBaoCanBo => "Chưa khai báo số cán bộ, công chức",
            Mark::KhongQuaHan => "Không có phản ánh quá hạn",
            Mark::ChuaCoSoGiaoDich => "Chưa có số lượt giao dịch",
            Mark::VangNhatKy => "Chưa nhận được sổ của đơn vị",
            Mark::KhongTronKy => "Không hoạt động trọn kỳ",
            Mark::XapXi => "≈ Khoảng điểm chồng lên đơn vị liền kề",
            Mark::ViPhamNghiemTrong => "Có vi phạm cam kết nghiêm trọng đã được xác nhận",
            Mark::MinhChungSaiSuThat => "Có minh chứng sai sự thật đã được kết luận",
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
            Mark::KhoaThoiGhiNhan => "Signed by a key that was delisted (not scored)",
            Mark::KienNghiChuaKetLuan => "An appeal is not decided yet",
            Mark::ChuaKhaiBaoCanBo => "Number of officials not declared",
            Mark::KhongQuaHan => "No overdue feedback",
            Mark::ChuaCoSoGiaoDich => "Number of transactions not stated",
            Mark::VangNhatKy => "Nothing received of the unit's log",
            Mark::KhongTronKy => "Not active the whole period",
            Mark::XapXi => "≈ Interval overlaps a neighbour's",
            Mark::ViPhamNghiemTrong => "A serious breach of a pledge was confirmed",
            Mark::MinhChungSaiSuThat => "Evidence was found to be falsified",
        }
    }
}

impl CapGround {
    /// The remark beside a unit for which the ground is given.
    pub(crate) fn mark(self) -> Mark {
        match self {
            CapGround::SeriousBreach => Mark::ViPhamNghiemTrong,
            CapGround::FalsifiedEvidence => Mark::MinhChungSaiSuThat,
        }
    }
}
