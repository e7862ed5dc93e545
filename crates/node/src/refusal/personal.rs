//! What is said when something about personal data is not done. No sentence repeats a value.

use axum::http::StatusCode;
use danvan_daemon::{FieldError, Problem, Text};
use danvan_event::{EventId, Role};

use super::{field, nothing_stored};
use crate::privacy::Suspicion;

/// The header with which a form is sent again after somebody looked at what it publishes.
pub(crate) const CONFIRM: &str = "danvan-confirm";
/// Its value.
pub(crate) const LOOKS_PERSONAL: &str = "looks-personal";

/// A member of a question that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadField {
    pointer: String,
    code: &'static str,
    vi: &'static str,
    en: &'static str,
}

impl BadField {
    /// The member at `pointer` is wrong; `code` for programs, the sentences for people.
    pub(crate) fn new(pointer: &str, code: &'static str, vi: &'static str, en: &'static str) -> Self {
        Self { pointer: pointer.to_owned(), code, vi, en }
    }
}

pub(super) fn bad_question(fields: &[BadField]) -> Problem {
    let error = |bad: &BadField| field(&bad.pointer, bad.code, &Text::new(bad.vi, bad.en));
    let title = Text::new("Câu hỏi chưa đúng, xin xem từng mục", "The question is not right, see each member");
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "bad-question", title)
        .errors(fields.iter().flat_map(error).collect())
}

pub(super) fn officials_only(role: Role) -> Problem {
    let text = Text::new(
        format!("Vai trò “{role}” không được xem, tìm dữ liệu cá nhân: chỉ cán bộ của đơn vị (staff)"),
        format!("The role “{role}” may not ask about personal data: officials of the unit (staff) only"),
    );
    let errors = field("Authorization", "wrong_role", &text);
    Problem::new(StatusCode::FORBIDDEN, "wrong-role", text).errors(errors)
}

pub(super) fn no_record(id: EventId) -> Problem {
    let text =
        Text::new(format!("Sổ của máy này không có sự kiện {id}"), format!("The log of this node has no event {id}"));
    let errors = field("/event", "no_record", &text);
    Problem::new(StatusCode::NOT_FOUND, "no-record", text).errors(errors)
}

pub(super) fn nothing_held(id: EventId) -> Problem {
    let text = Text::new(
        format!("Sự kiện {id} không có (hoặc không còn) dữ liệu cá nhân được hỏi; chưa có gì được xem"),
        format!("Nothing personal that was asked for is held of the event {id}, or no longer; nothing was shown"),
    );
    let errors = field("/event", "nothing_held", &text);
    Problem::new(StatusCode::GONE, "nothing-held", text).errors(errors)
}

pub(super) fn no_consent(pointers: &[String]) -> Problem {
    let text = Text::new(
        "Họ tên và cách liên hệ chỉ được lưu khi người dân đồng ý (consent) hoặc khi pháp luật về khiếu nại, tố cáo yêu cầu \
         (legal_ground)",
        "Name and contact are kept only with the citizen's consent, or where the law on complaints asks for them \
         (legal_ground)",
    );
    let errors = pointers.iter().flat_map(|pointer| field(pointer, "no_consent", &text)).collect();
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "no-consent", text.clone()).detail(nothing_stored()).errors(errors)
}

pub(super) fn looks_personal(suspicions: &[Suspicion]) -> Problem {
    let error = |suspicion: &Suspicion| -> Vec<FieldError> {
        let (vi, en) = suspicion.what.words();
        let text = Text::new(
            format!("Mục này sẽ được công khai và hình như có {vi}."),
            format!("This field becomes public and seems to hold {en}."),
        );
        field(&suspicion.pointer, "looks_personal", &text)
    };
    let title = Text::new(
        "Nội dung công khai hình như có dữ liệu cá nhân, không thể xoá sau khi ghi",
        "Public text seems to hold personal data, which cannot be erased once it is recorded",
    );
    let detail = Text::new(
        format!(
            "Chưa có gì được lưu. Nếu đúng là cần công khai, gửi lại phiếu với tiêu đề HTTP {CONFIRM}: {LOOKS_PERSONAL}."
        ),
        format!(
            "Nothing was stored. If it is meant to be public, send the same form again with the header {CONFIRM}: \
             {LOOKS_PERSONAL}."
        ),
    );
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "looks-personal", title)
        .detail(detail)
        .errors(suspicions.iter().flat_map(error).collect())
}
