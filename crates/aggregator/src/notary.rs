//! Cosigning: the mirror key and a time that never goes back.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use danvan_daemon::{Clock, SystemClock};
use danvan_ledger::{Ledger, LedgerReader, ReceiptError};
use danvan_tlog::{CosignedAt, KeyName, KeyTextError, MirrorKey, SignedCheckpoint, VerifierKey};

use crate::key_file::{KeyFileError, read_mirror_key};
use crate::layout::Layout;

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
    pub(crate) const fn verifier_key(&self) -> &VerifierKey {
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

/// Why a checkpoint cannot be cosigned again. The export goes on without, and its checkpoints stay uncosigned.
#[derive(Debug, thiserror::Error)]
pub enum CosignerError {
    /// The mirror key cannot be read. Ask as the user who owns it.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The public key of the own log is no key.
    #[error("{}: {error}", .path.display())]
    OwnKey {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: KeyTextError,
    },
    /// The own ledger, which says how late it is, cannot be read.
    #[error("cannot read the own ledger: {0}")]
    Ledger(String),
    /// The public key of the own log cannot be read.
    #[error("cannot read the own public key: {0}")]
    Io(#[from] io::Error),
}

/// Cosigns checkpoints outside the process, by the key in an aggregator's directory: for the export of what its own log says
/// it cosigned. The caller gives it nothing else. Takes no lock: the aggregator may run.
pub struct Cosigner(Notary);

impl Cosigner {
    /// Reads the mirror key of the aggregator in `dir`.
    pub fn open(dir: &Path) -> Result<Self, CosignerError> {
        let layout = Layout::new(dir);
        let key = read_mirror_key(&layout)?;
        let own = std::fs::read_to_string(layout.log_vkey())?;
        let own: VerifierKey =
            own.trim_end().parse().map_err(|error| CosignerError::OwnKey { path: layout.log_vkey(), error })?;
        let mirror = key.verifier_key().clone();
        let notary = Notary::new(key, Arc::new(SystemClock));
        let reader = LedgerReader::open(&layout.ledger()).map_err(|error| CosignerError::Ledger(error.to_string()))?;
        for receipt in reader.receipts().values() {
            let signed = SignedCheckpoint::open_note(receipt.clone(), &own);
            if let Ok(at) = signed.and_then(|signed| signed.cosigned_by(&mirror)) {
                notary.not_before(at.unix_seconds());
            }
        }
        Ok(Self(notary))
    }

    /// The same checkpoint with the mirror key's cosignature, never with an earlier time than the last one of the own log.
    #[must_use]
    pub fn cosign(&self, signed: &SignedCheckpoint) -> SignedCheckpoint {
        self.0.cosign(signed)
    }
}
