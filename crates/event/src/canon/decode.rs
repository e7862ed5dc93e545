//! Reading typed values out of a [`Canon`], without a detour over text.

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, IntoDeserializer, Visitor};

use super::Canon;

/// The value does not have the shape of the type. Within a validated entry: schema and type disagree, which is a bug here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DecodeError(String);

impl serde::de::Error for DecodeError {
    fn custom<T: std::fmt::Display>(message: T) -> DecodeError {
        DecodeError(message.to_string())
    }
}

impl<'de> IntoDeserializer<'de, DecodeError> for &'de Canon {
    type Deserializer = &'de Canon;

    fn into_deserializer(self) -> &'de Canon {
        self
    }
}

impl<'de> Deserializer<'de> for &'de Canon {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self {
            Canon::Bool(value) => visitor.visit_bool(*value),
            Canon::Int(number) => visitor.visit_i64(*number),
            Canon::Str(text) => visitor.visit_borrowed_str(text),
            Canon::List(items) => visitor.visit_seq(SeqDeserializer::new(items.iter())),
            Canon::Map(members) => {
                visitor.visit_map(MapDeserializer::new(members.iter().map(|(key, member)| (key.as_str(), member))))
            }
        }
    }

    /// There are no nulls: what is present is `Some`.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_some(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match self {
            Canon::Str(code) => visitor.visit_enum(code.as_str().into_deserializer()),
            _ => Err(serde::de::Error::custom("a code is expected")),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}
