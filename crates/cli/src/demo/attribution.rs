//! What a demonstration says about the real facts among its simulated ones.

use danvan_event::Preset;

use super::intake::{ARTICLE, article_unit};
use crate::events::lines;

/// The settings of the aggregator that name the source of the article's facts; none when its unit takes no part.
/// They are the first that the unit's node records, right after the entry that opens its log.
pub(crate) fn settings(preset: &Preset) -> Option<String> {
    let reported = article_unit()?;
    let unit = preset.units.iter().find(|unit| unit.id == reported)?;
    let (id, name, last) = (&unit.id, &unit.name, lines(ARTICLE).len());
    Some(format!(
        "\n[[attribution]]\nunit = \"{id}\"\nvi = \"Riêng các bước triển khai mô hình ở {name}, mục 1 đến {last} trong sổ của đơn \
         vị, là sự kiện thật theo báo chí năm 2024; điều bài báo không nêu thì để trống.\"\nen = \"Only the roll-out of the \
         model in {name}, entries 1 to {last} of its log, is real, from the press of 2024; what the article does not say is \
         left out.\"\n"
    ))
}

#[cfg(test)]
mod tests {
    use danvan_event::Gazetteer;

    use super::*;

    #[test]
    fn only_the_preset_with_the_articles_unit_names_a_source() {
        let of = |name| settings(Gazetteer::preset(name).expect("a preset"));
        let text = of("ngoc-lac-2024").expect("an attribution");
        assert!(text.contains("unit = \"gso2024-15097\"") && text.contains("mục 1 đến 9 "), "{text}");
        assert_eq!(of("thanh-hoa-2025"), None);
    }
}
