//! The workspace's Rust files as the house rules see them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use proc_macro2::{LineColumn, TokenStream, TokenTree};
use walkdir::WalkDir;

/// One Rust file, parsed.
#[derive(Debug)]
pub struct SourceFile {
    /// The crate it belongs to, without the `danvan-` prefix; `tests` for the system tests.
    pub room: String,
    /// Path from the workspace's root, with `/`.
    pub path: String,
    /// The text as it stands.
    pub text: String,
    /// The parsed file.
    pub syntax: syn::File,
    words: Vec<Word>,
    literals: Vec<(LineColumn, LineColumn)>,
}

/// An identifier and the 1-based line where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The identifier.
    pub text: String,
    /// Its line.
    pub line: usize,
}

impl SourceFile {
    /// Parses `text` as the file at `path` (from the workspace's root).
    ///
    /// # Errors
    /// When the text is not Rust: repair the file.
    pub fn parse(path: &str, text: &str) -> Result<Self> {
        let mut parts = path.split('/');
        let room = match parts.next() {
            Some("crates") => parts.next().unwrap_or_default(),
            _ => "tests",
        };
        let syntax = syn::parse_file(text).with_context(|| path.to_owned())?;
        let tokens: TokenStream = text.parse().map_err(|error| anyhow::anyhow!("{path}: {error}"))?;
        let mut file = Self {
            room: room.to_owned(),
            path: path.to_owned(),
            text: text.to_owned(),
            syntax,
            words: Vec::new(),
            literals: Vec::new(),
        };
        file.collect(tokens);
        Ok(file)
    }

    /// Every Rust file under `crates/` and `tests/` of the workspace at `root`, by path.
    ///
    /// # Errors
    /// When a file cannot be read or parsed.
    pub fn all(root: &Path) -> Result<Vec<Self>> {
        let mut files = Vec::new();
        for path in rust_files(root) {
            let text = std::fs::read_to_string(root.join(&path)).with_context(|| path.display().to_string())?;
            files.push(Self::parse(&path.to_string_lossy(), &text)?);
        }
        Ok(files)
    }

    /// The name of the file with its ending.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether the whole file is test code.
    #[must_use]
    pub fn is_test(&self) -> bool {
        self.name() == "tests.rs" || self.path.split('/').any(|part| part == "tests" || part == "benches")
    }

    /// The 1-based line of `#[cfg(test)]` over the inline tests, when there are any.
    #[must_use]
    pub fn tests_from(&self) -> Option<usize> {
        let lines: Vec<&str> = self.text.lines().map(str::trim).collect();
        let opens_tests =
            |pair: &[&str]| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{');
        lines.windows(2).position(opens_tests).map(|before| before + 1)
    }

    /// Whether a line belongs to what ships.
    #[must_use]
    pub fn ships(&self, line: usize) -> bool {
        !self.is_test() && self.tests_from().is_none_or(|from| line < from)
    }

    /// Every identifier of the file outside comments, in order.
    #[must_use]
    pub fn words(&self) -> &[Word] {
        &self.words
    }

    /// The comments of the file with their 1-based lines, markers included.
    pub fn comments(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().filter_map(|(before, line)| {
            let at = line.match_indices("//").map(|(at, _)| at).find(|at| !self.is_quoted(before + 1, line, *at))?;
            Some((before + 1, &line[at..]))
        })
    }

    /// Whether a byte of a line stands inside a literal. A doc comment is a literal of itself, which begins where it begins.
    fn is_quoted(&self, line_number: usize, line: &str, byte: usize) -> bool {
        let here = LineColumn { line: line_number, column: line[..byte].chars().count() };
        self.literals.iter().any(|(start, end)| *start < here && here < *end)
    }

    fn collect(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    self.words.push(Word { text: ident.to_string(), line: ident.span().start().line });
                }
                TokenTree::Group(group) => self.collect(group.stream()),
                TokenTree::Literal(literal) => self.literals.push((literal.span().start(), literal.span().end())),
                TokenTree::Punct(_) => {}
            }
        }
    }
}

fn rust_files(root: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = ["crates", "tests"]
        .iter()
        .flat_map(|top| WalkDir::new(root.join(top)))
        .filter_map(Result::ok)
        .filter(|entry| entry.path().extension().is_some_and(|ending| ending == "rs"))
        .filter_map(|entry| entry.path().strip_prefix(root).map(Path::to_path_buf).ok())
        .filter(|path| !path.components().any(|part| part.as_os_str() == "target"))
        .collect();
    files.sort();
    files
}
