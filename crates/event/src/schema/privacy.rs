//! The privacy split: personal fields out, salted digests in.

use std::collections::BTreeMap;

use serde_json::Value;

use super::SD;
use super::derive::is_personal;
use crate::{Canon, Opening, PersonalField, Salt};

/// Where the personal fields of a type are; only the branches that lead to one.
pub(super) enum Privacy {
    /// A map with personal members, or with members that have some inside.
    Map { personal: Vec<String>, inner: BTreeMap<String, Privacy> },
    /// A list whose items have some inside.
    Items(Box<Privacy>),
}

impl Privacy {
    /// Reads the annotations of a schema; `None` if nothing in it is personal.
    pub(super) fn of(schema: &Value) -> Option<Privacy> {
        if let Some(items) = schema.get("items") {
            return Privacy::of(items).map(|inner| Privacy::Items(Box::new(inner)));
        }
        let properties = schema.get("properties")?.as_object()?;
        let mut personal: Vec<String> =
            properties.iter().filter(|(_, property)| is_personal(property)).map(|(name, _)| name.clone()).collect();
        personal.sort_unstable();
        let inner: BTreeMap<String, Privacy> = properties
            .iter()
            .filter(|(_, property)| !is_personal(property))
            .filter_map(|(name, property)| Privacy::of(property).map(|inner| (name.clone(), inner)))
            .collect();
        (!personal.is_empty() || !inner.is_empty()).then_some(Privacy::Map { personal, inner })
    }

    /// The personal fields that are present, in order of their pointers within each map.
    pub(super) fn fields(&self, data: &Canon) -> Vec<PersonalField> {
        let mut fields = Vec::new();
        self.walk_fields(data, "/data", &mut fields);
        fields
    }

    fn walk_fields(&self, value: &Canon, at: &str, fields: &mut Vec<PersonalField>) {
        match (self, value) {
            (Privacy::Map { personal, inner }, Canon::Map(members)) => {
                for name in personal.iter().filter(|name| members.contains_key(*name)) {
                    fields.push(PersonalField { pointer: format!("{at}/{name}") });
                }
                for (name, privacy) in inner {
                    if let Some(member) = members.get(name) {
                        privacy.walk_fields(member, &format!("{at}/{name}"), fields);
                    }
                }
            }
            (Privacy::Items(inner), Canon::List(items)) => {
                for (index, item) in items.iter().enumerate() {
                    inner.walk_fields(item, &format!("{at}/{index}"), fields);
                }
            }
            _ => {}
        }
    }

    /// Takes the personal fields out, asking for one salt per field in the order of [`Privacy::fields`].
    pub(super) fn split(&self, data: &mut Canon, salts: &mut dyn FnMut() -> Salt) -> Vec<Opening> {
        let mut openings = Vec::new();
        self.walk_split(data, "/data", salts, &mut openings);
        openings
    }

    fn walk_split(&self, value: &mut Canon, at: &str, salts: &mut dyn FnMut() -> Salt, openings: &mut Vec<Opening>) {
        match (self, value) {
            (Privacy::Map { personal, inner }, Canon::Map(members)) => {
                let mut digests = Vec::new();
                for name in personal {
                    if let Some(value) = members.remove(name) {
                        let opening =
                            Opening { pointer: format!("{at}/{name}"), salt: salts(), name: name.clone(), value };
                        digests.push(opening.digest());
                        openings.push(opening);
                    }
                }
                if !digests.is_empty() {
                    // Sorted, so that the order tells nothing about which digest is which field (RFC 9901 §4.2.4.1).
                    digests.sort_unstable();
                    let digests = digests.into_iter().map(Canon::Str).collect();
                    members.insert(SD.to_owned(), Canon::List(digests));
                }
                for (name, privacy) in inner {
                    if let Some(member) = members.get_mut(name) {
                        privacy.walk_split(member, &format!("{at}/{name}"), salts, openings);
                    }
                }
            }
            (Privacy::Items(inner), Canon::List(items)) => {
                for (index, item) in items.iter_mut().enumerate() {
                    inner.walk_split(item, &format!("{at}/{index}"), salts, openings);
                }
            }
            _ => {}
        }
    }
}
