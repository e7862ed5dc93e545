//! The pledges of a unit.

use danvan_event::EventId;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use smol_str::SmolStr;

use super::Pledge;
use crate::evidence::Evidence;
use crate::growth;
use crate::stamp::id_bytes;

/// The pledges of a unit, in the order of their recording.
///
/// What was signed lies apart: the rules look at it when a pledge is renewed, broken or taken back, a ranking never.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pledges {
    given: Vec<Pledge>,
    signed: Vec<Signed>,
}

/// What was signed, and in which event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Signed {
    /// The event that recorded it.
    #[serde(with = "id_bytes")]
    pub(crate) id: EventId,
    /// The catalogue signed.
    pub(crate) catalogue: SmolStr,
    /// Its version; where none was named, the one of the catalogue that stands last before it in the log.
    pub(crate) version: Option<SmolStr>,
}

impl Pledges {
    pub(crate) fn as_slice(&self) -> &[Pledge] {
        &self.given
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Pledge, &Signed)> {
        self.given.iter().zip(&self.signed)
    }

    /// The pledge that the event recorded.
    pub(crate) fn get(&self, id: EventId) -> Option<(&Pledge, &Signed)> {
        self.iter().find(|(_, signed)| signed.id == id)
    }

    pub(crate) fn push(&mut self, pledge: Pledge, signed: Signed) {
        growth::push(&mut self.given, pledge);
        growth::push(&mut self.signed, signed);
    }

    pub(crate) fn change(&mut self, id: EventId, change: impl FnOnce(&mut Pledge)) {
        let changing = self.given.iter_mut().zip(&self.signed).find(|(_, signed)| signed.id == id);
        if let Some((pledge, _)) = changing {
            change(pledge);
        }
    }

    /// Forgets what the entry at this place did: that a pledge was signed, or given again.
    pub(crate) fn take_back(&mut self, evidence: Evidence) {
        if let Some(place) = self.given.iter().position(|pledge| pledge.evidence == evidence) {
            self.given.remove(place);
            self.signed.remove(place);
        }
        self.given.iter_mut().for_each(|pledge| pledge.take_back(evidence));
    }
}

impl Serialize for Pledges {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Pledges {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Pledges, D::Error> {
        let read: Vec<(Pledge, Signed)> = Vec::deserialize(deserializer)?;
        if !read.is_sorted_by(|(a, _), (b, _)| a.evidence < b.evidence) {
            return Err(de::Error::custom("pledges out of order"));
        }
        let (given, signed) = read.into_iter().unzip();
        Ok(Pledges { given, signed })
    }
}

#[cfg(test)]
mod tests {
    use danvan_event::Timestamp;
    use serde_json::json;

    use super::*;

    fn pledges(places: &[u64]) -> Pledges {
        let mut pledges = Pledges::default();
        for place in places {
            let given = Pledge {
                at: Timestamp::from_millis(1_710_000_000_000).unwrap(),
                evidence: Evidence::new(*place),
                period: "2024".parse().unwrap(),
                collective: false,
                staff_key: Some(format!("CB{place}").into()),
                signers: None,
                afterwards: None,
            };
            let id = format!("018e2c5a-7b1e-7000-8000-{place:012}").parse().unwrap();
            pledges.push(given, Signed { id, catalogue: format!("mau-{place}").into(), version: None });
        }
        pledges
    }

    #[test]
    fn a_pledge_is_taken_back_with_what_was_signed() {
        let mut held = pledges(&[3, 5, 9]);
        held.take_back(Evidence::new(5));
        assert_eq!(held, pledges(&[3, 9]));
    }

    #[test]
    fn pledges_read_back_and_out_of_order_are_refused() {
        let written = serde_json::to_value(pledges(&[3, 5])).unwrap();
        assert_eq!(serde_json::from_value::<Pledges>(written.clone()).unwrap(), pledges(&[3, 5]));
        for places in [[1, 0], [0, 0]] {
            let other = json!(places.map(|place| written[place].clone()));
            assert!(serde_json::from_value::<Pledges>(other).unwrap_err().to_string().contains("out of order"));
        }
    }
}
