//! What the aggregator states that a score can rest on, as a place in its log.

use danvan_event::AggregatorName;

use crate::evidence::Evidence;

/// Whose statements hold, and where the last one stands that a score can rest on: which units there are, which went on for
/// which, who evaluates. What is stated for every batch is not among it.
///
/// While a read model follows the same logs, equal premises mean that nothing of that was stated in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Premises {
    pub(crate) aggregator: Option<AggregatorName>,
    pub(crate) last: Option<Evidence>,
}
