//! How far what an office could bend decides.

use danvan_projection::{FeedbackCase, OfficeDates};

/// What a rulebook leaves out of the count, because an office alone could make it up, keep it back or date it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Safeguards {
    /// For how many days on which the machine ran a claim "we acted then" stands before it is recorded; after that the recording
    /// counts. Absent: every claim stands.
    pub claim_days: Option<u8>,
    /// Whether cases are judged that the office wrote down itself, and so could have left unwritten.
    pub office_cases: bool,
    /// Which answers at the kiosk count.
    pub kiosk_answers: KioskRule,
    /// Whether a due date that the office put off is the one that a case is judged by, and not the one before it.
    pub extensions: bool,
}

/// Which answers at a kiosk count. Nobody can check a tap afterwards: it leaves neither a sheet of paper nor a number that was called
/// nor another system to compare with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KioskRule {
    /// All.
    Count,
    /// All but the favourable ones of an hour in which one kiosk took more than it can serve
    /// ([`KIOSK_ANSWERS_PER_HOUR`](danvan_projection::KIOSK_ANSWERS_PER_HOUR)).
    Uncrowded,
    /// None.
    Shown,
}

impl KioskRule {
    /// The choices with their words in a rulebook file.
    pub(crate) const ALL: [(&'static str, KioskRule); 3] =
        [("count", KioskRule::Count), ("uncrowded", KioskRule::Uncrowded), ("shown", KioskRule::Shown)];
}

impl Safeguards {
    /// Everything counts as it is claimed: the first procedure, and a rulebook without the table.
    pub const NONE: Safeguards =
        Safeguards { claim_days: None, office_cases: true, kiosk_answers: KioskRule::Count, extensions: true };

    /// How far the dates are taken that the office itself gives.
    pub(crate) fn office_dates(self) -> OfficeDates {
        OfficeDates { claim_days: self.claim_days.unwrap_or(u8::MAX), extensions: self.extensions }
    }

    #[inline]
    pub(crate) fn judges(self, case: FeedbackCase<'_>) -> bool {
        self.office_cases || case.is_entered_by_citizen()
    }
}
