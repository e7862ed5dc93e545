//! The administrative units: those of the presets, the lists that they come from, and which went on for which.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::{Successor, UnitId, UnitKind, UnitSucceeded};

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
    /// The one cluster in which all of its units are ranked, where the preset gives one; else see [`Preset::cluster_of`].
    #[serde(default)]
    pub cluster: Option<String>,
    /// The first civil year through which all of its units existed: generated facts fall in it.
    pub year: u16,
    /// The slug of the aggregator of a demonstration.
    pub aggregator: String,
    /// In order of the codes.
    #[serde(default)]
    pub units: Vec<Unit>,
    #[serde(skip)]
    tree: &'static [u8],
}

/// The file of a preset: its units one by one, or the scheme of the list of which it has all.
#[derive(Deserialize)]
struct PresetFile {
    #[serde(flatten)]
    preset: Preset,
    #[serde(default)]
    all_of: Option<String>,
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

/// A list of units that was in force for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitList {
    /// The scheme of its ids, such as `nso2025`.
    pub scheme: &'static str,
    /// The first day that it holds, where the list says so, `YYYY-MM-DD`.
    pub valid_from: Option<&'static str>,
    /// The first day that it holds no longer, where the list says so.
    pub valid_until: Option<&'static str>,
    /// In order of the codes.
    pub units: Vec<Unit>,
}

/// The file of a succession: which units went on for which, by an act of one day.
#[derive(Deserialize)]
struct SuccessionFile {
    effective_on: String,
    doc_no: String,
    successions: Vec<SuccessionRow>,
}

#[derive(Deserialize)]
struct SuccessionRow {
    to: UnitId,
    from: Vec<UnitId>,
}

impl UnitList {
    /// Reads `key<tab>value` heads, `parent<tab>name` before the units under it, and `code<tab>kind<tab>name`.
    fn read(text: &'static str) -> Option<UnitList> {
        let mut list = UnitList { scheme: "", valid_from: None, valid_until: None, units: Vec::new() };
        let mut parent_name = "";
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut cells = line.split('\t');
            match (cells.next()?, cells.next()?, cells.next()) {
                ("scheme", scheme, None) => list.scheme = scheme,
                ("valid_from", day, None) => list.valid_from = Some(day),
                ("valid_until", day, None) => list.valid_until = Some(day),
                ("parent", name, None) => parent_name = name,
                (code, kind, Some(name)) => list.units.push(Unit {
                    id: format!("{}-{code}", list.scheme).parse().ok()?,
                    name: name.to_owned(),
                    kind: UnitKind::from_code(kind)?,
                    parent_name: parent_name.to_owned(),
                }),
                _ => return None,
            }
        }
        list.units.sort_by(|a, b| a.id.cmp(&b.id));
        Some(list)
    }
}

impl Preset {
    /// The file of the tree in which its units stand, as it lies in `schemas/units/`.
    #[must_use]
    pub fn tree(&self) -> &'static [u8] {
        self.tree
    }

    fn read(text: &str, tree: &'static [u8]) -> Option<Preset> {
        let PresetFile { mut preset, all_of } = serde_json::from_str(text).ok()?;
        preset.tree = tree;
        if let Some(scheme) = all_of {
            preset.units.clone_from(&LISTS.iter().find(|list| list.scheme == scheme)?.units);
        }
        Some(preset)
    }

    /// The cluster in which a unit of it is ranked unless an operator names another: the preset's own, else that of units of
    /// its kind.
    #[must_use]
    pub fn cluster_of(&self, unit: &Unit) -> String {
        self.cluster.clone().unwrap_or_else(|| unit.cluster_of_kind())
    }

    fn unit(&self, id: &UnitId) -> Option<&Unit> {
        within(&self.units, id)
    }
}

fn within<'units>(units: &'units [Unit], id: &UnitId) -> Option<&'units Unit> {
    units.binary_search_by(|candidate| candidate.id.cmp(id)).ok().and_then(|at| units.get(at))
}

impl Unit {
    /// The cluster of units of like kind under the same unit above, such as `Phường · Tỉnh Thanh Hoá`: a ward is not compared
    /// with a commune.
    #[must_use]
    pub fn cluster_of_kind(&self) -> String {
        format!("{} · {}", self.kind.label_vi(), self.parent_name)
    }

    /// Kind and name, such as `Xã Lộc Thịnh`.
    #[must_use]
    pub fn full_name_vi(&self) -> String {
        format!("{} {}", self.kind.label_vi(), self.name)
    }
}

/// Each preset with its tree.
const FILES: [(&str, &[u8]); 3] = [
    (
        include_str!("../../../schemas/units/ngoc-lac-2024.json"),
        include_bytes!("../../../schemas/units/tree-ngoc-lac-2024.json"),
    ),
    (
        include_str!("../../../schemas/units/thanh-hoa-2025.json"),
        include_bytes!("../../../schemas/units/tree-thanh-hoa-2025.json"),
    ),
    (
        include_str!("../../../schemas/units/viet-nam-2025.json"),
        include_bytes!("../../../schemas/units/tree-viet-nam-2025.json"),
    ),
];

#[expect(clippy::expect_used, reason = "the lists are embedded; a test reads every one")]
static PRESETS: LazyLock<Vec<Preset>> = LazyLock::new(|| {
    FILES.iter().map(|(text, tree)| Preset::read(text, tree).expect("an embedded list reads")).collect()
});

const LIST_FILES: [&str; 2] =
    [include_str!("../../../schemas/units/nso2025.tsv"), include_str!("../../../schemas/units/gso2024-thanh-hoa.tsv")];

#[expect(clippy::expect_used, reason = "the lists are embedded; a test reads every one")]
static LISTS: LazyLock<Vec<UnitList>> =
    LazyLock::new(|| LIST_FILES.iter().map(|text| UnitList::read(text).expect("an embedded list reads")).collect());

const SUCCESSION_FILE: &str = include_str!("../../../schemas/units/succession-thanh-hoa-2025.json");

#[expect(clippy::expect_used, reason = "the file is embedded; a test reads it")]
static SUCCESSIONS: LazyLock<Vec<UnitSucceeded>> = LazyLock::new(|| {
    let file: SuccessionFile = serde_json::from_str(SUCCESSION_FILE).expect("an embedded file reads");
    let stated = |row: SuccessionRow| UnitSucceeded {
        from_units: row.from,
        to_units: vec![Successor { unit: row.to, share_permille: None }],
        effective_on: file.effective_on.clone(),
        doc_no: file.doc_no.clone(),
    };
    file.successions.into_iter().map(stated).collect()
});

impl Gazetteer {
    /// Every list: all units of the country since July 2025, and those of Thanh Hoá before.
    #[must_use]
    pub fn lists() -> &'static [UnitList] {
        &LISTS
    }

    /// Which units of Thanh Hoá went on for which on 1 July 2025, one statement for each new unit. An old unit that stands in two
    /// statements was divided.
    #[must_use]
    pub fn successions() -> &'static [UnitSucceeded] {
        &SUCCESSIONS
    }

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

    /// A unit of any preset or list.
    #[must_use]
    pub fn find(unit: &UnitId) -> Option<&'static Unit> {
        let of_preset = PRESETS.iter().find_map(|preset| preset.unit(unit));
        of_preset.or_else(|| LISTS.iter().find_map(|list| within(&list.units, unit)))
    }

    /// The cluster in which a known unit is ranked unless an operator names another.
    #[must_use]
    pub fn cluster_of(unit: &Unit) -> String {
        let preset = PRESETS.iter().find(|preset| preset.unit(&unit.id).is_some());
        preset.map_or_else(|| unit.cluster_of_kind(), |preset| preset.cluster_of(unit))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::{TierKind, UnitTree};

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
        let viet_nam = Gazetteer::preset("viet-nam-2025").unwrap();
        assert_eq!((ngoc_lac.year, thanh_hoa.year, viet_nam.year), (2024, 2026, 2026));
        assert_eq!(viet_nam.units, Gazetteer::lists()[0].units);
        assert_eq!(viet_nam.units.len(), 3_321);
        assert_eq!(Gazetteer::preset("elsewhere"), None);
    }

    #[test]
    fn the_tree_of_a_preset_holds_its_units_through_its_year() {
        for preset in Gazetteer::presets() {
            let tree = UnitTree::parse(preset.tree()).unwrap();
            let top = tree.units.iter().filter(|unit| unit.parent.is_none()).count();
            let lowest = tree.units.iter().filter(|unit| tree.below(&unit.id).next().is_none());
            let days = [format!("{}-01-01", preset.year), format!("{}-12-31", preset.year)];
            let held: BTreeSet<(&UnitId, &str)> = lowest
                .filter(|unit| days.iter().all(|day| tree.holds_on(unit, day)))
                .map(|unit| (&unit.id, unit.name.as_str()))
                .collect();
            assert_eq!((tree.tree.as_str(), top), (preset.preset.as_str(), 1));
            assert_eq!(held, preset.units.iter().map(|unit| (&unit.id, unit.name.as_str())).collect());
        }
    }

    #[test]
    fn in_the_tree_of_the_country_every_commune_stands_under_the_province_that_its_list_names() {
        let viet_nam = Gazetteer::preset("viet-nam-2025").unwrap();
        let tree = UnitTree::parse(viet_nam.tree()).unwrap();
        let top = "iso3166-704".parse().unwrap();
        let provinces: BTreeMap<&UnitId, String> = tree
            .below(&top)
            .map(|unit| {
                let kind = if unit.kind == TierKind::ThanhPho { "Thành phố" } else { "Tỉnh" };
                (&unit.id, format!("{kind} {}", unit.name))
            })
            .collect();
        assert_eq!((provinces.len(), tree.units.len()), (34, 1 + 34 + 3_321));
        let parents: BTreeMap<&UnitId, &UnitId> =
            tree.units.iter().filter_map(|unit| Some((&unit.id, unit.parent.as_ref()?))).collect();
        for unit in &viet_nam.units {
            assert_eq!(provinces[parents[&unit.id]], unit.parent_name, "{}", unit.id);
        }
    }

    #[test]
    fn a_ward_is_ranked_among_the_wards_of_its_province_and_ngoc_lac_in_one_cluster() {
        let clusters = |preset: &str| {
            let preset = Gazetteer::preset(preset).unwrap();
            let mut sizes = BTreeMap::new();
            for unit in &preset.units {
                assert_eq!(preset.cluster_of(unit), Gazetteer::cluster_of(unit), "{}", unit.id);
                *sizes.entry(preset.cluster_of(unit)).or_insert(0) += 1;
            }
            sizes
        };
        assert_eq!(clusters("ngoc-lac-2024"), BTreeMap::from([("Huyện Ngọc Lặc".to_owned(), 21)]));
        let of_province = |kind: &str| format!("{kind} · Tỉnh Thanh Hóa");
        let thanh_hoa = BTreeMap::from([(of_province("Phường"), 19), (of_province("Xã"), 147)]);
        assert_eq!(clusters("thanh-hoa-2025"), thanh_hoa);
        let viet_nam = clusters("viet-nam-2025");
        assert!(thanh_hoa.iter().all(|(name, size)| viet_nam.get(name) == Some(size)));
        let of_kind = |kind: &str| viet_nam.keys().filter(|name| name.starts_with(kind)).count();
        assert_eq!((of_kind("Xã · "), of_kind("Phường · ")), (34, 34), "each province has both");
        assert_eq!(viet_nam.values().sum::<usize>(), 3_321);
        assert_eq!(viet_nam["Đặc khu · Tỉnh An Giang"], 3);
        let town = Gazetteer::find(&"gso2024-14845".parse().unwrap()).unwrap();
        assert_eq!(Gazetteer::cluster_of(town), "Thị trấn · Huyện Mường Lát", "no preset has it");
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
    fn the_lists_have_the_units_they_should_and_the_presets_are_parts_of_them() {
        let [today, before] = Gazetteer::lists() else { panic!("two lists") };
        let of_kind = |kind: UnitKind| today.units.iter().filter(|unit| unit.kind == kind).count();
        assert_eq!((of_kind(UnitKind::Xa), of_kind(UnitKind::Phuong), of_kind(UnitKind::DacKhu)), (2_621, 687, 13));
        assert_eq!((today.scheme, today.valid_from, today.units.len()), ("nso2025", Some("2025-07-01"), 3_321));
        assert_eq!((before.scheme, before.valid_until, before.units.len()), ("gso2024", Some("2025-07-01"), 547));
        for list in Gazetteer::lists() {
            assert!(list.units.is_sorted_by(|a, b| a.id < b.id), "{}", list.scheme);
        }
        for (preset, list) in [("thanh-hoa-2025", today), ("ngoc-lac-2024", before)] {
            let preset = Gazetteer::preset(preset).unwrap();
            assert!(preset.units.iter().all(|unit| list.units.contains(unit)), "{}", preset.preset);
        }
        let elsewhere = Gazetteer::find(&"nso2025-00004".parse().unwrap()).unwrap();
        assert_eq!(
            (elsewhere.full_name_vi().as_str(), elsewhere.parent_name.as_str()),
            ("Phường Ba Đình", "Thành phố Hà Nội")
        );
    }

    #[test]
    fn every_old_unit_of_thanh_hoa_has_a_successor_and_every_new_one_a_past() {
        let [today, before] = Gazetteer::lists() else { panic!("two lists") };
        let stated = Gazetteer::successions();
        let old: BTreeSet<&UnitId> = stated.iter().flat_map(|fact| &fact.from_units).collect();
        let new: BTreeSet<&UnitId> = stated.iter().flat_map(|fact| &fact.to_units).map(|to| &to.unit).collect();
        assert_eq!(old, before.units.iter().map(|unit| &unit.id).collect());
        let of_province = today.units.iter().filter(|unit| unit.parent_name == "Tỉnh Thanh Hóa");
        assert_eq!(new, of_province.map(|unit| &unit.id).collect());
        assert_eq!(stated.iter().map(|fact| fact.from_units.len()).sum::<usize>(), 558);
        let ngoc_lien = stated.iter().find(|fact| fact.to_units[0].unit.as_str() == "nso2025-15091").unwrap();
        let codes: Vec<&str> = ngoc_lien.from_units.iter().map(UnitId::code).collect();
        assert_eq!(codes, ["15091", "15094", "15097", "15100", "15103"]);
    }

    #[test]
    fn names_are_in_normalisation_form_c() {
        for text in FILES.map(|(text, _)| text).into_iter().chain(LIST_FILES) {
            assert!(unicode_normalization::is_nfc(text));
        }
    }
}
