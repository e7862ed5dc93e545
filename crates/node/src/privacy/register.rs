//! What the node's own log says about personal data, counted by month: what was recorded, looked at, asked for, erased; never a value.

use std::collections::{BTreeMap, BTreeSet};

use danvan_event::{Entry, Event, EventId};
use danvan_projection::Day;
use serde::Serialize;

use super::requests::Requests;

/// The marks of the entries that this register is about, in their one spelling.
const MARKS: [&str; 2] = [r#""type":"vn.danvan.privacy."#, r#""_sd":["#];

/// The log as far as personal data are concerned.
#[derive(Default)]
pub(crate) struct Register {
    months: BTreeMap<String, Counts>,
    pub(crate) requests: Requests,
}

/// What happened in a month, by the node's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    /// Records with personal fields.
    pub(crate) recorded: u64,
    /// Those of them that are held now.
    pub(crate) held: u64,
    /// Looks at a record.
    pub(crate) looks: u64,
    /// Requests for erasure and withdrawn consents.
    pub(crate) requests: u64,
    /// Requests that were refused.
    pub(crate) refused: u64,
    /// Records named by erasures.
    pub(crate) erased: u64,
}

/// The counts of one month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Month {
    /// `YYYY-MM` in Vietnam.
    pub(crate) month: String,
    #[serde(flatten)]
    pub(crate) counts: Counts,
}

impl Register {
    /// The bytes of the next entry. `held` are the records that the vault opens now.
    pub(crate) fn hear(&mut self, bytes: &[u8], held: &BTreeSet<EventId>) {
        let concerns = |text: &str| MARKS.iter().any(|mark| text.contains(mark));
        if !std::str::from_utf8(bytes).is_ok_and(concerns) {
            return;
        }
        let Ok(entry) = Entry::parse(bytes.to_vec()) else { return };
        let on = Day::of(entry.recordedtime());
        let counts = self.months.entry(danvan_projection::Month::of(entry.recordedtime()).to_string()).or_default();
        match entry.event() {
            Event::PrivacyDisclosed(_) => counts.looks += 1,
            Event::ErasureRequested(_) | Event::ConsentWithdrawn(_) => counts.requests += 1,
            Event::ErasureRefused(_) => counts.refused += 1,
            Event::PrivacyErased(fact) => counts.erased += fact.event_ids.len() as u64,
            _ => {
                counts.recorded += 1;
                counts.held += u64::from(held.contains(&entry.id()));
            }
        }
        self.requests.hear(entry.id(), on, entry.event());
    }

    /// The months in order.
    pub(crate) fn months(&self) -> Vec<Month> {
        self.months.iter().map(|(month, counts)| Month { month: month.clone(), counts: *counts }).collect()
    }

    /// All months together.
    pub(crate) fn total(&self) -> Counts {
        self.months.values().fold(Counts::default(), |sum, month| Counts {
            recorded: sum.recorded + month.recorded,
            held: sum.held + month.held,
            looks: sum.looks + month.looks,
            requests: sum.requests + month.requests,
            refused: sum.refused + month.refused,
            erased: sum.erased + month.erased,
        })
    }
}
