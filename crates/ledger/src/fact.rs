//! What lies in the slots beside the journal: intents, checkpoints and receipts, each with the frontier at its size.

use danvan_tlog::{Frontier, Hash, KeyName, Note, SignedCheckpoint, Size, VerifierKey};
use std::collections::BTreeSet;

/// Name of the pair that holds what is about to be signed.
pub(crate) const INTENT: &str = "intent";
/// Name of the pair that holds the latest checkpoint.
pub(crate) const CHECKPOINT: &str = "checkpoint";
/// Pairs of receipts begin so; the rest identifies the aggregator's key.
pub(crate) const RECEIPT_PREFIX: &str = "receipt-";

/// Name of the pair that holds the newest receipt by `key`.
pub(crate) fn receipt_slots(key: &KeyName) -> String {
    let digest = danvan_tlog::leaf_hash(key.as_str().as_bytes()).hex();
    format!("{RECEIPT_PREFIX}{}", &digest[..32])
}

/// The names of all pairs of receipts among the files of a directory; one of the two files may be lost.
pub(crate) fn receipt_names(files: &[String]) -> BTreeSet<&str> {
    let pairs = files.iter().filter_map(|file| file.strip_suffix(".a").or_else(|| file.strip_suffix(".b")));
    pairs.filter(|name| name.starts_with(RECEIPT_PREFIX)).collect()
}

/// "I am about to sign this": a signature that left the machine is never for more than was noted here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Intent {
    pub(crate) root: Hash,
    pub(crate) frontier: Frontier,
}

impl Intent {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = self.root.as_bytes().to_vec();
        bytes.extend_from_slice(&self.frontier.to_bytes());
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (root, frontier) = bytes.split_at_checked(Hash::LEN)?;
        let intent = Self { root: Hash::from_slice(root)?, frontier: Frontier::from_bytes(frontier).ok()? };
        (intent.frontier.root() == intent.root).then_some(intent)
    }

    pub(crate) fn size(&self) -> Size {
        self.frontier.size()
    }
}

/// A note about this log, as stored: by whom it was cosigned, and the frontier at its size where that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredNote {
    /// The aggregator's key; `None` for the log's own checkpoint.
    pub(crate) by: Option<KeyName>,
    pub(crate) frontier: Option<Frontier>,
    pub(crate) note: Note,
}

impl StoredNote {
    /// `u8 length ‖ key name ‖ u16 length ‖ frontier ‖ note`, lengths little-endian, 0 for what is absent.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let name = self.by.as_ref().map_or("", KeyName::as_str).as_bytes();
        let frontier = self.frontier.as_ref().map(Frontier::to_bytes).unwrap_or_default();
        // Key names have at most 255 bytes, frontiers at most 8 + 63 × 32.
        let mut bytes = vec![u8::try_from(name.len()).unwrap_or(0)];
        bytes.extend_from_slice(name);
        bytes.extend_from_slice(&u16::try_from(frontier.len()).unwrap_or(0).to_le_bytes());
        bytes.extend_from_slice(&frontier);
        bytes.extend_from_slice(&self.note.to_bytes());
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (&length, rest) = bytes.split_first()?;
        let (name, rest) = rest.split_at_checked(usize::from(length))?;
        let by = match name {
            [] => None,
            name => Some(KeyName::new(str::from_utf8(name).ok()?).ok()?),
        };
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let (frontier, note) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
        let frontier = match frontier {
            [] => None,
            bytes => Some(Frontier::from_bytes(bytes).ok()?),
        };
        Some(Self { by, frontier, note: Note::parse(note).ok()? })
    }

    /// The checkpoint, when it is by `log` and the frontier has its size and root.
    pub(crate) fn verified(&self, log: &VerifierKey) -> Option<SignedCheckpoint> {
        let signed = SignedCheckpoint::open_note(self.note.clone(), log).ok()?;
        let fits = |frontier: &Frontier| frontier.size() == signed.size() && frontier.root() == signed.root();
        self.frontier.as_ref().is_none_or(fits).then_some(signed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use danvan_tlog::{LogKey, leaf_hash};

    fn stored() -> (StoredNote, LogKey) {
        let key = LogKey::from_seed(KeyName::new("example.vn/u/x").unwrap(), [1; 32]);
        let frontier = Frontier::of([leaf_hash(b"a"), leaf_hash(b"b"), leaf_hash(b"c")]);
        let note = key.sign(frontier.size(), frontier.root()).note().clone();
        (StoredNote { by: Some(KeyName::new("example.vn/a/y/mirror").unwrap()), frontier: Some(frontier), note }, key)
    }

    #[test]
    fn facts_come_back_as_they_were_stored() {
        let (stored, key) = stored();
        assert_eq!(StoredNote::decode(&stored.encode()), Some(stored.clone()));
        assert_eq!(stored.verified(key.verifier_key()).unwrap().size().get(), 3);
        let own = StoredNote { by: None, frontier: None, ..stored.clone() };
        assert_eq!(StoredNote::decode(&own.encode()), Some(own));
        let frontier = stored.frontier.unwrap();
        let intent = Intent { root: frontier.root(), frontier };
        assert_eq!(Intent::decode(&intent.encode()), Some(intent));
    }

    #[test]
    fn a_frontier_of_another_root_is_not_believed() {
        let (mut stored, key) = stored();
        stored.frontier = Some(Frontier::of([leaf_hash(b"a"), leaf_hash(b"b"), leaf_hash(b"d")]));
        assert_eq!(stored.verified(key.verifier_key()), None);
    }

    #[test]
    fn no_bytes_make_the_decoders_panic() {
        let bytes = stored().0.encode();
        for len in 0..bytes.len() {
            let _ = StoredNote::decode(&bytes[..len]);
            let _ = Intent::decode(&bytes[..len]);
        }
    }
}
