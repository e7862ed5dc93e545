//! The logs of one unit, and their entries by the number that pages and the API call them by: in the first incarnation of a log its
//! index, in later ones as [`Evidence`] counts.

use danvan_event::UnitId;
use danvan_projection::{Evidence, Registry};
use danvan_tlog::{Index, Origin};

use crate::archive::{Archive, ArchiveError, Found};

/// The enrolled logs of a unit, one for each incarnation that the aggregator knows of; at least one.
pub(crate) struct UnitLogs(Vec<Origin>);

impl UnitLogs {
    /// `None` where no log of the unit is enrolled.
    pub(crate) fn of(registry: &Registry, unit: &UnitId) -> Option<Self> {
        let enrolled = registry.enrolled().values().filter(|held| held.fact.unit == *unit);
        let mut logs: Vec<Origin> = enrolled.filter_map(|held| Origin::new(&*held.fact.origin).ok()).collect();
        logs.sort_by_key(Origin::incarnation);
        (!logs.is_empty()).then_some(Self(logs))
    }

    /// Every incarnation, the first one first.
    pub(crate) fn incarnations(&self) -> &[Origin] {
        &self.0
    }

    /// The log and the index there.
    pub(crate) fn place(&self, number: Index) -> Option<(&Origin, Index)> {
        let at = Evidence::new(number.get());
        let log = self.0.iter().find(|log| log.incarnation() == at.incarnation())?;
        Some((log, Index::new(at.index_in_incarnation())?))
    }

    /// Whether the entry is held.
    pub(crate) fn holds(&self, archive: &Archive, number: Index) -> bool {
        self.place(number).is_some_and(|(log, index)| archive.covering(log, index).is_some())
    }

    /// The entries of these numbers, in their order; those that are not held are left out. What is found has its number as index.
    pub(crate) fn entries(&self, archive: &Archive, numbers: &[Index]) -> Result<Vec<Found>, ArchiveError> {
        let mut entries = Vec::with_capacity(numbers.len());
        for log in &self.0 {
            let number_of = |index: Index| Evidence::in_incarnation(log.incarnation(), index.get()).index();
            let here = numbers.iter().filter_map(|number| self.place(*number)).filter(|(held, _)| *held == log);
            let found = archive.entries(log, here.map(|(_, index)| index).collect())?.into_iter();
            entries.extend(
                found.map(|found| Found { index: Index::new(number_of(found.index)).unwrap_or(found.index), ..found }),
            );
        }
        Ok(entries)
    }
}
