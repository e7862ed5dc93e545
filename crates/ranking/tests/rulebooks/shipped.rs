//! The files that are shipped: sound, complete, and not changed unnoticed.

use danvan_event::Gazetteer;
use danvan_ranking::{CapGround, Class, Criterion, Engine, Measure, Rulebook};

/// The digests of the files. A ranking may have been published under any of them.
const DIGESTS: [(&str, &str); 3] = [
    ("rb-cqtt-0", "c38bd73b080d3e3a04e1a8d6715ba8434758f4bdd360c25bd1a007b2c6daeffd"),
    ("rb-cqtt-1", "a1db2cc193fb333db9a9c7cecdd6d68aec37ac3b7df0651915ecb6bc6fbd376e"),
    ("rb-dongnai-54", "76ff34e10d355dc9f49ff8ba3c96adf9bb21c17053ee8ba6eef23c3cf0c21f8b"),
];

#[test]
fn every_shipped_file_is_sound_and_has_the_digest_that_is_held_here() {
    let books = [Rulebook::rb_cqtt_0(), Rulebook::rb_cqtt_1(), Rulebook::rb_dongnai_54()];
    let found: Vec<(&str, &str)> = books.iter().map(|book| (book.id(), book.sha256())).collect();
    assert_eq!(found, DIGESTS);
}

#[test]
fn the_whole_rulebook_has_six_components_of_100_points_and_a_bonus_of_5() {
    let book = Rulebook::rb_cqtt_1();
    let weights: Vec<(&str, u32)> = book
        .components()
        .iter()
        .map(|component| {
            (component.code.as_str(), component.criteria.iter().map(|criterion| criterion.max_centi).sum())
        })
        .collect();
    assert_eq!(weights, [("A", 1500), ("B", 1500), ("C", 3000), ("D", 2500), ("E", 1000), ("F", 500)]);
    assert_eq!(book.bonus().unwrap().max_centi, 500);
    assert_eq!((book.engine(), book.scaled_centi()), (Engine::Second, 10_000));
    let caps: Vec<_> = book.caps().iter().map(|cap| (cap.when, cap.at_most)).collect();
    assert_eq!(caps, [(CapGround::SeriousBreach, Class::Kha), (CapGround::FalsifiedEvidence, Class::KhongXepLoai)]);
    assert_eq!(book.highest_of(Class::Kha), Some(7999));
    assert_eq!((book.highest_of(Class::XuatSac), book.highest_of(Class::KhongXepLoai)), (None, None));
}

#[test]
fn the_whole_rulebook_judges_what_the_first_one_judges_by_the_same_rules_and_asks_for_half_as_many_answers() {
    let (first, whole) = (Rulebook::rb_cqtt_0(), Rulebook::rb_cqtt_1());
    // How many answers are asked for depends on which of them count: here half of those that the first one counts.
    for criterion in first.criteria() {
        let other = whole.criterion(&criterion.code).unwrap();
        if criterion.code == "D2" {
            let posts = |criterion: &Criterion| {
                let mean = criterion.prior.map(|prior| prior.mean.get());
                [Some(criterion.low.get()), Some(criterion.high.get()), mean]
            };
            assert_eq!(posts(other).map(|post| post.map(|post| 2 * post)), posts(criterion));
            let Criterion { low, high, prior, .. } = *criterion;
            assert_eq!(Criterion { low, high, prior, ..other.clone() }, *criterion);
        } else {
            assert_eq!(other, criterion);
        }
    }
}

#[test]
fn the_preset_of_dong_nai_has_the_published_weights_and_stars() {
    let book = Rulebook::rb_dongnai_54();
    let weights: Vec<u32> = book.criteria().map(|criterion| criterion.max_centi).collect();
    assert_eq!((weights, book.bonus().unwrap().max_centi), (vec![1500, 1500, 2000, 5000], 500));
    let stars = [10_500, 9_500, 9_499, 9_000, 8_999, 8_000, 7_999, 0].map(|score| book.class_of(score));
    let expected = [
        Class::BonSao,
        Class::BonSao,
        Class::BaSao,
        Class::BaSao,
        Class::HaiSao,
        Class::HaiSao,
        Class::MotSao,
        Class::MotSao,
    ];
    assert_eq!(stars, expected);
    assert_eq!(book.criterion("CC").unwrap().measure, Measure::BoardItem);
}

#[test]
fn a_cluster_has_its_own_shares_and_every_other_one_those_of_all() {
    let book = Rulebook::rb_cqtt_1();
    let shares =
        |cluster: &str| -> Vec<u32> { book.channels(cluster).unwrap().iter().map(|(_, share)| share.get()).collect() };
    for preset in ["ngoc-lac-2024", "thanh-hoa-2025"].map(|name| Gazetteer::preset(name).unwrap()) {
        for unit in &preset.units {
            let cluster = preset.cluster_of(unit);
            assert_eq!(shares(&cluster), [0, 3_333, 3_333, 1_667, 1_667], "{cluster}");
        }
    }
    assert_eq!(shares("xã miền núi"), [0, 3_000, 3_000, 2_000, 2_000]);
}
