//! A simulated fleet, recorded, folded and ranked.

use std::collections::BTreeSet;

use danvan_event::{EvaluatorKey, Gazetteer};
use danvan_projection::{Evidence, ReadModel};
use danvan_ranking::{Class, Ranking, Rulebook, explain, rank};
use danvan_simulation::{Behaviour, Scenario, UnitForms, simulate};

use crate::league::{Log, aggregator, folded, year};

const LOC_THINH: &str = "gso2024-15097";

fn fleet(seed: u64, events_per_unit: usize) -> Vec<UnitForms> {
    let preset = Gazetteer::preset("ngoc-lac-2024").unwrap();
    let scenario = Scenario::new(seed, preset.units.iter().map(|unit| unit.id.clone()), events_per_unit)
        .evaluated_by(EvaluatorKey::from_seed([9; 32]))
        .without_rollout_of(&LOC_THINH.parse().unwrap());
    simulate(&scenario)
}

fn logs(fleet: &[UnitForms]) -> Vec<Log> {
    let preset = Gazetteer::preset("ngoc-lac-2024").unwrap();
    let units: Vec<(&str, &str, &str)> =
        preset.units.iter().map(|unit| (unit.id.as_str(), unit.name.as_str(), preset.cluster.as_str())).collect();
    let mut logs = vec![aggregator(&units, &[EvaluatorKey::from_seed([9; 32]).vkey().to_string()])];
    for unit in fleet {
        let mut log = Log::of_unit(&unit.unit);
        unit.forms.iter().for_each(|form| log.record(form));
        logs.push(log);
    }
    logs
}

fn ranked(logs: &[Log]) -> Ranking {
    ranked_by(&Rulebook::rb_cqtt_0(), logs)
}

fn ranked_by(rulebook: &Rulebook, logs: &[Log]) -> Ranking {
    let model = folded(&logs.iter().collect::<Vec<_>>());
    rank(&model, rulebook, &year())
}

#[test]
fn a_fleet_of_default_size_spreads_over_the_classes_with_two_units_lacking_data() {
    let fleet = fleet(42, 400);
    let ranking = ranked(&logs(&fleet));
    assert_eq!(ranking.rows.len(), 21);
    for row in &ranking.rows {
        let behaviour = fleet.iter().find(|unit| unit.unit == row.unit).unwrap().behaviour;
        println!("{:?} {} {} {:?} {behaviour:?}", row.rank, row.name, row.score_centi, row.class);
        assert!(row.synthetic, "{}", row.name);
        let odd = matches!(behaviour, Behaviour::Silent | Behaviour::Sparse);
        assert_eq!(row.class == Class::ChuaDuDuLieu, odd, "{}", row.name);
    }
    assert_eq!(ranking.rows.iter().filter(|row| row.rank.is_none()).count(), 2);
    let classes: BTreeSet<_> = ranking.rows.iter().map(|row| row.class).collect();
    assert!(classes.len() >= 5, "{classes:?}");
}

#[test]
fn the_same_seed_gives_the_same_ranking_bytes_in_any_interleaving_of_the_logs() {
    let logs = logs(&fleet(5, 60));
    let again = self::logs(&fleet(5, 60));
    let rulebooks = [Rulebook::rb_cqtt_0(), Rulebook::rb_cqtt_1()];
    let expected = rulebooks.each_ref().map(|rulebook| ranked_by(rulebook, &again).to_bytes());
    for seed in 0..8_u64 {
        let mut model = ReadModel::default();
        let mut next = vec![0_usize; logs.len()];
        let mut turn = seed;
        while next.iter().zip(&logs).any(|(next, log)| *next < log.entries.len()) {
            // Knuth's MMIX generator; only its high half is random enough to choose by.
            turn = turn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = usize::try_from((turn >> 33) % logs.len() as u64).unwrap();
            if let Some(entry) = logs[at].entries.get(next[at]) {
                model.apply_entry(&logs[at].source, Evidence::new(next[at] as u64), entry);
                next[at] += 1;
            }
        }
        let bytes = rulebooks.each_ref().map(|rulebook| rank(&model, rulebook, &year()).to_bytes());
        assert!(bytes == expected, "seed {seed}");
    }
    let fewer = rulebooks.each_ref().map(|rulebook| ranked_by(rulebook, &logs[..20]).to_bytes());
    assert!(fewer[0] != expected[0] && fewer[1] != expected[1], "without the last units the ranking is another");
}

#[test]
fn the_facts_of_a_real_commune_stand_beside_its_simulated_year_and_earn_the_points_of_the_rollout() {
    let article = include_str!("../../../../schemas/examples/loc-thinh-2024.jsonl");
    let mut logs = logs(&fleet(42, 120));
    let loc_thinh = logs.iter_mut().find(|log| log.source.to_string() == format!("/u/{LOC_THINH}")).unwrap();
    let simulated = loc_thinh.entries.len() as u64;
    for line in article.lines() {
        loc_thinh.record(&serde_json::from_str(line).unwrap());
    }
    let facts = loc_thinh.entries.clone();
    let model = folded(&logs.iter().collect::<Vec<_>>());
    let explanation = explain(&model, &Rulebook::rb_cqtt_0(), &year(), &LOC_THINH.parse().unwrap()).unwrap();
    let documents = &explanation.components[0].criteria[0];
    assert_eq!((documents.row.code.as_str(), documents.row.points_centi), ("A1", 600));
    let cited: Vec<&str> = documents
        .favourable
        .iter()
        .map(|at| {
            assert!(at.index() >= simulated, "the evidence is the article's");
            let entry = &facts[usize::try_from(at.index()).unwrap()];
            assert!(!entry.synthetic());
            entry.event_type().short()
        })
        .collect();
    assert_eq!(
        cited,
        [
            "model.coordination_plan_adopted.v1",
            "model.leadership_resolution_adopted.v1",
            "model.steering_board_established.v1",
            "model.launch_conference_held.v1",
        ]
    );
}
