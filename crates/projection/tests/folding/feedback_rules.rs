//! The course of a feedback: received, assigned or transferred, responded, confirmed or reopened, withdrawn.

use danvan_event::{FeedbackOutcome, Timestamp};
use danvan_projection::{FeedbackCase, Response, Rule};
use serde_json::json;

use crate::scenario::{Scenario, Told, counted, feedback, given, refused, response, told};

fn assigned(due_days: Option<u32>) -> Told {
    let data =
        due_days.map_or_else(|| json!({"post": "Công chức"}), |days| json!({"post": "Công chức", "due_days": days}));
    told("feedback.assigned", data).about("case")
}

fn transferred(due_days: u32) -> Told {
    told(
        "feedback.transferred",
        json!({"to_body": "Phòng Tài nguyên", "reason": "not_competent", "due_days": due_days}),
    )
    .about("case")
}

fn confirmed(satisfied: bool) -> Told {
    told("feedback.confirmed", json!({"satisfied": satisfied})).about("case")
}

fn reopened() -> Told {
    told("feedback.reopened", json!({})).about("case")
}

fn published() -> Told {
    told("feedback.result_published", json!({})).about("case")
}

fn withdrawn() -> Told {
    told("feedback.withdrawn", json!({})).about("case")
}

fn case(scenario: &Scenario) -> FeedbackCase<'_> {
    scenario.unit().feedback().get(&scenario.id("case")).unwrap()
}

#[test]
fn answered_resolved_and_confirmed_are_three_facts() {
    let facts = |scenario: Scenario| {
        let case = case(&scenario);
        [case.answered(), case.resolved(), case.confirmed()].map(|fact| fact.map(|fact| fact.evidence.index()))
    };
    assert_eq!(facts(given([feedback()])), [None, None, None]);
    assert_eq!(facts(given([feedback(), response("explained")])), [Some(1), None, None]);
    assert_eq!(facts(given([feedback(), response("resolved")])), [Some(1), Some(1), None]);
    assert_eq!(facts(given([feedback(), response("resolved"), confirmed(false)])), [Some(1), Some(1), None]);
    assert_eq!(facts(given([feedback(), response("resolved"), confirmed(true)])), [Some(1), Some(1), Some(2)]);
    let asked_again = given([feedback(), response("resolved"), confirmed(true), reopened().on(3)]);
    assert!(case(&asked_again).awaits_answer());
    assert_eq!(facts(asked_again), [Some(1), None, None]);
    let answered_again = given([feedback(), response("explained"), reopened().on(3), response("resolved").on(5)]);
    assert!(!case(&answered_again).awaits_answer());
    assert_eq!(facts(answered_again), [Some(1), Some(3), None]);
}

#[test]
fn somebody_elses_word_is_not_the_citizens_but_their_asking_again_counts() {
    let anyone = |satisfied: bool| {
        told("feedback.confirmed", json!({"satisfied": satisfied, "by_anyone": true})).about("case").on(3)
    };
    let last_word =
        |scenario: &Scenario| case(scenario).last_confirmation().map(|word| (word.evidence.index(), word.value));
    let unsaid = given([feedback(), response("resolved"), anyone(true)]);
    assert_eq!((last_word(&unsaid), case(&unsaid).confirmed()), (None, None));
    for satisfied in [true, false] {
        let said = given([feedback(), response("resolved"), confirmed(satisfied), anyone(!satisfied)]);
        assert_eq!(last_word(&said), Some((2, satisfied)));
    }
    let reopened = told("feedback.reopened", json!({"by_anyone": true})).about("case").on(3);
    let asked_again = given([feedback(), response("resolved"), confirmed(true), reopened]);
    assert!(case(&asked_again).awaits_answer());
    assert_eq!(case(&asked_again).first_reopening().map(|fact| fact.evidence.index()), Some(3));
}

#[test]
fn date_place_and_outcome_of_a_step_stay_together_in_whatever_order_the_steps_are_recorded() {
    let said = [(3, "explained"), (5, "resolved"), (7, "not_competent")];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let place_of = |which: usize| order.iter().position(|told| *told == which).unwrap() as u64;
        let responses = order.map(|which| response(said[which].1).on(said[which].0));
        let publications = order.map(|which| published().on(10 + said[which].0));
        let scenario = given([feedback()].into_iter().chain(responses).chain(publications).chain([reopened().on(20)]));
        let case = case(&scenario);
        let day = |at: Timestamp| (at.as_millis() - case.received().at.as_millis()) / 86_400_000;
        let told = |step: Response| (day(step.at), step.evidence.index(), step.value);
        assert_eq!(
            case.first_response().map(told),
            Some((3, 1 + place_of(0), FeedbackOutcome::Explained)),
            "{order:?}"
        );
        assert_eq!(
            case.last_response().map(told),
            Some((7, 1 + place_of(2), FeedbackOutcome::NotCompetent)),
            "{order:?}"
        );
        let publication = case.first_publication().map(|fact| (day(fact.at), fact.evidence.index()));
        assert_eq!(publication, Some((13, 4 + place_of(0))), "{order:?}");
        assert_eq!(case.first_reopening().map(|fact| (day(fact.at), fact.evidence.index())), Some((20, 7)));
    }
}

#[test]
fn what_follows_an_answer_needs_one_since_the_citizen_last_asked() {
    for step in [confirmed(true), reopened(), published()] {
        given([feedback()]).when(step).then(refused(Rule::NotYetAnswered));
    }
    let asked_again = || given([feedback(), response("resolved"), reopened().on(2)]);
    asked_again().when(confirmed(true).on(3)).then(refused(Rule::NotYetAnswered));
    asked_again().when(reopened().on(3)).then(refused(Rule::NotYetAnswered));
    asked_again().when(published().on(3)).then(counted());
    asked_again().when(response("resolved").on(3)).when(confirmed(true).on(3)).then(counted());
}

#[test]
fn what_follows_an_answer_is_not_dated_before_it() {
    for step in [confirmed(true), reopened(), published()] {
        given([feedback(), response("resolved").on(4)]).when(step.on(3)).then(refused(Rule::StepBeforeResponse));
    }
    given([feedback().on(2)]).when(response("resolved").on(1)).then(refused(Rule::StepBeforeReceipt));
}

#[test]
fn the_citizen_may_ask_again_for_fifteen_days() {
    let answered = || given([feedback(), response("resolved").on(4)]);
    answered().when(reopened().on(19)).then(counted());
    answered().when(reopened().on(19).a_moment_later()).then(refused(Rule::ReopenedTooLate));
}

#[test]
fn the_due_date_is_put_off_once_and_in_time() {
    let put_off = given([feedback()]).when(assigned(Some(20)).on(2)).then(counted());
    assert_eq!(case(&put_off).due().to_string(), "2024-03-21T01:00:00.000Z");
    put_off.when(transferred(30).on(3)).then(refused(Rule::ExtendedTwice)).when(transferred(20).on(3)).then(counted());
    given([feedback()]).when(assigned(Some(20)).on(16)).then(refused(Rule::ExtendedTooLate));
    given([feedback()]).when(assigned(None).on(16)).then(counted());
    let sooner = given([feedback(), assigned(Some(5))]).when(assigned(Some(10))).then(counted());
    assert!(case(&sooner).is_extended());
    sooner.when(assigned(Some(15))).then(refused(Rule::ExtendedTwice));
}

#[test]
fn the_due_date_is_put_off_by_no_more_than_the_term() {
    given([feedback()]).when(assigned(Some(30)).on(1)).then(counted());
    given([feedback()]).when(assigned(Some(31)).on(1)).then(refused(Rule::ExtendedTooFar));
    given([feedback()]).when(transferred(365).on(1)).then(refused(Rule::ExtendedTooFar));
    let short = told("feedback.received", json!({"channel": "box", "kind": "complaint", "due_days": 5})).called("case");
    let refused_first = given([short]).when(assigned(Some(11)).on(1)).then(refused(Rule::ExtendedTooFar));
    assert!(!case(&refused_first).is_extended());
    refused_first.when(assigned(Some(10)).on(2)).then(counted());
    // The term that is extended is the one in force: who set a shorter one has that.
    let sooner = || given([feedback(), assigned(Some(6))]);
    sooner().when(assigned(Some(13)).on(2)).then(refused(Rule::ExtendedTooFar));
    sooner().when(assigned(Some(12)).on(2)).then(counted());
}

#[test]
fn a_transfer_is_a_fact_of_its_own_and_the_answer_may_still_be_told() {
    let gone = given([feedback(), transferred(15).on(1)]);
    assert_eq!(case(&gone).transferred().map(|fact| fact.evidence.index()), Some(1));
    assert!(!case(&gone).awaits_answer());
    let told_back = gone.when(response("resolved").on(6)).then(counted());
    assert!(case(&told_back).answered().is_some() && case(&told_back).transferred().is_some());
}

#[test]
fn a_case_that_was_taken_back_is_over() {
    let over = || given([feedback(), response("explained"), withdrawn().on(1)]);
    assert_eq!(case(&over()).withdrawn().map(|fact| fact.evidence.index()), Some(2));
    for step in
        [assigned(None), transferred(15), response("resolved"), confirmed(true), reopened(), published(), withdrawn()]
    {
        over().when(step.on(2)).then(refused(Rule::FeedbackWithdrawn));
    }
}

#[test]
fn every_step_needs_its_feedback() {
    for step in
        [assigned(None), transferred(15), response("resolved"), confirmed(true), reopened(), published(), withdrawn()]
    {
        given([]).when(step).then(refused(Rule::UnknownFeedback));
    }
}
