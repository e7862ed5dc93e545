//! Search that does not ask for diacritics: "loc thinh" finds "Lộc Thịnh".

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Lower case without diacritics; `đ` becomes `d`, which Unicode decomposition alone does not do.
#[must_use]
pub fn fold_diacritics(text: &str) -> String {
    text.nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .map(|c| if c == 'đ' { 'd' } else { c })
        .collect()
}

/// Whether every word of `query` occurs in `text`, both folded. An empty query finds everything.
#[must_use]
pub fn contains_folded(text: &str, query: &str) -> bool {
    let text = fold_diacritics(text);
    fold_diacritics(query).split_whitespace().all(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn diacritics_and_case_fold_away() {
        assert_eq!(fold_diacritics("Xã Đông Ngọc Phụng"), "xa dong ngoc phung");
    }

    #[test]
    fn composed_and_decomposed_spellings_fold_alike() {
        assert_eq!(fold_diacritics("Hòa"), fold_diacritics("Ho\u{300}a"));
        assert_eq!(fold_diacritics("Hoà"), fold_diacritics("Hòa"));
    }

    #[test]
    fn every_word_of_the_query_must_occur() {
        assert!(contains_folded("Lộc Thịnh", "thinh loc"));
        assert!(contains_folded("Lộc Thịnh", ""));
        assert!(!contains_folded("Lộc Thịnh", "loc son"));
    }
}
