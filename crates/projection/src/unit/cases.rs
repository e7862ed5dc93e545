//! The feedback of a unit, case by case.

use danvan_event::EventId;
use serde::{Deserialize, Deserializer, Serialize, de};

use super::FeedbackCase;
use crate::stamp::id_bytes;

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
