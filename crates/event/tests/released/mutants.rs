//! Changes that must be refused, made at every place of every schema, and changes that must pass.

use serde_json::{Value, json};

use super::compatibility::{Breach, breaches};
use super::frozen::{Types, current, released};

/// JSON pointers of every part of a schema that describes a value.
fn parts(at: &str, schema: &Value, into: &mut Vec<String>) {
    into.push(at.to_owned());
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        parts(&format!("{at}/properties/{name}"), property, into);
    }
    if schema.get("items").is_some() {
        parts(&format!("{at}/items"), &schema["items"], into);
    }
}

/// What the comparison says about one type after a change of the part at `at`; `None` where the change does not apply.
fn changed(types: &Types, name: &str, at: &str, change: fn(&mut Value) -> Option<()>) -> Option<Vec<Breach>> {
    let frozen: Types = [(name.to_owned(), types[name].clone())].into();
    let mut now = frozen.clone();
    let part = now.get_mut(name).unwrap()["schema"].pointer_mut(at).unwrap();
    change(part)?;
    Some(breaches(&frozen, &now))
}

fn shift(part: &mut Value, keyword: &str, by: i64) -> Option<()> {
    let bound = part.get(keyword)?.as_i64()?;
    part[keyword] = (bound + by).into();
    Some(())
}

/// A change of a part; `None` where the part has nothing to change so.
type Change = fn(&mut Value) -> Option<()>;

/// What each is called, and the keyword that the refusal names.
const FORBIDDEN: &[(&str, &str, Change)] = &[
    ("a property becomes required", "required", |part| {
        let name = part["properties"]
            .as_object()?
            .keys()
            .find(|name| !part["required"].as_array().unwrap().iter().any(|required| required == name.as_str()));
        let name = name?.clone();
        part["required"].as_array_mut()?.push(name.into());
        Some(())
    }),
    ("a new property is required from the start", "required", |part| {
        part["properties"].as_object_mut()?.insert("brand_new".into(), json!({"type": "boolean"}));
        part["required"].as_array_mut()?.push("brand_new".into());
        Some(())
    }),
    ("a property is required no longer", "required", |part| part["required"].as_array_mut()?.pop().map(|_| ())),
    ("a property is removed", "the property is gone", |part| {
        let name = part["properties"].as_object()?.keys().next()?.clone();
        part["properties"].as_object_mut()?.remove(&name).map(|_| ())
    }),
    ("a code is removed", "enum", |part| part["enum"].as_array_mut()?.pop().map(|_| ())),
    ("a code is added", "enum", |part| {
        part["enum"].as_array_mut()?.push("brand_new".into());
        Some(())
    }),
    ("text is no longer limited to codes", "enum", |part| part.as_object_mut()?.remove("enum").map(|_| ())),
    ("what was public becomes personal, or the other way", "x-danvan-privacy", |part| {
        let other = if part.get("x-danvan-privacy")? == "public" { "personal" } else { "public" };
        part["x-danvan-privacy"] = other.into();
        Some(())
    }),
    ("the kind of value changes", "type", |part| {
        part["type"] = if part["type"] == "string" { "integer" } else { "string" }.into();
        Some(())
    }),
    ("numbers may be larger", "maximum", |part| shift(part, "maximum", 1)),
    ("numbers may not be as large", "maximum", |part| shift(part, "maximum", -1)),
    ("numbers may be smaller", "minimum", |part| shift(part, "minimum", -1)),
    ("numbers may not be as small", "minimum", |part| shift(part, "minimum", 1)),
    ("text may be longer", "maxLength", |part| shift(part, "maxLength", 1)),
    ("text may not be as long", "maxLength", |part| shift(part, "maxLength", -1)),
    ("text may not be as short", "minLength", |part| shift(part, "minLength", 1)),
    ("text may be shorter", "minLength", |part| shift(part, "minLength", -1)),
    ("lists may be longer", "maxItems", |part| shift(part, "maxItems", 1)),
    ("lists may not be as long", "maxItems", |part| shift(part, "maxItems", -1)),
    ("lists may not be as short", "minItems", |part| shift(part, "minItems", 1)),
    ("lists may be shorter", "minItems", |part| shift(part, "minItems", -1)),
    ("numbers are limited in another way", "multipleOf", |part| {
        (part["type"] == "integer").then(|| part["multipleOf"] = 5.into())
    }),
    ("one value is left of many", "const", |part| {
        (part["type"] != "object" && part["type"] != "array").then(|| part["const"] = true.into())
    }),
    ("another schema has to hold too", "allOf", |part| {
        part["allOf"] = json!([{"required": ["brand_new"]}]);
        Some(())
    }),
    ("another schema stands in its place", "$ref", |part| {
        part["$ref"] = "urn:brand:new".into();
        Some(())
    }),
    ("a list may have an item twice", "uniqueItems", |part| part.as_object_mut()?.remove("uniqueItems").map(|_| ())),
    ("a list may not have an item twice", "uniqueItems", |part| {
        (part["type"] == "array" && part.get("uniqueItems").is_none()).then(|| part["uniqueItems"] = true.into())
    }),
    ("text has another form", "pattern", |part| {
        (part["type"] == "string").then(|| part["pattern"] = "^brand new$".into())
    }),
    ("text has any form", "pattern", |part| part.as_object_mut()?.remove("pattern").map(|_| ())),
    ("text is no date", "format", |part| part.as_object_mut()?.remove("format").map(|_| ())),
    ("what absence means changes", "default", |part| {
        part.get("default")?;
        part["default"] = 1.into();
        Some(())
    }),
    ("forms may have unknown fields", "additionalProperties", |part| {
        part.as_object_mut()?.remove("additionalProperties").map(|_| ())
    }),
    ("a condition is dropped", "if", |part| part.as_object_mut()?.remove("if").map(|_| ())),
    ("a condition asks for something else", "then", |part| {
        part.get("then")?;
        part["then"] = json!({});
        Some(())
    }),
    ("a condition is added", "if", |part| {
        part.get("if").is_none().then(|| part["if"] = json!({"required": ["brand_new"]}))
    }),
    ("the schema is another one", "$id", |part| {
        part.get("$id")?;
        part["$id"] = "urn:brand:new".into();
        Some(())
    }),
];

#[test]
fn every_forbidden_change_is_refused_wherever_it_is_made() {
    let types = current();
    for (called, keyword, change) in FORBIDDEN {
        let mut tried = 0;
        for (name, frozen) in &types {
            let mut places = Vec::new();
            parts("", &frozen["schema"], &mut places);
            for at in places {
                let Some(found) = changed(&types, name, &at, *change) else { continue };
                tried += 1;
                let named =
                    |breach: &Breach| breach.place.starts_with(&format!("{name}#{at}")) && breach.what == *keyword;
                assert!(found.iter().any(named), "{called} at {name}#{at}: {found:?}");
            }
        }
        assert!(tried > 0, "no schema has a place where {called}");
    }
}

/// What stands frozen is what the schemas of the workspace are held against: each kind of change, made to one of them, is noticed.
#[test]
fn a_frozen_file_notices_every_forbidden_change_of_todays_schemas() {
    let files = released();
    assert!(!files.is_empty());
    for (file, bytes) in files {
        let frozen: Types = serde_json::from_slice(&bytes).unwrap();
        let today = current();
        assert_eq!(breaches(&frozen, &today), [], "{file}");
        for (called, keyword, change) in FORBIDDEN {
            let changed = frozen.keys().find_map(|name| {
                let mut now = today.clone();
                let mut places = Vec::new();
                parts("", &now[name]["schema"], &mut places);
                let schema = &mut now.get_mut(name)?["schema"];
                places.iter().find_map(|at| change(schema.pointer_mut(at)?))?;
                Some(now)
            });
            let found = breaches(&frozen, &changed.unwrap_or_else(|| panic!("{file}: no place where {called}")));
            assert!(found.iter().any(|breach| breach.what == *keyword), "{file}: {called}: {found:?}");
        }
    }
}

/// Changes that every reader of that version survives.
const ALLOWED: &[(&str, Change)] = &[
    ("a property that may be left away is added", |part| {
        let property = json!({"type": "string", "maxLength": 9, "x-danvan-privacy": "public"});
        part["properties"].as_object_mut()?.insert("brand_new".into(), property);
        Some(())
    }),
    ("words for people change", |part| {
        for word in ["title", "x-danvan-title-vi", "description"] {
            part[word] = "Other words".into();
        }
        Some(())
    }),
    ("the order of codes changes", |part| {
        part["enum"].as_array_mut()?.reverse();
        Some(())
    }),
];

#[test]
fn every_allowed_change_passes_wherever_it_is_made() {
    let types = current();
    for (called, change) in ALLOWED {
        for (name, frozen) in &types {
            let mut places = Vec::new();
            parts("", &frozen["schema"], &mut places);
            for at in places {
                let found = changed(&types, name, &at, *change).unwrap_or_default();
                assert_eq!(found, [], "{called} at {name}#{at}");
            }
        }
    }
}

#[test]
fn a_type_may_come_and_not_go_nor_move_to_another_log() {
    let types = current();
    let mut fewer = types.clone();
    let (gone, _) = fewer.pop_first().unwrap();
    assert_eq!(breaches(&fewer, &types), []);
    assert_eq!(breaches(&types, &fewer), [Breach { place: gone, what: "the type is gone".into() }]);
    for word in ["speaker", "subject"] {
        let mut moved = types.clone();
        moved.get_mut("survey.answered.v1").unwrap()[word] = "Free".into();
        assert_eq!(breaches(&types, &moved), [Breach { place: "survey.answered.v1".into(), what: word.into() }]);
    }
}
