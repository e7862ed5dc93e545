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
    sorted: Vec<(UnitId, Arc<UnitModel>)>,
    /// Where the last one was found: entries come in runs of one log.
    last: usize,
}

impl Units {
    pub(crate) fn get(&self, unit: &UnitId) -> Option<&UnitModel> {
        self.place(unit).ok().and_then(|place| self.sorted.get(place)).map(|(_, model)| &**model)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&UnitId, &UnitModel)> {
        self.sorted.iter().map(|(unit, model)| (unit, &**model))
    }

    /// The model of a unit, made when the unit is new.
    pub(crate) fn of(&mut self, unit: &UnitId) -> &mut UnitModel {
        let is_last = self.sorted.get(self.last).is_some_and(|(last, _)| last == unit);
        if !is_last {
            self.last = self.place(unit).unwrap_or_else(|place| {
                self.sorted.insert(place, (unit.clone(), Arc::default()));
                place
            });
        }
        Arc::make_mut(&mut self.sorted[self.last].1)
    }

    /// Takes the model of a unit out.
    pub(crate) fn take(&mut self, unit: &UnitId) -> Option<(UnitId, Arc<UnitModel>)> {
        self.place(unit).ok().map(|place| self.sorted.remove(place))
    }

    /// Puts a model that was taken out back into its place.
    pub(crate) fn put(&mut self, unit: UnitId, model: Arc<UnitModel>) {
        match self.place(&unit) {
            Ok(place) => self.sorted[place] = (unit, model),
            Err(place) => self.sorted.insert(place, (unit, model)),
        }
    }

    fn place(&self, unit: &UnitId) -> Result<usize, usize> {
        self.sorted.binary_search_by(|(held, _)| held.cmp(unit))
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
            let sorted = sorted.into_iter().map(|(unit, model)| (unit, Arc::from(model))).collect();
            Ok(Units { sorted, last: 0 })
        } else {
            Err(de::Error::custom("units out of order"))
        }
    }
}
