//! Canonical JSON: properties and edges.

use std::fmt::Write as _;

use super::*;
use proptest::prelude::*;

fn refused(bytes: &[u8]) -> (CanonReason, String) {
    let error = Canon::parse(bytes).expect_err("refused");
    (error.reason, error.path)
}

fn refused_in_any_spelling(bytes: &[u8]) -> (CanonReason, String) {
    let error = Canon::parse_lenient(bytes).expect_err("refused");
    (error.reason, error.path)
}

#[test]
fn what_has_no_canonical_spelling_is_refused_with_its_place() {
    use CanonReason as R;
    for (json, reason, path) in [
        (r#"{"a":{"b":[0,1.5]}}"#, R::NotWhole, "/a/b/1"),
        (r#"{"a":1e2}"#, R::NotWhole, "/a"),
        (r#"{"a":null}"#, R::Null, "/a"),
        (r#"{"a":1,"a":1}"#, R::DuplicateKey, "/a"),
        (r#"{"a":[{"b":1,"b":2}]}"#, R::DuplicateKey, "/a/0/b"),
        (r#"{"điểm":1}"#, R::BadKey, ""),
        (r#"{"":1}"#, R::BadKey, ""),
        (r#"{"a":{"x\u0000y":1}}"#, R::BadKey, "/a"),
        (r#"{"a":9007199254740992}"#, R::IntegerRange, "/a"),
        (r#"{"a":-9007199254740992}"#, R::IntegerRange, "/a"),
        (r#"{"a":123456789012345678901234567890}"#, R::IntegerRange, "/a"),
        (r#"{"a":"\ud83d"}"#, R::LoneSurrogate, "/a"),
        (r#"{"a":"\ud83d\u0041"}"#, R::LoneSurrogate, "/a"),
        (r#"{"a":"\udc00"}"#, R::LoneSurrogate, "/a"),
        (r#"{"a/b~c":null}"#, R::Null, "/a~1b~0c"),
    ] {
        assert_eq!(refused(json.as_bytes()), (reason, path.to_owned()), "{json}");
        assert_eq!(refused_in_any_spelling(json.as_bytes()), (reason, path.to_owned()), "{json}");
    }
}

#[test]
fn what_is_not_json_is_refused() {
    for json in [
        "",
        " ",
        "{",
        "[1,]",
        "[,1]",
        r#"{"a"}"#,
        r#"{"a":}"#,
        r#"{"a":1,}"#,
        r"{a:1}",
        "[1 2]",
        "01",
        "-",
        "1.",
        "+1",
        "tru",
        "nul",
        r#"""#,
        r#""\x""#,
        r#""\u12""#,
        r#""\u12g4""#,
        "\"\t\"",
        "[1]]",
        "{}{}",
        "'a'",
        "NaN",
    ] {
        assert_eq!(refused_in_any_spelling(json.as_bytes()).0, CanonReason::Syntax, "{json}");
    }
    assert_eq!(refused_in_any_spelling(b"\"\xff\"").0, CanonReason::NotUtf8);
}

#[test]
fn other_spellings_are_put_right_where_any_is_taken_and_refused_elsewhere() {
    use CanonReason as R;
    for (json, canonical, reason) in [
        ("{ }", "{}", R::Spelling),
        ("[1 ]", "[1]", R::Spelling),
        ("\u{feff}[]", "[]", R::Syntax),
        (r#"{"b":1,"a":2}"#, r#"{"a":2,"b":1}"#, R::KeyOrder),
        (r#""\u0041""#, r#""A""#, R::Spelling),
        (r#""\/""#, r#""/""#, R::Spelling),
        (r#""\u000A""#, r#""\n""#, R::Spelling),
        (r#""\u001F""#, r#""\u001f""#, R::Spelling),
        (r#""\ud83d\ude00""#, "\"😀\"", R::Spelling),
        ("-0", "0", R::Spelling),
        ("5.0", "5", R::NotWhole),
        ("\"Ho\u{301}a\"", "\"Hóa\"", R::NotNormalised),
    ] {
        assert_eq!(Canon::parse_lenient(json.as_bytes()).expect(json).to_string(), canonical, "{json}");
        assert_eq!(refused(json.as_bytes()).0, reason, "{json}");
        assert_eq!(Canon::parse(canonical.as_bytes()).expect(canonical).to_string(), canonical);
    }
}

#[test]
fn sixteen_levels_are_enough_and_seventeen_too_many() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(Canon::parse(nested(MAX_DEPTH).as_bytes()).is_ok());
    assert_eq!(refused(nested(MAX_DEPTH + 1).as_bytes()).0, CanonReason::TooDeep);
    // Depth is counted down again, and a hostile depth does not exhaust the stack.
    assert!(Canon::parse(format!("[{0},{0}]", nested(MAX_DEPTH - 1)).as_bytes()).is_ok());
    assert_eq!(refused("[".repeat(1_000_000).as_bytes()).0, CanonReason::TooDeep);
}

#[test]
fn pointers_find_what_they_name() {
    let value = Canon::parse(br#"{"a":[{"b/c":1}]}"#).unwrap();
    assert_eq!(value.pointer("/a/0/b~1c"), Some(&Canon::Int(1)));
    assert_eq!(value.pointer(""), Some(&value));
    assert_eq!(value.pointer("/a/1"), None);
    assert_eq!(value.pointer("a"), None);
}

#[test]
fn serde_keeps_the_same_rules() {
    for json in ["null", "1.5", r#"{"a":1,"a":2}"#, "9007199254740992", "-9223372036854775808"] {
        assert!(serde_json::from_str::<Canon>(json).is_err(), "{json}");
    }
}

fn any_canon() -> impl Strategy<Value = Canon> {
    let text = prop_oneof![any::<String>(), "[\\x00-\\x7f]{0,8}", "[ăâđêôơưạảấầẩẫậ\u{300}\u{301}\u{309}a-z]{0,12}"];
    let leaf = prop_oneof![
        any::<bool>().prop_map(Canon::from),
        (-MAX_INT..=MAX_INT).prop_map(Canon::from),
        text.prop_map(Canon::from),
    ];
    leaf.prop_recursive(5, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Canon::List),
            prop::collection::btree_map("[ -~]{1,8}", inner, 0..6).prop_map(Canon::Map),
        ]
    })
}

/// Any JSON spelling that `serde_json` would write with this indentation and `\u` for everything beyond ASCII.
fn respelled(value: &Canon) -> String {
    let pretty = serde_json::to_string_pretty(value).unwrap();
    let mut out = String::new();
    for character in pretty.chars() {
        if character.is_ascii() {
            out.push(character);
        } else {
            let mut halves = [0; 2];
            for half in character.encode_utf16(&mut halves) {
                write!(out, "\\u{half:04X}").unwrap();
            }
        }
    }
    out
}

proptest! {
    #[test]
    fn written_bytes_read_back_as_the_same_value(value in any_canon()) {
        let bytes = value.to_bytes();
        prop_assert_eq!(Canon::parse(&bytes), Ok(value));
    }

    #[test]
    fn what_is_read_as_canonical_is_written_byte_for_byte(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(value) = Canon::parse(&bytes) {
            prop_assert_eq!(value.to_bytes(), bytes);
        }
    }

    #[test]
    fn a_changed_byte_never_reads_as_the_same_value(value in any_canon(), at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let bytes = value.to_bytes();
        let mut changed = bytes.clone();
        changed[at.index(bytes.len())] ^= 1 << bit;
        if let Ok(other) = Canon::parse(&changed) {
            prop_assert_ne!(&other, &value);
            prop_assert_eq!(other.to_bytes(), changed);
        }
    }

    #[test]
    fn every_spelling_leads_to_the_same_bytes(value in any_canon()) {
        let spelled = respelled(&value);
        prop_assert_eq!(Canon::parse_lenient(spelled.as_bytes()).unwrap().to_bytes(), value.to_bytes());
    }

    #[test]
    fn another_reader_finds_the_same_value(value in any_canon()) {
        let read: serde_json::Value = serde_json::from_slice(&value.to_bytes()).unwrap();
        prop_assert_eq!(&serde_json::Value::from(&value), &read);
        prop_assert_eq!(Canon::try_from(read).unwrap(), value);
    }

    #[test]
    fn hostile_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        let _ = Canon::parse(&bytes);
        let _ = Canon::parse_lenient(&bytes);
    }
}
