//! Every rule that an entry of a mirror can break: it is kept, flagged with the rule named, and left out of the score.

use danvan_event::{Form, FormLimits, Salt, Timestamp};
use danvan_projection::{Evidence, FlagReason, Rule};
use danvan_ranking::{RB_CQTT_0, Rulebook, rank};
use danvan_testkit::{Told, breaches};
use danvan_tlog::Index;
use serde_json::{Value, json};

use super::*;

/// The entry that a node makes of a form; recorded when it happened, or at `last`.
fn recorded(node: &TestNode, told: &Told, last: &mut i64) -> Vec<u8> {
    *last = told.at_ms.max(*last);
    let form = Form::parse(told.form.to_string().as_bytes(), FormLimits::default()).expect("a sound form");
    let recordedtime = Timestamp::from_millis(*last).expect("a time");
    let (entry, _) = form.into_entry(&node.source(), recordedtime, &mut || Salt::new([7; 16])).expect("an entry");
    entry.into_bytes()
}

/// What is known of the unit, but for what the fold remembers to judge the next entries, and for flags.
fn acts(trial: &Trial, node: &TestNode) -> Value {
    let mut known = serde_json::to_value(model(trial).unit(&node.unit).expect("the unit is known")).expect("JSON");
    for told_apart in ["seen", "flagged", "flagged_months"] {
        known[told_apart] = Value::Null;
    }
    known
}

/// The rows of the year by a rulebook that counts no flags, byte by byte.
fn rows(trial: &Trial) -> Vec<u8> {
    let rulebook = Rulebook::parse(RB_CQTT_0).expect("a rulebook");
    serde_json::to_vec(&rank(&model(trial), &rulebook, &"2026".parse().expect("a period"))).expect("JSON")
}

/// A rule of a unit's log with the entries that count and the one that breaks it.
struct Story {
    rule: &'static str,
    given: Vec<Vec<u8>>,
    breaking: Vec<u8>,
}

fn stories(node: &TestNode) -> Vec<Story> {
    let told = breaches(&node.unit).into_iter().map(|story| {
        let mut last = i64::MIN;
        let given = story.given.iter().map(|told| recorded(node, told, &mut last)).collect();
        Story { rule: story.rule, given, breaking: recorded(node, &story.breaking, &mut last) }
    });
    // No form opens a log: only a mirror can bring that.
    let mut opening = TestNode::of(node.unit.as_str());
    let opened = json!({ "origin": node.key.origin(), "vkey": node.key.verifier_key().to_string(), "clock": "system" });
    opening.say("node.opened.v1", &format!("log/{}", node.key.origin()), false, opened);
    let again = opening.entries.pop().expect("an entry");
    let again = Story { rule: Rule::OpenedLater.code(), given: Vec::new(), breaking: again };
    told.chain([again]).collect()
}

#[test]
fn an_entry_of_a_mirror_that_breaks_a_rule_is_kept_flagged_and_left_out_of_the_score() {
    let stories = stories(&TestNode::new(15097));
    for Story { rule, given, breaking } in &stories {
        let told = |entries: &[&[Vec<u8>]]| {
            let trial = Trial::new();
            let mut node = trial.enrol(15097);
            node.entries.extend(entries.concat());
            let receipts = trial.receive(vec![node.whole()]);
            assert_eq!(receipts[0].status(), ReceiptStatus::Cosigned, "{rule}");
            (trial, node)
        };
        let (sound, _) = told(&[given]);
        let (trial, node) = told(&[given, std::slice::from_ref(breaking)]);
        let index = node.entries.len() as u64 - 1;

        let rule = Rule::from_code(rule).expect("a rule");
        let known = model(&trial);
        let flagged: Vec<_> = known.unit(&node.unit).expect("the unit is known").flagged().iter().collect();
        assert_eq!(flagged, [(&Evidence::new(index), &FlagReason::Rule(rule))], "{}", rule.code());
        let stated: Vec<_> = own_events(&trial)
            .into_iter()
            .filter_map(|event| match event {
                Event::EntryFlagged(fact) => Some((fact.origin, fact.index, fact.reason)),
                _ => None,
            })
            .collect();
        assert_eq!(stated, [(node.key.origin().to_string(), index, rule.code().to_owned())]);
        let place = vec![Index::new(index).expect("an index")];
        let held = trial.mirror().archive.entries(&node.key.origin(), place).expect("the own log reads");
        assert_eq!(held.first().map(|found| &found.bytes), Some(breaking), "{}: it is kept as it came", rule.code());
        assert_eq!(acts(&trial, &node), acts(&sound, &node), "{}", rule.code());
        assert_eq!(rows(&trial), rows(&sound), "{}", rule.code());
    }
}

#[test]
fn a_rule_that_a_mirror_broke_keeps_no_aggregator_from_starting() {
    let mut trial = Trial::new();
    let mut node = trial.enrol(15097);
    let Story { rule, given, breaking } = stories(&node).swap_remove(0);
    node.entries.extend(given.into_iter().chain([breaking]));
    trial.mirror().receive(vec![node.whole()]).expect("taken in");
    trial.restart();
    let flagged = own_events(&trial).into_iter().filter_map(|event| match event {
        Event::EntryFlagged(fact) => Some(fact.reason),
        _ => None,
    });
    assert_eq!(flagged.collect::<Vec<_>>(), [rule]);
}

/// Rules that only an aggregator's own log is asked about; `danvan-projection` tests each of them where it is written.
fn is_of_an_aggregators_log(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::CataloguePublishedBefore
            | Rule::PeriodOpenedTwice
            | Rule::RulebookNotAdopted
            | Rule::PeriodNotOpen
            | Rule::PeriodNotOver
            | Rule::CutBackwards
            | Rule::AmendmentUnfounded
            | Rule::ExclusionUnfounded
            | Rule::PeriodIncomplete
            | Rule::PeriodWaiting
            | Rule::NotTheDraft
            | Rule::UnknownEvaluator
            | Rule::UnknownOperator
            | Rule::ApprovedTwice
            | Rule::ApprovedByPost
            | Rule::ApprovalsMissing
            | Rule::PublishedTwice
            | Rule::DayShape
            | Rule::SpanReversed
            | Rule::SucceedsItself
    )
}

#[test]
fn every_rule_is_broken_by_some_mirror_or_is_of_an_aggregators_own_log() {
    let told: Vec<&str> = stories(&TestNode::new(15097)).into_iter().map(|story| story.rule).collect();
    for rule in Rule::ALL {
        let times = told.iter().filter(|code| **code == rule.code()).count();
        assert_eq!(times > 0, !is_of_an_aggregators_log(*rule), "{}", rule.code());
    }
}
