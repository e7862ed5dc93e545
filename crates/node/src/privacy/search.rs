//! Finding a person's records in the vault: by phone, name or words, whatever the diacritics, the case or the spelling of a number; or by
//! the code that the kiosk's thanks gave.

use danvan_event::{Canon, EventId, Opening};
use danvan_ui::{contains_folded, fold_diacritics};
use serde::Deserialize;

/// Fewer digits would find everybody.
const LEAST_DIGITS: usize = 6;
/// Digits of the code on the kiosk's thanks; a whole id has more.
const CODE_DIGITS: usize = 12;
/// Fewer letters would find everybody.
const LEAST_LETTERS: usize = 2;

/// What is looked for. All that is given must be found in one record. It is personal itself, so it has no `Debug`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Query {
    #[serde(default)]
    phone: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    words: Option<String>,
    #[serde(default)]
    code: Option<String>,
}

/// What is wrong with a query, by member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum QueryProblem {
    /// Nothing is looked for.
    Empty,
    /// The member would find nearly everything.
    TooShort(&'static str),
}

impl Query {
    /// What would find everything or nothing.
    pub(crate) fn problems(&self) -> Vec<QueryProblem> {
        if self.phone.is_none() && self.name.is_none() && self.words.is_none() && self.code.is_none() {
            return vec![QueryProblem::Empty];
        }
        let letters = |text: &String| fold_diacritics(text).chars().filter(|c| c.is_alphanumeric()).count();
        let short = [
            ("phone", self.phone.as_deref().is_some_and(|phone| digits(phone).len() < LEAST_DIGITS)),
            ("name", self.name.as_ref().is_some_and(|name| letters(name) < LEAST_LETTERS)),
            ("code", self.code.as_deref().is_some_and(|code| hexadecimal(code).len() < CODE_DIGITS)),
            ("words", self.words.as_ref().is_some_and(|words| letters(words) < LEAST_LETTERS)),
        ];
        short.into_iter().filter(|(_, short)| *short).map(|(member, _)| QueryProblem::TooShort(member)).collect()
    }

    /// The fields of a record in which something was found, as JSON pointers; `None` when the record is not meant.
    pub(crate) fn found_in(&self, id: EventId, openings: &[Opening]) -> Option<Vec<String>> {
        let mut fields = Vec::new();
        let mut all = true;
        let mut look = |finds: &dyn Fn(&Opening) -> bool| {
            let found = openings.iter().filter(|opening| finds(opening));
            let before = fields.len();
            fields.extend(found.map(|opening| opening.pointer.clone()));
            all &= fields.len() > before;
        };
        if let Some(code) = &self.code {
            let meant = hexadecimal(&id.to_string()).ends_with(&hexadecimal(code));
            look(&|opening| meant && any_text(&opening.value, &|_| true));
        }
        if let Some(phone) = &self.phone {
            let wanted = at_home(&digits(phone));
            look(&|opening| {
                says(opening, &|text| {
                    let digits = digits(text);
                    digits.contains(&wanted) || digits.contains(&abroad(&wanted))
                })
            });
        }
        if let Some(name) = &self.name {
            let wanted = words_of(name);
            let named = |text: &str| words_of(text).windows(wanted.len()).any(|words| words == wanted.as_slice());
            look(&|opening| says(opening, &named));
        }
        if let Some(words) = &self.words {
            let digest = words.trim();
            look(&|opening| {
                let whole = is_digest(opening) && any_text(&opening.value, &|text| text.eq_ignore_ascii_case(digest));
                whole || says(opening, &|text| contains_folded(text, words))
            });
        }
        fields.sort_unstable();
        fields.dedup();
        all.then_some(fields)
    }
}

/// Whether the opening is the digest of a file: no words, and in so many characters anything stands by chance.
fn is_digest(opening: &Opening) -> bool {
    opening.name == "sha256"
}

/// Whether what somebody said is found.
fn says(opening: &Opening, finds: &dyn Fn(&str) -> bool) -> bool {
    !is_digest(opening) && any_text(&opening.value, finds)
}

fn any_text(value: &Canon, finds: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Canon::Str(text) => finds(text),
        Canon::List(items) => items.iter().any(|item| any_text(item, finds)),
        Canon::Map(members) => members.values().any(|member| any_text(member, finds)),
        _ => false,
    }
}

/// A code as it was written down, without its dashes.
fn hexadecimal(text: &str) -> String {
    text.chars().filter(char::is_ascii_hexdigit).map(|c| c.to_ascii_lowercase()).collect()
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// A number as it is dialled in the country.
fn at_home(digits: &str) -> String {
    let rest = digits.strip_prefix("0084").or_else(|| digits.strip_prefix("84").filter(|rest| rest.len() >= 9));
    rest.map_or_else(|| digits.to_owned(), |rest| format!("0{rest}"))
}

/// The same as it is dialled from abroad.
fn abroad(digits: &str) -> String {
    digits.strip_prefix('0').map_or_else(|| digits.to_owned(), |rest| format!("84{rest}"))
}

/// The words of a text without diacritics, case and punctuation.
fn words_of(text: &str) -> Vec<String> {
    let folded = fold_diacritics(text);
    folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use danvan_event::Salt;
    use serde_json::{Value, json};

    use super::*;

    const DIGEST_OF_ONE: &str = "c0ffee0912555666b5a7f0e4a1d0c9e8f7b6a5d4c3b2a190807f6e5d4c3b2a19";

    fn record() -> Vec<Opening> {
        let opening = |name: &str, value: &str| Opening {
            pointer: format!("/data/{name}"),
            salt: Salt::new([7; 16]),
            name: name.to_owned(),
            value: Canon::from(value),
        };
        let digest = Opening { pointer: "/data/attachments/0/sha256".to_owned(), ..opening("sha256", DIGEST_OF_ONE) };
        vec![
            digest,
            opening("text", "Ông Đỗ Văn Bường ở thôn Ba, gọi 0084 912 345 678"),
            opening("name", "Nguyễn Thị Hoà"),
            opening("contact", "0912.345.678 hoặc +84 987 654 321"),
        ]
    }

    fn found(query: &Value) -> Option<Vec<String>> {
        serde_json::from_value::<Query>(query.clone()).unwrap().found_in(EventId::from_parts(1, [0xab; 10]), &record())
    }

    #[test]
    fn a_person_is_found_however_the_name_or_number_is_written() {
        for query in [
            json!({ "name": "nguyen thi hoa" }),
            json!({ "name": "NGUYỄN THỊ H\u{d2}A" }),
            json!({ "name": "Nguye\u{302}\u{303}n Thi\u{323} Hoa\u{300}" }),
            json!({ "words": "hoa nguyen" }),
        ] {
            assert_eq!(found(&query).unwrap(), ["/data/name"], "{query}");
        }
        for query in [json!({ "phone": "0912345678" }), json!({ "phone": "+84 912 345 678" })] {
            assert_eq!(found(&query).unwrap(), ["/data/contact", "/data/text"], "{query}");
        }
        assert_eq!(found(&json!({ "phone": "0987654321" })).unwrap(), ["/data/contact"]);
        assert_eq!(found(&json!({ "code": "ABAB-abab-ABAB" })).unwrap().len(), 4);
        assert_eq!(found(&json!({ "code": "ABAB-abab-ABAC" })), None);
        assert_eq!(found(&json!({ "name": "đỗ văn bường" })).unwrap(), ["/data/text"]);
    }

    #[test]
    fn everything_that_is_asked_for_must_be_in_the_record() {
        assert_eq!(found(&json!({ "name": "hoà", "phone": "0987654321" })).unwrap(), ["/data/contact", "/data/name"]);
        assert_eq!(found(&json!({ "name": "hoà", "phone": "0987654322" })), None);
        assert_eq!(found(&json!({ "name": "hoà nguyễn" })), None, "a name is its words in their order");
        assert_eq!(found(&json!({ "name": "ho" })), None, "a name is whole words");
    }

    #[test]
    fn the_digest_of_a_file_is_found_whole_and_by_nothing_that_happens_to_stand_in_it() {
        for query in [json!({ "words": "c0ffee" }), json!({ "words": "a5" }), json!({ "phone": "0912555666" })] {
            assert_eq!(found(&query), None, "{query}");
        }
        for words in [DIGEST_OF_ONE.to_owned(), format!(" {} ", DIGEST_OF_ONE.to_uppercase())] {
            assert_eq!(found(&json!({ "words": words })).unwrap(), ["/data/attachments/0/sha256"]);
        }
    }

    #[test]
    fn a_query_that_would_find_everybody_is_named() {
        let problems = |query: Value| serde_json::from_value::<Query>(query).unwrap().problems();
        assert_eq!(problems(json!({})), [QueryProblem::Empty]);
        let short = problems(json!({ "phone": "091", "name": "-", "words": "ở đâu" }));
        assert_eq!(short, [QueryProblem::TooShort("phone"), QueryProblem::TooShort("name")]);
        assert!(serde_json::from_value::<Query>(json!({ "email": "x" })).is_err());
    }
}
