//! One log as it lies somewhere: what an audit needs of it, whatever the form.

use crate::finding::Fault;
use crate::history::History;
use danvan_ledger::Record;
use danvan_tlog::{Index, KeyName, Origin};
use std::ops::ControlFlow;

/// A checkpoint that was found beside the entries; not verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeldNote {
    /// What to call it in a finding.
    pub(crate) name: String,
    /// The key that must have cosigned it, for a receipt.
    pub(crate) receipt_by: Option<KeyName>,
    /// The bytes of the note.
    pub(crate) bytes: Vec<u8>,
}

/// A fault within a log; the index where it is known.
pub(crate) type Damage = (Option<Index>, Fault);

/// Takes the next record; may end the visit.
pub(crate) type Visitor<'a> = dyn FnMut(Index, &Record) -> ControlFlow<()> + 'a;

/// A log that can be read from its first entry on, again and again.
pub(crate) trait HeldLog {
    /// Whose log it is.
    fn origin(&self) -> &Origin;

    /// The checkpoints and receipts beside it.
    fn notes(&self) -> Vec<HeldNote>;

    /// What is wrong with the files, apart from their entries.
    fn faults(&self) -> Vec<Fault>;

    /// What is known of it beside its entries.
    fn history(&self) -> History {
        History::default()
    }

    /// Shows every readable record in order, and returns what was in the way.
    fn visit(&self, visitor: &mut Visitor<'_>) -> Vec<Damage>;

    /// The stored bytes that `record` names by this digest, if they are there.
    fn attachment(&self, record: &Record, sha256: &str) -> Option<Vec<u8>>;

    /// Whether batches are among the attachments; an export has the mirrored logs instead.
    fn has_batches(&self) -> bool;
}
