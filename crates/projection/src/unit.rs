//! What is known of one unit from its own log.

mod conduct;
mod feedback;
mod pledge;
mod rollout;
mod survey;

use std::collections::{BTreeMap, BTreeSet};

use danvan_event::{EventId, NodeOpened, Timestamp};
use serde::Serialize;

pub use conduct::{Evaluation, Headcount, Letter, ServiceCount};
pub use feedback::{FeedbackCase, REOPEN_WINDOW_DAYS, Response, Step};
pub use pledge::{Catalogue, Pledge};
pub use rollout::{Rollout, Stage};
pub use survey::{Answers, ItemCount, SurveyTally};

use crate::applied::FlagReason;
use crate::evidence::Evidence;
use crate::period::Month;

/// A fact that needs nothing but its date and its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// When it happened, as claimed.
    pub at: Timestamp,
    /// Where it stands in the unit's log.
    pub evidence: Evidence,
}

/// Everything the ranking and the screens need of one unit; counts and places, no citizens' words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct UnitModel {
    pub(crate) opened: Option<NodeOpened>,
    pub(crate) seen: Seen,
    pub(crate) rollout: Rollout,
    pub(crate) headcounts: Vec<Headcount>,
    pub(crate) catalogues: BTreeMap<String, Catalogue>,
    pub(crate) pledges: Vec<Pledge>,
    pub(crate) outreach: Vec<Fact>,
    pub(crate) letters: Vec<Letter>,
    pub(crate) services: BTreeMap<Month, ServiceCount>,
    pub(crate) surveys: BTreeMap<Month, SurveyTally>,
    pub(crate) feedback: BTreeMap<String, FeedbackCase>,
    pub(crate) evaluations: Vec<Evaluation>,
    pub(crate) flagged: BTreeMap<Evidence, FlagReason>,
    pub(crate) counted: u64,
    pub(crate) synthetic: u64,
}

/// What the fold remembers of a log only to judge its next entries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Seen {
    /// The first index that was not folded yet.
    pub(crate) next: u64,
    pub(crate) last_recorded: Option<Timestamp>,
    pub(crate) ids: BTreeSet<EventId>,
    pub(crate) visit_tokens: BTreeSet<String>,
}

impl UnitModel {
    /// How the log was opened, once its first entry was folded.
    #[must_use]
    pub fn opened(&self) -> Option<&NodeOpened> {
        self.opened.as_ref()
    }

    /// The number of entries folded, flagged ones included: the size of the log that this model knows.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.seen.next
    }

    /// The `recordedtime` of the last entry.
    #[must_use]
    pub fn last_recorded(&self) -> Option<Timestamp> {
        self.seen.last_recorded
    }

    /// The stages of the roll-out that were reached.
    #[must_use]
    pub fn rollout(&self) -> &Rollout {
        &self.rollout
    }

    /// The declared numbers of staff, in the order of their recording.
    #[must_use]
    pub fn headcounts(&self) -> &[Headcount] {
        &self.headcounts
    }

    /// The pledge catalogues that the unit published, by their id.
    #[must_use]
    pub fn catalogues(&self) -> &BTreeMap<String, Catalogue> {
        &self.catalogues
    }

    /// The pledges signed, in the order of their recording.
    #[must_use]
    pub fn pledges(&self) -> &[Pledge] {
        &self.pledges
    }

    /// The outreach conducted.
    #[must_use]
    pub fn outreach(&self) -> &[Fact] {
        &self.outreach
    }

    /// The letters sent.
    #[must_use]
    pub fn letters(&self) -> &[Letter] {
        &self.letters
    }

    /// The last statement of the transactions of each month.
    #[must_use]
    pub fn services(&self) -> &BTreeMap<Month, ServiceCount> {
        &self.services
    }

    /// The survey answers by the month that they were given in.
    #[must_use]
    pub fn surveys(&self) -> &BTreeMap<Month, SurveyTally> {
        &self.surveys
    }

    /// The feedback cases by subject, `feedback/<id>`.
    #[must_use]
    pub fn feedback(&self) -> &BTreeMap<String, FeedbackCase> {
        &self.feedback
    }

    /// The evaluations, those of boards and the unit's own.
    #[must_use]
    pub fn evaluations(&self) -> &[Evaluation] {
        &self.evaluations
    }

    /// The entries that do not count, and why.
    #[must_use]
    pub fn flagged(&self) -> &BTreeMap<Evidence, FlagReason> {
        &self.flagged
    }

    /// The number of entries that changed this model.
    #[must_use]
    pub fn counted(&self) -> u64 {
        self.counted
    }

    /// The number of counted entries that are marked synthetic.
    #[must_use]
    pub fn synthetic(&self) -> u64 {
        self.synthetic
    }
}
