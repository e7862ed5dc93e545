//! Handling decides, never volume: no commune gains by hearing less.

use danvan_projection::Period;
use danvan_ranking::{Ranking, Rulebook, rank};
use proptest::prelude::*;
use serde_json::json;

use crate::league::{Course, RULEBOOKS, Story, UNIT, aggregator, folded, year};

/// Enough cases that no criterion rests on its prior.
const CASES_MIN: usize = 14;

fn course() -> impl Strategy<Value = Course> {
    let answered = prop_oneof![8 => (0_i64..30).prop_map(Some), 1 => Just(None)];
    let outcome = prop_oneof![4 => Just("resolved"), 2 => Just("explained"), 1 => Just("unfounded")];
    let reopened = prop_oneof![5 => Just(None), 1 => (1_i64..15).prop_map(Some)];
    let published = prop_oneof![1 => Just(None), 4 => (0_i64..15).prop_map(Some)];
    (0_i64..290, answered, outcome, reopened, published).prop_map(
        |(received, answered_after, outcome, reopened_after, published_after)| Course {
            received,
            allowed: 15,
            answered_after,
            outcome,
            reopened_after,
            published_after,
        },
    )
}

/// Cases that leave every criterion of C enough to go by.
fn handling() -> impl Strategy<Value = Vec<Course>> {
    let plain = Course {
        received: 50,
        allowed: 15,
        answered_after: Some(10),
        outcome: "resolved",
        reopened_after: None,
        published_after: Some(3),
    };
    prop::collection::vec(course(), 0..12).prop_map(move |mut cases| {
        cases.extend(std::iter::repeat_n(plain, CASES_MIN));
        cases
    })
}

/// Every property holds under both procedures.
fn rulebooks() -> impl Strategy<Value = &'static Rulebook> {
    prop_oneof![Just(&RULEBOOKS[0]), Just(&RULEBOOKS[1])]
}

fn ranked(rulebook: &Rulebook, cases: &[Course]) -> Ranking {
    let mut story = Story::default();
    for answer in 0..12 {
        story.tell(1 + answer, "survey.answered", json!({"channel": "qr", "rating": 5}));
    }
    for (number, course) in cases.iter().enumerate() {
        story.tell_case(number, course);
    }
    let log = story.into_log(UNIT);
    rank(&folded(&[&aggregator(&[(UNIT, "Cao Thịnh", "mien-nui")], &[]), &log]), rulebook, &year())
}

fn score(ranking: &Ranking) -> u32 {
    ranking.rows[0].score_centi
}

fn points(ranking: &Ranking, code: &str) -> u32 {
    ranking.rows[0].criteria.iter().find(|criterion| criterion.code == code).unwrap().points_centi
}

fn with(cases: &[Course], more: Course) -> Vec<Course> {
    let mut cases = cases.to_vec();
    cases.push(more);
    cases
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn one_more_complaint_handled_well_never_lowers_the_score(
        rulebook in rulebooks(),
        cases in handling(),
        received in 0_i64..290,
    ) {
        let handled = Course {
            received,
            allowed: 15,
            answered_after: Some(0),
            outcome: "resolved",
            reopened_after: None,
            published_after: Some(1),
        };
        prop_assert!(score(&ranked(rulebook, &with(&cases, handled))) >= score(&ranked(rulebook, &cases)));
    }

    #[test]
    fn one_more_complaint_answered_on_time_never_lowers_the_points_for_answering_on_time(
        rulebook in rulebooks(),
        cases in handling(),
        received in 0_i64..290,
        after in 0_i64..=15,
        outcome in prop_oneof![Just("resolved"), Just("explained"), Just("unfounded"), Just("not_competent")],
    ) {
        let handled = Course {
            received, allowed: 15, answered_after: Some(after), outcome, reopened_after: None, published_after: Some(1),
        };
        let (before, now) = (ranked(rulebook, &cases), ranked(rulebook, &with(&cases, handled)));
        for code in ["B3", "C1", "C2", "C4"] {
            prop_assert!(points(&now, code) >= points(&before, code), "{code}");
        }
    }

    #[test]
    fn a_complaint_that_is_open_and_not_yet_due_changes_nothing(
        rulebook in rulebooks(),
        cases in handling(),
        received in 351_i64..366,
    ) {
        let open = Course {
            received, allowed: 15, answered_after: None, outcome: "resolved", reopened_after: None, published_after: None,
        };
        let (before, now) = (ranked(rulebook, &cases), ranked(rulebook, &with(&cases, open)));
        // The entry itself is counted where entries are.
        let points = |ranking: &Ranking| -> Vec<(String, u32)> {
            let criteria = ranking.rows[0].criteria.iter();
            criteria.map(|criterion| (criterion.code.clone(), criterion.points_centi)).collect()
        };
        prop_assert_eq!(points(&now), points(&before));
        prop_assert_eq!(score(&now), score(&before));
    }

    #[test]
    fn what_happens_after_a_period_never_changes_its_ranking(
        rulebook in rulebooks(),
        cases in prop::collection::vec(course(), 1..24),
        period in prop_oneof![Just("2024-Q1"), Just("2024-Q2"), Just("2024-07"), Just("2024-Q3")],
    ) {
        let mut story = Story::default();
        for (number, course) in cases.iter().enumerate() {
            story.tell_case(number, course);
        }
        let whole = story.into_log(UNIT);
        let period: Period = period.parse().unwrap();
        let mut so_far = whole.clone();
        so_far.entries.retain(|entry| entry.time() < period.end());
        let registry = aggregator(&[(UNIT, "Cao Thịnh", "mien-nui")], &[]);
        // A log of which nothing is held is marked so; one earlier entry keeps the two comparable.
        prop_assume!(!so_far.entries.is_empty());
        let ranked = |log| rank(&folded(&[&registry, log]), rulebook, &period);
        prop_assert_eq!(ranked(&whole), ranked(&so_far));
    }

    /// What is true of hiding a complaint: of those handled well it gains nothing anywhere in C while enough are left to be
    /// judged; of those answered on time, whatever came of them, nothing in C1; and once too few are left the unit has no
    /// place at all.
    #[test]
    fn hiding_complaints_that_were_answered_on_time_never_pays(
        rulebook in rulebooks(),
        cases in handling(),
        hidden in 1_usize..=CASES_MIN + 12,
    ) {
        // The well handled cases stand at the end; they are the ones to hide.
        let well = Course {
            received: 60, allowed: 15, answered_after: Some(0), outcome: "resolved", reopened_after: None, published_after: Some(0),
        };
        let mut told = cases;
        told.extend(std::iter::repeat_n(well, CASES_MIN));
        let silenced = told[..told.len().saturating_sub(hidden)].to_vec();
        let (honest, hiding) = (ranked(rulebook, &told), ranked(rulebook, &silenced));
        if hiding.rows[0].rank.is_some() && hidden <= CASES_MIN {
            prop_assert!(points(&hiding, "C1") <= points(&honest, "C1"));
            prop_assert!(points(&hiding, "C2") <= points(&honest, "C2"));
            prop_assert!(points(&hiding, "C3") <= points(&honest, "C3"));
            prop_assert!(points(&hiding, "C4") <= points(&honest, "C4"));
        }
        let judged = |ranking: &Ranking| ranking.rows[0].criteria.iter().find(|row| row.code == "C1").unwrap().n;
        prop_assert_eq!(hiding.rows[0].rank.is_some(), judged(&hiding) >= 10);
        prop_assert!(honest.rows[0].rank.is_some());
    }

    #[test]
    fn a_better_answer_is_never_worth_less(
        rulebook in rulebooks(),
        cases in handling(),
        which in any::<prop::sample::Index>(),
    ) {
        let before = ranked(rulebook, &cases);
        let mut better = cases.clone();
        let improved = &mut better[which.index(cases.len())];
        improved.answered_after = improved.answered_after.map_or(Some(15), |after| Some(after.min(5)));
        improved.reopened_after = None;
        improved.published_after = Some(1);
        let now = ranked(rulebook, &better);
        for code in ["B3", "C1", "C2", "C3", "C4"] {
            prop_assert!(points(&now, code) >= points(&before, code), "{code}: {improved:?}", improved = better);
        }
    }
}

#[test]
fn ten_times_as_many_complaints_handled_alike_never_lower_a_good_score() {
    let good = Course {
        received: 40,
        allowed: 15,
        answered_after: Some(4),
        outcome: "resolved",
        reopened_after: None,
        published_after: Some(2),
    };
    for rulebook in [Rulebook::rb_cqtt_0(), Rulebook::rb_cqtt_1()] {
        let few = ranked(&rulebook, &vec![good; CASES_MIN]);
        let many = ranked(&rulebook, &vec![good; 10 * CASES_MIN]);
        assert!(score(&many) >= score(&few), "{} < {}", score(&many), score(&few));
    }
}

#[test]
fn a_case_is_judged_in_exactly_one_of_consecutive_periods() {
    let late = Course {
        received: 80,
        allowed: 15,
        answered_after: Some(100),
        outcome: "resolved",
        reopened_after: None,
        published_after: None,
    };
    let mut story = Story::default();
    story.tell_case(0, &late);
    story.tell_case(1, &Course { received: 85, answered_after: Some(10), ..late });
    story.tell_case(2, &Course { received: 88, answered_after: Some(1), ..late });
    let log = story.into_log(UNIT);
    let model = folded(&[&aggregator(&[(UNIT, "Cao Thịnh", "mien-nui")], &[]), &log]);
    let judged = |period: &str| {
        let ranking = rank(&model, &Rulebook::rb_cqtt_0(), &period.parse().unwrap());
        let row = ranking.rows[0].criteria.iter().find(|criterion| criterion.code == "C1").unwrap().clone();
        (row.k, row.n)
    };
    // Day 89 is 30 March: the third case is answered there; the second is answered and the first falls due in April.
    assert_eq!(judged("2024-Q1"), (Some(1), 1));
    assert_eq!(judged("2024-Q2"), (Some(1), 2));
    assert_eq!(judged("2024-Q3"), (Some(0), 0));
    assert_eq!(judged("2024"), (Some(2), 3));
}
