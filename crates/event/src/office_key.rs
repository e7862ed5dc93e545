//! Ed25519 keys that people hold, one kind for each office, so that a key of one is never taken for a key of another.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

/// An office whose holders sign with keys of their own.
pub trait Office: Copy + Eq + std::hash::Hash {
    /// What the text of a public key begins with.
    const PUBLIC: &'static str;
    /// What the text of a secret key begins with.
    const SECRET: &'static str;
}

/// The secret key of an office's holder; stays on their own machine.
pub struct OfficeKey<O>(SigningKey, PhantomData<O>);

/// The public key of an office's holder, the office's prefix and standard base64.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String", bound(serialize = "O: Office", deserialize = "O: Office"))]
pub struct OfficeVkey<O: Office>(VerifyingKey, PhantomData<O>);

/// The text is no key of the office.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OfficeKeyError {
    /// Not the prefix of the office and 32 bytes of base64. Ask for the whole line, or for the key of this office.
    #[error("such a key is `{prefix}` and 44 characters of base64")]
    BadForm {
        /// What it begins with.
        prefix: &'static str,
    },
    /// Well-formed and no usable key: its signatures could be forged. Ask for another key.
    #[error("the key is not a usable Ed25519 key")]
    Unusable,
}

impl<O: Office> OfficeKey<O> {
    /// The key of 32 secret random bytes.
    #[must_use]
    pub fn from_seed(seed: [u8; 32]) -> OfficeKey<O> {
        OfficeKey(SigningKey::from_bytes(&seed), PhantomData)
    }

    /// Its public half.
    #[must_use]
    pub fn vkey(&self) -> OfficeVkey<O> {
        OfficeVkey(self.0.verifying_key(), PhantomData)
    }

    /// Ed25519 signature (RFC 8032) of a statement, standard base64.
    #[must_use]
    pub fn sign(&self, statement: &[u8]) -> String {
        STANDARD.encode(self.0.sign(statement).to_bytes())
    }

    /// The text for a key file that only its owner can read.
    #[must_use]
    pub fn to_secret_text(&self) -> String {
        format!("{}{}", O::SECRET, STANDARD.encode(self.0.to_bytes()))
    }

    /// From the text of a key file.
    pub fn from_secret_text(text: &str) -> Result<OfficeKey<O>, OfficeKeyError> {
        decode_32(text, O::SECRET).map(OfficeKey::from_seed)
    }
}

impl<O: Office> fmt::Debug for OfficeKey<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OfficeKey({})", self.vkey())
    }
}

impl<O: Office> OfficeVkey<O> {
    /// Whether `signature` (standard base64) is this key's over `statement`.
    #[must_use]
    pub fn verify(&self, statement: &[u8], signature: &str) -> bool {
        let Ok(bytes) = STANDARD.decode(signature) else { return false };
        let Ok(signature) = Signature::from_slice(&bytes) else { return false };
        self.0.verify_strict(statement, &signature).is_ok()
    }
}

impl<O: Office> FromStr for OfficeVkey<O> {
    type Err = OfficeKeyError;

    fn from_str(text: &str) -> Result<OfficeVkey<O>, OfficeKeyError> {
        let key = VerifyingKey::from_bytes(&decode_32(text, O::PUBLIC)?).map_err(|_| OfficeKeyError::Unusable)?;
        if key.is_weak() { Err(OfficeKeyError::Unusable) } else { Ok(OfficeVkey(key, PhantomData)) }
    }
}

impl<O: Office> fmt::Display for OfficeVkey<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", O::PUBLIC, STANDARD.encode(self.0.as_bytes()))
    }
}

impl<O: Office> fmt::Debug for OfficeVkey<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OfficeVkey({self})")
    }
}

impl<O: Office> From<OfficeVkey<O>> for String {
    fn from(vkey: OfficeVkey<O>) -> String {
        vkey.to_string()
    }
}

impl<O: Office> TryFrom<String> for OfficeVkey<O> {
    type Error = OfficeKeyError;

    fn try_from(text: String) -> Result<OfficeVkey<O>, OfficeKeyError> {
        text.parse()
    }
}

fn decode_32(text: &str, prefix: &'static str) -> Result<[u8; 32], OfficeKeyError> {
    let bad = || OfficeKeyError::BadForm { prefix };
    let encoded = text.trim().strip_prefix(prefix).ok_or_else(bad)?;
    let bytes = STANDARD.decode(encoded).map_err(|_| bad())?;
    bytes.try_into().map_err(|_| bad())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EvaluatorKey, EvaluatorVkey, OperatorKey, OperatorVkey};

    #[test]
    fn keys_survive_their_text_and_secrets_are_not_shown() {
        let key = EvaluatorKey::from_seed([9; 32]);
        let vkey: EvaluatorVkey = key.vkey().to_string().parse().unwrap();
        assert_eq!(vkey, key.vkey());
        let secret = key.to_secret_text();
        assert_eq!(EvaluatorKey::from_secret_text(&format!("{secret}\n")).unwrap().vkey(), vkey);
        let encoded = STANDARD.encode([9; 32]);
        assert!(secret.contains(&encoded) && !format!("{key:?}").contains(&encoded));
    }

    #[test]
    fn odd_keys_are_refused() {
        let weak = format!("ed25519:{}", STANDARD.encode([0; 32]));
        assert!(weak.parse::<EvaluatorVkey>().is_err());
        let bad = Err(OfficeKeyError::BadForm { prefix: "ed25519:" });
        for text in ["", "ed25519:", "ed25519:AAAA", "rsa:AAAA"] {
            assert_eq!(text.parse::<EvaluatorVkey>(), bad, "{text}");
        }
    }

    #[test]
    fn the_key_of_one_office_is_no_key_of_another() {
        let (evaluator, operator) = (EvaluatorKey::from_seed([9; 32]), OperatorKey::from_seed([9; 32]));
        assert!(evaluator.vkey().to_string().parse::<OperatorVkey>().is_err());
        assert!(operator.vkey().to_string().parse::<EvaluatorVkey>().is_err());
        assert!(OperatorKey::from_secret_text(&evaluator.to_secret_text()).is_err());
        assert!(EvaluatorKey::from_secret_text(&operator.to_secret_text()).is_err());
    }
}
