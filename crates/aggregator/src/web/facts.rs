//! What the read model adds to the rows of a ranking.

use std::collections::BTreeMap;

use danvan_event::UnitId;
use danvan_projection::{Period, ReadModel, UnitModel};

use super::document::{DocumentRow, RankingDocument};
use super::words;

/// What the read model adds to a row.
#[derive(Default)]
pub(crate) struct UnitFacts {
    pub(crate) name: String,
    pub(crate) answers: u64,
    pub(crate) feedback: u64,
    pub(crate) real: bool,
}

/// The facts of every unit of a ranking, for its period.
pub(crate) fn facts(model: &ReadModel, document: &RankingDocument, period: &Period) -> BTreeMap<UnitId, UnitFacts> {
    let of = |row: &DocumentRow| {
        let registered = model.registry().units().get(&row.unit).map(|held| &held.fact);
        let name = words::unit_name(&row.unit, registered);
        let Some(known) = model.unit(&row.unit) else {
            return (row.unit.clone(), UnitFacts { name, ..UnitFacts::default() });
        };
        let months = known.surveys().iter().filter(|(month, _)| period.months().any(|one| one == **month));
        let answers = months.map(|(_, tally)| tally.answers()).sum();
        let cases = known.feedback().values().filter(|case| case.needs_answer() && period.contains(case.received.at));
        let facts = UnitFacts { name, answers, feedback: cases.count() as u64, real: has_real_facts(known) };
        (row.unit.clone(), facts)
    };
    document.rows.iter().map(of).collect()
}

/// Whether a log that holds generated facts also holds real ones, beyond the entry that opened it.
pub(crate) fn has_real_facts(known: &UnitModel) -> bool {
    let opening = u64::from(known.opened().is_some());
    known.synthetic() > 0 && known.counted() > known.synthetic() + opening
}
