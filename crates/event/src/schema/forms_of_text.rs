//! What the patterns of the schemas ask for, in words.

/// Vietnamese and English, to stand after "must be"; `None` for a pattern that has no words yet, which a test refuses.
pub(super) fn in_words(pattern: &str) -> Option<(&'static str, &'static str)> {
    FORMS.iter().find(|(known, ..)| *known == pattern).map(|(_, vi, en)| (*vi, *en))
}

/// Pattern, Vietnamese, English. Patterns are few: a new field takes one of these where it can.
#[rustfmt::skip]
const FORMS: &[(&str, &str, &str)] = &[
    ("^[0-9a-f]{64}$", "64 chữ số thập lục phân viết thường", "64 lower-case hexadecimal digits"),
    ("^[A-Za-z0-9_]+$", "chữ cái không dấu, chữ số và dấu gạch dưới", "plain letters, digits and underscores"),
    ("^[A-Za-z0-9_-]+$", "chữ cái không dấu, chữ số, dấu gạch dưới và gạch nối", "plain letters, digits, underscores and hyphens"),
    ("^[A-Za-z0-9._-]+$", "chữ cái không dấu, chữ số, dấu chấm, gạch dưới và gạch nối", "plain letters, digits, dots, underscores and hyphens"),
    ("^[A-Za-z0-9._+-]+$", "chữ cái không dấu, chữ số và các dấu . _ + -", "plain letters, digits and . _ + -"),
    ("^[A-Za-z0-9._/+-]+$", "chữ cái không dấu, chữ số và các dấu . _ / + -", "plain letters, digits and . _ / + -"),
    (r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$", "mã bằng chữ thường không dấu, chữ số và dấu gạch dưới, như foreign_source hoặc domain.unknown_feedback", "a code of lower-case letters, digits and underscores, such as foreign_source or domain.unknown_feedback"),
    ("^[a-z][a-z0-9_]*$", "chữ thường không dấu, chữ số và dấu gạch dưới, bắt đầu bằng chữ", "lower-case letters, digits and underscores, beginning with a letter"),
    ("^[a-z0-9]+(-[a-z0-9]+)*$", "chữ thường không dấu và chữ số, nối bằng gạch nối (ví dụ 5-biet-3-khong)", "lower-case letters and digits with hyphens between words (such as 5-biet-3-khong)"),
    ("^[a-z]([a-z0-9-]*[a-z0-9])?$", "chữ thường không dấu, chữ số và gạch nối, bắt đầu bằng chữ", "lower-case letters, digits and inner hyphens, beginning with a letter"),
    ("^[a-z][a-z0-9]{1,15}-[0-9]{1,10}$", "mã đơn vị dạng gso2024-15097", "a unit id such as gso2024-15097"),
    ("^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", "mã sự kiện (UUID phiên bản 7, viết thường)", "the id of an event (UUID of version 7, lower case)"),
    ("^feedback/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", "mã phản ánh dạng feedback/<mã sự kiện>", "a case as feedback/<id of the event>"),
    ("^20[0-9]{2}(-Q[1-4]|-(0[1-9]|1[0-2]))?$", "năm, quý hoặc tháng (ví dụ 2024, 2024-Q1, 2024-03)", "a year, a quarter or a month (such as 2024, 2024-Q1, 2024-03)"),
    ("^20[0-9]{2}-(0[1-9]|1[0-2])$", "tháng dạng 2024-03", "a month such as 2024-03"),
    ("^20[0-9]{2}-20[0-9]{2}$", "nhiệm kỳ dạng 2020-2025", "a term of office such as 2020-2025"),
    ("^(/[A-Za-z0-9_]+)+$", "đường dẫn JSON dạng /data/text", "a JSON pointer such as /data/text"),
    (r"^[^\s+]+$", "tên sổ, không có dấu cách và dấu cộng", "the name of a log, without spaces and plus signs"),
    (r"^[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]+={0,2}$", "khoá xác minh nguyên dòng, dạng <tên>+<mã>+<khoá>", "the whole line of a verifier key, <name>+<id>+<key>"),
    ("^ed25519:[A-Za-z0-9+/]{43}=$", "khoá dạng ed25519:<44 ký tự base64>", "a key as ed25519:<44 characters of base64>"),
    ("^ed25519-operator:[A-Za-z0-9+/]{43}=$", "khoá dạng ed25519-operator:<44 ký tự base64>", "a key as ed25519-operator:<44 characters of base64>"),
    (r"^2[01][0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z$", "thời điểm theo giờ UTC dạng 2024-03-08T07:00:00.000Z", "a moment in UTC such as 2024-03-08T07:00:00.000Z"),
    ("^[A-Za-z0-9+/]{43}=$", "44 ký tự base64 (32 byte)", "44 characters of base64 (32 bytes)"),
    ("^https?://[^\\s<>\"]+$", "địa chỉ trang bắt đầu bằng https:// hoặc http://", "the address of a page, beginning with https:// or http://"),
    ("^[A-Za-z0-9+/]{86}==$", "88 ký tự base64 (64 byte)", "88 characters of base64 (64 bytes)"),
];
