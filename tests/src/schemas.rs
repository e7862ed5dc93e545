//! What the files under `schemas/` say, for tests that hold the programs against it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas")
}

/// The paths that the document of a face, such as `openapi-node.yaml`, says to answer `GET`.
pub fn documented_paths(document: &str) -> Result<Vec<String>> {
    let file = folder().join("api").join(document);
    let document: Value = serde_saphyr::from_str(&std::fs::read_to_string(file)?)?;
    let paths = document["paths"].as_object().context("paths")?.iter();
    Ok(paths.filter(|(_, methods)| methods.get("get").is_some()).map(|(path, _)| path.clone()).collect())
}

/// Each personal property of each schema, with the type that has it.
pub fn personal_fields() -> Result<BTreeSet<(String, String)>> {
    fn collect(schema: &Value, found: &mut Vec<String>) {
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            if property["x-danvan-privacy"] == "personal" {
                found.push(name.clone());
            }
            collect(property, found);
            collect(&property["items"], found);
        }
    }
    let mut fields = BTreeSet::new();
    for file in std::fs::read_dir(folder().join("events"))? {
        let file = file?.path();
        let name = file.file_name().context("a name")?.to_string_lossy();
        let Some(ty) = name.strip_suffix(".schema.json") else { continue };
        let mut found = Vec::new();
        collect(&serde_json::from_str(&std::fs::read_to_string(&file)?)?, &mut found);
        fields.extend(found.into_iter().map(|field| (format!("vn.danvan.{ty}"), field)));
    }
    Ok(fields)
}
