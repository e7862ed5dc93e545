//! Rules over more than one file: nothing lies about unused, and every manifest follows the workspace.

use std::collections::BTreeSet;

use crate::source::SourceFile;

/// Files under a `src/` that no `mod` reaches: the compiler never sees them, so nothing checks them.
#[must_use]
pub fn unreachable_files(files: &[SourceFile]) -> Vec<String> {
    let paths: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let reached: BTreeSet<String> = files.iter().flat_map(declared_modules).collect();
    let is_root =
        |path: &str| path.ends_with("src/lib.rs") || path.ends_with("src/main.rs") || path.contains("/src/bin/");
    paths
        .into_iter()
        .filter(|path| path.contains("/src/") && !is_root(path) && !reached.contains(*path))
        .map(|path| format!("{path} is reached by no `mod`"))
        .collect()
}

fn declared_modules(file: &SourceFile) -> Vec<String> {
    let is_door = ["lib.rs", "main.rs", "mod.rs"].contains(&file.name());
    let folder = if is_door {
        file.path.trim_end_matches(file.name()).trim_end_matches('/').to_owned()
    } else {
        file.path.trim_end_matches(".rs").to_owned()
    };
    let mut modules = Vec::new();
    collect(&file.syntax.items, &folder, &mut modules);
    modules
}

fn collect(items: &[syn::Item], folder: &str, modules: &mut Vec<String>) {
    for item in items {
        let syn::Item::Mod(module) = item else { continue };
        let inner = format!("{folder}/{}", module.ident);
        match &module.content {
            Some((_, items)) => collect(items, &inner, modules),
            None => modules.push(format!("{inner}.rs")),
        }
    }
}

/// What a crate's manifest says other than by the workspace: `path` is named in the answer, `text` is the manifest.
#[must_use]
pub fn manifest_breaches(path: &str, text: &str) -> Vec<String> {
    let mut breaches = Vec::new();
    let mut section = "";
    for (before, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') {
            section = line;
        }
        let is_dependency = section.ends_with("dependencies]") && line.contains('=') && !line.starts_with('#');
        if is_dependency && !line.replace(' ', "").contains("workspace=true") {
            breaches.push(format!("{path}:{}: `{line}` does not follow the workspace", before + 1));
        }
    }
    if !text.contains("[lints]\nworkspace = true") {
        breaches.push(format!("{path}: without the lints of the workspace"));
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile::parse(path, text).unwrap_or_else(|error| panic!("{error:#}"))
    }

    #[test]
    fn a_file_that_no_module_reaches_is_a_breach() {
        let files = [
            file("crates/event/src/lib.rs", "mod entry;\n"),
            file("crates/event/src/entry.rs", "#[cfg(test)]\nmod tests;\nmod inner { mod deep; }\n"),
            file("crates/event/src/entry/tests.rs", ""),
            file("crates/event/src/entry/inner/deep.rs", ""),
            file("crates/event/src/forgotten.rs", ""),
        ];
        assert_eq!(unreachable_files(&files), ["crates/event/src/forgotten.rs is reached by no `mod`"]);
    }

    #[test]
    fn a_version_of_its_own_and_missing_lints_are_breaches() {
        let text = "[dependencies]\nserde = \"1\"\ntokio.workspace = true\n";
        assert_eq!(manifest_breaches("Cargo.toml", text).len(), 2);
        let sound = "[dependencies]\nserde = { workspace = true }\n\n[lints]\nworkspace = true\n";
        assert!(manifest_breaches("Cargo.toml", sound).is_empty());
    }
}
