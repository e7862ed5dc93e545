//! The procedures that turn a read model and a rulebook into a ranking.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A procedure. A change that could move one byte of any ranking made by one of these is a new one beside it; only the second one may
/// still change, until a version of the program is released that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Engine {
    /// Points, classes, order. What a rulebook without `engine` means.
    #[serde(rename = "danvan-ranking/1")]
    First,
    /// Also intervals, channel shares, priors by cluster, bonus, caps, and whole periods only.
    #[serde(rename = "danvan-ranking/2")]
    Second,
}

impl Engine {
    /// All procedures, the oldest first.
    pub const ALL: [Engine; 2] = [Engine::First, Engine::Second];

    /// The name in rulebooks, rankings and publications.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Engine::First => "danvan-ranking/1",
            Engine::Second => "danvan-ranking/2",
        }
    }

    /// The procedure of that name.
    #[must_use]
    pub fn named(code: &str) -> Option<Engine> {
        Engine::ALL.into_iter().find(|engine| engine.code() == code)
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
