//! Every known type has its examples, and they are what their folder says.

use std::collections::BTreeSet;
use std::fs;

use danvan_event::{Canon, Entry, EvaluatorKey, FieldProblem, Verdict, evaluation_statement, known_types};
use serde_json::Value;

use super::files::{Expected, examples, files, invalid, parsed_schema, problems, valid};

#[test]
fn every_known_type_has_its_folder_and_every_folder_its_type() {
    let folders: BTreeSet<String> = fs::read_dir(examples())
        .unwrap()
        .map(|file| file.unwrap())
        .filter(|file| file.path().is_dir())
        .map(|file| file.file_name().into_string().unwrap())
        .collect();
    let types: BTreeSet<String> = known_types().iter().map(|info| info.short().to_owned()).collect();
    assert_eq!(folders, types);
}

#[test]
fn valid_examples_become_entries_that_read_back_as_typed_events() {
    for info in known_types() {
        for (file, _, entry) in valid(info) {
            assert_eq!(entry.event_type().as_str(), info.name, "{file}");
            assert_eq!(Entry::parse(entry.bytes().to_vec()).as_ref(), Ok(&entry), "{file}");
            assert!(info.may_be_spoken_by(entry.source()), "{file}");
            if info.newest != info.name {
                // Read as the newest version, which says it in other fields; the upcaster has its own test.
                continue;
            }
            // What the struct says is what the data says: no field is lost, none is made up.
            let typed = Canon::encode(entry.event()).unwrap();
            assert_eq!(typed, without_digests(entry.data()), "{file}");
        }
    }
}

/// What stands in an entry in plain text.
fn without_digests(data: &Canon) -> Canon {
    match data {
        Canon::Map(members) => {
            let members = members.iter().filter(|(name, _)| *name != "_sd");
            Canon::Map(members.map(|(name, member)| (name.clone(), without_digests(member))).collect())
        }
        Canon::List(items) => Canon::List(items.iter().map(without_digests).collect()),
        other => other.clone(),
    }
}

#[test]
fn invalid_examples_have_exactly_the_problems_they_state() {
    for info in known_types() {
        for (file, example) in invalid(info) {
            let found: Vec<Expected> = problems(&file, &example)
                .into_iter()
                .map(|FieldProblem { field, code, vi, en }| {
                    assert!(vi.ends_with('.') && en.ends_with('.') && vi != en, "{file}: {vi} / {en}");
                    Expected { field, code }
                })
                .collect();
            assert_eq!(found, example.problems, "{file}");
        }
    }
}

/// Adds the path of every property that `data` has.
fn shown(path: &str, data: &Value, into: &mut BTreeSet<String>) {
    match data {
        Value::Object(members) => {
            for (name, member) in members {
                into.insert(format!("{path}/{name}"));
                shown(&format!("{path}/{name}"), member, into);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| shown(path, item, into)),
        _ => {}
    }
}

fn declared(path: &str, schema: &Value, into: &mut BTreeSet<String>) {
    if let Some(items) = schema.get("items") {
        declared(path, items, into);
    }
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        into.insert(format!("{path}/{name}"));
        declared(&format!("{path}/{name}"), property, into);
    }
}

/// The paths that the `data` of a valid example has; `None` where there is no such example.
fn shown_by(name: &str, file: &str) -> Option<BTreeSet<String>> {
    let bytes = fs::read(examples().join(name).join("valid").join(file)).ok()?;
    let mut paths = BTreeSet::new();
    shown("", &serde_json::from_slice::<Value>(&bytes).unwrap()["data"], &mut paths);
    Some(paths)
}

/// Types whose properties exclude each other, so that no example shows them all at once.
const NEVER_FULL: [&str; 2] = ["pledge.signed.v1", "ranking.period_closed.v1"];

#[test]
fn the_full_example_shows_every_property() {
    for info in known_types() {
        let mut expected = BTreeSet::new();
        declared("", &parsed_schema(info.short()), &mut expected);
        let mut found = shown_by(info.short(), "full.json").unwrap_or_else(|| panic!("{} has no full.json", info.name));
        if NEVER_FULL.contains(&info.short()) {
            let files = files(&examples().join(info.short()).join("valid"));
            let data = files.iter().map(|(_, bytes)| serde_json::from_slice::<Value>(bytes).unwrap()["data"].clone());
            data.for_each(|data| shown("", &data, &mut found));
        }
        assert_eq!(found, expected, "{}", info.name);
    }
}

/// The paths of what `data` has and does not need.
fn spare(path: &str, schema: &Value, data: &Value, into: &mut Vec<String>) {
    for (name, member) in data.as_object().into_iter().flatten() {
        if !schema["required"].as_array().unwrap().iter().any(|required| required == name) {
            into.push(format!("{path}/{name}"));
        }
        spare(&format!("{path}/{name}"), &schema["properties"][name], member, into);
    }
    data.as_array().into_iter().flatten().for_each(|item| spare(path, &schema["items"], item, into));
}

#[test]
fn the_least_example_shows_nothing_that_could_be_left_away() {
    for info in known_types() {
        let schema = parsed_schema(info.short());
        let (full, least) = (examples().join(info.short()).join("valid/full.json"), "least.json");
        let least = examples().join(info.short()).join("valid").join(least);
        let data = |path| serde_json::from_slice::<Value>(&fs::read(path).unwrap()).unwrap()["data"].clone();
        let mut found = Vec::new();
        spare("", &schema, &data(full), &mut found);
        if found.is_empty() {
            continue;
        }
        found.clear();
        spare("", &schema, &data(least), &mut found);
        assert!(found.is_empty(), "{}: {found:?}", info.name);
    }
}

#[test]
fn signed_examples_are_signed_by_the_key_of_the_examples_over_what_the_document_says() {
    let key = EvaluatorKey::from_seed(*b"danvan example key, never listed");
    let unit = "gso2024-15097".parse().unwrap();
    for (name, named_type) in [
        ("evaluation.conducted.v1", ""),
        ("evaluation.appeal_decided.v1", r#","type":"vn.danvan.evaluation.appeal_decided.v1""#),
    ] {
        let file = fs::read(examples().join(name).join("valid/full.json")).unwrap();
        let form = Canon::parse_lenient(&file).unwrap();
        let id = form.get("id").and_then(Canon::as_str).unwrap().parse().unwrap();
        let data = form.get("data").unwrap();
        let verdict = Verdict::of(&format!("vn.danvan.{name}").parse().unwrap()).unwrap();

        let mut unsigned = data.as_map().unwrap().clone();
        let signature = unsigned.remove("signature").unwrap();
        let by_hand = format!(r#"{{"data":{},"id":"{id}"{named_type},"unit":"gso2024-15097"}}"#, Canon::Map(unsigned));
        let statement = evaluation_statement(verdict, &unit, &id, data);
        assert_eq!(String::from_utf8(statement.clone()).unwrap(), by_hand);
        assert_eq!(signature.get("vkey"), Some(&Canon::Str(key.vkey().to_string())));
        assert_eq!(signature.get("sig"), Some(&Canon::Str(key.sign(&statement))), "{name}");
    }
}
