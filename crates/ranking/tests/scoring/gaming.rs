//! Whether it pays to game the rules: a unit beside its honest twin, in fleets that are otherwise the same.
#![expect(clippy::print_stdout, reason = "the figures are for whoever asks for them with --no-capture")]

use danvan_event::{EvaluatorKey, Timestamp, UnitId};
use danvan_projection::ReadModel;
use danvan_ranking::{Row, rank};
use danvan_simulation::{Behaviour, Outage, Quality, Scenario, SimulatedUnit, Strategy, UnitForms, simulate};
use rayon::prelude::*;
use serde_json::{Value, json};

use crate::league::{Log, RULEBOOKS, aggregator, folded, noon, year};

const UNIT: &str = "gso2024-15100";
const SEEDS: u64 = 300;
const EVENTS: usize = 280;
const DAY_MS: i64 = 86_400_000;
/// The most that is gained by dating answers back by the one operating day for which a claim stands, in centi-points.
const AN_OPERATING_DAY: i64 = 350;

/// A unit of each seed: from hardly begun to nearly exemplary.
fn unit(seed: u64) -> SimulatedUnit {
    let quality = u16::try_from(1_000 + seed * 8_000 / SEEDS).unwrap();
    let id: UnitId = UNIT.parse().unwrap();
    SimulatedUnit { behaviour: Some(Behaviour::Graded(Quality::new(quality))), ..SimulatedUnit::new(id, EVENTS) }
}

fn forms(seed: u64, unit: SimulatedUnit) -> UnitForms {
    let mut scenario = Scenario::new(seed, [], 0).evaluated_by(EvaluatorKey::from_seed([9; 32]));
    scenario.units = vec![unit];
    simulate(&scenario).remove(0)
}

/// How a unit's forms come into its log.
type Intake = fn(UnitForms) -> UnitForms;

/// At a node that takes them in when they are said.
fn at_once(forms: UnitForms) -> UnitForms {
    forms
}

/// By an import at eleven in the evening; there is no kiosk, nor anything else that is recorded when it happens.
fn by_night(mut forms: UnitForms) -> UnitForms {
    let night = |recorded: &Timestamp| {
        let start = recorded.as_millis() - recorded.as_millis().rem_euclid(DAY_MS);
        // 16:00 in Greenwich; what comes after it is of the next night.
        let at = start + 16 * DAY_MS / 24;
        Timestamp::from_millis(if recorded.as_millis() <= at { at } else { at + DAY_MS }).unwrap()
    };
    forms.recorded = forms.recorded.iter().map(night).collect();
    for form in forms.forms.iter_mut().filter(|form| form["data"]["channel"] == "kiosk") {
        form["data"]["channel"] = "qr".into();
    }
    forms
}

/// The rows by both rulebooks: the one that believes everything, and the one that is to resist.
fn rows(seed: u64, unit: SimulatedUnit, intake: Intake) -> [Row; 2] {
    let forms = intake(forms(seed, unit));
    let mut log = Log::of_unit(&forms.unit);
    forms.forms.iter().zip(&forms.recorded).for_each(|(form, recorded)| log.record_at(form, *recorded));
    let mut model = ReadModel::default();
    let evaluators = [EvaluatorKey::from_seed([9; 32]).vkey().to_string()];
    aggregator(&[(UNIT, "Xã mô phỏng", "mien-nui")], &evaluators).fold_into(&mut model);
    log.fold_into(&mut model);
    [&RULEBOOKS[0], &RULEBOOKS[1]].map(|rulebook| rank(&model, rulebook, &year()).rows.remove(0))
}

/// What one unit gains over its honest twin, in centi-points. Who has no place gained nothing by it; who has one where the honest twin
/// has none gained all its points.
fn gain(honest: &Row, gaming: &Row) -> i64 {
    let points = |row: &Row| row.rank.map_or(0, |_| i64::from(row.score_centi));
    if gaming.rank.is_none() { 0 } else { points(gaming) - points(honest) }
}

/// What a strategy gains by one rulebook.
struct Gains {
    sorted: Vec<i64>,
}

impl Gains {
    fn middle(&self) -> i64 {
        self.sorted[self.sorted.len() / 2]
    }

    fn most(&self) -> i64 {
        self.sorted[self.sorted.len() - 1]
    }

    /// How many of the units gained anything.
    fn gained(&self) -> usize {
        self.sorted.iter().filter(|gain| **gain > 0).count()
    }
}

/// What the strategy gains by both rulebooks, over all seeds.
fn gains(strategy: Strategy, intake: Intake) -> [Gains; 2] {
    let of_seed = |seed: u64| {
        let honest = rows(seed, unit(seed), intake);
        let gaming = rows(seed, SimulatedUnit { strategy, ..unit(seed) }, intake);
        let places = [&honest[1], &gaming[1]].map(|row| u64::from(row.rank.is_some()));
        ([0, 1].map(|at| gain(&honest[at], &gaming[at])), places)
    };
    let all: Vec<([i64; 2], [u64; 2])> = (0..SEEDS).into_par_iter().map(of_seed).collect();
    let [honest, gaming] = [0, 1].map(|at| all.iter().map(|(_, places)| places[at]).sum::<u64>());
    println!("{}: of {SEEDS} honest units {honest} have a place, of those that game {gaming}", strategy.code());
    assert!(honest * 10 >= SEEDS * 9, "hardly a unit has a place that gaming could better");
    [0, 1].map(|at| {
        let mut sorted: Vec<i64> = all.iter().map(|(gains, _)| gains[at]).collect();
        sorted.sort_unstable();
        let gains = Gains { sorted };
        let (middle, most, least, gained) = (gains.middle(), gains.most(), gains.sorted[0], gains.gained());
        println!("  by {}: {middle} [{least} to {most}] centi-points, {gained} gained", RULEBOOKS[at].id());
        gains
    })
}

/// Nobody gains a centi-point by the whole rulebook; the first one, which believes everything, shows that the strategy would pay.
fn never_pays(strategy: Strategy) {
    let [believed, resisted] = gains(strategy, at_once);
    assert!(believed.middle() > 50, "the strategy is none: {}", believed.middle());
    assert_eq!((resisted.most().max(0), resisted.gained()), (0, 0));
}

/// Hardly anybody gains by the whole rulebook, and nobody much.
fn hardly_pays(strategy: Strategy, intake: Intake, believed_at_least: i64) {
    let [believed, resisted] = gains(strategy, intake);
    assert!(believed.middle() > believed_at_least, "the strategy is none: {}", believed.middle());
    assert!(resisted.middle() <= 0 && resisted.most() <= AN_OPERATING_DAY, "{} {}", resisted.middle(), resisted.most());
}

#[test]
fn not_writing_down_complaints_never_pays() {
    never_pays(Strategy::SuppressesComplaints);
}

#[test]
fn stuffing_the_kiosk_in_one_sitting_never_pays() {
    never_pays(Strategy::StuffsBallots);
}

#[test]
fn a_false_answer_a_day_at_the_kiosk_never_pays() {
    never_pays(Strategy::DripsBallots);
}

/// What somebody could check afterwards counts, so it pays to forge it, until somebody does.
fn pays_as_written_down(strategy: Strategy, middle: i64, most: i64) {
    let [_, resisted] = gains(strategy, at_once);
    assert_eq!((resisted.middle(), resisted.most()), (middle, most), "say it where the gain is written down");
}

#[test]
fn a_forged_paper_a_day_pays_and_how_much_is_written_down() {
    pays_as_written_down(Strategy::ForgesPapers, 270, 577);
}

#[test]
fn a_case_a_week_that_is_made_up_pays_and_how_much_is_written_down() {
    // The most is of a unit that has a place by it.
    pays_as_written_down(Strategy::MakesUpCases, 856, 8_246);
}

#[test]
fn putting_off_every_case_at_once_never_pays() {
    never_pays(Strategy::PutsOff);
}

#[test]
fn dating_answers_back_earns_next_to_nothing() {
    hardly_pays(Strategy::BackDates, at_once, 50);
}

#[test]
fn dating_answers_back_earns_next_to_nothing_where_all_is_imported_by_night_and_no_kiosk_stands() {
    hardly_pays(Strategy::BackDates, by_night, 50);
}

#[test]
fn doing_all_of_it_earns_next_to_nothing() {
    hardly_pays(Strategy::Games, at_once, 500);
}

#[test]
fn days_without_power_never_cost_a_point() {
    (0..SEEDS).into_par_iter().for_each(|seed| {
        let later = 150 + u16::try_from(seed % 60).unwrap();
        let outages = vec![Outage { from_day: 40, days: 3 }, Outage { from_day: later, days: 9 }];
        let [_, honest] = rows(seed, unit(seed), at_once);
        let dark = SimulatedUnit { outages, ..unit(seed) };
        assert_ne!(
            forms(seed, dark.clone()).recorded,
            forms(seed, unit(seed)).recorded,
            "nothing was late, seed {seed}"
        );
        let [_, dark] = rows(seed, dark, at_once);
        assert_eq!(dark.score_centi, honest.score_centi, "seed {seed}");
    });
}

#[test]
fn a_case_that_was_put_off_is_answered_on_time_within_its_first_term_only() {
    let on_time_after = |days: i64, terms: &[u32]| {
        let mut log = Log::new(&format!("/u/{UNIT}"));
        for start in (0..12).map(|number| 25 * number) {
            let received = json!({"channel": "qr", "kind": "complaint", "due_days": 10});
            let case = format!("feedback/{}", log.say(&noon(start), "feedback.received", &received));
            let mut step = |day: i64, name: &str, data: Value| log.say_about(&noon(day), name, Some(&case), &data);
            for (later, term) in (0..).zip(terms) {
                step(start + later, "feedback.assigned", json!({"post": "Văn phòng", "due_days": term}));
            }
            step(start + days, "feedback.responded", json!({"outcome": "resolved", "reply": "Đã xem xét."}));
        }
        let model = folded(&[&aggregator(&[(UNIT, "Xã", "mien-nui")], &[]), &log]);
        [&RULEBOOKS[0], &RULEBOOKS[1]].map(|rulebook| {
            let row = rank(&model, rulebook, &year()).rows.remove(0);
            let on_time = row.criteria.iter().find(|criterion| criterion.code == "C1").unwrap();
            (on_time.k.unwrap(), on_time.n)
        })
    };
    for put_off_to in [11, 13, 20] {
        assert_eq!(on_time_after(9, &[put_off_to]), [(12, 12), (12, 12)], "an extension costs nothing: {put_off_to}");
    }
    assert_eq!(on_time_after(12, &[20]), [(12, 12), (0, 12)], "the first procedure believes the new date");
    assert_eq!(on_time_after(9, &[20, 5]), [(0, 12), (0, 12)], "a term that was shortened since is the term");
}
