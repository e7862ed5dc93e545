//! Every example under `schemas/examples/` is what its folder says, and together they show every public property.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use danvan_event::{
    Canon, Entry, EntryError, EventId, EventType, EventTypeInfo, FieldProblem, Form, FormLimits, ProblemCode, Salt,
    Source, Timestamp, known_types, schema,
};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Invalid {
    form: Option<Value>,
    entry: Option<Value>,
    problems: Vec<Expected>,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Expected {
    field: String,
    code: ProblemCode,
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/examples")
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|file| file.unwrap().path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} has no example", folder.display());
    paths.into_iter().map(|path| (path.display().to_string(), fs::read(&path).unwrap())).collect()
}

fn recorded() -> Timestamp {
    "2024-03-08T07:30:00.412Z".parse().unwrap()
}

/// Whether an example is the readable spelling of an entry that a process wrote, not a form: always for types of our own
/// processes, and where an aggregator says what a unit may say too.
fn written_by_a_process(info: &EventTypeInfo, example: &[u8]) -> bool {
    let example: Value = serde_json::from_slice(example).unwrap();
    !info.is_taken_from_forms() || example["source"].as_str().is_some_and(|source| source.starts_with("/a/"))
}

/// The entry that a valid example leads to, and the name of the file.
fn valid(info: &EventTypeInfo) -> Vec<(String, Entry)> {
    files(&examples().join(info.short()).join("valid"))
        .into_iter()
        .map(|(file, bytes)| {
            if written_by_a_process(info, &bytes) {
                // The readable spelling of an entry; processes write only the canonical one.
                let canonical = Canon::parse_lenient(&bytes).unwrap().to_bytes();
                let entry = Entry::parse(canonical).unwrap_or_else(|error| panic!("{file}: {error}"));
                return (file, entry);
            }
            let form = Form::parse(&bytes, FormLimits::default()).unwrap_or_else(|error| panic!("{file}: {error}"));
            let id = form.id().unwrap_or_else(|| EventId::from_parts(1_709_881_200_000, [1; 10]));
            let source: Source = "/u/gso2024-15097".parse().unwrap();
            let (entry, openings) = form
                .clone()
                .with_id(id)
                .into_entry(&source, recorded(), &mut || Salt::new([5; 16]))
                .unwrap_or_else(|error| panic!("{file}: {error}"));
            assert_eq!(openings.len(), form.personal_fields().len(), "{file}");
            (file, entry)
        })
        .collect()
}

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
        for (file, entry) in valid(info) {
            assert_eq!(entry.event_type().as_str(), info.name, "{file}");
            assert_eq!(Entry::parse(entry.bytes().to_vec()).as_ref(), Ok(&entry), "{file}");
            assert!(info.may_be_spoken_by(entry.source()), "{file}");
            if info.newest != info.name {
                // Read as the newest version, which says it in other fields; the upcaster has its own test.
                continue;
            }
            // What the struct says is what the data says: no field is lost, none is made up.
            let typed = Canon::encode(entry.event()).unwrap();
            let Canon::Map(mut public) = entry.data().clone() else { panic!("{file}") };
            public.remove("_sd");
            assert_eq!(typed, Canon::Map(public), "{file}");
        }
    }
}

#[test]
fn invalid_examples_have_exactly_the_problems_they_state() {
    for info in known_types() {
        for (file, bytes) in files(&examples().join(info.short()).join("invalid")) {
            let invalid: Invalid = serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{file}: {error}"));
            let problems = match (invalid.form, invalid.entry) {
                (Some(form), None) => {
                    let bytes = serde_json::to_vec(&form).unwrap();
                    Form::parse(&bytes, FormLimits::default())
                        .and_then(|form| {
                            let source: Source = "/u/gso2024-15097".parse().unwrap();
                            form.into_entry(&source, recorded(), &mut || Salt::new([5; 16]))
                        })
                        .expect_err(&file)
                        .problems
                }
                (None, Some(entry)) => {
                    match Entry::parse(Canon::try_from(entry).unwrap().to_bytes()).expect_err(&file) {
                        EntryError::Data { problems } => problems,
                        other => panic!("{file}: {other}"),
                    }
                }
                _ => panic!("{file}: either a form or an entry"),
            };
            let found: Vec<Expected> = problems
                .into_iter()
                .map(|FieldProblem { field, code, vi, en }| {
                    assert!(vi.ends_with('.') && en.ends_with('.') && vi != en, "{file}: {vi} / {en}");
                    Expected { field, code }
                })
                .collect();
            assert_eq!(found, invalid.problems, "{file}");
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

#[test]
fn valid_examples_show_every_property() {
    let mut declared_paths = BTreeSet::new();
    let mut shown_paths = BTreeSet::new();
    for info in known_types() {
        let event_type: EventType = info.name.parse().unwrap();
        let text = schema(&event_type).unwrap();
        declared(info.short(), &serde_json::from_str(text).unwrap(), &mut declared_paths);
        for (_, bytes) in files(&examples().join(info.short()).join("valid")) {
            let example: Value = serde_json::from_slice(&bytes).unwrap();
            shown(info.short(), &example["data"], &mut shown_paths);
        }
        if ["evaluation.appeal_decided.v1", "evaluation.conducted.v1"].contains(&info.short()) {
            // A signature in a file would need its secret key in the open; the tests of forms make one.
            for path in ["signature", "signature/vkey", "signature/sig"] {
                shown_paths.insert(format!("{}/{path}", info.short()));
            }
        }
    }
    let missing: Vec<&String> = declared_paths.difference(&shown_paths).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
