//! The documents: canonical bytes, nothing in them that does not follow from entries and rulebook.

use danvan_event::Canon;
use danvan_ranking::{Engine, Rulebook, explain, rank};
use serde_json::json;

use crate::league::{Story, UNIT, aggregator, folded, year};

#[test]
fn ranking_inputs_and_explanation_are_canonical_json() {
    let mut story = Story::default();
    story.tell(3, "survey.answered", json!({"channel": "kiosk", "rating": 5, "assisted": true}));
    let mut registry = aggregator(&[(UNIT, "Cao Thịnh", "mien-nui")], &[]);
    let vkey = "demo/u/gso2024-15100+1a2b3c4d+ATEST";
    let origin = "demo/u/gso2024-15100";
    let time = "2024-01-02T00:00:00.000Z";
    registry.say(time, "node.enrolled", &json!({"origin": origin, "vkey": vkey, "unit": UNIT}));
    let before = folded(&[&registry]).inputs().to_bytes();
    assert_eq!(String::from_utf8(before).unwrap(), r#"{"absent":["demo/u/gso2024-15100"],"inputs":[]}"#);
    let root = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let held = json!({"origin": origin, "start": 0, "size": 1, "root": root, "attachment_sha256": "0".repeat(64)});
    registry.say(time, "checkpoint.cosigned", &held);
    let model = folded(&[&registry, &story.into_log(UNIT)]);
    let inputs = model.inputs().to_bytes();
    assert_eq!(
        String::from_utf8(inputs).unwrap(),
        format!(r#"{{"absent":[],"inputs":[{{"origin":"{origin}","root":"{root}","size":1}}]}}"#)
    );

    let rulebook = Rulebook::rb_cqtt_0();
    let ranking = rank(&model, &rulebook, &year()).to_bytes();
    let explanation = explain(&model, &rulebook, &year(), &UNIT.parse().unwrap()).unwrap().to_bytes();
    for bytes in [&ranking, &explanation] {
        let read = Canon::parse(bytes).unwrap();
        assert_eq!(&read.to_bytes(), bytes);
        assert_eq!(read.get("engine").and_then(Canon::as_str), Some(Engine::First.code()));
        assert_eq!(read.pointer("/rulebook/sha256").and_then(Canon::as_str), Some(rulebook.sha256()));
    }
    let text = String::from_utf8(ranking).unwrap();
    assert!(
        text.starts_with(r#"{"engine":"danvan-ranking/1","period":"2024","rows":[{"class":"chua_du_du_lieu""#),
        "{text}"
    );
    assert!(!text.contains(r#""rank":"#), "a unit without enough data has no rank");
}

#[test]
fn a_unit_that_is_not_registered_has_no_row_and_no_explanation() {
    let model = folded(&[&aggregator(&[], &[])]);
    assert!(rank(&model, &Rulebook::rb_cqtt_0(), &year()).rows.is_empty());
    assert_eq!(explain(&model, &Rulebook::rb_cqtt_0(), &year(), &UNIT.parse().unwrap()), None);
}
