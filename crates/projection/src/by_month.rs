//! What is counted for each month, side by side in memory.

use std::ops::RangeInclusive;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::period::Month;

/// A value for each month of which something is known, in order.
///
/// A ranking walks through a year of every unit. With the months in one piece of memory, it finds them without a search and
/// without a jump for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByMonth<Value>(Vec<(Month, Value)>);

impl<Value> Default for ByMonth<Value> {
    fn default() -> ByMonth<Value> {
        ByMonth(Vec::new())
    }
}

impl<Value> ByMonth<Value> {
    /// Whether nothing is known of any month.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is known of a month.
    #[must_use]
    pub fn get(&self, month: Month) -> Option<&Value> {
        self.place(month).ok().and_then(|place| self.0.get(place)).map(|(_, value)| value)
    }

    /// The months with their values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Month, &Value)> {
        self.0.iter().map(|(month, value)| (*month, value))
    }

    /// The values in the order of their months.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.0.iter().map(|(_, value)| value)
    }

    /// Some months with their values, in order.
    pub fn range(&self, months: RangeInclusive<Month>) -> impl Iterator<Item = (Month, &Value)> {
        let start = self.0.partition_point(|(month, _)| month < months.start());
        let known = self.0.get(start..).unwrap_or_default();
        known.iter().take_while(move |(month, _)| month <= months.end()).map(|(month, value)| (*month, value))
    }

    /// What is known of a month, made when nothing is.
    pub(crate) fn of(&mut self, month: Month) -> &mut Value
    where
        Value: Default,
    {
        let place = self.place(month).unwrap_or_else(|place| {
            // Twelve of them come in a year.
            self.0.reserve_exact(1);
            self.0.insert(place, (month, Value::default()));
            place
        });
        &mut self.0[place].1
    }

    /// Changes what is known of a month; when that comes to nothing, the month is forgotten.
    pub(crate) fn change(&mut self, month: Month, change: impl FnOnce(&mut Value))
    where
        Value: Default + PartialEq,
    {
        if let Ok(place) = self.place(month) {
            change(&mut self.0[place].1);
            if self.0[place].1 == Value::default() {
                self.0.remove(place);
            }
        }
    }

    /// Most of what comes is of the last month.
    fn place(&self, month: Month) -> Result<usize, usize> {
        match self.0.split_last() {
            Some(((last, _), before)) if *last == month => Ok(before.len()),
            _ => self.0.binary_search_by_key(&month, |(held, _)| *held),
        }
    }
}

impl<Value: Serialize> Serialize for ByMonth<Value> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, Value: Deserialize<'de>> Deserialize<'de> for ByMonth<Value> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ByMonth<Value>, D::Error> {
        let read: Vec<(Month, Value)> = Vec::deserialize(deserializer)?;
        if read.is_sorted_by(|(a, _), (b, _)| a < b) {
            Ok(ByMonth(read))
        } else {
            Err(de::Error::custom("months out of order"))
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
        fn it_is_a_map_in_the_order_of_the_months(
            given in prop::collection::vec((24_240_u16..24_280, 0_u8..4), 0..60),
            (from, to) in (24_240_u16..24_280, 24_240_u16..24_280),
        ) {
            let (mut held, mut map) = (ByMonth::<u8>::default(), BTreeMap::<Month, u8>::new());
            for (number, value) in given {
                let month = Month::numbered(number);
                if value == 0 {
                    held.change(month, |held| *held = 0);
                    map.remove(&month);
                } else {
                    *held.of(month) = value;
                    map.insert(month, value);
                }
            }
            let months = Month::numbered(from.min(to))..=Month::numbered(from.max(to));
            prop_assert!(held.iter().eq(map.iter().map(|(month, value)| (*month, value))));
            prop_assert!(held.range(months.clone()).eq(map.range(months.clone()).map(|(month, value)| (*month, value))));
            prop_assert_eq!(held.get(*months.start()), map.get(months.start()));
            let written = serde_json::to_string(&held).unwrap();
            prop_assert_eq!(serde_json::from_str::<ByMonth<u8>>(&written).unwrap(), held);
        }
    }

    #[test]
    fn months_out_of_order_are_refused() {
        for text in [r#"[["2024-03",1],["2024-03",2]]"#, r#"[["2024-03",1],["2024-02",2]]"#] {
            assert!(serde_json::from_str::<ByMonth<u8>>(text).is_err(), "{text}");
        }
    }
}
