//! SHA-256 in the spelling of a manifest, of bytes and of streams.

use std::fmt;
use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

const PIECE_BYTES: usize = 256 << 10;

/// A SHA-256; 64 hexadecimal digits where it is text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Digest([u8; 32]);

impl Digest {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest of everything that `from` gives, and how many bytes that was.
    pub(crate) fn of_stream(from: impl Read) -> io::Result<(Self, u64)> {
        let mut hashed = Hashed::new(io::sink());
        copy(from, &mut hashed)?;
        Ok(hashed.finish())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

impl TryFrom<String> for Digest {
    type Error = hex::FromHexError;

    /// Strict, so that a digest has one spelling: lower case.
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut digest = [0; 32];
        hex::decode_to_slice(&text, &mut digest)?;
        match text.chars().enumerate().find(|(_, c)| c.is_ascii_uppercase()) {
            Some((index, c)) => Err(hex::FromHexError::InvalidHexCharacter { c, index }),
            None => Ok(Self(digest)),
        }
    }
}

/// A writer that hashes and counts what goes through it.
pub(crate) struct Hashed<W> {
    to: W,
    hasher: Sha256,
    bytes: u64,
}

impl<W: Write> Hashed<W> {
    pub(crate) fn new(to: W) -> Self {
        Self { to, hasher: Sha256::new(), bytes: 0 }
    }

    pub(crate) fn finish(self) -> (Digest, u64) {
        (Digest(self.hasher.finalize().into()), self.bytes)
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Copies to the end of `from`; how many bytes that was.
pub(crate) fn copy(mut from: impl Read, to: &mut impl Write) -> io::Result<u64> {
    let mut piece = vec![0; PIECE_BYTES];
    let mut done = 0;
    loop {
        let read = match from.read(&mut piece) {
            Ok(0) => return Ok(done),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        to.write_all(&piece[..read])?;
        done += read as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_has_one_spelling() {
        let digest = Digest::of(b"abc");
        let text = digest.to_string();
        assert_eq!(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(Digest::try_from(text.clone()), Ok(digest));
        for wrong in [text.to_uppercase(), text[1..].to_owned(), format!("{text}0"), "x".repeat(64)] {
            assert!(Digest::try_from(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_stream_has_the_digest_of_its_bytes() {
        let bytes: Vec<u8> = (0..=250).cycle().take(PIECE_BYTES + 77).collect();
        assert_eq!(Digest::of_stream(&bytes[..]).unwrap(), (Digest::of(&bytes), bytes.len() as u64));
    }
}
