//! What is wrong with a form, told to the person who sent it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{CanonError, CanonReason};

/// Every problem of one form, all at once. Nothing of the form was kept. No text here repeats a value of the form, since any
/// value may be personal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormError {
    /// At least one.
    pub problems: Vec<FieldProblem>,
}

/// One problem at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldProblem {
    /// JSON pointer (RFC 6901) such as `/data/rating`; empty for the whole document.
    pub field: String,
    /// For programs.
    pub code: ProblemCode,
    /// For people, Vietnamese.
    pub vi: String,
    /// For people, English.
    pub en: String,
}

/// What kind of problem it is. Codes are stable; texts are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// Not JSON, or not UTF-8.
    NotJson,
    /// A number with a fraction or beyond 2^53−1.
    NotWhole,
    /// `null`; leave the field away.
    Null,
    /// A key twice.
    DuplicateKey,
    /// A key that is empty, too long, or not ASCII.
    BadKey,
    /// Nested too deep.
    TooDeep,
    /// More bytes than a form or an entry may have.
    TooLarge,
    /// A required field is missing.
    Missing,
    /// A field that this type does not have.
    UnknownField,
    /// A type of event that this program does not know.
    UnknownType,
    /// A type that only the processes themselves write.
    ReservedType,
    /// A value of another kind (text instead of a number, …).
    WrongKind,
    /// Not one of the allowed values.
    NotAllowed,
    /// Text or list too short.
    TooShort,
    /// Text or list too long.
    TooLong,
    /// Number too small.
    TooSmall,
    /// Number too large.
    TooBig,
    /// Text that does not have the expected form.
    BadFormat,
    /// A list with the same item twice.
    NotUnique,
    /// A time that cannot be read or is outside 2000–2199.
    BadTime,
    /// A time too far in the future.
    FutureTime,
    /// Another unit's `source`.
    WrongSource,
    /// A `subject` that does not fit the type.
    BadSubject,
    /// An entry shows in plain text what is personal.
    PersonalInEntry,
}

impl ProblemCode {
    /// The code as it stands in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ProblemCode::NotJson => "not_json",
            ProblemCode::NotWhole => "not_whole",
            ProblemCode::Null => "null",
            ProblemCode::DuplicateKey => "duplicate_key",
            ProblemCode::BadKey => "bad_key",
            ProblemCode::TooDeep => "too_deep",
            ProblemCode::TooLarge => "too_large",
            ProblemCode::Missing => "missing",
            ProblemCode::UnknownField => "unknown_field",
            ProblemCode::UnknownType => "unknown_type",
            ProblemCode::ReservedType => "reserved_type",
            ProblemCode::WrongKind => "wrong_kind",
            ProblemCode::NotAllowed => "not_allowed",
            ProblemCode::TooShort => "too_short",
            ProblemCode::TooLong => "too_long",
            ProblemCode::TooSmall => "too_small",
            ProblemCode::TooBig => "too_big",
            ProblemCode::BadFormat => "bad_format",
            ProblemCode::NotUnique => "not_unique",
            ProblemCode::BadTime => "bad_time",
            ProblemCode::FutureTime => "future_time",
            ProblemCode::WrongSource => "wrong_source",
            ProblemCode::BadSubject => "bad_subject",
            ProblemCode::PersonalInEntry => "personal_in_entry",
        }
    }
}

impl fmt::Display for ProblemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FieldProblem {
    pub(crate) fn new(
        field: impl Into<String>,
        code: ProblemCode,
        vi: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        FieldProblem { field: field.into(), code, vi: vi.into(), en: en.into() }
    }
}

impl fmt::Display for FieldProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.field.is_empty() { "the form" } else { &self.field };
        write!(f, "{place}: {} ({})", self.en, self.code)
    }
}

impl fmt::Display for FormError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.problems.iter().enumerate() {
            let separator = if at == 0 { "" } else { "; " };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for FormError {}

impl From<FieldProblem> for FormError {
    fn from(problem: FieldProblem) -> FormError {
        FormError { problems: vec![problem] }
    }
}

impl From<CanonError> for FieldProblem {
    fn from(error: CanonError) -> FieldProblem {
        let (code, vi, en) = match error.reason {
            CanonReason::NotUtf8 => {
                (ProblemCode::NotJson, "Nội dung không phải văn bản UTF-8.", "The content is not UTF-8 text.")
            }
            CanonReason::NotWhole => (
                ProblemCode::NotWhole,
                "Số phải là số nguyên, không có phần thập phân.",
                "Numbers must be whole, without decimals.",
            ),
            CanonReason::IntegerRange => (ProblemCode::NotWhole, "Số quá lớn.", "The number is too large."),
            CanonReason::Null => (
                ProblemCode::Null,
                "Giá trị rỗng (null): hãy bỏ hẳn mục này.",
                "The value is null: leave the field away instead.",
            ),
            CanonReason::DuplicateKey => {
                (ProblemCode::DuplicateKey, "Mục này được ghi hai lần.", "This field occurs twice.")
            }
            CanonReason::BadKey => (
                ProblemCode::BadKey,
                "Tên mục chỉ gồm chữ cái không dấu và chữ số, tối đa 64 ký tự.",
                "Field names must be plain ASCII of 1 to 64 characters.",
            ),
            CanonReason::TooDeep => {
                (ProblemCode::TooDeep, "Dữ liệu lồng quá nhiều cấp.", "The data is nested too deep.")
            }
            CanonReason::Syntax
            | CanonReason::LoneSurrogate
            | CanonReason::Spelling
            | CanonReason::KeyOrder
            | CanonReason::NotNormalised => {
                (ProblemCode::NotJson, "Nội dung không đúng định dạng JSON.", "The content is not valid JSON.")
            }
        };
        // Text that is no JSON has no fields: the reader's place in it is where it gave up, not what has to be corrected.
        let field = if error.reason == CanonReason::Syntax { String::new() } else { error.path };
        FieldProblem::new(field, code, vi, en)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_in_json_is_the_code_on_screen() {
        for code in [ProblemCode::NotJson, ProblemCode::DuplicateKey, ProblemCode::PersonalInEntry, ProblemCode::TooBig]
        {
            assert_eq!(serde_json::to_string(&code).unwrap(), format!("\"{code}\""));
        }
    }

    #[test]
    fn what_is_no_json_has_no_field_and_what_is_has_one() {
        let field = |json: &[u8]| FieldProblem::from(crate::Canon::parse_lenient(json).unwrap_err()).field;
        assert_eq!(field(br#"{"specversion":"#), "");
        assert_eq!(field(br#"{"data":{"rating":1.5}}"#), "/data/rating");
    }
}
