//! Logs in memory: events become entries, entries a read model.

use std::sync::LazyLock;

use danvan_event::{
    Canon, Entry, EventId, EventTypeInfo, Form, FormLimits, OwnEvent, Salt, Source, Timestamp, UnitId, make_entry,
};
use danvan_projection::{Applied, Evidence, Period, ReadModel};
use danvan_ranking::Rulebook;
use serde_json::{Value, json};

/// The shipped rulebooks: reading one takes longer than ranking a small league.
pub(crate) static RULEBOOKS: LazyLock<[Rulebook; 3]> =
    LazyLock::new(|| [Rulebook::rb_cqtt_0(), Rulebook::rb_cqtt_1(), Rulebook::rb_dongnai_54()]);

/// The unit that most tests are about.
pub(crate) const UNIT: &str = "gso2024-15100";

/// The log of one source.
#[derive(Clone)]
pub(crate) struct Log {
    pub(crate) source: Source,
    pub(crate) entries: Vec<Entry>,
}

impl Log {
    pub(crate) fn new(source: &str) -> Log {
        Log { source: source.parse().unwrap(), entries: Vec::new() }
    }

    pub(crate) fn of_unit(unit: &UnitId) -> Log {
        Log { source: Source::Unit(unit.clone()), entries: Vec::new() }
    }

    /// Records a form as a node with a simulated clock does.
    pub(crate) fn record(&mut self, form: &Value) {
        let parsed = Form::parse(form.to_string().as_bytes(), FormLimits::default()).unwrap();
        self.record_at(form, parsed.time().unwrap());
    }

    /// Records a form at a moment, or when the last one was recorded if that is later.
    pub(crate) fn record_at(&mut self, form: &Value, recorded: Timestamp) {
        let form = Form::parse(form.to_string().as_bytes(), FormLimits::default()).unwrap();
        let recorded = self.clock(recorded);
        let (entry, _) = form.into_entry(&self.source, recorded, &mut || Salt::new([7; 16])).unwrap();
        self.entries.push(entry);
    }

    /// Records an event about the unit itself, an answer to a survey, or a new feedback; returns its id.
    pub(crate) fn say(&mut self, time: &str, event_type: &str, data: &Value) -> EventId {
        self.say_about(time, event_type, None, data)
    }

    /// Records an event about the given subject, or about what its type implies.
    pub(crate) fn say_about(&mut self, time: &str, event_type: &str, subject: Option<&str>, data: &Value) -> EventId {
        let time: Timestamp = time.parse().unwrap();
        let event_type = format!("vn.danvan.{event_type}.v1").parse().unwrap();
        let number = self.entries.len() as u64;
        let mut random = [0; 10];
        random[2..].copy_from_slice(&number.to_be_bytes());
        let id = EventId::from_parts(u64::try_from(time.as_millis()).unwrap(), random);
        let implied = implied_subject(&event_type, &id, &self.source);
        let own = OwnEvent {
            id,
            event_type: &event_type,
            source: &self.source,
            subject: subject.unwrap_or(&implied),
            time,
            recordedtime: self.clock(time),
            synthetic: false,
            data: Canon::try_from(data).unwrap(),
        };
        self.entries.push(make_entry(own).unwrap());
        id
    }

    /// Folds the whole log and returns what became of each entry.
    pub(crate) fn fold_into(&self, model: &mut ReadModel) -> Vec<Applied> {
        let apply = |(at, entry): (usize, &Entry)| model.apply(&self.source, Evidence::new(at as u64), entry.bytes());
        self.entries.iter().enumerate().map(apply).collect()
    }

    /// Folds the entries as they are held, without decoding them again; none may be flagged.
    pub(crate) fn fold_entries_into(&self, model: &mut ReadModel) {
        for (at, entry) in self.entries.iter().enumerate() {
            let applied = model.apply_entry(&self.source, Evidence::new(at as u64), entry);
            assert!(!matches!(applied, Applied::Flagged(_)), "{} {at}: {applied:?}", self.source);
        }
    }

    fn clock(&self, time: Timestamp) -> Timestamp {
        self.entries.last().map_or(time, |last| last.recordedtime().max(time))
    }
}

fn implied_subject(event_type: &danvan_event::EventType, id: &EventId, source: &Source) -> String {
    assert!(EventTypeInfo::of(event_type).is_some(), "{event_type} is a known type");
    match (event_type.family(), source) {
        ("survey", _) => format!("survey/{id}"),
        ("feedback", _) => format!("feedback/{id}"),
        (_, Source::Unit(unit)) => format!("unit/{unit}"),
        (_, Source::Aggregator(name)) => format!("aggregator/{name}"),
    }
}

/// The log of an aggregator that registered the units, given as `(id, name, cluster)`, and lists the evaluators.
pub(crate) fn aggregator(units: &[(&str, &str, &str)], evaluators: &[String]) -> Log {
    let mut log = Log::new("/a/ngoc-lac");
    let time = "2024-01-01T00:00:00.000Z";
    for (unit, name, cluster) in units {
        let unit =
            json!({"unit": unit, "name": name, "kind": "xa", "parent_name": "Huyện Ngọc Lặc", "cluster": cluster});
        log.say(time, "unit.registered", &unit);
    }
    for vkey in evaluators {
        log.say(time, "evaluation.evaluator_listed", &json!({"vkey": vkey, "post": "Ban Dân vận Huyện uỷ"}));
    }
    log
}

/// Folds logs whose every entry is sound.
pub(crate) fn folded(logs: &[&Log]) -> ReadModel {
    let mut model = ReadModel::default();
    for log in logs {
        for (at, applied) in log.fold_into(&mut model).into_iter().enumerate() {
            assert!(!matches!(applied, Applied::Flagged(_)), "{} {at}: {applied:?}", log.source);
        }
    }
    model
}

pub(crate) fn year() -> Period {
    "2024".parse().unwrap()
}

/// A moment of 2024: noon in Viet Nam on the given day of the year, counted from 0.
pub(crate) fn noon(day: i64) -> String {
    let new_year: Timestamp = "2024-01-01T05:00:00.000Z".parse().unwrap();
    Timestamp::from_millis(new_year.as_millis() + day * 86_400_000).unwrap().to_string()
}

/// Events in the order of their day, as a diligent office records them.
#[derive(Default)]
pub(crate) struct Story(Vec<(i64, Chapter)>);

enum Chapter {
    Plain(String, Value),
    Received(usize, Value),
    Step(usize, String, Value),
}

/// What becomes of one feedback, in days.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Course {
    pub(crate) received: i64,
    pub(crate) allowed: i64,
    pub(crate) answered_after: Option<i64>,
    pub(crate) outcome: &'static str,
    pub(crate) reopened_after: Option<i64>,
    pub(crate) published_after: Option<i64>,
}

impl Story {
    pub(crate) fn tell(&mut self, day: i64, event_type: &str, data: Value) {
        self.0.push((day, Chapter::Plain(event_type.to_owned(), data)));
    }

    pub(crate) fn tell_case(&mut self, number: usize, course: &Course) {
        // Entered by the citizen, so that every rulebook judges it.
        let data = json!({"channel": "qr", "kind": "complaint", "due_days": course.allowed});
        self.0.push((course.received, Chapter::Received(number, data)));
        let mut step = |day: i64, event_type: &str, data: Value| {
            self.0.push((day, Chapter::Step(number, event_type.to_owned(), data)));
        };
        let Some(after) = course.answered_after else { return };
        let answered = course.received + after;
        step(answered, "feedback.responded", json!({"outcome": course.outcome, "reply": "Đã xem xét."}));
        if let Some(after) = course.published_after {
            step(answered + after, "feedback.result_published", json!({}));
        }
        if let Some(after) = course.reopened_after {
            step(answered + after, "feedback.reopened", json!({}));
        }
    }

    pub(crate) fn into_log(mut self, unit: &str) -> Log {
        self.0.sort_by_key(|(day, _)| *day);
        let mut log = Log::new(&format!("/u/{unit}"));
        let mut subjects = std::collections::BTreeMap::new();
        for (day, chapter) in self.0 {
            match chapter {
                Chapter::Plain(event_type, data) => {
                    log.say(&noon(day), &event_type, &data);
                }
                Chapter::Received(number, data) => {
                    let id = log.say(&noon(day), "feedback.received", &data);
                    subjects.insert(number, format!("feedback/{id}"));
                }
                Chapter::Step(number, event_type, data) => {
                    log.say_about(&noon(day), &event_type, Some(&subjects[&number]), &data);
                }
            }
        }
        log
    }
}
