//! The inputs document: what a ranking rests on, as a function of the aggregator's log alone.

use std::collections::BTreeSet;

use danvan_event::UnitId;
use serde::Serialize;

use crate::document::document_bytes;
use crate::registry::Registry;

/// The enrolled origins with the last checkpoint held of each, and those of which nothing is held.
///
/// Anyone who folds exactly these prefixes under the same rulebook gets the same ranking bytes.
/// The format is described in `schemas/ranking.md`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inputs {
    /// Enrolled origins without a cosigned checkpoint, in their order.
    pub absent: Vec<String>,
    /// The prefixes that count, in the order of their origins.
    pub inputs: Vec<Input>,
}

/// A prefix of one log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Input {
    /// The log's identity.
    pub origin: String,
    /// The Merkle root at `size`, standard base64 as in a checkpoint.
    pub root: String,
    /// The number of entries that count.
    pub size: u64,
}

impl Inputs {
    /// The inputs that a registry names: per enrolled origin the last checkpoint that was cosigned.
    #[must_use]
    pub fn of(registry: &Registry) -> Inputs {
        Inputs::without(registry, &BTreeSet::new())
    }

    /// The same without the logs of some units: they are absent, whatever is held of them.
    #[must_use]
    pub fn without(registry: &Registry, excluded: &BTreeSet<UnitId>) -> Inputs {
        let mut inputs = Inputs { absent: Vec::new(), inputs: Vec::new() };
        for (origin, enrolled) in registry.enrolled() {
            match registry.cosigned().get(origin).filter(|_| !excluded.contains(&enrolled.fact.unit)) {
                Some(held) => inputs.inputs.push(Input {
                    origin: origin.clone(),
                    root: held.fact.root.clone(),
                    size: held.fact.size,
                }),
                None => inputs.absent.push(origin.clone()),
            }
        }
        inputs
    }

    /// Canonical JSON, without a newline at its end.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        document_bytes(self)
    }
}
