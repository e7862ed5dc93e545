//! Why a request was refused, and the problem document that says so. The one place where refusals become HTTP.

mod personal;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use danvan_daemon::{FieldError, Problem, Text};
use danvan_event::{EventId, EventType, FieldProblem, FormError, ProblemCode, Role, Timestamp};
use danvan_projection::FlagReason;
use danvan_ui::date_time;

pub(crate) use personal::{BadField, CONFIRM, LOOKS_PERSONAL};

use crate::privacy::Suspicion;

/// Nothing of the refused form was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No token, or one that is not known.
    NoToken,
    /// The token's role may not record this.
    Role(Role, EventType),
    /// Neither JSON nor NDJSON.
    MediaType,
    /// The body ended early or is empty.
    Body,
    /// The body is larger than so many bytes.
    BodyTooLarge(usize),
    /// The body has more than so many lines.
    TooManyLines(usize),
    /// The form is wrong in itself.
    Form(FormError),
    /// The form claims a time later than this.
    Future(Timestamp),
    /// The id belongs to another event.
    OtherContent(EventId),
    /// The event would break a rule of the domain; the pointers of the fields that a person would change.
    Rule(FlagReason, Vec<String>),
    /// A citizen would be identified without consent; the pointers of the fields.
    NoConsent(Vec<String>),
    /// Public text that looks personal, not confirmed by anybody.
    LooksPersonal(Vec<Suspicion>),
    /// A question of an official is wrong.
    Question(Vec<BadField>),
    /// A role that may not ask about personal data.
    OfficialsOnly(Role),
    /// There is no such event in the log.
    NoRecord(EventId),
    /// Nothing personal is held of this event.
    NothingHeld(EventId),
    /// The queue is full.
    Busy,
    /// The node is starting.
    Starting,
    /// The disk is full.
    DiskFull,
    /// The machine's clock is out of order.
    Clock,
    /// The node is about to end; the supervisor starts it again.
    Failing,
}

impl Refusal {
    /// A word for the metric.
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Self::NoToken => "no_token",
            Self::Role(..) | Self::OfficialsOnly(_) => "wrong_role",
            Self::MediaType => "media_type",
            Self::Body => "body",
            Self::BodyTooLarge(_) | Self::TooManyLines(_) => "too_large",
            Self::Form(_) => "form",
            Self::Future(_) => "future_time",
            Self::OtherContent(_) => "other_content",
            Self::Rule(..) => "rule",
            Self::NoConsent(_) => "no_consent",
            Self::LooksPersonal(_) => "looks_personal",
            Self::Question(_) => "question",
            Self::NoRecord(_) => "no_record",
            Self::NothingHeld(_) => "nothing_held",
            Self::Busy => "busy",
            Self::Starting => "starting",
            Self::DiskFull => "disk_full",
            Self::Clock => "clock",
            Self::Failing => "failing",
        }
    }

    /// The document for the client.
    pub(crate) fn problem(&self) -> Problem {
        match self {
            Self::NoToken => no_token(),
            Self::Role(role, event_type) => wrong_role(*role, event_type),
            Self::MediaType | Self::Body | Self::BodyTooLarge(_) | Self::TooManyLines(_) => self.body_problem(),
            Self::Form(error) => form_problem(error),
            Self::Future(latest) => future(*latest),
            Self::OtherContent(id) => other_content(*id),
            Self::Rule(reason, fields) => broken_rule(*reason, fields),
            Self::NoConsent(pointers) => personal::no_consent(pointers),
            Self::LooksPersonal(suspicions) => personal::looks_personal(suspicions),
            Self::Question(fields) => personal::bad_question(fields),
            Self::OfficialsOnly(role) => personal::officials_only(*role),
            Self::NoRecord(id) => personal::no_record(*id),
            Self::NothingHeld(id) => personal::nothing_held(*id),
            Self::Busy | Self::Starting | Self::DiskFull | Self::Clock | Self::Failing => self.unavailable(),
        }
    }

    fn body_problem(&self) -> Problem {
        let (status, code, title) = match self {
            Self::MediaType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "media-type",
                Text::new(
                    "Hãy gửi application/json (một phiếu) hoặc application/x-ndjson (mỗi dòng một phiếu)",
                    "Send application/json (one form) or application/x-ndjson (one form per line)",
                ),
            ),
            Self::BodyTooLarge(limit) => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "too-large",
                Text::new(
                    format!("Nội dung gửi lên quá lớn: tối đa {limit} byte"),
                    format!("The body is too large: at most {limit} bytes"),
                ),
            ),
            Self::TooManyLines(limit) => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "too-many-lines",
                Text::new(format!("Quá nhiều dòng: tối đa {limit}"), format!("Too many lines: at most {limit}")),
            ),
            _ => (
                StatusCode::BAD_REQUEST,
                "body",
                Text::new("Nội dung gửi lên trống hoặc bị ngắt giữa chừng", "The body is empty or broke off"),
            ),
        };
        let field = FieldError {
            field: String::new(),
            code: code.replace('-', "_"),
            vi: title.vi.clone(),
            en: title.en.clone(),
        };
        Problem::new(status, code, title).errors(vec![field]).detail(nothing_stored())
    }

    fn unavailable(&self) -> Problem {
        let (code, vi, en, seconds) = match self {
            Self::Busy => ("busy", "Máy đang bận, xin gửi lại sau giây lát", "Busy, please send again shortly", 1),
            Self::Starting => {
                ("starting", "Máy đang khởi động, xin gửi lại sau giây lát", "Starting, please send again shortly", 2)
            }
            Self::DiskFull => {
                ("disk-full", "Ổ đĩa của máy đã đầy, chưa ghi được", "The disk is full, nothing can be recorded", 60)
            }
            Self::Clock => {
                ("clock", "Đồng hồ của máy bị sai, chưa ghi được", "The machine's clock is out of order", 60)
            }
            _ => (
                "failing",
                "Máy gặp sự cố và đang khởi động lại, xin gửi lại",
                "The node restarts after a fault, please send again",
                5,
            ),
        };
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, code, Text::new(vi, en));
        problem.detail(nothing_stored()).retry_after_s(seconds)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        self.problem().into_response()
    }
}

fn nothing_stored() -> Text {
    Text::new("Chưa có gì được lưu.", "Nothing was stored.")
}

fn field(pointer: &str, code: &str, text: &Text) -> Vec<FieldError> {
    vec![FieldError { field: pointer.to_owned(), code: code.to_owned(), vi: text.vi.clone(), en: text.en.clone() }]
}

fn no_token() -> Problem {
    let text = Text::new(
        "Thiếu mã truy cập hợp lệ (Authorization: Bearer …)",
        "A valid token is missing (Authorization: Bearer …)",
    );
    let errors = field("Authorization", "no_token", &text);
    Problem::new(StatusCode::UNAUTHORIZED, "no-token", text).errors(errors)
}

fn wrong_role(role: Role, event_type: &EventType) -> Problem {
    let text = Text::new(
        format!("Vai trò “{role}” không được ghi loại sự kiện {event_type}"),
        format!("The role “{role}” may not record events of the type {event_type}"),
    );
    let errors = field("/type", "wrong_role", &text);
    Problem::new(StatusCode::FORBIDDEN, "wrong-role", text).errors(errors)
}

fn form_problem(error: &FormError) -> Problem {
    let has = |wanted: ProblemCode| error.problems.iter().any(|problem| problem.code == wanted);
    let (status, code) = if has(ProblemCode::TooLarge) {
        (StatusCode::PAYLOAD_TOO_LARGE, "too-large")
    } else if has(ProblemCode::NotJson) {
        (StatusCode::BAD_REQUEST, "not-json")
    } else {
        (StatusCode::UNPROCESSABLE_ENTITY, "bad-form")
    };
    let errors = error.problems.iter().map(field_error).collect();
    let title = Text::new("Phiếu chưa đúng, xin xem từng mục", "The form is not right, see each field");
    Problem::new(status, code, title).detail(nothing_stored()).errors(errors)
}

fn field_error(problem: &FieldProblem) -> FieldError {
    FieldError {
        field: problem.field.clone(),
        code: problem.code.as_str().to_owned(),
        vi: problem.vi.clone(),
        en: problem.en.clone(),
    }
}

fn future(latest: Timestamp) -> Problem {
    let shown = date_time(latest.as_millis());
    let text = Text::new(
        format!("Thời điểm xảy ra nằm trong tương lai: muộn nhất được nhận là {shown} (giờ Việt Nam)"),
        format!("The time lies in the future: the latest that is taken is {latest}"),
    );
    let errors = field("/time", "future_time", &text);
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "future-time", text).detail(nothing_stored()).errors(errors)
}

fn other_content(id: EventId) -> Problem {
    let text = Text::new(
        format!("Mã {id} đã được dùng cho một sự kiện có nội dung khác"),
        format!("The id {id} belongs to an event with other content"),
    );
    let errors = field("/id", "other_content", &text);
    Problem::new(StatusCode::CONFLICT, "other-content", text).detail(nothing_stored()).errors(errors)
}

fn broken_rule(reason: FlagReason, fields: &[String]) -> Problem {
    let text = Text::new(reason.title_vi(), reason.title_en());
    let errors = fields.iter().flat_map(|pointer| field(pointer, reason.code(), &text)).collect();
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "broken-rule", text.clone()).detail(nothing_stored()).errors(errors)
}
