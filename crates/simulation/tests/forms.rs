//! What a scenario gives: exact numbers, sound forms, nothing but the seed.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeSet;

use danvan_event::{
    CatalogueFile, EvaluatorKey, EventId, EventType, EventTypeInfo, Form, FormLimits, Gazetteer, UnitId,
};
use danvan_simulation::{Behaviour, Scenario, UnitForms, simulate};
use serde_json::{Value, json};

const LOC_THINH: &str = "gso2024-15097";

fn units() -> Vec<UnitId> {
    Gazetteer::preset("ngoc-lac-2024").unwrap().units.iter().map(|unit| unit.id.clone()).collect()
}

fn scenario(seed: u64, events_per_unit: usize) -> Scenario {
    Scenario::new(seed, units(), events_per_unit)
        .evaluated_by(EvaluatorKey::from_seed([9; 32]))
        .without_rollout_of(&LOC_THINH.parse().unwrap())
}

fn types(unit: &UnitForms) -> BTreeSet<&str> {
    unit.forms.iter().map(|form| form["type"].as_str().unwrap()).collect()
}

#[test]
fn every_unit_gets_exactly_as_many_forms_as_asked_for() {
    for count in [0, 1, 2, 7, 25, 40, 57, 100, 400, 1000] {
        for unit in simulate(&scenario(3, count)) {
            assert_eq!(unit.forms.len(), count, "{} {:?}", unit.unit, unit.behaviour);
        }
    }
}

#[test]
fn the_same_scenario_gives_the_same_forms_and_another_seed_gives_others() {
    assert_eq!(simulate(&scenario(1, 50)), simulate(&scenario(1, 50)));
    assert_ne!(simulate(&scenario(1, 50)), simulate(&scenario(2, 50)));
}

#[test]
fn forms_are_in_the_order_of_their_time_within_the_year_marked_synthetic_and_have_ids_of_their_own() {
    let year = "2023-12-31T17:00:00.000Z"..="2024-12-31T16:59:59.999Z";
    for unit in simulate(&scenario(4, 120)) {
        let mut ids = BTreeSet::new();
        let mut last = String::new();
        for form in &unit.forms {
            let time = form["time"].as_str().unwrap().to_owned();
            assert!(year.contains(&time.as_str()), "{time}");
            assert!(last <= time, "{last} > {time}");
            last = time;
            assert_eq!(form["synthetic"], true);
            let id: EventId = form["id"].as_str().unwrap().parse().unwrap();
            assert!(ids.insert(id), "{id} is used twice");
            assert_eq!(form["source"], format!("/u/{}", unit.unit));
        }
    }
}

#[test]
fn offices_bear_the_names_of_their_time() {
    let thanh_hoa = Gazetteer::preset("thanh-hoa-2025").unwrap();
    let units = thanh_hoa.units.iter().take(3).map(|unit| unit.id.clone());
    let now = simulate(&Scenario::new(2, units, 60).in_year(thanh_hoa.year));
    let before = simulate(&scenario(2, 60));
    let says = |fleet: &[UnitForms], word: &str| {
        fleet.iter().flat_map(|unit| &unit.forms).filter(|form| form.to_string().to_lowercase().contains(word)).count()
    };
    assert!(says(&before, "huyện uỷ") > 0 && says(&before, "tỉnh uỷ") == 0);
    assert!(says(&now, "tỉnh uỷ") > 0 && says(&now, "huyện") == 0, "no district has existed since 1 July 2025");
    for form in now.iter().flat_map(|unit| &unit.forms) {
        let time = form["time"].as_str().unwrap();
        assert!(time >= "2025-06-30T17:00:00.000Z", "a commune of {time} did not exist yet");
    }
}

#[test]
fn every_form_is_one_that_a_node_takes() {
    for unit in simulate(&scenario(5, 150)) {
        for form in &unit.forms {
            let read = Form::parse(form.to_string().as_bytes(), FormLimits::default());
            assert!(read.is_ok(), "{form}: {:?}", read.err());
        }
    }
}

#[test]
fn a_unit_with_a_real_rollout_gets_no_invented_one() {
    let fleet = simulate(&scenario(6, 400));
    let rollout = |unit: &UnitForms| {
        types(unit)
            .iter()
            .any(|name| name.contains(".model.") && !name.contains("outreach") && !name.contains("letter"))
    };
    for unit in &fleet {
        assert_eq!(rollout(unit), unit.unit.as_str() != LOC_THINH, "{}", unit.unit);
        assert!(types(unit).contains("vn.danvan.pledge.signed.v1"));
        assert!(types(unit).contains("vn.danvan.evaluation.conducted.v1"));
    }
}

#[test]
fn a_fleet_has_one_silent_and_one_sparse_unit_among_twenty_one() {
    for seed in 0..20 {
        let fleet = simulate(&scenario(seed, 10));
        let count = |behaviour| fleet.iter().filter(|unit| unit.behaviour == behaviour).count();
        assert_eq!((count(Behaviour::Silent), count(Behaviour::Sparse)), (1, 1), "seed {seed}");
        assert!(count(Behaviour::Exemplary) >= 3 && count(Behaviour::Weak) >= 1, "seed {seed}");
    }
}

#[test]
fn the_catalogue_is_the_embedded_sample_word_by_word_and_says_what_it_is() {
    let sample = CatalogueFile::thanhhoa_2024();
    for unit in simulate(&scenario(8, 400)) {
        let catalogue = unit.forms.iter().find(|form| form["type"] == "vn.danvan.pledge.catalog_published.v1").unwrap();
        let data = &catalogue["data"];
        assert_eq!((&data["catalog"], &data["status"]), (&json!("thanhhoa-2024"), &json!("sample")));
        let groups = data["groups"].as_array().unwrap();
        assert_eq!(groups.len(), sample.groups.len());
        for (group, held) in groups.iter().zip(&sample.groups) {
            assert_eq!((&group["label"], &group["count"]), (&json!(held.label), &json!(held.items.len())));
            let texts: Vec<Value> = held
                .items
                .iter()
                .map(|item| json!({"code": item.code, "text": item.text, "attestation": item.attestation}))
                .collect();
            assert_eq!(group["items"], json!(texts));
        }
    }
}

#[test]
fn pledges_are_signed_under_the_catalogue_and_citizens_rate_its_pledges() {
    let sample = CatalogueFile::thanhhoa_2024();
    let codes: BTreeSet<&str> =
        sample.groups.iter().flat_map(|group| &group.items).map(|item| item.code.as_str()).collect();
    let fleet = simulate(&scenario(8, 400));
    let forms = || fleet.iter().flat_map(|unit| &unit.forms);
    let signed: BTreeSet<String> =
        forms().filter_map(|form| form["data"].get("catalog")).map(ToString::to_string).collect();
    assert_eq!(signed, BTreeSet::from([json!(sample.catalog).to_string()]));
    let rated: BTreeSet<&str> = forms()
        .filter_map(|form| form["data"]["commitments"].as_array())
        .flatten()
        .map(|rating| rating["code"].as_str().unwrap())
        .collect();
    assert_eq!(rated, codes);
}

#[test]
fn every_form_is_of_the_newest_version_of_its_type() {
    for form in simulate(&scenario(9, 400)).iter().flat_map(|unit| &unit.forms) {
        let written: EventType = form["type"].as_str().unwrap().parse().unwrap();
        let newer: EventType =
            format!("vn.danvan.{}.{}.v{}", written.family(), written.name(), written.version() + 1).parse().unwrap();
        assert!(EventTypeInfo::of(&written).is_some() && EventTypeInfo::of(&newer).is_none(), "{written}");
    }
}

#[test]
fn the_whole_country_is_imagined_at_once() {
    let viet_nam = Gazetteer::preset("viet-nam-2025").unwrap();
    let units = viet_nam.units.iter().map(|unit| unit.id.clone());
    let fleet = simulate(&Scenario::new(3, units, 5).in_year(viet_nam.year));
    assert_eq!((fleet.len(), fleet.iter().map(|unit| unit.forms.len()).sum::<usize>()), (3_321, 16_605));
    let ids: BTreeSet<&str> =
        fleet.iter().flat_map(|unit| &unit.forms).map(|form| form["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 16_605, "no two forms of the country share an id");
}
