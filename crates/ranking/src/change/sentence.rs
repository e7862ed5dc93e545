//! Changes as sentences, in Vietnamese and in English.

use danvan_event::UnitId;

use super::{Change, Direction, Part};
use crate::ranking::CriterionRow;

pub(super) fn change_vi(change: &Change) -> String {
    let place = match (change.rank_before, change.rank_after) {
        (Some(before), Some(after)) => match change.direction {
            Direction::Up => format!("Từ hạng {before} lên hạng {after}"),
            Direction::Down => format!("Từ hạng {before} xuống hạng {after}"),
            _ => format!("Giữ hạng {after}"),
        },
        (None, Some(after)) => format!("Được xếp hạng {after}"),
        (Some(before), None) => format!("Không còn được xếp hạng (trước đó hạng {before})"),
        (None, None) => "Không được xếp hạng".to_owned(),
    };
    let scores = format!(
        "điểm {} → {} ({})",
        points(change.before_centi, ','),
        points(change.after_centi, ','),
        signed(change.delta_centi, ',')
    );
    let most = most(change).map(|most| format!("nhiều nhất do {most}"));
    let passed = some(&change.passed).map(|units| format!("vượt {units} đơn vị"));
    let passed_by = some(&change.passed_by).map(|units| format!("bị {units} đơn vị vượt"));
    joined([Some(place), Some(scores), most, passed, passed_by])
}

pub(super) fn change_en(change: &Change) -> String {
    let place = match (change.rank_before, change.rank_after) {
        (Some(before), Some(after)) => match change.direction {
            Direction::Up => format!("Up from place {before} to {after}"),
            Direction::Down => format!("Down from place {before} to {after}"),
            _ => format!("Still at place {after}"),
        },
        (None, Some(after)) => format!("Ranked now, at place {after}"),
        (Some(before), None) => format!("Not ranked any more (place {before} before)"),
        (None, None) => "Not ranked".to_owned(),
    };
    let scores = format!(
        "points {} → {} ({})",
        points(change.before_centi, '.'),
        points(change.after_centi, '.'),
        signed(change.delta_centi, '.')
    );
    let most = most(change).map(|most| format!("mostly by {most}"));
    let passed = some(&change.passed).map(|units| format!("units passed: {units}"));
    let passed_by = some(&change.passed_by).map(|units| format!("passed by units: {units}"));
    joined([Some(place), Some(scores), most, passed, passed_by])
}

/// The number of units, where there are any.
fn some(units: &[UnitId]) -> Option<usize> {
    Some(units.len()).filter(|units| *units > 0)
}

fn joined(parts: [Option<String>; 5]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// The code of the term that changed most; the first among equals.
fn most(change: &Change) -> Option<&str> {
    let changed = change.terms.iter().rev().filter(|term| term.delta_centi != 0);
    let term = changed.max_by_key(|term| term.delta_centi.abs())?;
    Some(term.code.as_deref().unwrap_or_else(|| part(term.part)))
}

fn part(part: Part) -> &'static str {
    match part {
        Part::Criterion => "criterion",
        Part::Bonus => "bonus",
        Part::BonusLimit => "bonus_limit",
        Part::Scaling => "scaling",
        Part::Cap => "cap",
    }
}

/// What a term that is no criterion stands for.
pub(super) fn residual(part: Part) -> (String, String) {
    let (vi, en) = match part {
        Part::Criterion => ("Điểm tiêu chí", "Points of a criterion"),
        Part::Bonus => ("Điểm thưởng", "Bonus points"),
        Part::BonusLimit => {
            ("Phần điểm thưởng vượt mức tối đa, không được tính", "Bonus beyond its limit, not counted")
        }
        Part::Scaling => ("Quy đổi về thang điểm chung, kể cả làm tròn", "Scaling to the whole, rounding included"),
        Part::Cap => ("Mức trần (điểm liệt)", "Cap"),
    };
    (vi.to_owned(), en.to_owned())
}

/// What lies behind a criterion's points, before and after.
pub(super) fn criterion(before: Option<&CriterionRow>, after: Option<&CriterionRow>) -> (String, String) {
    let both = |absent: &str, of: &str, seen: &str, mark: char| {
        let side = |row: Option<&CriterionRow>| row.map_or_else(|| absent.to_owned(), |row| side(row, of, seen, mark));
        let (before, after) = (side(before), side(after));
        if before == after { before } else { format!("{before} → {after}") }
    };
    (both("không có tiêu chí này", "trên", "quan sát", ','), both("no such criterion", "of", "observations", '.'))
}

fn side(row: &CriterionRow, of: &str, seen: &str, mark: char) -> String {
    let observed = row.k.map_or_else(|| row.n.to_string(), |k| format!("{k} {of} {}", row.n));
    let earned = points(i64::from(row.points_centi), mark);
    format!("{observed} {seen}: {earned} {of} {}", points(i64::from(row.max_centi), mark))
}

fn points(centi: i64, mark: char) -> String {
    let sign = if centi < 0 { "−" } else { "" };
    format!("{sign}{}{mark}{:02}", centi.unsigned_abs() / 100, centi.unsigned_abs() % 100)
}

fn signed(centi: i64, mark: char) -> String {
    if centi > 0 { format!("+{}", points(centi, mark)) } else { points(centi, mark) }
}
