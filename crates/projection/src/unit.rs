//! What is known of one unit from its own log.

mod cases;
mod claim;
mod conduct;
mod delay;
mod directive;
mod emulation;
mod evaluation;
mod feedback;
mod gap;
mod operation;
mod pledge;
mod pledges;
mod practice;
mod revocable;
mod rollout;
mod sitting;
mod survey;
mod traits;
mod visits;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use danvan_event::{Entry, Event, NodeOpened, SurveyChannel, Timestamp};
use serde::{Deserialize, Serialize};

pub use cases::FeedbackCases;
pub(crate) use cases::case_id;
pub(crate) use claim::{Claim, Timing};
pub use conduct::{Headcount, Letter, ServiceCount, Services};
pub use delay::Delays;
pub use directive::{Directive, Progress};
pub use emulation::{Award, EmulationEntry, Granted, Recognition, Review, Withdrawal};
pub use evaluation::{Appeal, Decision, Evaluation, ItemPoints};
pub use feedback::{CaseTimes, FeedbackCase, OfficeDates, REOPEN_WINDOW_DAYS, Response, Step};
pub(crate) use feedback::{Course, EnteredBy, Trace};
pub use gap::Gap;
pub(crate) use operation::OperatingDays;
pub use pledge::{Breach, Catalogue, Pledge, PledgeEnd, Renewal};
pub(crate) use pledges::{Pledges, Signed};
pub use practice::{Dialogue, Facility, Practice, Replication};
pub use revocable::Revoked;
pub(crate) use revocable::{Revocable, Revocables};
pub use rollout::{Rollout, Stage};
pub use sitting::KIOSK_ANSWERS_PER_HOUR;
pub(crate) use sitting::{FavourableAnswer, Sitting};
pub use survey::{AnswerPlaces, ChannelAnswers, Crowd, Opinions, SurveyTally};
pub(crate) use traits::Traits;
pub use visits::VISIT_TOKEN_DAYS;
pub(crate) use visits::Visits;

use crate::applied::FlagReason;
use crate::by_month::ByMonth;
use crate::event_ids::{EventIds, IdPrint};
use crate::evidence::Evidence;
use crate::period::Month;
use crate::places::Places;
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
    pub(crate) pledges: Pledges,
    pub(crate) outreach: Vec<Fact>,
    pub(crate) letters: Vec<Letter>,
    pub(crate) services: Services,
    pub(crate) surveys: ByMonth<SurveyTally>,
    pub(crate) feedback: FeedbackCases,
    pub(crate) evaluations: Vec<Evaluation>,
    pub(crate) appeals: Vec<Appeal>,
    pub(crate) breaches: Vec<Breach>,
    pub(crate) dialogues: Vec<Dialogue>,
    pub(crate) facilities: Vec<Facility>,
    pub(crate) practices: Vec<Practice>,
    pub(crate) replications: Vec<Replication>,
    pub(crate) directives: Vec<Directive>,
    pub(crate) lessons: Vec<Fact>,
    pub(crate) board_changes: Vec<Fact>,
    pub(crate) emulation_entries: Vec<EmulationEntry>,
    pub(crate) recognitions: Vec<Recognition>,
    pub(crate) awards: Vec<Award>,
    pub(crate) reviews: Vec<Review>,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) delays: ByMonth<Delays>,
    pub(crate) revocables: Revocables,
    pub(crate) flagged: BTreeMap<Evidence, FlagReason>,
    pub(crate) flagged_months: BTreeMap<Month, Places>,
    pub(crate) counted: u64,
    pub(crate) synthetic: u64,
}

/// What the fold remembers of a log only to judge its next entries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seen {
    /// The number of the first place that was not folded yet.
    pub(crate) next: u64,
    pub(crate) folded: u64,
    pub(crate) last_recorded: Option<Timestamp>,
    /// The latest `recordedtime` so far: an entry that is flagged for going back moves the clock back for those behind it, and not this.
    pub(crate) latest_recorded: Option<Timestamp>,
    pub(crate) ids: EventIds,
    pub(crate) visits: Visits,
    pub(crate) sitting: Sitting,
    pub(crate) operation: OperatingDays,
    pub(crate) revoked: Vec<Revoked>,
    /// The requests about personal data.
    pub(crate) requests: BTreeSet<IdPrint>,
    /// SHA-256 of what each publication of a pledge catalogue says.
    pub(crate) catalogues: BTreeMap<Evidence, [u8; 32]>,
}

impl UnitModel {
    /// How the log was opened, once its first entry was folded.
    #[must_use]
    pub fn opened(&self) -> Option<&NodeOpened> {
        self.opened.as_ref()
    }

    /// The number of entries folded, flagged ones included: the size of the log that this model knows, all its incarnations together.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.seen.folded
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

    /// Where the catalogue stands that was published last: the one whose pledges citizens are asked about.
    #[must_use]
    pub fn newest_catalogue(&self) -> Option<Evidence> {
        self.catalogues.values().flat_map(Catalogue::versions).map(|(_, fact)| fact.evidence).max()
    }

    /// The pledges signed, in the order of their recording.
    #[must_use]
    pub fn pledges(&self) -> &[Pledge] {
        self.pledges.as_slice()
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
    pub fn services(&self) -> &Services {
        &self.services
    }

    /// The survey answers by the month that they were given in.
    #[must_use]
    pub fn surveys(&self) -> &ByMonth<SurveyTally> {
        &self.surveys
    }

    /// The feedback cases.
    #[must_use]
    pub fn feedback(&self) -> &FeedbackCases {
        &self.feedback
    }

    /// The evaluations, those of boards and the unit's own, in the order of their recording.
    #[must_use]
    pub fn evaluations(&self) -> &[Evaluation] {
        &self.evaluations
    }

    /// The evaluations behind which stands a signature. Whether the key is a listed evaluator's is asked of the registry.
    pub fn signed_evaluations(&self) -> impl Iterator<Item = &Evaluation> {
        self.evaluations.iter().filter(|evaluation| !evaluation.is_self_assessment())
    }

    /// The evaluations behind which stands nobody but the unit itself.
    pub fn self_assessments(&self) -> impl Iterator<Item = &Evaluation> {
        self.evaluations.iter().filter(|evaluation| evaluation.is_self_assessment())
    }

    /// The appeals with what was decided about them.
    #[must_use]
    pub fn appeals(&self) -> &[Appeal] {
        &self.appeals
    }

    /// The confirmed breaches of pledges.
    #[must_use]
    pub fn breaches(&self) -> &[Breach] {
        &self.breaches
    }

    /// The dialogues held with the people.
    #[must_use]
    pub fn dialogues(&self) -> &[Dialogue] {
        &self.dialogues
    }

    /// The facilities that were invested in.
    #[must_use]
    pub fn facilities(&self) -> &[Facility] {
        &self.facilities
    }

    /// The practices that the unit published.
    #[must_use]
    pub fn practices(&self) -> &[Practice] {
        &self.practices
    }

    /// The replications that the unit recorded, as the one whose practice it is or as the one that took it over.
    #[must_use]
    pub fn replications(&self) -> &[Replication] {
        &self.replications
    }

    /// The directives given to the unit with the progress that it reported.
    #[must_use]
    pub fn directives(&self) -> &[Directive] {
        &self.directives
    }

    /// The lessons recorded.
    #[must_use]
    pub fn lessons(&self) -> &[Fact] {
        &self.lessons
    }

    /// The changes of the steering board.
    #[must_use]
    pub fn board_changes(&self) -> &[Fact] {
        &self.board_changes
    }

    /// The models entered for the movement.
    #[must_use]
    pub fn emulation_entries(&self) -> &[EmulationEntry] {
        &self.emulation_entries
    }

    /// The recognitions granted, those taken back included.
    #[must_use]
    pub fn recognitions(&self) -> &[Recognition] {
        &self.recognitions
    }

    /// The awards granted, those taken back included.
    #[must_use]
    pub fn awards(&self) -> &[Award] {
        &self.awards
    }

    /// The reviews held.
    #[must_use]
    pub fn reviews(&self) -> &[Review] {
        &self.reviews
    }

    /// The gaps that the node found in its log and that no later entry says to be repaired.
    pub fn open_gaps(&self) -> impl Iterator<Item = &Gap> {
        let mends = |gap: &Gap, later: &Gap| {
            later.repaired && later.origin == gap.origin && later.start <= gap.start && gap.end <= later.end
        };
        let open = move |(place, gap): &(usize, &Gap)| {
            !gap.repaired && !self.gaps.iter().skip(place + 1).any(|later| mends(gap, later))
        };
        self.gaps.iter().enumerate().filter(open).map(|(_, gap)| gap)
    }

    /// How late the acts of each month were recorded, by the month that they happened in.
    #[must_use]
    pub fn delays(&self) -> &ByMonth<Delays> {
        &self.delays
    }

    /// The entries that the office took back.
    #[must_use]
    pub fn revoked(&self) -> &[Revoked] {
        &self.seen.revoked
    }

    /// The entries that do not count, and why.
    #[must_use]
    pub fn flagged(&self) -> &BTreeMap<Evidence, FlagReason> {
        &self.flagged
    }

    /// The entries of some months that do not count, by the clock of the log: what breaks a rule may have no time that could be
    /// believed, but it has a place between others that were recorded.
    pub fn flagged_in(&self, months: RangeInclusive<Month>) -> impl Iterator<Item = Evidence> {
        self.flagged_months.range(months).flat_map(|(_, places)| places)
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

    /// Counts an act of a month; the days that passed before it was recorded. An answer at the kiosk is recorded by itself and tells
    /// nothing of how soon and how well the office records.
    pub(crate) fn count(&mut self, month: Month, entry: &Entry) -> u8 {
        let days = Delays::days(entry.time(), entry.recordedtime());
        if !is_at_kiosk(entry.event()) {
            self.delays.of(month).add(days);
        }
        self.counted += 1;
        self.synthetic += u64::from(entry.synthetic());
        days
    }

    /// Leaves an entry out of all counts.
    pub(crate) fn flag(&mut self, at: Evidence, reason: FlagReason) {
        self.flagged.insert(at, reason);
        // Nothing was recorded before the opening, which says when that was.
        if let Some(recorded) = self.seen.last_recorded {
            self.flagged_months.entry(Month::of(recorded)).or_default().insert(at);
        }
    }

    /// Takes an act out of the counts.
    pub(crate) fn uncount(&mut self, month: Month, days: u8, synthetic: bool) {
        self.delays.change(month, |delays| delays.take(days));
        self.counted -= 1;
        self.synthetic -= u64::from(synthetic);
    }
}

fn is_at_kiosk(event: &Event) -> bool {
    matches!(event, Event::SurveyAnswered(answer) if answer.channel == SurveyChannel::Kiosk)
}
