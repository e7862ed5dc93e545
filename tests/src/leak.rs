//! Looking for words that must not be somewhere, in whatever spelling and packing they may have got there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use walkdir::WalkDir;

/// The first bytes of every zstd frame.
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Frames within frames are followed so far.
const DEPTH: u32 = 3;
/// Most bytes that one frame may unpack to.
const MOST_UNPACKED: u64 = 32 << 20;

/// Words and all their spellings.
#[derive(Debug)]
pub struct Leaks {
    needles: Vec<Needle>,
    /// The needles by their first two bytes.
    by_start: BTreeMap<[u8; 2], Vec<usize>>,
    /// Whether any needle begins with these two bytes.
    starts: Vec<bool>,
}

#[derive(Debug)]
struct Needle {
    secret: usize,
    spelling: &'static str,
    bytes: Vec<u8>,
}

/// A word that was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leak {
    /// Which of the words, in the order given.
    pub secret: usize,
    /// How it was spelled.
    pub spelling: String,
    /// Where.
    pub place: PathBuf,
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: word {} in {}", self.place.display(), self.secret, self.spelling)
    }
}

impl Leaks {
    /// What is looked for: words that nobody writes by chance, of at least eight bytes.
    #[must_use]
    pub fn of(secrets: &[&str]) -> Self {
        let mut needles = Vec::new();
        let mut known = BTreeSet::new();
        for (secret, word) in secrets.iter().enumerate() {
            for text in cases(word) {
                for (spelling, bytes) in spellings(&text) {
                    if known.insert(bytes.clone()) {
                        needles.push(Needle { secret, spelling, bytes });
                    }
                }
            }
        }
        let mut by_start: BTreeMap<[u8; 2], Vec<usize>> = BTreeMap::new();
        let mut starts = vec![false; 1 << 16];
        for (at, needle) in needles.iter().enumerate() {
            let start = [needle.bytes[0], needle.bytes[1]];
            by_start.entry(start).or_default().push(at);
            starts[usize::from(u16::from_be_bytes(start))] = true;
        }
        Self { needles, by_start, starts }
    }

    /// Every word in the bytes, unpacked as far as they are packed: which one, and how it is spelled.
    #[must_use]
    pub fn in_bytes(&self, bytes: &[u8]) -> BTreeSet<(usize, String)> {
        let mut found = BTreeSet::new();
        self.search(bytes, "", DEPTH, &mut found);
        found
    }

    /// Every word in the files below `root` that are not below a place that `spares` names.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn in_tree(&self, root: &Path, spares: impl Fn(&Path) -> bool) -> Result<Vec<Leak>> {
        let mut leaks = Vec::new();
        for entry in WalkDir::new(root).into_iter().filter_entry(|entry| !spares(entry.path())) {
            let entry = entry?;
            let place = entry.path();
            for (secret, spelling) in self.in_bytes(place.as_os_str().as_encoded_bytes()) {
                leaks.push(Leak { secret, spelling: format!("{spelling}, as a name"), place: place.to_owned() });
            }
            if entry.file_type().is_file() {
                let bytes = std::fs::read(place).with_context(|| place.display().to_string())?;
                let found = self.in_bytes(&bytes).into_iter();
                leaks.extend(found.map(|(secret, spelling)| Leak { secret, spelling, place: place.to_owned() }));
            }
        }
        Ok(leaks)
    }

    fn search(&self, bytes: &[u8], packing: &str, depth: u32, found: &mut BTreeSet<(usize, String)>) {
        for (at, pair) in bytes.windows(2).enumerate() {
            let start = [pair[0], pair[1]];
            if start == [ZSTD[0], ZSTD[1]] && depth > 0 && bytes[at..].starts_with(&ZSTD) {
                let unpacked = unpacked(&bytes[at..]);
                self.search(&unpacked, &format!("{packing}zstd/"), depth - 1, found);
            }
            if !self.starts[usize::from(u16::from_be_bytes(start))] {
                continue;
            }
            for needle in self.by_start.get(&start).into_iter().flatten().map(|at| &self.needles[*at]) {
                if bytes[at..].starts_with(&needle.bytes) {
                    found.insert((needle.secret, format!("{packing}{}", needle.spelling)));
                }
            }
        }
    }
}

/// What one frame holds, as far as it can be read: bytes that only look like a frame hold nothing.
fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut held = Vec::new();
    if let Ok(decoder) = zstd::stream::read::Decoder::with_buffer(bytes) {
        // What came out before an error counts too: a torn frame still tells.
        let _ = decoder.single_frame().take(MOST_UNPACKED).read_to_end(&mut held);
    }
    held
}

/// The word composed and decomposed, as it is, in capitals, in small letters, and without diacritics.
fn cases(word: &str) -> BTreeSet<String> {
    let bare: String = word.nfd().filter(|c| !is_combining_mark(*c)).collect();
    let bare = bare.replace('đ', "d").replace('Đ', "D");
    let all = [word.to_owned(), bare];
    let all = all.iter().flat_map(|text| [text.clone(), text.to_uppercase(), text.to_lowercase()]);
    all.flat_map(|text| [text.nfc().collect(), text.nfd().collect()]).collect()
}

/// The bytes of a text in every encoding that our formats, a browser or a dump may give it.
fn spellings(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = text.as_bytes();
    let hexadecimal = |format: fn(&u8) -> String| bytes.iter().map(format).collect::<String>().into_bytes();
    let mut all = vec![
        ("plain text", bytes.to_vec()),
        ("percent-encoding", percent(text, "%20", |byte| format!("%{byte:02X}"))),
        ("percent-encoding", percent(text, "%20", |byte| format!("%{byte:02x}"))),
        ("form encoding", percent(text, "+", |byte| format!("%{byte:02X}"))),
        ("JSON escapes", escaped(text, |unit| format!("\\u{unit:04x}"))),
        ("JSON escapes", escaped(text, |unit| format!("\\u{unit:04X}"))),
        ("Rust escapes", text.escape_default().to_string().into_bytes()),
        ("hexadecimal", hexadecimal(|byte| format!("{byte:02x}"))),
        ("hexadecimal", hexadecimal(|byte| format!("{byte:02X}"))),
        ("UTF-16", text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("UTF-16", text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
    ];
    for before in 0..3 {
        all.push(("base64", inner_base64(bytes, before, &STANDARD_NO_PAD)));
        all.push(("base64url", inner_base64(bytes, before, &URL_SAFE_NO_PAD)));
    }
    all
}

fn percent(text: &str, space: &str, encode: fn(u8) -> String) -> Vec<u8> {
    let encoded = text.bytes().map(|byte| match byte {
        b' ' => space.to_owned(),
        byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => char::from(byte).to_string(),
        byte => encode(byte),
    });
    encoded.collect::<String>().into_bytes()
}

fn escaped(text: &str, escape: fn(u16) -> String) -> Vec<u8> {
    let mut units = [0; 2];
    let escaped = text.chars().map(|c| match c {
        c if c.is_ascii() => c.to_string(),
        c => c.encode_utf16(&mut units).iter().map(|unit| escape(*unit)).collect(),
    });
    escaped.collect::<String>().into_bytes()
}

/// The characters that depend on these bytes alone when `before` bytes (modulo three) stand before them.
fn inner_base64(bytes: &[u8], before: usize, engine: &impl base64::Engine) -> Vec<u8> {
    let mut shifted = vec![0; before];
    shifted.extend_from_slice(bytes);
    let text = engine.encode(&shifted).into_bytes();
    let (first, end) = ((before * 8).div_ceil(6), shifted.len() * 8 / 6);
    text[first..end].to_vec()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::*;

    const NAME: &str = "Lò Thị Mô Phỏng";

    fn found(bytes: &[u8]) -> Vec<String> {
        Leaks::of(&[NAME]).in_bytes(bytes).into_iter().map(|(_, spelling)| spelling).collect()
    }

    #[test]
    fn a_word_is_found_in_every_spelling() {
        let inside = |text: &str| format!("x{text}y").into_bytes();
        let decomposed: String = NAME.nfd().collect();
        for (bytes, spelling) in [
            (inside(NAME), "plain text"),
            (inside(&decomposed), "plain text"),
            (inside(&NAME.to_uppercase()), "plain text"),
            (inside("lo thi mo phong"), "plain text"),
            (inside("L%C3%B2%20Th%E1%BB%8B%20M%C3%B4%20Ph%E1%BB%8Fng"), "percent-encoding"),
            (inside("L%C3%B2+Th%E1%BB%8B+M%C3%B4+Ph%E1%BB%8Fng"), "form encoding"),
            (inside(r"L\u00f2 Th\u1ecb M\u00f4 Ph\u1ecfng"), "JSON escapes"),
            (inside(r"L\u{f2} Th\u{1ecb} M\u{f4} Ph\u{1ecf}ng"), "Rust escapes"),
            (NAME.encode_utf16().flat_map(u16::to_le_bytes).collect(), "UTF-16"),
        ] {
            assert_eq!(found(&bytes), [spelling], "{}", String::from_utf8_lossy(&bytes));
        }
    }

    #[test]
    fn a_word_is_found_wherever_it_stands_in_base64() {
        for before in 0..7 {
            for after in 0..3 {
                let text = format!("{}{NAME}{}", "<".repeat(before), "?".repeat(after));
                assert!(found(STANDARD_NO_PAD.encode(&text).as_bytes()).contains(&"base64".to_owned()), "{text}");
                assert!(!found(URL_SAFE_NO_PAD.encode(&text).as_bytes()).is_empty(), "{text}");
            }
        }
    }

    #[test]
    fn a_word_is_found_in_frames_within_frames_and_in_torn_ones() {
        let pack = |bytes: &[u8]| zstd::bulk::compress(bytes, 1).unwrap();
        let many = (0..2000_u32).map(|n| format!("{} {NAME}. ", n.wrapping_mul(2_654_435_761)));
        let many = many.collect::<Vec<_>>().concat();
        let inner = pack(many.as_bytes());
        let outer = [b"head".as_slice(), &pack(&[b"more".as_slice(), &inner, b"tail"].concat()), b"tail"].concat();
        let in_frames = found(&outer);
        assert!(in_frames.contains(&"zstd/zstd/plain text".to_owned()), "{in_frames:?}");
        assert!(!in_frames.contains(&"plain text".to_owned()), "without unpacking nothing is found: {in_frames:?}");
        let noise: Vec<u8> = (0..300_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        let whole = pack(&[many.as_bytes(), &noise].concat());
        assert_eq!(found(&whole[..whole.len() - 100]), ["zstd/plain text"]);
    }

    #[test]
    fn other_words_are_not_found() {
        for text in ["Lò Thị Phỏng Mô", "Lo Thi Mo", "", "\u{28}"] {
            assert!(found(text.as_bytes()).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_tree_is_searched_but_for_what_is_spared() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("vault")).unwrap();
        std::fs::write(root.path().join("vault/a"), NAME).unwrap();
        std::fs::write(root.path().join("trace"), format!("told of {NAME}")).unwrap();
        let leaks = Leaks::of(&["0900 000 000", NAME]).in_tree(root.path(), |place| place.ends_with("vault")).unwrap();
        let expected = Leak { secret: 1, spelling: "plain text".to_owned(), place: root.path().join("trace") };
        assert_eq!(leaks, [expected]);
    }
}
