//! Places in a log: [`Index`], [`Size`] and the half-open [`IndexRange`] between two sizes.

use serde::{Deserialize, Serialize};

/// The largest size: C2SP programs read sizes as signed 64-bit integers.
const MAX_SIZE: u64 = i64::MAX as u64;

/// Why a number is not a place in a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PositionError {
    /// The number needs more than 63 bits. The caller refuses the input.
    #[error("{0} is beyond the largest size of a log")]
    TooLarge(u64),
    /// The start lies behind the end. The caller refuses the input.
    #[error("a range must not start at {start} and end at {end}")]
    Backwards {
        /// The given start.
        start: u64,
        /// The given end.
        end: u64,
    },
}

/// The 0-based place of an entry in the log of one origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Index(u64);

impl Index {
    /// The first entry of every log.
    pub const ZERO: Self = Self(0);

    /// A place, or `None` when it needs more than 63 bits.
    #[must_use]
    pub const fn new(index: u64) -> Option<Self> {
        if index < MAX_SIZE { Some(Self(index)) } else { None }
    }

    /// The number itself.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The size of the log whose last entry is this one.
    #[must_use]
    pub const fn size_after(self) -> Size {
        Size(self.0 + 1)
    }

    /// The size of the log whose next entry is this one: the start of a range that begins here.
    #[must_use]
    pub const fn size_before(self) -> Size {
        Size(self.0)
    }
}

/// The number of entries of a log; as a cursor, the next index to be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Size(u64);

impl Size {
    /// The empty log.
    pub const ZERO: Self = Self(0);
    /// The largest size that C2SP texts can carry, 2^63 − 1.
    pub const MAX: Self = Self(MAX_SIZE);

    /// A size, or `None` when it needs more than 63 bits.
    #[must_use]
    pub const fn new(size: u64) -> Option<Self> {
        if size <= MAX_SIZE { Some(Self(size)) } else { None }
    }

    /// The number itself.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// True for the empty log.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The index that the next entry will get.
    #[must_use]
    pub const fn next_index(self) -> Index {
        Index(self.0)
    }

    /// The index of the last entry; `None` for the empty log.
    #[must_use]
    pub const fn last_index(self) -> Option<Index> {
        match self.0.checked_sub(1) {
            Some(index) => Some(Index(index)),
            None => None,
        }
    }

    /// This size and `entries` more; `None` beyond [`Size::MAX`].
    #[must_use]
    pub const fn checked_add(self, entries: u64) -> Option<Self> {
        match self.0.checked_add(entries) {
            Some(size) => Self::new(size),
            None => None,
        }
    }

    /// How many entries this size has more than `earlier`; 0 when it has fewer.
    #[must_use]
    pub const fn entries_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// True when the log of this size holds the entry at `index`.
    #[must_use]
    pub const fn covers(self, index: Index) -> bool {
        index.0 < self.0
    }

    /// Every index of the log, from 0.
    #[must_use]
    pub const fn range(self) -> IndexRange {
        IndexRange { start: Self::ZERO, end: self }
    }
}

/// The half-open range `[start, end)` of entries; `start` and `end` are sizes of the same log, before and after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IndexRange {
    start: Size,
    end: Size,
}

impl IndexRange {
    /// The entries that a log of size `end` has and that it had not at size `start`.
    pub const fn new(start: Size, end: Size) -> Result<Self, PositionError> {
        if start.0 <= end.0 {
            Ok(Self { start, end })
        } else {
            Err(PositionError::Backwards { start: start.0, end: end.0 })
        }
    }

    /// The size before the first entry of the range.
    #[must_use]
    pub const fn start(self) -> Size {
        self.start
    }

    /// The size after the last entry of the range.
    #[must_use]
    pub const fn end(self) -> Size {
        self.end
    }

    /// The number of entries.
    #[must_use]
    pub const fn len(self) -> u64 {
        self.end.0 - self.start.0
    }

    /// True when the range holds no entry.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.start.0 == self.end.0
    }

    /// True when the entry at `index` lies in the range.
    #[must_use]
    pub const fn contains(self, index: Index) -> bool {
        self.start.0 <= index.0 && index.0 < self.end.0
    }

    /// Every index of the range, ascending.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = Index> + Clone {
        (self.start.0..self.end.0).map(Index)
    }
}

impl From<u32> for Index {
    fn from(index: u32) -> Self {
        Self(u64::from(index))
    }
}

impl From<u32> for Size {
    fn from(size: u32) -> Self {
        Self(u64::from(size))
    }
}

impl TryFrom<u64> for Index {
    type Error = PositionError;

    fn try_from(index: u64) -> Result<Self, PositionError> {
        Self::new(index).ok_or(PositionError::TooLarge(index))
    }
}

impl TryFrom<u64> for Size {
    type Error = PositionError;

    fn try_from(size: u64) -> Result<Self, PositionError> {
        Self::new(size).ok_or(PositionError::TooLarge(size))
    }
}

impl From<Index> for u64 {
    fn from(index: Index) -> Self {
        index.0
    }
}

impl From<Size> for u64 {
    fn from(size: Size) -> Self {
        size.0
    }
}

impl std::fmt::Display for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::fmt::Display for IndexRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{}, {})", self.start, self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_beyond_63_bits_are_refused() {
        assert_eq!(Size::new(MAX_SIZE), Some(Size::MAX));
        assert_eq!(Size::new(MAX_SIZE + 1), None);
        assert_eq!(Index::new(MAX_SIZE), None);
        assert_eq!(Size::MAX.checked_add(1), None);
        assert_eq!(Size::try_from(u64::MAX), Err(PositionError::TooLarge(u64::MAX)));
    }

    #[test]
    fn an_index_lies_between_two_sizes() {
        let index = Index::from(7);
        assert_eq!(index.size_before().get(), 7);
        assert_eq!(index.size_after().get(), 8);
        assert_eq!(index.size_after().last_index(), Some(index));
        assert_eq!(Size::from(7).next_index(), index);
        assert!(Size::from(8).covers(index) && !Size::from(7).covers(index));
        assert_eq!(Size::ZERO.last_index(), None);
    }

    #[test]
    fn a_range_is_half_open_and_never_backwards() {
        let range = IndexRange::new(Size::from(2), Size::from(5)).unwrap();
        assert_eq!(range.iter().map(Index::get).collect::<Vec<_>>(), [2, 3, 4]);
        assert_eq!(range.len(), 3);
        assert!(range.contains(Index::from(2)) && !range.contains(Index::from(5)));
        assert_eq!(range.to_string(), "[2, 5)");
        assert!(IndexRange::new(Size::from(5), Size::from(2)).is_err());
        assert!(IndexRange::new(Size::from(5), Size::from(5)).unwrap().is_empty());
    }
}
