//! The feedback of a unit, case by case.

use danvan_event::EventId;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::FeedbackCase;
use crate::growth;
use crate::stamp::id_bytes;

/// The feedback of a unit, in the order of the ids, which is nearly that of receipt.
///
/// Ids and cases lie apart: a case is looked for among the ids, and a ranking walks through the cases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeedbackCases {
    ids: Vec<EventId>,
    cases: Vec<FeedbackCase>,
}

impl FeedbackCases {
    /// The number of cases.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cases.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }

    /// The case that the event of this id opened.
    #[must_use]
    pub fn get(&self, id: &EventId) -> Option<&FeedbackCase> {
        self.cases.get(self.place(id).ok()?)
    }

    /// The case that a subject names, `feedback/<id>`.
    #[must_use]
    pub fn about(&self, subject: &str) -> Option<&FeedbackCase> {
        self.get(&case_id(subject)?)
    }

    /// The ids with their cases.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&EventId, &FeedbackCase)> {
        self.ids.iter().zip(&self.cases)
    }

    /// The cases.
    #[must_use]
    pub fn values(&self) -> impl ExactSizeIterator<Item = &FeedbackCase> {
        self.cases.iter()
    }

    pub(crate) fn insert(&mut self, id: EventId, case: FeedbackCase) {
        if let Err(place) = self.place(&id) {
            growth::make_room(&mut self.ids);
            growth::make_room(&mut self.cases);
            self.ids.insert(place, id);
            self.cases.insert(place, case);
        }
    }

    pub(crate) fn change(&mut self, subject: &str, change: impl FnOnce(&mut FeedbackCase)) {
        let place = case_id(subject).and_then(|id| self.place(&id).ok());
        if let Some(case) = place.and_then(|place| self.cases.get_mut(place)) {
            change(case);
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
    case: &'case FeedbackCase,
}

#[derive(Deserialize)]
struct Read {
    #[serde(with = "id_bytes")]
    id: EventId,
    case: FeedbackCase,
}

impl Serialize for FeedbackCases {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(|(id, case)| Written { id: *id, case }))
    }
}

impl<'de> Deserialize<'de> for FeedbackCases {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<FeedbackCases, D::Error> {
        let read: Vec<Read> = Vec::deserialize(deserializer)?;
        if !read.is_sorted_by(|a, b| a.id < b.id) {
            return Err(de::Error::custom("cases out of order"));
        }
        let ids = read.iter().map(|held| held.id).collect();
        Ok(FeedbackCases { ids, cases: read.into_iter().map(|held| held.case).collect() })
    }
}
