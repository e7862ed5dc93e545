//! Why a place is another one: the terms of a change add up to it, whatever is compared with what.

use danvan_event::Canon;
use danvan_ranking::{Change, Direction, Part, Ranking, Rulebook, Trial, rank};
use proptest::prelude::*;
use serde_json::json;

use crate::frozen;
use crate::league::{Course, Log, RULEBOOKS, Story, aggregator, folded, year};

fn ranking(seeds: &[u64], rulebook: &Rulebook, period: &str) -> Ranking {
    let ids: Vec<String> = (1..=seeds.len()).map(|number| format!("gso2024-{number}")).collect();
    let named: Vec<(&str, &str, &str)> = ids.iter().map(|id| (id.as_str(), id.as_str(), "mien-nui")).collect();
    let mut logs: Vec<Log> = ids.iter().zip(seeds).map(|(id, seed)| frozen::unit(*seed).into_log(id)).collect();
    logs.push(aggregator(&named, &[]));
    rank(&folded(&logs.iter().collect::<Vec<_>>()), rulebook, &period.parse().unwrap())
}

fn rulebook() -> impl Strategy<Value = &'static Rulebook> {
    prop_oneof![Just(&RULEBOOKS[0]), Just(&RULEBOOKS[1]), Just(&RULEBOOKS[2])]
}

fn period() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("2024"), Just("2024-Q1"), Just("2024-Q3"), Just("2024-06")]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_terms_of_a_change_add_up_to_it_exactly(
        seeds in prop::collection::vec(any::<u64>(), 1..4),
        others in prop::collection::vec(any::<u64>(), 1..4),
        (earlier, later) in (rulebook(), rulebook()),
        (first, second) in (period(), period()),
    ) {
        let (before, after) = (ranking(&seeds, earlier, first), ranking(&others, later, second));
        let changes = Change::all(&before, &after);
        prop_assert_eq!(changes.len(), seeds.len().max(others.len()));
        for change in changes {
            let sum = |value: fn(&danvan_ranking::ChangeTerm) -> i64| change.terms.iter().map(value).sum::<i64>();
            prop_assert_eq!(sum(|term| term.before_centi), change.before_centi);
            prop_assert_eq!(sum(|term| term.after_centi), change.after_centi);
            prop_assert_eq!(sum(|term| term.delta_centi), change.delta_centi);
            prop_assert_eq!(change.delta_centi, change.after_centi - change.before_centi);
            let row = |ranking: &Ranking| ranking.row(&change.unit).map(|row| i64::from(row.score_centi));
            prop_assert_eq!(change.before_centi, row(&before).unwrap_or(0));
            prop_assert_eq!(change.after_centi, row(&after).unwrap_or(0));
            // By a rulebook of 100 points there is nothing to scale.
            let scaling = change.terms.iter().find(|term| term.part == Part::Scaling);
            prop_assert!(scaling.is_none_or(|term| later.id() == "rb-cqtt-0" || term.after_centi == 0));
        }
    }

    #[test]
    fn a_ranking_is_read_back_as_it_was_written(
        seeds in prop::collection::vec(any::<u64>(), 1..4),
        rulebook in rulebook(),
    ) {
        let ranking = ranking(&seeds, rulebook, "2024");
        prop_assert_eq!(Ranking::parse(&ranking.to_bytes()).unwrap(), ranking);
    }

    #[test]
    fn a_trial_of_the_rulebook_in_force_changes_nothing(seeds in prop::collection::vec(any::<u64>(), 1..4)) {
        let (registry, log) = (aggregator(&[("gso2024-1", "A", "mien-nui")], &[]), frozen::unit(seeds[0]).into_log("gso2024-1"));
        let model = folded(&[&registry, &log]);
        let trial = Trial::of(&model, &RULEBOOKS[1], &RULEBOOKS[1], &year());
        prop_assert_eq!(trial.changes, []);
        prop_assert_eq!((trial.summary.units, trial.summary.moved, trial.summary.reclassed), (1, 0, 0));
    }
}

/// A unit with so many of twenty answers satisfied and so many quarters with outreach.
fn unit(id: &str, satisfied: usize, outreach: i64) -> Log {
    let mut story = Story::default();
    for answer in 0..20 {
        let rating = if answer < satisfied { 5 } else { 1 };
        story.tell(i64::try_from(answer).unwrap(), "survey.answered", json!({"channel": "qr", "rating": rating}));
    }
    for quarter in 0..outreach {
        story.tell(20 + 91 * quarter, "model.outreach_conducted", json!({"channel": "meeting"}));
    }
    let course = Course {
        received: 20,
        allowed: 15,
        answered_after: Some(1),
        outcome: "resolved",
        reopened_after: None,
        published_after: Some(1),
    };
    (0..12).for_each(|number| story.tell_case(number, &course));
    story.into_log(id)
}

fn two(first: (usize, i64), second: (usize, i64)) -> danvan_projection::ReadModel {
    let registry = aggregator(&[("gso2024-1", "A", "mien-nui"), ("gso2024-2", "B", "mien-nui")], &[]);
    folded(&[&registry, &unit("gso2024-1", first.0, first.1), &unit("gso2024-2", second.0, second.1)])
}

#[test]
fn who_passed_whom_and_why_is_said_in_both_languages() {
    let rulebook = Rulebook::rb_cqtt_1();
    let before = rank(&two((18, 0), (20, 0)), &rulebook, &year());
    let after = rank(&two((18, 4), (20, 0)), &rulebook, &year());
    let change = Change::between(&before, &after, &"gso2024-1".parse().unwrap()).unwrap();
    assert_eq!((change.rank_before, change.rank_after, change.direction), (Some(2), Some(1), Direction::Up));
    assert_eq!((change.delta_centi, change.passed.len(), change.passed_by.len()), (300, 1, 0));
    let moved: Vec<_> = change.terms.iter().filter(|term| term.delta_centi != 0).collect();
    assert_eq!((moved.len(), moved[0].code.as_deref()), (1, Some("A3")));
    assert_eq!(moved[0].words_vi, "0 trên 4 quan sát: 0,00 trên 3,00 → 4 trên 4 quan sát: 3,00 trên 3,00");
    assert!(change.words_vi.starts_with("Từ hạng 2 lên hạng 1; điểm "), "{}", change.words_vi);
    assert!(change.words_vi.ends_with(" (+3,00); nhiều nhất do A3; vượt 1 đơn vị"), "{}", change.words_vi);
    assert!(change.words_en.ends_with(" (+3.00); mostly by A3; units passed: 1"), "{}", change.words_en);
    let other = Change::between(&before, &after, &"gso2024-2".parse().unwrap()).unwrap();
    assert_eq!((other.delta_centi, other.direction, other.passed_by), (0, Direction::Down, vec![change.unit.clone()]));
    let document = Canon::parse(&change.to_bytes()).unwrap();
    assert_eq!(document.get("delta_centi").map(Canon::to_bytes), Some(b"300".to_vec()));
    assert_eq!(Change::between(&before, &after, &"gso2024-9".parse().unwrap()), None);
}

#[test]
fn a_trial_tells_who_would_move_and_by_which_criteria() {
    // Outreach is worth 3 points in the rulebook in force and 10 in the one tried; satisfaction 20 and 13.
    let current = Rulebook::rb_cqtt_1();
    let text = std::str::from_utf8(danvan_ranking::RB_CQTT_1).unwrap();
    let tried = text
        .replace("id = \"rb-cqtt-1\"", "id = \"rb-thu\"")
        .replace(
            "ít nhất một lần\"\ntitle_en = \"Outreach, at least once a quarter\"\nmax_centi = 300",
            "ít nhất một lần\"\ntitle_en = \"Outreach, at least once a quarter\"\nmax_centi = 1000",
        )
        .replace(
            "title_en = \"Share of citizens satisfied\"\nmax_centi = 2000",
            "title_en = \"Share of citizens satisfied\"\nmax_centi = 1300",
        );
    let candidate = Rulebook::parse(tried.as_bytes()).unwrap();
    let trial = Trial::of(&two((18, 4), (20, 1)), &current, &candidate, &year());
    let summary = trial.summary;
    assert_eq!((summary.units, summary.moved, summary.ranked_before, summary.ranked_after), (2, 0, 2, 2));
    let trial = Trial::of(&two((14, 4), (20, 1)), &current, &candidate, &year());
    assert_eq!((trial.summary.moved, trial.summary.pairs, trial.summary.pairs_swapped), (2, 1, 1), "{trial:?}");
    assert_eq!((trial.current.id.as_str(), trial.candidate.id.as_str()), ("rb-cqtt-1", "rb-thu"));
    for change in &trial.changes {
        let codes: Vec<_> = change.terms.iter().filter_map(|term| term.code.as_deref()).collect();
        assert_eq!(codes, ["A3", "D1"], "{change:?}");
        assert_eq!(change.terms.iter().map(|term| term.delta_centi).sum::<i64>(), change.delta_centi);
    }
    assert!(Canon::parse(&trial.to_bytes()).is_ok());
}
