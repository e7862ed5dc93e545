//! Sample texts. None was said by anybody.

/// What citizens bring up: topic code, their words, the office's answer.
pub(crate) const MATTERS: [(&str, &str, &str); 10] = [
    (
        "ha_tang",
        "Đường vào thôn bị hỏng sau mưa, đi lại rất khó khăn.",
        "Đã kiểm tra và san lấp đoạn đường hỏng; sẽ bố trí kinh phí sửa chữa lâu dài.",
    ),
    (
        "chieu_sang",
        "Đèn đường trước nhà văn hoá thôn không sáng nhiều ngày nay.",
        "Đã thay bóng và kiểm tra toàn tuyến chiếu sáng của thôn.",
    ),
    (
        "moi_truong",
        "Rác để lâu ngày ở đầu thôn, mùi hôi ảnh hưởng các hộ xung quanh.",
        "Đã thu gom và tăng số chuyến thu gom rác trong tuần.",
    ),
    (
        "dat_dai",
        "Xin hướng dẫn thủ tục tách thửa, tôi đã đi lại nhiều lần.",
        "Đã hướng dẫn đầy đủ thành phần hồ sơ và hẹn ngày trả kết quả.",
    ),
    (
        "ho_tich",
        "Đề nghị rút ngắn thời gian chờ khi làm giấy khai sinh.",
        "Đã bố trí thêm một bàn tiếp nhận vào buổi sáng.",
    ),
    (
        "bao_tro",
        "Gia đình tôi chưa nhận được chế độ bảo trợ xã hội tháng này.",
        "Đã rà soát danh sách và chi trả bổ sung.",
    ),
    (
        "thuy_loi",
        "Kênh mương nội đồng bị bồi lấp, thiếu nước tưới.",
        "Đã nạo vét đoạn kênh bị bồi lấp cùng bà con trong thôn.",
    ),
    (
        "thai_do",
        "Cán bộ tiếp dân giải thích chưa rõ, phải hỏi lại nhiều lần.",
        "Xin tiếp thu; đã nhắc nhở và phân công người hướng dẫn trực tiếp.",
    ),
    (
        "an_ninh",
        "Đề nghị tuần tra thêm buổi tối, gần đây hay mất vặt.",
        "Tổ an ninh thôn đã tăng số buổi tuần tra trong tuần.",
    ),
    (
        "mot_cua",
        "Đề nghị niêm yết số điện thoại của cán bộ bộ phận một cửa.",
        "Đã niêm yết tại trụ sở và nhà văn hoá các thôn.",
    ),
];

/// Words of praise.
pub(crate) const PRAISE: [&str; 3] = [
    "Cảm ơn bộ phận một cửa đã giúp đỡ nhiệt tình.",
    "Cán bộ hướng dẫn dễ hiểu, trả kết quả sớm hơn hẹn.",
    "Gia đình tôi rất cảm động vì thư chia buồn của Uỷ ban.",
];

/// Why a case is handled again.
pub(crate) const REOPEN_REASON: &str = "Sự việc vẫn còn như cũ, đề nghị xem xét lại.";
/// The second answer.
pub(crate) const SECOND_REPLY: &str = "Đã kiểm tra lại tại chỗ và khắc phục phần còn tồn tại.";

/// Services of the one-stop desk.
pub(crate) const SERVICES: [&str; 6] =
    ["khai-sinh", "ket-hon", "chung-thuc", "dat-dai", "bao-tro-xa-hoi", "xac-nhan-cu-tru"];

/// The offices that a commune has to do with, by the names that they bear in the year imagined.
pub(crate) struct Offices {
    /// Who guides the model.
    pub(crate) guidance: &'static str,
    /// Who plans it together in the commune.
    pub(crate) planners: [&'static str; 2],
    /// Posts on an evaluation board.
    pub(crate) board: [&'static str; 3],
}

/// Communes below districts, to the end of 2025: the year of the reform keeps its old names throughout.
const BELOW_DISTRICTS: Offices = Offices {
    guidance: "Ban Dân vận Huyện uỷ",
    planners: ["Khối Dân vận", "UBND"],
    board: ["Trưởng ban Dân vận Huyện uỷ", "Phó Chủ tịch Uỷ ban MTTQ huyện", "Trưởng phòng Nội vụ huyện"],
};

/// Communes below the province: no district has existed since 1 July 2025.
const BELOW_THE_PROVINCE: Offices = Offices {
    guidance: "Ban Tuyên giáo và Dân vận Tỉnh uỷ",
    planners: ["Ban Xây dựng Đảng", "UBND"],
    board: ["Phó Trưởng ban Tuyên giáo và Dân vận Tỉnh uỷ", "Phó Chủ tịch Uỷ ban MTTQ tỉnh", "Phó Giám đốc Sở Nội vụ"],
};

impl Offices {
    /// Those of a civil year.
    pub(crate) fn of(year: u16) -> &'static Offices {
        if year <= 2025 { &BELOW_DISTRICTS } else { &BELOW_THE_PROVINCE }
    }
}
