//! Why a unit's score and place are other ones: two rankings, of two periods or by two rulebooks, set side by side.
//!
//! A score is taken apart into terms that add up to it exactly; so the differences of the terms add up to the difference of
//! the scores. What is left beside the criteria has a name: what the scaling adds, what the bonus goes without because it is
//! full, what a cap takes away.

mod sentence;

use std::collections::BTreeMap;

use danvan_event::UnitId;
use danvan_projection::document_bytes;
use serde::Serialize;

use crate::class::Class;
use crate::ranking::{CriterionRow, Ranking, Row};

/// What became of one unit between two rankings. The format is described in `schemas/ranking.md`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The unit.
    pub unit: UnitId,
    /// Its name in the later ranking, or in the earlier one where it is not in the later.
    pub name: String,
    /// Its cluster, likewise.
    pub cluster: String,
    /// Which way it went.
    pub direction: Direction,
    /// Its place before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank_before: Option<u32>,
    /// Its place after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank_after: Option<u32>,
    /// Its class before; absent when it had no row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class_before: Option<Class>,
    /// Its class after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class_after: Option<Class>,
    /// Its score before, in centi-points; 0 when it had no row.
    pub before_centi: i64,
    /// Its score after.
    pub after_centi: i64,
    /// The difference: exactly the sum of the terms' differences.
    pub delta_centi: i64,
    /// What the scores consist of.
    pub terms: Vec<ChangeTerm>,
    /// Units of the cluster that stood above it and now stand below.
    pub passed: Vec<UnitId>,
    /// Units of the cluster that stood below it and now stand above.
    pub passed_by: Vec<UnitId>,
    /// All of this as a Vietnamese sentence.
    pub words_vi: String,
    /// The same in English.
    pub words_en: String,
}

/// One part of a score, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangeTerm {
    /// What kind of part it is.
    pub part: Part,
    /// The code of the criterion; absent in other parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Its centi-points before; 0 where it was not part of the score.
    pub before_centi: i64,
    /// Its centi-points after.
    pub after_centi: i64,
    /// The difference.
    pub delta_centi: i64,
    /// What lies behind the difference, in Vietnamese.
    pub words_vi: String,
    /// The same in English.
    pub words_en: String,
}

/// The parts of a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The points of a criterion.
    Criterion,
    /// The points of a bonus criterion.
    Bonus,
    /// What the bonus criteria give beyond the bonus: zero or less.
    BonusLimit,
    /// What scaling the sum to the whole adds, its rounding included.
    Scaling,
    /// What a cap takes away: zero or less.
    Cap,
}

/// Which way a unit went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// To a better place.
    Up,
    /// To a worse place.
    Down,
    /// It has the place that it had, or none both times.
    Same,
    /// It had no place and has one.
    Entered,
    /// It had a place and has none.
    Left,
}

impl Change {
    /// What became of a unit; absent when neither ranking has it.
    #[must_use]
    pub fn between(before: &Ranking, after: &Ranking, unit: &UnitId) -> Option<Change> {
        let mut change = Change::of_rows(before.row(unit), after.row(unit))?;
        if let (Some(earlier), Some(later)) = (before.row(unit), after.row(unit))
            && earlier.cluster == later.cluster
        {
            (change.passed, change.passed_by) = passings(before, after, earlier, later);
        }
        change.tell();
        Some(change)
    }

    /// What became of every unit that either ranking has, in the order of the later one, then of the earlier one. Who passed
    /// whom is left out: among thousands of units it would be most of the document.
    #[must_use]
    pub fn all(before: &Ranking, after: &Ranking) -> Vec<Change> {
        let earlier: BTreeMap<&UnitId, &Row> = before.rows.iter().map(|row| (&row.unit, row)).collect();
        let later: BTreeMap<&UnitId, &Row> = after.rows.iter().map(|row| (&row.unit, row)).collect();
        let stayed = after.rows.iter().map(|row| (earlier.get(&row.unit).copied(), Some(row)));
        let gone = before.rows.iter().filter(|row| !later.contains_key(&row.unit)).map(|row| (Some(row), None));
        let changes = stayed.chain(gone).filter_map(|(before, after)| Change::of_rows(before, after));
        changes
            .map(|mut change| {
                change.tell();
                change
            })
            .collect()
    }

    /// Whether place, class or score are other ones.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.rank_before != self.rank_after || self.class_before != self.class_after || self.delta_centi != 0
    }

    /// Canonical bytes, without a newline at their end.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        document_bytes(self)
    }

    fn of_rows(before: Option<&Row>, after: Option<&Row>) -> Option<Change> {
        let shown = after.or(before)?;
        let (rank_before, rank_after) = (before.and_then(|row| row.rank), after.and_then(|row| row.rank));
        let score = |row: Option<&Row>| row.map_or(0, |row| i64::from(row.score_centi));
        Some(Change {
            unit: shown.unit.clone(),
            name: shown.name.clone(),
            cluster: shown.cluster.clone(),
            direction: Direction::of(rank_before, rank_after),
            rank_before,
            rank_after,
            class_before: before.map(|row| row.class),
            class_after: after.map(|row| row.class),
            before_centi: score(before),
            after_centi: score(after),
            delta_centi: score(after) - score(before),
            terms: terms(before, after),
            passed: Vec::new(),
            passed_by: Vec::new(),
            words_vi: String::new(),
            words_en: String::new(),
        })
    }

    fn tell(&mut self) {
        (self.words_vi, self.words_en) = (sentence::change_vi(self), sentence::change_en(self));
    }
}

impl Direction {
    fn of(before: Option<u32>, after: Option<u32>) -> Direction {
        match (before, after) {
            (Some(before), Some(after)) if after < before => Direction::Up,
            (Some(before), Some(after)) if after > before => Direction::Down,
            (None, Some(_)) => Direction::Entered,
            (Some(_), None) => Direction::Left,
            _ => Direction::Same,
        }
    }
}

/// The terms of both scores: each criterion of either, then what is left.
fn terms(before: Option<&Row>, after: Option<&Row>) -> Vec<ChangeTerm> {
    let rows = |pick: fn(&Row) -> &[CriterionRow]| (before.map_or(&[][..], pick), after.map_or(&[][..], pick));
    let mut terms = criterion_terms(Part::Criterion, rows(|row| &row.criteria));
    terms.extend(criterion_terms(Part::Bonus, rows(|row| &row.bonus)));
    let left = [
        (Part::BonusLimit, bonus_limit as fn(&Row) -> i64),
        (Part::Scaling, scaling),
        (Part::Cap, |row| -row.cap.map_or(0, |cap| i64::from(cap.lowers_centi))),
    ];
    for (part, value) in left {
        let (before_centi, after_centi) = (before.map_or(0, value), after.map_or(0, value));
        if before_centi != 0 || after_centi != 0 {
            let (words_vi, words_en) = sentence::residual(part);
            terms.push(ChangeTerm {
                part,
                code: None,
                before_centi,
                after_centi,
                delta_centi: after_centi - before_centi,
                words_vi,
                words_en,
            });
        }
    }
    terms
}

fn criterion_terms(part: Part, (before, after): (&[CriterionRow], &[CriterionRow])) -> Vec<ChangeTerm> {
    let find = |rows: &'_ [CriterionRow], code: &str| rows.iter().position(|row| row.code == code);
    let stayed = after.iter().map(|row| (find(before, &row.code).and_then(|place| before.get(place)), Some(row)));
    let gone = before.iter().filter(|row| find(after, &row.code).is_none()).map(|row| (Some(row), None));
    let term = |(before, after): (Option<&CriterionRow>, Option<&CriterionRow>)| {
        let points = |row: Option<&CriterionRow>| row.map_or(0, |row| i64::from(row.points_centi));
        let (words_vi, words_en) = sentence::criterion(before, after);
        Some(ChangeTerm {
            part,
            code: Some(after.or(before)?.code.clone()),
            before_centi: points(before),
            after_centi: points(after),
            delta_centi: points(after) - points(before),
            words_vi,
            words_en,
        })
    };
    stayed.chain(gone).filter_map(term).collect()
}

fn points(rows: &[CriterionRow]) -> i64 {
    rows.iter().map(|row| i64::from(row.points_centi)).sum()
}

fn bonus_limit(row: &Row) -> i64 {
    i64::from(row.bonus_centi.unwrap_or(0)) - points(&row.bonus)
}

/// What is left of the score when everything else is taken away.
fn scaling(row: &Row) -> i64 {
    let lowered = row.cap.map_or(0, |cap| i64::from(cap.lowers_centi));
    i64::from(row.score_centi) + lowered - i64::from(row.bonus_centi.unwrap_or(0)) - points(&row.criteria)
}

/// Who was passed by the unit, and who passed it: units that are ranked in the same cluster both times.
fn passings(before: &Ranking, after: &Ranking, earlier: &Row, later: &Row) -> (Vec<UnitId>, Vec<UnitId>) {
    let (mut passed, mut passed_by) = (Vec::new(), Vec::new());
    let (Some(from), Some(to)) = (earlier.rank, later.rank) else { return (passed, passed_by) };
    for other in after.rows.iter().filter(|other| other.cluster == later.cluster && other.unit != later.unit) {
        let stood = before.row(&other.unit).filter(|stood| stood.cluster == later.cluster).and_then(|stood| stood.rank);
        let (Some(stood), Some(stands)) = (stood, other.rank) else { continue };
        if stood < from && stands > to {
            passed.push(other.unit.clone());
        } else if stood > from && stands < to {
            passed_by.push(other.unit.clone());
        }
    }
    (passed, passed_by)
}
