//! How a command ends.

use std::fmt::Display;
use std::process::ExitCode;

use serde_json::{Value, json};

/// The exit codes of the whole command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done,
    /// It did not work, or an audit has findings.
    Failed,
    /// The command line or a configuration file is wrong: nothing was tried.
    Usage,
    /// Somebody else is needed who did not answer, or a part is missing: try again later.
    Incomplete,
    /// A rehearsal found something that would be changed.
    Different,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Incomplete => 3,
            Exit::Different => 10,
        })
    }
}

/// Why a command stops, said to a person in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    exit: Exit,
    vi: String,
    en: String,
}

/// What a command gives back.
pub(crate) type Outcome = Result<Exit, Failure>;

impl Failure {
    /// A failure said in Vietnamese and English.
    pub(crate) fn new(exit: Exit, vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { exit, vi: vi.into(), en: en.into() }
    }

    /// It did not work: `what` (both languages) and the error below it.
    pub(crate) fn failed(vi: &str, en: &str, error: impl Display) -> Self {
        Self::new(Exit::Failed, format!("{vi}: {error}"), format!("{en}: {error}"))
    }

    /// The command line or a configuration is wrong.
    pub(crate) fn usage(vi: &str, en: &str, error: impl Display) -> Self {
        Self::new(Exit::Usage, format!("{vi}: {error}"), format!("{en}: {error}"))
    }

    /// Somebody did not answer.
    pub(crate) fn unreachable(vi: &str, en: &str, error: impl Display) -> Self {
        Self::new(Exit::Incomplete, format!("{vi}: {error}"), format!("{en}: {error}"))
    }

    /// The same failure, ending with another code.
    pub(crate) fn ending_with(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }

    /// The exit code that this failure ends with.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// As two lines, Vietnamese first.
    pub(crate) fn text(&self) -> String {
        format!("danvan: {}\n        {}", self.vi, self.en)
    }

    /// As a document for programs.
    pub(crate) fn document(&self) -> Value {
        let code = match self.exit {
            Exit::Done => "done",
            Exit::Failed => "failed",
            Exit::Usage => "usage",
            Exit::Incomplete => "incomplete",
            Exit::Different => "different",
        };
        json!({ "code": code, "message": self.en, "message_vi": self.vi })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_speaks_vietnamese_first_and_names_its_error_in_both() {
        let failure = Failure::usage("sai cấu hình", "bad configuration", "node.toml:3: http.listen");
        let text = failure.text();
        assert!(text.starts_with("danvan: sai cấu hình: node.toml:3: http.listen\n"), "{text}");
        assert!(text.ends_with("bad configuration: node.toml:3: http.listen"), "{text}");
        assert_eq!(failure.document()["code"], "usage");
    }

    #[test]
    fn a_failure_ends_with_another_code_and_says_the_same() {
        let failure = Failure::unreachable("không kết nối được", "cannot reach", "http://127.0.0.1:8420");
        let text = failure.text();
        assert_eq!(failure.exit(), Exit::Incomplete);
        let failure = failure.ending_with(Exit::Failed);
        assert_eq!((failure.exit(), failure.text()), (Exit::Failed, text));
    }
}
