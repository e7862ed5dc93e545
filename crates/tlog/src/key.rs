//! Verifier keys: the public half, in the text form of C2SP signed-note.

use crate::hash::sha256;
use crate::name::{KeyName, NameError};
use crate::spelling;
use ed25519_dalek::{Signature as Ed25519Signature, VerifyingKey};
use serde::{Deserialize, Serialize};

/// What a key signs, the first byte of its encoding (C2SP signed-note, "Signature types").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// Ed25519 over the text of a note: a log signs its checkpoints.
    Log = 0x01,
    /// Ed25519 over a time and the text of a note (C2SP tlog-cosignature): a mirror cosigns what it holds.
    Cosignature = 0x04,
}

impl Algorithm {
    /// The byte that stands for this algorithm.
    #[must_use]
    pub const fn byte(self) -> u8 {
        self as u8
    }
}

/// The first four bytes of `SHA-256(name ‖ 0x0A ‖ algorithm ‖ public key)`: a hint, no proof, of which key signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; KeyId::LEN]);

impl KeyId {
    /// The length of a key id in bytes.
    pub const LEN: usize = 4;

    /// These bytes as a key id.
    #[must_use]
    pub const fn new(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    pub(crate) fn of(name: &KeyName, encoded: &[u8]) -> Self {
        let hash = sha256(&[name.as_str().as_bytes(), b"\n", encoded].concat());
        Self([hash[0], hash[1], hash[2], hash[3]])
    }
}

impl std::fmt::Display for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// Why a text is not a key. The caller shows the message beside the place where the key was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyTextError {
    /// Not `name+id+key`.
    #[error("a key must read name+id+base64")]
    Shape,
    /// The name is not one of a key.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The id is not eight lower-case hexadecimal digits, or does not belong to this name and key.
    #[error("the id of the key {0} does not fit its name and bytes")]
    Id(KeyName),
    /// The algorithm is neither Ed25519 (0x01) nor the Ed25519 cosignature (0x04).
    #[error("the key {0} is of algorithm {1:#04x}, which is not supported")]
    Algorithm(KeyName, u8),
    /// Not canonical base64, not 32 bytes, or no usable point of the curve.
    #[error("the bytes of the key {0} are not an Ed25519 key")]
    Bytes(KeyName),
}

/// The public half of a signing key: `<name>+<8 hex digits of the id>+<base64 of algorithm ‖ key>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VerifierKey {
    name: KeyName,
    algorithm: Algorithm,
    id: KeyId,
    key: VerifyingKey,
}

impl VerifierKey {
    pub(crate) fn of(name: KeyName, algorithm: Algorithm, key: VerifyingKey) -> Self {
        let id = KeyId::of(&name, &encode(algorithm, key.as_bytes()));
        Self { name, algorithm, id, key }
    }

    /// The name of the key; for the key of a log, its origin.
    #[must_use]
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    /// What the key signs.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The hint that signature lines carry.
    #[must_use]
    pub const fn key_id(&self) -> KeyId {
        self.id
    }

    /// The 32 bytes of the Ed25519 public key.
    #[must_use]
    pub fn public_bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// Strict Ed25519: no weak keys, no second spelling of a signature.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.key.verify_strict(message, &Ed25519Signature::from_bytes(signature)).is_ok()
    }
}

/// `algorithm ‖ key`, of which the id is made and the base64 part of a key text consists.
pub(crate) fn encode(algorithm: Algorithm, key: &[u8; 32]) -> Vec<u8> {
    [&[algorithm.byte()], key.as_slice()].concat()
}

/// The parts of `name+id+base64`, checked except for whether the id fits.
pub(crate) fn parse_parts(text: &str) -> Result<(KeyName, KeyId, Algorithm, [u8; 32]), KeyTextError> {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(encoded)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(KeyTextError::Shape);
    };
    let name = KeyName::new(name)?;
    let mut id_bytes = [0; KeyId::LEN];
    if hex::decode_to_slice(id, &mut id_bytes).is_err() || hex::encode(id_bytes) != id {
        return Err(KeyTextError::Id(name));
    }
    let Some(bytes) = spelling::parse_base64(encoded) else {
        return Err(KeyTextError::Bytes(name));
    };
    let algorithm = match bytes.first() {
        Some(0x01) => Algorithm::Log,
        Some(0x04) => Algorithm::Cosignature,
        Some(&other) => return Err(KeyTextError::Algorithm(name, other)),
        None => return Err(KeyTextError::Bytes(name)),
    };
    match <[u8; 32]>::try_from(&bytes[1..]) {
        Ok(key) => Ok((name, KeyId(id_bytes), algorithm, key)),
        Err(_) => Err(KeyTextError::Bytes(name)),
    }
}

impl std::fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let encoded = spelling::base64(&encode(self.algorithm, self.key.as_bytes()));
        write!(f, "{}+{}+{encoded}", self.name, self.id)
    }
}

impl std::str::FromStr for VerifierKey {
    type Err = KeyTextError;

    fn from_str(text: &str) -> Result<Self, KeyTextError> {
        let (name, id, algorithm, bytes) = parse_parts(text)?;
        let key = VerifyingKey::from_bytes(&bytes).ok().filter(|key| !key.is_weak());
        let Some(key) = key else {
            return Err(KeyTextError::Bytes(name));
        };
        let parsed = Self::of(name, algorithm, key);
        if parsed.id == id { Ok(parsed) } else { Err(KeyTextError::Id(parsed.name)) }
    }
}

impl TryFrom<String> for VerifierKey {
    type Error = KeyTextError;

    fn try_from(text: String) -> Result<Self, KeyTextError> {
        text.parse()
    }
}

impl From<VerifierKey> for String {
    fn from(key: VerifierKey) -> Self {
        key.to_string()
    }
}
