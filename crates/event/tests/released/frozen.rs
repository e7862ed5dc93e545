//! The frozen files, and the promises in them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use danvan_event::{Canon, EventType, known_types, schema};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::compatibility::breaches;

/// The types of a release by their short names: schema, speaker, subject.
pub(crate) type Types = BTreeMap<String, Value>;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/events/released")
}

pub(crate) fn current() -> Types {
    let frozen = |info: &danvan_event::EventTypeInfo| {
        let event_type: EventType = info.name.parse().unwrap();
        let schema: Value = serde_json::from_str(schema(&event_type).unwrap()).unwrap();
        let (speaker, subject) = (format!("{:?}", info.speaker), format!("{:?}", info.subject));
        (info.short().to_owned(), json!({"schema": schema, "speaker": speaker, "subject": subject}))
    };
    known_types().iter().map(frozen).collect()
}

/// The text of a frozen file: one type to a line, each in canonical spelling.
fn frozen_text(types: &Types) -> String {
    let line = |(name, frozen): (&String, &Value)| format!("\"{name}\":{}", Canon::try_from(frozen.clone()).unwrap());
    format!("{{\n{}\n}}\n", types.iter().map(line).collect::<Vec<_>>().join(",\n"))
}

/// The frozen files by name.
pub(crate) fn released() -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for file in fs::read_dir(folder()).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name != "SHA256SUMS" {
            files.insert(name, fs::read(&path).unwrap());
        }
    }
    files
}

#[test]
fn every_current_schema_keeps_every_released_promise() {
    let current = current();
    // What a release would freeze, for whoever makes one.
    fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("released.json"), frozen_text(&current)).unwrap();
    for (file, bytes) in released() {
        let frozen: Types = serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{file}: {error}"));
        let found: Vec<String> = breaches(&frozen, &current).iter().map(ToString::to_string).collect();
        assert!(found.is_empty(), "{file}: what was released may not change, add a version:\n{}", found.join("\n"));
    }
}

#[test]
fn a_frozen_file_is_the_one_whose_digest_is_listed() {
    let listed = fs::read_to_string(folder().join("SHA256SUMS")).unwrap();
    let line = |(name, bytes): (&String, &Vec<u8>)| {
        let hex = Sha256::digest(bytes).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        format!("{hex}  {name}\n")
    };
    let expected: String = released().iter().map(line).collect();
    assert_eq!(listed, expected);
}

#[test]
fn a_release_has_its_frozen_file() {
    let files = released();
    let version = env!("CARGO_PKG_VERSION");
    // 0.0.1 is what the workspace is called before its first release.
    assert!(version == "0.0.1" || files.contains_key(&format!("{version}.json")), "{version} is not frozen");
    for (file, bytes) in files {
        let types: Types = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(frozen_text(&types).as_bytes(), bytes, "{file} is not in the spelling of a frozen file");
    }
}
