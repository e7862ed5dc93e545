//! The end of a log and the beginning of the next, as they lie in slots.

use danvan_journal::{SlotError, Slots, Storage};
use danvan_tlog::{Hash, Origin, Size};

/// Name of the pair in a log that has ended.
pub(crate) const FROZEN: &str = "frozen";
/// Name of the pair in a log that goes on for another.
pub(crate) const PREVIOUS: &str = "previous";

/// A log that has ended: nothing is ever appended to it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    /// Its last size.
    pub size: Size,
    /// Its last root.
    pub root: Hash,
    /// The log that goes on.
    pub successor: Origin,
}

/// The log that ended before this one began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Previous {
    /// The log.
    pub origin: Origin,
    /// Its last size.
    pub size: Size,
    /// Its last root.
    pub root: Hash,
    /// How many acknowledged entries beyond its end could still be read.
    pub carried: u64,
    /// How many acknowledged entries beyond its end were lost.
    pub lost: u64,
}

impl Frozen {
    /// `u64 size ‖ root ‖ origin of the successor`, little-endian.
    pub(crate) fn encode(&self) -> Vec<u8> {
        [&self.size.get().to_le_bytes(), self.root.as_bytes().as_slice(), self.successor.as_str().as_bytes()].concat()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (size, rest) = number(bytes)?;
        let (root, origin) = rest.split_at_checked(Hash::LEN)?;
        Some(Self { size: Size::new(size)?, root: Hash::from_slice(root)?, successor: text(origin)? })
    }

    /// Whether the log in this directory has ended. A pair that holds anything else was not written by this program.
    pub(crate) fn read(storage: &dyn Storage) -> Result<Option<Self>, SlotError> {
        read(storage, FROZEN, Self::decode)
    }
}

impl Previous {
    /// `u64 size ‖ root ‖ u64 carried ‖ u64 lost ‖ origin`, little-endian.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = self.size.get().to_le_bytes().to_vec();
        bytes.extend_from_slice(self.root.as_bytes());
        bytes.extend_from_slice(&self.carried.to_le_bytes());
        bytes.extend_from_slice(&self.lost.to_le_bytes());
        bytes.extend_from_slice(self.origin.as_str().as_bytes());
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (size, rest) = number(bytes)?;
        let (root, rest) = rest.split_at_checked(Hash::LEN)?;
        let (carried, rest) = number(rest)?;
        let (lost, origin) = number(rest)?;
        let (size, root) = (Size::new(size)?, Hash::from_slice(root)?);
        Some(Self { origin: text(origin)?, size, root, carried, lost })
    }

    pub(crate) fn read(storage: &dyn Storage) -> Result<Option<Self>, SlotError> {
        read(storage, PREVIOUS, Self::decode)
    }
}

/// Stores a fact that never changes in both files of its pair, so that no single damage makes it unsaid.
pub(crate) fn store_for_ever(storage: &dyn Storage, name: &str, fact: &[u8]) -> Result<(), SlotError> {
    Slots::open(storage, name)?.store_in_both(fact)
}

fn read<T>(storage: &dyn Storage, name: &str, decode: impl Fn(&[u8]) -> Option<T>) -> Result<Option<T>, SlotError> {
    let damaged = || SlotError::Damaged { name: name.to_owned() };
    Slots::read(storage, name)?.map(|bytes| decode(&bytes).ok_or_else(damaged)).transpose()
}

fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u64::from_le_bytes(*number), rest))
}

fn text(bytes: &[u8]) -> Option<Origin> {
    Origin::new(str::from_utf8(bytes).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use danvan_tlog::leaf_hash;

    #[test]
    fn an_end_and_a_beginning_come_back_as_they_were_stored() {
        let (size, root) = (Size::from(950), leaf_hash(b"root"));
        let frozen = Frozen { size, root, successor: Origin::new("example.vn/u/x/2").unwrap() };
        let previous = Previous { origin: Origin::new("example.vn/u/x").unwrap(), size, root, carried: 3, lost: 4 };
        assert_eq!(Frozen::decode(&frozen.encode()), Some(frozen.clone()));
        assert_eq!(Previous::decode(&previous.encode()), Some(previous.clone()));
        for len in 0..40 {
            assert_eq!(Frozen::decode(&frozen.encode()[..len]), None);
            assert_eq!(Previous::decode(&previous.encode()[..len]), None);
        }
    }
}
