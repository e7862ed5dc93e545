//! The ranking document as pages read it, live or published: one way of showing both.

use danvan_event::UnitId;
use danvan_ranking::{Class, Mark};
use serde::Deserialize;

/// What the pages need of a ranking document; see `schemas/ranking.md`.
#[derive(Debug, Deserialize)]
pub(crate) struct RankingDocument {
    pub(crate) rulebook: RulebookName,
    pub(crate) rows: Vec<DocumentRow>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct RulebookName {
    pub(crate) id: String,
    pub(crate) sha256: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct DocumentRow {
    pub(crate) unit: UnitId,
    pub(crate) name: String,
    pub(crate) cluster: String,
    pub(crate) rank: Option<u32>,
    pub(crate) score_centi: i64,
    pub(crate) class: Class,
    pub(crate) synthetic: bool,
    pub(crate) marks: Vec<Mark>,
    pub(crate) criteria: Vec<DocumentCriterion>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct DocumentCriterion {
    pub(crate) code: String,
    pub(crate) points_centi: i64,
    pub(crate) n: u64,
    pub(crate) marks: Vec<Mark>,
}

/// What a publication rests on; see `schemas/ranking.md`.
#[derive(Debug, Deserialize)]
pub(crate) struct InputsDocument {
    inputs: Vec<DocumentInput>,
}

#[derive(Debug, Deserialize)]
struct DocumentInput {
    size: u64,
}

impl InputsDocument {
    /// Entries in all logs that the publication rests on.
    pub(crate) fn entries(&self) -> u64 {
        self.inputs.iter().map(|input| input.size).fold(0, u64::saturating_add)
    }
}

impl DocumentRow {
    /// All observations of a criterion; 0 when the row does not have it.
    pub(crate) fn observations(&self, code: &str) -> u64 {
        self.criteria.iter().find(|criterion| criterion.code == code).map_or(0, |criterion| criterion.n)
    }

    /// Whether anything of the unit's log was held.
    pub(crate) fn has_data(&self) -> bool {
        !self.marks.contains(&Mark::VangNhatKy)
    }

    /// Points of the criteria of one component, and whether a prior stands in for one of them.
    pub(crate) fn component(&self, letter: &str) -> (i64, bool) {
        let of_it = self.criteria.iter().filter(|criterion| criterion.code.starts_with(letter));
        of_it.fold((0, false), |(points, prior), criterion| {
            let stands_in = criterion.marks.iter().any(|mark| matches!(mark, Mark::ItDuLieu | Mark::ChuaThamDinh));
            (points + criterion.points_centi, prior || stands_in)
        })
    }
}
