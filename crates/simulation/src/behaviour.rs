//! How a unit conducts itself for the year.

use crate::quality::Quality;

/// A kind of unit. All rates are out of ten thousand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Behaviour {
    /// Does nearly everything well.
    Exemplary,
    /// Does most things well.
    Good,
    /// Answers, but not always in time.
    Middling,
    /// Late and little loved.
    Slow,
    /// Hardly began.
    Weak,
    /// Records no feedback at all.
    Silent,
    /// Hardly anyone is asked how satisfied they are.
    Sparse,
    /// Anywhere between [`Behaviour::Weak`] and [`Behaviour::Exemplary`].
    Graded(Quality),
}

/// The rates behind a kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Conduct {
    /// Answers of 4 or 5.
    pub(crate) satisfied: u64,
    /// Commitments seen kept.
    pub(crate) kept: u64,
    /// Cases answered in time.
    pub(crate) on_time: u64,
    /// Time taken for an answer in time, as a share of the time allowed, from and to.
    pub(crate) age: (u64, u64),
    /// Answered cases that are not reopened.
    pub(crate) lasting: u64,
    /// Results that are published.
    pub(crate) published: u64,
    /// Officials who sign.
    pub(crate) pledged: u64,
    /// Quarters with outreach.
    pub(crate) outreach_quarters: u64,
    /// Of plan, resolution, board and launch: how many are reached in the year.
    pub(crate) stages: usize,
    /// A board member's points in centi-points, from and to.
    pub(crate) board_centi: (u64, u64),
    /// Apologies for overdue cases.
    pub(crate) apologises: u64,
    /// Answers out of transactions.
    pub(crate) coverage: u64,
    /// Part of the events that are about feedback.
    pub(crate) feedback: u64,
    /// The most answers to surveys.
    pub(crate) surveys_max: usize,
}

/// Does most things well; the others are told by how they differ.
const GOOD: Conduct = Conduct {
    satisfied: 9_450,
    kept: 9_300,
    on_time: 9_500,
    age: (2_500, 7_000),
    lasting: 9_200,
    published: 8_800,
    pledged: 9_600,
    outreach_quarters: 4,
    stages: 4,
    board_centi: (620, 740),
    apologises: 7_000,
    coverage: 1_150,
    feedback: 3_200,
    surveys_max: usize::MAX,
};

const EXEMPLARY: Conduct = Conduct {
    satisfied: 9_850,
    kept: 9_750,
    on_time: 9_950,
    age: (1_200, 4_500),
    lasting: 9_850,
    published: 9_800,
    pledged: 10_000,
    board_centi: (700, 800),
    apologises: 10_000,
    coverage: 1_600,
    ..GOOD
};

const MIDDLING: Conduct = Conduct {
    satisfied: 9_150,
    kept: 8_700,
    on_time: 8_900,
    age: (4_000, 9_000),
    lasting: 8_600,
    published: 8_000,
    pledged: 9_000,
    outreach_quarters: 3,
    board_centi: (540, 680),
    apologises: 4_000,
    coverage: 800,
    ..GOOD
};

const SLOW: Conduct = Conduct {
    satisfied: 8_900,
    kept: 8_200,
    on_time: 7_900,
    age: (5_000, 9_900),
    lasting: 8_100,
    published: 7_200,
    pledged: 8_400,
    outreach_quarters: 2,
    board_centi: (460, 620),
    apologises: 2_000,
    coverage: 600,
    ..GOOD
};

const WEAK: Conduct = Conduct {
    satisfied: 8_300,
    kept: 7_400,
    on_time: 6_000,
    age: (6_000, 9_900),
    lasting: 7_000,
    published: 5_500,
    pledged: 7_000,
    outreach_quarters: 1,
    stages: 3,
    board_centi: (360, 520),
    apologises: 500,
    coverage: 400,
    ..GOOD
};

const SILENT: Conduct = Conduct { satisfied: 9_700, feedback: 0, ..GOOD };

const SPARSE: Conduct = Conduct { satisfied: 9_000, surveys_max: 7, feedback: 9_000, coverage: 50, ..GOOD };

/// The conduct of a unit that has come so far on the way from one to another.
fn between(from: &Conduct, to: &Conduct, quality: Quality) -> Conduct {
    let rate = |of: fn(&Conduct) -> u64| quality.between(of(from), of(to));
    let whole = |rate: u64| usize::try_from(rate).unwrap_or(0);
    Conduct {
        satisfied: rate(|conduct| conduct.satisfied),
        kept: rate(|conduct| conduct.kept),
        on_time: rate(|conduct| conduct.on_time),
        age: (rate(|conduct| conduct.age.0), rate(|conduct| conduct.age.1)),
        lasting: rate(|conduct| conduct.lasting),
        published: rate(|conduct| conduct.published),
        pledged: rate(|conduct| conduct.pledged),
        outreach_quarters: rate(|conduct| conduct.outreach_quarters),
        stages: whole(rate(|conduct| conduct.stages as u64)),
        board_centi: (rate(|conduct| conduct.board_centi.0), rate(|conduct| conduct.board_centi.1)),
        apologises: rate(|conduct| conduct.apologises),
        coverage: rate(|conduct| conduct.coverage),
        feedback: rate(|conduct| conduct.feedback),
        surveys_max: usize::MAX,
    }
}

impl Behaviour {
    /// Every behaviour that has a name of its own.
    pub const NAMED: [Behaviour; 7] = [
        Behaviour::Exemplary,
        Behaviour::Good,
        Behaviour::Middling,
        Behaviour::Slow,
        Behaviour::Weak,
        Behaviour::Silent,
        Behaviour::Sparse,
    ];

    /// Its name at the command line.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Behaviour::Exemplary => "exemplary",
            Behaviour::Good => "good",
            Behaviour::Middling => "middling",
            Behaviour::Slow => "slow",
            Behaviour::Weak => "weak",
            Behaviour::Silent => "silent",
            Behaviour::Sparse => "sparse",
            Behaviour::Graded(_) => "graded",
        }
    }

    pub(crate) fn conduct(self) -> Conduct {
        match self {
            Behaviour::Exemplary => EXEMPLARY,
            Behaviour::Good => GOOD,
            Behaviour::Middling => MIDDLING,
            Behaviour::Slow => SLOW,
            Behaviour::Weak => WEAK,
            Behaviour::Silent => SILENT,
            Behaviour::Sparse => SPARSE,
            Behaviour::Graded(quality) => between(&WEAK, &EXEMPLARY, quality),
        }
    }
}
