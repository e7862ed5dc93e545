//! Whether it pays to game the rules: a unit beside its honest twin, in fleets that are otherwise the same.

use danvan_event::{EvaluatorKey, UnitId};
use danvan_projection::ReadModel;
use danvan_ranking::{Row, Rulebook, rank};
use danvan_simulation::{Behaviour, Outage, Quality, Scenario, SimulatedUnit, Strategy, simulate};

use crate::league::{Log, aggregator, year};

const UNIT: &str = "gso2024-15100";
const SEEDS: u64 = 100;
const EVENTS: usize = 260;

/// A unit of each seed: from hardly begun to nearly exemplary.
fn unit(seed: u64) -> SimulatedUnit {
    let quality = u16::try_from(1_000 + seed * 8_000 / SEEDS).unwrap();
    let id: UnitId = UNIT.parse().unwrap();
    SimulatedUnit { behaviour: Some(Behaviour::Graded(Quality::new(quality))), ..SimulatedUnit::new(id, EVENTS) }
}

fn row(seed: u64, unit: SimulatedUnit) -> Row {
    let key = EvaluatorKey::from_seed([9; 32]);
    let mut scenario = Scenario::new(seed, [], 0).evaluated_by(key);
    scenario.units = vec![unit];
    let forms = simulate(&scenario).remove(0);
    let mut log = Log::of_unit(&forms.unit);
    forms.forms.iter().zip(&forms.recorded).for_each(|(form, recorded)| log.record_at(form, *recorded));
    let mut model = ReadModel::default();
    let evaluators = [EvaluatorKey::from_seed([9; 32]).vkey().to_string()];
    aggregator(&[(UNIT, "Xã mô phỏng", "mien-nui")], &evaluators).fold_into(&mut model);
    log.fold_entries_into(&mut model);
    rank(&model, &rulebook(), &year()).rows.remove(0)
}

fn rulebook() -> Rulebook {
    Rulebook::rb_cqtt_0()
}

/// What the strategy earned, in centi-points; a unit that lost its place earned nothing.
fn gains(strategy: Strategy) -> Vec<i64> {
    (0..SEEDS)
        .map(|seed| {
            let honest = row(seed, unit(seed));
            let gaming = row(seed, SimulatedUnit { strategy, ..unit(seed) });
            if gaming.rank.is_none() {
                return -i64::from(honest.score_centi);
            }
            i64::from(gaming.score_centi) - i64::from(honest.score_centi)
        })
        .collect()
}

fn show(strategy: Strategy, gains: &[i64]) {
    let mut sorted = gains.to_vec();
    sorted.sort_unstable();
    println!(
        "{}: median {} [{} to {}] centi-points over {} units, {} gained",
        strategy.code(),
        sorted[sorted.len() / 2],
        sorted[0],
        sorted[sorted.len() - 1],
        sorted.len(),
        sorted.iter().filter(|gain| **gain > 0).count()
    );
}

fn never_pays(strategy: Strategy) {
    let gains = gains(strategy);
    show(strategy, &gains);
    for (seed, gain) in gains.iter().enumerate() {
        assert!(*gain <= 0, "seed {seed}: {gain} centi-points");
    }
    assert!(gains.iter().any(|gain| *gain < 0), "the strategy changes something");
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
fn dating_answers_back_never_pays() {
    never_pays(Strategy::BackDates);
}

#[test]
fn doing_all_of_it_never_pays() {
    never_pays(Strategy::Games);
}

#[test]
fn days_without_power_never_cost_a_point() {
    for seed in 0..SEEDS {
        let outages =
            vec![Outage { from_day: 20, days: 3 }, Outage { from_day: 150 + u16::try_from(seed).unwrap(), days: 2 }];
        let honest = row(seed, unit(seed));
        let dark = row(seed, SimulatedUnit { outages, ..unit(seed) });
        assert_eq!(dark.score_centi, honest.score_centi, "seed {seed}");
    }
}
