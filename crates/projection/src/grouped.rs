//! Several values of one key, side by side in memory.

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::growth;

/// Values by key, those of one key in the order in which they came.
///
/// A unit has a dozen of them. A ranking that walks through all units finds them in one piece of memory, where a tree of lists
/// would make it jump for every key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Grouped<Key, Value>(Vec<(Key, Value)>);

impl<Key, Value> Default for Grouped<Key, Value> {
    fn default() -> Grouped<Key, Value> {
        Grouped(Vec::new())
    }
}

impl<Key: Copy + Ord, Value> Grouped<Key, Value> {
    /// The values of a key.
    pub(crate) fn of(&self, key: Key) -> impl ExactSizeIterator<Item = &Value> {
        let start = self.0.partition_point(|(held, _)| *held < key);
        let end = self.0.partition_point(|(held, _)| *held <= key);
        self.0.get(start..end).unwrap_or_default().iter().map(|(_, value)| value)
    }

    /// The keys in order, each with the value that came last.
    pub(crate) fn newest(&self) -> impl Iterator<Item = (Key, &Value)> {
        self.0.chunk_by(|(a, _), (b, _)| a == b).filter_map(<[_]>::last).map(|(key, value)| (*key, value))
    }

    pub(crate) fn add(&mut self, key: Key, value: Value) {
        let end = self.0.partition_point(|(held, _)| *held <= key);
        growth::make_room(&mut self.0);
        self.0.insert(end, (key, value));
    }

    pub(crate) fn retain(&mut self, keeps: impl Fn(&Value) -> bool) {
        self.0.retain(|(_, value)| keeps(value));
    }
}

impl<'de, Key: Deserialize<'de> + Ord, Value: Deserialize<'de>> Deserialize<'de> for Grouped<Key, Value> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Grouped<Key, Value>, D::Error> {
        let read: Vec<(Key, Value)> = Vec::deserialize(deserializer)?;
        if read.is_sorted_by(|(a, _), (b, _)| a <= b) {
            Ok(Grouped(read))
        } else {
            Err(de::Error::custom("keys out of order"))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_map_of_lists(given in prop::collection::vec((0_u8..6, 0_u8..4), 0..40), taken in 0_u8..4) {
            let (mut held, mut map) = (Grouped::default(), BTreeMap::<u8, Vec<u8>>::new());
            for (key, value) in given {
                held.add(key, value);
                map.entry(key).or_default().push(value);
            }
            held.retain(|value| *value != taken);
            map.retain(|_, values| {
                values.retain(|value| *value != taken);
                !values.is_empty()
            });
            for key in 0..6 {
                prop_assert!(held.of(key).eq(map.get(&key).map_or(&[][..], Vec::as_slice)), "{key}");
            }
            prop_assert!(held.newest().eq(map.iter().map(|(key, values)| (*key, values.last().unwrap()))));
            let written = serde_json::to_string(&held).unwrap();
            prop_assert_eq!(serde_json::from_str::<Grouped<u8, u8>>(&written).unwrap(), held);
        }
    }

    #[test]
    fn keys_out_of_order_are_refused() {
        assert!(serde_json::from_str::<Grouped<u8, u8>>("[[2,1],[1,1]]").is_err());
    }
}
