//! What the aggregator states by key, a later statement in the place of an earlier one, and where it did so last.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::evidence::Evidence;
use crate::registry::Registered;

/// The last statement of each key. Which of them is the last of all can be found again, so only they are written into a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stated<Key, Fact> {
    facts: BTreeMap<Key, Registered<Fact>>,
    last: Option<Evidence>,
}

impl<Key: Ord, Fact> Stated<Key, Fact> {
    pub(crate) const fn empty() -> Stated<Key, Fact> {
        Stated { facts: BTreeMap::new(), last: None }
    }

    pub(crate) fn state(&mut self, key: Key, stated: Registered<Fact>) {
        self.last = self.last.max(Some(stated.evidence));
        self.facts.insert(key, stated);
    }

    /// Takes a key's statement out, because another kind of statement stands in its place.
    pub(crate) fn take_out(&mut self, key: &Key) -> Option<Registered<Fact>> {
        let taken = self.facts.remove(key);
        self.last = last_of(&self.facts);
        taken
    }

    pub(crate) const fn facts(&self) -> &BTreeMap<Key, Registered<Fact>> {
        &self.facts
    }

    /// Where the last statement stands.
    pub(crate) const fn last(&self) -> Option<Evidence> {
        self.last
    }
}

impl<Key: Ord, Fact> Default for Stated<Key, Fact> {
    fn default() -> Self {
        Stated::empty()
    }
}

impl<Key: Serialize, Fact: Serialize> Serialize for Stated<Key, Fact> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.facts.serialize(serializer)
    }
}

impl<'de, Key: Deserialize<'de> + Ord, Fact: DeserializeOwned> Deserialize<'de> for Stated<Key, Fact> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let facts: BTreeMap<Key, Registered<Fact>> = BTreeMap::deserialize(deserializer)?;
        Ok(Stated { last: last_of(&facts), facts })
    }
}

fn last_of<Key, Fact>(facts: &BTreeMap<Key, Registered<Fact>>) -> Option<Evidence> {
    facts.values().map(|stated| stated.evidence).max()
}
