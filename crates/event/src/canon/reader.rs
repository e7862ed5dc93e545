//! Reading JSON bytes, either in any spelling or in the canonical one only.

use std::collections::BTreeMap;

use super::{Canon, CanonError, CanonReason, MAX_DEPTH, MAX_INT, MAX_KEY, is_normalised, normalised, writer};

/// Which spellings are taken.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    Canonical,
    Any,
}

pub(super) fn read(bytes: &[u8], spelling: Spelling) -> Result<Canon, CanonError> {
    let top = |reason| CanonError { path: String::new(), reason };
    let text = std::str::from_utf8(bytes).map_err(|_| top(CanonReason::NotUtf8))?;
    // RFC 8259 §8.1 lets a reader skip the mark that some editors put in front.
    let text = if spelling == Spelling::Any { text.strip_prefix('\u{feff}').unwrap_or(text) } else { text };
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0, depth: 0, spelling };
    let outcome = reader.value().and_then(|value| reader.end().map(|()| value));
    outcome.map_err(Failure::into_error)
}

/// A reason and the path to it, gathered from the inside outwards while the calls return.
struct Failure {
    reason: CanonReason,
    inner_first: Vec<String>,
}

impl Failure {
    fn inside(mut self, token: &(impl ToString + ?Sized)) -> Failure {
        self.inner_first.push(token.to_string());
        self
    }

    fn into_error(self) -> CanonError {
        let path = self.inner_first.iter().rev().fold(String::new(), |mut path, token| {
            path.push('/');
            path.push_str(&token.replace('~', "~0").replace('/', "~1"));
            path
        });
        CanonError { path, reason: self.reason }
    }
}

impl From<CanonReason> for Failure {
    fn from(reason: CanonReason) -> Failure {
        Failure { reason, inner_first: Vec::new() }
    }
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    spelling: Spelling,
}

impl<'a> Reader<'a> {
    fn canonical(&self) -> bool {
        self.spelling == Spelling::Canonical
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_white(&mut self) -> Result<(), CanonReason> {
        let from = self.at;
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        if self.canonical() && self.at > from { Err(CanonReason::Spelling) } else { Ok(()) }
    }

    fn end(&mut self) -> Result<(), Failure> {
        self.skip_white()?;
        if self.at == self.bytes.len() { Ok(()) } else { Err(CanonReason::Syntax.into()) }
    }

    fn word(&mut self, word: &str) -> Result<(), CanonReason> {
        if self.bytes[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(())
        } else {
            Err(CanonReason::Syntax)
        }
    }

    fn value(&mut self) -> Result<Canon, Failure> {
        self.skip_white()?;
        match self.peek() {
            Some(b'{') => self.nested(Reader::members).map(Canon::Map),
            Some(b'[') => self.nested(Reader::items).map(Canon::List),
            Some(b'"') => Ok(Canon::Str(self.string()?)),
            Some(b't') => Ok(self.word("true").map(|()| Canon::Bool(true))?),
            Some(b'f') => Ok(self.word("false").map(|()| Canon::Bool(false))?),
            Some(b'n') => Err(self.word("null").map_or_else(|reason| reason, |()| CanonReason::Null).into()),
            Some(b'-' | b'0'..=b'9') => Ok(Canon::Int(self.number()?)),
            _ => Err(CanonReason::Syntax.into()),
        }
    }

    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Failure>) -> Result<T, Failure> {
        if self.depth == MAX_DEPTH {
            return Err(CanonReason::TooDeep.into());
        }
        self.at += 1;
        self.depth += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    /// Behind an item: `true` if another one follows, `false` if the list or map is closed.
    fn another(&mut self, close: u8) -> Result<bool, CanonReason> {
        self.skip_white()?;
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                Ok(true)
            }
            Some(byte) if byte == close => {
                self.at += 1;
                Ok(false)
            }
            _ => Err(CanonReason::Syntax),
        }
    }

    fn closes_at_once(&mut self, close: u8) -> Result<bool, CanonReason> {
        self.skip_white()?;
        let closes = self.peek() == Some(close);
        self.at += usize::from(closes);
        Ok(closes)
    }

    fn items(&mut self) -> Result<Vec<Canon>, Failure> {
        let mut items = Vec::new();
        if self.closes_at_once(b']')? {
            return Ok(items);
        }
        loop {
            items.push(self.value().map_err(|failure| failure.inside(&items.len()))?);
            if !self.another(b']')? {
                return Ok(items);
            }
        }
    }

    fn members(&mut self) -> Result<BTreeMap<String, Canon>, Failure> {
        if self.closes_at_once(b'}')? {
            return Ok(BTreeMap::new());
        }
        let mut members: Vec<(String, Canon)> = Vec::with_capacity(8);
        loop {
            self.skip_white()?;
            let key = self.key()?;
            if self.canonical() {
                check_order(&members, &key)?;
            } else if members.iter().any(|(earlier, _)| *earlier == key) {
                return Err(Failure::from(CanonReason::DuplicateKey).inside(&key));
            }
            self.skip_white()?;
            if self.peek() != Some(b':') {
                return Err(CanonReason::Syntax.into());
            }
            self.at += 1;
            match self.value() {
                Ok(value) => members.push((key, value)),
                Err(failure) => return Err(failure.inside(&key)),
            }
            if !self.another(b'}')? {
                return Ok(members.into_iter().collect());
            }
        }
    }

    /// A key. The error does not name it: an odd key may be anything, and long.
    fn key(&mut self) -> Result<String, Failure> {
        if self.peek() != Some(b'"') {
            return Err(CanonReason::Syntax.into());
        }
        let key = self.string()?;
        let good = (1..=MAX_KEY).contains(&key.len()) && key.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        if good { Ok(key) } else { Err(CanonReason::BadKey.into()) }
    }

    fn number(&mut self) -> Result<i64, CanonReason> {
        let negative = self.peek() == Some(b'-');
        self.at += usize::from(negative);
        let digits = self.digits()?;
        if digits.len() > 1 && digits.starts_with('0') {
            return Err(CanonReason::Syntax);
        }
        let magnitude: Option<i64> = digits.parse().ok().filter(|value| *value <= MAX_INT);
        self.fraction()?;
        let magnitude = magnitude.ok_or(CanonReason::IntegerRange)?;
        if self.canonical() && negative && magnitude == 0 {
            return Err(CanonReason::Spelling);
        }
        Ok(if negative { -magnitude } else { magnitude })
    }

    /// What follows the digits of a whole number: nothing, or in any spelling `.0`.
    fn fraction(&mut self) -> Result<(), CanonReason> {
        if self.peek() == Some(b'.') {
            self.at += 1;
            let fraction = self.digits()?;
            if self.canonical() || fraction.bytes().any(|digit| digit != b'0') {
                return Err(CanonReason::NotWhole);
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) { Err(CanonReason::NotWhole) } else { Ok(()) }
    }

    fn digits(&mut self) -> Result<&'a str, CanonReason> {
        let from = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == from { Err(CanonReason::Syntax) } else { Ok(&self.text[from..self.at]) }
    }

    fn string(&mut self) -> Result<String, CanonReason> {
        self.at += 1;
        let from = self.at;
        self.skip_plain();
        let mut text = self.text[from..self.at].to_owned();
        if self.peek() != Some(b'"') {
            self.rest_with_escapes(&mut text)?;
        }
        self.at += 1;
        match self.spelling {
            Spelling::Any => Ok(normalised(text)),
            Spelling::Canonical if is_normalised(&text) => Ok(text),
            Spelling::Canonical => Err(CanonReason::NotNormalised),
        }
    }

    /// Moves over everything up to a quote, a backslash, a control character or the end.
    fn skip_plain(&mut self) {
        let rest = &self.bytes[self.at..];
        let stop = |byte: &u8| *byte == b'"' || *byte == b'\\' || *byte < 0x20;
        self.at += rest.iter().position(stop).unwrap_or(rest.len());
    }

    fn rest_with_escapes(&mut self, text: &mut String) -> Result<(), CanonReason> {
        loop {
            match self.peek() {
                Some(b'"') => return Ok(()),
                Some(b'\\') => {
                    let from = self.at;
                    let character = self.escape()?;
                    if self.canonical() && !writer::is_spelling_of(&self.text[from..self.at], character) {
                        return Err(CanonReason::Spelling);
                    }
                    text.push(character);
                }
                Some(byte) if byte >= 0x20 => {
                    let from = self.at;
                    self.skip_plain();
                    text.push_str(&self.text[from..self.at]);
                }
                _ => return Err(CanonReason::Syntax),
            }
        }
    }

    fn escape(&mut self) -> Result<char, CanonReason> {
        let letter = self.bytes.get(self.at + 1).copied().ok_or(CanonReason::Syntax)?;
        self.at += 2;
        Ok(match letter {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return Err(CanonReason::Syntax),
        })
    }

    fn unicode_escape(&mut self) -> Result<char, CanonReason> {
        let first = self.four_hex()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first).ok_or(CanonReason::LoneSurrogate);
        }
        self.word("\\u").map_err(|_| CanonReason::LoneSurrogate)?;
        let second = self.four_hex()?;
        if !(0xdc00..0xe000).contains(&second) {
            return Err(CanonReason::LoneSurrogate);
        }
        // RFC 8259 §7: a pair of UTF-16 halves.
        char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)).ok_or(CanonReason::LoneSurrogate)
    }

    fn four_hex(&mut self) -> Result<u32, CanonReason> {
        let digits = self.bytes.get(self.at..self.at + 4).ok_or(CanonReason::Syntax)?;
        let value = digits.iter().try_fold(0, |sum, digit| Some(sum << 4 | char::from(*digit).to_digit(16)?));
        self.at += 4;
        value.ok_or(CanonReason::Syntax)
    }
}

fn check_order(members: &[(String, Canon)], key: &str) -> Result<(), Failure> {
    let Some((last, _)) = members.last() else { return Ok(()) };
    match last.as_str().cmp(key) {
        std::cmp::Ordering::Less => Ok(()),
        std::cmp::Ordering::Equal => Err(Failure::from(CanonReason::DuplicateKey).inside(key)),
        std::cmp::Ordering::Greater => Err(Failure::from(CanonReason::KeyOrder).inside(key)),
    }
}
