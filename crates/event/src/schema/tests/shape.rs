//! Schemas and payload structs cannot drift apart: what a struct asks for while it reads the examples is what the schema
//! describes, place by place.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, IntoDeserializer, Visitor};
use serde_json::Value;

use super::{derive, schemas, walk};
use crate::schema::compiled;
use crate::{Canon, DecodeError, Event, EventType, Salt, known_types};

/// What a payload asks for at one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    Fields(BTreeSet<String>),
    Codes(BTreeSet<String>),
    Integer { least: i128, greatest: i128 },
    Text,
    Flag,
    List,
}

/// Places as in a schema, `/properties/panel/items`.
type Places = RefCell<BTreeMap<String, BTreeSet<Asked>>>;

/// Reads a value and writes down what was asked for.
struct Recorder<'de, 'p> {
    value: &'de Canon,
    place: String,
    places: &'p Places,
}

impl<'de> Recorder<'de, '_> {
    fn asked(&self, asked: Asked) -> &'de Canon {
        self.places.borrow_mut().entry(self.place.clone()).or_default().insert(asked);
        self.value
    }
}

impl<'de> IntoDeserializer<'de, DecodeError> for Recorder<'de, '_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! integers {
    ($($method:ident $number:ty;)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            let (least, greatest) = (i128::from(<$number>::MIN), i128::from(<$number>::MAX));
            self.asked(Asked::Integer { least, greatest }).$method(visitor)
        })+
    };
}

impl<'de> Deserializer<'de> for Recorder<'de, '_> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, DecodeError> {
        panic!("{}: asked for anything", self.place)
    }

    integers! {
        deserialize_i8 i8; deserialize_i16 i16; deserialize_i32 i32; deserialize_i64 i64;
        deserialize_u8 u8; deserialize_u16 u16; deserialize_u32 u32; deserialize_u64 u64;
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.asked(Asked::Flag).deserialize_bool(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.asked(Asked::Text).deserialize_str(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.asked(Asked::Text).deserialize_string(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.asked(Asked::Codes(texts(variants.iter()))).deserialize_enum(name, variants, visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let items = self.asked(Asked::List).as_list().expect("a list");
        let place = format!("{}/items", self.place);
        let items = items.iter().map(|value| Recorder { value, place: place.clone(), places: self.places });
        visitor.visit_seq(SeqDeserializer::new(items))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let members = self.asked(Asked::Fields(texts(fields.iter()))).as_map().expect("a map");
        let members = members.iter().map(|(name, value)| {
            (name.as_str(), Recorder { value, place: format!("{}/properties/{name}", self.place), places: self.places })
        });
        visitor.visit_map(MapDeserializer::new(members))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        i128 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct map identifier
    }
}

/// The `data` of the valid examples of a type, as it stands in entries.
fn examples(name: &str) -> Vec<(String, Canon)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/examples").join(name).join("valid");
    let event_type: EventType = format!("vn.danvan.{name}").parse().unwrap();
    fs::read_dir(folder)
        .unwrap()
        .map(|file| {
            let path = file.unwrap().path();
            let mut data = Canon::parse_lenient(&fs::read(&path).unwrap())
                .unwrap()
                .get("data")
                .expect("an event has data")
                .clone();
            compiled(&event_type).unwrap().split(&mut data, &mut || Salt::new([5; 16]));
            (path.display().to_string(), data)
        })
        .collect()
}

fn texts<T: ToString>(texts: impl Iterator<Item = T>) -> BTreeSet<String> {
    texts.map(|text| text.to_string()).collect()
}

/// What the schema lets stand at a public place, as a payload has to ask for it.
fn described(part: &Value) -> Asked {
    match part["type"].as_str().unwrap() {
        "object" => {
            let properties = part["properties"].as_object().unwrap().iter();
            let public = properties.filter(|(_, property)| !derive::is_personal(property));
            Asked::Fields(texts(public.map(|(name, _)| name)))
        }
        "string" if part.get("enum").is_some() => {
            Asked::Codes(texts(part["enum"].as_array().unwrap().iter().map(|code| code.as_str().unwrap())))
        }
        "string" => Asked::Text,
        "integer" => Asked::Integer {
            least: part["minimum"].as_i64().unwrap().into(),
            greatest: part["maximum"].as_i64().unwrap().into(),
        },
        "boolean" => Asked::Flag,
        "array" => Asked::List,
        other => panic!("type {other}"),
    }
}

/// A payload may take wider numbers than the schema lets in, never narrower ones.
fn holds(asked: &Asked, described: &Asked) -> bool {
    match (asked, described) {
        (Asked::Integer { least: a, greatest: z }, Asked::Integer { least, greatest }) => a <= least && greatest <= z,
        _ => asked == described,
    }
}

/// Every place where a payload does not ask for what the schema describes.
fn differences(name: &str, schema: &Value) -> Vec<String> {
    let places = Places::default();
    for (file, data) in examples(name) {
        let read = Event::decode(name, Recorder { value: &data, place: String::new(), places: &places });
        assert!(read.is_ok_and(|event| event != Event::Unknown), "{file}");
    }
    let places = places.into_inner();
    let mut differences = Vec::new();
    let mut public = BTreeSet::new();
    walk("", schema, &mut |path, part| {
        if derive::is_personal(part) {
            return;
        }
        public.insert(path.to_owned());
        let (asked, described) = (places.get(path), described(part));
        if !asked.is_some_and(|all| all.iter().all(|asked| holds(asked, &described))) {
            differences.push(format!("{name}#{path}: described {described:?}, asked for {asked:?}"));
        }
    });
    differences.extend(
        places.keys().filter(|place| !public.contains(*place)).map(|place| format!("{name}#{place}: not described")),
    );
    differences
}

#[test]
fn payloads_ask_for_what_the_schemas_describe() {
    let differences: Vec<String> = schemas().iter().flat_map(|(name, schema)| differences(name, schema)).collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn a_schema_that_drifted_is_noticed() {
    type Drift = fn(&mut Value);
    let drifts: [(&str, Drift); 7] = [
        ("", |schema| _ = schema["properties"].as_object_mut().unwrap().remove("service")),
        ("", |schema| schema["properties"]["mood"] = schema["properties"]["rating"].clone()),
        ("/properties/rating", |schema| schema["properties"]["rating"]["maximum"] = 256.into()),
        ("/properties/rating", |schema| schema["properties"]["rating"]["minimum"] = (-1).into()),
        ("/properties/channel", |schema| _ = schema["properties"]["channel"]["enum"].as_array_mut().unwrap().pop()),
        ("/properties/assisted", |schema| {
            schema["properties"]["assisted"] = schema["properties"]["visit_token"].clone();
        }),
        ("/properties/commitments/items", |schema| {
            let item = &mut schema["properties"]["commitments"]["items"]["properties"];
            item["broken"] = item["kept"].clone();
        }),
    ];
    let name = "survey.answered.v1";
    let (_, sound) = schemas().into_iter().find(|(known, _)| *known == name).unwrap();
    for (place, drift) in drifts {
        let mut schema = sound.clone();
        drift(&mut schema);
        let found = differences(name, &schema);
        assert!(found.iter().any(|found| found.starts_with(&format!("{name}#{place}:"))), "{place}: {found:?}");
    }
}

/// Every member of every map, as the path to the map in the data and in the schema, and the name.
fn members(data: &Canon, at: &str, place: &str, into: &mut Vec<(String, String, String)>) {
    match data {
        Canon::Map(map) => {
            for (name, member) in map {
                into.push((at.to_owned(), place.to_owned(), name.clone()));
                members(member, &format!("{at}/{name}"), &format!("{place}/properties/{name}"), into);
            }
        }
        Canon::List(items) => {
            for (index, item) in items.iter().enumerate() {
                members(item, &format!("{at}/{index}"), &format!("{place}/items"), into);
            }
        }
        _ => {}
    }
}

fn without(data: &Canon, at: &str, name: &str) -> Canon {
    let mut value = serde_json::to_value(data).unwrap();
    value.pointer_mut(at).unwrap().as_object_mut().unwrap().remove(name);
    Canon::try_from(value).unwrap()
}

#[test]
fn payloads_insist_on_what_the_schemas_require_and_on_nothing_else() {
    for (name, schema) in schemas() {
        for (file, data) in examples(name) {
            let mut all = Vec::new();
            members(&data, "", "", &mut all);
            for (at, place, member) in all.into_iter().filter(|(_, _, member)| member != super::super::SD) {
                let required = &schema.pointer(&place).unwrap()["required"];
                let required = required.as_array().unwrap().iter().any(|known| known == member.as_str());
                let read = Event::decode(name, &without(&data, &at, &member));
                assert_eq!(read.is_err(), required, "{file}: {at}/{member}");
            }
        }
    }
}

#[test]
fn every_known_type_is_read_as_something() {
    assert_eq!(schemas().len(), known_types().len());
    for info in known_types() {
        let newest: EventType = info.newest.parse().unwrap();
        assert!(crate::EventTypeInfo::of(&newest).is_some_and(|newest| newest.newest == newest.name), "{}", info.name);
    }
}
