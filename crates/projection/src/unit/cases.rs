//! The feedback of a unit, case by case.

use danvan_event::EventId;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::feedback::{ChangingCase, Course, FeedbackCase, Trace};
use crate::growth;
use crate::stamp::id_bytes;

/// The feedback of a unit, in the order of the ids, which is nearly that of receipt.
///
/// Ids, courses and traces lie apart: a case is looked for among the ids, and a ranking walks through the courses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeedbackCases {
    ids: Vec<EventId>,
    courses: Vec<Course>,
    traces: Vec<Trace>,
}

impl FeedbackCases {
    /// The number of cases.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The case that the event of this id opened.
    #[must_use]
    pub fn get(&self, id: &EventId) -> Option<FeedbackCase<'_>> {
        let place = self.place(id).ok()?;
        Some(FeedbackCase { course: self.courses.get(place)?, trace: self.traces.get(place)? })
    }

    /// The case that a subject names, `feedback/<id>`.
    #[must_use]
    pub fn about(&self, subject: &str) -> Option<FeedbackCase<'_>> {
        self.get(&case_id(subject)?)
    }

    /// The ids with their cases.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&EventId, FeedbackCase<'_>)> {
        self.ids.iter().zip(self.values())
    }

    /// The cases.
    #[must_use]
    #[inline]
    pub fn values(&self) -> impl ExactSizeIterator<Item = FeedbackCase<'_>> {
        self.courses.iter().zip(&self.traces).map(|(course, trace)| FeedbackCase { course, trace })
    }

    pub(crate) fn insert(&mut self, id: EventId, course: Course, trace: Trace) {
        if let Err(place) = self.place(&id) {
            growth::make_room(&mut self.ids);
            growth::make_room(&mut self.courses);
            growth::make_room(&mut self.traces);
            self.ids.insert(place, id);
            self.courses.insert(place, course);
            self.traces.insert(place, trace);
        }
    }

    pub(crate) fn change(&mut self, subject: &str, change: impl FnOnce(&mut ChangingCase<'_>)) {
        let Some(place) = case_id(subject).and_then(|id| self.place(&id).ok()) else { return };
        if let (Some(course), Some(trace)) = (self.courses.get_mut(place), self.traces.get_mut(place)) {
            change(&mut ChangingCase { course, trace });
        }
    }

    fn place(&self, id: &EventId) -> Result<usize, usize> {
        let number = number(id);
        self.ids.binary_search_by(|held| self::number(held).cmp(&number))
    }
}

/// The id as one number, compared faster than its bytes and in the same order.
fn number(id: &EventId) -> u128 {
    u128::from_be_bytes(*id.as_bytes())
}

/// The id in `feedback/<id>`.
pub(crate) fn case_id(subject: &str) -> Option<EventId> {
    subject.strip_prefix("feedback/")?.parse().ok()
}

#[derive(Serialize)]
struct Written<'case> {
    #[serde(with = "id_bytes")]
    id: EventId,
    course: &'case Course,
    trace: &'case Trace,
}

#[derive(Deserialize)]
struct Read {
    #[serde(with = "id_bytes")]
    id: EventId,
    course: Course,
    trace: Trace,
}

impl Serialize for FeedbackCases {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(|(id, case)| Written {
            id: *id,
            course: case.course,
            trace: case.trace,
        }))
    }
}

impl<'de> Deserialize<'de> for FeedbackCases {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<FeedbackCases, D::Error> {
        let read: Vec<Read> = Vec::deserialize(deserializer)?;
        if !read.is_sorted_by(|a, b| a.id < b.id) {
            return Err(de::Error::custom("cases out of order"));
        }
        let ids = read.iter().map(|held| held.id).collect();
        let (courses, traces) = read.into_iter().map(|held| (held.course, held.trace)).unzip();
        let cases = FeedbackCases { ids, courses, traces };
        if cases.values().all(FeedbackCase::is_sound) { Ok(cases) } else { Err(de::Error::custom("an unsound case")) }
    }
}

#[cfg(test)]
mod tests {
    use danvan_event::{FeedbackKind, FeedbackOutcome, Timestamp};
    use serde_json::{Value, json};

    use super::*;
    use crate::evidence::Evidence;
    use crate::unit::{Claim, EnteredBy, Fact};

    fn fact(index: u64) -> Fact {
        let at = Timestamp::from_millis(1_710_000_000_000 + i64::try_from(index).unwrap()).unwrap();
        Fact { at, evidence: Evidence::new(index) }
    }

    /// A case that was answered, handled again and handed on.
    fn cases() -> FeedbackCases {
        let mut cases = FeedbackCases::default();
        let id: EventId = "018e2c5a-7b1e-7000-8000-000000000001".parse().unwrap();
        let course = Course::new(FeedbackKind::Complaint, EnteredBy::Citizen, fact(3).at, 15);
        cases.insert(id, course, Trace::new(fact(3).evidence));
        let claim = |index| Claim::new(fact(index), fact(index).at, 0);
        cases.change(&format!("feedback/{id}"), |case| {
            case.respond(claim(4), FeedbackOutcome::Explained);
            case.reopen(fact(5));
            case.transfer(claim(6), None);
        });
        cases
    }

    fn read(written: &Value) -> Result<FeedbackCases, serde_json::Error> {
        serde_json::from_value(written.clone())
    }

    #[test]
    fn what_no_steps_could_have_made_is_refused() {
        let written = serde_json::to_value(cases()).unwrap();
        assert_eq!(read(&written).unwrap(), cases());
        for (place, value) in [
            ("/0/course/received", json!(0)),
            ("/0/course/reopened", json!(0)),
            ("/0/course/first/claimed", json!(0)),
            ("/0/course/first/recorded", json!(0)),
            ("/0/course/published/recorded", json!(1_710_000_000_000_u64)),
            ("/0/trace/seldom/left/timing/recorded", json!(0)),
            ("/0/trace/seldom/last/claim/timing/recorded", json!(1_710_000_000_000_u64)),
            ("/0/course/standing", json!("Here")),
            ("/0/trace/published", json!(7)),
            ("/0/trace/seldom", json!(null)),
        ] {
            let mut other = written.clone();
            *other.pointer_mut(place).unwrap() = value;
            assert!(read(&other).unwrap_err().to_string().contains("unsound"), "{place}");
        }
    }
}
