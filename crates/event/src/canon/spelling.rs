//! Any value of ours as canonical bytes, written in one go.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CompactFormatter, Formatter};

use super::{MAX_INT, MAX_KEY, normalised};

/// The canonical JSON of a value, the spelling that [`Canon`](super::Canon) writes, without making a tree of it first. How deep it
/// nests is not looked at.
///
/// # Errors
/// When the value holds a float, a null, an integer beyond 2^53 − 1, a key twice or one that is no plain ASCII name: its type has to be
/// defined otherwise.
pub fn canonical_bytes(value: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    let written = Written::default();
    let spelling = Spelling { written: written.clone(), open: Vec::new(), members: Vec::new() };
    value.serialize(&mut Serializer::with_formatter(written.clone(), spelling))?;
    Ok(written.0.take())
}

/// What was written so far. A ranking of the whole country has megabytes: it is written once, and only what stands in another order
/// than that of its keys is moved.
#[derive(Clone, Default)]
struct Written(Rc<RefCell<Vec<u8>>>);

impl Written {
    fn len(&self) -> usize {
        self.0.borrow().len()
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The one spelling of JSON that an entry has (see `schemas/README.md`).
struct Spelling {
    written: Written,
    /// The maps that are being written, the innermost last.
    open: Vec<OpenMap>,
    /// The members of all of them.
    members: Vec<Member>,
}

/// A map that is being written.
struct OpenMap {
    /// Where its first member begins in the bytes.
    start: usize,
    /// The number of members of the maps around it.
    outer: usize,
}

/// Where a member of a map lies in the bytes: `start..value` is the key with its quotes and the colon, `value..end` the value.
#[derive(Clone, Copy)]
struct Member {
    start: usize,
    value: usize,
    end: usize,
}

impl Member {
    /// The key without its quotes.
    fn key(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.start + 1..self.value - 2).unwrap_or_default()
    }
}

impl Spelling {
    /// Puts the members of the map that ends into the order of their keys.
    fn sort(&mut self) -> io::Result<()> {
        let Some(map) = self.open.pop() else { return Ok(()) };
        let mut members = self.members.split_off(map.outer);
        let mut bytes = self.written.0.borrow_mut();
        if members.is_sorted_by(|a, b| a.key(&bytes) < b.key(&bytes)) {
            return Ok(());
        }
        members.sort_by(|a, b| a.key(&bytes).cmp(b.key(&bytes)));
        if members.windows(2).any(|pair| matches!(pair, [a, b] if a.key(&bytes) == b.key(&bytes))) {
            return refused("a key stands twice");
        }
        let mut sorted = Vec::with_capacity(bytes.len() - map.start);
        for member in &members {
            if !sorted.is_empty() {
                sorted.push(b',');
            }
            sorted.extend_from_slice(bytes.get(member.start..member.end).unwrap_or_default());
        }
        bytes.truncate(map.start);
        bytes.extend_from_slice(&sorted);
        Ok(())
    }
}

fn refused<T>(what: &'static str) -> io::Result<T> {
    Err(io::Error::other(what))
}

impl Formatter for Spelling {
    fn write_null<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        refused("a null")
    }

    fn write_f32<W: ?Sized + Write>(&mut self, _: &mut W, _: f32) -> io::Result<()> {
        refused("a float")
    }

    fn write_f64<W: ?Sized + Write>(&mut self, _: &mut W, _: f64) -> io::Result<()> {
        refused("a float")
    }

    fn write_i64<W: ?Sized + Write>(&mut self, writer: &mut W, number: i64) -> io::Result<()> {
        if number.unsigned_abs() > MAX_INT.unsigned_abs() {
            return refused("an integer beyond 2^53 − 1");
        }
        CompactFormatter.write_i64(writer, number)
    }

    fn write_u64<W: ?Sized + Write>(&mut self, writer: &mut W, number: u64) -> io::Result<()> {
        i64::try_from(number)
            .map_or_else(|_| refused("an integer beyond 2^53 − 1"), |number| self.write_i64(writer, number))
    }

    fn write_i128<W: ?Sized + Write>(&mut self, writer: &mut W, number: i128) -> io::Result<()> {
        i64::try_from(number)
            .map_or_else(|_| refused("an integer beyond 2^53 − 1"), |number| self.write_i64(writer, number))
    }

    fn write_u128<W: ?Sized + Write>(&mut self, writer: &mut W, number: u128) -> io::Result<()> {
        i64::try_from(number)
            .map_or_else(|_| refused("an integer beyond 2^53 − 1"), |number| self.write_i64(writer, number))
    }

    /// Texts are written composed (NFC). No mark composes with what is written as an escape, so the parts between may be composed one
    /// by one. A type that writes its text piece by piece (`collect_str`) must break none between a letter and its marks.
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, part: &str) -> io::Result<()> {
        if part.is_ascii() {
            return writer.write_all(part.as_bytes());
        }
        writer.write_all(normalised(part.to_owned()).as_bytes())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b"{")?;
        self.open.push(OpenMap { start: self.written.len(), outer: self.members.len() });
        Ok(())
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.sort()?;
        writer.write_all(b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        let start = self.written.len();
        self.members.push(Member { start, value: start, end: start });
        Ok(())
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b":")?;
        let value = self.written.len();
        let Some(member) = self.members.last_mut() else { return Ok(()) };
        member.value = value;
        // Keys are compared as they are written, so none may be written otherwise than it is.
        let bytes = self.written.0.borrow();
        let key = member.key(&bytes);
        if (1..=MAX_KEY).contains(&key.len()) && key.iter().all(|byte| (0x20..0x7f).contains(byte) && *byte != b'\\') {
            Ok(())
        } else {
            refused("a key that is no plain name")
        }
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        let end = self.written.len();
        if let Some(member) = self.members.last_mut() {
            member.end = end;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::ser::SerializeMap;

    use super::super::Canon;
    use super::*;

    /// A document whose maps tell their members in any order.
    #[derive(Debug, Clone)]
    enum Told {
        Yes,
        Number(i64),
        Text(String),
        List(Vec<Told>),
        Map(Vec<(String, Told)>),
    }

    impl Serialize for Told {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self {
                Told::Yes => serializer.serialize_bool(true),
                Told::Number(number) => serializer.serialize_i64(*number),
                Told::Text(text) => serializer.serialize_str(text),
                Told::List(items) => serializer.collect_seq(items),
                Told::Map(members) => {
                    let mut map = serializer.serialize_map(Some(members.len()))?;
                    members.iter().try_for_each(|(key, told)| map.serialize_entry(key, told))?;
                    map.end()
                }
            }
        }
    }

    fn told() -> impl Strategy<Value = Told> {
        let most = MAX_INT;
        let leaf = prop_oneof![
            Just(Told::Yes),
            prop_oneof![-9_i64..9, Just(most), Just(-most)].prop_map(Told::Number),
            "[a-z\u{0}-\u{1f}\"\\\\/ấéo\u{301}\u{323}😀]{0,6}".prop_map(Told::Text),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            let key = "[a-c_ !#]{1,2}";
            let members =
                prop::collection::btree_map(key, inner.clone(), 0..5).prop_map(|map| map.into_iter().collect());
            prop_oneof![
                prop::collection::vec(inner, 0..4).prop_map(Told::List),
                members.prop_shuffle().prop_map(Told::Map),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_document_has_the_one_spelling_of_an_entry_in_whatever_order_its_types_tell_it(told in told()) {
            let bytes = canonical_bytes(&told).unwrap();
            let spelled = Canon::encode(&told).unwrap().to_bytes();
            prop_assert_eq!(String::from_utf8(bytes.clone()).unwrap(), String::from_utf8(spelled).unwrap());
            prop_assert!(Canon::parse(&bytes).is_ok());
        }
    }

    #[test]
    fn what_has_no_canonical_spelling_is_refused() {
        let twice = Told::Map(vec![("b".into(), Told::Yes), ("a".into(), Told::Yes), ("b".into(), Told::Yes)]);
        let in_a_row = Told::Map(vec![("a".into(), Told::Yes), ("a".into(), Told::Yes)]);
        assert!(canonical_bytes(&twice).is_err() && canonical_bytes(&in_a_row).is_err());
        let named = |key: &str| Told::Map(vec![(key.into(), Told::Yes)]);
        for key in ["", "é", "\"", "\\", "\n", "\u{7f}", &"k".repeat(65)] {
            assert!(canonical_bytes(&named(key)).is_err(), "{key}");
        }
        assert!(canonical_bytes(&named(&"k".repeat(64))).is_ok());
        assert!(canonical_bytes(&0.5).is_err() && canonical_bytes(&None::<u8>).is_err());
        assert!(canonical_bytes(&(MAX_INT + 1)).is_err() && canonical_bytes(&i64::MIN).is_err());
        assert!(canonical_bytes(&u64::MAX).is_err() && canonical_bytes(&MAX_INT).is_ok());
    }
}
