//! Whether it pays to game the rules: a unit beside its honest twin, in fleets that are otherwise the same.
#![expect(clippy::print_stdout, reason = "the figures are for whoever asks for them with --no-capture")]

use danvan_event::{EvaluatorKey, UnitId};
use danvan_projection::ReadModel;
use danvan_ranking::{Row, Rulebook, rank};
use danvan_simulation::{Behaviour, Outage, Quality, Scenario, SimulatedUnit, Strategy, UnitForms, simulate};

use crate::league::{Log, aggregator, year};

const UNIT: &str = "gso2024-15100";
const SEEDS: u64 = 60;
const EVENTS: usize = 420;

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

fn row(seed: u64, unit: SimulatedUnit, rulebook: &Rulebook) -> Row {
    let forms = forms(seed, unit);
    let mut log = Log::of_unit(&forms.unit);
    forms.forms.iter().zip(&forms.recorded).for_each(|(form, recorded)| log.record_at(form, *recorded));
    let mut model = ReadModel::default();
    let evaluators = [EvaluatorKey::from_seed([9; 32]).vkey().to_string()];
    aggregator(&[(UNIT, "Xã mô phỏng", "mien-nui")], &evaluators).fold_into(&mut model);
    log.fold_into(&mut model);
    rank(&model, rulebook, &year()).rows.remove(0)
}

/// What the strategy earned in each seed, in centi-points. Who is not ranked earned nothing.
fn gains(strategy: Strategy, rulebook: &Rulebook) -> Vec<i64> {
    (0..SEEDS)
        .map(|seed| {
            let honest = row(seed, unit(seed), rulebook);
            let gaming = row(seed, SimulatedUnit { strategy, ..unit(seed) }, rulebook);
            if gaming.rank.is_none() { 0 } else { i64::from(gaming.score_centi) - i64::from(honest.score_centi) }
        })
        .collect()
}

/// The middle, the least and the most that was gained, and how many gained.
fn summary(strategy: Strategy, rulebook: &Rulebook) -> (i64, i64, usize) {
    let mut sorted = gains(strategy, rulebook);
    sorted.sort_unstable();
    let (median, most) = (sorted[sorted.len() / 2], sorted[sorted.len() - 1]);
    let gained = sorted.iter().filter(|gain| **gain > 0).count();
    let (strategy, rulebook, least) = (strategy.code(), rulebook.id(), sorted[0]);
    println!("{strategy} by {rulebook}: {median} [{least} to {most}] centi-points; of {SEEDS} units {gained} gained");
    (median, most, gained)
}

/// Nobody gains a centi-point by the whole rulebook; the first one, which believes everything, shows that the strategy would pay.
fn never_pays(strategy: Strategy) {
    let (believed, _, _) = summary(strategy, &Rulebook::rb_cqtt_0());
    assert!(believed > 50, "the strategy is none: {believed}");
    let (_, most, gained) = summary(strategy, &Rulebook::rb_cqtt_1());
    assert_eq!((most.max(0), gained), (0, 0));
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
fn dating_answers_back_earns_next_to_nothing() {
    let (believed, _, _) = summary(Strategy::BackDates, &Rulebook::rb_cqtt_0());
    assert!(believed > 50, "{believed}");
    let (median, most, _) = summary(Strategy::BackDates, &Rulebook::rb_cqtt_1());
    assert!(median <= 0 && most <= 300, "{median} {most}");
}

#[test]
fn doing_all_of_it_earns_next_to_nothing() {
    let (believed, _, _) = summary(Strategy::Games, &Rulebook::rb_cqtt_0());
    assert!(believed > 500, "{believed}");
    let (median, most, _) = summary(Strategy::Games, &Rulebook::rb_cqtt_1());
    assert!(median <= 0 && most <= 300, "{median} {most}");
}

#[test]
fn days_without_power_never_cost_a_point() {
    let rulebook = Rulebook::rb_cqtt_1();
    for seed in 0..SEEDS {
        let later = 150 + u16::try_from(seed).unwrap();
        let outages = vec![Outage { from_day: 40, days: 3 }, Outage { from_day: later, days: 9 }];
        let honest = row(seed, unit(seed), &rulebook);
        let dark = SimulatedUnit { outages, ..unit(seed) };
        assert_ne!(
            forms(seed, dark.clone()).recorded,
            forms(seed, unit(seed)).recorded,
            "nothing was late, seed {seed}"
        );
        let dark = row(seed, dark, &rulebook);
        assert_eq!(dark.score_centi, honest.score_centi, "seed {seed}");
    }
}
