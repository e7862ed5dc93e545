//! Counts of people by kind, as they may be published: small counts stay hidden.

use danvan_event::FeedbackKind;
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

/// How much feedback of each kind a unit received in a period: `{"suggestion": 12, …, "total": …}`, each a number, `"<5"` or
/// `"withheld"`.
pub(super) fn feedback_by_kind(known: &UnitModel, period: &Period) -> Value {
    let number = |kind: FeedbackKind| {
        let cases = known.feedback().values().filter(|case| case.kind == kind && period.contains(case.received().at));
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
        feedback_by_kind(model.unit(&unit).expect("a known unit"), &"2024".parse().expect("a period"))
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
