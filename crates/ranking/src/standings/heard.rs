//! How much of each unit's log the standings have heard, and of whom it spoke.

use std::collections::BTreeSet;

use danvan_event::UnitId;
use danvan_projection::{ReadModel, UnitModel};

/// What was heard of every log, in the order of the units' ids; also of units that have no place, because their word counts
/// for others.
#[derive(Debug, Clone)]
pub(super) struct Heard(Vec<Log>);

#[derive(Debug, Clone)]
struct Log {
    unit: UnitId,
    /// The number of entries folded; absent where nothing is held of the log.
    size: Option<u64>,
    /// The other sides of the replications that it told of. A score rests on the unit's own log, and on what these say about the unit.
    partners: Vec<UnitId>,
}

impl Heard {
    pub(super) fn of(model: &ReadModel) -> Heard {
        Heard(model.units().map(|(unit, known)| Log::of(unit, known)).collect())
    }

    /// Listens to all logs. Returns the units whose scores may be other ones now: those with more entries than were heard, and
    /// those of whom these spoke before or speak now.
    pub(super) fn catch_up(&mut self, model: &ReadModel) -> BTreeSet<UnitId> {
        let (mut concerned, mut place) = (BTreeSet::new(), 0);
        for (unit, size) in model.sizes() {
            let is_next = |log: Option<&Log>| log.is_some_and(|log| log.unit == *unit);
            if !is_next(self.0.get(place)) {
                // What stands before it is not held any more.
                while let Some(gone) = self.0.get_mut(place).filter(|log| log.unit < *unit) {
                    gone.hear(None, model, &mut concerned);
                    place += 1;
                }
                if !is_next(self.0.get(place)) {
                    self.0.insert(place, Log::absent(unit));
                }
            }
            if let Some(log) = self.0.get_mut(place) {
                log.hear(Some(size), model, &mut concerned);
            }
            place += 1;
        }
        for gone in self.0.iter_mut().skip(place) {
            gone.hear(None, model, &mut concerned);
        }
        concerned
    }
}

impl Log {
    fn of(unit: &UnitId, known: &UnitModel) -> Log {
        let sides = known.replications().iter().flat_map(|replication| [&replication.source, &replication.target]);
        let mut partners: Vec<UnitId> = sides.filter(|side| *side != unit).cloned().collect();
        partners.sort_unstable();
        partners.dedup();
        Log { unit: unit.clone(), size: Some(known.size()), partners }
    }

    fn absent(unit: &UnitId) -> Log {
        Log { unit: unit.clone(), size: None, partners: Vec::new() }
    }

    /// Listens to the log where it has another size than before.
    fn hear(&mut self, size: Option<u64>, model: &ReadModel, concerned: &mut BTreeSet<UnitId>) {
        if size == self.size {
            return;
        }
        concerned.insert(self.unit.clone());
        self.tell(concerned);
        *self = model.unit(&self.unit).map_or_else(|| Log::absent(&self.unit), |known| Log::of(&self.unit, known));
        self.tell(concerned);
    }

    fn tell(&self, concerned: &mut BTreeSet<UnitId>) {
        concerned.extend(self.partners.iter().cloned());
    }
}
