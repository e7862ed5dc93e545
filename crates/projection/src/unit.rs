//! What is known of one unit from its own log.

mod conduct;
mod feedback;
mod pledge;
mod rollout;
mod survey;
mod visits;

use std::collections::BTreeMap;

use danvan_event::{NodeOpened, Timestamp};
use serde::{Deserialize, Serialize};

pub use conduct::{Evaluation, Headcount, Letter, ServiceCount};
pub(crate) use feedback::case_id;
pub use feedback::{FeedbackCase, FeedbackCases, REOPEN_WINDOW_DAYS, Response, Step};
pub use pledge::{Catalogue, Pledge};
pub use rollout::{Rollout, Stage};
pub use survey::{Answers, ChannelAnswers, Commitments, ItemCount, SurveyTally};
pub use visits::VISIT_TOKEN_DAYS;
pub(crate) use visits::Visits;

use crate::applied::FlagReason;
use crate::event_ids::EventIds;
use crate::evidence::Evidence;
use crate::period::Month;
use crate::spelling::as_text;
use crate::stamp::millis;

/// A fact that needs nothing but its date and its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// When it happened, as claimed.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Where it stands in the unit's log.
    pub evidence: Evidence,
}

/// Everything the ranking and the screens need of one unit; counts and places, no citizens' words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitModel {
    #[serde(with = "as_text")]
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
    pub(crate) feedback: FeedbackCases,
    pub(crate) evaluations: Vec<Evaluation>,
    pub(crate) flagged: BTreeMap<Evidence, FlagReason>,
    pub(crate) counted: u64,
    pub(crate) synthetic: u64,
}

/// What the fold remembers of a log only to judge its next entries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seen {
    /// The first index that was not folded yet.
    pub(crate) next: u64,
    pub(crate) last_recorded: Option<Timestamp>,
    pub(crate) ids: EventIds,
    pub(crate) visits: Visits,
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

    /// The feedback cases.
    #[must_use]
    pub fn feedback(&self) -> &FeedbackCases {
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
