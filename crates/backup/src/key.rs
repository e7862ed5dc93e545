//! Who can read a backup: an X25519 key pair in age's text form, so that age's own tools read it too.

use std::fmt;
use std::str::FromStr;

use age::secrecy::ExposeSecret as _;
use thiserror::Error;

/// Why a text is no key. The operator gives the right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyError {
    /// Not `age1…`.
    #[error("this is no public key (age1…)")]
    Recipient,
    /// Not `AGE-SECRET-KEY-1…`.
    #[error("this is no secret key (AGE-SECRET-KEY-1…)")]
    Identity,
}

/// For whom a backup is encrypted. Text: `age1…`.
#[derive(Clone)]
pub struct Recipient(age::x25519::Recipient);

/// Who can read it. Text: `AGE-SECRET-KEY-1…`; it belongs on paper or another machine, never on the one that is backed up.
#[derive(Clone)]
pub struct Identity(age::x25519::Identity);

impl Recipient {
    pub(crate) fn inner(&self) -> &age::x25519::Recipient {
        &self.0
    }
}

impl Identity {
    /// A new key pair, from the system's randomness.
    #[must_use]
    pub fn generate() -> Self {
        Self(age::x25519::Identity::generate())
    }

    /// Its public half.
    #[must_use]
    pub fn recipient(&self) -> Recipient {
        Recipient(self.0.to_public())
    }

    /// The secret text, for the one file that keeps it.
    #[must_use]
    pub fn to_secret_text(&self) -> String {
        self.0.to_string().expose_secret().to_owned()
    }

    pub(crate) fn inner(&self) -> &age::x25519::Identity {
        &self.0
    }
}

impl FromStr for Recipient {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        text.trim().parse().map(Self).map_err(|_| KeyError::Recipient)
    }
}

impl FromStr for Identity {
    type Err = KeyError;

    /// Lines that begin with `#` are comments, as age writes them.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let line = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
        line.and_then(|line| line.parse().ok()).map(Self).ok_or(KeyError::Identity)
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipient({self})")
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_back_and_the_secret_does_not_show() {
        let identity = Identity::generate();
        let text = identity.to_secret_text();
        let again: Identity = format!("# created by hand\n{text}\n").parse().unwrap();
        assert_eq!(again.recipient().to_string(), identity.recipient().to_string());
        assert!(!format!("{identity:?}").contains(&text));
        assert!(identity.recipient().to_string().starts_with("age1"));
        assert_eq!("age1wrong".parse::<Recipient>().unwrap_err(), KeyError::Recipient);
        assert_eq!("".parse::<Identity>().unwrap_err(), KeyError::Identity);
    }
}
