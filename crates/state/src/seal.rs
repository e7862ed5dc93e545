//! The seal: the row that every batch writes along with its own, so that a scan can tell whether what is there belongs together.
//!
//! `u64 cursor · u64 rows · 32 bytes digest · 32 bytes check`, integers big-endian. The digest is the sum modulo 2^256 of
//! SHA-256(`u32 key length ‖ key ‖ value`) over all rows, so that a replaced row is subtracted and its successor added without
//! reading the others. The check is SHA-256 of the version and everything before. It finds damage; it is no defence against a forger,
//! who gains nothing: the rows are only a shortcut to a ledger that proves itself.

use danvan_tlog::Size;
use sha2::{Digest as _, Sha256};

const BODY: usize = 8 + 8 + 32;
const LEN: usize = BODY + 32;

/// Cursor, number of rows and digest of all rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seal {
    pub(crate) cursor: Size,
    rows: u64,
    digest: [u8; 32],
}

impl Seal {
    /// The same rows at another cursor.
    pub(crate) fn moved_to(&self, cursor: Size) -> Self {
        Self { cursor, ..self.clone() }
    }

    /// Counts a row in.
    pub(crate) fn add(&mut self, key: &[u8], value: &[u8]) {
        self.rows = self.rows.wrapping_add(1);
        let mut carry = 0u16;
        for (byte, term) in self.digest.iter_mut().zip(term(key, value)) {
            let [high, low] = (u16::from(*byte) + u16::from(term) + carry).to_be_bytes();
            carry = u16::from(high);
            *byte = low;
        }
    }

    /// Counts a row out.
    pub(crate) fn subtract(&mut self, key: &[u8], value: &[u8]) {
        self.rows = self.rows.wrapping_sub(1);
        let mut borrow = 0i16;
        for (byte, term) in self.digest.iter_mut().zip(term(key, value)) {
            let difference = i16::from(*byte) - i16::from(term) - borrow;
            borrow = i16::from(difference < 0);
            *byte = u8::try_from(difference.rem_euclid(256)).unwrap_or_default();
        }
    }

    /// The stored form.
    pub(crate) fn to_bytes(&self, version: &str) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(LEN);
        bytes.extend_from_slice(&self.cursor.get().to_be_bytes());
        bytes.extend_from_slice(&self.rows.to_be_bytes());
        bytes.extend_from_slice(&self.digest);
        let check = check(version, &bytes);
        bytes.extend_from_slice(&check);
        bytes
    }

    /// Reads the stored form; `None` when it is damaged or of another version.
    pub(crate) fn from_bytes(bytes: &[u8], version: &str) -> Option<Self> {
        let (body, stored) = bytes.split_at_checked(BODY)?;
        if stored != check(version, body) {
            return None;
        }
        let (cursor, rest) = body.split_first_chunk::<8>()?;
        let (rows, digest) = rest.split_first_chunk::<8>()?;
        Some(Self {
            cursor: Size::new(u64::from_be_bytes(*cursor))?,
            rows: u64::from_be_bytes(*rows),
            digest: digest.try_into().ok()?,
        })
    }

    /// How many rows there are.
    pub(crate) const fn rows(&self) -> u64 {
        self.rows
    }

    /// Whether both speak of the same rows.
    pub(crate) fn same_rows(&self, other: &Self) -> bool {
        self.rows == other.rows && self.digest == other.digest
    }
}

fn term(key: &[u8], value: &[u8]) -> [u8; 32] {
    let key_len = u32::try_from(key.len()).unwrap_or(u32::MAX);
    Sha256::new().chain_update(key_len.to_be_bytes()).chain_update(key).chain_update(value).finalize().into()
}

fn check(version: &str, body: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(version).chain_update([0]).chain_update(body).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_came_and_went_leave_no_trace_in_the_digest() {
        let mut seal = Seal::default();
        for number in 0..500u32 {
            seal.add(&number.to_be_bytes(), b"first");
        }
        for number in 0..500u32 {
            seal.subtract(&number.to_be_bytes(), b"first");
        }
        assert_eq!(seal, Seal::default());
        let mut one = Seal::default();
        one.add(b"a", b"bc");
        let mut other = Seal::default();
        other.add(b"ab", b"c");
        assert!(!one.same_rows(&other));
    }

    #[test]
    fn a_damaged_seal_or_another_version_is_not_read() {
        let mut seal = Seal { cursor: Size::new(7).unwrap(), ..Seal::default() };
        seal.add(b"k", b"v");
        let bytes = seal.to_bytes("1");
        assert_eq!(Seal::from_bytes(&bytes, "1"), Some(seal));
        assert_eq!(Seal::from_bytes(&bytes, "2"), None);
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1;
            assert_eq!(Seal::from_bytes(&damaged, "1"), None);
            assert_eq!(Seal::from_bytes(&bytes[..place], "1"), None);
        }
    }
}
