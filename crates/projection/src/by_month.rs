//! What is counted for each month, side by side in memory.

use std::ops::RangeInclusive;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::period::Month;

/// A value for each month of which something is known, in order.
///
/// A ranking walks through a year of every unit. With the values in one piece of memory, it finds them without a jump for each; the
/// months lie apart, so that the search for the first one touches none of the values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByMonth<Value> {
    months: Vec<Month>,
    values: Vec<Value>,
}

impl<Value> Default for ByMonth<Value> {
    fn default() -> ByMonth<Value> {
        ByMonth { months: Vec::new(), values: Vec::new() }
    }
}

impl<Value> ByMonth<Value> {
    /// Whether nothing is known of any month.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.months.is_empty()
    }

    /// What is known of a month.
    #[must_use]
    pub fn get(&self, month: Month) -> Option<&Value> {
        self.place(month).ok().and_then(|place| self.values.get(place))
    }

    /// The months with their values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Month, &Value)> {
        self.months.iter().copied().zip(&self.values)
    }

    /// The values in the order of their months.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.values.iter()
    }

    /// Some months with their values, in order.
    pub fn range(&self, months: RangeInclusive<Month>) -> impl Iterator<Item = (Month, &Value)> {
        let start = self.months.partition_point(|month| month < months.start());
        let known = self.months.iter().copied().zip(&self.values).skip(start);
        known.take_while(move |(month, _)| month <= months.end())
    }

    /// What is known of a month, made when nothing is.
    pub(crate) fn of(&mut self, month: Month) -> &mut Value
    where
        Value: Default,
    {
        let place = self.place(month).unwrap_or_else(|place| {
            // Twelve of them come in a year.
            self.months.reserve_exact(1);
            self.months.insert(place, month);
            self.values.reserve_exact(1);
            self.values.insert(place, Value::default());
            place
        });
        &mut self.values[place]
    }

    /// Changes what is known of a month; when that comes to nothing, the month is forgotten.
    pub(crate) fn change(&mut self, month: Month, change: impl FnOnce(&mut Value))
    where
        Value: Default + PartialEq,
    {
        if let Ok(place) = self.place(month) {
            change(&mut self.values[place]);
            if self.values[place] == Value::default() {
                self.months.remove(place);
                self.values.remove(place);
            }
        }
    }

    /// Most of what comes is of the last month.
    fn place(&self, month: Month) -> Result<usize, usize> {
        match self.months.split_last() {
            Some((last, before)) if *last == month => Ok(before.len()),
            _ => self.months.binary_search(&month),
        }
    }
}

impl<Value: Serialize> Serialize for ByMonth<Value> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de, Value: Deserialize<'de>> Deserialize<'de> for ByMonth<Value> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ByMonth<Value>, D::Error> {
        let read: Vec<(Month, Value)> = Vec::deserialize(deserializer)?;
        if !read.is_sorted_by(|(a, _), (b, _)| a < b) {
            return Err(de::Error::custom("months out of order"));
        }
        let (months, values) = read.into_iter().unzip();
        Ok(ByMonth { months, values })
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
