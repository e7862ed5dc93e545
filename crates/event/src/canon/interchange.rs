//! To and from `serde_json::Value` and serde.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Canon, CanonError, CanonReason, DecodeError, MAX_INT};

impl Canon {
    /// Any serialisable value as canonical JSON; fields that are `None` must be skipped by their type, as there are no nulls.
    pub fn encode<T: Serialize>(value: &T) -> Result<Canon, CanonError> {
        let text =
            serde_json::to_vec(value).map_err(|_| CanonError { path: String::new(), reason: CanonReason::Syntax })?;
        Canon::parse_lenient(&text)
    }

    /// This value as a typed one.
    pub fn decode<'de, T: Deserialize<'de>>(&'de self) -> Result<T, DecodeError> {
        T::deserialize(self)
    }
}

impl From<&Canon> for serde_json::Value {
    fn from(value: &Canon) -> serde_json::Value {
        match value {
            Canon::Bool(value) => (*value).into(),
            Canon::Int(number) => (*number).into(),
            Canon::Str(text) => text.clone().into(),
            Canon::List(items) => items.iter().map(serde_json::Value::from).collect(),
            Canon::Map(members) => {
                members.iter().map(|(key, member)| (key.clone(), serde_json::Value::from(member))).collect()
            }
        }
    }
}

impl From<Canon> for serde_json::Value {
    fn from(value: Canon) -> serde_json::Value {
        (&value).into()
    }
}

impl TryFrom<&serde_json::Value> for Canon {
    type Error = CanonError;

    fn try_from(value: &serde_json::Value) -> Result<Canon, CanonError> {
        Canon::encode(value)
    }
}

impl TryFrom<serde_json::Value> for Canon {
    type Error = CanonError;

    fn try_from(value: serde_json::Value) -> Result<Canon, CanonError> {
        Canon::encode(&value)
    }
}

impl Serialize for Canon {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Canon::Bool(value) => serializer.serialize_bool(*value),
            Canon::Int(number) => serializer.serialize_i64(*number),
            Canon::Str(text) => serializer.serialize_str(text),
            Canon::List(items) => serializer.collect_seq(items),
            Canon::Map(members) => serializer.collect_map(members),
        }
    }
}

impl<'de> Deserialize<'de> for Canon {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Canon, D::Error> {
        deserializer.deserialize_any(AnyCanon)
    }
}

struct AnyCanon;

impl<'de> Visitor<'de> for AnyCanon {
    type Value = Canon;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without fractions, nulls and duplicate keys")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Canon, E> {
        Ok(Canon::Bool(value))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Canon, E> {
        if number.unsigned_abs() <= MAX_INT.unsigned_abs() {
            Ok(Canon::Int(number))
        } else {
            Err(E::custom(CanonReason::IntegerRange))
        }
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Canon, E> {
        i64::try_from(number)
            .map_err(|_| E::custom(CanonReason::IntegerRange))
            .and_then(|number| self.visit_i64(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Canon, E> {
        Ok(Canon::from(text))
    }

    fn visit_string<E>(self, text: String) -> Result<Canon, E> {
        Ok(Canon::from(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Canon, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Canon::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Canon, A::Error> {
        let mut map = BTreeMap::new();
        while let Some((key, member)) = members.next_entry::<String, Canon>()? {
            if map.insert(key, member).is_some() {
                return Err(A::Error::custom(CanonReason::DuplicateKey));
            }
        }
        Ok(Canon::Map(map))
    }
}
