//! The administrative units of the presets.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::{UnitId, UnitKind};

/// The embedded lists of `schemas/units/`.
#[derive(Debug)]
pub struct Gazetteer;

/// A set of units that take part together.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Preset {
    /// Its name in commands, such as `ngoc-lac-2024`.
    pub preset: String,
    /// Its name, Vietnamese.
    pub name_vi: String,
    /// Its name, English.
    pub name_en: String,
    /// What the tier of the aggregator is called, Vietnamese.
    pub level_label_vi: String,
    /// What the tier of the aggregator is called, English.
    pub level_label_en: String,
    /// The cluster in which its units are ranked.
    pub cluster: String,
    /// The first civil year through which all of its units existed: generated facts fall in it.
    pub year: u16,
    /// The slug of the aggregator of a demonstration.
    pub aggregator: String,
    /// In order of the codes.
    pub units: Vec<Unit>,
}

/// An administrative unit at the lowest tier.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Unit {
    /// Its id.
    pub id: UnitId,
    /// Its name without the kind, such as `Lộc Thịnh`.
    pub name: String,
    /// Its kind.
    pub kind: UnitKind,
    /// The unit above it, with its kind.
    pub parent_name: String,
}

impl Unit {
    /// Kind and name, such as `Xã Lộc Thịnh`.
    #[must_use]
    pub fn full_name_vi(&self) -> String {
        format!("{} {}", self.kind.label_vi(), self.name)
    }
}

const FILES: [&str; 2] = [
    include_str!("../../../schemas/units/ngoc-lac-2024.json"),
    include_str!("../../../schemas/units/thanh-hoa-2025.json"),
];

#[expect(clippy::expect_used, reason = "the lists are embedded; a test reads every one")]
static PRESETS: LazyLock<Vec<Preset>> =
    LazyLock::new(|| FILES.iter().map(|text| serde_json::from_str(text).expect("an embedded list reads")).collect());

impl Gazetteer {
    /// Every preset.
    #[must_use]
    pub fn presets() -> &'static [Preset] {
        &PRESETS
    }

    /// The preset of that name.
    #[must_use]
    pub fn preset(name: &str) -> Option<&'static Preset> {
        PRESETS.iter().find(|preset| preset.preset == name)
    }

    /// A unit of any preset.
    #[must_use]
    pub fn find(unit: &UnitId) -> Option<&'static Unit> {
        PRESETS.iter().find_map(|preset| {
            preset.units.binary_search_by(|candidate| candidate.id.cmp(unit)).ok().map(|at| &preset.units[at])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_presets_have_the_units_they_should() {
        let ngoc_lac = Gazetteer::preset("ngoc-lac-2024").unwrap();
        assert_eq!(ngoc_lac.units.len(), 21);
        assert!(
            ngoc_lac.units.iter().all(|unit| unit.parent_name == "Huyện Ngọc Lặc" && unit.id.scheme() == "gso2024")
        );
        let thanh_hoa = Gazetteer::preset("thanh-hoa-2025").unwrap();
        let wards = thanh_hoa.units.iter().filter(|unit| unit.kind == UnitKind::Phuong).count();
        assert_eq!((thanh_hoa.units.len(), wards), (166, 19));
        // Its communes exist from 1 July 2025 on.
        assert_eq!((ngoc_lac.year, thanh_hoa.year), (2024, 2026));
        assert_eq!(Gazetteer::preset("elsewhere"), None);
    }

    #[test]
    fn units_are_in_order_and_found_by_id() {
        for preset in Gazetteer::presets() {
            assert!(preset.units.is_sorted_by(|a, b| a.id < b.id));
            for unit in &preset.units {
                assert_eq!(Gazetteer::find(&unit.id), Some(unit));
            }
        }
        let loc_thinh = Gazetteer::find(&"gso2024-15097".parse().unwrap()).unwrap();
        assert_eq!(loc_thinh.full_name_vi(), "Xã Lộc Thịnh");
        assert_eq!(Gazetteer::find(&"gso2024-15082".parse().unwrap()), None);
    }

    #[test]
    fn names_are_in_normalisation_form_c() {
        for text in FILES {
            assert!(unicode_normalization::is_nfc(text));
        }
    }
}
