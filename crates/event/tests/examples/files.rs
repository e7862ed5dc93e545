//! Reads the examples.

use std::fs;
use std::path::{Path, PathBuf};

use danvan_event::{
    Canon, Entry, EntryError, EventId, EventType, EventTypeInfo, FieldProblem, Form, FormLimits, ProblemCode, Salt,
    Source, Timestamp, schema,
};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Invalid {
    pub(crate) form: Option<Value>,
    pub(crate) entry: Option<Value>,
    pub(crate) problems: Vec<Expected>,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    pub(crate) field: String,
    pub(crate) code: ProblemCode,
}

pub(crate) fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/examples")
}

pub(crate) fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|file| file.unwrap().path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} has no example", folder.display());
    paths.into_iter().map(|path| (path.display().to_string(), fs::read(&path).unwrap())).collect()
}

pub(crate) fn recorded() -> Timestamp {
    "2024-03-08T07:30:00.412Z".parse().unwrap()
}

/// Whether an example is the readable spelling of an entry that a process wrote, not a form: always for types of our own
/// processes, and where an aggregator says what a unit may say too.
pub(crate) fn is_entry(info: &EventTypeInfo, example: &Value) -> bool {
    !info.is_taken_from_forms() || example["source"].as_str().is_some_and(|source| source.starts_with("/a/"))
}

pub(crate) fn unit() -> Source {
    "/u/gso2024-15097".parse().unwrap()
}

/// The valid examples of a type: the name of the file, what is in it, and the entry that it leads to.
pub(crate) fn valid(info: &EventTypeInfo) -> Vec<(String, Value, Entry)> {
    files(&examples().join(info.short()).join("valid"))
        .into_iter()
        .map(|(file, bytes)| {
            let example: Value = serde_json::from_slice(&bytes).unwrap();
            if is_entry(info, &example) {
                // Processes write only the canonical spelling.
                let canonical = Canon::parse_lenient(&bytes).unwrap().to_bytes();
                let entry = Entry::parse(canonical).unwrap_or_else(|error| panic!("{file}: {error}"));
                return (file, example, entry);
            }
            let form = Form::parse(&bytes, FormLimits::default()).unwrap_or_else(|error| panic!("{file}: {error}"));
            let id = form.id().unwrap_or_else(|| EventId::from_parts(1_709_881_200_000, [1; 10]));
            let (entry, openings) = form
                .clone()
                .with_id(id)
                .into_entry(&unit(), recorded(), &mut || Salt::new([5; 16]))
                .unwrap_or_else(|error| panic!("{file}: {error}"));
            assert_eq!(openings.len(), form.personal_fields().len(), "{file}");
            (file, example, entry)
        })
        .collect()
}

/// The invalid examples of a type.
pub(crate) fn invalid(info: &EventTypeInfo) -> Vec<(String, Invalid)> {
    let read = |(file, bytes): (String, Vec<u8>)| {
        let invalid = serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{file}: {error}"));
        (file, invalid)
    };
    files(&examples().join(info.short()).join("invalid")).into_iter().map(read).collect()
}

/// What an invalid example is told.
pub(crate) fn problems(file: &str, invalid: &Invalid) -> Vec<FieldProblem> {
    match (&invalid.form, &invalid.entry) {
        (Some(form), None) => form_problems(form).unwrap_or_else(|| panic!("{file} is taken")),
        (None, Some(entry)) => entry_problems(entry).unwrap_or_else(|| panic!("{file} is taken")),
        _ => panic!("{file}: either a form or an entry"),
    }
}

/// What a form is told; `None` where it is taken.
pub(crate) fn form_problems(form: &Value) -> Option<Vec<FieldProblem>> {
    let bytes = serde_json::to_vec(form).unwrap();
    Form::parse(&bytes, FormLimits::default())
        .and_then(|form| form.into_entry(&unit(), recorded(), &mut || Salt::new([5; 16])))
        .err()
        .map(|error| error.problems)
}

/// What an entry is told about its `data`; `None` where it is sound.
pub(crate) fn entry_problems(entry: &Value) -> Option<Vec<FieldProblem>> {
    match Entry::parse(Canon::try_from(entry.clone()).unwrap().to_bytes()) {
        Ok(_) => None,
        Err(EntryError::Data { problems }) => Some(problems),
        Err(other) => panic!("{other}"),
    }
}

pub(crate) fn parsed_schema(name: &str) -> Value {
    let event_type: EventType = format!("vn.danvan.{name}").parse().unwrap();
    serde_json::from_str(schema(&event_type).unwrap()).unwrap()
}
