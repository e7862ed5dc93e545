//! What is wrong with a ledger, for people and programs.

use danvan_ledger::{Corruption, Finding, TornTail, Trouble};
use danvan_tlog::{Index, IndexRange};
use serde::Serialize;
use serde_json::{Value, json};

/// One finding: a stable code, where it is, and a sentence in both languages.
#[derive(Debug, Serialize)]
pub(super) struct Words {
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    segment: Option<u64>,
    /// In the file of the segment, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
    /// The first entry that cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u64>,
    vi: String,
    en: String,
}

impl Words {
    fn new(code: &'static str, at: Option<&Corruption>, vi: &str, en: String) -> Self {
        Self {
            code,
            segment: at.map(|at| at.segment),
            offset: at.map(|at| at.offset),
            index: at.and_then(|at| at.index).map(Index::get),
            vi: vi.to_owned(),
            en,
        }
    }

    /// For a person: Vietnamese first.
    pub(super) fn text(&self) -> String {
        format!("{}: {}\n    {}", self.code, self.vi, self.en)
    }
}

/// What a glance found.
pub(super) fn trouble(trouble: &Trouble) -> Words {
    let (at, vi) = match trouble {
        Trouble::Damaged(at) => (Some(at), "dữ liệu trên đĩa bị hỏng; cần sửa sổ"),
        Trouble::Segments(_) => (None, "không đọc được các tệp của sổ"),
        Trouble::Beside(_) => (None, "không đọc được các tệp nhỏ cạnh sổ"),
        Trouble::Short { .. } => (None, "số mục đọc được ít hơn số đã ký hoặc đã có biên nhận; cần sửa sổ"),
        Trouble::Contradicted { .. } => (None, "khoá của sổ đã ký nội dung khác với đĩa này; cần sửa sổ"),
        Trouble::ForeignSlot { .. } => (None, "một tệp nhỏ chứa nội dung không thuộc về nó"),
        Trouble::SlotsLost { .. } => (None, "cả hai bản của một tệp nhỏ đều hỏng"),
        Trouble::Restored => (None, "sổ được phục hồi từ bản sao lưu và chưa hỏi lại nơi giữ biên nhận"),
    };
    Words::new(trouble.code(), at, vi, trouble.to_string())
}

/// What reading everything found.
pub(super) fn finding(finding: &Finding) -> Words {
    let (at, vi) = match finding {
        Finding::Damaged(at) => (Some(at), "dữ liệu trên đĩa bị hỏng"),
        Finding::Missing(_) => (None, "có những mục không đọc được"),
        Finding::Short { .. } => (None, "số mục đọc được ít hơn số đã hứa"),
        Finding::RootDiffers { .. } => (None, "các mục không phải là những mục đã ký"),
        Finding::ForeignSlot { .. } => (None, "một tệp nhỏ chứa nội dung không thuộc về nó"),
        Finding::ForeignNote { .. } => (None, "một chữ ký cạnh sổ không thuộc về sổ này"),
        Finding::SlotsLost { .. } => (None, "cả hai bản của một tệp nhỏ đều hỏng"),
    };
    Words::new(finding.code(), at, vi, finding.to_string())
}

/// The remains of a group that was never acknowledged, for programs.
pub(super) fn torn_tail(tail: &TornTail) -> Value {
    json!({ "segment": tail.segment, "offset": tail.offset, "bytes": tail.bytes })
}

/// What a crash may leave, for people: the torn tail, which is normal where nothing is wrong, and small files whose other
/// copy is used.
pub(super) fn crash_lines<'c>(
    torn_tail: Option<&TornTail>,
    damaged_copies: &'c [String],
    is_sound: bool,
) -> impl Iterator<Item = String> + use<'c> {
    let judged = if is_sound { " (bình thường | normal)" } else { "" };
    let tail = torn_tail.map(|tail| format!("Phần ghi dở | Torn tail: {} byte{judged}", tail.bytes));
    let copies = damaged_copies.iter().map(|file| format!("Dùng bản thứ hai | The other copy is used: {file}"));
    tail.into_iter().chain(copies)
}

/// Ranges of entries, half open.
pub(super) fn ranges<'r>(ranges: impl IntoIterator<Item = &'r IndexRange>) -> Vec<Value> {
    ranges.into_iter().map(|range| json!({ "start": range.start().get(), "end": range.end().get() })).collect()
}
