//! What an aggregator's log says about the logs that it mirrors.

use crate::history::Previous;
use danvan_event::AggregatorName;
use danvan_tlog::{Hash, Index, KeyName, Origin, Size};
use std::collections::{BTreeMap, BTreeSet};

/// A state of a mirrored log that the aggregator says it cosigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Point {
    /// Entries held before.
    pub(crate) start: Size,
    /// Entries held.
    pub(crate) size: Size,
    /// The root over them.
    pub(crate) root: Hash,
    /// Where the aggregator's log says so.
    pub(crate) stated_at: Index,
}

/// One mirrored log.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mirror {
    /// Whether it was enrolled.
    pub(crate) enrolled: bool,
    /// Cosigned states, ascending.
    pub(crate) points: Vec<Point>,
    /// How many of the mirrored entries the log's key in the policy signed.
    pub(crate) signed: Size,
    /// The log that it goes on for, as its first mirrored entry says.
    pub(crate) previous: Option<Previous>,
}

/// An entry that the aggregator says does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flagged {
    /// The log that it stands in.
    pub(crate) log: Origin,
    /// Where.
    pub(crate) index: Index,
    /// The code of the rule that it breaks.
    pub(crate) reason: String,
    /// Where the aggregator's log says so.
    pub(crate) stated_at: Index,
}

/// Everything that one aggregator's log says.
#[derive(Debug, Clone)]
pub(crate) struct Testimony {
    /// The aggregator's own log.
    pub(crate) origin: Origin,
    /// Its name, once its first entry was read.
    pub(crate) aggregator: Option<AggregatorName>,
    /// The mirrored logs.
    pub(crate) mirrors: BTreeMap<Origin, Mirror>,
    /// The digests of the rulebook files that were adopted.
    pub(crate) rulebooks: BTreeSet<String>,
    /// The entries that it flagged, in the order of its words.
    pub(crate) flags: Vec<Flagged>,
    /// The cuts of its publications.
    pub(crate) cuts: BTreeSet<Size>,
}

impl Testimony {
    pub(crate) const fn new(origin: Origin) -> Self {
        Self {
            origin,
            aggregator: None,
            mirrors: BTreeMap::new(),
            rulebooks: BTreeSet::new(),
            flags: Vec::new(),
            cuts: BTreeSet::new(),
        }
    }

    /// True when `key` is the one by which this aggregator cosigns.
    pub(crate) fn cosigns_by(&self, key: &KeyName) -> bool {
        key.as_str().strip_suffix("/mirror") == Some(self.origin.as_str())
    }

    /// The states of a log that were cosigned.
    pub(crate) fn points(&self, log: &Origin) -> &[Point] {
        self.mirrors.get(log).map_or(&[], |mirror| &mirror.points)
    }
}

impl Mirror {
    /// How many entries are mirrored.
    pub(crate) fn size(&self) -> Size {
        self.points.last().map_or(Size::ZERO, |point| point.size)
    }
}
