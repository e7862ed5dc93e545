//! Every rule of the domain: a form that breaks it is refused with the rule named, or no form can.

use danvan_daemon::UnixMillis;
use danvan_event::{EventType, Role};
use danvan_projection::Rule;
use danvan_testkit::{Breach, Told, breaches};
use serde_json::Value;

use crate::testbed::{Answer, Bed, UNIT};

/// What of a rule comes to the intake.
enum Reach {
    /// A form can break it.
    Form,
    /// Only these types can, which are taken from nobody: our own processes write them, so the rule is broken in a mirror at most.
    OwnTypes(&'static [&'static str]),
    /// It is asked in an aggregator's log; a unit's may hold such entries.
    AggregatorsLog,
}

fn reach(rule: Rule) -> Reach {
    match rule {
        Rule::UnknownFeedback
        | Rule::StepBeforeReceipt
        | Rule::StepBeforeResponse
        | Rule::NotYetAnswered
        | Rule::ReopenedTooLate
        | Rule::FeedbackWithdrawn
        | Rule::ExtendedTwice
        | Rule::ExtendedTooLate
        | Rule::ExtendedTooFar
        | Rule::VisitTokenReused
        | Rule::ThirdMemberNeeded
        | Rule::UnknownEvaluation
        | Rule::UnknownAppeal
        | Rule::AppealDecidedTwice
        | Rule::UnknownCatalogue
        | Rule::CatalogueChanged
        | Rule::UnknownPledge
        | Rule::PledgeEnded
        | Rule::UnknownDirective
        | Rule::ForeignReplication
        | Rule::UnknownAward
        | Rule::AwardRevokedTwice
        | Rule::UnknownEntry
        | Rule::UnknownRequest
        | Rule::NotRevocable
        | Rule::StillCited
        | Rule::CountOfTheFuture
        | Rule::PeriodShape => Reach::Form,
        Rule::OpenedLater => Reach::OwnTypes(&["node.opened.v1"]),
        Rule::CataloguePublishedBefore => Reach::AggregatorsLog,
        Rule::PeriodOpenedTwice => Reach::OwnTypes(&["ranking.period_opened.v1"]),
        Rule::RulebookNotAdopted => Reach::OwnTypes(&["ranking.period_opened.v1", "ranking.period_closed.v1"]),
        Rule::PeriodNotOpen | Rule::NotTheDraft => {
            Reach::OwnTypes(&["ranking.period_closed.v1", "ranking.approved.v1", "ranking.published.v1"])
        }
        Rule::PeriodNotOver | Rule::AmendmentUnfounded | Rule::ExclusionUnfounded | Rule::PeriodIncomplete => {
            Reach::OwnTypes(&["ranking.period_closed.v1"])
        }
        Rule::CutBackwards | Rule::PublishedTwice => {
            Reach::OwnTypes(&["ranking.period_closed.v1", "ranking.published.v1"])
        }
        Rule::PeriodWaiting => Reach::OwnTypes(&["ranking.approved.v1", "ranking.published.v1"]),
        Rule::UnknownEvaluator => Reach::OwnTypes(&["evaluation.evaluator_delisted.v1"]),
        Rule::UnknownOperator => Reach::OwnTypes(&["ranking.approved.v1", "ranking.operator_delisted.v1"]),
        Rule::ApprovedTwice | Rule::ApprovedByPost => Reach::OwnTypes(&["ranking.approved.v1"]),
        Rule::ApprovalsMissing => Reach::OwnTypes(&["ranking.published.v1"]),
        Rule::DayShape => {
            Reach::OwnTypes(&["unit.succeeded.v1", "unit.tree_published.v1", "unit.aggregator_assigned.v1"])
        }
        Rule::SpanReversed => Reach::OwnTypes(&["unit.tree_published.v1", "unit.aggregator_assigned.v1"]),
        Rule::SucceedsItself => Reach::OwnTypes(&["unit.succeeded.v1"]),
    }
}

/// Posts it when it happened, unless that is over.
async fn said(bed: &Bed, told: &Told) -> Answer {
    bed.clock.reach(UnixMillis::new(told.at_ms));
    let is_about_persons = told.form["type"].as_str().is_some_and(|named| named.starts_with("vn.danvan.privacy."));
    let role = if is_about_persons { "staff" } else { "import" };
    bed.post_as(&bed.role_token(role), "application/json", told.form.to_string()).await
}

#[tokio::test]
async fn a_form_that_breaks_a_rule_is_refused_with_the_rule_named_and_nothing_is_stored() {
    let stories = breaches(&UNIT.parse().unwrap());
    for rule in Rule::ALL {
        let told: Vec<_> = stories.iter().filter(|story| story.rule == rule.code()).collect();
        match reach(*rule) {
            Reach::Form => assert!(!told.is_empty(), "{}", rule.code()),
            Reach::OwnTypes(types) => {
                assert!(told.is_empty(), "{}", rule.code());
                for short in types {
                    let event_type: EventType = format!("vn.danvan.{short}").parse().unwrap();
                    let taken =
                        [Role::Staff, Role::Board, Role::Import, Role::Kiosk].map(|role| role.may_record(&event_type));
                    assert_eq!(taken, [false; 4], "{}: {short}", rule.code());
                }
            }
            Reach::AggregatorsLog => assert!(told.is_empty(), "{}", rule.code()),
        }
        for story in told {
            refused(story, *rule).await;
        }
    }
    assert!(stories.iter().all(|story| Rule::from_code(story.rule).is_some()));
}

/// What a story tells is taken, all but its last form.
async fn refused(story: &Breach, rule: Rule) {
    let bed = Bed::new().await;
    for told in &story.given {
        let answer = said(&bed, told).await;
        assert_eq!(answer.status, 201, "{}: {}", rule.code(), answer.text);
    }
    let before = bed.entries();
    let answer = said(&bed, &story.breaking).await;
    let problem = answer.json();
    assert_eq!(answer.status, 422, "{}: {problem}", rule.code());
    assert_eq!(problem["type"], "urn:danvan:problem:broken-rule", "{problem}");
    let error = &problem["errors"][0];
    assert_eq!(
        (&error["code"], &error["vi"], &error["en"], &error["field"]),
        (&rule.code().into(), &rule.title_vi().into(), &rule.title_en().into(), &story.field.into()),
        "{problem}"
    );
    assert!(has_field(&story.breaking.form, story.field), "{}: no such field in the form: {problem}", rule.code());
    assert_eq!(bed.entries(), before, "{}: something was stored", rule.code());
}

/// Whether a form of this type can have the field.
fn has_field(form: &Value, pointer: &str) -> bool {
    let event_type: EventType = form["type"].as_str().unwrap().parse().unwrap();
    match pointer.strip_prefix("/data/") {
        Some(name) => {
            let schema: Value = serde_json::from_str(danvan_event::schema(&event_type).unwrap()).unwrap();
            let name = name.split('/').next().unwrap();
            schema["properties"].get(name).is_some()
        }
        None => ["/id", "/source", "/type", "/subject", "/time"].contains(&pointer),
    }
}
