//! Text that an office publishes stays public for ever. Before it does, a person is asked about what looks like a phone number, a
//! citizen's identity number or an e-mail address.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use danvan_event::{Canon, Form, known_types, schema};
use serde_json::Value;

/// Digits of a citizen's identity number (CCCD). The first is always 0, from the code of a province.
const ID_DIGITS: usize = 12;
/// Digits of a number with the 0 of the country: mobile ones have ten, others ten or eleven.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 10..=11;
/// The country's code, and the digits of a number that begins with it.
const ABROAD: (&str, usize) = ("84", 11);
/// A number is written in at most so many groups.
const MOST_GROUPS: usize = 6;

/// Something in public text that may be personal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Suspicion {
    /// JSON pointer of the field.
    pub(crate) pointer: String,
    pub(crate) what: Looks,
}

/// What it looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Looks {
    Phone,
    IdNumber,
    Email,
}

impl Looks {
    /// In Vietnamese and English.
    pub(crate) fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Phone => ("số điện thoại", "a phone number"),
            Self::IdNumber => ("số căn cước công dân", "a citizen's identity number"),
            Self::Email => ("địa chỉ thư điện tử", "an e-mail address"),
        }
    }
}

/// The public texts of a form that look personal.
pub(crate) fn suspicious(form: &Form) -> Vec<Suspicion> {
    let mut found = Vec::new();
    if let Some(texts) = TEXTS.get(form.event_type().short()) {
        texts.walk(form.data(), "/data", &mut found);
    }
    found
}

/// Where the free public texts of each type are, by its short name.
static TEXTS: LazyLock<BTreeMap<&'static str, Texts>> = LazyLock::new(|| {
    let texts = |name: &str| {
        let schema: Value = serde_json::from_str(schema(&name.parse().ok()?)?).ok()?;
        Texts::of(&schema)
    };
    known_types().iter().filter_map(|info| Some((info.short(), texts(info.name)?))).collect()
});

/// Where free public text is; only the branches that lead to some.
enum Texts {
    Here,
    Map(BTreeMap<String, Texts>),
    Items(Box<Texts>),
}

impl Texts {
    /// Reads a schema: public strings of any content. What has a list of values, a pattern or a format is no text, except the
    /// address of a page: what follows its scheme is free.
    fn of(schema: &Value) -> Option<Self> {
        let has = |keyword: &str| schema.get(keyword).is_some();
        if let Some(items) = schema.get("items") {
            return Some(Self::Items(Box::new(Self::of(items)?)));
        }
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            let inner: BTreeMap<_, _> =
                properties.iter().filter_map(|(name, schema)| Some((name.clone(), Self::of(schema)?))).collect();
            return (!inner.is_empty()).then_some(Self::Map(inner));
        }
        let public = schema.get("x-danvan-privacy").and_then(Value::as_str) == Some("public");
        let pattern = schema.get("pattern").and_then(Value::as_str);
        let free = pattern.is_none_or(|pattern| pattern.starts_with("^https?://"));
        (public && free && !has("enum") && !has("format")).then_some(Self::Here)
    }

    fn walk(&self, value: &Canon, at: &str, found: &mut Vec<Suspicion>) {
        match (self, value) {
            (Self::Here, Canon::Str(text)) => {
                found.extend(looks(text).into_iter().map(|what| Suspicion { pointer: at.to_owned(), what }));
            }
            (Self::Map(inner), Canon::Map(members)) => {
                for (name, texts) in inner {
                    if let Some(member) = members.get(name) {
                        texts.walk(member, &format!("{at}/{name}"), found);
                    }
                }
            }
            (Self::Items(inner), Canon::List(items)) => {
                for (place, item) in items.iter().enumerate() {
                    inner.walk(item, &format!("{at}/{place}"), found);
                }
            }
            _ => {}
        }
    }
}

/// What a text seems to hold, each kind once.
fn looks(text: &str) -> Vec<Looks> {
    let mut found = Vec::new();
    let numbers = numbers(text);
    if numbers.iter().any(|digits| is_phone(digits)) {
        found.push(Looks::Phone);
    }
    if numbers.iter().any(|digits| digits.len() == ID_DIGITS && digits.starts_with('0')) {
        found.push(Looks::IdNumber);
    }
    if text.match_indices('@').any(|(at, _)| is_email(&text[..at], &text[at + 1..])) {
        found.push(Looks::Email);
    }
    found
}

fn is_phone(digits: &str) -> bool {
    let (country, whole) = ABROAD;
    let at_home = digits.starts_with('0') && !digits.starts_with("00") && PHONE_DIGITS.contains(&digits.len());
    at_home || (digits.starts_with(country) && digits.len() == whole)
}

/// Every number that groups of digits may be, alone or with the groups after them, with one separator between two groups.
fn numbers(text: &str) -> Vec<String> {
    let mut numbers = Vec::new();
    for part in text.split(|c: char| !(c.is_alphanumeric() || is_separator(c))) {
        let groups: Vec<&str> = part.split(is_separator).collect();
        for (from, _) in groups.iter().enumerate() {
            let alike = groups[from..].iter().take(MOST_GROUPS).take_while(|group| is_number(group));
            numbers.extend(alike.scan(String::new(), |number, group| {
                number.push_str(group);
                Some(number.clone())
            }));
        }
    }
    numbers
}

fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '.' | '-' | '\u{a0}')
}

/// Two separators beside each other have nothing between them, which is no number.
fn is_number(group: &str) -> bool {
    !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_email(before: &str, after: &str) -> bool {
    let name = before.chars().next_back().is_some_and(|c| c.is_ascii_alphanumeric());
    let host: String = after.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')).collect();
    let mut parts = host.trim_end_matches('.').rsplit('.');
    let top = parts.next().is_some_and(|top| top.len() >= 2 && top.chars().all(|c| c.is_ascii_alphabetic()));
    name && top && parts.next().is_some_and(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use danvan_event::FormLimits;
    use serde_json::json;

    use super::*;

    #[test]
    fn phones_identity_numbers_and_addresses_are_seen() {
        for (text, what) in [
            ("Gọi 0912345678", Looks::Phone),
            ("Gọi 0912 345 678 nhé", Looks::Phone),
            ("(0912.345.678)", Looks::Phone),
            ("+84 912 345 678", Looks::Phone),
            ("năm 2024 0912345678", Looks::Phone),
            ("máy bàn 0237-3858-123,", Looks::Phone),
            ("CCCD 038089001234.", Looks::IdNumber),
            ("CCCD 038 089 001 234", Looks::IdNumber),
            ("thư: an.nguyen@example.vn", Looks::Email),
        ] {
            assert!(looks(text).contains(&what), "{text}: {:?}", looks(text));
        }
    }

    #[test]
    fn what_offices_write_all_day_is_not_suspected() {
        for text in [
            "Kế hoạch số 123/KH-UBND ngày 08/03/2024",
            "08-03-2024, 14:00",
            "Kinh phí 1.250.000.000 đồng",
            "Kinh phí 123.456.789.012 đồng",
            "5 biết, 3 không, 4 thực hiện",
            "mã a018e1cfa-1b40-7abc-8def-0123456789ab",
            "abc0912345678",
            "họp @ UBND",
            "Điều 4 Luật 91/2025/QH15",
            "giai đoạn 2021 - 2025",
        ] {
            assert_eq!(looks(text), [], "{text}");
        }
    }

    fn form(short: &str, data: &Value) -> Form {
        let mut form = json!({ "specversion": "1.0", "type": format!("vn.danvan.{short}"), "data": data });
        if ["feedback.responded.v1", "feedback.result_published.v1"].contains(&short) {
            form["subject"] = "feedback/018e1cfa-1b40-7abc-8def-0123456789ab".into();
        }
        Form::parse(form.to_string().as_bytes(), FormLimits::default()).unwrap()
    }

    #[test]
    fn only_free_public_text_is_looked_at_and_the_field_is_named() {
        let reply = json!({ "outcome": "resolved", "reply": "Xin gọi 0912 345 678 hoặc a@b.vn" });
        let reply = form("feedback.responded.v1", &reply);
        let expected = [Looks::Phone, Looks::Email].map(|what| Suspicion { pointer: "/data/reply".to_owned(), what });
        assert_eq!(suspicious(&reply), expected);
        let words = json!({ "channel": "box", "kind": "complaint", "text": "0912 345 678", "contact": "0912 345 678" });
        assert_eq!(suspicious(&form("feedback.received.v1", &words)), []);
        let page = json!({ "url": "https://zalo.me/0912345678?email=a@b.vn", "evidence": ["0".repeat(64)] });
        let expected = [Looks::Phone, Looks::Email].map(|what| Suspicion { pointer: "/data/url".to_owned(), what });
        assert_eq!(suspicious(&form("feedback.result_published.v1", &page)), expected);
        let ids = json!({ "event_ids": ["018e1cfa-1b40-7abc-8def-012345678901"], "reason": "requested" });
        assert_eq!(suspicious(&form("privacy.erased.v1", &ids)), []);
    }
}
