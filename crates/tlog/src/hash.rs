//! SHA-256 as RFC 6962 §2.1 uses it: one prefix for leaves, another for inner nodes.
//!
//! Entries are short, and every one of them costs a leaf and a node. So the blocks are laid out here and given to the
//! compression function directly; a hasher that buffers what it is given would take a fifth longer.

use crate::spelling;
use serde::{Deserialize, Serialize};
use sha2::block_api::compress256;
use sha2::{Digest, Sha256};

/// A block of SHA-256 in bytes.
const BLOCK: usize = 64;
/// What follows the last byte of a message (FIPS 180-4 §5.1.1).
const END: u8 = 0x80;
/// Bits of the message that an inner node hashes.
const NODE_BITS: u16 = 8 * (1 + 2 * 32);
/// The initial value of SHA-256 (FIPS 180-4 §5.3.3).
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// A text is not the canonical base64 of 32 bytes. The caller refuses the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the base64 of a SHA-256 hash")]
pub struct HashTextError;

/// A node of a Merkle tree. Shown in base64, as C2SP texts spell roots.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hash([u8; Hash::LEN]);

impl Hash {
    /// The length of a hash in bytes.
    pub const LEN: usize = 32;

    /// The root of the tree without entries: the SHA-256 of nothing (RFC 6962 §2.1).
    pub const EMPTY_ROOT: Self = Self([
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae,
        0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
    ]);

    /// These bytes as a hash.
    #[must_use]
    pub const fn new(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// The bytes of the hash.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// Lower-case hexadecimal, for people and file names; C2SP texts use base64.
    #[must_use]
    pub fn hex(&self) -> String {
        hex::encode(self.0)
    }

    fn of_state(state: [u32; 8]) -> Self {
        let mut bytes = [0; Self::LEN];
        for (chunk, word) in bytes.as_chunks_mut().0.iter_mut().zip(state) {
            *chunk = word.to_be_bytes();
        }
        Self(bytes)
    }

    /// The hash in `bytes`; `None` when they are not exactly 32.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

/// The hash of an entry as a leaf: `SHA-256(0x00 ‖ entry)`.
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    let bits = (entry.len() as u64 + 1) * 8;
    let mut first = [0; BLOCK];
    let Some((head, rest)) = entry.split_first_chunk::<{ BLOCK - 1 }>() else {
        first[1..=entry.len()].copy_from_slice(entry);
        return finish(INITIAL, first, entry.len() + 1, bits);
    };
    first[1..].copy_from_slice(head);
    let mut state = INITIAL;
    compress256(&mut state, &[first]);
    let (whole, tail) = rest.as_chunks();
    compress256(&mut state, whole);
    let mut last = [0; BLOCK];
    last[..tail.len()].copy_from_slice(tail);
    finish(state, last, tail.len(), bits)
}

/// The hash of two subtrees side by side: `SHA-256(0x01 ‖ left ‖ right)`.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut blocks = [[0; BLOCK]; 2];
    let message = blocks.as_flattened_mut();
    message[0] = 1;
    message[1..=Hash::LEN].copy_from_slice(&left.0);
    message[1 + Hash::LEN..=2 * Hash::LEN].copy_from_slice(&right.0);
    message[1 + 2 * Hash::LEN] = END;
    message[2 * BLOCK - 2..].copy_from_slice(&NODE_BITS.to_be_bytes());
    let mut state = INITIAL;
    compress256(&mut state, &blocks);
    Hash::of_state(state)
}

/// Pads the last `used` bytes of a message of so many bits (FIPS 180-4 §5.1.1) and ends the hash.
fn finish(mut state: [u32; 8], mut last: [u8; BLOCK], used: usize, bits: u64) -> Hash {
    last[used] = END;
    if used + 1 + size_of::<u64>() > BLOCK {
        compress256(&mut state, &[last]);
        last = [0; BLOCK];
    }
    last[BLOCK - size_of::<u64>()..].copy_from_slice(&bits.to_be_bytes());
    compress256(&mut state, &[last]);
    Hash::of_state(state)
}

/// Plain SHA-256, for key ids and directory names.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; Hash::LEN] {
    Sha256::digest(bytes).into()
}

impl std::fmt::Display for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&spelling::base64(&self.0))
    }
}

impl std::fmt::Debug for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl std::str::FromStr for Hash {
    type Err = HashTextError;

    fn from_str(text: &str) -> Result<Self, HashTextError> {
        spelling::parse_base64(text).and_then(|bytes| Self::from_slice(&bytes)).ok_or(HashTextError)
    }
}

impl TryFrom<String> for Hash {
    type Error = HashTextError;

    fn try_from(text: String) -> Result<Self, HashTextError> {
        text.parse()
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hash.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_root_is_the_hash_of_nothing() {
        assert_eq!(Hash::EMPTY_ROOT.0, sha256(b""));
    }

    /// From the reference tests of Certificate Transparency (`certificate-transparency/python/ct/crypto/merkle_test.py`).
    #[test]
    fn leaves_and_nodes_hash_as_in_certificate_transparency() {
        let leaf = leaf_hash(b"");
        assert_eq!(leaf.hex(), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        let pair = node_hash(&leaf, &leaf_hash(&[0]));
        assert_eq!(pair.hex(), "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
    }

    #[test]
    fn hashes_of_every_length_are_those_of_sha256() {
        let bytes: Vec<u8> = (0..70_000_u32).map(|n| (n % 251) as u8).collect();
        for len in (0..400).chain([4095, 4096, 65_534, 65_535]) {
            let prefixed = [&[0], &bytes[..len]].concat();
            assert_eq!(leaf_hash(&bytes[..len]).0, sha256(&prefixed), "length {len}");
        }
        let (left, right) = (leaf_hash(b"left"), leaf_hash(b"right"));
        let prefixed = [[1].as_slice(), left.as_bytes(), right.as_bytes()].concat();
        assert_eq!(node_hash(&left, &right).0, sha256(&prefixed));
    }

    #[test]
    fn a_hash_has_one_spelling() {
        let hash = leaf_hash(b"entry");
        let text = hash.to_string();
        assert_eq!(text.parse(), Ok(hash));
        for wrong in ["", &text[..43], &format!("{text}="), &format!(" {text}"), &text.replace('=', "")] {
            assert_eq!(wrong.parse::<Hash>(), Err(HashTextError), "{wrong:?}");
        }
    }
}
