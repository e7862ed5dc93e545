//! The read model: what all logs together say.

use std::collections::{BTreeMap, BTreeSet};

use danvan_event::{AggregatorName, Entry, Source, UnitId};
use serde::{Deserialize, Serialize};

use crate::aggregator::AggregatorModel;
use crate::applied::{Applied, FlagReason};
use crate::evidence::Evidence;
use crate::fold;
use crate::inputs::Inputs;
use crate::premises::Premises;
use crate::registry::Registry;
use crate::unit::UnitModel;
use crate::units::Units;

static NO_REGISTRY: Registry = Registry::empty();

/// The product of the fold: one model per unit and the registry of the aggregator.
///
/// Feed it each log in the order of its indices, any number of logs, in any order between them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadModel {
    aggregators: BTreeMap<AggregatorName, AggregatorModel>,
    pub(crate) units: Units,
}

impl ReadModel {
    /// Folds one entry of the log of `source`, standing at index `at`.
    ///
    /// Never fails: an entry that cannot count is flagged with its reason and remembered as such. An index below those
    /// already folded is ignored, so a caller that repeats itself does no harm.
    pub fn apply(&mut self, source: &Source, at: Evidence, bytes: &[u8]) -> Applied {
        let entry = Entry::parse(bytes.to_vec()).map_err(|error| fold::reason(&error));
        self.apply_parsed(source, at, entry.as_ref().map_err(|reason| *reason))
    }

    /// Folds one entry that the caller has decoded already.
    pub fn apply_entry(&mut self, source: &Source, at: Evidence, entry: &Entry) -> Applied {
        self.apply_parsed(source, at, Ok(entry))
    }

    /// Says whether an entry could be counted as the next one of its log; the rules that [`ReadModel::apply`] follows.
    ///
    /// # Errors
    /// The rule that the entry breaks. A recorder refuses the form and names the rule.
    pub fn check(&self, source: &Source, entry: &Entry) -> Result<(), FlagReason> {
        match source {
            Source::Unit(unit) => match self.units.get(unit) {
                Some(model) => fold::check(model, source, entry),
                None => fold::check(&UnitModel::default(), source, entry),
            },
            Source::Aggregator(name) => match self.aggregators.get(name) {
                Some(model) => model.check(source, entry),
                None => AggregatorModel::default().check(source, entry),
            },
        }
    }

    /// Takes over what is known of a unit from a fold of its log elsewhere, on another thread for instance: two logs never race,
    /// so folding them apart and together comes to the same. What was known of the unit here is forgotten.
    pub fn adopt(&mut self, unit: &UnitId, known: UnitModel) {
        self.units.change(unit, |held| *held = known);
    }

    /// What is known of a unit; absent when no entry of its log was folded.
    #[must_use]
    pub fn unit(&self, unit: &UnitId) -> Option<&UnitModel> {
        self.units.get(unit)
    }

    /// All units of which an entry was folded, registered or not, in the order of their ids.
    pub fn units(&self) -> impl Iterator<Item = (&UnitId, &UnitModel)> {
        self.units.iter()
    }

    /// The same units with the sizes of their logs, see [`UnitModel::size`].
    pub fn sizes(&self) -> impl Iterator<Item = (&UnitId, u64)> {
        self.units.sizes()
    }

    /// The registry of the aggregator whose log was folded; empty when none was, the first by name when several were.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        self.aggregators.values().next().map_or(&NO_REGISTRY, AggregatorModel::registry)
    }

    /// What that registry says that a score can rest on, as a place in the aggregator's log.
    #[must_use]
    pub fn premises(&self) -> Premises {
        let aggregator = self.aggregators.keys().next().cloned();
        Premises { aggregator, last: self.registry().last_premise() }
    }

    /// The registry of one of several aggregators.
    #[must_use]
    pub fn registry_of(&self, aggregator: &AggregatorName) -> Option<&Registry> {
        self.aggregators.get(aggregator).map(AggregatorModel::registry)
    }

    /// The inputs that a ranking of this read model rests on.
    #[must_use]
    pub fn inputs(&self) -> Inputs {
        Inputs::of(self.registry())
    }

    /// The inputs of a ranking that leaves some units out: their logs are absent.
    #[must_use]
    pub fn inputs_without(&self, excluded: &BTreeSet<UnitId>) -> Inputs {
        Inputs::without(self.registry(), excluded)
    }

    fn apply_parsed(&mut self, source: &Source, at: Evidence, entry: Result<&Entry, FlagReason>) -> Applied {
        match source {
            Source::Unit(unit) => self.units.change(unit, |model| fold::apply(model, source, at, entry)),
            Source::Aggregator(name) => self.aggregators.entry(name.clone()).or_default().apply(source, at, entry),
        }
    }
}
