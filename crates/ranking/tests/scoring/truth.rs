//! Whether a ranking finds the good communes: three hundred imagined fleets whose hidden truth is known.
//!
//! Beside the rulebook stand the two ways in common use: the raw share of satisfied answers, and indicators rescaled between the
//! worst and the best of the set.

use danvan_event::{EvaluatorKey, Gazetteer, UnitId};
use danvan_projection::{Period, ReadModel};
use danvan_ranking::{CriterionRow, Ranking, Row, Rulebook, rank};
use danvan_simulation::{Behaviour, Quality, Scenario, SimulatedUnit, UnitForms, simulate};
use rayon::prelude::*;

use crate::league::{Log, aggregator, year};

const SEEDS: u64 = 300;

/// Knuth's MMIX generator; only its high half is random enough.
struct Chance(u64);

impl Chance {
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(self.0 >> 32).unwrap()) / f64::from(u32::MAX)
    }

    /// Nearly normal: the sum of twelve shares.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.share()).sum::<f64>() - 6.0
    }
}

/// Twenty-one communes, most of them decent, whose numbers of answers spread as those of real ones do: a few are asked much.
fn fleet(seed: u64) -> Vec<UnitForms> {
    let preset = Gazetteer::preset("ngoc-lac-2024").unwrap();
    let mut chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    chance.normal();
    let mut scenario = Scenario::new(seed, [], 0).evaluated_by(EvaluatorKey::from_seed([9; 32]));
    scenario.units = preset
        .units
        .iter()
        .map(|unit| {
            let quality = (6_200.0 + 1_900.0 * chance.normal()).clamp(0.0, 10_000.0);
            let volume = (110.0 * (0.55 * chance.normal()).exp()).clamp(60.0, 420.0);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped above")]
            let (quality, volume) = (quality as u16, volume as usize);
            let behaviour = Some(Behaviour::Graded(Quality::new(quality)));
            SimulatedUnit { behaviour, ..SimulatedUnit::new(unit.id.clone(), volume) }
        })
        .collect();
    simulate(&scenario)
}

/// The same rulebook where every answer is believed, the kiosk's half of them as well: what not believing them costs.
fn counting_the_kiosk() -> Rulebook {
    let shipped = std::str::from_utf8(danvan_ranking::RB_CQTT_1).unwrap();
    let text = shipped
        .replace("kiosk_answers = \"shown\"", "kiosk_answers = \"count\"")
        .replace(
            "kiosk = 0, qr = 0.3333, zalo = 0.3333, paper = 0.1667, phone = 0.1667",
            "kiosk = 0.5, qr = 0.1667, zalo = 0.1667, paper = 0.0833, phone = 0.0833",
        )
        .replace("kiosk = 0\nqr = 0.30", "kiosk = 0.20\nqr = 0.10")
        .replace("low = 0.01\nhigh = 0.075", "low = 0.02\nhigh = 0.15");
    let rulebook = Rulebook::parse(text.as_bytes()).unwrap();
    assert_eq!(rulebook.criterion("D2").unwrap().high.get(), 1_500);
    rulebook
}

fn truth(unit: &UnitForms) -> f64 {
    match unit.behaviour {
        Behaviour::Graded(quality) => f64::from(quality.get()),
        other => panic!("{other:?} is no grade"),
    }
}

fn model(fleet: &[UnitForms]) -> ReadModel {
    let mut model = ReadModel::default();
    let names: Vec<(&str, &str, &str)> =
        fleet.iter().map(|unit| (unit.unit.as_str(), unit.unit.as_str(), "Huyện Ngọc Lặc")).collect();
    aggregator(&names, &[EvaluatorKey::from_seed([9; 32]).vkey().to_string()]).fold_into(&mut model);
    for unit in fleet {
        let mut log = Log::of_unit(&unit.unit);
        unit.forms.iter().zip(&unit.recorded).for_each(|(form, recorded)| log.record_at(form, *recorded));
        log.fold_entries_into(&mut model);
    }
    model
}

/// Ranks from 1 with the mean for equals, the greatest value first.
fn places(values: &[f64]) -> Vec<f64> {
    let place = |value: f64| {
        let better = values.iter().filter(|other| **other > value).count();
        let equal = values.iter().filter(|other| (**other - value).abs() < f64::EPSILON).count();
        real(better) + f64::midpoint(real(equal), 1.0)
    };
    values.iter().map(|value| place(*value)).collect()
}

fn real(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

/// Spearman's rank correlation: Pearson's of the places.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (places(a), places(b));
    let mean = f64::midpoint(real(a.len()), 1.0);
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - mean) * (y - mean)).sum::<f64>();
    dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt()
}

/// What a criterion observed, before any prior.
fn raw(criterion: &CriterionRow) -> f64 {
    let count = |number: u64| f64::from(u32::try_from(number).unwrap());
    match (criterion.k, criterion.n) {
        (_, 0) => 0.0,
        (Some(k), n) => count(k) / count(n),
        (None, _) => f64::from(criterion.rate_bp.unwrap_or(0)) / 10_000.0,
    }
}

fn raw_satisfaction(row: &Row) -> f64 {
    row.criteria.iter().find(|criterion| criterion.code == "D1").map_or(0.0, raw)
}

/// Every indicator rescaled between the least and the greatest of the set, weighted as the rulebook weighs it.
fn rescaled(ranking: &Ranking) -> Vec<f64> {
    let mut sums = vec![0.0; ranking.rows.len()];
    for at in 0..ranking.rows[0].criteria.len() {
        let of =
            |row: &Row| if row.criteria[at].code == "C3" { -raw(&row.criteria[at]) } else { raw(&row.criteria[at]) };
        let least = ranking.rows.iter().map(of).fold(f64::INFINITY, f64::min);
        let greatest = ranking.rows.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
        for (sum, row) in sums.iter_mut().zip(&ranking.rows) {
            if greatest > least {
                *sum += f64::from(row.criteria[at].max_centi) * (of(row) - least) / (greatest - least);
            }
        }
    }
    sums
}

/// What one fleet showed.
struct Found {
    by_rulebook: f64,
    by_counting_the_kiosk: f64,
    with_a_place: f64,
    with_a_place_by_counting_the_kiosk: f64,
    by_raw: f64,
    by_rescaling: f64,
    place_of_the_best: f64,
    raw_winner_is_small: bool,
    winner_is_small: bool,
}

fn look(seed: u64, rulebook: &Rulebook, believing: &Rulebook, period: &Period) -> Found {
    let fleet = fleet(seed);
    let model = model(&fleet);
    let ranking = rank(&model, rulebook, period);
    let truth_of = |unit: &UnitId| truth(fleet.iter().find(|forms| forms.unit == *unit).unwrap());
    let truths: Vec<f64> = ranking.rows.iter().map(|row| truth_of(&row.unit)).collect();
    let scores: Vec<f64> = ranking.rows.iter().map(|row| f64::from(row.score_centi)).collect();
    let shares: Vec<f64> = ranking.rows.iter().map(raw_satisfaction).collect();
    let answers: Vec<f64> = ranking
        .rows
        .iter()
        .map(|row| {
            row.criteria
                .iter()
                .find(|criterion| criterion.code == "D1")
                .map_or(0.0, |d1| real(usize::try_from(d1.n).unwrap()))
        })
        .collect();
    let placed = |rows: &[Row]| real(rows.iter().filter(|row| row.rank.is_some()).count()) / real(rows.len());
    let believed = rank(&model, believing, period).rows;
    let with_a_place_by_counting_the_kiosk = placed(&believed);
    let believed_truths: Vec<f64> = believed.iter().map(|row| truth_of(&row.unit)).collect();
    let believed: Vec<f64> = believed.iter().map(|row| f64::from(row.score_centi)).collect();
    let best = first(&truths);
    let sizes = places(&answers);
    let is_small = |at: usize| sizes[at] > 0.75 * real(sizes.len());
    Found {
        by_rulebook: correlation(&truths, &scores),
        by_counting_the_kiosk: correlation(&believed_truths, &believed),
        with_a_place: placed(&ranking.rows),
        with_a_place_by_counting_the_kiosk,
        by_raw: correlation(&truths, &shares),
        by_rescaling: correlation(&truths, &rescaled(&ranking)),
        place_of_the_best: places(&scores)[best],
        raw_winner_is_small: is_small(first(&shares)),
        winner_is_small: is_small(first(&scores)),
    }
}

/// Where the greatest stands.
fn first(values: &[f64]) -> usize {
    (0..values.len()).max_by(|a, b| values[*a].total_cmp(&values[*b])).unwrap()
}

fn median(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    (values[values.len() / 2], values[0], values[values.len() - 1])
}

#[test]
fn the_rulebook_finds_the_good_communes_of_three_hundred_fleets() {
    let (rulebook, believing) = (Rulebook::rb_cqtt_1(), counting_the_kiosk());
    let found: Vec<Found> = (0..SEEDS).into_par_iter().map(|seed| look(seed, &rulebook, &believing, &year())).collect();
    let show = |name: &str, of: fn(&Found) -> f64| {
        let (middle, least, greatest) = median(found.iter().map(of).collect());
        println!("{name}: {middle:.3} [{least:.3} to {greatest:.3}] over {} fleets", found.len());
        middle
    };
    let by_rulebook = show("rank correlation with the truth, rulebook", |found| found.by_rulebook);
    let believing =
        show("rank correlation with the truth, the kiosk counted as well", |found| found.by_counting_the_kiosk);
    let placed = show("units with a place", |found| found.with_a_place);
    let placed_believing =
        show("units with a place, the kiosk counted as well", |found| found.with_a_place_by_counting_the_kiosk);
    // What it costs not to believe the kiosk.
    assert!(by_rulebook > believing - 0.04 && placed >= placed_believing, "{by_rulebook} {believing} {placed}");
    let by_raw = show("rank correlation with the truth, raw satisfaction", |found| found.by_raw);
    let by_rescaling =
        show("rank correlation with the truth, rescaled between least and greatest", |found| found.by_rescaling);
    let place = show("place of the best", |found| found.place_of_the_best);
    let share = |of: fn(&Found) -> bool| real(found.iter().filter(|found| of(found)).count()) / real(found.len());
    println!(
        "winner is of the quarter with the fewest answers: rulebook {:.2}, raw {:.2}",
        share(|f| f.winner_is_small),
        share(|f| f.raw_winner_is_small)
    );
    let near = real(found.iter().filter(|found| found.place_of_the_best <= 5.0).count()) / real(found.len());
    println!("the best is among the first five of twenty-one in {near:.2} of the fleets");
    assert!(by_rulebook > by_raw + 0.1, "{by_rulebook} {by_raw}");
    // Rescaling within the set finds as much in this world of one quality, but a neighbour's figures then move one's own points.
    assert!(by_rulebook > by_rescaling - 0.05, "{by_rulebook} {by_rescaling}");
    assert!(place <= 3.0 && near >= 0.75, "{place} {near}");
    assert!(share(|found| found.winner_is_small) < share(|found| found.raw_winner_is_small) / 2.0);
}
