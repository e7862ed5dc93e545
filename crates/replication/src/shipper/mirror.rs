//! What the shipper knows about one required aggregator.

use super::protocol::Heard;
use crate::receipt::ReceiptStatus;
use danvan_tlog::Size;
use std::collections::BTreeSet;
use std::time::Duration;

/// So many different rewinds may one aggregator cause without making progress; more are left to the shipper's patience.
const MAX_REWINDS: usize = 64;

#[derive(Debug, Clone, Default)]
pub(super) struct Mirror {
    /// The largest verified cosigned size: delivered.
    pub(super) receipted: Size,
    /// What it says it holds now; below `receipted` after it was restored from an older state.
    pub(super) held: Size,
    /// Its last answer, when that was a refusal.
    pub(super) refused: Option<ReceiptStatus>,
    heard: Option<Duration>,
    rewinds: BTreeSet<Size>,
}

/// What one receipt changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change {
    /// It holds more than before.
    pub(super) progress: bool,
    /// It asks for more from here, for the first time since it made progress.
    pub(super) rewind: Option<Size>,
}

impl Mirror {
    pub(super) fn receipted(size: Size) -> Self {
        Self { receipted: size, held: size, ..Self::default() }
    }

    /// Takes in a receipt; the caller has checked that nothing in it lies beyond the node's own size.
    pub(super) fn hear(&mut self, now: Duration, heard: &Heard) -> Change {
        self.heard = Some(now);
        let before = self.held;
        self.receipted = self.receipted.max(heard.cosigned.unwrap_or_default());
        self.refused = heard.status.is_refusal().then_some(heard.status);
        self.held = match heard.status {
            ReceiptStatus::Resend => heard.next,
            _ => heard.cosigned.unwrap_or_default(),
        };
        let progress = self.held > before;
        if progress {
            self.rewinds.clear();
        }
        let asks = heard.status == ReceiptStatus::Resend
            && self.rewinds.len() < MAX_REWINDS
            && self.rewinds.insert(heard.next);
        Change { progress, rewind: asks.then_some(heard.next) }
    }

    /// True when it has answered within `span` and did not refuse.
    pub(super) fn is_live(&self, now: Duration, span: Duration) -> bool {
        self.refused.is_none() && self.heard.is_some_and(|heard| now.saturating_sub(heard) <= span)
    }
}
