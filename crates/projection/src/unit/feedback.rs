//! The course of one feedback: received, responded, confirmed or reopened, result published.

use danvan_event::{FeedbackKind, FeedbackOutcome, Timestamp};
use serde::Serialize;

use super::Fact;
use crate::evidence::Evidence;

/// Days after a response in which the citizen may ask for the case to be handled again.
pub const REOPEN_WINDOW_DAYS: u32 = 15;

/// One feedback and the steps taken, each list in the order of its recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeedbackCase {
    /// What kind of feedback it is.
    pub kind: FeedbackKind,
    /// When it was received and where that stands.
    pub received: Fact,
    /// When the answer is due.
    pub due: Timestamp,
    /// The responses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub responses: Vec<Response>,
    /// What the citizen said of the response.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub confirmations: Vec<Step<bool>>,
    /// Requests to handle the case again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reopenings: Vec<Fact>,
    /// Publications of the result.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub publications: Vec<Fact>,
}

/// A response and what it came to.
pub type Response = Step<FeedbackOutcome>;

/// A step that carries a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Step<Value> {
    /// When it happened, as claimed.
    pub at: Timestamp,
    /// Where it stands in the unit's log.
    pub evidence: Evidence,
    /// What it came to.
    pub value: Value,
}

impl FeedbackCase {
    /// Whether the office owes an answer: praise is welcome and needs none.
    #[must_use]
    pub fn needs_answer(&self) -> bool {
        self.kind != FeedbackKind::Praise
    }

    /// The earliest response by its claimed date, the lower index first among equals.
    #[must_use]
    pub fn first_response(&self) -> Option<Response> {
        self.responses.iter().copied().min_by_key(|response| (response.at, response.evidence))
    }

    /// The latest response by its claimed date.
    #[must_use]
    pub fn last_response(&self) -> Option<Response> {
        self.responses.iter().copied().max_by_key(|response| (response.at, response.evidence))
    }
}
