//! What an event is about: the `subject`.

use crate::{Canon, EventId, Source};

const LONGEST: usize = 200;

/// What the `subject` of a type has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubjectRule {
    /// `<word>/<id of the event itself>`: the event opens a record.
    Own(&'static str),
    /// `feedback/<id>` of the `feedback.received` that it belongs to; a form must name it.
    Case,
    /// `model/<model id>`, or `unit/<unit>` where the form names no model.
    Model,
    /// `unit/<unit>`.
    Unit,
    /// `unit/<unit>`, or `aggregator/<aggregator>` in an aggregator's log.
    Speaker,
    /// Any well-formed subject; only our own processes write such types.
    Free,
}

impl SubjectRule {
    /// The subject of a form that names none; `None` where it must name one.
    pub(crate) fn default_subject(self, id: &EventId, source: &Source, data: &Canon) -> Option<String> {
        match self {
            SubjectRule::Own(word) => Some(format!("{word}/{id}")),
            SubjectRule::Case | SubjectRule::Free => None,
            SubjectRule::Model => match data.get("model_id").and_then(Canon::as_str) {
                Some(model) => Some(format!("model/{model}")),
                None => SubjectRule::Unit.default_subject(id, source, data),
            },
            SubjectRule::Unit => source.unit().map(|unit| format!("unit/{unit}")),
            SubjectRule::Speaker => Some(speaker(source)),
        }
    }

    /// Whether `subject` keeps the rule.
    pub(crate) fn allows(self, subject: &str, id: &EventId, source: &Source) -> bool {
        match self {
            SubjectRule::Own(word) => case_of(subject, word) == Some(*id),
            SubjectRule::Case => case_of(subject, "feedback").is_some(),
            SubjectRule::Model => {
                subject.strip_prefix("model/").is_some_and(is_slug) || SubjectRule::Unit.allows(subject, id, source)
            }
            SubjectRule::Unit => source.unit().is_some_and(|unit| subject.strip_prefix("unit/") == Some(unit.as_str())),
            SubjectRule::Speaker => subject == speaker(source),
            SubjectRule::Free => is_well_formed(subject),
        }
    }

    /// For people, as Markdown.
    pub(crate) fn describe(self) -> String {
        match self {
            SubjectRule::Own(word) => format!("`{word}/<id of the event>`"),
            SubjectRule::Case => "`feedback/<id of the feedback.received>`, required".into(),
            SubjectRule::Model => "`model/<model_id>`, else `unit/<unit>`".into(),
            SubjectRule::Unit => "`unit/<unit>`".into(),
            SubjectRule::Speaker => "`unit/<unit>` or `aggregator/<aggregator>`".into(),
            SubjectRule::Free => "set by the writing process".into(),
        }
    }
}

fn speaker(source: &Source) -> String {
    match source {
        Source::Unit(unit) => format!("unit/{unit}"),
        Source::Aggregator(aggregator) => format!("aggregator/{aggregator}"),
    }
}

/// The id in `<word>/<id>`, in its one spelling.
fn case_of(subject: &str, word: &str) -> Option<EventId> {
    let text = subject.strip_prefix(word)?.strip_prefix('/')?;
    let id: EventId = text.parse().ok()?;
    (id.to_string() == text).then_some(id)
}

fn is_slug(text: &str) -> bool {
    (1..=80).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Whether the text can be a subject of any type: nothing that a person would type about another person.
pub(crate) fn is_well_formed(subject: &str) -> bool {
    (1..=LONGEST).contains(&subject.len())
        && subject.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_.:+".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> EventId {
        "018e1cfa-1b40-7abc-8def-0123456789ab".parse().unwrap()
    }

    #[test]
    fn a_record_is_named_by_the_event_that_opens_it() {
        let (id, source) = (id(), "/u/gso2024-15097".parse().unwrap());
        let rule = SubjectRule::Own("survey");
        let subject = rule.default_subject(&id, &source, &Canon::Bool(true)).unwrap();
        assert!(rule.allows(&subject, &id, &source));
        assert!(!rule.allows(&subject.to_uppercase(), &id, &source));
        assert!(!rule.allows("survey/018e1cfa-1b40-7abc-8def-0123456789ac", &id, &source));
        assert!(!rule.allows("survey", &id, &source));
    }

    #[test]
    fn a_unit_speaks_about_itself_only() {
        let (id, source) = (id(), "/u/gso2024-15097".parse().unwrap());
        assert!(SubjectRule::Unit.allows("unit/gso2024-15097", &id, &source));
        assert!(!SubjectRule::Unit.allows("unit/gso2024-15100", &id, &source));
        assert!(SubjectRule::Model.allows("model/chinh-quyen-than-thien", &id, &source));
        assert!(!SubjectRule::Model.allows("model/Ông Nguyễn Văn A", &id, &source));
    }

    #[test]
    fn what_both_may_say_is_about_the_one_who_says_it() {
        let id = id();
        for (source, own, other) in [
            ("/u/gso2024-15097", "unit/gso2024-15097", "aggregator/ngoc-lac"),
            ("/a/ngoc-lac", "aggregator/ngoc-lac", "unit/gso2024-15097"),
        ] {
            let source = source.parse().unwrap();
            assert_eq!(SubjectRule::Speaker.default_subject(&id, &source, &Canon::Bool(true)).as_deref(), Some(own));
            assert!(SubjectRule::Speaker.allows(own, &id, &source));
            assert!(!SubjectRule::Speaker.allows(other, &id, &source));
        }
    }
}
