//! Counts of people by kind, as they may be published: small counts stay hidden.

use danvan_event::{FeedbackKind, Timestamp};
use danvan_projection::{Period, UnitModel};
use danvan_ui::publish_counts;
use serde_json::{Map, Value, json};

/// The kinds in the order of the schema, with their words there.
const KINDS: [(FeedbackKind, &str); 4] = [
    (FeedbackKind::Suggestion, "suggestion"),
    (FeedbackKind::Complaint, "complaint"),
    (FeedbackKind::Proposal, "proposal"),
    (FeedbackKind::Praise, "praise"),
];

/// Months of the periods whose tables are published.
const MONTHS_OF_A_YEAR: usize = 12;

/// How much feedback of each kind a unit received in a period: `{"suggestion": 12, …, "total": …}`, each a number, `"<5"` or
/// `"withheld"`. Absent unless the period may have a table.
pub(super) fn feedback_by_kind(known: &UnitModel, period: &Period, now: Option<Timestamp>) -> Option<Value> {
    has_table(period, now).then(|| table_of(known, period))
}

/// Only whole years that are over by the aggregator's log. No two of them overlap, so nobody computes the small count of one span from
/// the larger ones of two: a quarter beside two of its months, or a year beside itself of last week. What comes in for a past year later,
/// from a node that was offline or an import, still changes its table: whoever kept the earlier one sees by how much.
fn has_table(period: &Period, now: Option<Timestamp>) -> bool {
    period.months().count() == MONTHS_OF_A_YEAR && now.is_some_and(|now| now >= period.end())
}

fn table_of(known: &UnitModel, period: &Period) -> Value {
    let number = |kind: FeedbackKind| {
        let cases = known.feedback().values().filter(|case| case.kind() == kind && period.contains(case.received().at));
        cases.count() as u64
    };
    let published = publish_counts(&KINDS.map(|(kind, _)| number(kind)));
    let cells = KINDS.iter().zip(&published.cells).map(|((_, word), cell)| ((*word).to_owned(), json!(cell)));
    let mut table: Map<String, Value> = cells.collect();
    table.insert("total".to_owned(), json!(published.total));
    table.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::Trial;

    /// What is published of a unit that received so much of each kind.
    fn table(received: [usize; 4]) -> Value {
        let trial = Trial::new();
        let mut node = trial.enrol(15097);
        for ((_, kind), number) in KINDS.iter().zip(received) {
            for _ in 0..number {
                let subject = format!("feedback/{}", node.next_id());
                node.say("feedback.received.v1", &subject, true, json!({ "channel": "box", "kind": kind }));
            }
        }
        trial.receive(vec![node.whole()]);
        let unit = "gso2024-15097".parse().expect("a unit");
        let model = trial.mirror().reading.model();
        let now = "2024-12-31T17:00:00.000Z".parse::<Timestamp>().ok();
        let period = "2024".parse().expect("a period");
        feedback_by_kind(model.unit(&unit).expect("a known unit"), &period, now).expect("a year that is over")
    }

    #[test]
    fn no_small_count_is_the_difference_of_two_tables_because_no_two_spans_with_a_table_overlap() {
        let now = "2026-03-15T00:00:00.000Z".parse::<Timestamp>().ok();
        let years = || (2024..=2026).map(|year| year.to_string());
        let quarters = years().flat_map(|year| (1..=4).map(move |quarter| format!("{year}-Q{quarter}")));
        let months = years().flat_map(|year| (1..=12).map(move |month| format!("{year}-{month:02}")));
        let periods: Vec<Period> =
            years().chain(quarters).chain(months).map(|text| text.parse().expect("a period")).collect();
        let served: Vec<&Period> = periods.iter().filter(|period| has_table(period, now)).collect();
        assert_eq!(served.iter().map(ToString::to_string).collect::<Vec<_>>(), ["2024", "2025"]);
        for (at, one) in served.iter().enumerate() {
            assert!(served[at + 1..].iter().all(|other| !one.overlaps(other)), "{one}");
        }
        assert!(!has_table(&"2024".parse().expect("a period"), None), "an aggregator that never said anything");
    }

    #[test]
    fn few_people_of_a_kind_are_not_counted_out_to_everybody() {
        let expected = json!({ "suggestion": 6, "complaint": 0, "proposal": 5, "praise": 0, "total": 11 });
        assert_eq!(table([6, 0, 5, 0]), expected);
        let expected = json!({ "suggestion": 6, "complaint": "<5", "proposal": "<5", "praise": 0, "total": 10 });
        assert_eq!(table([6, 1, 3, 0]), expected);
        let expected =
            json!({ "suggestion": "withheld", "complaint": "withheld", "proposal": 0, "praise": 7, "total": 15 });
        assert_eq!(table([6, 2, 0, 7]), expected);
    }
}
