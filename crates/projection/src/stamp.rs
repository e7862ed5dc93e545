//! A date and a place in six bytes each, and times as plain numbers in a snapshot.

use danvan_event::{EventId, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::evidence::Evidence;
use crate::unit::Fact;
use crate::when::{DAY_MS, When};

/// The last moment that a [`Timestamp`] can name.
pub(crate) const END_OF_TIME: Timestamp = match Timestamp::from_millis(7_258_118_399_999) {
    Ok(last) => last,
    Err(_) => panic!("the end of the year 2199 is a timestamp"),
};

/// A time or none, in six bytes: milliseconds in 48 bits, those of [`When::NEVER`] when there is none. In a snapshot none is zero, which is
/// shorter and no [`Timestamp`] either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "u64", try_from = "u64")]
pub(crate) struct Moment([u8; 6]);

/// An index below 2^48, see [`Evidence`], in six bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "u64", try_from = "u64")]
pub(crate) struct Place([u8; 6]);

/// A [`Fact`] or none, in twelve bytes instead of twenty-four: each unit has hundreds of cases, and each case several of these.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "(u64, u64)", try_from = "(u64, u64)")]
pub(crate) struct Stamp {
    pub(crate) at: Moment,
    pub(crate) place: Place,
}

/// The numbers are no date or no index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no date and place")]
pub(crate) struct StampError;

impl Moment {
    pub(crate) const NONE: Moment = Moment([0xff; 6]);

    #[inline]
    pub(crate) fn get(self) -> Option<Timestamp> {
        Timestamp::from_millis(joined(self.0).cast_signed()).ok()
    }

    #[inline]
    pub(crate) fn when(self) -> When {
        When::of_millis(joined(self.0))
    }
}

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Moment {
        Moment(split(at.as_millis().cast_unsigned()))
    }
}

impl Default for Moment {
    fn default() -> Moment {
        Moment::NONE
    }
}

impl From<Moment> for u64 {
    fn from(moment: Moment) -> u64 {
        if moment == Moment::NONE { 0 } else { joined(moment.0) }
    }
}

impl TryFrom<u64> for Moment {
    type Error = StampError;

    fn try_from(millis: u64) -> Result<Moment, StampError> {
        if millis == 0 {
            return Ok(Moment::NONE);
        }
        let millis = i64::try_from(millis).map_err(|_| StampError)?;
        Timestamp::from_millis(millis).map(Moment::from).map_err(|_| StampError)
    }
}

impl Place {
    pub(crate) const NONE: Place = Place([0; 6]);

    #[inline]
    pub(crate) fn evidence(self) -> Evidence {
        Evidence::new(joined(self.0))
    }
}

impl From<Evidence> for Place {
    fn from(evidence: Evidence) -> Place {
        Place(split(evidence.index()))
    }
}

impl From<Place> for u64 {
    fn from(place: Place) -> u64 {
        joined(place.0)
    }
}

impl TryFrom<u64> for Place {
    type Error = StampError;

    fn try_from(index: u64) -> Result<Place, StampError> {
        let place = Place(split(index));
        if joined(place.0) == index { Ok(place) } else { Err(StampError) }
    }
}

impl Stamp {
    pub(crate) const NONE: Stamp = Stamp { at: Moment::NONE, place: Place::NONE };

    #[inline]
    pub(crate) fn get(self) -> Option<Fact> {
        Some(Fact { at: self.at.get()?, evidence: self.place.evidence() })
    }

    /// The fact of a stamp that was made of one; of none, the end of time.
    #[inline]
    pub(crate) fn known(self) -> Fact {
        self.get().unwrap_or(Fact { at: END_OF_TIME, evidence: Evidence::new(0) })
    }

    /// Keeps the earlier of the two by its claimed date, the lower index among equals.
    pub(crate) fn keep_earlier(&mut self, fact: Fact) -> bool {
        self.keep(fact, |held| (fact.at, fact.evidence) < (held.at, held.evidence))
    }

    /// Keeps the later of the two.
    pub(crate) fn keep_later(&mut self, fact: Fact) -> bool {
        self.keep(fact, |held| (fact.at, fact.evidence) > (held.at, held.evidence))
    }

    fn keep(&mut self, fact: Fact, replaces: impl Fn(Fact) -> bool) -> bool {
        let changes = self.get().is_none_or(replaces);
        if changes {
            *self = Stamp::from(fact);
        }
        changes
    }
}

impl From<Fact> for Stamp {
    fn from(fact: Fact) -> Stamp {
        Stamp { at: Moment::from(fact.at), place: Place::from(fact.evidence) }
    }
}

impl From<Stamp> for (u64, u64) {
    fn from(stamp: Stamp) -> (u64, u64) {
        (stamp.at.into(), stamp.place.into())
    }
}

impl TryFrom<(u64, u64)> for Stamp {
    type Error = StampError;

    fn try_from((millis, index): (u64, u64)) -> Result<Stamp, StampError> {
        let stamp = Stamp { at: Moment::try_from(millis)?, place: Place::try_from(index)? };
        if stamp.get().is_some() || stamp == Stamp::NONE { Ok(stamp) } else { Err(StampError) }
    }
}

/// A moment some days later; at the end of time, the last moment that can be named.
#[inline]
pub(crate) fn days_after(at: Timestamp, days: u32) -> Timestamp {
    Timestamp::from_millis(at.as_millis() + i64::from(days) * DAY_MS).unwrap_or(END_OF_TIME)
}

fn split(number: u64) -> [u8; 6] {
    number.to_le_bytes().first_chunk().copied().unwrap_or_default()
}

#[inline]
fn joined(lowest: [u8; 6]) -> u64 {
    let mut bytes = [0; 8];
    bytes[..6].copy_from_slice(&lowest);
    u64::from_le_bytes(bytes)
}

/// A time as milliseconds, for `#[serde(with)]`: seven bytes instead of twenty-five, and nothing to parse.
pub(crate) mod millis {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Timestamp, de};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
    pub(crate) fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        at.as_millis().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        Timestamp::from_millis(i64::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// An id as its sixteen bytes, for `#[serde(with)]`.
pub(crate) mod id_bytes {
    use super::{Deserialize, Deserializer, EventId, Serialize, Serializer, de};

    pub(crate) fn serialize<S: Serializer>(id: &EventId, serializer: S) -> Result<S::Ok, S::Error> {
        id.as_bytes().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<EventId, D::Error> {
        EventId::from_bytes(Deserialize::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fact(millis: i64, index: u64) -> Fact {
        Fact { at: Timestamp::from_millis(millis).unwrap(), evidence: Evidence::new(index) }
    }

    #[test]
    fn the_earlier_or_the_later_stays_and_the_lower_index_is_the_earlier() {
        let (mut earliest, mut latest) = (Stamp::default(), Stamp::default());
        assert_eq!(earliest.get(), None);
        for at in [fact(1_710_000_000_000, 7), fact(1_710_000_000_000, 9), fact(1_710_000_000_001, 8)] {
            earliest.keep_earlier(at);
            latest.keep_later(at);
        }
        assert_eq!(earliest.get(), Some(fact(1_710_000_000_000, 7)));
        assert_eq!(latest.get(), Some(fact(1_710_000_000_001, 8)));
    }

    proptest! {
        #[test]
        fn a_stamp_gives_back_what_it_was_made_of(millis in 946_684_800_000_i64..7_258_118_400_000, index in 0_u64..1 << 48) {
            let stamp = Stamp::from(fact(millis, index));
            prop_assert_eq!(stamp.get(), Some(fact(millis, index)));
            prop_assert_eq!(Stamp::try_from(<(u64, u64)>::from(stamp)), Ok(stamp));
        }

        #[test]
        fn numbers_that_are_no_stamp_are_refused(millis in 0_u64..946_684_800_000, index in 1_u64..1 << 48) {
            prop_assert_eq!(Stamp::try_from((millis, index)), Err(StampError));
            prop_assert_eq!(Stamp::try_from((1_710_000_000_000, index | 1 << 48)), Err(StampError));
            for behind in [7_258_118_400_000, (1 << 48) - 1, 1 << 48, u64::MAX] {
                prop_assert_eq!(Stamp::try_from((behind, index)), Err(StampError));
            }
        }
    }
}
