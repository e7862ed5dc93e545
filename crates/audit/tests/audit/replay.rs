//! Does the ranking follow? Recomputed from the mirrored entries, byte by byte.

use crate::fleet::{Fleet, origin, rewrite};
use crate::fraud::Fraud;
use danvan_audit::{AuditError, Part, Place, Problem, Replay, export_tlog, replay};
use danvan_tlog::{Index, Policy, Size};

fn run(fleet: &Fleet) -> Replay {
    replay(&Place::Data(fleet.path().to_owned()), &fleet.policy, None).unwrap()
}

#[test]
fn an_honest_ranking_follows_from_the_entries() {
    let fleet = Fleet::build(Fraud::None);
    let replayed = run(&fleet);
    assert!(replayed.matches, "{replayed:#?}");
    let [publication] = &replayed.publications[..] else { panic!("{replayed:#?}") };
    assert_eq!(replayed.digest.as_ref(), Some(&publication.published_sha256));
    assert_eq!(publication.period, "2024");
    let same = replay(&Place::OneLog(fleet.aggregator_ledger()), &fleet.policy, Some(publication.index)).unwrap();
    assert_eq!(same, replayed, "the aggregator's ledger is enough");
}

#[test]
fn the_same_entries_give_the_same_bytes_in_every_deployment() {
    assert_eq!(run(&Fleet::build(Fraud::None)).digest, run(&Fleet::build(Fraud::None)).digest);
}

#[test]
fn what_a_commune_rewrites_later_changes_no_published_ranking() {
    let fleet = Fleet::build(Fraud::None);
    let before = run(&fleet);
    rewrite(&fleet, 0, |records| records.truncate(20));
    assert_eq!(run(&fleet), before);
}

#[test]
fn a_row_that_was_improved_is_named_with_the_events_behind_it() {
    let replayed = run(&Fleet::build(Fraud::BetterRow));
    let publication = &replayed.publications[0];
    assert!(!replayed.matches);
    assert_eq!(publication.problems, [Problem::Differs { part: Part::Ranking }]);
    let difference = publication.difference.as_ref().unwrap();
    assert_eq!(difference.row, 0);
    assert_eq!(difference.criteria.len(), 1);
    let points = |row: &Option<serde_json::Value>| row.as_ref().unwrap()["score_centi"].as_u64().unwrap();
    assert_eq!(points(&difference.published), points(&difference.computed) + 1000);
    assert!(!difference.events.is_empty() && difference.events.is_sorted(), "{:?}", difference.events);
}

#[test]
fn inputs_that_are_not_those_below_the_cut_are_named() {
    let replayed = run(&Fleet::build(Fraud::OtherInputs));
    assert_eq!(replayed.publications[0].problems, [Problem::Differs { part: Part::Inputs }]);
}

#[test]
fn a_mirror_with_a_gap_is_no_ground_for_a_ranking() {
    let replayed = run(&Fleet::build(Fraud::Gap));
    let problems = &replayed.publications[0].problems;
    assert!(problems.iter().any(|problem| matches!(problem, Problem::Input { .. })), "{problems:?}");
}

#[test]
fn a_log_that_the_policy_does_not_know_proves_nothing() {
    let fleet = Fleet::build(Fraud::None);
    let policy = Policy::mirrored([], []).unwrap();
    let replayed = replay(&Place::Data(fleet.path().to_owned()), &policy, None).unwrap();
    assert!(!replayed.matches);
    let problems = &replayed.publications[0].problems;
    assert!(matches!(problems[0], Problem::Unsigned { .. }), "{problems:?}");
}

#[test]
fn a_commune_that_only_the_aggregator_vouches_for_proves_nothing() {
    let fleet = Fleet::build(Fraud::None);
    let out = fleet.path().join("out");
    export_tlog(&Place::Data(fleet.path().to_owned()), &fleet.policy, &out, None).unwrap();
    let invented = origin(0).to_string();
    let unknown = Problem::UnknownLog { origin: invented.clone() };
    let unsigned = Problem::UnsignedInput { origin: invented, signed: Size::ZERO };
    for (policy, expected) in
        [(fleet.policy_with(0, None), unknown), (fleet.policy_with(0, Some(Fleet::forged_key(0))), unsigned)]
    {
        for place in [Place::OneLog(fleet.aggregator_ledger()), Place::Export(out.clone())] {
            let replayed = replay(&place, &policy, None).unwrap();
            assert!(!replayed.matches);
            assert_eq!(replayed.publications[0].problems, std::slice::from_ref(&expected), "{place:?}");
        }
    }
}

#[test]
fn what_was_not_published_is_said_to_be_missing() {
    let fleet = Fleet::build(Fraud::None);
    let place = Place::Data(fleet.path().to_owned());
    let missing = replay(&place, &fleet.policy, Some(Index::ZERO));
    assert!(matches!(missing, Err(AuditError::NoSuchPublication(Index::ZERO))));
    let commune = Place::OneLog(fleet.node_ledger(0));
    assert!(matches!(replay(&commune, &fleet.policy, None), Err(AuditError::NoAggregator)));
}

#[test]
fn a_late_commune_that_is_left_out_with_a_reason_leaves_a_ranking_that_follows() {
    let fleet = Fleet::build(Fraud::LateLeftOut);
    let replayed = run(&fleet);
    assert!(replayed.matches, "{replayed:#?}");
    let out = fleet.path().join("out");
    export_tlog(&Place::Data(fleet.path().to_owned()), &fleet.policy, &out, None).unwrap();
    assert_eq!(replay(&Place::Export(out), &fleet.policy, None).unwrap().digest, replayed.digest);
}

#[test]
fn publishing_without_a_late_commune_or_leaving_out_another_is_named() {
    let unit = || vec!["gso2024-15097".parse().unwrap()];
    for (fraud, expected) in [
        (Fraud::LatePublished, Problem::Incomplete { units: unit() }),
        (Fraud::CompleteLeftOut, Problem::LeftOut { units: unit() }),
    ] {
        assert_eq!(run(&Fleet::build(fraud)).publications[0].problems, [expected], "{fraud:?}");
    }
}

#[test]
fn publishing_without_a_word_about_a_commune_that_sent_nothing_is_named() {
    let replayed = run(&Fleet::build(Fraud::SilentPublished));
    let problems = &replayed.publications[0].problems;
    let silent = Problem::Incomplete { units: vec!["gso2024-15100".parse().unwrap()] };
    assert!(problems.contains(&silent), "{problems:?}");
    let no_publication = |problem: &Problem| matches!(problem, Problem::AgainstRules { .. });
    assert!(problems.iter().any(no_publication), "its closing breaks a rule of the fold: {problems:?}");
}

#[test]
fn a_publication_without_two_approvals_of_different_posts_is_none() {
    for fraud in [Fraud::Unapproved, Fraud::OnePost, Fraud::ForgedApproval] {
        let problems = &run(&Fleet::build(fraud)).publications[0].problems;
        let expected = Problem::AgainstRules { reason: "domain.approvals_missing".to_owned() };
        assert_eq!(*problems, [expected], "{fraud:?}");
    }
}
