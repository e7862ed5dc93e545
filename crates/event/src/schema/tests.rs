//! The embedded schemas keep the rules of `schemas/README.md`, and agree with the payload structs.

mod shape;

use serde_json::Value;

use super::*;

const KEYWORDS: [&str; 22] = [
    "$schema",
    "$id",
    "title",
    "x-danvan-title-vi",
    "description",
    "type",
    "additionalProperties",
    "required",
    "properties",
    "items",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "enum",
    "minimum",
    "maximum",
    "default",
    PRIVACY,
];

fn schemas() -> Vec<(&'static str, Value)> {
    known_types().iter().map(|info| (info.short(), serde_json::from_str(info.schema).unwrap())).collect()
}

/// Calls `see` with every subschema below properties and items, and the path to it.
fn walk(path: &str, schema: &Value, see: &mut impl FnMut(&str, &Value)) {
    see(path, schema);
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        walk(&format!("{path}/properties/{name}"), property, see);
    }
    if let Some(items) = schema.get("items") {
        walk(&format!("{path}/items"), items, see);
    }
}

#[test]
fn every_schema_is_one_of_the_2020_12_draft_and_compiles() {
    for (name, schema) in schemas() {
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        assert_eq!(schema["$id"], format!("urn:danvan:schemas:events:{name}"), "{name}");
        jsonschema::meta::validate(&schema).unwrap_or_else(|error| panic!("{name}: {error}"));
        jsonschema::meta::validate(&derive::entry_schema(&schema)).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    assert_eq!(COMPILED.len(), known_types().len());
}

#[test]
fn titles_are_those_of_the_list_of_types() {
    for (info, (name, schema)) in known_types().iter().zip(schemas()) {
        assert_eq!(schema["title"], info.title_en, "{name}");
        assert_eq!(schema["x-danvan-title-vi"], info.title_vi, "{name}");
    }
}

#[test]
fn every_part_is_named_in_both_languages_bounded_and_annotated() {
    for (name, schema) in schemas() {
        walk("", &schema, &mut |path, part| {
            let place = format!("{name}#{path}");
            for key in part.as_object().unwrap().keys() {
                let at_top = path.is_empty() && ["if", "then"].contains(&key.as_str());
                assert!(at_top || KEYWORDS.contains(&key.as_str()), "{place}: keyword {key}");
            }
            assert!(part["title"].is_string() && part["x-danvan-title-vi"].is_string(), "{place}: titles");
            let bounds: &[&str] = match part["type"].as_str().unwrap() {
                "string" => &["maxLength"],
                "integer" => &["minimum", "maximum"],
                "array" => &["minItems", "maxItems"],
                "object" => &["required", "properties"],
                "boolean" => &[],
                other => panic!("{place}: type {other}"),
            };
            assert!(bounds.iter().all(|bound| part.get(bound).is_some()), "{place}: {bounds:?}");
            match part["type"].as_str().unwrap() {
                "string" => assert!(["public", "personal"].contains(&part[PRIVACY].as_str().unwrap()), "{place}"),
                "object" => assert_eq!(part["additionalProperties"], false, "{place}"),
                _ => assert!(part.get(PRIVACY).is_none(), "{place}: only strings are annotated"),
            }
            if path.ends_with("/items") {
                assert!(!derive::is_personal(part), "{place}: a personal item of a list has no name for its digest");
            }
        });
    }
}

#[test]
fn conditions_do_not_speak_about_personal_fields() {
    for (name, schema) in schemas() {
        let conditions = format!("{}{}", schema["if"], schema["then"]);
        walk("", &schema, &mut |path, part| {
            let field = path.rsplit('/').next().unwrap_or_default();
            assert!(!derive::is_personal(part) || !conditions.contains(&format!("\"{field}\"")), "{name}#{path}");
        });
    }
}

#[test]
fn the_personal_fields_are_exactly_these() {
    let mut personal = Vec::new();
    for (name, schema) in schemas() {
        walk("", &schema, &mut |path, part| {
            if derive::is_personal(part) {
                personal.push(format!("{name}{}", path.replace("/properties", "")));
            }
        });
    }
    personal.sort_unstable();
    assert_eq!(
        personal,
        [
            "feedback.received.v1/attachments/items/sha256",
            "feedback.received.v1/contact",
            "feedback.received.v1/name",
            "feedback.received.v1/source_no",
            "feedback.received.v1/text",
            "feedback.reopened.v1/reason",
            "feedback.withdrawn.v1/reason",
            "model.letter_sent.v1/dossier_no",
            "survey.answered.v1/comment",
        ]
    );
}

#[test]
fn an_entry_schema_forbids_personal_names_and_allows_digests() {
    let schema = entry_schema(&"vn.danvan.feedback.received.v1".parse().unwrap()).unwrap();
    assert_eq!(schema["properties"]["text"], false);
    assert_eq!(schema["properties"]["_sd"]["maxItems"], 32);
    assert_eq!(schema["required"], serde_json::json!(["channel", "kind"]));
    assert!(schema.get("additionalProperties").is_none());
    assert_eq!(entry_schema(&"vn.danvan.survey.answered.v9".parse().unwrap()), None);
}
