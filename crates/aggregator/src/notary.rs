//! Cosigning: the mirror key and a time that never goes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use danvan_daemon::Clock;
use danvan_ledger::{Ledger, ReceiptError};
use danvan_tlog::{CosignedAt, KeyName, MirrorKey, SignedCheckpoint};

/// Holds the mirror key.
pub(crate) struct Notary {
    key: MirrorKey,
    clock: Arc<dyn Clock>,
    last_seconds: AtomicU64,
}

impl Notary {
    pub(crate) fn new(key: MirrorKey, clock: Arc<dyn Clock>) -> Self {
        Self { key, clock, last_seconds: AtomicU64::new(0) }
    }

    /// Nothing is cosigned with an earlier time than this.
    pub(crate) fn not_before(&self, seconds: u64) {
        self.last_seconds.fetch_max(seconds, Ordering::SeqCst);
    }

    /// Cosigns a checkpoint, every entry of which the caller has made durable.
    pub(crate) fn cosign(&self, signed: &SignedCheckpoint) -> SignedCheckpoint {
        let now = self.clock.now().unix_seconds();
        let at = self.last_seconds.fetch_max(now, Ordering::SeqCst).max(now);
        self.key.cosign(signed, CosignedAt::from_unix_seconds(at))
    }

    #[cfg(test)]
    pub(crate) const fn verifier_key(&self) -> &danvan_tlog::VerifierKey {
        self.key.verifier_key()
    }

    pub(crate) const fn name(&self) -> &KeyName {
        self.key.verifier_key().name()
    }

    /// Cosigns the own log at its durable size, so that one policy covers every log. Returns whether there was anything new.
    pub(crate) fn cosign_own(&self, ledger: &Ledger) -> Result<bool, ReceiptError> {
        let size = ledger.size();
        let covered = ledger.receipts().get(self.name()).map(SignedCheckpoint::size);
        if size.is_empty() || covered == Some(size) {
            return Ok(false);
        }
        let signed = ledger.checkpoint_at(size)?;
        ledger.keep_receipt(self.name(), self.cosign(&signed).note())?;
        Ok(true)
    }
}
