//! A reform of the units: which went on for which, as an operator states it.

use std::path::Path;

use danvan_event::{Gazetteer, UnitId, UnitSucceeded};
use danvan_tlog::Index;

use crate::closing::Stated;
use crate::enrolment::{OperationError, at_rest};
use crate::mirror::{Mirror, StateError};
use crate::scribe::Statement;

impl Mirror {
    /// States that units went on for others. What the old ones recorded stays under their names. Saying the same again
    /// changes nothing.
    pub(crate) fn succeed_units(&self, fact: &UnitSucceeded) -> Result<Stated, OperationError> {
        if let Some(unknown) = named(fact).find(|unit| Gazetteer::find(unit).is_none()) {
            return Err(OperationError::UnknownUnit(unknown.clone()));
        }
        let mut desk = self.desk();
        self.reading.wait_for(self.ledger.size()).map_err(StateError::from)?;
        let stated = {
            let model = self.reading.model();
            let mut stated = model.registry().successions().iter();
            stated.find(|held| held.fact == *fact).map(|held| held.evidence.index())
        };
        if let Some(index) = stated.and_then(Index::new) {
            return Ok(Stated { index, again: true });
        }
        let index = self.take_step(&mut desk, &Statement::UnitSucceeded(fact.clone()), None)?;
        Ok(Stated { index, again: false })
    }
}

/// Every unit that a succession names.
fn named(fact: &UnitSucceeded) -> impl Iterator<Item = &UnitId> {
    fact.from_units.iter().chain(fact.to_units.iter().map(|successor| &successor.unit))
}

/// States with an aggregator that does not run which units went on for which.
pub fn unit_succeed(dir: &Path, fact: &UnitSucceeded) -> Result<Index, OperationError> {
    at_rest(dir, |mirror| mirror.succeed_units(fact).map(|stated| stated.index))
}

#[cfg(test)]
mod tests {
    use danvan_event::Successor;

    use super::*;
    use crate::trial::Trial;

    fn merged(from: &str, into: &str, on: &str) -> UnitSucceeded {
        UnitSucceeded {
            from_units: vec![from.parse().expect("a unit")],
            to_units: vec![Successor { unit: into.parse().expect("a unit"), share_permille: None }],
            effective_on: on.to_owned(),
            doc_no: "1686/NQ-UBTVQH15".to_owned(),
        }
    }

    #[test]
    fn a_succession_is_stated_once_and_what_cannot_be_one_is_refused() {
        let trial = Trial::new();
        let fact = merged("gso2024-15097", "nso2025-15091", "2025-07-01");
        let first = trial.mirror().succeed_units(&fact).expect("stated");
        let again = trial.mirror().succeed_units(&fact).expect("stated before");
        assert_eq!((first.again, again), (false, Stated { index: first.index, again: true }));
        assert_eq!(trial.mirror().reading.model().registry().successions().len(), 1);
        let size = trial.mirror().ledger.size();
        let itself = trial.mirror().succeed_units(&merged("gso2024-15097", "gso2024-15097", "2025-07-01"));
        assert!(matches!(itself, Err(OperationError::Refused(_))), "{itself:?}");
        let unknown = trial.mirror().succeed_units(&merged("gso2024-15097", "nso2025-99999", "2025-07-01"));
        assert!(matches!(unknown, Err(OperationError::UnknownUnit(_))), "{unknown:?}");
        let day = trial.mirror().succeed_units(&merged("gso2024-15097", "nso2025-15091", "2025-02-30"));
        assert!(day.is_err(), "there is no such day");
        assert_eq!(trial.mirror().ledger.size(), size, "nothing was written");
    }
}
