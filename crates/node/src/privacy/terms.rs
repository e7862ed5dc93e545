//! What the law gives an office time for, as configuration: `[privacy]` of `node.toml`.
//!
//! The defaults are what Law 91/2025/QH15 and Decree 356/2025/NĐ-CP, in force from 1 January 2026, are understood to say; the unit's
//! lawyer confirms them.

use std::collections::BTreeSet;

use danvan_daemon::KeyProblem;
use danvan_projection::Day;
use serde::{Deserialize, Serialize};

use super::calendar::after_working;
use super::requests::RequestKind;

/// No term of the law is longer.
const MOST_DAYS: u32 = 60;

/// `[privacy]`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PrivacySettings {
    /// Working days until a request has been answered.
    pub(crate) respond_working_days: u32,
    /// Days until a withdrawn consent has been acted on.
    pub(crate) withdrawal_days: u32,
    /// Days until a request for erasure has been met or refused.
    pub(crate) erasure_days: u32,
    /// Days by which either may be extended, once, with word to the person.
    pub(crate) extension_days: u32,
    /// Days from Monday to Friday that are not worked.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) holidays: BTreeSet<Day>,
}

/// Until when a request is to be dealt with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Terms {
    /// The last day to answer the person.
    pub(crate) respond_by: Day,
    /// The last day to act.
    pub(crate) due: Day,
    /// The last day to act where the term was extended.
    pub(crate) latest: Day,
}

impl Default for PrivacySettings {
    fn default() -> Self {
        Self {
            respond_working_days: 2,
            withdrawal_days: 15,
            erasure_days: 20,
            extension_days: 15,
            holidays: BTreeSet::new(),
        }
    }
}

impl PrivacySettings {
    /// The terms of a request that came on `asked`. `promised` is the day that its record names: it counts as far as the law allows one,
    /// with the extension.
    pub(crate) fn of(&self, kind: RequestKind, asked: Day, promised: Option<Day>) -> Terms {
        let days = match kind {
            RequestKind::Erasure => self.erasure_days,
            RequestKind::Withdrawal => self.withdrawal_days,
        };
        let legal = asked.after(days);
        let latest = legal.after(self.extension_days);
        Terms {
            respond_by: after_working(asked, self.respond_working_days, &self.holidays),
            due: promised.unwrap_or(legal).min(latest),
            latest,
        }
    }

    /// Terms that no law has.
    pub(crate) fn problems(&self) -> Vec<KeyProblem> {
        let terms = [
            ("privacy.respond_working_days", self.respond_working_days, 1),
            ("privacy.withdrawal_days", self.withdrawal_days, 1),
            ("privacy.erasure_days", self.erasure_days, 1),
            ("privacy.extension_days", self.extension_days, 0),
        ];
        let wrong = terms.into_iter().filter(|(_, days, least)| !(*least..=MOST_DAYS).contains(days));
        wrong.map(|(key, _, least)| KeyProblem::new(key, format!("must be {least} to {MOST_DAYS}"))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn the_terms_of_the_law_hold_by_themselves() {
        // A Friday.
        let terms = PrivacySettings::default().of(RequestKind::Erasure, day("2026-11-20"), None);
        assert_eq!(terms.respond_by, day("2026-11-24"));
        assert_eq!((terms.due, terms.latest), (day("2026-12-10"), day("2026-12-25")));
        let terms = PrivacySettings::default().of(RequestKind::Withdrawal, day("2026-11-20"), None);
        assert_eq!((terms.due, terms.latest), (day("2026-12-05"), day("2026-12-20")));
    }

    #[test]
    fn a_promised_day_counts_as_far_as_the_law_allows_one() {
        let due = |promised: &str| {
            PrivacySettings::default().of(RequestKind::Erasure, day("2026-11-20"), Some(day(promised))).due
        };
        assert_eq!(due("2026-11-27"), day("2026-11-27"));
        assert_eq!(due("2026-12-20"), day("2026-12-20"));
        assert_eq!(due("2027-12-20"), day("2026-12-25"));
    }

    #[test]
    fn terms_that_no_law_has_are_named() {
        let settings = PrivacySettings { respond_working_days: 0, erasure_days: 61, ..PrivacySettings::default() };
        let keys: Vec<_> = settings.problems().into_iter().map(|problem| problem.key).collect();
        assert_eq!(keys, ["privacy.respond_working_days", "privacy.erasure_days"]);
        assert!(PrivacySettings { extension_days: 0, ..PrivacySettings::default() }.problems().is_empty());
    }
}
