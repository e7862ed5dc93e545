//! The units of a read model, found fast when a log is folded in one go.

use std::sync::Arc;

use danvan_event::UnitId;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::unit::UnitModel;

/// The models in the order of their units.
///
/// A clone shares the models until one of them changes, so that a copy of the whole read model for a snapshot costs next to
/// nothing while the fold goes on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Units {
    sorted: Vec<Held>,
    /// Where the last one was found: entries come in runs of one log.
    last: usize,
}

/// One unit. Its size stands beside it, so that whoever looks for those that grew goes through one list and not through all models.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Held {
    unit: UnitId,
    size: u64,
    model: Arc<UnitModel>,
}

impl Held {
    fn new(unit: UnitId, model: Arc<UnitModel>) -> Held {
        Held { unit, size: model.size(), model }
    }
}

impl Units {
    pub(crate) fn get(&self, unit: &UnitId) -> Option<&UnitModel> {
        self.place(unit).ok().and_then(|place| self.sorted.get(place)).map(|held| &*held.model)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&UnitId, &UnitModel)> {
        self.sorted.iter().map(|held| (&held.unit, &*held.model))
    }

    pub(crate) fn sizes(&self) -> impl Iterator<Item = (&UnitId, u64)> {
        self.sorted.iter().map(|held| (&held.unit, held.size))
    }

    /// Changes the model of a unit, made when the unit is new.
    pub(crate) fn change<T>(&mut self, unit: &UnitId, change: impl FnOnce(&mut UnitModel) -> T) -> T {
        let is_last = self.sorted.get(self.last).is_some_and(|last| last.unit == *unit);
        if !is_last {
            self.last = self.place(unit).unwrap_or_else(|place| {
                self.sorted.insert(place, Held::new(unit.clone(), Arc::default()));
                place
            });
        }
        let held = &mut self.sorted[self.last];
        let changed = change(Arc::make_mut(&mut held.model));
        held.size = held.model.size();
        changed
    }

    /// Takes the model of a unit out.
    pub(crate) fn take(&mut self, unit: &UnitId) -> Option<(UnitId, Arc<UnitModel>)> {
        self.place(unit).ok().map(|place| self.sorted.remove(place)).map(|held| (held.unit, held.model))
    }

    /// Puts a model that was taken out back into its place.
    pub(crate) fn put(&mut self, unit: UnitId, model: Arc<UnitModel>) {
        match self.place(&unit) {
            Ok(place) => self.sorted[place] = Held::new(unit, model),
            Err(place) => self.sorted.insert(place, Held::new(unit, model)),
        }
    }

    fn place(&self, unit: &UnitId) -> Result<usize, usize> {
        self.sorted.binary_search_by(|held| held.unit.cmp(unit))
    }
}

impl PartialEq for Units {
    fn eq(&self, other: &Units) -> bool {
        self.sorted == other.sorted
    }
}

impl Eq for Units {}

impl Serialize for Units {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Listed<'a> {
            sorted: Vec<(&'a UnitId, &'a UnitModel)>,
        }

        Listed { sorted: self.iter().collect() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Units {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Units, D::Error> {
        #[derive(Deserialize)]
        struct Listed {
            sorted: Vec<(UnitId, Box<UnitModel>)>,
        }

        let Listed { sorted } = Listed::deserialize(deserializer)?;
        if sorted.is_sorted_by(|(a, _), (b, _)| a < b) {
            let sorted = sorted.into_iter().map(|(unit, model)| Held::new(unit, Arc::from(model))).collect();
            Ok(Units { sorted, last: 0 })
        } else {
            Err(de::Error::custom("units out of order"))
        }
    }
}
