//! What an operator decided when a ledger went on without an aggregator that did not answer, as it lies in slots.

use danvan_journal::{MAX_SLOT_BYTES, SlotError, Slots, Storage};
use danvan_tlog::Size;

/// Name of the pair that holds the decisions.
pub(crate) const FORGONE: &str = "forgone";

/// An aggregator that was not heard when a ledger caught up: an operator decided to go on without it. What it holds from
/// this size on may be another history than the one that follows here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forgone {
    /// How many entries the ledger had when it went on.
    pub size: Size,
    /// The aggregator, at most 255 bytes.
    pub aggregator: String,
}

impl Forgone {
    /// `u64 size ‖ u8 length ‖ aggregator` for each decision, the oldest first, little-endian. Where a slot has no room for
    /// all of them, the oldest are left out.
    pub(crate) fn encode_all(decisions: &[Self]) -> Vec<u8> {
        let encode = |decision: &Self| {
            let name = decision.aggregator.as_bytes();
            let name = &name[..name.len().min(usize::from(u8::MAX))];
            let mut bytes = decision.size.get().to_le_bytes().to_vec();
            bytes.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
            bytes.extend_from_slice(name);
            bytes
        };
        let encoded: Vec<Vec<u8>> = decisions.iter().map(encode).collect();
        let mut left_out = encoded.iter().map(Vec::len).sum::<usize>().saturating_sub(MAX_SLOT_BYTES);
        let kept = encoded.into_iter().skip_while(|bytes| {
            let is_left_out = left_out > 0;
            left_out = left_out.saturating_sub(bytes.len());
            is_left_out
        });
        kept.flatten().collect()
    }

    pub(crate) fn decode_all(mut bytes: &[u8]) -> Option<Vec<Self>> {
        let mut decisions = Vec::new();
        while !bytes.is_empty() {
            let (size, rest) = bytes.split_first_chunk::<8>()?;
            let (&length, rest) = rest.split_first()?;
            let (name, rest) = rest.split_at_checked(usize::from(length))?;
            let aggregator = str::from_utf8(name).ok()?.to_owned();
            decisions.push(Self { size: Size::new(u64::from_le_bytes(*size))?, aggregator });
            bytes = rest;
        }
        Some(decisions)
    }

    /// Stores the decisions so far, durably, in both files of the pair.
    pub(crate) fn store_all(storage: &dyn Storage, decisions: &[Self]) -> Result<(), SlotError> {
        let fact = Self::encode_all(decisions);
        Slots::open(storage, FORGONE)?.store_in_both(&fact)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(size: u64, aggregator: &str) -> Forgone {
        Forgone { size: Size::from(u32::try_from(size).unwrap()), aggregator: aggregator.to_owned() }
    }

    #[test]
    fn decisions_come_back_in_their_order_and_no_bytes_make_the_decoder_panic() {
        let decisions = [decision(5, "example.vn/a/ngoc-lac/mirror"), decision(9, ""), decision(9, "the spool")];
        let bytes = Forgone::encode_all(&decisions);
        assert_eq!(Forgone::decode_all(&bytes).as_deref(), Some(&decisions[..]));
        for len in 0..bytes.len() {
            let _ = Forgone::decode_all(&bytes[..len]);
        }
        assert_eq!(Forgone::decode_all(&bytes[..bytes.len() - 1]), None);
    }

    #[test]
    fn what_a_slot_cannot_hold_is_left_out_from_the_oldest_on() {
        let many: Vec<_> = (0..1000).map(|n| decision(n, &"a".repeat(200))).collect();
        let kept = Forgone::decode_all(&Forgone::encode_all(&many)).unwrap();
        assert!(kept.len() < 1000 && kept.len() > 300, "{}", kept.len());
        assert_eq!(kept, many[1000 - kept.len()..]);
    }
}
