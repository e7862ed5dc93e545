//! The workspace's documents (`.md`) as the house rules see them: the paths and the commands that they name.

use std::path::Path;

use anyhow::{Context, Result};
use walkdir::WalkDir;

/// Folders that are made, not written.
const MADE: &[&str] = &["target", ".tools", ".git", "data"];

/// One document.
#[derive(Debug, Clone)]
pub struct Document {
    /// Path from the workspace's root, with `/`.
    pub path: String,
    /// The text as it stands.
    pub text: String,
}

/// Every document of the workspace at `root`, by path.
///
/// # Errors
/// When one cannot be read.
pub fn documents(root: &Path) -> Result<Vec<Document>> {
    written_files(root, &["md"])
}

/// Every file of the workspace with one of these endings, by path.
///
/// # Errors
/// When one cannot be read.
pub fn written_files(root: &Path, endings: &[&str]) -> Result<Vec<Document>> {
    let made = |name: &std::ffi::OsStr| MADE.iter().any(|made| name == *made);
    let mut files = Vec::new();
    for entry in WalkDir::new(root).into_iter().filter_entry(|entry| entry.depth() != 1 || !made(entry.file_name())) {
        let entry = entry?;
        let ending = entry.path().extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if !entry.file_type().is_file() || !endings.contains(&ending) {
            continue;
        }
        let path = entry.path().strip_prefix(root)?.to_string_lossy().into_owned();
        let text = std::fs::read_to_string(entry.path()).with_context(|| path.clone())?;
        files.push(Document { path, text });
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

impl Document {
    /// What stands between single back-quotes outside fenced blocks, with 1-based lines.
    pub fn code_spans(&self) -> impl Iterator<Item = (usize, &str)> {
        self.prose().flat_map(|(line, text)| text.split('`').skip(1).step_by(2).map(move |span| (line, span)))
    }

    /// The targets of links outside fenced blocks, with 1-based lines.
    pub fn links(&self) -> impl Iterator<Item = (usize, &str)> {
        self.prose().flat_map(|(line, text)| {
            text.split("](").skip(1).filter_map(move |rest| Some((line, rest.split_once(')')?.0)))
        })
    }

    fn prose(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut fenced = false;
        self.text.lines().zip(1..).filter_map(move |(text, line)| {
            let is_fence = text.trim_start().starts_with("```");
            fenced ^= is_fence;
            (!fenced && !is_fence).then_some((line, text))
        })
    }

    /// The paths of this repository that the document names and that are not there, with 1-based lines.
    ///
    /// A code span is taken for a path when its first part lies in the root or beside the document; from the first part
    /// with a place-holder or a pattern on it is not looked at. A link without a scheme is always a path.
    #[must_use]
    pub fn missing_paths(&self, root: &Path) -> Vec<(usize, String)> {
        let beside = root.join(&self.path).parent().unwrap_or(root).to_owned();
        let stands = |path: &str| root.join(path).exists() || beside.join(path).exists();
        let named = self.code_spans().filter_map(|(line, span)| {
            let path = plain_path(span)?;
            let (first, _) = path.split_once('/')?;
            (!first.is_empty() && stands(first) && !MADE.contains(&first)).then_some((line, path))
        });
        let linked = self.links().filter(|(_, target)| !target.contains("://") && !target.starts_with('#'));
        let linked = linked.map(|(line, target)| (line, target.split('#').next().unwrap_or(target)));
        let all = named.chain(linked);
        all.filter(|(_, path)| !stands(path)).map(|(line, path)| (line, path.to_owned())).collect()
    }
}

/// The leading parts of a span that can be looked up: up to a place-holder, without what follows a space.
fn plain_path(span: &str) -> Option<&str> {
    let path = span.split_whitespace().next()?;
    let odd = path.find(['<', '{', '*', '…', '[']).map(|at| path[..at].rfind('/').map_or(0, |slash| slash + 1));
    let plain = &path[..odd.unwrap_or(path.len())];
    plain.contains('/').then(|| plain.trim_end_matches([',', '.', ':', ';']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> Document {
        Document { path: "schemas/README.md".to_owned(), text: text.to_owned() }
    }

    fn missing(text: &str) -> Vec<usize> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        document(text).missing_paths(&root).into_iter().map(|(line, _)| line).collect()
    }

    #[test]
    fn a_path_that_is_not_there_is_found_wherever_it_stands() {
        let text = "see `crates/event/src/lib.rs`\nand `crates/event/src/none.rs`,\n`config/none.md`\n![x](none.png) [y](#z)\n";
        assert_eq!(missing(text), [2, 3, 4]);
    }

    #[test]
    fn patterns_places_of_others_and_fenced_text_are_no_paths() {
        let text = "`crates/*/src/none.rs` `examples/<type>/none.json` `keys/node.key` `DIR/policy`\n```\n`crates/none`\n```\n\
                    [C2SP](https://c2sp.org) `tests/`\n";
        assert!(missing(text).is_empty(), "{:?}", missing(text));
    }

    #[test]
    fn the_walk_finds_documents_and_nothing_that_was_made() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let paths: Vec<String> = documents(&root).unwrap().into_iter().map(|document| document.path).collect();
        assert!(paths.contains(&"README.md".to_owned()) && paths.contains(&"schemas/README.md".to_owned()));
        assert!(!paths.iter().any(|path| path.starts_with("target/")), "{paths:?}");
    }
}
