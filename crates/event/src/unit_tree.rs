//! The file of a tree of administrative units, of any depth: communes under clusters, districts, provinces, or whatever a time has.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::schema::FileSchema;
use crate::{FieldProblem, FormError, ProblemCode, UnitId, UnitTreePublished};

static SCHEMA: LazyLock<FileSchema> =
    LazyLock::new(|| FileSchema::new(include_str!("../../../schemas/units/tree.schema.json")));

/// A tree of units, read from its file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct UnitTree {
    /// Its name, such as `thanh-hoa-2025`.
    pub tree: String,
    /// Its name for people, Vietnamese.
    pub name_vi: String,
    /// Its name for people, English.
    pub name_en: String,
    /// The first day that it holds, `YYYY-MM-DD`.
    pub valid_from: String,
    /// The first day that it holds no longer.
    #[serde(default)]
    pub valid_until: Option<String>,
    /// Number of the legal act that it follows.
    #[serde(default)]
    pub doc_no: Option<String>,
    /// The units, in the order of the file.
    pub units: Vec<TreeUnit>,
}

/// A unit in its tree.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TreeUnit {
    /// Its id.
    pub id: UnitId,
    /// Its name without the kind.
    pub name: String,
    /// Its kind.
    pub kind: TierKind,
    /// The unit above it; none at a root.
    #[serde(default)]
    pub parent: Option<UnitId>,
    /// The first day that it is part of the tree, where that is not the tree's.
    #[serde(default)]
    pub valid_from: Option<String>,
    /// The first day that it is part of the tree no longer, where that is not the tree's.
    #[serde(default)]
    pub valid_until: Option<String>,
}

/// Kinds of units of any tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TierKind {
    /// Cả nước.
    QuocGia,
    /// Tỉnh.
    Tinh,
    /// Thành phố.
    ThanhPho,
    /// Huyện.
    Huyen,
    /// Quận.
    Quan,
    /// Thị xã.
    ThiXa,
    /// Cụm thi đua.
    Cum,
    /// Xã.
    Xa,
    /// Phường.
    Phuong,
    /// Thị trấn.
    ThiTran,
    /// Đặc khu.
    DacKhu,
}

impl TierKind {
    /// The word that stands before a unit's name.
    #[must_use]
    pub fn label_vi(self) -> &'static str {
        match self {
            TierKind::QuocGia => "Cả nước",
            TierKind::Tinh => "Tỉnh",
            TierKind::ThanhPho => "Thành phố",
            TierKind::Huyen => "Huyện",
            TierKind::Quan => "Quận",
            TierKind::ThiXa => "Thị xã",
            TierKind::Cum => "Cụm",
            TierKind::Xa => "Xã",
            TierKind::Phuong => "Phường",
            TierKind::ThiTran => "Thị trấn",
            TierKind::DacKhu => "Đặc khu",
        }
    }
}

impl UnitTree {
    /// Reads a file. One with a fault is refused whole, with all its faults at once.
    pub fn parse(bytes: &[u8]) -> Result<UnitTree, FormError> {
        SCHEMA.read(bytes, faults)
    }

    /// The event that publishes it, with the digest of the attachment as stored.
    #[must_use]
    pub fn published(&self, attachment_sha256: String) -> UnitTreePublished {
        UnitTreePublished {
            tree: self.tree.clone(),
            valid_from: self.valid_from.clone(),
            valid_until: self.valid_until.clone(),
            units_count: u32::try_from(self.units.len()).unwrap_or(u32::MAX),
            doc_no: self.doc_no.clone(),
            attachment_sha256,
        }
    }

    /// The unit of this id.
    #[must_use]
    pub fn unit(&self, id: &UnitId) -> Option<&TreeUnit> {
        self.units.iter().find(|unit| unit.id == *id)
    }

    /// The units above a unit, the nearest first.
    pub fn above<'tree>(&'tree self, id: &UnitId) -> impl Iterator<Item = &'tree TreeUnit> {
        let parent = |unit: &&'tree TreeUnit| unit.parent.as_ref().and_then(|parent| self.unit(parent));
        std::iter::successors(self.unit(id), parent).skip(1)
    }

    /// The units right below a unit, in the order of the file.
    pub fn below<'tree>(&'tree self, id: &'tree UnitId) -> impl Iterator<Item = &'tree TreeUnit> {
        self.units.iter().filter(move |unit| unit.parent.as_ref() == Some(id))
    }

    /// Whether a unit is part of the tree on a day, written `YYYY-MM-DD`.
    #[must_use]
    pub fn holds_on(&self, unit: &TreeUnit, day: &str) -> bool {
        let from = unit.valid_from.as_ref().unwrap_or(&self.valid_from);
        let until = unit.valid_until.as_ref().or(self.valid_until.as_ref());
        // Days of one spelling are in the order of their texts.
        from.as_str() <= day && until.is_none_or(|until| day < until.as_str())
    }
}

/// Ids that stand twice, units above that are not there, circles, and spans that end before they begin.
fn faults(tree: &UnitTree) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    let mut fault = |field: String, code: ProblemCode, vi: &str, en: &str| {
        problems.push(FieldProblem::new(field, code, vi, en));
    };
    let reversed = |from: &str, until: Option<&String>| until.is_some_and(|until| until.as_str() <= from);
    if reversed(&tree.valid_from, tree.valid_until.as_ref()) {
        fault(
            "/valid_until".to_owned(),
            ProblemCode::TooSmall,
            "Ngày hết hiệu lực phải sau ngày có hiệu lực.",
            "It must end after it begins.",
        );
    }
    let parents: BTreeMap<&UnitId, Option<&UnitId>> =
        tree.units.iter().map(|unit| (&unit.id, unit.parent.as_ref())).collect();
    let mut seen = BTreeSet::new();
    for (place, unit) in tree.units.iter().enumerate() {
        if !seen.insert(&unit.id) {
            fault(
                format!("/units/{place}/id"),
                ProblemCode::NotUnique,
                "Đơn vị này đã có trong tệp.",
                "This unit stands in the file before.",
            );
        }
        if unit.parent.as_ref().is_some_and(|parent| !parents.contains_key(parent)) {
            fault(
                format!("/units/{place}/parent"),
                ProblemCode::NotAllowed,
                "Đơn vị cấp trên không có trong tệp.",
                "The unit above is not in the file.",
            );
        } else if is_in_a_circle(&parents, &unit.id) {
            fault(
                format!("/units/{place}/parent"),
                ProblemCode::NotAllowed,
                "Đơn vị không thể ở dưới chính mình.",
                "A unit cannot stand under itself.",
            );
        }
        if reversed(unit.valid_from.as_ref().unwrap_or(&tree.valid_from), unit.valid_until.as_ref()) {
            fault(
                format!("/units/{place}/valid_until"),
                ProblemCode::TooSmall,
                "Ngày hết hiệu lực phải sau ngày có hiệu lực.",
                "It must end after it begins.",
            );
        }
    }
    problems
}

fn is_in_a_circle(parents: &BTreeMap<&UnitId, Option<&UnitId>>, unit: &UnitId) -> bool {
    let above = |held: &&UnitId| parents.get(*held).copied().flatten();
    // Whoever climbs more steps than there are units climbs for ever, and only those who come back to the start are told.
    std::iter::successors(above(&unit), above).take(parents.len()).any(|held| held == unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const THANH_HOA: &[u8] = include_bytes!("../../../schemas/units/tree-thanh-hoa-2025.json");

    fn id(text: &str) -> UnitId {
        text.parse().unwrap()
    }

    fn tree(units: &str) -> String {
        format!(r#"{{"tree":"thu","name_vi":"Thử","name_en":"Trial","valid_from":"2024-01-01","units":[{units}]}}"#)
    }

    #[test]
    fn the_tree_of_thanh_hoa_has_its_communes_under_the_province() {
        let tree = UnitTree::parse(THANH_HOA).unwrap();
        assert_eq!((tree.units.len(), tree.below(&id("nso2025-38")).count()), (167, 166));
        let above: Vec<String> =
            tree.above(&id("nso2025-15091")).map(|unit| format!("{} {}", unit.kind.label_vi(), unit.name)).collect();
        assert_eq!(above, ["Tỉnh Thanh H\u{f3}a"]);
    }

    #[test]
    fn a_tree_has_any_depth_and_its_units_their_own_days() {
        let text = tree(
            r#"{"id":"vn1-1","name":"A","kind":"tinh"},{"id":"vn1-2","name":"B","kind":"cum","parent":"vn1-1"},
               {"id":"vn1-3","name":"C","kind":"cum","parent":"vn1-2"},
               {"id":"vn1-4","name":"D","kind":"xa","parent":"vn1-3","valid_until":"2025-07-01"}"#,
        );
        let tree = UnitTree::parse(text.as_bytes()).unwrap();
        let names: Vec<&str> = tree.above(&id("vn1-4")).map(|unit| unit.name.as_str()).collect();
        assert_eq!(names, ["C", "B", "A"]);
        let commune = tree.unit(&id("vn1-4")).unwrap();
        let holds = ["2023-12-31", "2024-01-01", "2025-06-30", "2025-07-01"].map(|day| tree.holds_on(commune, day));
        assert_eq!(holds, [false, true, true, false]);
    }

    #[test]
    fn a_tree_with_faults_is_refused_with_all_of_them() {
        let text = tree(
            r#"{"id":"vn1-1","name":"A","kind":"tinh","parent":"vn1-2"},{"id":"vn1-2","name":"B","kind":"cum","parent":"vn1-1"},
               {"id":"vn1-3","name":"C","kind":"xa","parent":"vn1-9"},{"id":"vn1-3","name":"C","kind":"xa"},
               {"id":"vn1-4","name":"D","kind":"xa","valid_from":"2025-07-01","valid_until":"2025-07-01"},
               {"id":"vn1-5","name":"E","kind":"xa","parent":"vn1-1"}"#,
        );
        let refused = UnitTree::parse(text.as_bytes()).unwrap_err();
        let fields: Vec<&str> = refused.problems.iter().map(|problem| problem.field.as_str()).collect();
        let expected = ["/units/0/parent", "/units/1/parent", "/units/2/parent", "/units/3/id", "/units/4/valid_until"];
        assert_eq!(fields, expected);
    }
}
