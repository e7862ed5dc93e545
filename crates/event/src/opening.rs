//! Openings of personal fields: what the vault keeps and an erasure destroys.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Canon;

/// 128 random bits that keep a digest from being guessed (RFC 9901 §9.3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Salt([u8; 16]);

/// The text is no salt: 22 characters of base64url. The vault file is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a salt is 16 bytes in base64url")]
pub struct SaltError;

impl Salt {
    /// From 16 random bytes.
    #[must_use]
    pub fn new(bytes: [u8; 16]) -> Salt {
        Salt(bytes)
    }
}

impl fmt::Display for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(..)")
    }
}

impl From<Salt> for String {
    fn from(salt: Salt) -> String {
        salt.to_string()
    }
}

impl TryFrom<String> for Salt {
    type Error = SaltError;

    fn try_from(text: String) -> Result<Salt, SaltError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| SaltError)?;
        bytes.try_into().map(Salt).map_err(|_| SaltError)
    }
}

/// A personal field with the salt that its digest in the entry was made with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// JSON pointer of the field in the form, such as `/data/text`.
    pub pointer: String,
    /// The salt.
    pub salt: Salt,
    /// The name of the field.
    pub name: String,
    /// Its value.
    pub value: Canon,
}

impl Opening {
    /// The disclosure of RFC 9901 §4.2.1: base64url of the JSON list `[salt, name, value]`.
    #[must_use]
    pub fn disclosure(&self) -> String {
        let list =
            Canon::List(vec![Canon::Str(self.salt.to_string()), Canon::Str(self.name.clone()), self.value.clone()]);
        URL_SAFE_NO_PAD.encode(list.to_bytes())
    }

    /// The digest that stands in the entry (RFC 9901 §4.2.3): base64url of the SHA-256 of the disclosure.
    #[must_use]
    pub fn digest(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.disclosure()))
    }
}

/// Shows the place only: values and salts are for the vault, not for traces.
impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opening").field("pointer", &self.pointer).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9901 §4.2.3 gives the digest of this disclosure, whose list is written with blanks; the hash step is the same.
    #[test]
    fn the_digest_of_the_example_in_rfc_9901_comes_out() {
        let disclosure = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0";
        let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(disclosure));
        assert_eq!(digest, "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0");
    }

    #[test]
    fn a_vault_file_keeps_openings_and_traces_do_not_show_them() {
        let opening = Opening {
            pointer: "/data/text".into(),
            salt: Salt::new([7; 16]),
            name: "text".into(),
            value: Canon::from("Đường thôn lầy lội"),
        };
        let json = serde_json::to_string(&opening).unwrap();
        assert_eq!(serde_json::from_str::<Opening>(&json).unwrap(), opening);
        let shown = format!("{opening:?} {:?}", opening.salt);
        assert!(!shown.contains("thôn") && !shown.contains(&opening.salt.to_string()), "{shown}");
    }
}
