//! Survey answers, counted by month.

use danvan_event::SurveyChannel;
use serde::{Deserialize, Serialize};

use crate::evidence::Evidence;
use crate::places::Places;
use crate::unit::FavourableAnswer;

/// How often something was said for the unit and against it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opinions {
    /// Times that it was said for the unit.
    pub favourable: u32,
    /// Those of them that a member of staff helped to say.
    pub favourable_assisted: u32,
    /// Times that it was said against it.
    pub unfavourable: u32,
    /// Those of them that were assisted.
    pub unfavourable_assisted: u32,
}

/// What was answered through one channel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelAnswers {
    /// Ratings: 4 and 5 are favourable, 1 to 3 are not. One for each answer.
    pub satisfaction: Opinions,
    /// Ratings of single commitments: kept is favourable.
    pub commitments: Opinions,
}

/// The answers of one month.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurveyTally {
    /// In the order of [`SurveyChannel::ALL`].
    channels: [ChannelAnswers; SurveyChannel::ALL.len()],
    /// Most months have none.
    crowd: Option<Box<Crowd>>,
    /// Where the answers stand. Apart from the counts, because a ranking asks for it only to explain itself.
    pub places: Box<AnswerPlaces>,
}

/// Where the answers of one month stand, by what they say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerPlaces {
    /// Answers with a rating of 4 or 5.
    pub satisfied: Places,
    /// Answers with a rating of 1 to 3.
    pub dissatisfied: Places,
    /// Answers that say that every commitment they name was kept.
    pub all_kept: Places,
    /// Answers that say that some commitment was not kept.
    pub some_broken: Places,
    /// Answers at the kiosk. They stand in the lists above as well.
    pub at_kiosk: Places,
}

/// Favourable words from hours in which one kiosk took more answers than citizens give
/// ([`KIOSK_ANSWERS_PER_HOUR`](crate::KIOSK_ANSWERS_PER_HOUR)). They stand in every other count as well; a rulebook may leave them
/// out, so that a sitting alone earns nothing. Unfavourable words of such an hour keep their weight.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crowd {
    /// The words, all of them favourable.
    pub answers: ChannelAnswers,
    /// Where they stand.
    pub evidence: Places,
}

impl Opinions {
    /// All of them.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.favourable + self.unfavourable
    }

    /// Twice the weight of the favourable ones: an assisted one weighs half of an unassisted one.
    #[must_use]
    pub fn favourable_halves(&self) -> u32 {
        2 * self.favourable - self.favourable_assisted
    }

    /// Twice the weight of all.
    #[must_use]
    pub fn halves(&self) -> u32 {
        2 * self.count() - self.favourable_assisted - self.unfavourable_assisted
    }

    fn add(&mut self, is_favourable: bool, assisted: bool, times: u32) {
        let (count, of_them_assisted) = if is_favourable {
            (&mut self.favourable, &mut self.favourable_assisted)
        } else {
            (&mut self.unfavourable, &mut self.unfavourable_assisted)
        };
        *count += times;
        *of_them_assisted += if assisted { times } else { 0 };
    }

    /// Without some of them.
    fn without(self, some: Opinions) -> Opinions {
        Opinions {
            favourable: self.favourable - some.favourable,
            favourable_assisted: self.favourable_assisted - some.favourable_assisted,
            unfavourable: self.unfavourable - some.unfavourable,
            unfavourable_assisted: self.unfavourable_assisted - some.unfavourable_assisted,
        }
    }
}

impl ChannelAnswers {
    /// Without what is left out of them, which must be some of them.
    #[must_use]
    pub fn without(self, some: ChannelAnswers) -> ChannelAnswers {
        ChannelAnswers {
            satisfaction: self.satisfaction.without(some.satisfaction),
            commitments: self.commitments.without(some.commitments),
        }
    }
}

impl SurveyTally {
    /// All answers of the month.
    #[must_use]
    pub fn answers(&self) -> u64 {
        self.channels.iter().map(|of_channel| u64::from(of_channel.satisfaction.count())).sum()
    }

    /// The answers by the way they came, in the order of [`SurveyChannel::ALL`].
    #[inline]
    pub fn channels(&self) -> impl Iterator<Item = (SurveyChannel, ChannelAnswers)> {
        SurveyChannel::ALL.into_iter().zip(self.channels.iter().copied())
    }

    /// The favourable words of the month that were given in a crowded hour, where any were.
    #[must_use]
    pub fn crowd(&self) -> Option<&Crowd> {
        self.crowd.as_deref()
    }

    pub(crate) fn add_crowded(&mut self, answer: &FavourableAnswer) {
        let crowd = self.crowd.get_or_insert_default();
        crowd.answers.satisfaction.add(true, answer.assisted, u32::from(answer.satisfied));
        crowd.answers.commitments.add(true, answer.assisted, answer.kept);
        if answer.satisfied || answer.kept > 0 {
            crowd.evidence.insert(answer.evidence);
        }
    }

    pub(crate) fn add(&mut self, channel: SurveyChannel, satisfied: bool, assisted: bool, at: Evidence) {
        let side = if satisfied { &mut self.places.satisfied } else { &mut self.places.dissatisfied };
        side.insert(at);
        if let Some(of_channel) = self.channels.get_mut(channel.place()) {
            of_channel.satisfaction.add(satisfied, assisted, 1);
        }
        if channel == SurveyChannel::Kiosk {
            self.places.at_kiosk.insert(at);
        }
    }

    /// Counts what an answer says of one commitment.
    pub(crate) fn add_commitment(&mut self, channel: SurveyChannel, kept: bool, assisted: bool) {
        if let Some(of_channel) = self.channels.get_mut(channel.place()) {
            of_channel.commitments.add(kept, assisted, 1);
        }
    }
}
