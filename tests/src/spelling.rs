//! Where tone marks stand in Vietnamese: at the end of a syllable on the second vowel of oa, oe and uy, in every file alike.

use crate::documents::Document;

/// What is spelled as somebody else spells it: names of places, quotations, and the tests of spelling itself.
const QUOTING: &[&str] = &[
    "schemas/units/",
    "schemas/examples/loc-thinh-2024",
    "crates/event/tests/seed_article.rs",
    "crates/event/src/canon/tests.rs",
    "crates/event/src/gazetteer.rs",
    "crates/node/src/privacy/search.rs",
    "crates/ranking/tests/rulebooks/linter.rs",
    "schemas/rulebooks/rb-cqtt-1.toml",
    "crates/ui/src/folding.rs",
    "tests/seed_article_to_ranking_page.rs",
];

/// First vowels that bear a tone mark, and the second vowels that should bear it instead.
const MISPLACED: &[(&str, &str)] = &[("òóỏõọ", "ae"), ("ùúủũụ", "y")];

/// Words of a file with the tone mark on the first vowel, with their 1-based lines. Quotations have none.
#[must_use]
pub fn misplaced_tone_marks(file: &Document) -> Vec<(usize, String)> {
    if QUOTING.iter().any(|quoting| file.path.starts_with(quoting)) {
        return Vec::new();
    }
    let lines = file.text.lines().zip(1..);
    lines.flat_map(|(text, line)| words(text).filter(|word| is_misplaced(word)).map(move |word| (line, word))).collect()
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|letter: char| !letter.is_alphabetic()).map(str::to_lowercase)
}

fn is_misplaced(word: &str) -> bool {
    let mut backwards = word.chars().rev();
    let (Some(last), Some(before)) = (backwards.next(), backwards.next()) else { return false };
    MISPLACED.iter().any(|(first, second)| first.contains(before) && second.contains(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn misplaced(path: &str, text: &str) -> Vec<usize> {
        let file = Document { path: path.to_owned(), text: text.to_owned() };
        misplaced_tone_marks(&file).into_iter().map(|(line, _)| line).collect()
    }

    #[test]
    fn a_tone_mark_on_the_first_vowel_is_found() {
        let text = "kho\u{e1}\nkh\u{f3}a\n\"X\u{f3}a\"\n\u{1ee7}y ban\n<b>kh\u{1ecf}e</b>\n";
        assert_eq!(misplaced("crates/node/templates/kiosk.html", text), [2, 3, 4, 5]);
    }

    #[test]
    fn the_second_vowel_longer_syllables_and_quotations_are_left_alone() {
        let text = "uỷ ban khoá hoàn toán thuỷ quý của mùa thuế xoè chúa";
        assert!(misplaced("README.md", text).is_empty(), "{:?}", misplaced("README.md", text));
        assert!(misplaced("schemas/units/thanh-hoa-2025.json", "Thanh H\u{f3}a").is_empty());
    }
}
