//! The words for each fault, Vietnamese and English.

use crate::finding::{Fault, Part};
use danvan_projection::FlagReason;

impl Part {
    pub(crate) const fn vi(self) -> &'static str {
        match self {
            Self::Inputs => "danh mục đầu vào",
            Self::Ranking => "bảng xếp hạng",
        }
    }

    pub(crate) const fn en(self) -> &'static str {
        match self {
            Self::Inputs => "inputs",
            Self::Ranking => "ranking",
        }
    }
}

impl Fault {
    /// The stable code, as it stands in JSON.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "unreadable",
            Self::Damaged { .. } => "damaged",
            Self::DamagedNote { .. } => "damaged_note",
            Self::UnknownLog => "unknown_log",
            Self::BadNote { .. } => "bad_note",
            Self::NoCheckpoint => "no_checkpoint",
            Self::NoQuorum { .. } => "no_quorum",
            Self::Shorter { .. } => "shorter",
            Self::BeyondEnd { .. } => "beyond_end",
            Self::RootDiffers { .. } => "root_differs",
            Self::BadOpening { .. } => "bad_opening",
            Self::Malformed { .. } => "malformed",
            Self::DuplicateId { .. } => "duplicate_id",
            Self::KeyDiffers { .. } => "key_differs",
            Self::NotEnrolled { .. } => "not_enrolled",
            Self::Discontinuous { .. } => "discontinuous",
            Self::BatchDiffers { .. } => "batch_differs",
            Self::AttachmentMissing { .. } => "attachment_missing",
            Self::AttachmentDiffers { .. } => "attachment_differs",
            Self::AttachmentMalformed { .. } => "attachment_malformed",
            Self::AttachmentUnclaimed => "attachment_unclaimed",
            Self::Forked { .. } => "forked",
            Self::TwoRoots { .. } => "two_roots",
            Self::FlagMissing { .. } => "flag_missing",
            Self::FlagFalse { .. } => "flag_false",
            Self::ReceiptUnrecorded { .. } => "receipt_unrecorded",
            Self::PublicationDiffers { .. } => "publication_differs",
            Self::RulebookUnknown { .. } => "rulebook_unknown",
            Self::CutBeyond { .. } => "cut_beyond",
            Self::AgainstRules { .. } => "against_rules",
            Self::FileMissing { .. } => "file_missing",
            Self::FileDiffers { .. } => "file_differs",
            Self::FileUnexpected { .. } => "file_unexpected",
        }
    }

    /// The fault in Vietnamese.
    #[must_use]
    pub fn vi(&self) -> String {
        match self {
            Self::Unreadable { place, reason } => format!("Không đọc được {place}: {reason}"),
            Self::Damaged { reason } => format!("Dữ liệu trên đĩa bị hỏng: {reason}"),
            Self::DamagedNote { place } => format!("Tệp lưu xác nhận bị hỏng: {place}"),
            Self::UnknownLog => "Tệp chính sách không có sổ này".to_owned(),
            Self::BadNote { place, reason } => format!("Xác nhận không hợp lệ ({place}): {reason}"),
            Self::NoCheckpoint => "Sổ chưa có chữ ký xác nhận nào".to_owned(),
            Self::NoQuorum { size } => format!("Chưa đủ bên chứng thực cho {size} mục"),
            Self::Shorter { size, claimed, by } => {
                format!("Mất dữ liệu: còn {size} mục, đã được xác nhận {claimed} mục ({by})")
            }
            Self::BeyondEnd { size, end, .. } => {
                let beyond = size.entries_since(*end);
                format!("Sổ đã kết thúc ở {end} nhưng còn {beyond} mục đã xác nhận sau đó")
            }
            Self::RootDiffers { size, by, .. } => format!("{size} mục đầu không khớp với điều đã ký ({by})"),
            Self::BadOpening { reason } => format!("Mục đầu tiên không mở đúng sổ này: {reason}"),
            Self::Malformed { reason } => format!("Mục ghi không đúng quy cách: {reason}"),
            Self::DuplicateId { id, first } => format!("Mã sự kiện {id} đã dùng ở mục {first}"),
            Self::KeyDiffers { log, .. } => format!("Khoá của sổ {log} khác với tệp chính sách"),
            Self::NotEnrolled { log } => format!("Xác nhận cho sổ chưa được ghi nhận: {log}"),
            Self::Discontinuous { log, expected, found } => {
                format!("Bản sao của sổ {log} không liền mạch: đang có {expected} mục, nhận tiếp từ {found}")
            }
            Self::BatchDiffers { log, reason } => format!("Lô dữ liệu của sổ {log} không đúng: {reason}"),
            Self::AttachmentMissing { sha256 } => format!("Thiếu tệp đính kèm {sha256}"),
            Self::AttachmentDiffers { expected, .. } => format!("Tệp đính kèm không phải là {expected}"),
            Self::AttachmentMalformed { reason } => format!("Không đọc được tệp đính kèm: {reason}"),
            Self::AttachmentUnclaimed => "Có tệp đính kèm mà mục ghi không nêu".to_owned(),
            Self::Forked { own, mirrored } => {
                format!("Lịch sử bị viết lại: sổ của đơn vị có {own}, bản sao có {mirrored}")
            }
            Self::TwoRoots { size, .. } => {
                format!("Lịch sử bị viết lại: đơn vị đã ký hai bản khác nhau của {size} mục đầu")
            }
            Self::FlagMissing { reason, by } => {
                format!("Mục không được tính ({reason}) mà sổ của bên công bố không nêu trước khi công bố: {by}")
            }
            Self::FlagFalse { log, entry, stated, .. } => {
                format!(
                    "Mục {entry} của sổ {log} bị nêu là không được tính ({stated}), theo quy tắc thì không phải vậy"
                )
            }
            Self::ReceiptUnrecorded { size, by } => format!("{by} đã xác nhận {size} mục mà sổ của bên đó không ghi"),
            Self::PublicationDiffers { part, .. } => format!("Tệp công bố không khớp: {}", part.vi()),
            Self::RulebookUnknown { sha256 } => format!("Công bố dựa trên bộ tiêu chí chưa được áp dụng: {sha256}"),
            Self::CutBeyond { cut } => format!("Công bố dựa trên {cut} mục, nhiều hơn số mục có trước nó"),
            Self::AgainstRules { reason } => {
                let title = rule_vi(reason);
                format!("Mục không được tính vì trái quy định: {title}")
            }
            Self::FileMissing { path } => format!("Thiếu tệp {path}"),
            Self::FileDiffers { path } => format!("Tệp {path} không khớp với các mục ghi"),
            Self::FileUnexpected { path } => format!("Tệp thừa {path}"),
        }
    }

    /// The fault in English.
    #[must_use]
    pub fn en(&self) -> String {
        match self {
            Self::Unreadable { place, reason } => format!("{place} cannot be read: {reason}"),
            Self::Damaged { reason } => format!("the bytes on the disk are damaged: {reason}"),
            Self::DamagedNote { place } => format!("the file of a note is damaged: {place}"),
            Self::UnknownLog => "the policy does not list this log".to_owned(),
            Self::BadNote { place, reason } => format!("the {place} is not believed: {reason}"),
            Self::NoCheckpoint => "nothing of this log is signed".to_owned(),
            Self::NoQuorum { size } => format!("too few witnesses cosigned the checkpoint of size {size}"),
            Self::Shorter { size, claimed, by } => {
                format!("entries are lost: {size} are left of {claimed} that are in the {by}")
            }
            Self::BeyondEnd { size, end, successor } => {
                let beyond = size.entries_since(*end);
                format!(
                    "{beyond} acknowledged entries stand beyond {end}, where the log ended; it goes on as {successor}"
                )
            }
            Self::RootDiffers { size, computed, signed, by } => {
                format!("the first {size} entries have the root {computed}, the {by} says {signed}")
            }
            Self::BadOpening { reason } => format!("the first entry does not open this log: {reason}"),
            Self::Malformed { reason } => format!("not a sound entry: {reason}"),
            Self::DuplicateId { id, first } => format!("the id {id} is that of entry {first}"),
            Self::KeyDiffers { log, expected, found } => {
                format!("the key of the log {log} is {found}, the policy says {expected}")
            }
            Self::NotEnrolled { log } => format!("a checkpoint of {log} was cosigned, which is not enrolled"),
            Self::Discontinuous { log, expected, found } => {
                format!("the mirror of {log} holds {expected} entries, the next batch starts at {found}")
            }
            Self::BatchDiffers { log, reason } => format!("the batch of {log} is not sound: {reason}"),
            Self::AttachmentMissing { sha256 } => format!("the attachment {sha256} is missing"),
            Self::AttachmentDiffers { expected, found } => {
                format!("the attachment is {found}, the entry says {expected}")
            }
            Self::AttachmentMalformed { reason } => format!("the attachment cannot be read: {reason}"),
            Self::AttachmentUnclaimed => "the entry does not name its attachment".to_owned(),
            Self::Forked { own, mirrored } => {
                format!("history was rewritten: the unit's log has {own}, the mirror has {mirrored}")
            }
            Self::TwoRoots { size, mirrored, other } => {
                format!(
                    "history was rewritten: of {size} entries the mirror has the root {mirrored}, also signed is {other}"
                )
            }
            Self::FlagMissing { reason, by } => {
                format!("the entry does not count ({reason}), and {by} published without having said so")
            }
            Self::FlagFalse { log, entry, stated, computed } => {
                let rules = computed.as_deref().unwrap_or("nothing of it");
                format!("entry {entry} of {log} is said not to count ({stated}), the rules say {rules}")
            }
            Self::ReceiptUnrecorded { size, by } => {
                format!("{by} receipted {size} entries and its log does not say so")
            }
            Self::PublicationDiffers { part, expected, found } => {
                format!("the {} attached is {found}, announced was {expected}", part.en())
            }
            Self::RulebookUnknown { sha256 } => format!("the rulebook {sha256} was not adopted before"),
            Self::CutBeyond { cut } => format!("the publication rests on {cut} entries, more than come before it"),
            Self::AgainstRules { reason } => {
                let title = rule_en(reason);
                format!("the entry does not count, it breaks a rule: {title}")
            }
            Self::FileMissing { path } => format!("the file {path} is missing"),
            Self::FileDiffers { path } => format!("the file {path} does not hold what the entries lead to"),
            Self::FileUnexpected { path } => format!("nothing asks for the file {path}"),
        }
    }
}

/// The rule with this code in Vietnamese; the code where this program does not know it.
pub(crate) fn rule_vi(code: &str) -> String {
    FlagReason::from_code(code).map_or_else(|| code.to_owned(), |known| known.title_vi().to_owned())
}

/// The rule with this code in English; the code where this program does not know it.
pub(crate) fn rule_en(code: &str) -> String {
    FlagReason::from_code(code).map_or_else(|| code.to_owned(), |known| known.title_en().to_owned())
}
