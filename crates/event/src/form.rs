//! Intake forms: what clients post.

mod reading;

use crate::evaluator::{Verdict, verify_evaluation};
use crate::schema::compiled;
use crate::{
    Canon, Entry, EntryError, EventId, EventType, EventTypeInfo, FieldProblem, FormError, MAX_ENTRY_BYTES, Opening,
    OwnEvent, ProblemCode, Salt, Source, Timestamp, make_entry,
};

/// A sound intake form: every attribute read, the data valid for its type.
#[derive(Clone, PartialEq, Eq)]
pub struct Form {
    id: Option<EventId>,
    event_type: EventType,
    source: Option<Source>,
    subject: Option<String>,
    time: Option<Timestamp>,
    synthetic: bool,
    data: Canon,
}

/// What a form may be at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormLimits {
    /// Bytes of the form.
    pub max_bytes: usize,
    /// Latest `time` that is taken: the caller's now plus what it allows clocks to differ. `None` takes any.
    pub latest_time: Option<Timestamp>,
}

impl Default for FormLimits {
    fn default() -> FormLimits {
        FormLimits { max_bytes: 2 * MAX_ENTRY_BYTES, latest_time: None }
    }
}

/// A personal field that is present in a form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PersonalField {
    /// JSON pointer in the form, such as `/data/text`.
    pub pointer: String,
}

impl Form {
    /// Reads a CloudEvents 1.0 JSON event in any spelling and reports every problem at once.
    pub fn parse(bytes: &[u8], limits: FormLimits) -> Result<Form, FormError> {
        reading::read(bytes, limits)
    }

    /// The identity, where the client made one.
    #[must_use]
    pub fn id(&self) -> Option<EventId> {
        self.id
    }

    /// What happened, by name; always a known type.
    #[must_use]
    pub fn event_type(&self) -> &EventType {
        &self.event_type
    }

    /// When it happened, where the client says so.
    #[must_use]
    pub fn time(&self) -> Option<Timestamp> {
        self.time
    }

    /// Who says so, where the client names somebody.
    #[must_use]
    pub fn source(&self) -> Option<&Source> {
        self.source.as_ref()
    }

    /// What it is about, where the client says so.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// Generated for a demonstration or a test.
    #[must_use]
    pub fn synthetic(&self) -> bool {
        self.synthetic
    }

    /// The data, personal fields included.
    #[must_use]
    pub fn data(&self) -> &Canon {
        &self.data
    }

    /// The same form under this identity.
    #[must_use]
    pub fn with_id(self, id: EventId) -> Form {
        Form { id: Some(id), ..self }
    }

    /// Whether something goes to the vault.
    #[must_use]
    pub fn has_personal_fields(&self) -> bool {
        !self.personal_fields().is_empty()
    }

    /// What goes to the vault, in the order in which [`Form::into_entry`] asks for salts.
    #[must_use]
    pub fn personal_fields(&self) -> Vec<PersonalField> {
        compiled(&self.event_type).map_or_else(Vec::new, |compiled| compiled.personal_fields(&self.data))
    }

    /// Makes the entry, and the openings of its personal fields.
    ///
    /// The same form, source, `recordedtime` and salts always give the same bytes: that is how a repeated request is
    /// recognised. `salts` is asked once per personal field, in the order of [`Form::personal_fields`]. The form must have
    /// an id by now; without a `time` it happened when it was recorded.
    pub fn into_entry(
        self,
        source: &Source,
        recordedtime: Timestamp,
        salts: &mut dyn FnMut() -> Salt,
    ) -> Result<(Entry, Vec<Opening>), FormError> {
        let id = self.id.ok_or_else(|| FormError::from(missing("/id", "Mã sự kiện (id)", "The id")))?;
        let subject = self.checked_subject(&id, source)?;
        self.check_signature(&id, source)?;
        let Form { event_type, time, synthetic, mut data, .. } = self;
        let openings = compiled(&event_type).map_or_else(Vec::new, |compiled| compiled.split(&mut data, salts));
        let own = OwnEvent {
            id,
            event_type: &event_type,
            source,
            subject: &subject,
            time: time.unwrap_or(recordedtime),
            recordedtime,
            synthetic,
            data,
        };
        let entry = make_entry(own).map_err(entry_problem)?;
        Ok((entry, openings))
    }

    fn checked_subject(&self, id: &EventId, source: &Source) -> Result<String, FormError> {
        let mut problems = Vec::new();
        if self.source.as_ref().is_some_and(|named| named != source) {
            problems.push(FieldProblem::new(
                "/source",
                ProblemCode::WrongSource,
                format!("Trạm này chỉ ghi nhận sự kiện của {source}."),
                format!("This node records events of {source} only."),
            ));
        }
        let rule = EventTypeInfo::of(&self.event_type).map(|info| info.subject);
        let subject = self.subject.clone().or_else(|| rule?.default_subject(id, source, &self.data));
        match subject {
            None => problems.push(missing("/subject", "Đối tượng của sự kiện (subject)", "The subject")),
            Some(subject) if rule.is_some_and(|rule| rule.allows(&subject, id, source)) => {
                if problems.is_empty() {
                    return Ok(subject);
                }
            }
            Some(_) => problems.push(FieldProblem::new(
                "/subject",
                ProblemCode::BadSubject,
                "Đối tượng của sự kiện (subject) không phù hợp với loại sự kiện này hoặc với đơn vị này.",
                "The subject does not fit this type of event or this unit.",
            )),
        }
        Err(FormError { problems })
    }

    /// A signature that is present must be right: a broken one would silently turn a board's verdict into an opinion.
    fn check_signature(&self, id: &EventId, source: &Source) -> Result<(), FormError> {
        let (Some(_), Some(unit)) = (self.data.get("signature"), source.unit()) else { return Ok(()) };
        let Some(verdict) = Verdict::of(&self.event_type) else { return Ok(()) };
        verify_evaluation(verdict, unit, id, &self.data).map(|_| ()).map_err(|_| {
            FormError::from(FieldProblem::new(
                "/data/signature",
                ProblemCode::BadFormat,
                "Chữ ký không khớp với nội dung này của đơn vị này.",
                "The signature does not match what is said here about this unit.",
            ))
        })
    }
}

/// Shows what is public only.
impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Form").field("id", &self.id).field("event_type", &self.event_type).finish_non_exhaustive()
    }
}

fn missing(field: &str, vi: &str, en: &str) -> FieldProblem {
    FieldProblem::new(field, ProblemCode::Missing, format!("{vi} chưa có, hãy bổ sung."), format!("{en} is missing."))
}

fn entry_problem(error: EntryError) -> FormError {
    match error {
        EntryError::TooLarge(_) => too_large(MAX_ENTRY_BYTES).into(),
        EntryError::Data { problems } => FormError { problems },
        EntryError::NotCanonical(error) => FieldProblem::from(error).into(),
        EntryError::Attribute(_) | EntryError::Unreadable(_) => FieldProblem::new(
            "",
            ProblemCode::BadFormat,
            "Không lập được mục dữ liệu từ phiếu này.",
            "No entry can be made of this form.",
        )
        .into(),
    }
}

fn too_large(limit: usize) -> FieldProblem {
    FieldProblem::new(
        "",
        ProblemCode::TooLarge,
        format!("Phiếu quá lớn: tối đa {limit} byte."),
        format!("The form is too large: at most {limit} bytes."),
    )
}

#[cfg(test)]
mod tests;
