//! Standings of the periods that were asked for, held and brought up to date when somebody looks: so no look scores the
//! whole fleet. Nothing that is published rests on them; a draft is ranked anew.
//!
//! The order of the locks: the desk, then the standings of one period, then the read model. Whoever holds the read model must not
//! ask for standings.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLockReadGuard};

use danvan_event::UnitId;
use danvan_projection::{Period, ReadModel};
use danvan_ranking::{Explanation, Followed, Rulebook, Standings};

use crate::mirror::Mirror;

/// So many periods are held, some five kilobytes a unit: the one that is shown first, and others that readers compare it with.
const HELD: usize = 3;

/// The standings of one period, once they were asked for.
type Place = Arc<Mutex<Option<Standings>>>;

/// The periods in the order in which they were last asked for.
#[derive(Default)]
pub(crate) struct HeldStandings {
    places: Mutex<Vec<(Period, Place)>>,
}

impl HeldStandings {
    /// The place of a period. The one that was not asked for the longest makes room; whoever looks at it still may.
    fn place(&self, period: &Period) -> Place {
        let mut places = locked(&self.places);
        let found = places.iter().position(|(held, _)| held == period);
        let place = found.map(|found| places.remove(found).1).unwrap_or_default();
        places.push((*period, Arc::clone(&place)));
        if places.len() > HELD {
            places.remove(0);
        }
        place
    }
}

impl Mirror {
    /// Looks at the standings of a period as the read model is now, and at the read model that they are of. Give the read model
    /// back as soon as it was read: the fold waits for that.
    pub(crate) fn look<'a, T>(
        &'a self,
        rulebook: &Rulebook,
        period: &Period,
        look: impl FnOnce(&Standings, RwLockReadGuard<'a, ReadModel>) -> T,
    ) -> T {
        let place = self.standings.place(period);
        let mut held = locked(&place);
        // The period was opened under another rulebook than it was shown by.
        if held.as_ref().is_some_and(|held| held.rulebook().sha256() != rulebook.sha256()) {
            *held = None;
        }
        let model = self.reading.model();
        let (standings, followed) = match &mut *held {
            Some(standings) => {
                let followed = standings.follow(&model);
                (standings, followed)
            }
            none @ None => (none.insert(Standings::of(&model, rulebook, period)), Followed::Anew),
        };
        self.metrics.standings_followed(followed);
        look(standings, model)
    }

    /// Explains a unit's place, and gives the read model that this is of, so that what is shown beside it is of the same moment.
    /// Absent when the unit is not registered.
    pub(crate) fn explain(
        &self,
        rulebook: &Rulebook,
        period: &Period,
        unit: &UnitId,
    ) -> Option<(Explanation, RwLockReadGuard<'_, ReadModel>)> {
        self.look(rulebook, period, |standings, model| Some((standings.explain(&model, unit)?, model)))
    }
}

/// Takes a lock. Where somebody died while holding it, what it guards is thrown away: it may be half of what it was to be.
fn locked<T: Default>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(|poisoned: PoisonError<MutexGuard<'_, T>>| {
        let mut held = poisoned.into_inner();
        *held = T::default();
        lock.clear_poison();
        held
    })
}

#[cfg(test)]
mod tests;
