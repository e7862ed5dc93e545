//! When what decides about a case happened.

use super::{FeedbackCase, Standing};
use crate::when::When;

/// How far the dates that an office itself gives are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfficeDates {
    /// For how many operating days a claim "we acted then" stands before it is recorded; after that the recording counts. No claim
    /// is older than the highest number: with it every claim stands.
    pub claim_days: u8,
    /// Whether a due date that was put off is the one that counts, and not the one before it.
    pub extensions: bool,
}

/// When what a ranking judges a case by happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaseTimes {
    /// It was received.
    pub received: When,
    /// The answer falls due. Not cut off at the last [`Timestamp`](danvan_event::Timestamp), as [`FeedbackCase::due`] is, because
    /// nothing is shown of it: no answer and no end of a period lies behind that one either.
    pub due: When,
    /// The earliest response.
    pub answered: When,
    /// The earliest publication of the result.
    pub published: When,
    /// The earliest request to handle the case again, whoever made it.
    pub reopened: When,
}

impl FeedbackCase<'_> {
    /// When it was received.
    #[must_use]
    #[inline]
    pub fn received_when(self) -> When {
        self.course.received.when()
    }

    /// When its steps hold.
    #[must_use]
    #[inline]
    pub fn times(self, dates: OfficeDates) -> CaseTimes {
        let (course, received) = (self.course, self.received_when());
        let due_days = match course.extended_from {
            Some(before) if !dates.extensions => course.due_days.min(before.get()),
            _ => course.due_days,
        };
        CaseTimes {
            received,
            due: received.plus_days(due_days.into()),
            answered: course.first.held(dates.claim_days),
            published: course.published.held(dates.claim_days),
            reopened: course.reopened.when(),
        }
    }

    /// When the case was handed on or taken back. Apart from the other times, because it is asked of few cases and lies elsewhere.
    #[must_use]
    #[inline]
    pub fn left_when(self, dates: OfficeDates) -> When {
        if self.course.standing == Standing::Here {
            return When::NEVER;
        }
        self.left().map_or(When::NEVER, |left| left.timing.held(dates.claim_days))
    }
}
