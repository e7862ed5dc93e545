//! Turns the validator's findings into problems that a clerk understands.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{JsonType, ValidationError, Validator};
use serde_json::Value;

use super::canon_json::CanonJson;
use super::forms_of_text;
use crate::{Canon, FieldProblem, ProblemCode};

/// Every problem of `data`, in order of the fields.
pub(super) fn problems(validator: &Validator<CanonJson>, schema: &Value, data: &Canon) -> Vec<FieldProblem> {
    if validator.is_valid(data) {
        return Vec::new();
    }
    let mut problems: Vec<FieldProblem> =
        validator.iter_errors(data).flat_map(|error| describe(schema, data, &error)).collect();
    problems.sort_by(|a, b| (&a.field, a.code).cmp(&(&b.field, b.code)));
    // A text of the wrong length mostly has the wrong form too: one sentence is enough.
    problems
        .dedup_by(|next, kept| next.field == kept.field && [kept.code, ProblemCode::BadFormat].contains(&next.code));
    problems
}

fn describe(schema: &Value, data: &Canon, error: &ValidationError<'_>) -> Vec<FieldProblem> {
    let at = format!("/data{}", error.instance_path().as_str());
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            let field = format!("{at}/{name}");
            let label = Label::of(schema, &field);
            vec![label.problem(&field, ProblemCode::Missing, "chưa có, hãy bổ sung", "is missing")]
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => unexpected
            .iter()
            .map(|name| {
                let field = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
                FieldProblem::new(
                    field,
                    ProblemCode::UnknownField,
                    "Loại sự kiện này không có mục này; hãy kiểm tra tên mục.",
                    "This type of event has no such field; check its name.",
                )
            })
            .collect(),
        kind => {
            let (code, mut vi, mut en) = constraint(kind);
            if let Some(shape) = data.pointer(error.instance_path().as_str()).and_then(|value| shape(code, value)) {
                vi = format!("{vi}; đang là {}", shape.0);
                en = format!("{en}; it is {}", shape.1);
            }
            vec![Label::of(schema, &at).problem(&at, code, &vi, &en)]
        }
    }
}

/// What kind of value stands there and how long it is, where the rule does not imply it. Never the value: it may be personal.
fn shape(code: ProblemCode, value: &Canon) -> Option<(String, String)> {
    if [ProblemCode::TooSmall, ProblemCode::TooBig, ProblemCode::PersonalInEntry].contains(&code) {
        return None;
    }
    Some(match value {
        Canon::Str(text) if text.is_empty() => return None,
        Canon::List(items) if items.is_empty() => return None,
        Canon::Bool(_) => ("đúng hoặc sai".into(), "true or false".into()),
        Canon::Int(_) => ("số nguyên".into(), "a whole number".into()),
        Canon::Str(text) => {
            let length = text.chars().count();
            (format!("chữ, {length} ký tự"), format!("text of {length} characters"))
        }
        Canon::List(items) => (format!("danh sách, {} dòng", items.len()), format!("a list of {} items", items.len())),
        Canon::Map(members) => {
            (format!("nhóm mục, {} mục", members.len()), format!("a group of {} fields", members.len()))
        }
    })
}

/// Code and predicate of a broken constraint.
fn constraint(kind: &ValidationErrorKind) -> (ProblemCode, String, String) {
    match kind {
        ValidationErrorKind::Type { kind } => {
            let (vi, en) = expected(kind);
            (ProblemCode::WrongKind, format!("phải là {vi}"), format!("must be {en}"))
        }
        ValidationErrorKind::Enum { options } => {
            let codes: Vec<&str> = options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let codes = codes.join(", ");
            (ProblemCode::NotAllowed, format!("phải là một trong: {codes}"), format!("must be one of: {codes}"))
        }
        ValidationErrorKind::Minimum { limit } => {
            (ProblemCode::TooSmall, format!("không được nhỏ hơn {limit}"), format!("must be {limit} or more"))
        }
        ValidationErrorKind::Maximum { limit } => {
            (ProblemCode::TooBig, format!("không được lớn hơn {limit}"), format!("must be {limit} or less"))
        }
        ValidationErrorKind::MinLength { limit: 1 } => {
            (ProblemCode::TooShort, "không được để trống".into(), "must not be empty".into())
        }
        ValidationErrorKind::MinLength { limit } => (
            ProblemCode::TooShort,
            format!("phải có ít nhất {limit} ký tự"),
            format!("must have at least {limit} characters"),
        ),
        ValidationErrorKind::MaxLength { limit } => (
            ProblemCode::TooLong,
            format!("chỉ được tối đa {limit} ký tự"),
            format!("must have at most {limit} characters"),
        ),
        ValidationErrorKind::MinItems { limit: 1 } => {
            (ProblemCode::TooShort, "phải có ít nhất 1 dòng".into(), "must have at least 1 item".into())
        }
        ValidationErrorKind::MinItems { limit } => (
            ProblemCode::TooShort,
            format!("phải có ít nhất {limit} dòng"),
            format!("must have at least {limit} items"),
        ),
        ValidationErrorKind::MaxItems { limit } => {
            (ProblemCode::TooLong, format!("chỉ được tối đa {limit} dòng"), format!("must have at most {limit} items"))
        }
        ValidationErrorKind::UniqueItems => {
            (ProblemCode::NotUnique, "có dòng bị lặp lại".into(), "has an item twice".into())
        }
        ValidationErrorKind::Format { format } if format == "date" => (
            ProblemCode::BadFormat,
            "phải là ngày có thật, viết dạng năm-tháng-ngày (ví dụ 2024-03-08)".into(),
            "must be a real date written year-month-day (such as 2024-03-08)".into(),
        ),
        ValidationErrorKind::Format { format } if format == "date-time" => (
            ProblemCode::BadFormat,
            "phải là thời điểm có thật theo giờ UTC, viết dạng 2024-03-08T07:00:00.000Z".into(),
            "must be a real moment in UTC, written as 2024-03-08T07:00:00.000Z".into(),
        ),
        ValidationErrorKind::Pattern { pattern } => {
            let (vi, en) = forms_of_text::in_words(pattern).unwrap_or(("đúng dạng quy định", "of the expected form"));
            (ProblemCode::BadFormat, format!("phải là {vi}"), format!("must be {en}"))
        }
        ValidationErrorKind::FalseSchema => (
            ProblemCode::PersonalInEntry,
            "là dữ liệu cá nhân, không được ghi vào sổ".into(),
            "is personal and may not stand in an entry".into(),
        ),
        _ => (ProblemCode::BadFormat, "không đúng dạng quy định".into(), "does not have the expected form".into()),
    }
}

fn expected(kind: &TypeKind) -> (&'static str, &'static str) {
    match kind {
        TypeKind::Single(JsonType::String) => ("chữ", "text"),
        TypeKind::Single(JsonType::Integer | JsonType::Number) => ("số nguyên", "a whole number"),
        TypeKind::Single(JsonType::Boolean) => ("đúng hoặc sai (true, false)", "true or false"),
        TypeKind::Single(JsonType::Array) => ("danh sách", "a list"),
        _ => ("nhóm mục (đối tượng JSON)", "a group of fields (a JSON object)"),
    }
}

/// How people call a field.
struct Label<'a> {
    vi: &'a str,
    en: &'a str,
}

impl<'a> Label<'a> {
    /// Follows a pointer such as `/data/panel/0/post` through the schema.
    fn of(schema: &'a Value, pointer: &'a str) -> Label<'a> {
        let tokens = pointer.split('/').skip(2);
        let place = tokens.into_iter().try_fold(schema, |place, token| {
            place.get("properties").and_then(|properties| properties.get(token)).or_else(|| place.get("items"))
        });
        let text = |key| place.and_then(|place| place.get(key)).and_then(Value::as_str);
        let name = pointer.rsplit('/').next().unwrap_or(pointer);
        Label { vi: text("x-danvan-title-vi").unwrap_or(name), en: text("title").unwrap_or(name) }
    }

    fn problem(&self, field: &str, code: ProblemCode, vi: &str, en: &str) -> FieldProblem {
        FieldProblem::new(field, code, format!("{} {vi}.", self.vi), format!("{} {en}.", self.en))
    }
}
