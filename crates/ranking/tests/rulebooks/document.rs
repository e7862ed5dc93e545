//! The JSON Schema of rulebook files says what the reader says.

use std::collections::BTreeSet;

use danvan_ranking::{CapGround, Class, Engine, Measure, RB_CQTT_0, RB_CQTT_1, RB_DONGNAI_54};
use serde_json::Value;

const SCHEMA: &str = include_str!("../../../../schemas/rulebooks/rulebook.schema.json");

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

fn json(toml: &[u8]) -> Value {
    toml::from_str(std::str::from_utf8(toml).unwrap()).unwrap()
}

fn is_valid(document: &Value) -> bool {
    jsonschema::draft202012::options().build(&schema()).unwrap().is_valid(document)
}

#[test]
fn every_shipped_file_keeps_the_schema() {
    for file in [RB_CQTT_0, RB_CQTT_1, RB_DONGNAI_54] {
        let validator = jsonschema::draft202012::options().build(&schema()).unwrap();
        let document = json(file);
        let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
}

#[test]
fn the_words_of_the_schema_are_those_of_the_reader() {
    let words = |pointer: &str| -> BTreeSet<String> {
        let schema = schema();
        let list = schema.pointer(pointer).and_then(Value::as_array).unwrap_or_else(|| panic!("{pointer}")).clone();
        list.iter().map(|word| word.as_str().unwrap().to_owned()).collect()
    };
    let all = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(words("/properties/engine/enum"), all(&Engine::ALL.map(Engine::code)));
    assert_eq!(words("/$defs/criterion/properties/measure/enum"), all(&Measure::ALL.map(Measure::code)));
    assert_eq!(words("/$defs/class/enum"), all(&Class::SCORED.map(Class::code)));
    assert_eq!(words("/properties/cap/items/properties/when/enum"), all(&CapGround::ALL.map(|(word, _)| word)));
}

#[test]
fn what_the_reader_refuses_for_its_shape_the_schema_refuses_too() {
    let text = std::str::from_utf8(RB_CQTT_1).unwrap();
    for (from, to) in [
        ("id = \"rb-cqtt-1\"\n", ""),
        ("id = \"rb-cqtt-1\"", "id = \"\""),
        ("decisive = [\"D1\", \"C1\"]", "decisive = \"D1\""),
        ("max_centi = 600", "max_centi = -600"),
        ("max_centi = 600", "max_centi = 600.5"),
        ("min_n = 1\n", "min_n = 0\n"),
        ("missing = \"zero\"", "missing = \"none\""),
        ("measure = \"dialogues\"", "measure = \"dialogs\""),
        ("mean = 0.75", "mean = 1.75"),
        ("qr = 0.30\n", ""),
        ("at_most = \"kha\"", "at_most = \"good\""),
        ("silence_from_transactions = 200", "silence_from_transactions = 200\nsilence = 1"),
    ] {
        assert!(text.contains(from), "{from}");
        let changed = text.replacen(from, to, 1);
        assert!(danvan_ranking::Rulebook::parse(changed.as_bytes()).is_err(), "{from} -> {to}");
        assert!(!is_valid(&json(changed.as_bytes())), "{from} -> {to}");
    }
}
