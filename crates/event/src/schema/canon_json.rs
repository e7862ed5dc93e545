//! Lets the validator walk a [`Canon`] as it is, without a copy into another JSON value.

use std::borrow::Cow;
use std::collections::{BTreeMap, btree_map};

use jsonschema::JsonType;
use jsonschema::json::{Array, Json, JsonNumber, Node, NodeIdentity, Object};
use serde_json::{Number, Value};

use crate::Canon;

pub(crate) struct CanonJson;

impl Json for CanonJson {
    type Node<'a> = &'a Canon;
    type PreparedKey = String;
    type StringBuffer = NameNode;

    const ACYCLIC: bool = true;

    fn prepare_key(key: &str) -> String {
        key.to_owned()
    }

    fn with_string_node<T>(buffer: &mut NameNode, string: &str, f: impl FnOnce(&Canon) -> T) -> T {
        f(buffer.0.insert(Canon::Str(string.to_owned())))
    }
}

/// Holds the node of a property name while it is looked at.
#[derive(Default)]
pub(crate) struct NameNode(Option<Canon>);

pub(crate) struct WholeNumber(i64);

impl JsonNumber for WholeNumber {
    fn as_u64(&self) -> Option<u64> {
        u64::try_from(self.0).ok()
    }

    fn as_i64(&self) -> Option<i64> {
        Some(self.0)
    }

    #[expect(clippy::cast_precision_loss, reason = "canonical numbers are within 2^53-1, which f64 holds exactly")]
    fn as_f64(&self) -> Option<f64> {
        Some(self.0 as f64)
    }

    fn as_str(&self) -> Cow<'_, str> {
        Cow::Owned(self.0.to_string())
    }

    fn to_number(&self) -> Cow<'_, Number> {
        Cow::Owned(Number::from(self.0))
    }

    fn is_integer(&self) -> bool {
        true
    }
}

impl<'a> Node<'a, CanonJson> for &'a Canon {
    type Object = &'a BTreeMap<String, Canon>;
    type Array = &'a [Canon];
    type Number = WholeNumber;

    fn as_object(&self) -> Option<Self::Object> {
        self.as_map()
    }

    fn as_array(&self) -> Option<&'a [Canon]> {
        self.as_list()
    }

    fn as_string(&self) -> Option<Cow<'a, str>> {
        self.as_str().map(Cow::Borrowed)
    }

    fn as_number(&self) -> Option<WholeNumber> {
        self.as_int().map(WholeNumber)
    }

    fn as_boolean(&self) -> Option<bool> {
        self.as_bool()
    }

    fn is_null(&self) -> bool {
        false
    }

    fn json_type(&self) -> JsonType {
        match self {
            Canon::Bool(_) => JsonType::Boolean,
            Canon::Int(_) => JsonType::Number,
            Canon::Str(_) => JsonType::String,
            Canon::List(_) => JsonType::Array,
            Canon::Map(_) => JsonType::Object,
        }
    }

    fn equals_value(&self, expected: &Value) -> bool {
        match (self, expected) {
            (Canon::Str(text), Value::String(other)) => text == other,
            (Canon::Bool(value), Value::Bool(other)) => value == other,
            _ => Value::from(*self) == *expected,
        }
    }

    fn to_value(&self) -> Cow<'a, Value> {
        Cow::Owned(Value::from(*self))
    }

    fn identity(&self) -> Option<NodeIdentity> {
        Some(NodeIdentity::new(std::ptr::from_ref::<Canon>(self) as usize))
    }
}

/// Members in order of the keys.
pub(crate) struct Members<'a>(btree_map::Iter<'a, String, Canon>);

impl<'a> Iterator for Members<'a> {
    type Item = (&'a str, &'a Canon);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(key, member)| (key.as_str(), member))
    }
}

impl<'a> Object<'a, CanonJson> for &'a BTreeMap<String, Canon> {
    type Node = &'a Canon;
    type MemberName = &'a str;
    type MembersIter = Members<'a>;

    fn len(&self) -> usize {
        BTreeMap::len(self)
    }

    fn get(&self, key: &String) -> Option<&'a Canon> {
        BTreeMap::get(self, key)
    }

    fn members(&self) -> Members<'a> {
        Members(self.iter())
    }
}

impl<'a> Array<'a, CanonJson> for &'a [Canon] {
    type Node = &'a Canon;
    type ElementsIter = std::slice::Iter<'a, Canon>;

    fn len(&self) -> usize {
        <[Canon]>::len(self)
    }

    fn elements(&self) -> std::slice::Iter<'a, Canon> {
        self.iter()
    }
}
