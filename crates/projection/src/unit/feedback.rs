//! The course of one feedback: received, responded, confirmed or reopened, result published.

use danvan_event::{EventId, FeedbackKind, FeedbackOutcome, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, de};

use super::Fact;
use crate::evidence::Evidence;
use crate::stamp::{Stamp, id_bytes, millis};

/// Days after a response in which the citizen may ask for the case to be handled again.
pub const REOPEN_WINDOW_DAYS: u32 = 15;

/// One feedback: what a verdict can need of its course, the same few bytes however long it was.
///
/// Of each kind of step the one that decides is kept: the first and the last response, the first request to handle the case
/// again, the first publication, the citizen's last word; first and last by the claimed date, the lower index first among equals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedbackCase {
    /// What kind of feedback it is.
    pub kind: FeedbackKind,
    /// When it was received and where that stands.
    pub received: Fact,
    /// When the answer is due.
    #[serde(with = "millis")]
    pub due: Timestamp,
    first_response: Stamp,
    first_outcome: FeedbackOutcome,
    last_response: Stamp,
    last_outcome: FeedbackOutcome,
    reopened: Stamp,
    published: Stamp,
    confirmed: Stamp,
    satisfied: bool,
}

/// A response and what it came to.
pub type Response = Step<FeedbackOutcome>;

/// A step that carries a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step<Value> {
    /// When it happened, as claimed.
    pub at: Timestamp,
    /// Where it stands in the unit's log.
    pub evidence: Evidence,
    /// What it came to.
    pub value: Value,
}

impl FeedbackCase {
    pub(crate) fn new(kind: FeedbackKind, received: Fact, due: Timestamp) -> FeedbackCase {
        FeedbackCase {
            kind,
            received,
            due,
            first_response: Stamp::default(),
            first_outcome: FeedbackOutcome::Resolved,
            last_response: Stamp::default(),
            last_outcome: FeedbackOutcome::Resolved,
            reopened: Stamp::default(),
            published: Stamp::default(),
            confirmed: Stamp::default(),
            satisfied: false,
        }
    }

    /// Whether the office owes an answer: praise is welcome and needs none.
    #[must_use]
    pub fn needs_answer(&self) -> bool {
        self.kind != FeedbackKind::Praise
    }

    /// The earliest response.
    #[must_use]
    pub fn first_response(&self) -> Option<Response> {
        self.first_response.get().map(|fact| Step::of(fact, self.first_outcome))
    }

    /// The latest response.
    #[must_use]
    pub fn last_response(&self) -> Option<Response> {
        self.last_response.get().map(|fact| Step::of(fact, self.last_outcome))
    }

    /// The earliest request to handle the case again.
    #[must_use]
    pub fn first_reopening(&self) -> Option<Fact> {
        self.reopened.get()
    }

    /// The earliest publication of the result.
    #[must_use]
    pub fn first_publication(&self) -> Option<Fact> {
        self.published.get()
    }

    /// The citizen's last word on the response: satisfied or not.
    #[must_use]
    pub fn last_confirmation(&self) -> Option<Step<bool>> {
        self.confirmed.get().map(|fact| Step::of(fact, self.satisfied))
    }

    pub(crate) fn respond(&mut self, fact: Fact, outcome: FeedbackOutcome) {
        if self.first_response.keep_earlier(fact) {
            self.first_outcome = outcome;
        }
        if self.last_response.keep_later(fact) {
            self.last_outcome = outcome;
        }
    }

    pub(crate) fn confirm(&mut self, fact: Fact, satisfied: bool) {
        if self.confirmed.keep_later(fact) {
            self.satisfied = satisfied;
        }
    }

    pub(crate) fn reopen(&mut self, fact: Fact) {
        self.reopened.keep_earlier(fact);
    }

    pub(crate) fn publish(&mut self, fact: Fact) {
        self.published.keep_earlier(fact);
    }
}

impl<Value> Step<Value> {
    fn of(fact: Fact, value: Value) -> Step<Value> {
        Step { at: fact.at, evidence: fact.evidence, value }
    }
}

/// The feedback of a unit, in the order of the ids, which is nearly that of receipt.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FeedbackCases {
    sorted: Vec<Case>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Case {
    #[serde(with = "id_bytes")]
    id: EventId,
    case: FeedbackCase,
}

/// Room for this many more cases is asked for at least; more with an eighth of those held.
const GROWTH: usize = 4;

impl FeedbackCases {
    /// The number of cases.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// The case that the event of this id opened.
    #[must_use]
    pub fn get(&self, id: &EventId) -> Option<&FeedbackCase> {
        self.place(id).ok().and_then(|place| self.sorted.get(place)).map(|held| &held.case)
    }

    /// The case that a subject names, `feedback/<id>`.
    #[must_use]
    pub fn about(&self, subject: &str) -> Option<&FeedbackCase> {
        self.get(&case_id(subject)?)
    }

    /// The ids with their cases.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&EventId, &FeedbackCase)> {
        self.sorted.iter().map(|held| (&held.id, &held.case))
    }

    /// The cases.
    #[must_use]
    pub fn values(&self) -> impl ExactSizeIterator<Item = &FeedbackCase> {
        self.sorted.iter().map(|held| &held.case)
    }

    pub(crate) fn insert(&mut self, id: EventId, case: FeedbackCase) {
        if let Err(place) = self.place(&id) {
            if self.sorted.len() == self.sorted.capacity() {
                self.sorted.reserve_exact(GROWTH.max(self.sorted.len() / 8));
            }
            self.sorted.insert(place, Case { id, case });
        }
    }

    pub(crate) fn change(&mut self, subject: &str, change: impl FnOnce(&mut FeedbackCase)) {
        let place = case_id(subject).and_then(|id| self.place(&id).ok());
        if let Some(held) = place.and_then(|place| self.sorted.get_mut(place)) {
            change(&mut held.case);
        }
    }

    fn place(&self, id: &EventId) -> Result<usize, usize> {
        self.sorted.binary_search_by(|held| held.id.cmp(id))
    }
}

/// The id in `feedback/<id>`.
pub(crate) fn case_id(subject: &str) -> Option<EventId> {
    subject.strip_prefix("feedback/")?.parse().ok()
}

impl<'de> Deserialize<'de> for FeedbackCases {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<FeedbackCases, D::Error> {
        #[derive(Deserialize)]
        struct Listed {
            sorted: Vec<Case>,
        }

        let Listed { sorted } = Listed::deserialize(deserializer)?;
        if sorted.is_sorted_by(|a, b| a.id < b.id) {
            Ok(FeedbackCases { sorted })
        } else {
            Err(de::Error::custom("cases out of order"))
        }
    }
}
