//! From posted bytes to a form: every attribute, every problem.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::{Form, FormLimits, missing, too_large};
use crate::role::is_recorded_by_units;
use crate::schema::compiled;
use crate::{
    Canon, EventId, EventType, EventTypeInfo, FieldProblem, FormError, ProblemCode, Source, Timestamp, TimestampError,
};

/// The attributes of CloudEvents 1.0 that a form may have, and our extension `synthetic`.
const ATTRIBUTES: [&str; 10] =
    ["data", "datacontenttype", "dataschema", "id", "source", "specversion", "subject", "synthetic", "time", "type"];

pub(super) fn read(bytes: &[u8], limits: FormLimits) -> Result<Form, FormError> {
    if bytes.len() > limits.max_bytes {
        return Err(too_large(limits.max_bytes).into());
    }
    let value = Canon::parse_lenient(bytes).map_err(|error| FormError::from(FieldProblem::from(error)))?;
    let Canon::Map(attributes) = value else {
        let (vi, en) = ("Phiếu phải là một đối tượng JSON.", "The form must be a JSON object.");
        return Err(FieldProblem::new("", ProblemCode::WrongKind, vi, en).into());
    };
    let mut reading = Reading { attributes, problems: Vec::new() };
    let form = reading.form(limits);
    reading.problems.sort_by(|a, b| (&a.field, a.code).cmp(&(&b.field, b.code)));
    match form {
        Some(form) if reading.problems.is_empty() => Ok(form),
        _ => Err(FormError { problems: reading.problems }),
    }
}

struct Reading {
    attributes: BTreeMap<String, Canon>,
    problems: Vec<FieldProblem>,
}

impl Reading {
    /// Reads everything, gathering problems; `None` only if there is one.
    fn form(&mut self, limits: FormLimits) -> Option<Form> {
        self.unknown_attributes();
        self.fixed_attributes();
        let id = self.attribute::<EventId>(
            "id",
            "phải là UUID phiên bản 7; có thể bỏ trống để trạm tự tạo",
            "must be a UUID of version 7; leave it away to have one made",
        );
        let source =
            self.attribute::<Source>("source", "phải có dạng /u/<mã đơn vị>", "must be of the form /u/<unit id>");
        let time = self.time(limits.latest_time);
        let subject = self.text("subject");
        let synthetic = self.synthetic();
        let event_type = self.event_type();
        let data = self.data(event_type.as_ref());
        let signed = data.as_ref().is_some_and(|data| data.get("signature").is_some());
        if signed && !self.attributes.contains_key("id") {
            self.problems.push(missing(
                "/id",
                "Mã sự kiện (id), vì chữ ký bao gồm mã này,",
                "The id, which the signature covers,",
            ));
        }
        self.case_named(event_type.as_ref());
        Some(Form { id, event_type: event_type?, source, subject, time, synthetic, data: data? })
    }

    fn unknown_attributes(&mut self) {
        for name in self.attributes.keys().filter(|name| !ATTRIBUTES.contains(&name.as_str())) {
            self.problems.push(FieldProblem::new(
                format!("/{}", name.replace('~', "~0").replace('/', "~1")),
                ProblemCode::UnknownField,
                "Phiếu không có mục này; nội dung của sự kiện đặt trong mục data.",
                "A form has no such field; what the event says belongs into data.",
            ));
        }
    }

    fn fixed_attributes(&mut self) {
        match self.attributes.get("specversion") {
            None => {
                self.problems.push(missing("/specversion", "Phiên bản CloudEvents (specversion)", "The specversion"));
            }
            Some(Canon::Str(version)) if version == "1.0" => {}
            Some(_) => self.problems.push(FieldProblem::new(
                "/specversion",
                ProblemCode::NotAllowed,
                "Phiên bản CloudEvents (specversion) phải là \"1.0\".",
                "The specversion must be \"1.0\".",
            )),
        }
        let json = |kind: &str| {
            kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
        };
        if self.text("datacontenttype").is_some_and(|kind| !json(&kind)) {
            self.problems.push(FieldProblem::new(
                "/datacontenttype",
                ProblemCode::NotAllowed,
                "Kiểu dữ liệu (datacontenttype) phải là application/json.",
                "The datacontenttype must be application/json.",
            ));
        }
        self.text("dataschema");
    }

    /// A text attribute, where it is present.
    fn text(&mut self, name: &str) -> Option<String> {
        if let Canon::Str(text) = self.attributes.get(name)? {
            return Some(text.clone());
        }
        self.problems.push(FieldProblem::new(
            format!("/{name}"),
            ProblemCode::WrongKind,
            format!("Mục {name} phải là chữ."),
            format!("The {name} must be text."),
        ));
        None
    }

    fn attribute<T: FromStr>(&mut self, name: &str, vi: &str, en: &str) -> Option<T> {
        let text = self.text(name)?;
        let value = text.parse().ok();
        if value.is_none() {
            self.problems.push(FieldProblem::new(
                format!("/{name}"),
                ProblemCode::BadFormat,
                format!("Mục {name} {vi}."),
                format!("The {name} {en}."),
            ));
        }
        value
    }

    fn time(&mut self, latest: Option<Timestamp>) -> Option<Timestamp> {
        let text = self.text("time")?;
        let (code, vi, en) = match Timestamp::parse_rfc3339(&text) {
            Ok(time) if latest.is_none_or(|latest| time <= latest) => return Some(time),
            Ok(_) => (
                ProblemCode::FutureTime,
                "Thời điểm (time) nằm trong tương lai; hãy kiểm tra đồng hồ hoặc ngày đã nhập.",
                "The time lies in the future; check the clock or the date entered.",
            ),
            Err(TimestampError::OutOfRange) => (
                ProblemCode::BadTime,
                "Thời điểm (time) phải nằm trong khoảng từ năm 2000 đến năm 2199.",
                "The time must lie between the years 2000 and 2199.",
            ),
            Err(_) => (
                ProblemCode::BadTime,
                "Thời điểm (time) phải có dạng 2024-03-08T14:00:00+07:00, kèm múi giờ.",
                "The time must look like 2024-03-08T14:00:00+07:00, with its offset.",
            ),
        };
        self.problems.push(FieldProblem::new("/time", code, vi, en));
        None
    }

    fn synthetic(&mut self) -> bool {
        match self.attributes.get("synthetic") {
            None => false,
            Some(Canon::Bool(synthetic)) => *synthetic,
            Some(_) => {
                self.problems.push(FieldProblem::new(
                    "/synthetic",
                    ProblemCode::WrongKind,
                    "Mục synthetic phải là true hoặc false.",
                    "The field synthetic must be true or false.",
                ));
                false
            }
        }
    }

    fn event_type(&mut self) -> Option<EventType> {
        if !self.attributes.contains_key("type") {
            self.problems.push(missing("/type", "Loại sự kiện (type)", "The type"));
            return None;
        }
        let event_type = self.attribute::<EventType>(
            "type",
            "phải có dạng vn.danvan.<nhóm>.<việc đã xảy ra>.v1",
            "must be of the form vn.danvan.<family>.<what_happened>.v1",
        )?;
        let (code, vi, en) = if is_recorded_by_units(&event_type) {
            return Some(event_type);
        } else if EventTypeInfo::of(&event_type).is_some() {
            (
                ProblemCode::ReservedType,
                "Loại sự kiện này do hệ thống tự ghi, không nhận từ phiếu.",
                "This type of event is written by the system itself and not taken from forms.",
            )
        } else {
            (
                ProblemCode::UnknownType,
                "Trạm không biết loại sự kiện này; hãy kiểm tra tên hoặc nâng cấp phần mềm.",
                "This node does not know this type of event; check the name or upgrade the program.",
            )
        };
        self.problems.push(FieldProblem::new("/type", code, vi, en));
        None
    }

    fn data(&mut self, event_type: Option<&EventType>) -> Option<Canon> {
        match self.attributes.remove("data") {
            None => {
                self.problems.push(missing("/data", "Nội dung sự kiện (data)", "The data"));
                None
            }
            Some(data @ Canon::Map(_)) => {
                if let Some(compiled) = event_type.and_then(compiled) {
                    self.problems.extend(compiled.form_problems(&data));
                }
                Some(data)
            }
            Some(_) => {
                let (vi, en) =
                    ("Nội dung sự kiện (data) phải là một đối tượng JSON.", "The data must be a JSON object.");
                self.problems.push(FieldProblem::new("/data", ProblemCode::WrongKind, vi, en));
                None
            }
        }
    }

    /// Steps of a case must say which case; that needs no node to be found out.
    fn case_named(&mut self, event_type: Option<&EventType>) {
        let is_step =
            event_type.and_then(EventTypeInfo::of).is_some_and(|info| info.subject == crate::SubjectRule::Case);
        if is_step && !self.attributes.contains_key("subject") {
            self.problems.push(missing(
                "/subject",
                "Mã phản ánh (subject, dạng feedback/<mã>)",
                "The subject (the case, as feedback/<id>)",
            ));
        }
    }
}
