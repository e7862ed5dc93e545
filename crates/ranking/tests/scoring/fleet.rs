//! A simulated fleet, recorded, folded and ranked.

use std::collections::{BTreeMap, BTreeSet};

use danvan_event::{EvaluatorKey, Gazetteer, Preset, UnitKind};
use danvan_projection::{Evidence, ReadModel};
use danvan_ranking::{Class, Ranking, Rulebook, explain, rank};
use danvan_simulation::{Behaviour, Scenario, SimulatedUnit, UnitForms, simulate};

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
    logs_of(preset, fleet)
}

/// The log of an aggregator that registered the units of a preset in its clusters, and the logs of the units of the fleet.
fn logs_of(preset: &Preset, fleet: &[UnitForms]) -> Vec<Log> {
    let clusters: Vec<String> = preset.units.iter().map(|unit| preset.cluster_of(unit)).collect();
    let units: Vec<(&str, &str, &str)> = preset
        .units
        .iter()
        .zip(&clusters)
        .map(|(unit, cluster)| (unit.id.as_str(), unit.name.as_str(), cluster.as_str()))
        .collect();
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

/// How many units each cluster of a ranking has, and its best and its last place.
fn places(ranking: &Ranking) -> BTreeMap<&str, (usize, Option<u32>, Option<u32>)> {
    let mut clusters = BTreeMap::new();
    for row in &ranking.rows {
        let (units, first, last) = clusters.entry(row.cluster.as_str()).or_insert((0, None, None));
        *units += 1;
        *first = [*first, row.rank].into_iter().flatten().min();
        *last = (*last).max(row.rank);
    }
    clusters
}

#[test]
fn a_province_of_166_units_is_folded_and_its_wards_and_communes_are_ranked_apart() {
    let preset = Gazetteer::preset("thanh-hoa-2025").unwrap();
    let mut scenario = Scenario::new(11, [], 0).in_year(preset.year).evaluated_by(EvaluatorKey::from_seed([9; 32]));
    for kind in [UnitKind::Phuong, UnitKind::Xa] {
        let of_kind = preset.units.iter().filter(|unit| unit.kind == kind);
        // Every sixth records a full year, the others hardly anything.
        let events = (0..).map(|at| if at % 6 == 0 { 400 } else { 30 });
        scenario.units.extend(of_kind.zip(events).map(|(unit, events)| SimulatedUnit::new(unit.id.clone(), events)));
    }
    let logs = logs_of(preset, &simulate(&scenario));
    let model = folded(&logs.iter().collect::<Vec<_>>());
    let ranking = rank(&model, &Rulebook::rb_cqtt_1(), &preset.year.to_string().parse().unwrap());
    assert_eq!(ranking.rows.len(), 166);
    let places = places(&ranking);
    let sizes: Vec<(&str, usize)> = places.iter().map(|(name, (units, ..))| (*name, *units)).collect();
    assert_eq!(sizes, [("Phường · Tỉnh Thanh H\u{f3}a", 19), ("Xã · Tỉnh Thanh H\u{f3}a", 147)]);
    for (name, (units, first, last)) in places {
        let last = last.map(|last| usize::try_from(last).unwrap());
        assert!(first == Some(1) && last > Some(1) && last < Some(units), "{name}: {first:?} to {last:?} of {units}");
    }
}

#[test]
fn all_3321_units_of_the_country_are_registered_folded_and_stand_in_the_clusters_of_their_provinces() {
    let preset = Gazetteer::preset("viet-nam-2025").unwrap();
    // A few communes record; of all others nothing is held, and they are there all the same.
    let recording = preset.units.iter().step_by(400).map(|unit| unit.id.clone());
    let fleet = simulate(&Scenario::new(12, recording, 400).in_year(preset.year));
    let logs = logs_of(preset, &fleet);
    let model = folded(&logs.iter().collect::<Vec<_>>());
    let ranking = rank(&model, &Rulebook::rb_cqtt_1(), &preset.year.to_string().parse().unwrap());
    assert_eq!((ranking.rows.len(), fleet.len()), (3_321, 9));
    let places = places(&ranking);
    assert_eq!(places.values().map(|(units, ..)| units).sum::<usize>(), 3_321);
    let provinces: BTreeSet<&str> = places.keys().filter_map(|name| Some(name.split_once(" · ")?.1)).collect();
    assert_eq!(provinces.len(), 34);
    let ranked: Vec<&str> = ranking.rows.iter().filter(|row| row.rank.is_some()).map(|row| row.unit.as_str()).collect();
    assert!(!ranked.is_empty() && ranked.iter().all(|id| fleet.iter().any(|unit| unit.unit.as_str() == *id)));
}
