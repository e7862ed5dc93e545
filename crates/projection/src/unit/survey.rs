//! Survey answers, counted by month.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::evidence::Evidence;

/// A number of answers of one kind and where they stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Answers {
    /// All answers, each counted once.
    pub count: u64,
    /// Those of them that a member of staff helped to give.
    pub assisted: u64,
    /// Their entries, in the order of the log.
    pub evidence: Vec<Evidence>,
}

/// How often a commitment was seen kept and seen broken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ItemCount {
    /// Ratings that say: kept.
    pub kept: u64,
    /// Those of them that were assisted.
    pub kept_assisted: u64,
    /// Ratings that say: not kept.
    pub broken: u64,
    /// Those of them that were assisted.
    pub broken_assisted: u64,
}

/// The answers of one month.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SurveyTally {
    /// Answers with each rating: `ratings[0]` counts rating 1, `ratings[4]` rating 5.
    pub ratings: [u64; 5],
    /// Ratings 4 and 5.
    pub satisfied: Answers,
    /// Ratings 1 to 3.
    pub dissatisfied: Answers,
    /// The commitments rated, by their code.
    pub commitments: BTreeMap<String, ItemCount>,
    /// Answers that say that every commitment they name was kept.
    pub all_kept: Vec<Evidence>,
    /// Answers that say that some commitment was not kept.
    pub some_broken: Vec<Evidence>,
}

impl Answers {
    /// Twice the weight of these answers: an assisted answer weighs half of an unassisted one.
    #[must_use]
    pub fn halves(&self) -> u64 {
        2 * self.count - self.assisted
    }

    pub(crate) fn add(&mut self, assisted: bool, at: Evidence) {
        self.count += 1;
        self.assisted += u64::from(assisted);
        self.evidence.push(at);
    }
}

impl ItemCount {
    pub(crate) fn add(&mut self, kept: bool, assisted: bool) {
        let (count, of_them_assisted) = if kept {
            (&mut self.kept, &mut self.kept_assisted)
        } else {
            (&mut self.broken, &mut self.broken_assisted)
        };
        *count += 1;
        *of_them_assisted += u64::from(assisted);
    }
}

impl SurveyTally {
    /// All answers of the month.
    #[must_use]
    pub fn answers(&self) -> u64 {
        self.satisfied.count + self.dissatisfied.count
    }
}
