//! Survey answers, counted by month.

use danvan_event::SurveyChannel;
use serde::{Deserialize, Serialize};

use crate::evidence::Evidence;
use crate::growth;
use crate::places::Places;
use crate::unit::FavourableAnswer;

/// A number of answers of one kind and where they stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// All answers, each counted once.
    pub count: u32,
    /// Those of them that a member of staff helped to give.
    pub assisted: u32,
    /// Their entries.
    pub evidence: Places,
}

/// Answers that came one way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelAnswers {
    /// Ratings 4 and 5.
    pub satisfied: u32,
    /// Those of them that were assisted.
    pub satisfied_assisted: u32,
    /// Ratings 1 to 3.
    pub dissatisfied: u32,
    /// Those of them that were assisted.
    pub dissatisfied_assisted: u32,
    /// The commitments that they rate.
    pub commitments: ItemCount,
}

/// How often one commitment was seen kept and seen broken, whoever helped to say so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeCount {
    /// Ratings that say: kept.
    pub kept: u32,
    /// Ratings that say: not kept.
    pub broken: u32,
}

/// How often commitments were seen kept and seen broken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemCount {
    /// Ratings that say: kept.
    pub kept: u32,
    /// Those of them that were assisted.
    pub kept_assisted: u32,
    /// Ratings that say: not kept.
    pub broken: u32,
    /// Those of them that were assisted.
    pub broken_assisted: u32,
}

/// The answers of one month.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurveyTally {
    /// Answers with each rating: `ratings[0]` counts rating 1, `ratings[4]` rating 5.
    pub ratings: [u32; 5],
    /// Ratings 4 and 5.
    pub satisfied: Answers,
    /// Ratings 1 to 3.
    pub dissatisfied: Answers,
    /// The commitments rated.
    pub commitments: Commitments,
    /// Answers that say that every commitment they name was kept.
    pub all_kept: Places,
    /// Answers that say that some commitment was not kept.
    pub some_broken: Places,
    /// Answers at the kiosk. They stand in every other list as well.
    pub at_kiosk: Places,
    /// Most months have none.
    crowd: Option<Box<Crowd>>,
    channels: [ChannelAnswers; SurveyTally::CHANNELS.len()],
}

/// Favourable words from hours in which one kiosk took more answers than citizens give
/// ([`KIOSK_ANSWERS_PER_HOUR`](crate::KIOSK_ANSWERS_PER_HOUR)). They stand in every other count as well; a rulebook may leave them
/// out, so that a sitting alone earns nothing. Unfavourable words of such an hour keep their weight.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crowd {
    /// Ratings 4 and 5.
    pub satisfied: Answers,
    /// Ratings of single commitments that say: kept.
    pub kept: u64,
    /// Those of them that were assisted.
    pub kept_assisted: u64,
    /// The answers in which they stand.
    pub evidence: Places,
}

/// The place of a channel in [`SurveyTally::CHANNELS`].
const fn place_of(channel: SurveyChannel) -> usize {
    match channel {
        SurveyChannel::Kiosk => 0,
        SurveyChannel::Qr => 1,
        SurveyChannel::Zalo => 2,
        SurveyChannel::Paper => 3,
        SurveyChannel::Phone => 4,
    }
}

/// The commitments that were rated, in the order of their codes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commitments {
    sorted: Vec<(Code, CodeCount)>,
}

/// So many codes are looked at one after the other.
const FEW_CODES: usize = 24;

/// The code of a commitment in place, filled up with zeros: a dozen of them are compared for every answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
struct Code([u8; Code::LONGEST]);

/// A code that no schema allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no code of a commitment")]
struct CodeError;

impl Code {
    /// The longest code that the schema of answers allows.
    const LONGEST: usize = 20;

    fn of(text: &str) -> Option<Code> {
        let mut code = [0; Code::LONGEST];
        let places = code.get_mut(..text.len())?;
        // Codes have two or three letters: one by one is faster than a call.
        places.iter_mut().zip(text.bytes()).for_each(|(place, byte)| *place = byte);
        Some(Code(code))
    }

    fn as_str(&self) -> &str {
        let text = std::str::from_utf8(&self.0).unwrap_or_default();
        text.trim_end_matches('\0')
    }

    /// Equality that looks at the first letters first, as one number: two codes nearly always differ in them.
    #[inline]
    fn is(&self, other: &Code) -> bool {
        self.0.first_chunk::<8>() == other.0.first_chunk() && self == other
    }
}

impl From<Code> for String {
    fn from(code: Code) -> String {
        code.as_str().to_owned()
    }
}

impl TryFrom<String> for Code {
    type Error = CodeError;

    fn try_from(text: String) -> Result<Code, CodeError> {
        Code::of(&text).filter(|code| code.as_str() == text).ok_or(CodeError)
    }
}

impl Commitments {
    /// How often the commitment of this code was rated.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&CodeCount> {
        self.place(Code::of(code)?).ok().and_then(|place| self.sorted.get(place)).map(|(_, count)| count)
    }

    /// The codes with their counts.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &CodeCount)> {
        self.sorted.iter().map(|(code, count)| (code.as_str(), count))
    }

    /// The counts.
    #[must_use]
    pub fn values(&self) -> impl ExactSizeIterator<Item = &CodeCount> {
        self.sorted.iter().map(|(_, count)| count)
    }

    /// Counts one rating. The schema of answers has no code that is too long to be counted.
    pub(crate) fn add(&mut self, code: &str, kept: bool) {
        let Some(code) = Code::of(code) else { return };
        let place = self.place(code).unwrap_or_else(|place| {
            growth::make_room(&mut self.sorted);
            self.sorted.insert(place, (code, CodeCount::default()));
            place
        });
        if let Some((_, count)) = self.sorted.get_mut(place) {
            *if kept { &mut count.kept } else { &mut count.broken } += 1;
        }
    }

    /// A dozen codes lie side by side: to look at each is cheaper than to guess in the middle and be wrong half of the time.
    fn place(&self, code: Code) -> Result<usize, usize> {
        if self.sorted.len() <= FEW_CODES {
            let found = self.sorted.iter().position(|(held, _)| held.is(&code));
            return found.ok_or_else(|| self.sorted.partition_point(|(held, _)| held.0 < code.0));
        }
        self.sorted.binary_search_by(|(held, _)| held.0.cmp(&code.0))
    }
}

impl Answers {
    /// Twice the weight of these answers: an assisted answer weighs half of an unassisted one.
    #[must_use]
    pub fn halves(&self) -> u64 {
        2 * u64::from(self.count) - u64::from(self.assisted)
    }

    pub(crate) fn add(&mut self, assisted: bool, at: Evidence) {
        self.count += 1;
        self.assisted += u32::from(assisted);
        self.evidence.insert(at);
    }
}

impl ChannelAnswers {
    /// All answers.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.satisfied + self.dissatisfied
    }

    /// Twice the weight of the satisfied answers: an assisted answer weighs half of an unassisted one.
    #[must_use]
    pub fn satisfied_halves(&self) -> u32 {
        2 * self.satisfied - self.satisfied_assisted
    }

    /// Twice the weight of all answers.
    #[must_use]
    pub fn halves(&self) -> u32 {
        2 * self.count() - self.satisfied_assisted - self.dissatisfied_assisted
    }

    fn add(&mut self, satisfied: bool, assisted: bool) {
        let (count, of_them_assisted) = if satisfied {
            (&mut self.satisfied, &mut self.satisfied_assisted)
        } else {
            (&mut self.dissatisfied, &mut self.dissatisfied_assisted)
        };
        *count += 1;
        *of_them_assisted += u32::from(assisted);
    }
}

impl ItemCount {
    /// All ratings.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.kept + self.broken
    }

    /// Twice the weight of those that say kept: an assisted answer weighs half of an unassisted one.
    #[must_use]
    pub fn kept_halves(&self) -> u32 {
        2 * self.kept - self.kept_assisted
    }

    /// Twice the weight of all.
    #[must_use]
    pub fn halves(&self) -> u32 {
        2 * self.count() - self.kept_assisted - self.broken_assisted
    }

    pub(crate) fn add(&mut self, kept: bool, assisted: bool) {
        let (count, of_them_assisted) = if kept {
            (&mut self.kept, &mut self.kept_assisted)
        } else {
            (&mut self.broken, &mut self.broken_assisted)
        };
        *count += 1;
        *of_them_assisted += u32::from(assisted);
    }
}

impl SurveyTally {
    /// The ways of answering, in the order of [`SurveyTally::channels`].
    pub const CHANNELS: [SurveyChannel; 5] =
        [SurveyChannel::Kiosk, SurveyChannel::Qr, SurveyChannel::Zalo, SurveyChannel::Paper, SurveyChannel::Phone];

    /// All answers of the month.
    #[must_use]
    pub fn answers(&self) -> u64 {
        u64::from(self.satisfied.count) + u64::from(self.dissatisfied.count)
    }

    /// The answers by the way they came, in a fixed order.
    #[inline]
    pub fn channels(&self) -> impl Iterator<Item = (SurveyChannel, ChannelAnswers)> {
        Self::CHANNELS.into_iter().zip(self.channels)
    }

    /// The favourable words of the month that were given in a crowded hour, where any were.
    #[must_use]
    pub fn crowd(&self) -> Option<&Crowd> {
        self.crowd.as_deref()
    }

    pub(crate) fn add_crowded(&mut self, answer: &FavourableAnswer) {
        let crowd = self.crowd.get_or_insert_default();
        if answer.satisfied {
            crowd.satisfied.add(answer.assisted, answer.evidence);
        }
        if answer.satisfied || answer.kept > 0 {
            crowd.evidence.insert(answer.evidence);
        }
        crowd.kept += answer.kept;
        crowd.kept_assisted += if answer.assisted { answer.kept } else { 0 };
    }

    pub(crate) fn add(&mut self, channel: SurveyChannel, satisfied: bool, assisted: bool, at: Evidence) {
        let side = if satisfied { &mut self.satisfied } else { &mut self.dissatisfied };
        side.add(assisted, at);
        if let Some(of_channel) = self.channels.get_mut(place_of(channel)) {
            of_channel.add(satisfied, assisted);
        }
        if channel == SurveyChannel::Kiosk {
            self.at_kiosk.insert(at);
        }
    }

    /// Counts what an answer says of one commitment.
    pub(crate) fn add_commitment(&mut self, channel: SurveyChannel, code: &str, kept: bool, assisted: bool) {
        self.commitments.add(code, kept);
        if let Some(of_channel) = self.channels.get_mut(place_of(channel)) {
            of_channel.commitments.add(kept, assisted);
        }
    }
}
