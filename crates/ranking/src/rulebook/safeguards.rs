//! How far what an office could bend decides.

use danvan_event::{FeedbackOutcome, Timestamp};
use danvan_projection::{Crowd, Fact, FeedbackCase, Step, SurveyTally};

static NO_CROWD: std::sync::LazyLock<Crowd> = std::sync::LazyLock::new(Crowd::default);

/// What a rulebook leaves out of the count, because an office alone could make it up, keep it back or date it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Safeguards {
    /// For how many days on which the machine ran a claim "we acted then" stands before it is recorded; after that the recording
    /// counts. Absent: every claim stands.
    pub claim_days: Option<u8>,
    /// Whether cases are judged that the office wrote down itself, and so could have left unwritten.
    pub office_cases: bool,
    /// Whether favourable words count that came in an hour in which no single kiosk can serve so many.
    pub crowded_hours: bool,
    /// Whether a due date that the office put off is the one that a case is judged by, and not the one before it.
    pub extensions: bool,
}

impl Safeguards {
    /// Everything counts as it is claimed: the first procedure, and a rulebook without the table.
    pub const NONE: Safeguards =
        Safeguards { claim_days: None, office_cases: true, crowded_hours: true, extensions: true };

    /// When the answer falls due by which the case is judged.
    pub(crate) fn due(self, case: &FeedbackCase) -> Timestamp {
        if self.extensions { case.due() } else { case.due().min(case.first_due()) }
    }

    pub(crate) fn judges(self, case: &FeedbackCase) -> bool {
        self.office_cases || case.is_entered_by_citizen()
    }

    /// The first answer at the moment that holds.
    pub(crate) fn response(self, case: &FeedbackCase) -> Option<Step<FeedbackOutcome>> {
        self.claim_days.map_or_else(|| case.first_response(), |days| case.first_response_held(days))
    }

    /// The transfer or the withdrawal at the moment that holds.
    pub(crate) fn departure(self, case: &FeedbackCase) -> Option<Fact> {
        self.claim_days.map_or_else(|| case.departure(), |days| case.departure_held(days))
    }

    /// The publication of the result at the moment that holds.
    pub(crate) fn publication(self, case: &FeedbackCase) -> Option<Fact> {
        self.claim_days.map_or_else(|| case.first_publication(), |days| case.first_publication_held(days))
    }

    /// The favourable words of a month that do not count.
    pub(crate) fn crowd(self, tally: &SurveyTally) -> &Crowd {
        tally.crowd().filter(|_| !self.crowded_hours).unwrap_or(&NO_CROWD)
    }
}
