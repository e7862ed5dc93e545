//! `schemas/events/` holds the schemas of the known types, their list, and nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use danvan_event::{EventTypeInfo, known_types, types_document};

fn events() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/events")
}

#[test]
fn the_committed_list_of_types_is_the_generated_one() {
    let committed = fs::read_to_string(events().join("TYPES.md")).unwrap();
    if committed != types_document() {
        let generated = Path::new(env!("CARGO_TARGET_TMPDIR")).join("TYPES.md");
        fs::write(&generated, types_document()).unwrap();
        panic!("TYPES.md is not what the types say; copy {} over it", generated.display());
    }
}

#[test]
fn the_folder_holds_what_is_known_and_nothing_else() {
    let files: BTreeSet<String> =
        fs::read_dir(events()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    let mut expected: BTreeSet<String> =
        known_types().iter().map(|info| format!("{}.schema.json", info.short())).collect();
    expected.extend(["TYPES.md", "released"].map(String::from));
    assert_eq!(files, expected);
}

/// What the README of the schemas says of a type.
fn line(info: &EventTypeInfo) -> String {
    let read_as = if info.newest == info.name {
        String::new()
    } else {
        format!("; read as `{}`", info.newest.trim_start_matches("vn.danvan."))
    };
    format!("* `{}`: {} | {}{read_as}", info.short(), info.title_vi, info.title_en)
}

#[test]
fn the_readme_has_one_line_for_each_type() {
    let readme = fs::read_to_string(events().join("../README.md")).unwrap();
    let (_, rest) = readme.split_once("\n## Types\n").unwrap();
    let section = rest.split_once("\n## ").unwrap().0;
    let committed: Vec<&str> = section.lines().filter(|line| line.starts_with("* ")).collect();
    let expected: Vec<String> = known_types().iter().map(line).collect();
    if committed != expected {
        let generated = Path::new(env!("CARGO_TARGET_TMPDIR")).join("types.txt");
        fs::write(&generated, expected.join("\n")).unwrap();
        panic!("the README's types are not what the types say; copy {} over its list", generated.display());
    }
}
